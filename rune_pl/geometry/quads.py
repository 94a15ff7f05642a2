"""Distances and shared areas of pairs of convex quadrilaterals, compiled.

All are clockwise as seen on the image (y down), in pixels. A pair is a row of two arrays of quadrilaterals
(`gap_between`), or a row of two arrays of indices into one array of them (`gap_of`), which saves gathering them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rune_pl.compiled import inner, kernel
from rune_pl.geometry.boxes import FloatArray, IntArray

# Shared areas below this share of the smaller quadrilateral are rounding at a common edge.
_SLIVER = 1e-9

# Pairs that are measured side by side, so that the processor's vector units work on several at once.
_BLOCK = 64

# Corners that clipping a quadrilateral by four lines can leave at the most: each line at the most doubles them.
_CLIPPED = 4 << 4


def gap_between(first: FloatArray, second: FloatArray) -> FloatArray:
    """(k,) shortest distance of the quadrilaterals `first` (k, 4, 2) and `second` (k, 4, 2); 0 where they meet.

    Two convex polygons that do not meet are as far apart as the nearest corner of one and edge of the other; they meet
    unless a line along one of their edges separates them.
    """
    p, q, rows = _row_by_row(first, second)
    return _gaps(p, rows, q, rows)


def gap_of(corners: FloatArray, a: IntArray, b: IntArray) -> FloatArray:
    """(k,) shortest distance of the quadrilaterals `a` (k,) and `b` (k,) of `corners` (n, 4, 2); 0 where they meet."""
    quads, i, j = _indexed(corners, a, b)
    return _gaps(quads, i, quads, j)


def overlap_between(first: FloatArray, second: FloatArray) -> FloatArray:
    """(k,) area shared by the quadrilaterals `first` (k, 4, 2) and `second` (k, 4, 2); 0 where they only touch."""
    p, q, rows = _row_by_row(first, second)
    return _overlaps(p, rows, q, rows)


def overlap_of(corners: FloatArray, a: IntArray, b: IntArray) -> FloatArray:
    """(k,) area shared by the quadrilaterals `a` (k,) and `b` (k,) of `corners` (n, 4, 2); 0 where they only touch."""
    quads, i, j = _indexed(corners, a, b)
    return _overlaps(quads, i, quads, j)


def meets(first: FloatArray, second: FloatArray) -> NDArray[np.bool_]:
    """(k,) True where no edge of the quadrilaterals `first` (k, 4, 2) and `second` (k, 4, 2) separates them."""
    p, q, _ = _row_by_row(first, second)
    return _meet(p, q)


def _row_by_row(first: FloatArray, second: FloatArray) -> tuple[FloatArray, FloatArray, IntArray]:
    """Both as kernels read them, and the row numbers."""
    if len(first) != len(second):
        raise ValueError(f"pairs need as many first quadrilaterals as second ones, not {len(first)} and {len(second)}")
    return _as_quads(first), _as_quads(second), np.arange(len(first))


def _indexed(corners: FloatArray, a: IntArray, b: IntArray) -> tuple[FloatArray, IntArray, IntArray]:
    """All as kernels read them: these do not look whether an index is in range."""
    i, j = (np.ascontiguousarray(rows, dtype=np.int64) for rows in (a, b))
    if i.shape != j.shape or i.ndim != 1:
        raise ValueError(f"pairs need two arrays of indices of one length, not of shapes {i.shape} and {j.shape}")
    if not (_within(i, len(corners)) and _within(j, len(corners))):
        raise IndexError(f"a row is not one of {len(corners)} quadrilaterals")
    return _as_quads(corners), i, j


def _as_quads(corners: FloatArray) -> FloatArray:
    return np.ascontiguousarray(corners, dtype=np.float64).reshape(len(corners), 4, 2)


@kernel
def _within(rows: IntArray, count: int) -> bool:
    """True where all of `rows` are in [0, count)."""
    inside = True
    for row in rows:
        inside &= 0 <= row < count
    return inside


@kernel
def _gaps(first: FloatArray, a: IntArray, second: FloatArray, b: IntArray) -> FloatArray:
    """(k,) gap of quadrilateral a[row] of `first` (n, 4, 2) and b[row] of `second` (m, 4, 2)."""
    gaps = np.empty(len(a))
    p, q = np.empty((2, 4, _BLOCK)), np.empty((2, 4, _BLOCK))
    squared, apart = np.empty(_BLOCK), np.empty(_BLOCK)
    for start in range(0, len(a), _BLOCK):
        count = min(_BLOCK, len(a) - start)
        for k in range(count):
            i, j = a[start + k], b[start + k]
            for corner in range(4):
                p[0, corner, k], p[1, corner, k] = first[i, corner, 0], first[i, corner, 1]
                q[0, corner, k], q[1, corner, k] = second[j, corner, 0], second[j, corner, 1]
        squared[:] = np.inf
        apart[:] = 0.0
        _corners_to_edges(p, q, count, squared, apart)
        _corners_to_edges(q, p, count, squared, apart)
        for k in range(count):
            gaps[start + k] = np.sqrt(squared[k]) if apart[k] > 0.0 else 0.0
    return gaps


@inner
def _corners_to_edges(p: FloatArray, q: FloatArray, count: int, squared: FloatArray, apart: FloatArray) -> None:
    """Lower `squared` to the squared distance of the corners of q to the edges of p, both (2, 4, block); 1 in `apart`
    where an edge of p separates the two.

    Conditions choose between floats here: that the loop over k has no branches lets it compile to vector instructions.
    """
    for edge in range(4):
        after = (edge + 1) & 3
        for k in range(count):
            left, top = p[0, edge, k], p[1, edge, k]
            ex, ey = p[0, after, k] - left, p[1, after, k] - top
            length = ex * ex + ey * ey
            length = 1.0 if length == 0.0 else length  # an edge of no length is its corner: t is 0 there
            nearest, outside = squared[k], 1.0
            for corner in range(4):
                x, y = q[0, corner, k] - left, q[1, corner, k] - top
                outside = outside if ey * x - ex * y > 0.0 else 0.0
                t = (x * ex + y * ey) / length
                t = 0.0 if t < 0.0 else (1.0 if t > 1.0 else t)
                dx, dy = x - t * ex, y - t * ey
                distance = dx * dx + dy * dy
                nearest = distance if distance < nearest or distance != distance else nearest  # NaN stays NaN
            squared[k] = nearest
            apart[k] = 1.0 if outside > 0.0 else apart[k]


@kernel
def _meet(first: FloatArray, second: FloatArray) -> NDArray[np.bool_]:
    """(k,) True where no edge separates first[row] and second[row]."""
    met = np.empty(len(first), np.bool_)
    for row in range(len(first)):
        met[row] = not (_sides(first, row, second, row)[0] or _sides(second, row, first, row)[0])
    return met


@kernel
def _overlaps(first: FloatArray, a: IntArray, second: FloatArray, b: IntArray) -> FloatArray:
    """(k,) area that quadrilateral a[row] of `first` (n, 4, 2) shares with b[row] of `second` (m, 4, 2)."""
    shared = np.zeros(len(a))
    rings = np.empty((2, _CLIPPED, 2))
    for row in range(len(a)):
        i, j = a[row], b[row]
        separated, holds = _sides(first, i, second, j)
        if separated:
            continue
        apart, held = _sides(second, j, first, i)
        if apart:
            continue
        smaller = min(_area(first[i], 4), _area(second[j], 4))
        area = smaller if holds or held else min(_clipped(first, i, second, j, rings), smaller)
        if area > _SLIVER * smaller:
            shared[row] = area
    return shared


@inner
def _sides(p: FloatArray, i: int, q: FloatArray, j: int) -> tuple[bool, bool]:
    """Whether an edge of p[i] separates it from q[j], and whether no corner of q[j] is outside p[i]."""
    separates, holds = False, True
    for edge in range(4):
        after = (edge + 1) & 3
        left, top = p[i, edge, 0], p[i, edge, 1]
        ex, ey = p[i, after, 0] - left, p[i, after, 1] - top
        outside = 0
        for corner in range(4):
            outside += ey * (q[j, corner, 0] - left) - ex * (q[j, corner, 1] - top) > 0.0
        separates |= outside == 4
        holds &= outside == 0
    return separates, holds


@inner
def _clipped(first: FloatArray, i: int, second: FloatArray, j: int, rings: FloatArray) -> float:
    """Area of what the four edges of second[j] leave of first[i], by Sutherland and Hodgman.

    `rings` (2, _CLIPPED, 2) has room for the polygon before and after an edge. Corners in it are relative to the first
    corner of first[i]: far from the origin they would lose digits.
    """
    left, top = first[i, 0, 0], first[i, 0, 1]
    now, count = 0, 4
    for corner in range(4):
        rings[now, corner, 0], rings[now, corner, 1] = first[i, corner, 0] - left, first[i, corner, 1] - top
    for edge in range(4):
        after = (edge + 1) & 3
        x0, y0 = second[j, edge, 0] - left, second[j, edge, 1] - top
        ex, ey = second[j, after, 0] - second[j, edge, 0], second[j, after, 1] - second[j, edge, 1]
        cut, kept = 1 - now, 0
        px, py = rings[now, count - 1, 0], rings[now, count - 1, 1]
        before = ey * (px - x0) - ex * (py - y0)
        for corner in range(count):
            x, y = rings[now, corner, 0], rings[now, corner, 1]
            outside = ey * (x - x0) - ex * (y - y0)
            if (outside > 0.0) != (before > 0.0):
                t = before / (before - outside)
                rings[cut, kept, 0], rings[cut, kept, 1] = px + t * (x - px), py + t * (y - py)
                kept += 1
            if outside <= 0.0:
                rings[cut, kept, 0], rings[cut, kept, 1] = x, y
                kept += 1
            px, py, before = x, y, outside
        if kept < 3:
            return 0.0
        now, count = cut, kept
    return _area(rings[now], count)


@inner
def _area(ring: FloatArray, count: int) -> float:
    """Area of the polygon of the first `count` rows of `ring` (n, 2), to the last bit as `polygon_area`."""
    doubled = 0.0
    for corner in range(count):
        after = corner + 1 if corner + 1 < count else 0
        x, y = ring[corner, 0] - ring[0, 0], ring[corner, 1] - ring[0, 1]
        to_x, to_y = ring[after, 0] - ring[0, 0], ring[after, 1] - ring[0, 1]
        doubled += x * to_y - to_x * y
    return doubled / 2
