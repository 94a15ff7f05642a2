"""Values of any type and number of bands, made into the 8-bit RGB that detectors were trained on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rune_pl.detect.detector import Pixels

FloatArray = NDArray[np.float64]

PADDING = 114  # the grey that ultralytics puts where there is no image
SHARES = (2.0, 98.0)  # percentiles that become black and white


@dataclass(frozen=True, eq=False)
class Stretch:
    """A linear map for each band: `low` becomes 0 and `high` 255.

    Attributes:
        low, high: (bands,) float64.
    """

    low: FloatArray
    high: FloatArray

    @classmethod
    def of(cls, values: NDArray[np.generic], valid: NDArray[np.bool_]) -> Stretch:
        """The stretch between the 2nd and the 98th percentile of each band, as image viewers do.

        Args:
            values: (height, width, bands), a whole image or a sample of it.
            valid: (height, width), False where there is no data.
        """
        inside = np.asarray(values[valid], dtype=np.float64)
        inside = inside[np.isfinite(inside).all(axis=1)]
        if not len(inside):
            return cls(np.zeros(values.shape[2]), np.ones(values.shape[2]))
        low, high = np.percentile(inside, SHARES, axis=0)
        return cls(low, np.where(high > low, high, low + 1.0))

    def apply(self, values: NDArray[np.generic]) -> Pixels:
        """(height, width, 3) uint8 of (height, width, 1 or 3) values; what is not finite becomes 0."""
        scaled = (np.asarray(values, dtype=np.float64) - self.low) / (self.high - self.low)
        levels = (np.nan_to_num(np.clip(scaled, 0.0, 1.0)) * 255.0 + 0.5).astype(np.uint8)
        return np.repeat(levels, 3, axis=2) if levels.shape[2] == 1 else levels
