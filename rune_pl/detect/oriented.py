"""Oriented boxes of detectors: corners, overlap, and the removal of duplicates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rune_pl.geometry.quads import overlap_of

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def corners_of(boxes: FloatArray) -> FloatArray:
    """(n, 4, 2) corners of (n, 5) boxes (centre x, y, width, height, angle in radians), clockwise as seen (y down)."""
    across = boxes[:, 2:3] / 2 * np.column_stack([np.cos(boxes[:, 4]), np.sin(boxes[:, 4])])
    down = boxes[:, 3:4] / 2 * np.column_stack([-np.sin(boxes[:, 4]), np.cos(boxes[:, 4])])
    centre = boxes[:, :2]
    corners: FloatArray = np.stack(
        [centre - across - down, centre + across - down, centre + across + down, centre - across + down], axis=1
    )
    return corners


def areas_of(corners: FloatArray) -> FloatArray:
    """(n,) areas of (n, 4, 2) convex quadrilaterals (shoelace)."""
    x, y = corners[..., 0], corners[..., 1]
    doubled: FloatArray = (x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(axis=1)
    return np.abs(doubled) / 2


def overlapping_pairs(corners: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
    """All pairs i < j whose upright envelopes meet, with the area that the two quadrilaterals share.

    Returns:
        i, j: (m,) int64; shared: (m,) float64, square pixels.
    """
    low, high = corners.min(axis=1), corners.max(axis=1)
    order = np.argsort(low[:, 0], kind="stable")
    left, right = low[order, 0], high[order, 0]
    # Along x: each box meets those that begin before it ends.
    last = np.searchsorted(left, right, side="right")
    counts = last - np.arange(len(order)) - 1
    first = np.repeat(np.arange(len(order)), counts)
    starts = np.cumsum(counts) - counts
    second = first + 1 + np.arange(len(first)) - np.repeat(starts, counts)
    i, j = order[first], order[second]
    meet = (low[i, 1] < high[j, 1]) & (low[j, 1] < high[i, 1])
    i, j = np.minimum(i[meet], j[meet]), np.maximum(i[meet], j[meet])
    return i, j, np.asarray(overlap_of(corners, i, j)) if len(i) else np.empty(0)


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
    area = areas_of(corners)
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
