"""A linear model over named signs: of each row the sum of the weights of its signs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


class Linear:
    """Weights of named signs for one or several outputs. A sign that is not known has none."""

    def __init__(self, names: Sequence[str], weights: NDArray[Any], scale: NDArray[Any], bias: NDArray[Any]) -> None:
        """`weights` (signs, outputs) in eight bits, to be multiplied by the `scale` of each output.

        Raises ValueError where the shapes do not fit one another.
        """
        if weights.shape != (len(names), len(scale)) or scale.shape != bias.shape:
            raise ValueError(f"{weights.shape} weights for {len(names)} signs and {len(bias)} outputs")
        self.numbers: Mapping[str, int] = {name: i for i, name in enumerate(names)}
        self.none = len(names)  # of which the weights are nothing
        self.weights = np.concatenate([weights, np.zeros_like(weights, shape=(1, len(scale)))])
        self.scale, self.bias = scale.astype(np.float32), bias.astype(np.float32)

    def logits(self, rows: Sequence[Sequence[str]]) -> Array:
        """Return one row of outputs for each row of signs; a sign counts once."""
        flat, begins = list[int](), list[int]()
        for signs in rows:
            begins.append(len(flat))
            # an unknown sign weighs nothing, and so no row is empty, of which numpy has no sum
            flat += {*map(self.numbers.get, signs, repeat(self.none)), self.none}
        if not begins:
            return np.empty((0, len(self.bias)), np.float32)
        sums = np.add.reduceat(self.weights[np.array(flat)], begins, dtype=np.int32)
        out: Array = sums.astype(np.float32) * self.scale + self.bias
        return out
