"""How many matches an image can have at the most, as expected, from sums over its classes and its pairs of classes.

A match is weighed by the product of the probabilities of its different detections. Summed over all choices from classes
of their own that is the product of the sums; of m from one class it is the m-th moment of a number of independent
events, which is at most that of Poisson's distribution. Of two objects that have to be near, the index knows better.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive.meetings import REACHES, SIDES
from rune_pl.inference.columns import Clauses
from rune_pl.inference.facts import Facts
from rune_pl.inference.normal_form import Alternative
from rune_pl.inference.spans import Span, span_of

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_HAIR = 1.0 + 1e-9


class Sums(Protocol):
    """What is known of each class in M images."""

    def expected(self, label: str) -> FloatArray:
        """(M,) at least the expected number of objects of the class."""
        ...

    def pairs(self, one: str, two: str, reach: int) -> FloatArray | None:
        """(M,) at least the expected number of pairs of objects, see `rune_pl.archive.index`; None: nothing known."""
        ...

    def gsd(self) -> FloatArray:
        """(M,) metres per pixel, NaN where unknown."""
        ...


def most_matches(alternatives: Sequence[Alternative], clauses: Clauses, sums: Sums, images: int) -> FloatArray:
    """(M,) at least the expected number of matches of a union of conjunctions, and the probability of any."""
    whole = np.zeros(images)
    for number, alternative in enumerate(alternatives):
        most = _of_one(alternative, clauses, sums, images)
        whole = most if number == 0 else whole + most
    return whole


def _of_one(alternative: Alternative, clauses: Clauses, sums: Sums, images: int) -> FloatArray:
    near = [
        (one, two, span)
        for one, two in combinations(alternative.objects, 2)
        if (span := span_of(one[0], two[0], alternative.conditions, clauses)) is not None
    ]
    best: FloatArray | None = None
    for one, two, span in near:
        others = [label for name, label in alternative.objects if name not in (one[0], two[0])]
        if {one[1], two[1]} & set(others):  # what is of the same class may be one of the two again
            continue
        pairs = _pairs(one[1], two[1], span, sums)
        if pairs is not None:
            most = _times(pairs, others, sums)
            best = most if best is None or most is None else np.minimum(best, most)
    if best is None:
        best = _times(None, [label for _, label in alternative.objects], sums)
    return np.ones(images) if best is None else best


def _pairs(one: str, two: str, span: Span, sums: Sums) -> FloatArray | None:
    """Expected pairs within a span of each other, both orders of the same class, each with itself where that is one."""
    reach = span.pixels * _HAIR
    if span.sides:
        if span.pixels or span.metres or span.sides > SIDES * _HAIR:
            return None
        found = sums.pairs(one, two, len(REACHES))
    elif not span.metres:
        column = int(np.searchsorted(REACHES, reach / _HAIR))
        found = None if column == len(REACHES) else sums.pairs(one, two, column)
    else:
        found = _in_metres(one, two, span, sums)
    if found is None or one != two:
        return found
    return 2.0 * found if span.apart else 2.0 * found + sums.expected(one)


def _in_metres(one: str, two: str, span: Span, sums: Sums) -> FloatArray | None:
    """Images differ in what a metre is; those that do not know it have no answer either."""
    with np.errstate(invalid="ignore", divide="ignore"):
        reach = (span.pixels + span.metres / sums.gsd()) * _HAIR
    column = np.searchsorted(REACHES, reach)  # NaN is beyond the last
    found: FloatArray | None = None
    for k in np.unique(column):
        here = column == k
        if k < len(REACHES):
            values = sums.pairs(one, two, int(k))
        else:
            values = sums.expected(one) * sums.expected(two)
        if values is None:
            return None
        found = values if found is None else np.where(here, values, found)
    return found


def _times(most: FloatArray | None, labels: Sequence[str], sums: Sums) -> FloatArray | None:
    for label, count in Counter(labels).items():
        moment = _moment(sums.expected(label), count)
        most = moment if most is None else most * moment
    return most


def _moment(mean: FloatArray, order: int) -> FloatArray:
    """E[N^order] of Poisson's distribution: the sum of S(order, k) mean^k over k, Stirling's numbers of the second."""
    stirling = [1]
    for _ in range(1, order):
        stirling = [
            (k + 1) * (stirling[k] if k < len(stirling) else 0) + (stirling[k - 1] if k else 0)
            for k in range(len(stirling) + 1)
        ]
    if order == 1:
        return mean
    value = np.zeros(len(mean))
    for number in reversed(stirling):
        value = (value + number) * mean
    return value


@dataclass(frozen=True, eq=False)
class FactSums:
    """The sums of facts: no pairs.

    Attributes:
        classes: what the labels of the facts index.
        images: how many images there are.
    """

    facts: Facts
    classes: tuple[str, ...]
    images: int

    def expected(self, label: str) -> FloatArray:
        """(M,) of the class."""
        if label not in self.classes:
            return np.zeros(self.images)
        mine = self.facts.label == self.classes.index(label)
        found = np.bincount(self.facts.image[mine], weights=self.facts.probability[mine], minlength=self.images)
        return found.astype(np.float64)

    def pairs(self, one: str, two: str, reach: int) -> FloatArray | None:
        """None: they are not looked at."""
        return None

    def gsd(self) -> FloatArray:
        """(M,) unknown."""
        return np.full(self.images, np.nan)
