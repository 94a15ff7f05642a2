"""The sweep: the probability that no term of a component holds, exactly, with an interval at every moment.

Detections are decided one after the other. A state is what the decided ones leave to be seen: the set of *open
suffixes*, the rests of terms whose first facts have come true. Deciding a detection moves each state's probability
mass to other states; states that agree on the open suffixes merge, mass that completes a term leaves. It is an
ordered decision diagram evaluated layer by layer and never stored, and since the masses sum to what is undecided,
stopping at any point gives a certain interval.

The number of states depends on the order alone, and no order is wrong. Objects in images lie along quays, streets and
runways, so the orders tried follow an axis of the component; in a relation between two kinds of objects the larger
kind leads and each object of the other is decided as soon as the last of its partners is: then only the smaller kind
is ever open.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rune_pl.inference.lineage import Component

# Orders are tried with a small table first: a good order finishes in it, a bad one is not worth a large one.
_STATE_LIMITS = (2_000, 20_000, 200_000, 2_000_000)
_SATURATED = 15.0  # expected matches above which the probability of none may well be below any tolerance
_PRUNE_ABOVE = 200  # only where there are enough states for it to pay


@dataclass(frozen=True)
class Mass:
    """The probability that no term holds lies in [lower, upper]; `states` is the size of the largest table."""

    lower: float
    upper: float
    states: int


def sweep(component: Component, position: NDArray[np.float64], tolerance: float, deadline: float) -> Mass:
    """The probability that no term of the component holds.

    Args:
        component: what to decide.
        position: (N, 2) centers of all detections, indexed by row.
        tolerance: the width of the interval at which to stop.
        deadline: `time.perf_counter()` after which to stop with what is certain by then.
    """
    best = Mass(0.0, 1.0, 0)
    orders = list(_orders(component, position))
    attempts = [(order, limit, False) for limit in _STATE_LIMITS for order in orders]
    if component.weight > _SATURATED:
        # A match is all but certain: to forget some of the terms may still leave enough of them to be sure.
        attempts = [(order, _STATE_LIMITS[0], True) for order in orders[:2]] + attempts
    for order, limit, relax in attempts:
        found = _sweep(component, order, tolerance, deadline, limit, relax=relax)
        best = Mass(max(best.lower, found.lower), min(best.upper, found.upper), max(best.states, found.states))
        if best.upper - best.lower <= tolerance or time.perf_counter() > deadline:
            break
    return best


def _sweep(
    component: Component, order: Sequence[int], tolerance: float, deadline: float, limit: int, *, relax: bool
) -> Mass:
    """One pass in one order. Past the limit it stops or, relaxed, forgets terms and goes on to an upper bound alone."""
    at = {row: step for step, row in enumerate(order)}
    step_of = {fact: at[row] for row, choice in component.choices.items() for fact in choice.facts}
    bits: dict[tuple[int, ...], int] = {}
    # For each fact: suffixes that it opens, and open suffixes that wait for it with what then remains of them.
    opens: dict[int, int] = defaultdict(int)
    waits: dict[int, list[tuple[int, tuple[int, ...]]]] = defaultdict(list)
    completes: set[int] = set()

    def bit(suffix: tuple[int, ...]) -> int:
        if suffix not in bits:
            bits[suffix] = 1 << len(bits)
            waits[suffix[0]].append((bits[suffix], suffix[1:]))
            if len(suffix) > 1:
                bit(suffix[1:])
        return bits[suffix]

    for term in component.terms:
        ordered = tuple(sorted(term, key=step_of.__getitem__))
        if len(ordered) == 1:
            completes.add(ordered[0])
        else:
            opens[ordered[0]] |= bit(ordered[1:])

    states: dict[int, float] = {0: 1.0}
    chance = {f: p for c in component.choices.values() for f, p in zip(c.facts, c.probabilities, strict=True)}
    dropped, largest, exact = 0.0, 1, True
    for step, row in enumerate(order):
        choice = component.choices[row]
        moves = [
            (p, f in completes, opens.get(f, 0), [(b, bits.get(rest, 0), not rest) for b, rest in waits.get(f, ())])
            for f, p in zip(choice.facts, choice.probabilities, strict=True)
        ]
        waiting = sum(b for f in choice.facts for b, _ in waits.get(f, ()))
        states = _decide(states, choice.none, moves, ~waiting)
        largest = max(largest, len(states))
        if len(states) > _PRUNE_ABOVE:
            # Half of the tolerance may go to states too light to matter; what one layer leaves, the next may use.
            dropped += _prune(states, (tolerance / 2 - dropped) / (len(order) - step))
        undecided = sum(states.values())
        if undecided + dropped <= tolerance:
            return Mass(0.0, undecided + dropped, largest)
        if relax and len(states) > limit:
            states, exact = _forget(states, {b: chance[suffix[0]] for suffix, b in bits.items()}, limit), False
        if len(states) > limit or time.perf_counter() > deadline:
            return Mass(0.0, undecided + dropped, largest)
    decided = min(1.0, sum(states.values()))  # rounding may add up to a little more
    return Mass(decided if exact else 0.0, decided + dropped, largest)


def _decide(
    states: dict[int, float], none: float, moves: list[tuple[float, bool, int, list[tuple[int, int, bool]]]], stay: int
) -> dict[int, float]:
    """One layer: every state moves on for each value of the detection; mass that completes a term is gone."""
    moved: dict[int, float] = defaultdict(float)
    for state, mass in states.items():
        rest = state & stay
        if none:
            moved[rest] += mass * none
        for probability, completes, opened, waiting in moves:
            if completes:
                continue
            target = rest | opened
            for bit, successor, last in waiting:
                if state & bit:
                    if last:
                        break
                    target |= successor
            else:
                moved[target] += mass * probability
    return moved


def _prune(states: dict[int, float], allowance: float) -> float:
    """Remove the lightest states, together no more than the allowance; gives the mass removed."""
    threshold = allowance / len(states)
    light = [state for state, mass in states.items() if mass <= threshold]
    return sum(states.pop(state) for state in light)


def _forget(states: dict[int, float], chance: dict[int, float], limit: int) -> dict[int, float]:
    """Close open suffixes, the least likely to be completed first, until few enough states are left.

    What is closed can no longer be completed, so more mass stays undecided than should: an upper bound.
    """
    used = 0
    for state in states:
        used |= state
    bits = sorted((bit for bit in chance if bit & used), key=chance.__getitem__)
    while len(states) > limit / 2 and bits:
        share = max(1, len(bits) // 8)
        keep = ~sum(bits[:share])
        del bits[:share]
        merged: dict[int, float] = defaultdict(float)
        for state, mass in states.items():
            merged[state & keep] += mass
        states = merged
    return states


def _orders(component: Component, position: NDArray[np.float64]) -> Iterator[list[int]]:
    """Orders worth trying, the most promising first."""
    rows = np.array(list(component.choices))
    center = position[rows] - position[rows].mean(axis=0)
    main = np.linalg.svd(center, full_matrices=False)[2][0] if len(rows) > 1 else np.array([1.0, 0.0])
    along = dict(zip(rows.tolist(), (center @ main).tolist(), strict=True))
    across = dict(zip(rows.tolist(), (center @ np.array([-main[1], main[0]])).tolist(), strict=True))
    partners = _partners(component)
    sides = _two_sides(partners) if len(rows) > 1 else None
    if sides is not None:
        for side in sorted(sides, key=len, reverse=True):
            yield _side_first(sorted(side, key=along.__getitem__), partners)
    yield _hottest_first(component, partners)
    yield sorted(along, key=along.__getitem__)
    if sides is not None:
        for side in sorted(sides, key=len, reverse=True):
            yield _side_first(sorted(side, key=across.__getitem__), partners)
    yield sorted(across, key=across.__getitem__)


def _hottest_first(component: Component, partners: dict[int, set[int]]) -> list[int]:
    """Grow from the detection with the most probable matches; next is always a neighbour with the fewest undecided
    partners.

    Where a match is almost certain, this finds it while few detections are decided, and the undecided mass is soon
    negligible.
    """
    chance = {row: 1.0 - choice.none for row, choice in component.choices.items()}
    heat = {row: p * sum(chance[other] for other in partners[row]) for row, p in chance.items()}
    open_partners = {row: len(others) for row, others in partners.items()}
    order: list[int] = []
    left, front = set(partners), set[int]()
    while left:
        row = max(front or left, key=lambda r: (-open_partners[r] if front else 0, heat[r], r))
        left.discard(row)
        front.discard(row)
        order.append(row)
        for other in partners[row]:
            open_partners[other] -= 1
            if other in left:
                front.add(other)
    return order


def _side_first(side: list[int], partners: dict[int, set[int]]) -> list[int]:
    """The side in its order, each partner right after the last of its own partners."""
    left = {p: len(partners[p]) for row in side for p in partners[row]}
    order: list[int] = []
    for row in side:
        order.append(row)
        for partner in sorted(partners[row]):
            left[partner] -= 1
            if left[partner] == 0:
                order.append(partner)
    return order


def _partners(component: Component) -> dict[int, set[int]]:
    """The detections that share a term with each detection."""
    row_of = {f: row for row, choice in component.choices.items() for f in choice.facts}
    found: dict[int, set[int]] = {row: set() for row in component.choices}
    for term in component.terms:
        rows = {row_of[f] for f in term}
        for row in rows:
            found[row] |= rows - {row}
    return found


def _two_sides(partners: dict[int, set[int]]) -> tuple[set[int], set[int]] | None:
    """The two colours of a bipartite graph, None where it is not bipartite."""
    colour: dict[int, int] = {}
    for start in partners:
        if start in colour:
            continue
        colour[start] = 0
        todo = [start]
        while todo:
            row = todo.pop()
            for other in partners[row]:
                if other not in colour:
                    colour[other] = 1 - colour[row]
                    todo.append(other)
                elif colour[other] == colour[row]:
                    return None
    sides: tuple[set[int], set[int]] = (set(), set())
    for row, side in colour.items():
        sides[side].add(row)
    return sides
