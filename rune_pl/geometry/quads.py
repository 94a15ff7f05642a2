"""Distances and shared areas of pairs of convex quadrilaterals, row by row."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from rune_pl.geometry.boxes import FloatArray, polygon_area

# Shared areas below this share of the smaller quadrilateral are rounding at a common edge.
_SLIVER = 1e-9


def gap_between(first: FloatArray, second: FloatArray) -> FloatArray:
    """(k,) shortest distance of the quadrilaterals `first` (k, 4, 2) and `second` (k, 4, 2); 0 where they meet.

    Both are convex and clockwise as seen on the image. Two convex polygons that do not meet are as far apart as the
    nearest corner of one and edge of the other; they meet unless a line along one of their edges separates them.
    """
    p, q = (np.ascontiguousarray(quads.transpose(2, 1, 0)) for quads in (first, second))
    one, separated = _corners_to_edges(p, q)
    other, apart = _corners_to_edges(q, p)
    return np.where(separated | apart, np.sqrt(np.minimum(one, other)), 0.0)


def meets(first: FloatArray, second: FloatArray) -> NDArray[np.bool_]:
    """(k,) True where no edge of the convex quadrilaterals (k, 4, 2) separates them."""
    p, q = (np.ascontiguousarray(quads.transpose(2, 1, 0)) for quads in (first, second))
    return ~(_separates(_outside(p, q)) | _separates(_outside(q, p)))


def _outside(p: FloatArray, q: FloatArray) -> FloatArray:
    """(4, 4, k): > 0 where corner [, j] of q lies outside the line through edge [i] of p. Both are (2, 4, k)."""
    edge = np.roll(p, -1, axis=1) - p
    x, y = q[:, None, :, :] - p[:, :, None, :]
    outside: FloatArray = edge[1][:, None, :] * x - edge[0][:, None, :] * y
    return outside


def _separates(outside: FloatArray) -> NDArray[np.bool_]:
    return np.asarray((outside > 0).all(axis=1).any(axis=0), dtype=np.bool_)


def _corners_to_edges(p: FloatArray, q: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Squared distance (k,) of the corners of q to the edges of p, and where an edge of p separates the two."""
    edge = np.roll(p, -1, axis=1) - p
    ex, ey = edge[0][:, None, :], edge[1][:, None, :]
    x, y = q[:, None, :, :] - p[:, :, None, :]
    length = ex * ex + ey * ey
    length[length == 0] = 1.0  # an edge of no length is its corner: t is 0 there
    t = np.clip((x * ex + y * ey) / length, 0.0, 1.0)
    separated = _separates(ey * x - ex * y)
    dx, dy = x - t * ex, y - t * ey
    squared: FloatArray = (dx * dx + dy * dy).min(axis=(0, 1))
    return squared, separated


def overlap_of(first: FloatArray, second: FloatArray) -> FloatArray:
    """(k,) area shared by the convex quadrilaterals `first` (k, 4, 2) and `second` (k, 4, 2)."""
    shared = np.zeros(len(first))
    rows = np.flatnonzero((first.min(1) < second.max(1)).all(1) & (second.min(1) < first.max(1)).all(1))
    rows = rows[meets(first[rows], second[rows])]
    if len(rows) == 0:
        return shared
    one, other = first[rows], second[rows]
    area = shapely.area(shapely.intersection(shapely.polygons(one), shapely.polygons(other)))
    smaller = np.minimum(polygon_area(one), polygon_area(other))
    shared[rows] = np.where(area > _SLIVER * smaller, area, 0.0)
    return shared
