"""A tree of two levels over the boxes of an image, so that a search need not look at all of them.

Boxes are put in the order of a Hilbert curve, where neighbours on the image mostly are neighbours. A leaf is the
rectangle around 16 of them, a branch the rectangle around 16 leaves. A search passes over those that are out of reach;
one large box makes one leaf and one branch large, and no more.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rune_pl.compiled import inner, kernel
from rune_pl.geometry.boxes import FloatArray, IntArray

# Bits of a place in a leaf, and of a place in a branch.
LEAF, BRANCH = 4, 8

# An image is packed if at least so many boxes on the left search at least so many on the right.
_SEARCHES, _SEARCHED = 32, 64

# Side of the Hilbert curve's square in cells, a power of two: a place along it has 30 bits, a right row the 32 below.
_CELLS = 1 << 15
_ROWS = (1 << 32) - 1


@kernel
def pack(
    extent: FloatArray, right: IntArray, reach: FloatArray, first: IntArray, last: IntArray
) -> tuple[NDArray[np.bool_], IntArray, FloatArray, FloatArray]:
    """Pack the right boxes of images that have many.

    Args:
        extent: (N, 4) x_min, y_min, x_max, y_max of every box.
        right: (R,) rows of boxes in order of their image.
        reach: (L,) how far each left box searches. Those that find none or all need no tree.
        first: (L,) right[first:last] are the boxes in the image of each left box.
        last: (L,) see `first`.

    Returns:
        packed (L,): True where the image of the left box is packed; order (R,): indices into `right`, those of an image
        in its places, meaningless where it is not packed; leaves (l, 4): leaf k is the rectangle around 16 of the order
        from 16 * k on; branches (b, 4): branch k is that around 256. Some of these may be of another image.
    """
    packed = np.zeros(len(first), np.bool_)
    order = np.empty(len(right), np.int64)
    leaves = np.empty(((len(right) >> LEAF) + 1, 4))
    branches = np.empty(((len(right) >> BRANCH) + 1, 4))
    for rectangles in (leaves, branches):
        for k in range(len(rectangles)):
            for side in range(2):
                rectangles[k, side], rectangles[k, side + 2] = np.inf, -np.inf
    start = 0
    while start < len(first):
        lower, upper, end, searches = first[start], last[start], start + 1, 0
        if upper - lower >= _SEARCHED:
            end = start
            while end < len(first) and first[end] == lower:
                searches += 0.0 <= reach[end] < np.inf
                end += 1
        if searches >= _SEARCHES:
            packed[start:end] = True
            _along_curve(extent, right, lower, upper, order)
            sort(order, lower, upper)
            for place in range(lower, upper):
                order[place] &= _ROWS
                row = right[order[place]]
                _grow(leaves, place >> LEAF, extent, row)
                _grow(branches, place >> BRANCH, extent, row)
        start = end
    return packed, order, leaves, branches


@inner
def _grow(rectangles: FloatArray, k: int, extent: FloatArray, row: int) -> None:
    """Make rectangle k hold box `row`."""
    for side in range(2):
        low, high = extent[row, side], extent[row, side + 2]
        rectangles[k, side] = low if low < rectangles[k, side] else rectangles[k, side]
        rectangles[k, side + 2] = high if high > rectangles[k, side + 2] else rectangles[k, side + 2]


@inner
def _along_curve(extent: FloatArray, right: IntArray, first: int, last: int, order: IntArray) -> None:
    """Write to order[j], j from first to last, where the middle of the box lies along a Hilbert curve, above j."""
    lowest, highest = np.full(2, np.inf), np.full(2, -np.inf)
    for j in range(first, last):
        for side in range(2):
            middle = extent[right[j], side] + extent[right[j], side + 2]
            lowest[side], highest[side] = min(lowest[side], middle), max(highest[side], middle)
    width = max(highest[0] - lowest[0], highest[1] - lowest[1])
    scale = (_CELLS - 1) / width if width > 0.0 else 0.0
    for j in range(first, last):
        x = int((extent[right[j], 0] + extent[right[j], 2] - lowest[0]) * scale)
        y = int((extent[right[j], 1] + extent[right[j], 3] - lowest[1]) * scale)
        along, half = 0, _CELLS >> 1
        while half > 0:  # which quarter of the square, then the same in that quarter, turned as the curve runs there
            to_right, down = (x & half) > 0, (y & half) > 0
            along += half * half * ((3 * to_right) ^ down)
            if not down:
                if to_right:
                    x, y = _CELLS - 1 - x, _CELLS - 1 - y
                x, y = y, x
            half >>= 1
        order[j] = along << 32 | j


@inner
def sort(numbers: IntArray, begin: int, end: int) -> None:
    """Sort numbers[begin:end] by Shell's method: numba's own sort takes seconds to compile."""
    step = end - begin
    while step > 1:
        step = max(1, (5 * step - 1) // 11)
        for k in range(begin + step, end):
            number, hole = numbers[k], k
            while hole >= begin + step and numbers[hole - step] > number:
                numbers[hole] = numbers[hole - step]
                hole -= step
            numbers[hole] = number
