"""Sorting in kernels: numba's own sorts take longer to compile than all that the sweep does."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rune_pl.compiled import inner


@inner
def argsort(keys: NDArray[np.float64]) -> NDArray[np.int64]:
    """The indices that sort the keys; equal keys keep their order (merge sort, bottom up)."""
    n = len(keys)
    order, other = np.arange(n), np.empty(n, dtype=np.int64)
    width = 1
    while width < n:
        for left in range(0, n, 2 * width):
            middle, right = min(left + width, n), min(left + 2 * width, n)
            a, b = left, middle
            for at in range(left, right):
                if a < middle and (b >= right or keys[order[a]] <= keys[order[b]]):
                    other[at] = order[a]
                    a += 1
                else:
                    other[at] = order[b]
                    b += 1
        order, other = other, order
        width *= 2
    return order


@inner
def sort_numbers(values: NDArray[Any], n: int) -> None:
    """Sort the first n values, in place (Shell's sort, steps 9/4 apart)."""
    gap = 1
    while 9 * gap < 4 * n:
        gap = (9 * gap + 3) // 4
    while gap > 0:
        for i in range(gap, n):
            value = values[i]
            j = i
            while j >= gap and values[j - gap] > value:
                values[j] = values[j - gap]
                j -= gap
            values[j] = value
        gap = gap * 4 // 9


@inner
def grown(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same values with as much room again."""
    grown = np.empty(2 * len(values), dtype=np.int64)
    for i in range(len(values)):
        grown[i] = values[i]
    return grown
