"""Asking an engine about images of an archive, chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterator
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

    def all(self) -> Iterator[list[Marginal]]:
        """The answers for all images, a chunk at a time, in order."""
        for scenes, evidence in self.asked.scenes():
            yield self._answers(scenes, evidence)

    def at(self, index: IntArray) -> list[Marginal]:
        """The answers for the images at these positions of the archive."""
        return self._answers(*self.asked.scenes_at(index))

    def _answers(self, scenes: Scenes, evidence: Evidence) -> list[Marginal]:
        """Those of the engine; a rule that is beyond the one that was chosen is the chooser's mistake."""
        try:
            return list(self.engine.marginals(self.query, scenes, evidence, self.budget))
        except (NotInFragmentError, JoinSizeError) as error:
            raise UsageError(
                f"the {self.engine.name} engine does not take this rule: {error}", hint="use engine auto"
            ) from None
