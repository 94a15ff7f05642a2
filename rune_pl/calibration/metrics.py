"""How far probabilities are from what happens."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def calibration_error(probability: NDArray[Any], right: NDArray[Any], bins: int = 15) -> float:
    """Expected calibration error in bins of equal mass; NaN of nothing.

    The probabilities are sorted and cut into `bins` bins of as many each as can be (fewer bins where there are fewer
    probabilities); equal ones stay in one bin, so that the result does not hang on their order. The error is |mean
    probability - share that is right| of each bin, weighted by its share of all.
    """
    gap, weight = _gaps(probability, right, bins)
    return float(np.average(gap, weights=weight)) if len(gap) else float("nan")


def brier(probability: NDArray[Any], right: NDArray[Any]) -> float:
    """Mean squared difference of probability and outcome; NaN of nothing."""
    if not len(probability):
        return float("nan")
    return float(np.mean((np.asarray(probability, dtype=np.float64) - np.asarray(right, dtype=np.float64)) ** 2))


def reliability_curve(
    probability: NDArray[Any], right: NDArray[Any], bins: int = 15
) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
    """Mean probability, share that is right, and size of each bin of `calibration_error`."""
    p, y = np.asarray(probability, dtype=np.float64), np.asarray(right, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    p, y = p[order], y[order]
    cuts = np.unique(np.linspace(0, len(p), min(bins, len(p)) + 1).round().astype(np.int64))
    # A cut within a run of equal probabilities moves to the start of the run.
    starts = np.unique(np.searchsorted(p, p[cuts[:-1]], side="left")) if len(p) else np.zeros(0, dtype=np.int64)
    sizes = np.diff(np.append(starts, len(p)))
    if not len(starts):
        return np.empty(0), np.empty(0), sizes
    return np.add.reduceat(p, starts) / sizes, np.add.reduceat(y, starts) / sizes, sizes


def _gaps(probability: NDArray[Any], right: NDArray[Any], bins: int) -> tuple[FloatArray, NDArray[np.int64]]:
    if bins < 1:
        raise ValueError(f"bins is {bins}, expected at least 1")
    if len(probability) != len(right):
        raise ValueError(f"{len(probability)} probabilities and {len(right)} outcomes")
    mean, share, sizes = reliability_curve(probability, right, bins)
    return np.abs(mean - share), sizes
