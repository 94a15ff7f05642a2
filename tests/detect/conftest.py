"""A detector that can be checked by hand: it finds the bright rectangle in a tile."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from rune_pl.detect.detector import Candidates, Pixels

BRIGHT = 250


class BrightSpots:
    """Finds the upright rectangle around all bright pixels of a tile; the fewer there are, the less sure it is."""

    runtime = "test"
    classes = ("plane", "large-vehicle")
    sha256 = "0" * 64

    def __init__(self, size: int) -> None:
        self.size = size
        self.tiles = 0

    def find(self, tiles: Sequence[Pixels], least: float) -> list[Candidates]:
        return [self._one(tile) for tile in tiles]

    def _one(self, tile: Pixels) -> Candidates:
        self.tiles += 1
        assert tile.shape == (self.size, self.size, 3)
        rows, columns = np.nonzero(tile.min(axis=2) >= BRIGHT)
        if not len(rows):
            return Candidates(np.empty((0, 5)), np.empty((0, 2)))
        x0, x1, y0, y1 = columns.min(), columns.max() + 1, rows.min(), rows.max() + 1
        sure = min(0.95, 0.5 + len(rows) / 1e5)
        return Candidates(np.array([[(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0, 0.0]]), np.array([[sure, 0.02]]))


@pytest.fixture
def bright_spots() -> BrightSpots:
    return BrightSpots(128)


def dark(width: int, height: int, *spots: tuple[int, int, int, int]) -> Pixels:
    """A dark image with bright rectangles (x0, y0, x1, y1)."""
    pixels = np.full((height, width, 3), 30, dtype=np.uint8)
    for x0, y0, x1, y1 in spots:
        pixels[y0:y1, x0:x1] = 255
    return pixels
