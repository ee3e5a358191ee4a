"""A linear model over named signs: of each row the sum of the weights of its signs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
        self.weights, self.scale, self.bias = weights, scale.astype(np.float32), bias.astype(np.float32)

    def logits(self, rows: Sequence[Sequence[str]]) -> Array:
        """Return one row of outputs for each row of signs; a sign counts once."""
        out = np.empty((len(rows), len(self.bias)), np.float32)
        for n, signs in enumerate(rows):
            known = [i for s in set(signs) if (i := self.numbers.get(s)) is not None]
            out[n] = self.weights[known].sum(0, dtype=np.int32) * self.scale + self.bias
        return out
