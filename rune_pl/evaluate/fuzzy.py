"""Fuzzy semantics, what most neurosymbolic retrieval computes in the place of a probability (docs/evaluation.md).

The value of a detection is its probability; the value of everything else follows from the values of its parts alone:

                        max-product             Lukasiewicz
    not a               1 - a                   1 - a
    a and b             a b                     max(0, a + b - 1)
    some x, a or b      the largest             the largest
    forall(a, b)        not some a and not b    not some a and not b
    at least k          and of the k largest    and of the k largest
    at most k           not at least k + 1      not at least k + 1
    exactly k           both of them            both of them
    more                the largest over k of: at least k of the one and at most k - 1 of the other

It runs over the same plan as the exact engine: the same joins, with numbers where the engine has lineage.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rune_pl.evaluate.methods import Question, Scored
from rune_pl.inference.kernels.circuit import NO_LIMIT
from rune_pl.inference.lineage import FALSE, TRUE, Lineage
from rune_pl.inference.native import Run, chunks
from rune_pl.inference.prepared import Prepared
from rune_pl.inference.rows import JoinSizeError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MAX_PRODUCT, LUKASIEWICZ = "max-product", "Lukasiewicz"


@dataclass(frozen=True, eq=False)
class Fuzzy:
    """Ranks images by the fuzzy value of the rule; `name` is `MAX_PRODUCT` or `LUKASIEWICZ`."""

    name: str = MAX_PRODUCT

    def score(self, question: Question) -> Scored:
        """The values; 0 where an image alone has more candidate bindings than fit in memory.

        Raises:
            NotInFragmentError: recursion, or rules with a probability.
            NotColumnarError: a goal needs more than passes over columns.
        """
        run = Run(question.query, Prepared(question.scenes), None)
        parts = [self._values(run, images) for images in chunks(run.facts, len(question.scenes))]
        value = np.concatenate(parts) if parts else np.empty(0)
        return Scored(value, value)

    def _values(self, run: Run, images: IntArray) -> FloatArray:
        values = Values(len(run.facts), run.facts.probability, self.name)
        grounder = run.grounder()
        grounder.lineage = values
        try:
            return values.of(grounder.ground(run.plan, images))
        except JoinSizeError:
            if len(images) == 1:
                return np.zeros(1)
            half = len(images) // 2
            return np.concatenate([self._values(run, images[:half]), self._values(run, images[half:])])


class Values(Lineage):
    """Takes the place of lineage in a grounder: a node is a number, literals are nodes or their complements."""

    def __init__(self, facts: int, probability: FloatArray, semantics: str) -> None:
        super().__init__(facts)
        self.known = probability
        self.semantics = semantics

    def of(self, literals: IntArray) -> FloatArray:
        """The values of literals."""
        if not len(self.known):
            nothing: FloatArray = (literals == TRUE).astype(np.float64)
            return nothing
        value: FloatArray = self.known[np.maximum(literals, 0) >> 1]
        value = np.where(literals & 1 == 1, 1.0 - value, value)
        certain: FloatArray = np.where(literals == TRUE, 1.0, np.where(literals == FALSE, 0.0, value))
        return certain

    def any_of(self, group: IntArray, literals: IntArray, groups: int, *, local: bool) -> IntArray:
        """The largest value of each group, 0 for an empty one; `group` is ascending."""
        best = np.zeros(groups)
        if len(group):
            start = np.flatnonzero(np.r_[True, np.diff(group) != 0])
            best[group[start]] = np.maximum.reduceat(self.of(literals), start)
        return self._new(best)

    def all_of(self, columns: list[IntArray], rows: int, *, local: bool) -> IntArray:
        """The conjunction of each row; the same literal twice counts once."""
        total, number = np.ones(rows), len(columns)
        if self.semantics == LUKASIEWICZ:
            total = np.full(rows, 1.0 - number)
        for at, column in enumerate(columns):
            again = np.zeros(rows, dtype=np.bool_)
            for earlier in columns[:at]:
                again |= earlier == column
            value = np.where(again, 1.0, self.of(column))
            total = total + value if self.semantics == LUKASIEWICZ else total * value
        return self._new(np.clip(total, 0.0, 1.0))

    def count(
        self,
        group: IntArray,
        literals: IntArray,
        groups: int,
        low: int,
        high: int,
        *,
        local: bool,
        weight: IntArray | None = None,
        distinct: bool = False,
    ) -> IntArray:
        """The value of a count in [low, high]; with weights +1 and -1, of more of the former."""
        value = self.of(literals)
        if weight is not None:
            plus = self._prefixes(group[weight > 0], value[weight > 0], groups)
            minus = self._prefixes(group[weight < 0], value[weight < 0], groups)
            return self._new(np.array([self._more(a, b) for a, b in zip(plus, minus, strict=True)]))
        enough = self._at_least(low, group, value, groups)
        if high >= NO_LIMIT:
            return self._new(enough)
        return self._new(self._and(enough, 1.0 - self._at_least(high + 1, group, value, groups)))

    def _at_least(self, k: int, group: IntArray, value: FloatArray, groups: int) -> FloatArray:
        """(groups,) the conjunction of the k largest values of each group, 0 where it has fewer."""
        if k <= 0:
            return np.ones(groups)
        order = np.lexsort((-value, group))
        size = np.bincount(group, minlength=groups)
        first = np.cumsum(size) - size
        place = np.arange(len(group)) - first[group[order]]
        chosen = order[place < k]
        total = np.zeros(groups)
        if self.semantics == LUKASIEWICZ:
            np.add.at(total, group[chosen], value[chosen])
            total = np.maximum(0.0, total - (k - 1))
        else:
            total = np.ones(groups)
            np.multiply.at(total, group[chosen], value[chosen])
        return np.where(size >= k, total, 0.0)

    def _prefixes(self, group: IntArray, value: FloatArray, groups: int) -> list[FloatArray]:
        """For each group the values of "at least k", k = 1, 2, ..."""
        found = []
        for members in np.split(value, np.searchsorted(group, np.arange(1, groups))):
            best = np.sort(members)[::-1]
            if self.semantics == LUKASIEWICZ:
                found.append(np.maximum(0.0, np.cumsum(best) - np.arange(len(best))))
            else:
                found.append(np.cumprod(best))
        return found

    def _more(self, plus: FloatArray, minus: FloatArray) -> float:
        """The largest over k of: at least k of the one and not at least k of the other."""
        if not len(plus):
            return 0.0
        against = np.zeros(len(plus))
        against[: len(minus)] = minus[: len(plus)]
        return float(self._and(plus, 1.0 - against).max())

    def _and(self, a: FloatArray, b: FloatArray) -> FloatArray:
        return np.maximum(0.0, a + b - 1.0) if self.semantics == LUKASIEWICZ else a * b

    def _new(self, values: FloatArray) -> IntArray:
        """Literals of new nodes; what is certain or impossible gets the constants, so that no more is joined to it."""
        first = len(self.known)
        self.known = np.concatenate([self.known, values])
        literals: IntArray = 2 * (first + np.arange(len(values)))
        found: IntArray = np.where(values >= 1.0, TRUE, np.where(values <= 0.0, FALSE, literals))
        return found
