"""Bootstrap over images: how far a number could be off because other images might have been drawn.

One set of resamples serves all queries and methods, so that differences between methods are of the same images.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A number with its interval; NaN where it is not defined."""

    value: float
    lower: float
    upper: float

    @classmethod
    def of(cls, value: float, resampled: FloatArray) -> Estimate:
        """The value with the percentile interval of its resamples, those left out in which it is not defined."""
        known = resampled[~np.isnan(resampled)]
        if not len(known):
            return cls(float(value), float("nan"), float("nan"))
        tail = (1.0 - LEVEL) / 2.0
        lower, upper = np.quantile(known, [tail, 1.0 - tail])
        return cls(float(value), float(lower), float(upper))

    def to_json(self) -> dict[str, Any]:
        """Null where it is not defined."""
        return {name: None if np.isnan(x) else float(x) for name, x in vars(self).items()}

    def __str__(self) -> str:
        if np.isnan(self.value):
            return "-"
        return f"{self.value:.3f}" + ("" if np.isnan(self.lower) else f" [{self.lower:.3f}, {self.upper:.3f}]")


def resamples(images: int, count: int, seed: int) -> FloatArray:
    """(count, images) how often each image is drawn in each resample of as many images, with replacement."""
    if not images:
        return np.zeros((count, 0))
    drawn = np.random.default_rng(seed).multinomial(images, np.full(images, 1.0 / images), size=count)
    return drawn.astype(np.float64)


def mean_over(values: FloatArray, axis: int = 0) -> FloatArray:
    """The mean over an axis of what is defined; NaN where nothing is."""
    known = ~np.isnan(values)
    count = known.sum(axis=axis)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: FloatArray = np.where(count > 0, np.where(known, values, 0.0).sum(axis=axis) / count, np.nan)
    return found
