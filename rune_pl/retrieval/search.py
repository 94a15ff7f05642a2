"""The leading images of an archive: with bounds where there are some, otherwise by looking at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rune_pl.inference import ENGINES, Marginal, Summary
from rune_pl.retrieval.hits import CERTAIN_ODDS
from rune_pl.retrieval.leaders import NOWHERE, Leaders, Reached
from rune_pl.retrieval.scan import Scan
from rune_pl.retrieval.topk import Outlook

IntArray = NDArray[np.int64]

_COUNTED = 128  # images whose matches are counted before it is known that they matter


@dataclass(frozen=True)
class Found:
    """What a search found.

    Attributes:
        marginals: the answers that can be among the first, in archive order.
        examined: number of images that were looked at.
        unanswered: number of these without an exact answer.
        summaries: the matches of those of the images for which they were counted.
        reached: how good the first are, the best first.
    """

    marginals: list[Marginal]
    examined: int
    unanswered: int
    summaries: dict[str, Summary]
    reached: list[Reached]


def look(
    scan: Scan,
    top: int,
    least: float,
    *,
    floor: Callable[[], Reached] = lambda: NOWHERE,
    bounded: bool = True,
    progress: Callable[[int], None] | None = None,
) -> Found:
    """The answers that can be among the first `top` (0 for all) with a probability of at least `least`.

    Args:
        floor: what as many images elsewhere are known to reach.
        bounded: whether to leave out images that cannot be among them.
        progress: called with the number of images looked at.
    """
    outlook = Outlook.of(scan.asked, scan.query) if bounded and (top or least) else None
    leaders = Leaders(top, least, scan.summaries)
    examined = unanswered = 0
    known: Outlook | None = None

    def infer(index: IntArray) -> Sequence[Marginal]:
        """The first are probably among the hits, and where matches decide they are wanted of all."""
        counted = bool(top) and len(index) <= _COUNTED and (not examined or leaders.worst()[0] >= CERTAIN_ODDS)
        found, matches = scan.at(index, counted=counted)
        leaders.counted.update({m.image: summary for m, summary in zip(found, matches, strict=False)})
        return found

    answers = scan.all() if outlook is None else outlook.answers(infer, leaders, floor)
    for answered, most in answers:
        marginals = answered
        if scan.engine.name in ENGINES and any(m.probability is None for m in marginals):
            known = known or (Outlook.of(scan.asked, scan.query) if outlook is None else outlook)
            at = np.arange(examined, examined + len(marginals)) if outlook is None else outlook.looked_at[-1]
            marginals = _narrowed(marginals, known, at)
        leaders.add(marginals, most)
        examined += len(marginals)
        unanswered += sum(m.probability is None for m in marginals)
        if progress is not None:
            progress(examined)
    chosen = leaders.chosen(None if outlook is None else outlook.places())
    kept = {m.image: leaders.counted[m.image] for m in chosen if m.image in leaders.counted}
    return Found(chosen, examined, unanswered, kept, leaders.reached() if top else [])


def _narrowed(marginals: Sequence[Marginal], outlook: Outlook | None, at: IntArray) -> Sequence[Marginal]:
    """No interval goes beyond what is known without looking: so the order is the same, looked at all or not."""
    if outlook is None:
        return marginals
    most = np.minimum(outlook.most_probable(at), 1.0).tolist()
    return [
        m if m.probability is not None or m.upper <= p else replace(m, upper=max(m.lower, p))
        for m, p in zip(marginals, most, strict=True)
    ]
