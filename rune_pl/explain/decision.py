"""What an answer hangs on: the influence of each detection, and the smallest change that turns the decision."""

from __future__ import annotations

import math
from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np

from rune_pl.archive.scenes import Scenes
from rune_pl.inference import Engine, Evidence, Marginal, NativeEngine, NotInFragmentError, Observation, Query
from rune_pl.inference.engine import Budget
from rune_pl.inference.facts import Facts
from rune_pl.inference.rows import JoinSizeError

_MOST_CHANGES, _MOST_TRIED = 5, 6
_NOTHING = 1e-12
_MOST_ASKED = 40


@dataclass(frozen=True)
class Influence:
    """How the answer hangs on one fact.

    Attributes:
        fact: index of the fact.
        gradient: d P / d p.
        if_confirmed, if_rejected: the probability of the answer once a person has confirmed or rejected the fact.
    """

    fact: int
    gradient: float
    if_confirmed: float
    if_rejected: float

    @property
    def range(self) -> float:
        """How far the two are apart."""
        return abs(self.if_confirmed - self.if_rejected)


@dataclass(frozen=True)
class Change:
    """A fact that is confirmed or rejected, how likely that is to be right, and the answer's probability after it."""

    fact: int
    confirmed: bool
    likelihood: float
    probability: float


class Asker:
    """Asks an engine about one image again and again, under evidence that changes."""

    def __init__(
        self, engine: Engine, query: Query, scenes: Scenes, evidence: Evidence, facts: Facts, budget: Budget
    ) -> None:
        self._engine, self._query, self._scenes, self._budget = engine, query, scenes, budget
        self.evidence, self.facts = evidence, facts

    def marginal(self, changes: Sequence[tuple[int, bool]] = ()) -> Marginal:
        """The answer with some facts confirmed or rejected."""
        observations = [self._observation(fact, holds) for fact, holds in changes]
        named = {(o.detection, o.label) for o in observations}
        before = [o for o in self.evidence.observations if (o.detection, o.label) not in named]
        evidence = Evidence((*before, *observations))
        (found,) = self._engine.marginals(self._query, self._scenes, evidence, self._budget)
        return found

    def _observation(self, fact: int, holds: bool) -> Observation:
        row = int(self.facts.row[fact])
        label = self._scenes.classes[self.facts.label[fact]]
        return Observation(self._scenes.images[0], int(self._scenes.detection[row]), holds, label)

    def gradients(self) -> list[float]:
        """d P / d p of every fact; NaN where the engine cannot say."""
        try:
            found = NativeEngine(workers=1).gradients(self._query, self._scenes, self.evidence)
        except (NotInFragmentError, JoinSizeError):
            return [math.nan] * len(self.facts)
        # The engine looks at the facts that the query can be about, and numbers those.
        value = {
            (number, label): float(gradient)
            for number, label, gradient in zip(
                found.detection.tolist(), found.label.tolist(), found.value.tolist(), strict=True
            )
        }
        numbers = self._scenes.detection[self.facts.row].tolist()
        return [value.get(key, 0.0) for key in zip(numbers, self.facts.label.tolist(), strict=True)]


def influences(asker: Asker, answer: float, likely: Set[int]) -> list[Influence]:
    """The influence of every fact that has one, the strongest first; `likely` are those that proofs rest on.

    Where a detection has one class only, the answer is linear in its probability, so that the gradient says it all.
    """
    facts, gradients = asker.facts, asker.gradients()
    siblings = np.bincount(facts.row, minlength=1)
    if any(map(math.isnan, gradients)):
        # Too complex to differentiate: each fact is asked about by itself, those of the proofs where there are many.
        gradients = [g if fact in likely or len(gradients) <= _MOST_ASKED else 0.0 for fact, g in enumerate(gradients)]
    found = []
    for fact, gradient in enumerate(gradients):
        p = float(facts.probability[fact])
        if abs(gradient) < _NOTHING:
            continue
        if math.isnan(gradient) or siblings[facts.row[fact]] > 1:
            confirmed = value_of(asker.marginal([(fact, True)]))
            rejected = value_of(asker.marginal([(fact, False)])) if p < 1.0 else answer
            gradient = confirmed - rejected if math.isnan(gradient) else gradient
            if abs(confirmed - answer) < _NOTHING and abs(rejected - answer) < _NOTHING:
                continue
        else:
            confirmed, rejected = answer + (1.0 - p) * gradient, answer - p * gradient
        found.append(Influence(fact, gradient, _unit(confirmed), _unit(rejected)))
    return sorted(found, key=lambda i: (-i.range, i.fact))


def smallest_change(asker: Asker, answer: float, known: Sequence[Influence], threshold: float) -> tuple[Change, ...]:
    """The facts to confirm or reject so that the answer comes to the other side of the threshold.

    One fact where one does, and of those the one that is most likely to be so; otherwise the strongest first, as many
    as it takes. Empty where a few do not.
    """
    holds = answer >= threshold
    singles = []
    for influence in known:
        p = float(asker.facts.probability[influence.fact])
        for confirmed, after, likelihood in ((True, influence.if_confirmed, p), (False, influence.if_rejected, 1 - p)):
            if likelihood > 0.0 and (after >= threshold) != holds:
                singles.append(Change(influence.fact, confirmed, likelihood, after))
    if singles:
        return (max(singles, key=lambda c: (c.likelihood, -c.fact)),)
    return _several(asker, known, threshold, holds)


def _several(asker: Asker, known: Sequence[Influence], threshold: float, holds: bool) -> tuple[Change, ...]:
    """Greedily: in each round the fact that moves the answer most, as told by the strongest influences."""
    chosen: list[Change] = []
    candidates = list(known[:_MOST_TRIED])
    while candidates and len(chosen) < _MOST_CHANGES:
        before = [(c.fact, c.confirmed) for c in chosen]
        options = []
        for influence in candidates:
            p = float(asker.facts.probability[influence.fact])
            confirmed = (influence.if_confirmed > influence.if_rejected) != holds
            likelihood = p if confirmed else 1.0 - p
            if likelihood > 0.0:
                after = value_of(asker.marginal([*before, (influence.fact, confirmed)]))
                options.append(Change(influence.fact, confirmed, likelihood, after))
        if not options:
            return ()
        best = (min if holds else max)(options, key=lambda c: c.probability)
        chosen.append(best)
        row = asker.facts.row[best.fact]
        candidates = [i for i in candidates if asker.facts.row[i.fact] != row]
        if (best.probability >= threshold) != holds:
            return tuple(chosen)
    return ()


def value_of(marginal: Marginal) -> float:
    """The probability, or the middle of its interval."""
    return (marginal.lower + marginal.upper) / 2 if marginal.probability is None else marginal.probability


def _unit(value: float) -> float:
    return min(1.0, max(0.0, value))
