"""The best images without looking at all of them: in the order of their bounds, until no other can enter the ranking.

The ranking goes by probability, then by log-odds, which rise together, and among those that are as good as certain by
the expected number of matches. For all of these the archive's index has upper bounds. The bound on the matches costs
least, and a match is at least as many as it is probable: so the images with the highest of these are taken first, in
groups, and only within a group all that is known of a probability is worked out. The bounds hold for the archive's
probabilities, not for those that a calibration makes of the scores.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive.index import ArchiveIndex
from rune_pl.inference import TOLERANCE, Marginal, Query
from rune_pl.inference.bounds import Bound, Bounds
from rune_pl.inference.most import most_matches
from rune_pl.inference.normal_form import requirements, witnesses
from rune_pl.inference.plan import NotInFragmentError
from rune_pl.retrieval.hits import CERTAIN_ODDS
from rune_pl.retrieval.leaders import NOWHERE, Leaders, Reached
from rune_pl.retrieval.selection import Selection

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Infer = Callable[[IntArray], Sequence[Marginal]]  # the answers for the images at these positions

_MORE, _MOST = 8, 2_000  # images looked at together: as many as are wanted, then 8, 16, ..., a chunk
_GROUPS = (2_048, 65_536)  # about so many images with the most matches are a group; the last one has all others
_SAMPLE = 16_384  # images that say where a group ends
_FLOAT32 = 1e-5  # relative: what sums of the index's rounded columns may be wrong by
_ODDS = 2e-6  # the ranking compares six digits of the log-odds


@dataclass(frozen=True)
class Known:
    """What an index and a selection say of the classes of all images, see `rune_pl.inference.most.Sums`."""

    asked: Selection
    index: ArchiveIndex

    def expected(self, label: str) -> FloatArray:
        """(M,) of the class."""
        return self.index.column(label, "expected")  # type: ignore[return-value]

    def pairs(self, one: str, two: str, reach: int) -> FloatArray | None:
        """(M,) of two classes."""
        return self.index.pairs(one, two, reach)  # type: ignore[return-value]

    def gsd(self) -> FloatArray:
        """(M,) metres per pixel, NaN where unknown."""
        found, given = self.asked.archive.images.gsd, self.asked.gsd
        return found if given is None else np.where(np.isnan(found), given, found)


@dataclass(frozen=True)
class _Some:
    """The index of some images."""

    index: ArchiveIndex
    rows: IntArray

    @property
    def plain(self) -> bool:
        return self.index.plain

    def column(self, label: str, name: str) -> NDArray[np.float32]:
        return self.index.column(label, name)[self.rows]


@dataclass(frozen=True, eq=False)
class Outlook:
    """What is known of the images of an archive before any is looked at.

    Attributes:
        query: what is asked.
        index, classes: of the archive.
        matches: (M,) no image's expected matches are above it; infinite where nothing is known.
        enough: whether an image's probability is at most that number too.
        looked_at: positions of the images that were asked about, in that order.
    """

    query: Query
    index: ArchiveIndex
    classes: tuple[str, ...]
    matches: FloatArray
    enough: bool
    looked_at: list[IntArray] = field(default_factory=list)

    @classmethod
    def of(cls, asked: Selection, query: Query) -> Outlook | None:
        """Of all images; None where everything has to be looked at: there is no index, or it says nothing."""
        if asked.images is not None or asked.calibration is not None:
            return None
        archive = asked.archive
        index, classes = archive.index, archive.classes
        none = np.empty(0, dtype=np.int64)
        if not index.known.any() or Bounds(_Some(index, none), 0).of(query, classes) is None:
            return None
        open_ = ~index.known | _undecidable(asked, query)
        if asked.evidence.observations:
            position = archive.images.position
            open_[[position[o.image] for o in asked.evidence.observations if o.image in position]] = True
        alternatives = witnesses(query, classes)
        matches = most_matches(alternatives, query.relations, Known(asked, index), len(archive))
        if open_.any():
            matches = np.where(open_, np.inf, matches)
        return cls(query, index, classes, matches, enough=_always_matched(query, classes))

    def answers(
        self, infer: Infer, leaders: Leaders, floor: Callable[[], Reached] = lambda: NOWHERE
    ) -> Iterator[tuple[Sequence[Marginal], FloatArray]]:
        """The answers for all images that can be among the first, and for some others, a group at a time.

        Args:
            infer: gives answers; called with positions in ascending order.
            leaders: who is ahead; told of every answer before it is asked again.
            floor: what as many images elsewhere are known to reach.
        """
        whole = np.arange(len(self.matches))
        if not leaders.top:
            _, probability = self._rated(whole)
            yield from self._asked(infer, whole[probability >= leaders.least])
            return
        step, more = leaders.top, _MORE
        impossible: list[IntArray] = []
        for rows, others in self._groups():
            odds, probability = self._rated(rows)
            impossible.append(rows[np.isneginf(odds)])
            able = (odds > -np.inf) & (probability >= leaders.least)
            rows, odds = rows[able], np.minimum(odds[able], CERTAIN_ODDS)
            order = np.lexsort((rows, -self.matches[rows], -odds))
            while len(order):
                worst = max(leaders.worst(), floor())
                chosen = order[:step]
                chosen = chosen[self._comes_up(odds[chosen], self.matches[rows[chosen]], worst)]
                yield from self._asked(infer, np.sort(rows[chosen]))
                if len(chosen) < min(step, len(order)):
                    break
                order, step, more = order[step:], more, min(2 * more, _MOST)
            if others >= 0.0 and not self._comes_up(*self._at_most(others), max(leaders.worst(), floor())).any():
                return
        reached = leaders.worst()
        if leaders.least == 0.0 and floor() == NOWHERE and reached[0] == -math.inf:
            yield from self._asked(infer, self._without_hope(np.concatenate(impossible), leaders.top, reached))

    def places(self) -> list[int]:
        """Where the images are that `answers` gave, in the order in which it gave them."""
        found: list[int] = np.concatenate(self.looked_at).tolist() if self.looked_at else []
        return found

    def most_probable(self, rows: IntArray) -> FloatArray:
        """No probability of these images is above it."""
        odds, probability = self._rated(rows)
        return np.where(np.isneginf(odds), 0.0, probability)

    def _groups(self) -> Iterator[tuple[IntArray, float]]:
        """All images in groups, those with the most matches first; each with the most that later ones have, or -1."""
        images = len(self.matches)
        sample = np.sort(self.matches[:: max(1, images // _SAMPLE)])
        last = np.inf
        for size in _GROUPS:
            if 2 * size > images:
                continue
            cut = float(sample[len(sample) - 1 - size * len(sample) // images])
            if cut < last:
                yield np.flatnonzero((self.matches > cut) & (self.matches <= last)), cut
                last = cut
        yield np.flatnonzero(self.matches <= last), -1.0

    def _rated(self, rows: IntArray) -> tuple[FloatArray, FloatArray]:
        """The highest log-odds and probability that images may have, as an engine gives and hits round them."""
        bound = Bounds(_Some(self.index, rows), len(rows)).of(self.query, self.classes)
        assert bound is not None
        matches = self.matches[rows].astype(np.float64)
        if self.enough:
            bound = _within(bound, matches)
        open_ = np.isinf(matches)
        odds = np.where(open_, np.inf, _reachable_odds(bound))
        return odds, np.where(open_, 1.0, np.exp(bound.yes) * (1.0 + _FLOAT32) + 2 * TOLERANCE)

    def _at_most(self, matches: float) -> tuple[FloatArray, FloatArray]:
        """The bounds of an image of which only this is known."""
        most = np.array([matches], dtype=np.float64)
        nothing = Bound(np.zeros(1), np.full(1, -np.inf))
        odds = _reachable_odds(_within(nothing, most) if self.enough else nothing)
        return np.minimum(odds, CERTAIN_ODDS), most

    def _comes_up(self, odds: FloatArray, matches: FloatArray, worst: Reached) -> NDArray[np.bool_]:
        """Which of these may be no worse than what is reached."""
        enough = matches * (1.0 + _FLOAT32) + _FLOAT32 >= worst[1]
        result: NDArray[np.bool_] = (odds > worst[0]) | ((odds == worst[0]) & enough)
        return result

    def _asked(self, infer: Infer, positions: IntArray) -> Iterator[tuple[Sequence[Marginal], FloatArray]]:
        for first in range(0, len(positions), _MOST):
            some = positions[first : first + _MOST]
            self.looked_at.append(some)
            yield infer(some), self.matches[some]

    def _without_hope(self, rows: IntArray, top: int, worst: Reached) -> IntArray:
        """Images for which the query is impossible: those that may have matches, and the first of those without."""
        matches = self.matches[rows]
        some = rows[(matches > 0.0) & self._comes_up(np.full(len(rows), -np.inf), matches, worst)]
        return np.union1d(some, np.sort(rows[matches <= 0.0])[:top])


def _always_matched(query: Query, classes: tuple[str, ...]) -> bool:
    """Whether the query holds only where it has a match."""
    try:
        found = requirements(query, classes)
    except NotInFragmentError:
        return False
    return bool(found) and all(a.objects for a in found)


def _within(bound: Bound, matches: FloatArray) -> Bound:
    """The bound, where the probability is at most the expected matches."""
    most = matches * (1.0 + _FLOAT32)
    with np.errstate(divide="ignore"):
        yes = np.log(np.minimum(most, 1.0))
        no = np.log1p(-np.minimum(most, 1.0))
    return Bound(np.minimum(bound.yes, yes), np.maximum(bound.no, no))


def _reachable_odds(bound: Bound) -> FloatArray:
    """What an engine may answer at most, which is exact within the tolerance, in terms of log-odds.

    The probability may come out higher by the tolerance. Its complement may come out lower by that, but at least half
    of what it is, see `to_probabilities`. Where the query is impossible engines find no match and say so.
    """
    slack = _FLOAT32 * (1.0 + np.abs(bound.log_odds)) + _ODDS
    with np.errstate(divide="ignore", invalid="ignore"):
        yes = np.logaddexp(bound.yes, math.log(TOLERANCE))
        no = bound.no - math.log(2.0)
        odds: FloatArray = np.where(np.isposinf(bound.log_odds), np.inf, yes - no + slack)
    return np.where(np.isneginf(bound.yes), -np.inf, odds)


def _undecidable(asked: Selection, query: Query) -> NDArray[np.bool_]:
    """(M,) whether an image lacks what the query needs: then it has no answer, whatever its bound."""
    images = asked.archive.images
    lacking = np.zeros(len(asked.archive), dtype=np.bool_)
    if "gsd" in query.checked.needs and asked.gsd is None:
        lacking |= np.isnan(images.gsd)
    if "size" in query.checked.needs:
        lacking |= np.isnan(images.width) | np.isnan(images.height)
    return lacking
