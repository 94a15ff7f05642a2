"""Metrics of one query, for one ranking or for many resamples at once.

All take `truth` (M,) bool and scores (M,), where higher is better and equal is tied, and an optional `weight` (..., M):
how often each image counts. They give an array of shape (...), a single number without weights. Metrics of rankings are
the expectation over all orders of tied images. All but those of probabilities are NaN where no image is relevant.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rune_pl.evaluate.ties import BoolArray, FloatArray, Groups, tie_groups

BINS = 10
Scores = NDArray[np.generic]


def average_precision(truth: BoolArray, score: Scores, weight: FloatArray | None = None) -> FloatArray:
    """Mean over the relevant images of the precision at their rank.

    In a group of n tied images, r of them relevant, the image at the i-th place is relevant with probability r / n, and
    then (i - 1)(r - 1) / (n - 1) of those before it in the group are expected to be (McSherry and Najork, 2008).
    """
    groups = tie_groups(truth, score, weight)
    n, r, before = groups.size, groups.relevant, groups.before
    harmonic = np.r_[0.0, np.cumsum(1.0 / np.arange(1, _places(groups) + 1))]
    with np.errstate(divide="ignore", invalid="ignore"):
        step = np.where(n > 1, (r - 1.0) / (n - 1.0), 0.0)
        # The sum over i of (1 + R + (i - 1) step) / (before + i), in closed form.
        places = harmonic[_whole(before + n)] - harmonic[_whole(before)]
        inside = (1.0 + groups.relevant_before - step * (before + 1.0)) * places + n * step
        total = np.where(n > 0, r / n * inside, 0.0).sum(axis=-1)
    return _over(total, groups.positives)


def precision_above_chance(truth: BoolArray, score: Scores, weight: FloatArray | None = None) -> FloatArray:
    """Average precision on a scale on which a random order has 0 and the best one 1, however many are relevant."""
    chance = average_precision(truth, np.zeros(len(truth)), weight)
    return _over(average_precision(truth, score, weight) - chance, np.where(chance < 1.0, 1.0 - chance, 0.0))


def r_precision(truth: BoolArray, score: Scores, weight: FloatArray | None = None) -> FloatArray:
    """Precision among the first R images, where R are relevant."""
    groups = tie_groups(truth, score, weight)
    return _over(_found(groups, groups.positives[..., None]), groups.positives)


def recall_at(k: int, truth: BoolArray, score: Scores, weight: FloatArray | None = None) -> FloatArray:
    """The part of the relevant images that is among the first k."""
    groups = tie_groups(truth, score, weight)
    return _over(_found(groups, np.asarray(float(k))), groups.positives)


def ndcg(truth: BoolArray, score: Scores, weight: FloatArray | None = None) -> FloatArray:
    """Discounted cumulative gain, 1 / log2(1 + place) for each relevant image, over the best that is possible."""
    groups = tie_groups(truth, score, weight)
    places = np.arange(1, _places(groups) + 1)
    gained = np.r_[0.0, np.cumsum(1.0 / np.log2(1.0 + places))]
    before, n = groups.before, groups.size
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(n > 0, groups.relevant / n, 0.0)
    gain = (share * (gained[_whole(before + n)] - gained[_whole(before)])).sum(axis=-1)
    return _over(gain, gained[_whole(groups.positives)])


def f1_at(threshold: float, truth: BoolArray, probability: FloatArray, weight: FloatArray | None = None) -> FloatArray:
    """F1 of the images whose probability is at least the threshold."""
    weight = _weights(truth, weight)
    chosen = probability >= threshold
    positives = weight @ truth.astype(np.float64)
    hits = weight @ (truth & chosen).astype(np.float64)
    both = positives + weight @ chosen.astype(np.float64)
    return np.where(positives > 0, 2.0 * hits / np.maximum(both, 1e-300), np.nan)


def best_f1(truth: BoolArray, score: Scores, weight: FloatArray | None = None) -> FloatArray:
    """The largest F1 that any threshold on the score gives: what it would be if somebody told the best one."""
    groups = tie_groups(truth, score, weight)
    if not groups.size.shape[-1]:
        return np.full(groups.positives.shape, np.nan)
    hits, chosen = np.cumsum(groups.relevant, axis=-1), np.cumsum(groups.size, axis=-1)
    best = (2.0 * hits / np.maximum(chosen + groups.positives[..., None], 1e-300)).max(axis=-1)
    return np.where(groups.positives > 0, best, np.nan)


def brier(truth: BoolArray, probability: FloatArray, weight: FloatArray | None = None) -> FloatArray:
    """Mean squared difference of the probability and what is true."""
    weight = _weights(truth, weight)
    return _over(weight @ (probability - truth) ** 2, weight.sum(axis=-1))


def calibration_error(
    truth: BoolArray, probability: FloatArray, weight: FloatArray | None = None, *, bins: int = BINS
) -> FloatArray:
    """Expected calibration error: |mean probability - relevant part| of the images of a bin, by its share of all.

    The bins are of equal width; a probability on a border belongs to the bin above it, 1 to the last.
    """
    weight = _weights(truth, weight)
    residual = np.zeros((len(truth), bins))
    residual[np.arange(len(truth)), bin_of(probability, bins)] = probability - truth
    return _over(np.abs(weight @ residual).sum(axis=-1), weight.sum(axis=-1))


def bin_of(probability: FloatArray, bins: int = BINS) -> NDArray[np.int64]:
    """The bin of equal width that each probability belongs to."""
    return np.clip((np.asarray(probability) * bins).astype(np.int64), 0, bins - 1)


def precision_recall(truth: BoolArray, score: Scores) -> tuple[FloatArray, FloatArray]:
    """Precision and recall where each group of tied images ends, the best first."""
    groups = tie_groups(truth, score)
    hits, chosen = np.cumsum(groups.relevant), np.cumsum(groups.size)
    return hits / np.maximum(chosen, 1.0), hits / np.maximum(groups.positives, 1.0)


def _found(groups: Groups, first: FloatArray) -> FloatArray:
    """(...) the expected number of relevant images among the first so many."""
    inside = np.clip(first - groups.before, 0.0, groups.size)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: FloatArray = np.where(groups.size > 0, groups.relevant * inside / groups.size, 0.0).sum(axis=-1)
    return found


def _places(groups: Groups) -> int:
    return int(groups.size.sum(axis=-1).max()) if groups.size.size else 0


def _whole(places: FloatArray) -> NDArray[np.int64]:
    return places.astype(np.int64)


def _weights(truth: BoolArray, weight: FloatArray | None) -> FloatArray:
    return np.ones(len(truth)) if weight is None else np.asarray(weight, dtype=np.float64)


def _over(value: FloatArray, by: FloatArray) -> FloatArray:
    """The quotient, NaN where there is nothing to divide by."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(by > 0, value / by, np.nan)
