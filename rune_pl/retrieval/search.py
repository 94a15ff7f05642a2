"""The leading images of an archive: with bounds where there are some, otherwise by looking at all."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rune_pl.inference import ENGINES, Marginal
from rune_pl.retrieval.hits import leading
from rune_pl.retrieval.scan import Scan
from rune_pl.retrieval.topk import Outlook


@dataclass(frozen=True)
class Found:
    """What a search found.

    Attributes:
        marginals: the answers that can be among the first, in archive order.
        examined: number of images that were looked at.
        unanswered: number of these without an exact answer.
    """

    marginals: list[Marginal]
    examined: int
    unanswered: int


def look(
    scan: Scan,
    top: int,
    least: float,
    *,
    floor: Callable[[], float] = lambda: -math.inf,
    bounded: bool = True,
    progress: Callable[[int], None] | None = None,
) -> Found:
    """The answers that can be among the first `top` (0 for all) with a probability of at least `least`.

    Args:
        floor: log-odds that as many images elsewhere are known to reach.
        bounded: whether to leave out images that cannot be among them.
        progress: called with the number of images looked at.
    """
    outlook = Outlook.of(scan.asked, scan.query) if bounded and (top or least) else None
    marginals: list[Marginal] = []
    for part in scan.all() if outlook is None else outlook.answers(scan.at, top, least, floor):
        marginals += part
        if progress is not None:
            progress(len(marginals))
    if outlook is not None:
        marginals = outlook.in_order(marginals)
    unanswered = sum(m.probability is None for m in marginals)
    if unanswered and scan.engine.name in ENGINES:
        marginals = _narrowed(marginals, outlook or Outlook.of(scan.asked, scan.query))
    return Found(leading(marginals, top=top, min_probability=least), len(marginals), unanswered)


def _narrowed(marginals: list[Marginal], outlook: Outlook | None) -> list[Marginal]:
    """No interval goes beyond what is known without looking: so the order is the same, looked at all or not."""
    if outlook is None:
        return marginals
    looked_at = np.sort(np.concatenate(outlook.looked_at)) if outlook.looked_at else np.arange(len(marginals))
    most = np.minimum(outlook.probability[looked_at], 1.0).tolist()
    return [
        m if m.probability is not None or m.upper <= p else replace(m, upper=max(m.lower, p))
        for m, p in zip(marginals, most, strict=True)
    ]


def reached(marginals: Sequence[Marginal], least: float) -> list[float]:
    """The log-odds of the answers that count."""
    return [
        m.log_odds for m in marginals if m.probability is not None and m.probability >= least and m.log_odds is not None
    ]
