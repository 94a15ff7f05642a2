"""What to show of an image: how many matches are expected, and the best one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive.scenes import Scenes
from rune_pl.geometry import Boxes
from rune_pl.inference.bindings import Matches, ground
from rune_pl.inference.boxes import make_boxes
from rune_pl.inference.columns import NotColumnarError
from rune_pl.inference.decidable import undecidable
from rune_pl.inference.facts import Facts
from rune_pl.inference.normal_form import Alternative, witnesses
from rune_pl.inference.query import Query
from rune_pl.inference.rows import JoinSizeError
from rune_pl.language.terms import term_variables, variables


@dataclass(frozen=True)
class BoundObject:
    """One variable of a rule bound to a detection."""

    variable: str
    detection: int
    label: str
    probability: float

    def __str__(self) -> str:
        return f"{self.variable} = d{self.detection} ({self.label} {self.probability:.2f})"


@dataclass(frozen=True)
class Summary:
    """The matches of one image.

    Attributes:
        expected: expected number of matches of the rule's positive part; None where it has none or too many to list.
        best: the most probable match, empty where there is none.
    """

    expected: float | None = None
    best: tuple[BoundObject, ...] = ()


def summarize(query: Query, scenes: Scenes, facts: Facts) -> list[Summary]:
    """Expected and best matches of every image, by linearity of expectation: no inference is needed.

    A match binds the objects that the rule asks for, so that they and the relations between them hold; negations,
    counts and universals are left out. A rule that only counts is matched by the objects counted. An image that the
    rule cannot decide has no summary.
    """
    nothing = [Summary()] * len(scenes)
    alternatives = witnesses(query, scenes.classes)
    if not alternatives:
        return nothing
    boxes = make_boxes(scenes, query.sizes, ranked=("size_rank", 2) in query.reachable)
    try:
        try:
            found = _summaries(query, alternatives, scenes, facts, boxes)
        except JoinSizeError:
            found = _one_by_one(query, alternatives, scenes, facts, boxes)
    except NotColumnarError:
        return nothing
    missing = undecidable(query, scenes, facts)
    return [s if reason is None else Summary() for s, reason in zip(found, missing, strict=True)]


def _summaries(
    query: Query, alternatives: Sequence[Alternative], scenes: Scenes, facts: Facts, boxes: Boxes
) -> list[Summary]:
    found = [ground(a, facts, scenes.classes, query.relations, boxes, len(scenes)) for a in alternatives]
    written = _written_names(query)
    expected = np.zeros(len(scenes))
    best: list[tuple[float, tuple[BoundObject, ...]]] = [(0.0, ())] * len(scenes)
    for matches in found:
        weight = _weights(matches, facts)
        np.add.at(expected, matches.image, weight)
        names = [_shown(name, written) for name in matches.names]
        for k in _best_rows(matches.image, weight):
            image = int(matches.image[k])
            if weight[k] > best[image][0]:
                best[image] = (float(weight[k]), _objects(names, matches.facts[k], scenes, facts))
    return [Summary(float(e), objects) for e, (_, objects) in zip(expected, best, strict=True)]


def _one_by_one(
    query: Query, alternatives: Sequence[Alternative], scenes: Scenes, facts: Facts, boxes: Boxes
) -> list[Summary]:
    """The same, so that one crowded image does not cost the others their summaries."""
    found = []
    for image in range(len(scenes)):
        first, last = np.searchsorted(facts.image, [image, image + 1])
        try:
            mine = _summaries(query, alternatives, scenes, facts.select(np.arange(first, last)), boxes)
        except JoinSizeError:
            found.append(Summary())
        else:
            found.append(mine[image])
    return found


def _weights(matches: Matches, facts: Facts) -> NDArray[np.float64]:
    """The probability of each match: the product over its different facts."""
    weight = np.ones(len(matches.image))
    for column in range(matches.facts.shape[1]):
        fact = matches.facts[:, column]
        repeated = (matches.facts[:, :column] == fact[:, None]).any(axis=1)
        weight *= np.where(repeated, 1.0, facts.probability[fact])
    return weight


def _best_rows(image: NDArray[np.int64], weight: NDArray[np.float64]) -> Sequence[int]:
    """For each image that has one, the row with the largest weight; the first of several."""
    if not len(image):
        return []
    order = np.argsort(image, kind="stable")
    first = np.flatnonzero(np.diff(image[order], prepend=-1))
    largest = np.maximum.reduceat(weight[order], first)
    counts = np.diff(np.append(first, len(order)))
    reached = np.flatnonzero(weight[order] == np.repeat(largest, counts))
    rows: list[int] = order[reached[np.searchsorted(reached, first)]].tolist()
    return rows


def _written_names(query: Query) -> frozenset[str]:
    """The variables of the program as the user wrote them."""
    clauses = query.checked.program.clauses
    heads = (v.name for c in clauses for term in c.head.args for v in term_variables(term))
    return frozenset(heads).union(v.name for c in clauses for v in variables(c.body))


def _shown(name: str, written: frozenset[str]) -> str:
    """A variable as the user wrote it: unfolding gives the variables of every clause a suffix."""
    if name not in written:
        name = name.rpartition("_")[0]
    return "_" if name[1:].isdigit() and name.startswith("_") else name


def _objects(names: Sequence[str], row: NDArray[np.int64], scenes: Scenes, facts: Facts) -> tuple[BoundObject, ...]:
    return tuple(
        BoundObject(
            variable=name,
            detection=int(scenes.detection[facts.row[fact]]),
            label=scenes.classes[facts.label[fact]],
            probability=float(facts.probability[fact]),
        )
        for name, fact in sorted(zip(names, row.tolist(), strict=True))
    )
