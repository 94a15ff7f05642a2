"""Oriented boxes of detectors: corners, overlap, and the removal of duplicates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rune_pl.geometry import polygon_area
from rune_pl.geometry.pairs import pairs_within
from rune_pl.geometry.quads import overlap_of

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_MOST_PAIRS = 200_000_000


def corners_of(boxes: FloatArray) -> FloatArray:
    """(n, 4, 2) corners of (n, 5) boxes (centre x, y, width, height, angle in radians), clockwise as seen (y down)."""
    across = boxes[:, 2:3] / 2 * np.column_stack([np.cos(boxes[:, 4]), np.sin(boxes[:, 4])])
    down = boxes[:, 3:4] / 2 * np.column_stack([-np.sin(boxes[:, 4]), np.cos(boxes[:, 4])])
    centre = boxes[:, :2]
    corners: FloatArray = np.stack(
        [centre - across - down, centre + across - down, centre + across + down, centre - across + down], axis=1
    )
    return corners


def overlapping_pairs(corners: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
    """All pairs i < j whose upright rectangles meet, with the area that the two quadrilaterals share.

    Returns:
        i, j: (m,) int64; shared: (m,) float64, square pixels.
    """
    extent = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1).reshape(-1, 4)
    rows, image = np.arange(len(corners)), np.zeros(len(corners), dtype=np.int64)
    i, j = pairs_within(extent, image, rows, rows, np.zeros(len(corners)), _MOST_PAIRS)
    i, j = i[i < j], j[i < j]
    return i, j, overlap_of(corners, i, j)


def suppress(corners: FloatArray, score: FloatArray, iou: float) -> IntArray:
    """Oriented non-maximum suppression, whatever the classes: which box stands for each box.

    The best box stays; those that share more than `iou` of their union with it are the same object, and so on with the
    best of the rest. Of equal scores the first is the better one.

    Args:
        corners: (n, 4, 2), pixels.
        score: (n,).
        iou: intersection over union, exact for the quadrilaterals.

    Returns:
        (n,) int64: the index of the box that stays, which is a box's own where it stays itself.
    """
    keeper = np.full(len(corners), -1, dtype=np.int64)
    i, j, shared = overlapping_pairs(corners)
    area = polygon_area(corners)
    same = shared > iou * np.maximum(area[i] + area[j] - shared, 1e-12)
    ends, others = np.concatenate([i[same], j[same]]), np.concatenate([j[same], i[same]])
    order = np.argsort(ends, kind="stable")
    ends, others = ends[order], others[order]
    bounds = np.searchsorted(ends, np.arange(len(corners) + 1))
    for box in np.argsort(-score, kind="stable").tolist():
        if keeper[box] >= 0:
            continue
        rivals = others[bounds[box] : bounds[box + 1]]
        keeper[rivals[keeper[rivals] < 0]] = box
        keeper[box] = box
    return keeper
