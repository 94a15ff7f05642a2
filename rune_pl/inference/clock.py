"""The time that images take while their candidates are looked for, and what is left out when it is up.

Joins that are small are not worth a clock. Larger ones are done in parts, and the time of each part is charged to the
images that it is about. An image whose time is up loses the candidates that were not looked at. Where leaving some out
can only make the rule less likely, what was found by then is a lower bound; where it can only make it more likely (they
stand in a negation, or in `at_most`) it is an upper one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from rune_pl.inference.kernels.solve import Columns

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


class Clock:
    """Keeps the time of M images.

    Attributes:
        allowed: seconds for each of them.
        spent: (M,) float64, seconds so far.
        below: (M,) bool, whether something was left out without which the rule is at most as likely.
        above: (M,) bool, likewise at least as likely.
    """

    def __init__(self, allowed: float, images: int) -> None:
        self.allowed = allowed
        self.spent: FloatArray = np.zeros(images)
        self.below: BoolArray = np.zeros(images, dtype=np.bool_)
        self.above: BoolArray = np.zeros(images, dtype=np.bool_)
        self._charged = 0.0  # up to when time is charged to some image

    @contextmanager
    def charge(self, images: IntArray) -> Iterator[None]:
        """Charge the time of what happens within, less what was charged there, to images: by how often they occur."""
        start = perf_counter()
        try:
            yield
        finally:
            now = perf_counter()
            which, count = np.unique(images, return_counts=True)
            self.spent[which] += (now - max(start, self._charged)) * count / max(1, len(images))
            self._charged = now

    def in_time(self, images: IntArray, sign: int) -> BoolArray:
        """(n,) whether there is time left for the image of each row.

        Args:
            images: (n,) their images.
            sign: 1 where the rule can only become less likely without these rows, -1 where more, 0 where either.
        """
        left: BoolArray = self.spent[images] < self.allowed
        late = images[~left]
        self.below[late] |= sign >= 0
        self.above[late] |= sign <= 0
        return left

    @property
    def late(self) -> BoolArray:
        """(M,) whether something was left out."""
        return self.below | self.above

    def widen(self, columns: Columns, images: IntArray) -> None:
        """Take back, in place, what is not certain of the answers for these images."""
        below, above = self.below[images], self.above[images]
        columns.log_false[below] = -np.inf
        columns.log_true[above] = -np.inf
        late = below | above
        known = np.exp(columns.log_true[late]) + np.exp(columns.log_false[late])
        columns.left[late] = np.clip(1.0 - known, 0.0, 1.0)
