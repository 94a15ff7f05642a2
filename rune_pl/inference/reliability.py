"""Detections of a class that are false alarms all together: a mixture over which classes are reliable.

    object(D, C) :- detected(D, C), reliable(C).

Given which classes are reliable in an image, its detections are independent, and any engine answers. The marginal is
the sum over those assignments, each by its probability. Only classes that the rule touches, that the image has
detections of, and that are neither certainly reliable nor certainly not, make assignments. Where they are too many, the
most probable ones are looked at, and the rest makes an interval.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive.scenes import Scenes
from rune_pl.errors import EvidenceError
from rune_pl.inference.condition import condition
from rune_pl.inference.engine import TOLERANCE, UNDECIDABLE, Budget, Engine, Marginal, log_odds
from rune_pl.inference.evidence import Evidence
from rune_pl.inference.query import Query
from rune_pl.inference.touched import observed_classes, touched_classes

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

MOST_ASSIGNMENTS = 256
"""Of an image: eight classes in doubt are exact."""

_HAIR = 1e-12
_METHODS = ("closed form", "enumeration", "sweep", "problog", "memory", "timeout")


class ReliableEngine:
    """An engine for scenes with `reliability`, over one for scenes without; others it hands through."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.name = engine.name

    def marginals(
        self, query: Query, scenes: Scenes, evidence: Evidence | None = None, budget: Budget | None = None
    ) -> Iterator[Marginal]:
        """One `Marginal` per image; see `rune_pl.inference.engine.Engine`. The budget is that of each assignment."""
        if scenes.reliability is None:
            yield from self.engine.marginals(query, scenes, evidence, budget)
            return
        touched = observed_classes(scenes, evidence) | touched_classes(query, scenes.classes)
        work = [_assignments(scenes, image, touched[image]) for image in range(len(scenes))]
        mixtures = [_Mixture(scenes.images[image], cases.rest) for image, cases in enumerate(work)]
        for turn in range(max((len(cases.weight) for cases in work), default=0)):
            images = np.array([m for m, cases in enumerate(work) if turn < len(cases.weight)], dtype=np.int64)
            part = scenes.take(images)
            reliable = np.stack([work[m].reliable[turn] for m in images])
            weight = np.array([work[m].weight[turn] for m in images])
            given = given_reliable(part, reliable)
            if evidence is not None and evidence.observations:
                given, likelihood = condition(given, evidence)
                weight = weight * likelihood
            for m, w, marginal in zip(images, weight, self.engine.marginals(query, given, None, budget), strict=True):
                mixtures[m].add(float(w), marginal)
        for mixture in mixtures:
            if mixture.total <= 0.0:
                raise EvidenceError(f"the evidence about image '{mixture.image}' has probability 0")
            yield mixture.marginal()


def given_reliable(scenes: Scenes, reliable: BoolArray) -> Scenes:
    """The scenes where it is known which classes are reliable, (M, C): probabilities of their detections are larger by
    the inverse of the reliability, those of others 0."""
    assert scenes.reliability is not None
    with np.errstate(divide="ignore"):
        factor = np.where(reliable, 1.0 / scenes.reliability, 0.0)
    factor[~np.isfinite(factor)] = 0.0
    image = scenes.image_of
    own = np.minimum(scenes.probability * factor[image, scenes.label], 1.0)
    vectors = scenes.class_probability
    if vectors is not None:
        vectors = vectors * factor[image]
        vectors = vectors / np.maximum(np.nansum(vectors, axis=1), 1.0)[:, None]
    return replace(scenes, probability=own, class_probability=vectors, reliability=None)


@dataclass(frozen=True, eq=False)
class _Assignments:
    """Which classes are reliable, (K, C) bool, with what probability, (K,); `rest` is that of those left out."""

    reliable: BoolArray
    weight: FloatArray
    rest: float


def _assignments(scenes: Scenes, image: int, touched: BoolArray) -> _Assignments:
    """The assignments of one image, most probable first."""
    assert scenes.reliability is not None
    rows = slice(int(scenes.start[image]), int(scenes.start[image + 1]))
    seen = np.zeros(len(scenes.classes), dtype=np.bool_)
    seen[scenes.label[rows]] = True
    if scenes.class_probability is not None:
        seen |= (np.nan_to_num(scenes.class_probability[rows]) > 0.0).any(axis=0)
    chance = scenes.reliability[image]
    doubtful = np.flatnonzero(seen & touched & (chance < 1.0) & (chance > 0.0))
    base = np.broadcast_to(chance > 0.0, (1, len(chance)))
    reliable, weight = base.copy(), np.ones(1)
    # Class by class; of more than can be looked at the most probable are kept.
    for code in doubtful[np.argsort(np.abs(chance[doubtful] - 0.5), kind="stable")]:
        without = reliable.copy()
        without[:, code] = False
        reliable = np.concatenate([reliable, without])
        weight = np.concatenate([weight * chance[code], weight * (1.0 - chance[code])])
        order = np.argsort(-weight, kind="stable")[:MOST_ASSIGNMENTS]
        reliable, weight = reliable[order], weight[order]
    rest = max(0.0, 1.0 - math.fsum(weight)) if 1 << len(doubtful) > MOST_ASSIGNMENTS else 0.0
    return _Assignments(reliable, weight, rest)


class _Mixture:
    """The answers for one image, added up."""

    def __init__(self, image: str, rest: float) -> None:
        self.image = image
        self.total = rest
        self.true = self.false = self.lower = 0.0
        self.upper = rest
        self.parts: list[Marginal] = []

    def add(self, weight: float, part: Marginal) -> None:
        """One assignment with its probability; one that the evidence excludes has 0."""
        if weight <= 0.0:
            return
        self.total += weight
        self.parts.append(part)
        self.lower += weight * part.lower
        self.upper += weight * part.upper
        if part.log_odds is not None:
            # Both from the log-odds, so that neither end loses its digits.
            self.true += weight * math.exp(-np.logaddexp(0.0, -part.log_odds))
            self.false += weight * math.exp(-np.logaddexp(0.0, part.log_odds))

    def marginal(self) -> Marginal:
        """The answer: exact where all parts are and none is left out."""
        seconds = sum(part.seconds for part in self.parts)
        for part in self.parts:
            if part.method == UNDECIDABLE:
                return Marginal.unanswered(self.image, UNDECIDABLE, part.reason or "", seconds)
        method = max((part.method for part in self.parts), key=_METHODS.index, default=_METHODS[0])
        # A hair wider than the sums: rounding leaves nothing outside.
        lower, upper = max(0.0, self.lower / self.total - _HAIR), min(1.0, self.upper / self.total + _HAIR)
        unanswered = next((part for part in self.parts if part.probability is None), None)
        states = sum(part.states for part in self.parts)
        if unanswered is None and upper - lower <= TOLERANCE:
            true, false = self.true / self.total, self.false / self.total
            value = min(1.0, max(0.0, true))
            odds = log_odds(true, false)
            return Marginal(self.image, value, value, value, odds, method, seconds, None, states)
        reason = (
            unanswered.reason
            if unanswered is not None
            else f"more than {MOST_ASSIGNMENTS} ways for its classes to be reliable or not: "
            f"between {lower:.9f} and {upper:.9f}"
        )
        return Marginal(self.image, None, lower, upper, None, method, seconds, reason, states)
