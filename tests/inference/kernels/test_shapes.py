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


@pytest.mark.parametrize("low", [1, 2, 4])
@pytest.mark.parametrize(("asked", "wanted"), [(1, True), (1, False), (2, True), (2, False)])
@pytest.mark.parametrize("seed", range(4))
def test_states_that_come_together_leave_an_interval_that_holds_the_answer(seed, asked, wanted, low):
    # Rays all around a center, some centers of their own and some that are rays as well.
    rng = Random(1_000 * seed + 10 * asked + wanted)
    draft = Draft()
    rays = [draft.fact(rng.uniform(0.05, 0.6), at=(rng.uniform(0, 99), rng.uniform(0, 99))) for _ in range(22)]
    inputs = []
    for _ in range(30):
        own = draft.fact(rng.uniform(0.05, 0.9)) if rng.random() < 0.6 else rng.choice(rays)
        others = rng.sample([ray for ray in rays if ray != own], rng.randint(3, 7))
        inputs.append(draft.all(own, draft.count(others, asked) ^ (not wanted)))
    root = draft.count(inputs, low, local=False)
    (exact,) = draft.solve(disguised(draft, inputs, low))
    (own,) = draft.solve(root)
    assert own.left <= EXACT
    within(own, exact)
    widest = 0.0
    for memory in (1, 30_000, 100_000):
        (forgetful,) = draft.solve(root, memory=memory)
        within(forgetful, exact)
        widest = max(widest, forgetful.left)
    assert widest > EXACT
    # A wide tolerance is used, and kept to.
    for tolerance in (1e-3, 1e-6):
        (rough,) = draft.solve(root, tolerance=tolerance)
        within(rough, exact)
        assert rough.left <= tolerance


@pytest.mark.parametrize(("asked", "wanted"), [(1, True), (1, False), (2, True)])
def test_centers_of_their_own_are_no_decisions(asked, wanted):
    # Three berths and four hundred ships: the berths are decided, the ships are summed up.
    rng = Random(asked)
    draft = Draft()
    berths = [draft.fact(rng.uniform(0.1, 0.6), at=(float(k), 0.0)) for k in range(3)]
    chances = [rng.uniform(0.001, 0.02) for _ in range(400)]
    inputs, rays = [], []
    for k, chance in enumerate(chances):
        rays.append([[0, 1], [1, 2], [0, 2], [0, 1, 2]][k % 4])
        ship = draft.fact(chance)
        inputs.append(draft.all(ship, draft.count([berths[b] for b in rays[-1]], asked) ^ (not wanted)))
    for low in (1, 3):
        (found,) = draft.solve(draft.count(inputs, low, local=False))
        assert found.states < 50
        # The count of ships has its distribution in each world of berths.
        yes = 0.0
        for world in range(8):
            there = [bool(world >> b & 1) for b in range(3)]
            weight = math.prod(draft.chances[b][0] if here else 1 - draft.chances[b][0] for b, here in enumerate(there))
            fewer = [1.0] + [0.0] * (low - 1)
            for chance, around in zip(chances, rays, strict=True):
                if (sum(there[b] for b in around) >= asked) == wanted:
                    fewer = [f * (1 - chance) + (fewer[j - 1] * chance if j else 0.0) for j, f in enumerate(fewer)]
            yes += weight * (1 - math.fsum(fewer))
        agree(found, yes, 1 - yes)
