"""The sweeps for pairs and for stars against enumeration, and against the general sweep of the same in disguise."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rune_pl.inference.kernels.solve import ATTEMPTS
from tests.inference.kernels.circuits import EXACT, Draft, agree, disguised, within
from tests.inference.kernels.shapes import grid, pairs_of, random_pairs, random_stars, stars_of

RANDOM = st.randoms(use_true_random=False)


@settings(max_examples=200, deadline=None)
@given(rng=RANDOM)
def test_pairs_agree_with_enumeration(rng):
    draft, inputs = random_pairs(rng, 8)
    roots = [draft.any(*inputs, local=False), disguised(draft, inputs, 1)]
    for found, (yes, no) in zip(draft.solve(roots), draft.enumerate(roots), strict=True):
        agree(found, yes, no)


@settings(max_examples=200, deadline=None)
@given(rng=RANDOM)
def test_stars_agree_with_enumeration(rng):
    draft, inputs = random_stars(rng, 7)
    roots = [draft.count(inputs, k, local=False) for k in range(1, min(5, len(inputs)))]
    roots.append(disguised(draft, inputs, 2))
    for found, (yes, no) in zip(draft.solve(roots), draft.enumerate(roots), strict=True):
        agree(found, yes, no)


@pytest.mark.parametrize("seed", range(20))
def test_shapes_large_enough_to_choose_an_order(seed):
    draft, inputs = random_pairs(Random(seed), 13)
    stars, few = random_stars(Random(seed), 12)
    for made, root in (
        (draft, draft.any(*inputs, local=False)),
        (draft, disguised(draft, inputs, 1)),
        *((stars, stars.count(few, k, local=False)) for k in (1, 2, 4) if k < len(few)),
        (stars, disguised(stars, few, 2)),
    ):
        agree(made.solve(root)[0], *made.enumerate(root)[0])


def both_ways(draft: Draft, inputs: list[int], low: int) -> None:
    """The sweep of its own and the general one say the same of a circuit that nobody enumerates."""
    own, general = draft.solve([draft.count(inputs, low, local=False), disguised(draft, inputs, low)])
    assert own.left <= EXACT
    assert general.left <= EXACT
    assert abs(math.exp(own.log_true) - math.exp(general.log_true)) <= 2 * EXACT
    assert abs(math.exp(own.log_false) - math.exp(general.log_false)) <= 2 * EXACT
    assert 1e-6 < math.exp(own.log_true) < 1 - 1e-6


@pytest.mark.parametrize("chance", [0.02, 0.1])
def test_a_grid_of_pairs_both_ways(chance):
    draft, near = grid(8, chance)
    both_ways(draft, pairs_of(draft, near), 1)


@pytest.mark.parametrize(("asked", "wanted", "low"), [(1, True, 2), (1, False, 3), (2, True, 1), (2, False, 4)])
def test_a_grid_of_stars_both_ways(asked, wanted, low):
    draft, near = grid(6, 0.2)
    both_ways(draft, stars_of(draft, near, asked, wanted), low)


@pytest.mark.parametrize("seed", range(6))
def test_large_shapes_by_chance_both_ways(seed):
    draft, inputs = random_pairs(Random(seed), 40)
    stars, few = random_stars(Random(seed), 25)
    for made, found, low in ((draft, inputs, 1), (stars, few, min(2, len(few) - 1))):
        own, general = made.solve([made.count(found, low, local=False), disguised(made, found, low)])
        assert own.left <= EXACT
        assert general.left <= EXACT
        assert abs(math.exp(own.log_true) - math.exp(general.log_true)) <= 2 * EXACT


# --- when it does not fit

# Grids that need tables of a thousand states or more, and can be solved: what to count, from how many on, and the grid.
WIDE = {
    "pairs": (lambda draft, near: pairs_of(draft, near), 1, 14, 0.03),
    "stars": (lambda draft, near: stars_of(draft, near, 1, True), 3, 10, 0.05),
    "stars without": (lambda draft, near: stars_of(draft, near, 1, False), 9, 8, 0.1),
    "stars of two": (lambda draft, near: stars_of(draft, near, 2, True), 2, 8, 0.1),
}


@pytest.mark.parametrize("general", [False, True], ids=["own", "general"])
@pytest.mark.parametrize("shape", WIDE)
def test_what_is_given_up_leaves_an_interval_that_holds_the_answer(shape, general):
    count, low, side, chance = WIDE[shape]
    draft, near = grid(side, chance, reach=1.5)
    inputs = count(draft, near)
    root = draft.count(inputs, low, local=False)
    (exact,) = draft.solve(root)
    assert exact.left <= EXACT
    tried = disguised(draft, inputs, low) if general else root
    alone = [draft.solve(tried, attempts=(k, k + 1))[0] for k in range(min(ATTEMPTS, 8))]
    for found in alone:
        within(found, exact)
    assert alone[0].left > EXACT  # the table was too small, or this tests nothing
    for memory in (1, 4_000):
        (forgetful,) = draft.solve(tried, memory=memory)
        within(forgetful, exact)
        assert forgetful.left > EXACT
    (stopped,) = draft.solve(tried, stop=True)
    within(stopped, exact)
    assert stopped.states < 10_000


def test_a_larger_attempt_knows_no_less():
    draft, near = grid(14, 0.03, reach=1.5)
    root = draft.any(*pairs_of(draft, near), local=False)
    left = [draft.solve(root, attempts=(0, end))[0].left for end in range(1, ATTEMPTS + 1)]
    assert left == sorted(left, reverse=True)
    assert left[-1] <= EXACT < left[0]


@pytest.mark.parametrize(("asked", "wanted", "low"), [(1, True, 70), (1, False, 40), (2, True, 12), (2, False, 75)])
def test_fewer_stars_leave_an_interval_that_holds_the_answer(asked, wanted, low):
    # Objects in a row, with so many stars expected that one attempt of each size keeps the likeliest alone.
    draft = Draft()
    row = [draft.fact(0.25 + 0.01 * ((7 * k) % 11), at=(float(k), 0.0)) for k in range(300)]
    near = [(row[k], [row[j] for j in (k - 2, k - 1, k + 1) if 0 <= j < len(row)]) for k in range(len(row))]
    root = draft.count(stars_of(draft, near, asked, wanted), low, local=False)
    (exact,) = draft.solve(root)
    assert exact.left <= EXACT
    assert 1e-3 < exact.lower < 1 - 1e-3
    alone = [draft.solve(root, attempts=(k, k + 1))[0] for k in range(6)]
    for found in alone:
        within(found, exact)
    assert any(found.left > EXACT for found in alone)
