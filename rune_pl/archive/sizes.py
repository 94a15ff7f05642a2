"""How large the boxes of each class are in an archive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive.scenes import Scenes
from rune_pl.geometry import polygon_area

FloatArray = NDArray[np.float64]

LEVELS = 101
SAMPLE = 1 << 17


class SizeQuantiles(NamedTuple):
    """Box areas by class name, rising, evenly spaced in rank from the smallest box to the largest.

    A class with up to 101 boxes has all its areas here, a larger one 101 quantiles; a class without boxes is missing.

    Attributes:
        square_metres: over images whose ground sampling distance is known.
        square_pixels: over the other images.
    """

    square_metres: Mapping[str, FloatArray]
    square_pixels: Mapping[str, FloatArray]


class SizeSamples:
    """Collects areas in bounded memory: all boxes of a class up to `SAMPLE` of them, every 2nd (4th, ...) beyond."""

    def __init__(self, classes: Sequence[str], *, sample: int = SAMPLE) -> None:
        self._classes = classes
        self._metres = [_Sample(sample) for _ in classes]
        self._pixels = [_Sample(sample) for _ in classes]

    def add(self, scenes: Scenes) -> None:
        """Take the boxes of the scenes, whose classes are those of this object."""
        area = np.abs(polygon_area(scenes.corners.astype(np.float64)))
        gsd = scenes.gsd[scenes.image_of]
        metric = ~np.isnan(gsd)
        area[metric] *= np.square(gsd[metric])
        for code in np.unique(scenes.label):
            mine = scenes.label == code
            self._metres[code].add(area[mine & metric])
            self._pixels[code].add(area[mine & ~metric])

    def quantiles(self) -> SizeQuantiles:
        """Of everything added so far."""
        return SizeQuantiles(self._table(self._metres), self._table(self._pixels))

    def _table(self, samples: Sequence[_Sample]) -> dict[str, FloatArray]:
        return {name: sample.quantiles() for name, sample in zip(self._classes, samples, strict=True) if sample.seen}


class _Sample:
    """Every `stride`-th of the values added; the stride doubles whenever there are too many. The extremes are exact."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._stride = 1
        self._values = np.empty(0)
        self._low, self._high = np.inf, -np.inf
        self.seen = 0

    def add(self, values: FloatArray) -> None:
        if not len(values):
            return
        self._low, self._high = (min(self._low, values.min()), max(self._high, values.max()))
        self._values = np.concatenate([self._values, values[-self.seen % self._stride :: self._stride]])
        self.seen += len(values)
        while len(self._values) > self._limit:
            self._values = self._values[::2]
            self._stride *= 2

    def quantiles(self) -> FloatArray:
        values = np.sort(self._values)
        if self.seen > LEVELS:
            values = np.quantile(values, np.linspace(0.0, 1.0, LEVELS))
        values[0], values[-1] = self._low, self._high
        return values
