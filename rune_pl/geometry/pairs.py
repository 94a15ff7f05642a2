"""Which boxes of an image are near each other: a join of two columns of boxes by distance, compiled.

The distance is that of upright rectangles, which is at most that of the boxes in them. Where an image has few boxes,
each is compared with each, elsewhere by way of a tree (`packing`). The pairs are counted first, so that their arrays
have the right size and too many of them are an error before there is memory for them.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from rune_pl.compiled import inner, kernel
from rune_pl.geometry.boxes import FloatArray, IntArray
from rune_pl.geometry.packing import BRANCH, LEAF, pack, sort

# Added to the reach, as a share of it and of the sizes of the two boxes: rounding loses no pair, and a few are extra.
_HAIR = 1e-9

# Left rows that are worth a second thread, and pieces for each thread: some pieces take longer than others.
_THREADED, _PIECES = 4096, 4

# A rectangle, x_min, y_min, x_max, y_max, and the reach around it.
_Near = tuple[float, float, float, float, float]


class PairLimitError(Exception):
    """There are more pairs than asked for: `count` of them, with at most `limit` allowed."""

    def __init__(self, count: int, limit: int) -> None:
        self.count, self.limit = count, limit
        super().__init__(f"{count} pairs of boxes, more than {limit}")


def pairs_within(
    extent: FloatArray,
    image: IntArray,
    left: IntArray,
    right: IntArray,
    reach: FloatArray,
    limit: int,
    threads: int = 1,
) -> tuple[IntArray, IntArray]:
    """Pairs of a left and a right box of one image that are within the left box's reach.

    Args:
        extent: (N, 4) float64, finite, x_min, y_min, x_max, y_max of every box, pixels.
        image: (N,) int64, index of each box's image.
        left: (L,) int64, rows of boxes in order of their image.
        right: (R,) int64, rows of boxes in order of their image.
        reach: (L,) float64, pixels. Wanted are right boxes whose upright rectangle is at most this far from that of the
            left box; infinity means all of the image, a negative number or NaN none.
        limit: the most pairs there may be.
        threads: how many threads search; the result is the same.

    Returns:
        Two (k,) int64 arrays of indices into `left` and `right`, in order of the first, then of the second. They hold
        every pair within reach, a box and itself included, and perhaps some that are beyond it by a rounding error.

    Raises:
        PairLimitError: there are more than `limit` pairs; no memory was allocated for them.
        ValueError: `left` or `right` is not in order of images.
        IndexError: a row is not one of N.
    """
    rectangles = np.ascontiguousarray(extent, dtype=np.float64)
    images, lefts, rights = (np.ascontiguousarray(column, dtype=np.int64) for column in (image, left, right))
    reaches = np.ascontiguousarray(reach, dtype=np.float64)
    if rectangles.shape != (len(images), 4) or reaches.shape != lefts.shape:
        raise ValueError("the columns of boxes, or of left rows and reaches, differ in length")
    _check(images, lefts, "left")
    _check(images, rights, "right")

    first, last = _windows(images, lefts, rights)
    packed, order, leaves, branches = pack(rectangles, rights, reaches, first, last)
    starts = np.zeros(len(lefts) + 1, dtype=np.int64)

    def join(counting: bool, i_of: IntArray, j_of: IntArray) -> None:
        columns = rectangles, lefts, rights, reaches, first, last, packed, order, leaves, branches
        _in_pieces(lambda begin, end: _join(*columns, begin, end, counting, starts, i_of, j_of), len(lefts), threads)

    join(True, starts[:0], starts[:0])
    np.cumsum(starts, out=starts)
    total = int(starts[-1])
    if total > limit:
        raise PairLimitError(total, limit)
    i, j = np.empty(total, dtype=np.int64), np.empty(total, dtype=np.int64)
    join(False, i, j)
    return i, j


def _check(image: IntArray, rows: IntArray, side: str) -> None:
    if len(rows) and not 0 <= rows.min() <= rows.max() < len(image):
        raise IndexError(f"{side}: a row is not one of {len(image)} boxes")
    if not _ordered(image, rows):
        raise ValueError(f"{side}: rows are not in order of their images")


def _in_pieces(work: Callable[[int, int], None], rows: int, threads: int) -> None:
    """Call `work(begin, end)` for pieces of `rows` rows."""
    if threads <= 1 or rows < _THREADED:
        work(0, rows)
        return
    cuts = np.linspace(0, rows, threads * _PIECES + 1).astype(int).tolist()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, cuts[:-1], cuts[1:]))


@kernel
def _ordered(image: IntArray, rows: IntArray) -> bool:
    ordered = True
    for k in range(1, len(rows)):
        ordered &= image[rows[k - 1]] <= image[rows[k]]
    return ordered


@kernel
def _windows(image: IntArray, left: IntArray, right: IntArray) -> tuple[IntArray, IntArray]:
    """(L,) and (L,): right[first:last] are the boxes in the image of each left box."""
    first, last = np.empty(len(left), np.int64), np.empty(len(left), np.int64)
    lower, upper = 0, 0
    for i in range(len(left)):
        if i == 0 or image[left[i]] != image[left[i - 1]]:
            lower = upper
            while lower < len(right) and image[right[lower]] < image[left[i]]:
                lower += 1
            upper = lower
            while upper < len(right) and image[right[upper]] == image[left[i]]:
                upper += 1
        first[i], last[i] = lower, upper
    return first, last


@kernel
def _join(
    extent: FloatArray,
    left: IntArray,
    right: IntArray,
    reach: FloatArray,
    first: IntArray,
    last: IntArray,
    packed: NDArray[np.bool_],
    order: IntArray,
    leaves: FloatArray,
    branches: FloatArray,
    begin: int,
    end: int,
    counting: bool,
    starts: IntArray,
    i_of: IntArray,
    j_of: IntArray,
) -> None:
    """For left boxes i from begin to end: write the number of their partners to starts[i + 1] when counting, otherwise
    the pairs to i_of and j_of from starts[i] to starts[i + 1].

    One function: handing arrays to another from within the loop would count references, which threads wait for. What is
    found is written before it is known to be near, since a branch that cannot be foretold costs more.
    """
    widest = 0
    for i in range(begin, end):
        widest = max(widest, last[i] - first[i])
    found = np.empty(widest + 1, np.int64)
    for i in range(begin, end):
        boxes, at, count = last[i] - first[i], starts[i], 0
        expected = boxes if counting else starts[i + 1] - at
        if expected == 0 or not reach[i] >= 0.0:
            pass
        elif reach[i] == np.inf:
            count = boxes
        elif packed[i] and (counting or expected < boxes >> 3):
            near = _around(extent, left[i], reach[i])
            for branch in range(first[i] >> BRANCH, ((last[i] - 1) >> BRANCH) + 1):
                if not _meets(near, branches, branch):
                    continue
                lower, upper = max(first[i], branch << BRANCH), min(last[i], (branch + 1) << BRANCH)
                for leaf in range(lower >> LEAF, ((upper - 1) >> LEAF) + 1):
                    if not _meets(near, leaves, leaf):
                        continue
                    for place in range(max(lower, leaf << LEAF), min(upper, (leaf + 1) << LEAF)):
                        found[count] = order[place]
                        count += _meets(near, extent, right[order[place]])
            if not counting:
                sort(found, 0, count)
        else:  # few boxes, or so many partners that looking at all boxes in order costs less than sorting
            near = _around(extent, left[i], reach[i])
            for j in range(first[i], last[i]):
                found[count] = j
                count += _meets(near, extent, right[j])
        if counting:
            starts[i + 1] = count
        else:
            for k in range(count):
                i_of[at + k], j_of[at + k] = i, first[i] + k if reach[i] == np.inf else found[k]


@inner
def _around(extent: FloatArray, row: int, reach: float) -> _Near:
    """The rectangle of box `row`, and the reach with a hair of slack."""
    x_min, y_min, x_max, y_max = extent[row, 0], extent[row, 1], extent[row, 2], extent[row, 3]
    return x_min, y_min, x_max, y_max, reach + _HAIR * (reach + (x_max - x_min) + (y_max - y_min))


@inner
def _meets(near: _Near, rectangles: FloatArray, k: int) -> bool:
    """True where rectangle k is within reach of what `_around` gave."""
    x_min, y_min, x_max, y_max, reach = near
    dx = max(rectangles[k, 0] - x_max, x_min - rectangles[k, 2], 0.0)
    dy = max(rectangles[k, 1] - y_max, y_min - rectangles[k, 3], 0.0)
    reach += _HAIR * ((rectangles[k, 2] - rectangles[k, 0]) + (rectangles[k, 3] - rectangles[k, 1]))
    return bool(dx * dx + dy * dy <= reach * reach)
