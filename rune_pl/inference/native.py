"""The native engine, for unions of conjunctions: grounding over columns, lineage, closed forms or the sweep."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Set

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive.scenes import Scenes
from rune_pl.inference.boxes import make_boxes
from rune_pl.inference.columns import NotColumnarError
from rune_pl.inference.decidable import undecidable
from rune_pl.inference.engine import TOLERANCE, UNDECIDABLE, Budget, Marginal, log_odds
from rune_pl.inference.evidence import Evidence
from rune_pl.inference.facts import Facts, make_facts
from rune_pl.inference.ground import ground
from rune_pl.inference.lineage import Component, FactTerm, components, terms_by_image
from rune_pl.inference.normal_form import NotInFragmentError, unfold
from rune_pl.inference.query import Query
from rune_pl.inference.sweep import sweep


class NativeEngine:
    """Exact marginals of unions of conjunctions: objects, deterministic relations between them, `;`, helper rules."""

    name = "native"

    def marginals(
        self, query: Query, scenes: Scenes, evidence: Evidence | None = None, budget: Budget | None = None
    ) -> Iterator[Marginal]:
        """One `Marginal` per image; see `rune_pl.inference.engine.Engine`.

        Raises:
            NotInFragmentError: the program has negation or counts over objects, recursion or probabilistic rules.
            JoinSizeError: one image has too many candidate bindings.
        """
        # All grounding comes before the first answer, so that a caller who catches an error has had none.
        alternatives = unfold(query, scenes.classes)
        facts = make_facts(scenes, evidence)
        boxes = make_boxes(scenes, query.sizes)
        try:
            found = [ground(a, facts, scenes.classes, query.relations, boxes, len(scenes)) for a in alternatives]
        except NotColumnarError as error:
            raise NotInFragmentError(str(error)) from None
        terms = terms_by_image(found)
        missing = undecidable(query, scenes, facts)
        for index, image in enumerate(scenes.images):
            reason = missing[index]
            if reason is not None:
                yield Marginal.unanswered(image, UNDECIDABLE, reason)
            else:
                yield _marginal(image, terms.get(index, set()), facts, boxes.center, budget or Budget())


def _marginal(
    image: str, terms: Set[FactTerm], facts: Facts, position: NDArray[np.float64], budget: Budget
) -> Marginal:
    start = time.perf_counter()
    parts = components(terms, facts)
    if parts is None:
        return Marginal.of(image, 1.0, 0.0, "closed form", time.perf_counter() - start)
    # The components are independent: no term of the image holds where none of any component does. Closed forms come
    # first: they are exact however close to certainty they get, so that saturated images keep an order.
    open_parts, log_none = [], 0.0
    for part in parts:
        closed = _closed_form(part)
        if closed is None:
            open_parts.append(part)
        else:
            log_none += closed
    lower = upper = math.exp(log_none)
    swept = bool(open_parts)
    allowance = 0.9 * TOLERANCE
    for part in open_parts:
        if upper <= TOLERANCE / 10:
            lower = 0.0
            break
        # The heaviest component comes first and may use half of what is left of the tolerance, and so on.
        mass = sweep(part, position, min(1.0, allowance / 2 / upper), start + budget.seconds)
        allowance -= (mass.upper - mass.lower) * upper
        lower, upper = lower * mass.lower, upper * mass.upper
    seconds = time.perf_counter() - start
    method = "sweep" if swept else "closed form"
    if upper - lower <= TOLERANCE:
        if not swept:
            return Marginal.of(image, -math.expm1(log_none), lower, method, seconds)
        # The middle of the interval is within half the tolerance of the exact value.
        complement = (lower + upper) / 2
        value = 1.0 - complement
        return Marginal(image, value, 1.0 - upper, 1.0 - lower, log_odds(value, complement), method, seconds)
    reason = f"not exact within {budget.seconds:g} s: between {1 - upper:.9f} and {1 - lower:.9f}"
    return Marginal(image, None, 1.0 - upper, 1.0 - lower, None, method, seconds, reason)


def _closed_form(part: Component) -> float | None:
    """The log of the probability that no term holds, where every term is a single fact of independent detections."""
    if any(len(term) > 1 for term in part.terms):
        return None
    some = np.minimum(1.0, [sum(choice.probabilities) for choice in part.choices.values()])
    with np.errstate(divide="ignore"):  # a certain detection: log 0
        return float(np.log1p(-some).sum())
