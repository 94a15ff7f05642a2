"""Asking an engine about images of an archive, chunk by chunk."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive.scenes import Scenes
from rune_pl.errors import UsageError
from rune_pl.inference import (
    Budget,
    Engine,
    Evidence,
    Marginal,
    NotInFragmentError,
    Query,
    Summary,
    make_facts,
    summarize,
)
from rune_pl.inference.most import FactSums, most_matches
from rune_pl.inference.normal_form import Alternative, witnesses
from rune_pl.inference.rows import JoinSizeError
from rune_pl.retrieval.selection import Selection

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Answered = tuple[Sequence[Marginal], FloatArray]  # answers, and at least their expected matches


@dataclass(frozen=True)
class Scan:
    """One query, ready to be asked about any of the images."""

    engine: Engine
    asked: Selection
    query: Query
    budget: Budget | None
    workers: int = 1  # threads, each with a chunk of its own

    def all(self) -> Iterator[Answered]:
        """The answers for all images, a chunk at a time, in order."""
        if self.workers == 1:
            for scenes, evidence in self.asked.scenes():
                most = self._most(scenes, evidence)
                for number, marginal in enumerate(self._each(scenes, evidence)):
                    yield [marginal], most[number : number + 1]
            return
        waiting: deque[Future[Answered]] = deque()
        with ThreadPoolExecutor(self.workers) as pool:
            try:
                for scenes, evidence in self.asked.scenes():
                    waiting.append(pool.submit(self._answers, scenes, evidence))
                    if len(waiting) > self.workers:  # memory is bounded by what waits
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for future in waiting:
                    future.cancel()

    def at(self, index: IntArray, *, counted: bool = False) -> tuple[list[Marginal], list[Summary]]:
        """The answers for the images at these positions of the archive, and what matches they have, where `counted`."""
        scenes, evidence = self.asked.scenes_at(index)
        if not counted:
            return list(self._each(scenes, evidence)), []
        parts = [scenes]
        if len(scenes) > 1 and not evidence.observations:
            parts = [scenes.take(half) for half in np.array_split(np.arange(len(scenes)), 2)]
        with ThreadPoolExecutor(len(parts)) as pool:  # all of it is mostly outside of the interpreter's lock
            counting = [pool.submit(self._summaries, part, evidence) for part in parts]
            marginals = list(self._each(scenes, evidence))
            return marginals, [summary for half in counting for summary in half.result()]

    def summaries(self, images: Sequence[str]) -> list[Summary]:
        """What matches these images have."""
        return [
            summary
            for scenes, evidence in self.asked.scenes_of(images)
            for summary in self._summaries(scenes, evidence)
        ]

    def _summaries(self, scenes: Scenes, evidence: Evidence) -> list[Summary]:
        return summarize(self.query, scenes, make_facts(scenes, evidence))

    @cached_property
    def alternatives(self) -> tuple[Alternative, ...]:
        """What is a match."""
        return witnesses(self.query, self.asked.archive.classes)

    def _most(self, scenes: Scenes, evidence: Evidence) -> FloatArray:
        sums = FactSums(make_facts(scenes, evidence), scenes.classes, len(scenes))
        return most_matches(self.alternatives, self.query.relations, sums, len(scenes))

    def _answers(self, scenes: Scenes, evidence: Evidence) -> Answered:
        return list(self._each(scenes, evidence)), self._most(scenes, evidence)

    def _each(self, scenes: Scenes, evidence: Evidence) -> Iterator[Marginal]:
        """Those of the engine; a rule that is beyond the one that was chosen is the chooser's mistake."""
        try:
            yield from self.engine.marginals(self.query, scenes, evidence, self.budget)
        except (NotInFragmentError, JoinSizeError) as error:
            raise UsageError(
                f"the {self.engine.name} engine does not take this rule: {error}", hint="use engine auto"
            ) from None
