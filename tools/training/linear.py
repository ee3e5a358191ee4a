"""Logistic regression over named signs, for the linear models beside the network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

LEAST = 3  # rows that a sign must occur in
STRENGTH = 0.1  # the larger, the less the weights are held to 0
STEPS = 60


@dataclass
class Model:
    """Weights (signs, outputs) and the bias of each output."""

    names: list[str]
    weights: np.ndarray[Any, Any]
    bias: np.ndarray[Any, Any]

    def arrays(self, prefix: str) -> dict[str, np.ndarray[Any, Any]]:
        """As the file of weights keeps them: eight bits, with a scale for each output."""
        scale = np.abs(self.weights).max(0) / 127
        scale[scale == 0] = 1
        return {
            f"{prefix}.weights": np.round(self.weights / scale).astype(np.int8),
            f"{prefix}.scale": scale.astype(np.float32),
            f"{prefix}.bias": self.bias.astype(np.float32),
        }


def fit(rows: Sequence[Sequence[str]], labels: Sequence[int], outputs: int, weights: Sequence[float]) -> Model:
    """One output: how likely the label is 1; several: how likely it is each. `weights`: how much each row counts."""
    counts = Counter(sign for row in rows for sign in set(row))
    names = [sign for sign, n in counts.items() if n >= LEAST]
    x = matrix(rows, {name: i for i, name in enumerate(names)})
    found = minimized(x, np.array(labels), outputs, np.array(weights, np.float32))
    return Model(names, found[:-1], found[-1])


def matrix(rows: Sequence[Sequence[str]], numbers: Mapping[str, int]) -> Any:
    known = [[numbers[s] for s in sorted(set(row)) if s in numbers] for row in rows]
    ends = np.cumsum([0, *(len(row) for row in known)]).astype(np.int32)
    flat = np.array([i for row in known for i in row], np.int32)
    return csr_matrix((np.ones(len(flat), np.float32), flat, ends), (len(rows), len(numbers)))


def minimized(x: Any, labels: np.ndarray[Any, Any], outputs: int, weights: np.ndarray[Any, Any]) -> Any:
    """The weights of the least loss, the bias below them."""
    turned, shape = x.T.tocsr(), (x.shape[1] + 1, outputs)
    wanted = labels[:, None].astype(np.float32) if outputs == 1 else np.eye(outputs, dtype=np.float32)[labels]

    def loss(flat: Any) -> tuple[float, Any]:
        w = flat.reshape(shape).astype(np.float32)
        z = x @ w[:-1] + w[-1]
        if outputs == 1:
            losses, p = (np.logaddexp(0, z) - wanted * z)[:, 0], 1 / (1 + np.exp(-z))
        else:
            z = z - z.max(1, keepdims=True)
            sums = np.log(np.exp(z).sum(1))
            losses, p = sums - (z * wanted).sum(1), np.exp(z - sums[:, None])
        error = (p - wanted) * weights[:, None]
        gradient = np.vstack([turned @ error + w[:-1] / STRENGTH, error.sum(0)])
        return float((losses * weights).sum()) + 0.5 / STRENGTH * float((w[:-1] ** 2).sum()), gradient.ravel().astype(
            float
        )

    start = np.zeros(shape[0] * outputs)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS, "maxcor": 8})
    return found.x.reshape(shape)
