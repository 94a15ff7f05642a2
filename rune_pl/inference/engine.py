"""What every inference engine takes and gives."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from rune_pl.archive.scenes import Scenes
from rune_pl.inference.evidence import Evidence
from rune_pl.inference.query import Query

TOLERANCE = 1e-9

# Methods that give no answer, only a reason; their interval is [0, 1].
UNDECIDABLE = "undecidable"
TIMEOUT = "timeout"
MEMORY = "memory"


@dataclass(frozen=True)
class Budget:
    """What one image may cost. Past it the answer is an interval or a reason, never a number that is not exact."""

    seconds: float = 60.0
    memory_mb: int = 4096


@dataclass(frozen=True)
class Marginal:
    """The answer for one image.

    Attributes:
        image: image id.
        probability: exact marginal probability of `retrieve`, within `TOLERANCE`; None where the engine has no answer.
        lower, upper: an interval that certainly holds the probability.
        log_odds: log(P / (1 - P)); infinite where P is exactly 0 or 1. A closed form has it to full precision at both
            ends, and so has a sweep that came to its end; ProbLog to about 1e-12 of them.
        method: how it was found: "closed form", "sweep", "problog", "enumeration"; or why it was not: "undecidable"
            (the rule needs metres or the image's size and the image has none), "timeout", "memory".
        seconds: time spent on this image.
        reason: one line for a reader where there is no exact answer.
        states: how many states the sweep visited.
    """

    image: str
    probability: float | None
    lower: float
    upper: float
    log_odds: float | None
    method: str
    seconds: float = 0.0
    reason: str | None = field(default=None, compare=False)
    states: int = field(default=0, compare=False)

    @property
    def exact(self) -> bool:
        """Whether the interval is narrower than the tolerance."""
        return self.upper - self.lower <= TOLERANCE

    @classmethod
    def of(cls, image: str, probability: float, complement: float, method: str, seconds: float = 0.0) -> Marginal:
        """An exact answer from P and 1 - P, both computed without subtracting from 1."""
        value = min(1.0, max(0.0, probability))
        return cls(image, value, value, value, log_odds(probability, complement), method, seconds)

    @classmethod
    def unanswered(cls, image: str, method: str, reason: str, seconds: float = 0.0) -> Marginal:
        """No answer, and why."""
        return cls(image, None, 0.0, 1.0, None, method, seconds, reason)


def log_odds(probability: float, complement: float) -> float:
    """log(P / Q) for P and Q = 1 - P given separately; infinite where one of them is 0."""
    if probability <= 0.0:
        return -math.inf
    if complement <= 0.0:
        return math.inf
    return math.log(probability) - math.log(complement)


class Engine(Protocol):
    """Exact marginal probabilities of a query over scenes."""

    name: str

    def marginals(
        self, query: Query, scenes: Scenes, evidence: Evidence | None = None, budget: Budget | None = None
    ) -> Iterator[Marginal]:
        """One `Marginal` per image, in the order of `scenes`, as they become known.

        Raises:
            EvidenceError: evidence that names no detection, or has probability zero.
            EngineError: the engine failed.
        """
        ...
