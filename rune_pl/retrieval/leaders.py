"""The best of many answers as they come in: those that tie are told apart by their matches, counted where that matters.

Counting matches means reading an image and joining its detections. So of those that are tied at the border only those
are counted whose bound says that they may have enough, highest bound first.
"""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from rune_pl.inference import Marginal, Summary
from rune_pl.inference.engine import log_odds
from rune_pl.retrieval.hits import CERTAIN, CERTAIN_ODDS, middle, order_key, value_of

Summarize = Callable[[Sequence[str]], Sequence[Summary]]
Reached = tuple[float, float]  # log-odds, and the expected number of matches of those with as much; -inf: of any

NOWHERE: Reached = (-math.inf, -math.inf)
_COUNTED = 8  # images that are counted together at least
_SLACK = 1e-5  # a share of a bound: what rounding may have done


@dataclass(frozen=True)
class _Entry:
    """An answer, its place among all but for its matches, and at least how many it has."""

    key: tuple[bool, float, float]
    most: float
    position: int
    marginal: Marginal


@dataclass
class Leaders:
    """The first `top` of the answers so far, 0 for all.

    Attributes:
        least: the lowest probability that counts.
        summarize: counts the matches of images.
        counted: what it found, by image.
    """

    top: int
    least: float
    summarize: Summarize
    counted: dict[str, Summary] = field(default_factory=dict)
    _entries: list[_Entry] = field(default_factory=list)
    _seen: int = 0

    def add(self, marginals: Iterable[Marginal], most: Iterable[float]) -> None:
        """More answers, each with at least its expected number of matches."""
        for marginal, bound in zip(marginals, most, strict=True):
            if value_of(marginal) >= self.least:
                self._entries.append(_Entry(order_key(marginal, None)[:3], float(bound), self._seen, marginal))
            self._seen += 1
        if self.top and len(self._entries) > 4 * self.top + 4_096:
            self._drop()

    def reached(self) -> list[Reached]:
        """How good the best are, the best first; fewer than `top` where fewer can be decided."""
        answered = [e for e in self._settled() if not e.key[0]]
        return sorted(map(self._reach, answered), reverse=True)

    def worst(self) -> Reached:
        """What another has to come up to."""
        found = self.reached()
        return found[self.top - 1] if self.top and len(found) >= self.top else NOWHERE

    def chosen(self, places: Sequence[int] | None = None) -> list[Marginal]:
        """Those that can be among the first, in the order in which they were added, or in that of their `places`."""
        order = sorted(self._settled(), key=lambda e: e.position if places is None else places[e.position])
        return [entry.marginal for entry in order]

    def _drop(self) -> None:
        """Forget those that are behind whatever their matches."""
        self._entries.sort(key=lambda e: e.key)
        border = self._entries[self.top - 1].key
        self._entries = [e for e in self._entries if e.key <= border]

    def _settled(self) -> list[_Entry]:
        """Without those that cannot be among the first."""
        if not self.top or len(self._entries) <= self.top:
            return self._entries
        self._drop()
        border = self._entries[self.top - 1].key
        better = [e for e in self._entries if e.key < border]
        tied = sorted((e for e in self._entries if e.key == border), key=lambda e: -e.most)
        if len(better) + len(tied) > self.top:
            tied = self._most_matches(tied, self.top - len(better))
        self._entries = better + tied
        return self._entries

    def _most_matches(self, tied: list[_Entry], wanted: int) -> list[_Entry]:
        """Those with the most matches, and all that have as many as the last of them."""
        counts: list[float] = []
        kept: list[tuple[float, _Entry]] = []
        at = 0
        while at < len(tied):
            worst = -counts[wanted - 1] if len(counts) >= wanted else -math.inf
            if tied[at].most * (1.0 + _SLACK) + _SLACK < worst:
                break
            some = tied[at : at + max(_COUNTED, wanted - at)]
            self._count([e for e in some if e.most > 0.0])
            for entry in some:
                count = self._matches(entry)
                insort(counts, -count)
                kept.append((count, entry))
            at += len(some)
        worst = -counts[wanted - 1]
        return [entry for count, entry in kept if count >= worst]

    def _count(self, entries: Sequence[_Entry]) -> None:
        images = [e.marginal.image for e in entries if e.marginal.image not in self.counted]
        if images:
            self.counted.update(zip(images, self.summarize(images), strict=True))

    def _matches(self, entry: _Entry) -> float:
        summary = self.counted.get(entry.marginal.image)
        expected = None if summary is None else summary.expected
        return -order_key(entry.marginal, expected)[3]

    def _reach(self, entry: _Entry) -> Reached:
        """What others are compared with: the matches where these may decide, any number of them where not."""
        odds = entry.marginal.log_odds
        if odds is None:
            value = middle(entry.marginal)
            odds = log_odds(value, 1.0 - value)
        certain = -entry.key[1] >= CERTAIN
        if not certain and odds > -math.inf:
            return (min(odds, CERTAIN_ODDS), -math.inf)
        counted = entry.marginal.image in self.counted or entry.most <= 0.0
        return (CERTAIN_ODDS if certain else odds, self._matches(entry) if counted else -math.inf)
