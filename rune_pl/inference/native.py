"""The native engine: plan, ground, lineage, marginal, for many images at once."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive.scenes import Scenes
from rune_pl.geometry import Boxes
from rune_pl.inference.answers import CODES, Answers, solve
from rune_pl.inference.boxes import make_boxes
from rune_pl.inference.clock import Clock
from rune_pl.inference.closed import count_sentences, sentences
from rune_pl.inference.columns import NotColumnarError
from rune_pl.inference.crowds import can_be_shown_by_few, crowded, few_of
from rune_pl.inference.decidable import undecidable
from rune_pl.inference.engine import MEMORY, TOLERANCE, UNDECIDABLE, Budget, Marginal
from rune_pl.inference.evidence import Evidence
from rune_pl.inference.facts import Facts, make_facts
from rune_pl.inference.gradients import Gradients, gradients
from rune_pl.inference.ground import Grounder
from rune_pl.inference.plan import NotInFragmentError, Plan, make_plan
from rune_pl.inference.prepared import Prepared
from rune_pl.inference.query import Query
from rune_pl.inference.rows import JoinSizeError

IntArray = NDArray[np.int64]
_CHUNK_FACTS = 400_000


class NativeEngine:
    """Exact marginals of all that the language can say, but for recursion and rules with a probability."""

    name = "native"

    def __init__(self, *, workers: int | None = None) -> None:
        self.workers = workers or os.cpu_count() or 1
        self._prepared: WeakKeyDictionary[Scenes, Prepared] = WeakKeyDictionary()

    def marginals(
        self, query: Query, scenes: Scenes, evidence: Evidence | None = None, budget: Budget | None = None
    ) -> Iterator[Marginal]:
        """One `Marginal` per image; see `rune_pl.inference.engine.Engine`.

        Raises:
            NotInFragmentError: recursion or probabilistic rules, before the first answer; or a goal that needs
                more than passes over columns, where some image gets so far.
        """
        for part in self._parts(query, scenes, evidence, budget or Budget()):
            yield from part.marginals()

    def answers(
        self, query: Query, scenes: Scenes, evidence: Evidence | None = None, budget: Budget | None = None
    ) -> Answers:
        """The answers of all images as columns."""
        return Answers.joined(list(self._parts(query, scenes, evidence, budget or Budget())))

    def gradients(self, query: Query, scenes: Scenes, evidence: Evidence | None = None) -> Gradients:
        """How each image's probability changes with the probability of each of its facts.

        Raises:
            NotInFragmentError: recursion or probabilistic rules.
            JoinSizeError: there are more candidate bindings than fit in memory.
        """
        run = self._run(query, scenes, evidence)
        try:
            return gradients(run.grounder(keep_certain=True), run.plan, np.arange(len(scenes)), run.facts)
        except NotColumnarError as error:
            raise NotInFragmentError(str(error)) from None

    def _parts(self, query: Query, scenes: Scenes, evidence: Evidence | None, budget: Budget) -> Iterator[Answers]:
        run = self._run(query, scenes, evidence)
        missing = undecidable(query, run.scenes, run.facts) if query.checked.needs else None
        counted = sentences(run.plan) if run.plain else None
        if counted is not None:
            start = time.perf_counter()
            columns = count_sentences(counted, run.prepared, self.workers)
            seconds = np.full(len(scenes), (time.perf_counter() - start) / max(1, len(scenes)))
            yield Answers.of(scenes.images, columns, seconds, budget)
            return
        shown, sure = self._shown_by_few(run, budget)
        if len(shown) == len(scenes) > 0 and missing is None:
            yield sure
            return
        for chunk in chunks(run.facts, len(scenes)):
            inside = np.isin(chunk, shown)
            part = self._solve(run, chunk[~inside], budget)
            if inside.any():
                both = [part, sure.take(np.flatnonzero(np.isin(shown, chunk)))]
                order = np.concatenate([np.flatnonzero(~inside), np.flatnonzero(inside)])
                part = Answers.joined(both).take(np.argsort(order))
            if missing is not None:
                lacking = {m: reason for m, image in enumerate(chunk) if (reason := missing[image]) is not None}
                part = _without(part, lacking, UNDECIDABLE) if lacking else part
            yield part

    def _shown_by_few(self, run: Run, budget: Budget) -> tuple[IntArray, Answers]:
        """The crowded images that a few detections show to be as good as certain, and their answers."""
        none = np.empty(0, dtype=np.int64), Answers.unanswered((), UNDECIDABLE, "")
        if run.evidence is not None or not run.prepared.plain or not can_be_shown_by_few(run.plan, run.query):
            return none
        many = crowded(run.scenes)
        if not len(many):
            return none
        few = Run(run.query, Prepared(few_of(run.scenes, many)), None)
        found = Answers.joined([self._solve(few, chunk, budget) for chunk in chunks(few.facts, len(many))])
        sure = np.flatnonzero(found.lower >= 1.0 - TOLERANCE)
        return many[sure], found.take(sure).at_least()

    def _run(self, query: Query, scenes: Scenes, evidence: Evidence | None) -> Run:
        prepared = self._prepared.get(scenes)
        if prepared is None:
            prepared = self._prepared[scenes] = Prepared(scenes)
        return Run(query, prepared, evidence if evidence is not None and evidence.observations else None)

    def _solve(self, run: Run, images: IntArray, budget: Budget) -> Answers:
        names = [run.scenes.images[m] for m in images]
        clock = Clock(budget.seconds / 2, len(run.scenes))
        grounder = run.grounder(clock=clock)
        try:
            roots = grounder.ground(run.plan, images)
        except NotColumnarError as error:
            raise NotInFragmentError(str(error)) from None
        except JoinSizeError as error:
            if len(images) == 1:
                return Answers.unanswered(names, MEMORY, f"{error} does not fit in memory")
            half = len(images) // 2
            return Answers.joined([self._solve(run, part, budget) for part in (images[:half], images[half:])])
        gates = grounder.lineage.gates()
        columns, seconds = solve(roots, gates, run.facts, run.boxes.center, budget, self.workers, clock.spent[images])
        clock.widen(columns, images)
        return Answers.of(names, columns, seconds, budget, clock.late[images])


@dataclass(frozen=True, eq=False)
class Run:
    """What all chunks of one call share; made when first asked for."""

    query: Query
    prepared: Prepared
    evidence: Evidence | None

    @cached_property
    def plan(self) -> Plan:
        """How to evaluate the query over these scenes."""
        return make_plan(self.query, self.prepared.sizes())

    @property
    def plain(self) -> bool:
        """Whether every detection is of one class or nothing, with the probability that the scenes give it."""
        return self.prepared.plain and self.evidence is None and not self.query.checked.needs

    @cached_property
    def scenes(self) -> Scenes:
        """The scenes, with just the detections that the query can be about."""
        labels = self.plan.labels
        if not self.prepared.plain or self.evidence is not None or labels is None:
            return self.prepared.scenes
        return self.prepared.only(labels)

    @cached_property
    def facts(self) -> Facts:
        """Their facts."""
        return make_facts(self.scenes, self.evidence)

    @cached_property
    def boxes(self) -> Boxes:
        """Their boxes."""
        ranked = ("size_rank", 2) in self.query.reachable
        return make_boxes(self.scenes, self.query.sizes, ranked=ranked)

    def grounder(self, *, keep_certain: bool = False, clock: Clock | None = None) -> Grounder:
        """A fresh one, without gates."""
        scenes = self.scenes
        return Grounder(
            self.query, self.facts, scenes.classes, self.boxes, scenes.start, scenes.detection, keep_certain, clock
        )


def chunks(facts: Facts, images: int) -> Iterator[IntArray]:
    """Runs of images with about `_CHUNK_FACTS` facts together, one image at the least."""
    ends = np.searchsorted(facts.image, np.arange(images), side="right")
    first = 0
    while first < images:
        before = ends[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(ends, before + _CHUNK_FACTS, side="right")))
        yield np.arange(first, last)
        first = last


def _without(answers: Answers, reasons: dict[int, str], method: str) -> Answers:
    """The answers, less those of some images."""
    index = np.array(list(reasons))
    for column, value in (("probability", np.nan), ("log_odds", np.nan), ("lower", 0.0), ("upper", 1.0)):
        getattr(answers, column)[index] = value
    answers.code[index] = CODES[method]
    answers.reasons.update(reasons)
    return answers
