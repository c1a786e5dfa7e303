"""Logistic regression over sparse features, by stochastic gradient with a step of its own for each weight (AdaGrad).

Rows are visited in an order drawn from a fixed seed, and every sum is made by NumPy without a linear algebra library:
the same rows give the same weights to the last bit on the same platform.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SEED = 20260414
Floats = NDArray[np.float64]
Row = tuple[NDArray[np.int64], Floats]  # columns and their values


@dataclass(frozen=True)
class Plan:
    """How long and how hard to learn: passes over the rows, first step, and pull of the weights towards zero."""

    passes: int = 14
    step: float = 0.35
    shrink: float = 2e-5
    keep: float = 1.0  # share of a row's features shown at one visit, so that no word is leant on alone


def _softmax(z: Floats) -> Floats:
    e = np.exp(z - z.max())
    return e / e.sum()


def _sigmoid(z: Floats) -> Floats:
    return 1.0 / (1.0 + np.exp(-np.clip(z, -30, 30)))


def fit(
    rows: list[Row],
    width: int,
    targets: Floats,
    weights: Floats,
    choices: int,
    plan: Plan,
) -> tuple[Floats, Floats]:
    """Weights (width × outputs) and offsets (outputs).

    `targets` has one row of wished probabilities for each row of features. The first `choices` outputs exclude each
    other (softmax); every other output is a yes or no of its own (sigmoid). `weights` (rows × outputs) says how much a
    row counts for an output.
    """
    outputs = targets.shape[1]
    w, seen = np.zeros((width, outputs)), np.full((width, outputs), 1e-3)
    offset, offset_seen = np.zeros(outputs), np.full(outputs, 1.0)
    random = np.random.default_rng(SEED)
    for turn in range(plan.passes):
        step = plan.step * (1.0 - 0.9 * turn / plan.passes)
        for i in random.permutation(len(rows)):
            columns, values = rows[i]
            if plan.keep < 1.0:
                shown = random.random(len(columns)) < plan.keep
                columns, values = columns[shown], values[shown] / plan.keep
            part = w[columns]
            z = (values[:, None] * part).sum(0) + offset
            p = _sigmoid(z)
            if choices:
                p[:choices] = _softmax(z[:choices])
            error = (p - targets[i]) * weights[i]
            slope = values[:, None] * error + plan.shrink * part
            squares = seen[columns] + slope * slope
            seen[columns] = squares
            w[columns] = part - step * slope / np.sqrt(squares)
            offset_seen += error * error
            offset -= 0.5 * step * error / np.sqrt(offset_seen)
    return w, offset


def scores(rows: list[Row], w: Floats, offset: Floats) -> Floats:
    """The raw outputs of each row."""
    return np.array([(values[:, None] * w[columns]).sum(0) + offset for columns, values in rows])
