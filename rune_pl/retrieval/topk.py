"""The best images without looking at all of them: in the order of their bounds, until no other can enter the ranking.

The ranking goes by probability, then by log-odds, which rise together. So an image whose log-odds cannot reach those of
the last of the best so far cannot enter, nor tie with it, whatever its matches. The bounds come from the archive's
index, so that they hold for the archive's probabilities, not for those that a calibration makes of the scores.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from rune_pl.inference import TOLERANCE, Marginal, Query
from rune_pl.inference.bounds import Bound, Bounds, Presence
from rune_pl.inference.normal_form import witnesses
from rune_pl.retrieval.selection import Selection

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Infer = Callable[[IntArray], Sequence[Marginal]]  # the answers for the images at these positions

_FIRST, _MOST = 32, 2_000  # images that are looked at together: few at first, then more, then a chunk
_FLOAT32 = 1e-5  # relative: what sums of the index's rounded columns may be wrong by
_ODDS = 2e-6  # the ranking compares six digits of the log-odds
_PREFIX = 4_096  # of the images by bound, how many are sorted first


@dataclass(frozen=True, eq=False)
class Outlook:
    """What is known of the images of an archive before any is looked at.

    Attributes:
        odds: (M,) float64, no image's log-odds are above it, as an engine computes them and the ranking rounds them.
        probability: (M,) float64, likewise its probability.
        looked_at: positions of the images that were asked about, in that order.
        matched: (M,) bool, whether an image for which the query is impossible may have matches all the same; of several
            such images those with matches come first.
    """

    odds: FloatArray
    probability: FloatArray
    matched: NDArray[np.bool_]
    looked_at: list[IntArray] = field(default_factory=list)

    @classmethod
    def of(cls, asked: Selection, query: Query) -> Outlook | None:
        """Of all images; None where everything has to be looked at: there is no index, or it says nothing."""
        if asked.images is not None or asked.calibration is not None:
            return None
        archive = asked.archive
        index = archive.index
        if not index.known.any():
            return None
        bound = Bounds(index, len(archive)).of(query, archive.classes)
        if bound is None:
            return None
        open_ = ~index.known | _undecidable(asked, query)
        if asked.evidence.observations:
            position = archive.images.position
            open_[[position[o.image] for o in asked.evidence.observations if o.image in position]] = True
        found = [frozenset(label for _, label in a.objects) for a in witnesses(query, archive.classes)]
        return cls(
            odds=np.where(open_, np.inf, _reachable_odds(bound)),
            probability=np.where(open_, 1.0, np.exp(bound.yes) * (1.0 + _FLOAT32) + 2 * TOLERANCE),
            matched=Presence(index, len(archive), found).mask,
        )

    def answers(
        self, infer: Infer, top: int, least: float, floor: Callable[[], float] = lambda: -math.inf
    ) -> Iterator[Sequence[Marginal]]:
        """The answers for all images that can be among the first `top`, and for some others, a group at a time.

        Args:
            infer: gives answers; called with positions in ascending order.
            top: how many are wanted, 0 for all.
            least: the lowest probability that counts.
            floor: log-odds that as many images elsewhere are known to reach.
        """
        if top == 0:
            able = np.flatnonzero(self.probability >= least)
            yield from self._asked(infer, able)
            return
        best: list[float] = []  # log-odds of the best so far, descending
        size = max(_FIRST, 2 * top)
        waiting = self._by_bound(least)
        while True:
            chosen = list(islice(waiting, size))
            worst = max(best[-1] if len(best) == top else -math.inf, floor())
            chosen = [m for m in chosen if self.odds[m] >= worst]
            if not chosen:
                break
            for answers in self._asked(infer, np.sort(np.array(chosen, dtype=np.int64))):
                yield answers
                best += [m.log_odds for m in answers if _counts(m, least) and m.log_odds is not None]
            best = sorted(best, reverse=True)[:top]
            if len(chosen) < size:
                break
            size = min(2 * size, _MOST)
        if least == 0.0 and floor() == -math.inf and (len(best) < top or best[-1] == -math.inf):
            yield from self._asked(infer, self._impossible(top))

    def in_order(self, marginals: Sequence[Marginal]) -> list[Marginal]:
        """The answers that `answers` gave, in archive order."""
        order = np.argsort(np.concatenate(self.looked_at), kind="stable") if self.looked_at else ()
        return [marginals[k] for k in order]

    def _asked(self, infer: Infer, positions: IntArray) -> Iterator[Sequence[Marginal]]:
        for first in range(0, len(positions), _MOST):
            self.looked_at.append(positions[first : first + _MOST])
            yield infer(self.looked_at[-1])

    def _by_bound(self, least: float) -> Iterator[int]:
        """The images for which the query is possible, highest bound first; all are sorted only where that is needed."""
        able = np.flatnonzero((self.odds > -np.inf) & (self.probability >= least))
        odds = self.odds[able]
        if len(able) > _PREFIX:
            cut = np.partition(odds, len(able) - _PREFIX)[len(able) - _PREFIX]
            first = np.flatnonzero(odds > cut)
            yield from able[first[np.argsort(-odds[first], kind="stable")]].tolist()
            rest = np.flatnonzero(odds <= cut)
            able, odds = able[rest], odds[rest]
        yield from able[np.argsort(-odds, kind="stable")].tolist()

    def _impossible(self, top: int) -> IntArray:
        """Images for which the query is impossible: all with matches, and the first of those without."""
        none = np.isneginf(self.odds)
        return np.union1d(np.flatnonzero(none & self.matched), np.flatnonzero(none & ~self.matched)[:top])


def _counts(marginal: Marginal, least: float) -> bool:
    return marginal.probability is not None and marginal.probability >= least


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
