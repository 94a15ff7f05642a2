"""Results of a query: one hit per image, ranked."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, overload

from rune_pl.inference import BoundObject, Marginal, Summary
from rune_pl.inference.engine import UNDECIDABLE, log_odds

UNCALIBRATED = "uncalibrated scores"

# Probabilities are exact within 1e-9; below that a difference is no order, and neither is the one it makes in log-odds:
# next to 1 these would tell how early an engine could stop. So all that is as good as certain is tied.
_DIGITS, _ODDS_DIGITS, _MATCHES_DIGITS = 9, 6, 6
CERTAIN, CERTAIN_ODDS = 1.0 - 1e-9, 20.3


@dataclass(frozen=True)
class Hit:
    """One image in the ranking.

    Attributes:
        rank: from 1; images that the rule cannot decide come last.
        image: image id.
        path: where the image is, None where the archive does not know.
        probability: exact marginal probability that the image satisfies the rule; None where there is no exact answer.
        lower, upper: an interval that holds it for certain.
        log_odds: log(P / (1 - P)); infinite for P = 0 and P = 1, None where there is no answer.
        method: how it was computed, or why it was not: see `rune_pl.inference.Marginal`.
        expected_matches: expected number of matches of the rule's positive part, None where it has none, infinite where
            they are too many to go through.
        best: the most probable match.
        reason: one line, where there is no exact answer.
        seconds: time spent on the image.
        calibration: where the probabilities of the facts come from, see `Results`.
    """

    rank: int
    image: str
    path: str | None
    probability: float | None
    lower: float
    upper: float
    log_odds: float | None
    method: str
    expected_matches: float | None
    best: tuple[BoundObject, ...]
    reason: str | None
    seconds: float
    calibration: str = UNCALIBRATED

    @property
    def interval(self) -> tuple[float, float]:
        """(lower, upper)."""
        return (self.lower, self.upper)

    @property
    def answered(self) -> bool:
        """Whether there is an exact probability."""
        return self.probability is not None

    def to_json(self) -> dict[str, Any]:
        """A JSON object, see docs/query.md; `log_odds` and `expected_matches` are null where they are infinite."""
        countable = self.expected_matches is not None and math.isfinite(self.expected_matches)
        finite = self.log_odds is not None and math.isfinite(self.log_odds)
        return {
            "rank": self.rank,
            "image": self.image,
            "path": self.path,
            "probability": self.probability,
            "lower": self.lower,
            "upper": self.upper,
            "log_odds": self.log_odds if finite else None,
            "method": self.method,
            "expected_matches": self.expected_matches if countable else None,
            "best": [
                {"variable": b.variable, "detection": f"d{b.detection}", "class": b.label, "probability": b.probability}
                for b in self.best
            ],
            "reason": self.reason,
            "seconds": round(self.seconds, 6),
            "calibration": self.calibration,
        }


@dataclass(frozen=True)
class Results(Sequence[Hit]):
    """The hits of a query, best first, and how the query was understood.

    Attributes:
        hits: those asked for (`top`, `min_probability`).
        rule: the program that ran, canonical text.
        reading: the rule said back in English.
        translator: who made the rule from English, None where it was given.
        notes: what a user should know: warnings of the check, notes of the translator.
        examined: number of images that were looked at; the others cannot be among the hits.
        unanswered: number of these without an exact answer, hits or not.
        total: number of images that were asked about.
        calibration: where the probabilities of the facts come from: name and short digest of the calibration, or
            "uncalibrated scores".
    """

    hits: tuple[Hit, ...]
    rule: str
    reading: str
    translator: str | None
    notes: tuple[str, ...]
    examined: int
    unanswered: int
    total: int = 0
    calibration: str = UNCALIBRATED

    def __len__(self) -> int:
        return len(self.hits)

    @overload
    def __getitem__(self, index: int) -> Hit: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Hit]: ...

    def __getitem__(self, index: int | slice) -> Hit | Sequence[Hit]:
        return self.hits[index]

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)


def make_hit(marginal: Marginal, summary: Summary, path: str | None, calibration: str = UNCALIBRATED) -> Hit:
    """A hit that has no rank yet (0)."""
    return Hit(
        rank=0,
        image=marginal.image,
        path=path,
        probability=marginal.probability,
        lower=marginal.lower,
        upper=marginal.upper,
        log_odds=marginal.log_odds,
        method=marginal.method,
        expected_matches=summary.expected,
        best=summary.best,
        reason=marginal.reason,
        seconds=marginal.seconds,
        calibration=calibration,
    )


def rank(hits: Sequence[Hit], *, top: int = 0, min_probability: float = 0.0) -> tuple[Hit, ...]:
    """The hits in order, numbered, the first `top` of them (0 for all).

    By probability; equal ones (within 1e-9) by log-odds up to those of certainty within 1e-9; equal ones of these
    (within 1e-6) by the expected number of matches; then in the order given. An image past its budget counts with the
    middle of its interval; one that the rule cannot decide comes last. `min_probability` keeps those whose upper bound
    reaches it.
    """
    kept = [h for h in hits if value_of(h) >= min_probability]
    kept.sort(key=lambda h: order_key(h, h.expected_matches))
    chosen = kept[:top] if top else kept
    return tuple(replace(hit, rank=position) for position, hit in enumerate(chosen, start=1))


def value_of(answer: Hit | Marginal) -> float:
    return answer.upper if answer.probability is None else answer.probability


def order_key(answer: Hit | Marginal, expected: float | None) -> tuple[bool, float, float, float]:
    """The place of an answer in a ranking: the least comes first, equal ones are tied."""
    value, odds = answer.probability, answer.log_odds
    if value is None:
        value = middle(answer)
        odds = log_odds(value, 1.0 - value)
    return (
        answer.probability is None and answer.method == UNDECIDABLE,
        -min(round(value, _DIGITS), CERTAIN),
        -round(min(odds or 0.0, CERTAIN_ODDS), _ODDS_DIGITS),
        -round(expected or 0.0, _MATCHES_DIGITS),
    )


def middle(answer: Hit | Marginal) -> float:
    """What to take an answer for that is only an interval: its middle."""
    return (answer.lower + answer.upper) / 2.0
