"""Robustness: how much of a metric is left where queries are more complex, or images less certain.

The RUNE paper (arXiv 2512.14102) names Retrieval Robustness to Query Complexity (RRQC) and to Image Uncertainty (RRIU);
the definitions here are this project's own (docs/evaluation.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rune_pl.evaluate.bootstrap import Estimate, mean_over

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Robustness:
    """A metric along levels of difficulty.

    Attributes:
        levels: their numbers, the simplest first.
        metric: at each level.
        retained: the metric at each level over that of the simplest; 1 there.
        mean: of `retained` over all levels but the simplest.
        slope: of `retained` against the number of the level, by least squares: what is lost per level, where negative.
    """

    levels: tuple[int, ...]
    metric: tuple[Estimate, ...]
    retained: tuple[Estimate, ...]
    mean: Estimate
    slope: Estimate

    def to_json(self) -> dict[str, Any]:
        """The same as JSON."""
        return {
            "levels": list(self.levels),
            "metric": [e.to_json() for e in self.metric],
            "retained": [e.to_json() for e in self.retained],
            "mean": self.mean.to_json(),
            "slope": self.slope.to_json(),
        }


def robustness(levels: Sequence[int], values: FloatArray, resampled: FloatArray) -> Robustness:
    """Robustness of a metric.

    Args:
        levels: (L,) numbers of the levels, rising.
        values: (L,) the metric at each level.
        resampled: (L, B) the same for each resample.
    """
    number = np.asarray(levels, dtype=np.float64)
    mean, slope = _summary(number, values[:, None])
    means, slopes = _summary(number, resampled)
    retained, many = _retained(values[:, None])[:, 0], _retained(resampled)
    return Robustness(
        tuple(levels),
        tuple(Estimate.of(v, r) for v, r in zip(values, resampled, strict=True)),
        tuple(Estimate.of(v, r) for v, r in zip(retained, many, strict=True)),
        Estimate.of(mean[0], means),
        Estimate.of(slope[0], slopes),
    )


def _retained(values: FloatArray) -> FloatArray:
    """(L, B) over the first level; NaN where that is 0."""
    if not len(values):
        return values
    with np.errstate(divide="ignore", invalid="ignore"):
        found = values / values[0]
    return np.where(np.isfinite(found), found, np.nan)


def _summary(levels: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(B,) mean and slope of what is retained, of the levels at which it is defined."""
    retained = _retained(values)
    mean = mean_over(retained[1:]) if len(levels) > 1 else np.full(values.shape[1], np.nan)
    known = ~np.isnan(retained)
    x = np.where(known, levels[:, None], np.nan)
    centred = x - mean_over(x)
    with np.errstate(divide="ignore", invalid="ignore"):
        up = np.where(known, centred * retained, 0.0).sum(axis=0)
        down = np.where(known, centred**2, 0.0).sum(axis=0)
        slope = np.where(down > 0, up / down, np.nan)
    return mean, slope
