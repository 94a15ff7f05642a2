"""Lineage: what is simplified while gates are built, what is shared, and that nothing changes its meaning."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rune_pl.inference.kernels.circuit import NO_LIMIT
from rune_pl.inference.lineage import FALSE, TRUE, Lineage, negate

FACTS = 5


def count(lineage, literals, low, high=NO_LIMIT, **options):
    """One group."""
    group = np.zeros(len(literals), dtype=np.int64)
    (found,) = lineage.count(group, np.array(literals, dtype=np.int64), 1, low, high, local=True, **options)
    return int(found)


def inputs(lineage, literal):
    """The gate that a literal stands for: its inputs, their weights, and the bounds."""
    gates, g = lineage.gates(), (literal >> 1) - lineage.facts
    inside = slice(gates.start[g], gates.start[g + 1])
    return gates.literal[inside].tolist(), gates.weight[inside].tolist(), int(gates.low[g]), int(gates.high[g])


def test_the_opposite_of_a_literal():
    assert negate(np.array([TRUE, FALSE, 0, 1, 6, 7])).tolist() == [FALSE, TRUE, 1, 0, 7, 6]


@pytest.mark.parametrize(
    ("literals", "low", "high", "expected"),
    [
        # What is certain counts once and for all, what cannot be does not.
        ([0, TRUE], 1, NO_LIMIT, TRUE),
        ([0, FALSE], 2, NO_LIMIT, FALSE),
        ([TRUE, TRUE, 0], 0, 1, FALSE),
        ([FALSE, FALSE], 1, NO_LIMIT, FALSE),
        ([], 1, NO_LIMIT, FALSE),
        ([], 0, 0, TRUE),
        ([0, 2, 4], 0, NO_LIMIT, TRUE),
        ([0, 2, 4], 0, 3, TRUE),
        ([0, 2, 4], 4, NO_LIMIT, FALSE),
        # A single literal needs no gate.
        ([4], 1, NO_LIMIT, 4),
        ([4], 0, 0, 5),
        ([4, TRUE], 2, NO_LIMIT, 4),
        ([4, TRUE], 1, 1, 5),
        ([5, FALSE], 1, 1, 5),
        ([4, TRUE, TRUE], 3, 3, 4),
    ],
)
def test_what_needs_no_gate(literals, low, high, expected):
    lineage = Lineage(FACTS)
    assert count(lineage, literals, low, high) == expected
    assert len(lineage) == 0


def test_bounds_are_those_of_what_is_uncertain():
    lineage = Lineage(FACTS)
    assert inputs(lineage, count(lineage, [0, 2, 4, TRUE, FALSE], 3)) == ([0, 2, 4], [1, 1, 1], 2, NO_LIMIT)
    assert inputs(lineage, count(lineage, [0, 2, 4, TRUE], 1, 3)) == ([0, 2, 4], [1, 1, 1], 0, 2)
    # A bound that no number of inputs reaches is none.
    assert inputs(lineage, count(lineage, [0, 2, 4], 1, 3)) == ([0, 2, 4], [1, 1, 1], 1, NO_LIMIT)
    assert inputs(lineage, count(lineage, [0, 2, 4], 1, 100)) == ([0, 2, 4], [1, 1, 1], 1, NO_LIMIT)


def test_a_literal_twice_counts_twice_or_once():
    lineage = Lineage(FACTS)
    assert count(lineage, [0, 0], 1, distinct=True) == 0
    assert inputs(lineage, count(lineage, [0, 2, 0, 2], 1, distinct=True))[0] == [0, 2]
    assert inputs(lineage, count(lineage, [0, 2, 0], 2))[0] == [0, 0, 2]


def test_equal_gates_are_one():
    lineage = Lineage(FACTS)
    first = count(lineage, [0, 2, 4], 1)
    assert count(lineage, [4, 0, 2], 1) == first
    assert count(lineage, [4, 0, 2, FALSE], 1) == first
    assert count(lineage, [TRUE, 4, 0, 2], 2) == first
    others = [
        count(lineage, [0, 2, 4], 2),
        count(lineage, [0, 2, 4], 1, 2),
        count(lineage, [0, 2, 5], 1),
        count(lineage, [0, 2], 1),
        count(lineage, [0, 2, 4], 1, weight=np.array([1, 1, -1])),
    ]
    assert len({first, *others}) == 6
    assert len(lineage) == 6
    # In one call just as in two.
    group, literals = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 2, 2, 0, 0, 6])
    one, same, other = lineage.any_of(group, literals, 3, local=True)
    assert one == same == others[3]
    assert other != one


def test_gates_about_images_are_none_about_objects():
    lineage = Lineage(FACTS)
    group, literals = np.array([0, 0]), np.array([0, 2])
    (local,), (whole,) = (lineage.any_of(group, literals, 1, local=value) for value in (True, False))
    assert local != whole
    assert lineage.gates().local.tolist() == [True, False]


def test_conjunctions_row_by_row():
    lineage = Lineage(FACTS)
    columns = [np.array([0, 0, TRUE, 0]), np.array([2, TRUE, TRUE, FALSE]), np.array([TRUE, TRUE, TRUE, 4])]
    both, single, always, never = lineage.all_of(columns, 4, local=True)
    assert (single, always, never) == (0, TRUE, FALSE)
    assert inputs(lineage, both) == ([1, 3], [1, 1], 0, 0)  # none of the opposites
    assert lineage.all_of([], 2, local=True).tolist() == [TRUE, TRUE]
    assert lineage.all_of([np.array([TRUE, TRUE]), np.array([6, 8])], 2, local=True).tolist() == [6, 8]


def test_a_difference_of_counts():
    # More of the first two than of the last two, one of which is certain.
    lineage = Lineage(FACTS)
    gate = count(lineage, [0, 2, 4, TRUE], 1, weight=np.array([1, 1, -1, -1]))
    assert inputs(lineage, gate) == ([0, 2, 4], [1, 1, -1], 2, NO_LIMIT)
    assert count(lineage, [0, 4, TRUE], 1, weight=np.array([1, -1, -1])) == FALSE
    assert count(lineage, [4, TRUE], 1, weight=np.array([-1, 1])) == 5
    assert count(lineage, [0, TRUE, TRUE], 1, weight=np.array([-1, 1, 1])) == TRUE


def value(lineage, literal, world):
    """Whether a literal holds in a world, gates and all."""
    if literal < 0:
        return literal == TRUE
    known = list(world)
    gates = lineage.gates()
    for g in range(len(lineage)):
        inside = range(gates.start[g], gates.start[g + 1])
        total = sum(int(gates.weight[i]) for i in inside if known[gates.literal[i] >> 1] != bool(gates.literal[i] & 1))
        known.append(gates.low[g] <= total <= gates.high[g])
    return known[literal >> 1] != bool(literal & 1)


@settings(max_examples=150, deadline=None)
@given(rng=st.randoms(use_true_random=True))
def test_gates_mean_what_was_asked(rng: Random):
    """Layer upon layer of groups: each literal holds in the worlds in which its group's count is within the bounds."""
    lineage = Lineage(FACTS)
    worlds = [[bool(n >> f & 1) for f in range(FACTS)] for n in range(2**FACTS)]
    # What each literal should be, world by world.
    meant = {TRUE: [True] * len(worlds), FALSE: [False] * len(worlds)}
    meant |= {2 * f + s: [w[f] != bool(s) for w in worlds] for f in range(FACTS) for s in (0, 1)}
    for _ in range(3):
        pool = sorted(meant)
        groups = rng.randint(1, 4)
        members = sorted(
            (rng.randrange(groups), rng.choice(pool), rng.choice([1, 1, -1])) for _ in range(rng.randint(0, 12))
        )
        group, literals, weight = (np.array([m[k] for m in members], dtype=np.int64) for k in range(3))
        kind = rng.choice(["any", "all", "count", "signed"])
        low, high = rng.randint(-1, 3), rng.choice([NO_LIMIT, 0, 1, 2, 3])
        if kind == "any":
            found = lineage.any_of(group, literals, groups, local=True)
            low, high, signs = 1, NO_LIMIT, [1] * len(members)
        elif kind == "all":
            columns = [np.array([rng.choice(pool) for _ in range(groups)]) for _ in range(rng.randint(1, 3))]
            found = lineage.all_of(columns, groups, local=True)
            members = [(g, int(negate(c)[g]), 1) for c in columns for g in range(groups)]
            low, high, signs = 0, 0, [1] * len(members)
        elif kind == "count":
            found = lineage.count(group, literals, groups, max(0, low), high, local=True)
            low, signs = max(0, low), [1] * len(members)
        else:
            found = lineage.count(group, literals, groups, low, high, local=True, weight=weight)
            signs = [m[2] for m in members]
        for g, literal in enumerate(found.tolist()):
            mine = [(m[1], s) for m, s in zip(members, signs, strict=True) if m[0] == g]
            wanted = [low <= sum(s for at, s in mine if meant[at][w]) <= high for w in range(len(worlds))]
            assert [value(lineage, literal, world) for world in worlds] == wanted
            for at, column in ((literal, wanted), (int(negate(np.array([literal]))[0]), [not v for v in wanted])):
                assert meant.setdefault(at, column) == column
