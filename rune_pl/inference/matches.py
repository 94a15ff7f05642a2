"""What to show of an image: how many matches are expected, and the best one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive.scenes import Scenes
from rune_pl.geometry import Boxes
from rune_pl.inference.bindings import Matches, components, ground
from rune_pl.inference.boxes import make_boxes
from rune_pl.inference.columns import NotColumnarError
from rune_pl.inference.decidable import undecidable
from rune_pl.inference.facts import Facts
from rune_pl.inference.normal_form import Alternative, witnesses
from rune_pl.inference.query import Query
from rune_pl.language.terms import term_variables, variables

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_LOOKED_AT = 250_000  # combinations of the most probable detections, where there are too many of all


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
        expected: expected number of matches of the rule's positive part; None where it has none, infinite where there
            are too many to go through (more than a million combinations of detections to look at).
        best: the most probable match, empty where there is none; where there are too many, that of the most probable
            detections of each class.
    """

    expected: float | None = None
    best: tuple[BoundObject, ...] = ()


def summarize(query: Query, scenes: Scenes, facts: Facts) -> list[Summary]:
    """Expected and best matches of every image, by linearity of expectation: no inference is needed.

    A match binds the objects that the rule asks for, so that they and the relations between them hold; negations,
    counts and universals are left out. A rule that only counts is matched by the objects counted. An image that the
    rule cannot decide has no summary. Parts of a match that have nothing to do with each other are counted one by one.
    """
    nothing = [Summary()] * len(scenes)
    alternatives = witnesses(query, scenes.classes)
    if not alternatives:
        return nothing
    boxes = make_boxes(scenes, query.sizes, ranked=("size_rank", 2) in query.reachable)
    try:
        parts = [_Found.of(query, a, scenes, facts, boxes) for a in alternatives]
    except NotColumnarError:
        return nothing
    missing = undecidable(query, scenes, facts)
    expected = np.sum([part.expected for part in parts], axis=0)
    written = _written_names(query)
    found = []
    for image, reason in enumerate(missing):
        best = max(parts, key=lambda part: part.weight[image])  # the first of several
        bound = _objects(best.rows.get(image, {}), written, scenes, facts)
        found.append(Summary(float(expected[image]), bound) if reason is None else Summary())
    return found


@dataclass
class _Found:
    """The matches of one alternative.

    Attributes:
        expected: (M,) how many are expected in each image.
        weight: (M,) the probability of the best; 0 where there is none.
        rows: the best of each image that has one: variables with their facts.
    """

    expected: FloatArray
    weight: FloatArray
    rows: dict[int, dict[str, int]]

    @classmethod
    def of(cls, query: Query, alternative: Alternative, scenes: Scenes, facts: Facts, boxes: Boxes) -> _Found:
        """All matches of the alternative."""
        parts = components(alternative) or [alternative]
        labels = [label for part in parts for label in {label for _, label in part.objects}]
        if len(set(labels)) < len(labels) or scenes.class_probability is not None:
            parts = [alternative]  # two parts may want the same detection
        whole, *others = [cls._connected(query, part, scenes, facts, boxes) for part in parts]
        for other in others:
            whole = whole._and(other)
        return whole

    @classmethod
    def _connected(cls, query: Query, alternative: Alternative, scenes: Scenes, facts: Facts, boxes: Boxes) -> _Found:
        found = cls(np.zeros(len(scenes)), np.zeros(len(scenes)), {})
        crowded: set[int] = set()
        found._add(
            ground(alternative, facts, scenes.classes, query.relations, boxes, len(scenes), crowded), facts, None
        )
        for image in sorted(crowded):
            chosen = _foremost(image, alternative, scenes, facts)
            some = facts.select(chosen)
            found._add(
                ground(alternative, some, scenes.classes, query.relations, boxes, len(scenes), set()), some, chosen
            )
            found.expected[image] = math.inf
        return found

    def _add(self, matches: Matches, facts: Facts, numbers: IntArray | None) -> None:
        """Count matches; `numbers` are those of the facts, where these are only some of all."""
        weight = _weights(matches, facts)
        np.add.at(self.expected, matches.image, weight)
        for k in _best_rows(matches.image, weight):
            image = int(matches.image[k])
            row = matches.facts[k] if numbers is None else numbers[matches.facts[k]]
            self.weight[image] = weight[k]
            self.rows[image] = dict(zip(matches.names, row.tolist(), strict=True))

    def _and(self, other: _Found) -> _Found:
        """Matches that are one of these and one of those."""
        both = self.rows.keys() & other.rows.keys()
        none = (self.expected == 0.0) | (other.expected == 0.0)
        with np.errstate(invalid="ignore"):
            expected = np.where(none, 0.0, self.expected * other.expected)
        return _Found(expected, self.weight * other.weight, {m: self.rows[m] | other.rows[m] for m in both})


def _foremost(image: int, alternative: Alternative, scenes: Scenes, facts: Facts) -> IntArray:
    """The most probable facts of each class that the alternative asks for: few enough to look at all combinations."""
    first, last = np.searchsorted(facts.image, [image, image + 1])
    most = int(_LOOKED_AT ** (1.0 / len(alternative.objects)))
    chosen = []
    for label in {label for _, label in alternative.objects}:
        mine = first + np.flatnonzero(facts.label[first:last] == scenes.classes.index(label))
        chosen.append(mine[np.argsort(-facts.probability[mine], kind="stable")[:most]])
    return np.sort(np.concatenate(chosen))


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


def _objects(row: Mapping[str, int], written: frozenset[str], scenes: Scenes, facts: Facts) -> tuple[BoundObject, ...]:
    return tuple(
        BoundObject(
            variable=name,
            detection=int(scenes.detection[facts.row[fact]]),
            label=scenes.classes[facts.label[fact]],
            probability=float(facts.probability[fact]),
        )
        for name, fact in sorted((_shown(name, written), fact) for name, fact in row.items())
    )
