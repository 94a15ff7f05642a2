"""The native engine: plan, ground, lineage, marginal, for many images at once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive.scenes import Scenes
from rune_pl.geometry import Boxes
from rune_pl.inference.answers import Answers, solve
from rune_pl.inference.boxes import make_boxes
from rune_pl.inference.columns import NotColumnarError
from rune_pl.inference.decidable import undecidable
from rune_pl.inference.engine import MEMORY, UNDECIDABLE, Budget, Marginal
from rune_pl.inference.evidence import Evidence
from rune_pl.inference.facts import Facts, make_facts
from rune_pl.inference.ground import Grounder
from rune_pl.inference.plan import NotInFragmentError, Plan, make_plan
from rune_pl.inference.query import Query
from rune_pl.inference.rows import JoinSizeError

IntArray = NDArray[np.int64]
_CHUNK_FACTS = 400_000


class NativeEngine:
    """Exact marginals of all that the language can say, but for recursion and rules with a probability."""

    name = "native"

    def __init__(self, *, workers: int | None = None) -> None:
        self.workers = workers or os.cpu_count() or 1

    def marginals(
        self, query: Query, scenes: Scenes, evidence: Evidence | None = None, budget: Budget | None = None
    ) -> Iterator[Marginal]:
        """One `Marginal` per image; see `rune_pl.inference.engine.Engine`.

        Raises:
            NotInFragmentError: recursion or probabilistic rules; before the first answer.
        """
        for part in self._parts(query, scenes, evidence, budget or Budget()):
            yield from part.marginals()

    def answers(
        self, query: Query, scenes: Scenes, evidence: Evidence | None = None, budget: Budget | None = None
    ) -> Answers:
        """The answers of all images as columns."""
        return Answers.joined(list(self._parts(query, scenes, evidence, budget or Budget())))

    def _parts(self, query: Query, scenes: Scenes, evidence: Evidence | None, budget: Budget) -> Iterator[Answers]:
        run = Run.of(query, scenes, evidence)
        missing = undecidable(query, scenes, run.facts)
        for chunk in _chunks(run.facts, len(scenes)):
            part = self._solve(run, chunk, budget)
            lacking = {m: reason for m, image in enumerate(chunk) if (reason := missing[image]) is not None}
            yield _without(part, lacking, UNDECIDABLE) if lacking else part

    def _solve(self, run: Run, images: IntArray, budget: Budget) -> Answers:
        names = [run.scenes.images[m] for m in images]
        grounder = run.grounder()
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
        columns, seconds = solve(roots, gates, run.facts, run.boxes.center, budget, self.workers)
        return Answers.of(names, columns, seconds, budget)


@dataclass(frozen=True)
class Run:
    """What all chunks of one call share."""

    query: Query
    scenes: Scenes
    facts: Facts
    boxes: Boxes
    plan: Plan

    @classmethod
    def of(cls, query: Query, scenes: Scenes, evidence: Evidence | None) -> Run:
        """Facts, boxes and plan for a query over scenes.

        Raises:
            NotInFragmentError: recursion or probabilistic rules.
        """
        facts = make_facts(scenes, evidence)
        plan = make_plan(query, class_sizes(facts, scenes.classes))
        return cls(query, scenes, facts, make_boxes(scenes, query.sizes, ranked=("size_rank", 2) in query.reachable), plan)

    def grounder(self) -> Grounder:
        """A fresh one, without gates."""
        return Grounder(
            self.query, self.facts, self.scenes.classes, self.boxes, self.scenes.start, self.scenes.detection
        )


def class_sizes(facts: Facts, classes: Sequence[str]) -> dict[str, int]:
    """The number of facts of each class."""
    return dict(zip(classes, np.bincount(facts.label, minlength=len(classes)).tolist(), strict=True))


def _chunks(facts: Facts, images: int) -> Iterator[IntArray]:
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
    answers.method[index] = method
    answers.reasons.update(reasons)
    return answers
