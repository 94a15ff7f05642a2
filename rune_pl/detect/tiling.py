"""Large images in overlapping tiles, and what was found in the tiles as objects of the image."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rune_pl.detect.detector import Candidates, Pixels
from rune_pl.detect.oriented import corners_of, overlapping_pairs, suppress
from rune_pl.detect.stretch import PADDING
from rune_pl.geometry import polygon_area
from rune_pl.geometry.corners import minimum_rectangle

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

EDGE = 3.0  # pixels: a box that ends as near as this to the edge of its tile is cut off there
INSIDE = 0.5  # share of a cut box that lies in a whole one, from which on it is a piece of it


@dataclass(frozen=True)
class Window:
    """A tile of an image, in pixels of the image."""

    x: int
    y: int
    width: int
    height: int


def windows(width: int, height: int, tile: int, overlap: int) -> Iterator[Window]:
    """Tiles that cover an image, row by row; neighbours share `overlap` pixels, the last ones of a row more.

    An image that is smaller than a tile is one window.
    """
    for y in _starts(height, tile, overlap):
        for x in _starts(width, tile, overlap):
            yield Window(x, y, min(tile, width), min(tile, height))


def _starts(length: int, tile: int, overlap: int) -> list[int]:
    step = tile - overlap
    return [*range(0, length - tile, step), length - tile] if length > tile else [0]


@dataclass(frozen=True)
class Fit:
    """How a window lies in the square input of a network: input = window * scale + (left, top)."""

    scale: float
    left: int
    top: int


def fit_square(pixels: Pixels, size: int) -> tuple[Pixels, Fit]:
    """The window scaled to fit a square of `size` pixels, in the middle, with grey around it."""
    height, width = pixels.shape[:2]
    scale = min(size / width, size / height)
    inner = max(1, round(width * scale)), max(1, round(height * scale))
    if (width, height) != inner:
        pixels = np.asarray(Image.fromarray(pixels).resize(inner, Image.Resampling.BILINEAR))
    left, top = (size - inner[0]) // 2, (size - inner[1]) // 2
    square = np.full((size, size, 3), PADDING, dtype=np.uint8)
    square[top : top + inner[1], left : left + inner[0]] = pixels
    return square, Fit(scale, left, top)


@dataclass(frozen=True, eq=False)
class Found:
    """n detections in an image.

    Attributes:
        corners: (n, 4, 2) float64, pixels of the image.
        probability: (n, C) float64, the network's score for each class.
        window: (n,) int64, the tile that each was found in.
    """

    corners: FloatArray
    probability: FloatArray
    window: IntArray

    @classmethod
    def of(cls, found: Candidates, fit: Fit, window: Window, number: int) -> Found:
        """The candidates of one tile, in pixels of the image."""
        corners = (corners_of(found.boxes) - [fit.left, fit.top]) / fit.scale + [window.x, window.y]
        return cls(corners, found.probability, np.full(len(corners), number, dtype=np.int64))

    @classmethod
    def joined(cls, parts: list[Found], classes: int) -> Found:
        """All detections of several tiles."""
        if not parts:
            return cls(np.empty((0, 4, 2)), np.empty((0, classes)), np.empty(0, np.int64))
        return cls(
            np.concatenate([part.corners for part in parts]),
            np.concatenate([part.probability for part in parts]),
            np.concatenate([part.window for part in parts]),
        )

    def take(self, rows: NDArray[np.generic]) -> Found:
        """Some of the detections."""
        return Found(self.corners[rows], self.probability[rows], self.window[rows])

    def without_duplicates(self, iou: float) -> Found:
        """One detection for each object, the best first; the rivals' classes become alternatives of the one that stays.

        A box of another class in the same place is another reading of the same object: it is not a second object, and
        what the network believes of it goes into the class probabilities of the one that stays.
        """
        keeper = suppress(self.corners, self.probability.max(axis=1, initial=0.0), iou)
        rival = np.zeros_like(self.probability)
        np.maximum.at(rival, keeper, self.probability)
        own = self.probability.argmax(axis=1) if len(self.probability) else np.empty(0, np.int64)
        rival[np.arange(len(own)), own] = self.probability[np.arange(len(own)), own]
        kept = np.flatnonzero(keeper == np.arange(len(keeper)))
        best = self.probability[kept].max(axis=1, initial=0.0)
        order = kept[np.argsort(-best, kind="stable")]
        return Found(self.corners[order], rival[order], self.window[order])


def merge_tiles(found: Found, tiles: list[Window], width: int, height: int, iou: float) -> Found:
    """The objects of an image from what was found in its tiles; an object that a seam cuts counts once.

    Boxes that end at an edge of their tile inside the image are pieces. A piece that mostly lies in a whole box of its
    class from another tile is dropped, and pieces of one class from different tiles that agree where the tiles
    overlap are joined. Then duplicates are removed.
    """
    if len(tiles) > 1 and len(found.corners):
        found = _without_pieces(found, tiles, width, height)
    return found.without_duplicates(iou)


def _without_pieces(found: Found, tiles: list[Window], width: int, height: int) -> Found:
    cut = _cut(found, tiles, width, height)
    label = found.probability.argmax(axis=1)
    area = polygon_area(found.corners)
    i, j, shared = overlapping_pairs(found.corners)
    apart = (found.window[i] != found.window[j]) & (label[i] == label[j])
    i, j, shared = i[apart], j[apart], shared[apart]

    dropped = np.zeros(len(cut), dtype=np.bool_)
    for piece, whole in ((i, j), (j, i)):
        inside = cut[piece] & ~cut[whole] & (shared > INSIDE * area[piece])
        dropped[piece[inside]] = True
    joined = cut[i] & cut[j] & ~dropped[i] & ~dropped[j]
    groups = np.arange(len(cut))
    for a, b, common in zip(i[joined].tolist(), j[joined].tolist(), shared[joined].tolist()):
        zone = _zone(tiles[found.window[a]], tiles[found.window[b]])
        if common > INSIDE * min(_area_within(found.corners[a], zone), _area_within(found.corners[b], zone)):
            groups[groups == groups[b]] = groups[a]
    corners, probability = found.corners.copy(), found.probability.copy()
    for group in np.unique(groups[np.bincount(groups, minlength=len(groups))[groups] > 1]):
        members = np.flatnonzero(groups == group)
        best = members[np.argmax(probability[members].max(axis=1))]
        box = minimum_rectangle(corners[members].reshape(-1, 2))
        if box is not None:
            corners[best] = box
            dropped[members[members != best]] = True
    return Found(corners, probability, found.window).take(~dropped)


def _cut(found: Found, tiles: list[Window], width: int, height: int) -> NDArray[np.bool_]:
    """(n,) True where a box ends at an edge of its tile that is not one of the image."""
    box = np.array([[t.x, t.y, t.x + t.width, t.y + t.height] for t in tiles], dtype=np.float64)[found.window]
    low, high = found.corners.min(axis=1), found.corners.max(axis=1)
    cut: NDArray[np.bool_] = (
        ((low[:, 0] <= box[:, 0] + EDGE) & (box[:, 0] > 0))
        | ((low[:, 1] <= box[:, 1] + EDGE) & (box[:, 1] > 0))
        | ((high[:, 0] >= box[:, 2] - EDGE) & (box[:, 2] < width))
        | ((high[:, 1] >= box[:, 3] - EDGE) & (box[:, 3] < height))
    )
    return cut


def _zone(a: Window, b: Window) -> FloatArray:
    """(1, 4, 2) the rectangle that two tiles share."""
    x0, y0 = max(a.x, b.x), max(a.y, b.y)
    x1, y1 = min(a.x + a.width, b.x + b.width), min(a.y + a.height, b.y + b.height)
    return np.array([[[x0, y0], [x1, y0], [x1, y1], [x0, y1]]], dtype=np.float64)


def _area_within(corners: FloatArray, zone: FloatArray) -> float:
    _, _, shared = overlapping_pairs(np.concatenate([corners[None], zone]))
    return float(shared.sum())
