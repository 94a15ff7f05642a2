"""How large the boxes of each class are in an archive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

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
        self._limit = sample
        self._metres = [_Sample(sample) for _ in classes]
        self._pixels = [_Sample(sample) for _ in classes]

    def add(self, scenes: Scenes) -> None:
        """Take the boxes of the scenes, whose classes are those of this object."""
        self.add_boxes(scenes.corners, scenes.label, scenes.gsd[scenes.image_of])

    def add_boxes(self, corners: NDArray[np.float32], label: NDArray[np.integer[Any]], gsd: FloatArray) -> None:
        """Take boxes, (n, 4, 2), each with its class code and the ground sampling distance of its image, or NaN."""
        area = np.abs(polygon_area(corners.astype(np.float64)))
        metric = ~np.isnan(gsd)
        area[metric] *= np.square(gsd[metric])
        for code in np.unique(label):
            mine = label == code
            while code >= len(self._metres):  # a class that was not there in the beginning
                self._metres.append(_Sample(self._limit))
                self._pixels.append(_Sample(self._limit))
            self._metres[code].add(area[mine & metric])
            self._pixels[code].add(area[mine & ~metric])

    def quantiles(self) -> SizeQuantiles:
        """Of everything added so far."""
        return SizeQuantiles(self._table(self._metres), self._table(self._pixels))

    def as_json(self) -> dict[str, Any]:
        """What `joined` needs to know: of each class code how many boxes there were, and their quantiles."""
        tables = {"square_metres": self._metres, "square_pixels": self._pixels}
        return {
            name: {str(code): [s.seen, s.quantiles().tolist()] for code, s in enumerate(samples) if s.seen}
            for name, samples in tables.items()
        }

    def _table(self, samples: Sequence[_Sample]) -> dict[str, FloatArray]:
        return {name: sample.quantiles() for name, sample in zip(self._classes, samples, strict=True) if sample.seen}


def joined(parts: Sequence[Mapping[str, Any]], classes: Sequence[str], gsd: float | None = None) -> SizeQuantiles:
    """The quantiles of several parts together, from `SizeSamples.as_json` of each.

    Args:
        classes: names of the codes.
        gsd: metres per pixel for images that do not know theirs.

    Returns:
        For a single part, and where a class has few boxes, just what `SizeSamples` has of all boxes; otherwise each
        part's quantiles count for as many boxes as they stand for.
    """
    metres: dict[str, list[tuple[int, FloatArray]]] = {}
    pixels: dict[str, list[tuple[int, FloatArray]]] = {}
    for part in parts:
        for found, told, scale in (
            (metres, part["square_metres"], 1.0),
            (pixels if gsd is None else metres, part["square_pixels"], 1.0 if gsd is None else gsd * gsd),
        ):
            for code, (seen, values) in told.items():
                scaled = np.array(values, dtype=np.float64) * scale
                found.setdefault(classes[int(code)], []).append((int(seen), scaled))
    return SizeQuantiles(*({name: _pooled(found) for name, found in table.items()} for table in (metres, pixels)))


def _pooled(parts: Sequence[tuple[int, FloatArray]]) -> FloatArray:
    if len(parts) == 1:
        return parts[0][1]
    values = np.concatenate([v for _, v in parts])
    weights = np.concatenate([np.full(len(v), seen / len(v)) for seen, v in parts])
    order = np.argsort(values, kind="stable")
    values, weights = values[order], weights[order]
    if len(values) == sum(seen for seen, _ in parts) <= LEVELS:
        return values
    middle = np.cumsum(weights) - weights / 2
    level = np.linspace(middle[0], middle[-1], LEVELS)
    pooled: FloatArray = np.interp(level, middle, values)
    return pooled


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
