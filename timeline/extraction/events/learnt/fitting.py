"""Refit the last layer of a network to examples, towards the weights that it has (maximum a posteriori).

The vectors below the layer stay fixed, so the fit is a logistic (one column) or softmax regression with a Gaussian
prior around the present weights. How strong the prior is, cross-validation over articles decides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

STRENGTHS = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)  # of the prior: the inverse of its variance
FOLDS = 5
MAX_STEPS = 200
HISTORY = 10  # steps from which the curvature is told
MIN_SLOPE = 1e-5  # of the gradient, below which a fit is at its end
HALVINGS = 30
MIN_GAIN = 0.01  # of the log loss held out, below which the weights stay as they are

Matrix = NDArray[np.float64]
Objective = Callable[[Matrix], tuple[float, Matrix]]


@dataclass(frozen=True, slots=True)
class Rows:
    """Examples of a layer: logits are `inputs @ weights + offsets`.

    `inputs`: (n, d); `offsets`: (n, k); `targets`: (n,), the number of the class, of a layer with one column 0 or 1;
    `groups`: (n,), the article of each, whose examples are held out together; `weights`: (n,), how much each counts.
    """

    inputs: Matrix
    offsets: Matrix
    targets: NDArray[np.int64]
    groups: Sequence[str]
    weights: Matrix

    def __len__(self) -> int:
        return len(self.targets)

    def where(self, kept: NDArray[np.bool_]) -> Rows:
        """Return some of the rows."""
        groups = [group for group, keep in zip(self.groups, kept, strict=True) if keep]
        return Rows(self.inputs[kept], self.offsets[kept], self.targets[kept], groups, self.weights[kept])


@dataclass(frozen=True, slots=True)
class Fit:
    """A layer refitted: its weights (d, k), the strength of the prior (None: as before), and how well each answers.

    `loss`, `right`: before and after, of examples held out: the mean log loss, and the share answered rightly.
    """

    weights: Matrix
    strength: float | None
    loss: tuple[float, float]
    right: tuple[float, float]
    examples: int


def refit(rows: Rows, prior: Matrix) -> Fit:
    """Fit a layer, with the strength that answers best for articles held out; it stays where none gains MIN_GAIN."""
    folds = _folds(rows.groups)
    before = _answers(rows, prior)
    held_out = {strength: _held_out(rows, prior, strength, folds) for strength in STRENGTHS}
    best = min(STRENGTHS, key=lambda s: (round(_mean_loss(held_out[s], rows), 6), -s))
    loss, right = _mean_loss(before, rows), _right(before, rows)
    if loss - _mean_loss(held_out[best], rows) < MIN_GAIN:
        return Fit(prior, None, (loss,) * 2, (right,) * 2, len(rows))
    better = _mean_loss(held_out[best], rows), _right(held_out[best], rows)
    return Fit(fitted(rows, prior, best), best, (loss, better[0]), (right, better[1]), len(rows))


def fitted(rows: Rows, prior: Matrix, strength: float) -> Matrix:
    """Return the most probable weights (d, k) given the rows and the prior."""

    def objective(flat: Matrix) -> tuple[float, Matrix]:
        weights = flat.reshape(prior.shape)
        log_p = _log_probabilities(rows, weights)
        n = np.arange(len(rows))
        error = np.exp(log_p)
        error[n, rows.targets] -= 1
        error *= rows.weights[:, None]
        away = weights - prior
        gradient = rows.inputs.T @ error[:, -prior.shape[1] :] + strength * away
        return float(strength / 2 * (away**2).sum() - rows.weights @ log_p[n, rows.targets]), gradient.ravel()

    return _minimised(objective, prior.ravel()).reshape(prior.shape)


def _log_probabilities(rows: Rows, weights: Matrix) -> Matrix:
    """Return (n, k) log probabilities; a layer with one column has the second class of two."""
    logits = rows.inputs @ weights + rows.offsets
    if logits.shape[1] == 1:
        logits = np.concatenate([np.zeros_like(logits), logits], 1)
    highest = logits.max(1, keepdims=True)
    out: Matrix = logits - highest - np.log(np.exp(logits - highest).sum(1, keepdims=True))
    return out


def _folds(groups: Sequence[str]) -> NDArray[np.int64]:
    """Deal the groups out in turn, in their order: the same folds for the same examples."""
    number = {group: i % FOLDS for i, group in enumerate(sorted(set(groups)))}
    return np.array([number[group] for group in groups])


def _held_out(rows: Rows, prior: Matrix, strength: float, folds: NDArray[np.int64]) -> Matrix:
    """Return for each row the log probabilities by weights that were fitted without its article; and whether right."""
    out = np.zeros((len(rows), 2))
    for fold in range(FOLDS):
        here = folds == fold
        if here.any():
            out[here] = _answers(rows.where(here), fitted(rows.where(~here), prior, strength))
    return out


def _answers(rows: Rows, weights: Matrix) -> Matrix:
    """Return (n, 2): the log probability of the right class, and whether it is the most probable."""
    log_p = _log_probabilities(rows, weights)
    return np.stack([log_p[np.arange(len(rows)), rows.targets], log_p.argmax(1) == rows.targets], 1)


def _mean_loss(answers: Matrix, rows: Rows) -> float:
    return float(-np.average(answers[:, 0], weights=rows.weights))


def _right(answers: Matrix, rows: Rows) -> float:
    return float(np.average(answers[:, 1], weights=rows.weights))


def _minimised(objective: Objective, start: Matrix) -> Matrix:
    """Return the minimum of a convex function (L-BFGS, with steps halved until they go down)."""
    x = start.copy()
    value, gradient = objective(x)
    moves: list[tuple[Matrix, Matrix]] = []
    for _ in range(MAX_STEPS):
        if np.abs(gradient).max() < MIN_SLOPE:
            break
        direction = -_scaled(gradient, moves)
        size = 1.0 if moves else 1.0 / max(1.0, float(np.abs(gradient).sum()))
        slope = float(gradient @ direction)
        for _ in range(HALVINGS):
            there, new = objective(x + size * direction)
            if there <= value + 1e-4 * size * slope:
                break
            size /= 2
        else:
            break
        moves = [*moves[1 - HISTORY :], (size * direction, new - gradient)]
        x, value, gradient = x + size * direction, there, new
    return x


def _scaled(gradient: Matrix, moves: Sequence[tuple[Any, Any]]) -> Matrix:
    """Return the gradient times the inverse of the curvature, as far as the last moves tell it (two loops)."""
    q, shares = gradient.copy(), []
    for step, change in reversed(moves):
        share = (step @ q) / (change @ step)
        shares.append(share)
        q -= share * change
    if moves:
        step, change = moves[-1]
        q *= (step @ change) / (change @ change)
    for (step, change), share in zip(moves, reversed(shares), strict=True):
        q += (share - (change @ q) / (change @ step)) * step
    return q
