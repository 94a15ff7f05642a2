"""Lineage and the sweep against enumeration of worlds."""

from __future__ import annotations

import itertools
import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rune_pl.inference.facts import Facts
from rune_pl.inference.lineage import Choice, Component, components
from rune_pl.inference.sweep import _orders, _sweep, sweep


@st.composite
def lineages(draw):
    """Facts of up to nine detections, some with two classes, and terms of one to three facts over them."""
    rows, probabilities = [], []
    for row in range(draw(st.integers(1, 9))):
        if draw(st.booleans()):
            rows.append(row)
            probabilities.append(draw(st.sampled_from([0.1, 0.5, 0.9, 1.0])))
        else:
            first = draw(st.sampled_from([0.2, 0.5]))
            rows += [row, row]
            probabilities += [first, draw(st.sampled_from([0.1, 0.5]))]
    facts = Facts(
        np.array(rows),
        np.zeros(len(rows), dtype=np.int64),
        np.array(probabilities),
        np.zeros(len(rows), dtype=np.int64),
    )
    terms = set()
    for _ in range(draw(st.integers(1, 8))):
        term = draw(st.sets(st.integers(0, len(rows) - 1), min_size=1, max_size=3))
        if len({rows[f] for f in term}) == len(term):
            terms.add(tuple(sorted(term)))
    return facts, terms or {(0,)}


def none_holds(facts, terms):
    """P(no term holds), world by world."""
    by_row = {}
    for fact, row in enumerate(facts.row.tolist()):
        by_row.setdefault(row, []).append(fact)
    total = 0.0
    options = [[*found, None] for found in by_row.values()]
    for world in itertools.product(*options):
        weight = math.prod(
            1.0 - facts.probability[found].sum() if fact is None else facts.probability[fact]
            for fact, found in zip(world, by_row.values(), strict=True)
        )
        if not any(set(term) <= set(world) for term in terms):
            total += weight
    return total


@settings(max_examples=200, deadline=None)
@given(lineage=lineages())
def test_components_and_sweep_agree_with_enumeration(lineage):
    facts, terms = lineage
    expected = none_holds(facts, terms)
    parts = components(terms, facts)
    if parts is None:
        assert expected == pytest.approx(0.0, abs=1e-12)
        return
    position = np.random.default_rng(0).uniform(size=(10, 2))
    lower = upper = 1.0
    for part in parts:
        mass = sweep(part, position, 1e-12, time.perf_counter() + 60)
        lower, upper = lower * mass.lower, upper * mass.upper
    assert lower - 1e-9 <= expected <= upper + 1e-9
    assert upper - lower <= 1e-9


@settings(max_examples=50, deadline=None)
@given(lineage=lineages())
def test_every_order_visits_every_detection_once(lineage):
    facts, terms = lineage
    for part in components(terms, facts) or ():
        for order in _orders(part, np.random.default_rng(1).uniform(size=(10, 2))):
            assert sorted(order) == sorted(part.choices)


def chain(length, probability):
    """Detections in a row, each pair of neighbours a term."""
    choices = {row: Choice((row,), (probability,)) for row in range(length)}
    return Component(choices, tuple((i, i + 1) for i in range(length - 1)))


def test_a_long_chain_follows_its_recurrence():
    # q(n): no two neighbours among n; q(n) = 0.9 q(n-1) + 0.1 * 0.9 q(n-2)
    before, now = 1.0, 1.0
    for _ in range(199):
        before, now = now, 0.9 * now + 0.1 * 0.9 * before
    mass = sweep(chain(200, 0.1), np.column_stack([np.arange(200), np.zeros(200)]), 1e-12, time.perf_counter() + 60)
    assert (mass.lower + mass.upper) / 2 == pytest.approx(now, abs=1e-12)
    assert mass.states <= 3


def test_past_the_deadline_the_interval_still_holds_the_answer():
    exact = sweep(chain(40, 0.3), np.column_stack([np.arange(40), np.zeros(40)]), 1e-12, time.perf_counter() + 60)
    hurried = sweep(chain(40, 0.3), np.column_stack([np.arange(40), np.zeros(40)]), 1e-12, time.perf_counter() - 1)
    assert hurried.lower <= exact.lower <= exact.upper <= hurried.upper
    assert hurried.upper - hurried.lower > 0.1


def grid(side, probability):
    """Detections on a square grid, each pair of neighbours a term: wide in every direction."""
    choices = {row: Choice((row,), (probability,)) for row in range(side * side)}
    terms = [(r, r + 1) for r in range(side * side) if (r + 1) % side] + [
        (r, r + side) for r in range(side * (side - 1))
    ]
    position = np.array([(r % side, r // side) for r in range(side * side)], dtype=float)
    return Component(choices, tuple(sorted(terms))), position


def test_a_relaxed_pass_gives_an_upper_bound():
    component, position = grid(5, 0.4)
    (order, *_) = _orders(component, position)
    deadline = time.perf_counter() + 60
    exact = _sweep(component, order, 1e-12, deadline, 10**6, relax=False)
    relaxed = _sweep(component, order, 1e-12, deadline, 4, relax=True)
    assert exact.upper - exact.lower <= 1e-12
    assert relaxed.lower == 0.0
    assert exact.upper < relaxed.upper < 1.0


def test_a_saturated_grid_is_certain_although_no_order_is_narrow():
    component, position = grid(30, 0.7)
    mass = sweep(component, position, 1e-9, time.perf_counter() + 60)
    # 435 disjoint pairs alone leave (1 - 0.49) ** 435.
    assert mass.upper <= 1e-9
