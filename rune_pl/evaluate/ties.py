"""Rankings with ties: images that a method cannot tell apart, as groups.

A metric of a ranking with ties is the expectation over all orders of what is tied, so that no method gains or loses by
the luck of an order. Weights say how often an image counts, as in a bootstrap resample: copies of an image are tied.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Groups:
    """Groups of tied images, best first. Leading axes, if any, are resamples.

    Attributes:
        size: (..., G) how many images are in each group; groups may be empty.
        relevant: (..., G) how many of them are relevant.
    """

    size: FloatArray
    relevant: FloatArray

    @property
    def before(self) -> FloatArray:
        """(..., G) how many images come before each group."""
        found: FloatArray = np.cumsum(self.size, axis=-1) - self.size
        return found

    @property
    def relevant_before(self) -> FloatArray:
        """(..., G) how many relevant images come before each group."""
        found: FloatArray = np.cumsum(self.relevant, axis=-1) - self.relevant
        return found

    @property
    def positives(self) -> FloatArray:
        """(...) how many images are relevant in all."""
        found: FloatArray = self.relevant.sum(axis=-1)
        return found


def tie_groups(truth: BoolArray, score: NDArray[np.generic], weight: FloatArray | None = None) -> Groups:
    """The groups of equal scores, the highest first.

    Args:
        truth: (M,) whether each image is relevant.
        score: (M,) numbers of any kind; equal ones are tied.
        weight: (..., M) how often each image counts; once each by default.
    """
    weight = np.ones(len(truth)) if weight is None else np.asarray(weight, dtype=np.float64)
    if not len(truth):
        empty = np.zeros((*weight.shape[:-1], 0))
        return Groups(empty, empty)
    order = np.argsort(-_codes(score), kind="stable")
    start = np.flatnonzero(np.r_[True, np.diff(_codes(score)[order]) != 0])
    ranked = weight[..., order]
    return Groups(
        np.add.reduceat(ranked, start, axis=-1), np.add.reduceat(ranked * np.asarray(truth)[order], start, axis=-1)
    )


def _codes(score: NDArray[np.generic]) -> NDArray[np.int64]:
    """(M,) ranks from the lowest, 0; equal scores have the same."""
    inverse: NDArray[np.int64] = np.unique(score, return_inverse=True)[1].reshape(-1).astype(np.int64)
    return inverse
