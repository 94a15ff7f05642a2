"""Asking an engine about images of an archive, chunk by chunk."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive.scenes import Scenes
from rune_pl.errors import UsageError
from rune_pl.inference import Budget, Engine, Evidence, Marginal, NotInFragmentError, Query
from rune_pl.inference.rows import JoinSizeError
from rune_pl.retrieval.selection import Selection

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Scan:
    """One query, ready to be asked about any of the images."""

    engine: Engine
    asked: Selection
    query: Query
    budget: Budget | None
    workers: int = 1  # threads, each with a chunk of its own

    def all(self) -> Iterator[list[Marginal]]:
        """The answers for all images, a chunk at a time, in order."""
        if self.workers == 1:
            for scenes, evidence in self.asked.scenes():
                yield from ([marginal] for marginal in self._each(scenes, evidence))
            return
        waiting: deque[Future[list[Marginal]]] = deque()
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

    def at(self, index: IntArray) -> list[Marginal]:
        """The answers for the images at these positions of the archive."""
        return self._answers(*self.asked.scenes_at(index))

    def _answers(self, scenes: Scenes, evidence: Evidence) -> list[Marginal]:
        return list(self._each(scenes, evidence))

    def _each(self, scenes: Scenes, evidence: Evidence) -> Iterator[Marginal]:
        """Those of the engine; a rule that is beyond the one that was chosen is the chooser's mistake."""
        try:
            yield from self.engine.marginals(self.query, scenes, evidence, self.budget)
        except (NotInFragmentError, JoinSizeError) as error:
            raise UsageError(
                f"the {self.engine.name} engine does not take this rule: {error}", hint="use engine auto"
            ) from None
