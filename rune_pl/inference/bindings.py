"""Bindings: the matches of an alternative in all images at once, as columns of facts.

Candidates are joined variable by variable, fewest first, and each condition runs as soon as its variables are there.
The work goes through the images in chunks, so that memory stays bounded however many there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rune_pl.geometry import Boxes
from rune_pl.inference.columns import Clauses, ColumnSolver, Table
from rune_pl.inference.facts import Facts
from rune_pl.inference.joins import pair_up
from rune_pl.inference.normal_form import Alternative
from rune_pl.inference.rows import JoinSizeError
from rune_pl.language.terms import Goal, conjunction, variables

IntArray = NDArray[np.int64]
_CHUNK_ROWS = 1_000_000


@dataclass(frozen=True)
class Matches:
    """K matches of one alternative.

    Attributes:
        names: the object variables.
        facts: (K, V) int64, the fact of each variable (index into `Facts`).
        image: (K,) int64, image index, not sorted.
    """

    names: tuple[str, ...]
    facts: IntArray
    image: IntArray


def ground(
    alternative: Alternative,
    facts: Facts,
    classes: tuple[str, ...],
    clauses: Clauses,
    boxes: Boxes,
    images: int,
    crowded: set[int] | None = None,
) -> Matches:
    """All bindings of the alternative's objects to facts that satisfy its conditions, in every image.

    Args:
        images: how many there are.
        crowded: gets the images in which more than a million bindings would have to be looked at; they are left out.

    Raises:
        NotColumnarError: a condition cannot be run over columns.
        JoinSizeError: one image has more candidate bindings than fit in memory, and `crowded` was not given.
    """
    candidates = {
        name: np.flatnonzero(facts.label == classes.index(label)) if label in classes else np.empty(0, dtype=np.int64)
        for name, label in alternative.objects
    }
    names = _join_order(alternative.conditions, {name: len(index) for name, index in candidates.items()})
    counts = {name: np.bincount(facts.image[index], minlength=images) for name, index in candidates.items()}
    possible = np.flatnonzero(np.all([c > 0 for c in counts.values()], axis=0)) if names else np.arange(images)
    solver = ColumnSolver(clauses, boxes, classes)
    parts = []
    for chunk in _chunks(possible, [counts[n] for n in names]):
        mine = {n: _within(candidates[n], facts, chunk) for n in names}
        try:
            limit = None if crowded is None else _CHUNK_ROWS
            parts.append(_join(names, alternative.conditions, mine, facts, solver, chunk, limit))
        except JoinSizeError:
            if crowded is None:
                raise
            crowded.update(chunk.tolist())  # one: several together have fewer
    if not parts:
        return Matches(names, np.empty((0, len(names)), dtype=np.int64), np.empty(0, dtype=np.int64))
    return Matches(names, np.concatenate([p.facts for p in parts]), np.concatenate([p.image for p in parts]))


def components(alternative: Alternative) -> list[Alternative]:
    """Its parts that share no variable: each match of the whole is one of each. What has none goes with the first."""
    groups: list[tuple[set[str], list[str], list[Goal]]] = []
    items: list[tuple[set[str], str | None, Goal | None]] = [({name}, name, None) for name, _ in alternative.objects]
    items += [({v.name for v in variables(goal)}, None, goal) for goal in alternative.conditions]
    for scope, name, goal in items:
        names, goals = [] if name is None else [name], [] if goal is None else [goal]
        touched = [group for group in groups if group[0] & scope] or groups[: not scope]
        for group in touched:
            scope, names, goals = scope | group[0], group[1] + names, group[2] + goals
        first = groups.index(touched[0]) if touched else len(groups)
        groups = [group for group in groups if not any(group is old for old in touched)]
        groups.insert(first, (scope, names, goals))
    return [
        Alternative(
            tuple(o for o in alternative.objects if o[0] in names),
            tuple(c for c in alternative.conditions if any(c is goal for goal in goals)),
        )
        for _, names, goals in groups
    ]


def _join_order(conditions: tuple[Goal, ...], sizes: dict[str, int]) -> tuple[str, ...]:
    """Fewest candidates first; a variable that a condition ties to those before it goes ahead of one that is free."""
    scopes = [{v.name for v in variables(goal)} & sizes.keys() for goal in conditions]
    order: list[str] = []
    while len(order) < len(sizes):
        bound = set(order)
        order.append(
            min(sizes.keys() - bound, key=lambda n: (not any(n in s and s & bound for s in scopes), sizes[n], n))
        )
    return tuple(order)


def _chunks(images: IntArray, counts: list[IntArray]) -> Iterator[IntArray]:
    """Runs of images whose joins have at most about `_CHUNK_ROWS` rows together, one image at the least."""
    rows = np.ones(len(images))
    for column in counts:
        rows = rows * column[images]
    first = 0
    while first < len(images):
        total = np.cumsum(rows[first:])
        last = first + max(1, int(np.searchsorted(total, _CHUNK_ROWS, side="right")))
        yield images[first:last]
        first = last


def _within(index: IntArray, facts: Facts, images: IntArray) -> IntArray:
    """The candidates in these images; facts are sorted by image."""
    first, last = np.searchsorted(facts.image[index], [images[0], images[-1] + 1])
    inside = index[first:last]
    return inside[np.isin(facts.image[inside], images)]


def _join(
    names: tuple[str, ...],
    conditions: tuple[Goal, ...],
    candidates: dict[str, IntArray],
    facts: Facts,
    solver: ColumnSolver,
    images: IntArray,
    limit: int | None,
) -> Matches:
    table = Table({}, images)
    chosen = np.empty((len(images), 0), dtype=np.int64)
    waiting = list(conditions)
    for position, name in enumerate(names):
        left, right, _ = pair_up(name, candidates[name], table, waiting, facts, solver, limit)
        chosen = np.column_stack([chosen[left], right])
        table = table.take(left).bind({name: facts.row[right]})
        last = position == len(names) - 1
        for goals in _ready(waiting, set(names[: position + 1]), everything=last):
            rows, table = solver.solve(goals, table)
            chosen = chosen[rows]
            if table.columns.keys() - set(names):
                table = Table({n: c for n, c in table.columns.items() if n in names}, table.image)
    if not names:
        rows, table = solver.solve(conjunction(waiting), table)
        chosen = chosen[rows]
    chosen, image = _consistent(chosen, table.image, facts)
    return Matches(names, chosen, image)


def _ready(waiting: list[Goal], bound: set[str], *, everything: bool) -> Iterator[Goal]:
    """Take the conditions that can run now off the list; those that bind variables of their own run at the end."""
    if everything:
        if waiting:
            yield conjunction(waiting)
        waiting.clear()
        return
    for goal in [g for g in waiting if {v.name for v in variables(g)} <= bound]:
        waiting.remove(goal)
        yield goal


def _consistent(chosen: IntArray, image: IntArray, facts: Facts) -> tuple[IntArray, IntArray]:
    """Without the matches that need one detection to be of two classes."""
    keep = np.ones(len(chosen), dtype=np.bool_)
    for i in range(chosen.shape[1]):
        for j in range(i):
            a, b = chosen[:, i], chosen[:, j]
            keep &= (a == b) | (facts.row[a] != facts.row[b])
    return chosen[keep], image[keep]
