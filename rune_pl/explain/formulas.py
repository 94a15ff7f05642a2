"""Boolean formulas over the facts of one image, and their exact probabilities.

A formula is a literal as in `rune_pl.inference.lineage`: `TRUE`, `FALSE`, or 2 * node, plus 1 where negated; nodes
below F are facts, those from F on are gates, with room between them for choices that come up. Formulas that are built
alike are the same number.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rune_pl.inference import Budget
from rune_pl.inference.answers import Answers, solve
from rune_pl.inference.facts import Facts
from rune_pl.inference.kernels.circuit import NO_LIMIT, Gates
from rune_pl.inference.lineage import FALSE, TRUE

FloatArray = NDArray[np.float64]

_MOST_CHOICES = 1 << 20
_Gate = tuple[tuple[int, ...], tuple[int, ...], int, int, bool]  # literals, weights, low, high, local


def negated(formula: int) -> int:
    """What holds where the formula does not."""
    return TRUE + FALSE - formula if formula < 0 else formula ^ 1


@dataclass
class Formulas:
    """Formulas over facts; `center` (N, 2) is where their detections are, in pixels."""

    facts: Facts
    center: FloatArray
    budget: Budget
    _choices: dict[Hashable, tuple[int, float]] = field(default_factory=dict)
    _gates: list[_Gate] = field(default_factory=list)
    _known: dict[_Gate, int] = field(default_factory=dict)
    _solved: dict[int, tuple[float, float]] = field(default_factory=dict)

    def fact(self, index: int) -> int:
        """The formula that holds where the fact does; a certain one always does."""
        return TRUE if self.facts.probability[index] >= 1.0 else 2 * index

    def choice(self, key: Hashable, probability: float) -> int:
        """A fact of its own, independent of all others: that a rule with a probability applies."""
        if key not in self._choices:
            self._choices[key] = (len(self.facts) + len(self._choices), probability)
        return 2 * self._choices[key][0] if probability < 1.0 else TRUE

    def all_of(self, formulas: Iterable[int], *, local: bool) -> int:
        """Their conjunction. `local` says whether it is about some objects, and not about the image as a whole."""
        parts = (part for formula in formulas for part in self.parts(formula))
        return negated(self._any(map(negated, parts), local))

    def any_of(self, formulas: Iterable[int], *, local: bool) -> int:
        """Their disjunction. What stands in all of them is taken out: it holds or nothing does."""
        options = [frozenset(self.parts(formula)) for formula in formulas]
        common = frozenset.intersection(*options) if len(options) > 1 else frozenset()
        rest = self._any((self.all_of(option - common, local=True) for option in options), local)
        return self.all_of([*common, rest], local=local) if common else rest

    def parts(self, formula: int) -> tuple[int, ...]:
        """The formulas that all have to hold for this one to hold."""
        number = (formula >> 1) - self._first_gate
        if formula < 0 or number < 0 or formula & 1 == 0:
            return () if formula == TRUE else (formula,)
        literals, weights, low, high, _ = self._gates[number]
        disjunction = low == 1 and high >= NO_LIMIT and all(weight == 1 for weight in weights)
        return tuple(map(negated, literals)) if disjunction else (formula,)

    def _any(self, formulas: Iterable[int], local: bool) -> int:
        inputs = sorted(set(formulas))
        if TRUE in inputs or any(x ^ 1 in inputs for x in inputs if x >= 0 and x & 1 == 0):
            return TRUE
        return self.count([(x, 1) for x in inputs], 1, None, local=local)

    def count(self, inputs: Sequence[tuple[int, int]], low: int, high: int | None, *, local: bool) -> int:
        """That the sum of the weights of those that hold lies in [low, high]; each weight is 1 or -1."""
        low, high = max(low, -NO_LIMIT), NO_LIMIT if high is None else high
        certain = sum(weight for x, weight in inputs if x == TRUE)
        low, high = low - certain, high if high >= NO_LIMIT else high - certain
        open_ = sorted((x, weight) for x, weight in inputs if x >= 0)
        most, least = sum(w > 0 for _, w in open_), -sum(w < 0 for _, w in open_)
        if most < low or least > high or low > high:
            return FALSE
        if low <= least and most <= high:
            return TRUE
        if len(open_) == 1:
            x, weight = open_[0]
            return x if low <= weight <= high else x ^ 1
        gate = (
            tuple(x for x, _ in open_),
            tuple(w for _, w in open_),
            max(low, least),
            NO_LIMIT if high >= most else high,
            local,
        )
        if gate not in self._known:
            self._known[gate] = len(self._gates)
            self._gates.append(gate)
        return 2 * (self._first_gate + self._known[gate])

    @property
    def _first_gate(self) -> int:
        return len(self.facts) + _MOST_CHOICES

    def intervals(self, formulas: Sequence[int]) -> list[tuple[float, float]]:
        """Lower and upper bound of the probability of each formula; equal but for what the budget does not allow."""
        new = sorted({x for x in formulas if x not in self._solved})
        if new:
            facts, center = self._with_choices()
            roots = np.array([self._moved(x) for x in new], dtype=np.int64)
            columns, seconds = solve(roots, self._packed(), facts, center, self.budget, 1)
            answers = Answers.of([""] * len(new), columns, seconds, self.budget)
            for k, x in enumerate(new):
                exact = answers.probability[k]
                bounds = (answers.lower[k], answers.upper[k]) if np.isnan(exact) else (exact, exact)
                self._solved[x] = (float(bounds[0]), float(bounds[1]))
        return [self._solved[x] for x in formulas]

    def probability(self, formula: int) -> float:
        """The probability of one formula, the middle of its interval."""
        ((low, high),) = self.intervals([formula])
        return (low + high) / 2

    def _moved(self, formula: int) -> int:
        """The number of a formula where the gates come straight after the facts."""
        gate = formula >= 2 * self._first_gate
        return formula - 2 * (_MOST_CHOICES - len(self._choices)) if gate else formula

    def _with_choices(self) -> tuple[Facts, FloatArray]:
        """The facts with the choices after them, each a detection of its own, in the middle of the others."""
        if not self._choices:
            return self.facts, self.center
        number = len(self._choices)
        added = Facts(
            row=len(self.center) + np.arange(number),
            label=np.zeros(number, dtype=np.int64),
            probability=np.array([p for _, p in self._choices.values()]),
            image=np.zeros(number, dtype=np.int64),
        )
        columns = (
            np.concatenate([getattr(self.facts, name), getattr(added, name)])
            for name in ("row", "label", "probability", "image")
        )
        middle = self.center.mean(axis=0, keepdims=True) if len(self.center) else np.zeros((1, 2))
        return Facts(*columns), np.concatenate([self.center, np.repeat(middle, number, axis=0)])

    def _packed(self) -> Gates:
        literals, weights, low, high, local = zip(*self._gates, strict=True) if self._gates else ((),) * 5
        return Gates(
            start=np.concatenate([[0], np.cumsum([len(inputs) for inputs in literals])]).astype(np.int64),
            literal=np.array([self._moved(x) for inputs in literals for x in inputs], dtype=np.int64),
            weight=np.array([w for inputs in weights for w in inputs], dtype=np.int8),
            low=np.array(low, dtype=np.int32),
            high=np.array(high, dtype=np.int32),
            local=np.array(local, dtype=np.bool_),
        )
