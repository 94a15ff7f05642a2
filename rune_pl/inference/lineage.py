"""Lineage: for each image, the ways in which the query can hold, as a disjunction of conjunctions of facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rune_pl.inference.facts import Facts
from rune_pl.inference.ground import Matches

FactTerm: TypeAlias = tuple[int, ...]  # facts that must all hold, ascending


@dataclass(frozen=True)
class Choice:
    """One uncertain detection: the facts that it may make true, at most one of them, and their probabilities."""

    facts: tuple[int, ...]
    probabilities: tuple[float, ...]

    @property
    def none(self) -> float:
        """The probability that none of them holds."""
        return max(0.0, 1.0 - sum(self.probabilities))


@dataclass(frozen=True)
class Component:
    """Terms that share no detection with any other component, over the detections in `choices` (by row)."""

    choices: Mapping[int, Choice]
    terms: tuple[FactTerm, ...]

    @property
    def weight(self) -> float:
        """Expected number of terms that hold: how much the component is likely to decide."""
        p = {f: q for c in self.choices.values() for f, q in zip(c.facts, c.probabilities, strict=True)}
        return float(sum(np.prod([p[f] for f in term]) for term in self.terms))


def terms_by_image(matches: Iterable[Matches]) -> dict[int, set[FactTerm]]:
    """The terms of each image, the matches of all alternatives together; images without a match are left out."""
    found: dict[int, set[FactTerm]] = defaultdict(set)
    for part in matches:
        ordered: NDArray[np.int64] = np.sort(part.facts, axis=1)
        for image, row in zip(part.image.tolist(), ordered.tolist(), strict=True):
            found[image].add(tuple(dict.fromkeys(row)))
    return found


def components(terms: Iterable[FactTerm], facts: Facts) -> tuple[Component, ...] | None:
    """The lineage split into independent components, the one with the most expected matches first.

    Certain facts are dropped from their terms; None means that a term is then empty: the query certainly holds.
    """
    certain = facts.probability >= 1.0
    reduced = {tuple(f for f in term if not certain[f]) for term in terms}
    if () in reduced:
        return None
    single = {term[0] for term in reduced if len(term) == 1}
    # Absorption: a term with a fact that suffices alone adds nothing.
    kept = [term for term in reduced if len(term) == 1 or not single.intersection(term)]
    groups = _connected([tuple(int(facts.row[f]) for f in term) for term in kept])
    by_group: dict[int, list[FactTerm]] = defaultdict(list)
    for term in kept:
        by_group[groups[int(facts.row[term[0]])]].append(term)
    found = tuple(Component(_choices(part, facts), tuple(sorted(part))) for part in by_group.values())
    return tuple(sorted(found, key=lambda c: (-c.weight, c.terms)))


def _choices(terms: Sequence[FactTerm], facts: Facts) -> dict[int, Choice]:
    by_row: dict[int, list[int]] = defaultdict(list)
    for fact in sorted({f for term in terms for f in term}):
        by_row[int(facts.row[fact])].append(fact)
    return {
        row: Choice(tuple(found), tuple(float(facts.probability[f]) for f in found))
        for row, found in sorted(by_row.items())
    }


def _connected(groups: Iterable[tuple[int, ...]]) -> dict[int, int]:
    """The representative of each element's connected component (union-find with path halving)."""
    parent: dict[int, int] = {}

    def root(x: int) -> int:
        while parent[x] != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    for group in groups:
        for x in group:
            parent.setdefault(x, x)
            parent[root(x)] = root(group[0])
    return {x: root(x) for x in parent}
