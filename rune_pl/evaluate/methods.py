"""Methods that rank images for a query: the exact marginals, and thresholds on the detector's scores."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive.scenes import Scenes
from rune_pl.evaluate.data import certain
from rune_pl.inference import Budget, Engine, Marginal, Query, make_engine, make_facts, summarize
from rune_pl.inference.engine import log_odds
from rune_pl.retrieval.hits import middle, order_key

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Column = Literal["probability", "score"]  # of `Scenes`


@dataclass(frozen=True)
class Question:
    """A query over scenes, as a method gets it; `text` is its first wording, where it has one."""

    query: Query
    scenes: Scenes
    text: str | None = None


@dataclass(frozen=True, eq=False)
class Scored:
    """What a method says of M images.

    Attributes:
        order: (M,) numbers by which to rank, the highest first; equal ones are tied.
        probability: (M,) between 0 and 1, what the method says how likely the image satisfies the query; None where it
            says no such thing.
    """

    order: NDArray[Any]
    probability: FloatArray | None


class Method(Protocol):
    """A way to rank images."""

    @property
    def name(self) -> str:
        """What tables call it."""
        ...

    def score(self, question: Question) -> Scored:
        """The scores of the images of the question."""
        ...


@dataclass(frozen=True, eq=False)
class Exact:
    """Exact marginal probabilities, ranked as `rune-pl query` does: equal ones by log-odds, then expected matches."""

    budget: Budget = field(default_factory=Budget)
    engine: Engine = field(default_factory=make_engine)
    name: str = "exact"

    def score(self, question: Question) -> Scored:
        """Images without an exact answer count with the middle of their interval, in the ranking too."""
        answers = [_middle(a) for a in self.engine.marginals(question.query, question.scenes, None, self.budget)]
        probability = np.array([a.probability for a in answers], dtype=np.float64)
        return Scored(ranked_by_matches(question, answers), probability)


def _middle(answer: Marginal) -> Marginal:
    """The answer; one without a probability gets the middle of its interval, so that a short budget costs little."""
    if answer.probability is not None:
        return answer
    value = middle(answer)
    return replace(answer, probability=value, log_odds=log_odds(value, 1.0 - value))


@dataclass(frozen=True, eq=False)
class Threshold:
    """Detections of at least a probability are facts, all others nothing, and the rule holds or not, as Prolog would
    say. With `of="score"` it is the detector's score that decides, as nobody calibrated it.

    With `by_matches` images for which it holds are ranked by their number of matches, otherwise they are tied.
    """

    threshold: float
    by_matches: bool = False
    engine: Engine = field(default_factory=make_engine)
    of: Column = "probability"

    @property
    def name(self) -> str:
        """With the threshold in it."""
        kind = "score threshold" if self.of == "score" else "threshold"
        return f"{kind} {self.threshold:g}" + (" by matches" if self.by_matches else "")

    def score(self, question: Question) -> Scored:
        """0 or 1 for each image; one half where Prolog has no answer."""
        scenes = question.scenes
        cut = certain(scenes.only(np.flatnonzero(getattr(scenes, self.of) >= self.threshold)))
        answers = list(self.engine.marginals(question.query, cut))
        holds = np.array([0.5 if a.probability is None else float(a.probability >= 0.5) for a in answers])
        if not self.by_matches:
            return Scored(holds, holds)
        return Scored(ranked_by_matches(Question(question.query, cut, question.text), answers), holds)


def ranked_by_matches(question: Question, answers: Sequence[Marginal]) -> IntArray:
    """(M,) the order of `rune-pl query`; expected matches are looked up for the images that are tied without them."""
    keys = [order_key(answer, None) for answer in answers]
    often = {key for key in keys if keys.count(key) > 1 and not (key[1] == 0.0 and not key[0])}
    tied = np.array([at for at, key in enumerate(keys) if key in often], dtype=np.int64)
    if len(tied):
        scenes = question.scenes.take(tied)
        for at, summary in zip(tied, summarize(question.query, scenes, make_facts(scenes)), strict=True):
            keys[at] = order_key(answers[at], summary.expected)
    return codes(keys)


def codes(keys: Sequence[Hashable]) -> IntArray:
    """Numbers for keys of which the least is the best: the best gets the highest, equal ones the same."""
    rank = {key: -at for at, key in enumerate(sorted(set(keys)))}  # type: ignore[type-var]
    return np.array([rank[key] for key in keys], dtype=np.int64)
