"""Both ends of the answer: P = 1 - 1e-600 and P = 1e-600 keep their order, and 0 and 1 are exact."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from rune_pl.inference.kernels.circuit import NO_LIMIT
from tests.inference.kernels.circuits import Draft, disguised


def close(log: float, expected: float) -> bool:
    return log == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("count", "chance"), [(200, 0.999), (400, 0.999), (1_000, 0.5), (200, 1e-12)])
def test_some_of_many(count, chance):
    draft = Draft()
    (found,) = draft.solve(draft.any(*(draft.fact(chance, at=(k, 0.0)) for k in range(count)), local=False))
    none = count * math.log1p(-chance)  # down to -2763, where a double ends at -745
    assert close(found.log_false, none)
    assert close(found.log_true, math.log(-math.expm1(none)))
    assert found.left == 0.0


@pytest.mark.parametrize(("count", "chance"), [(200, 0.001), (400, 0.001), (1_000, 0.5), (300, 1 - 1e-9)])
def test_all_of_many(count, chance):
    draft = Draft()
    (found,) = draft.solve(draft.all(*(draft.fact(chance, at=(k, 0.0)) for k in range(count)), local=False))
    every = count * math.log(chance)
    assert close(found.log_true, every)
    assert close(found.log_false, math.log(-math.expm1(every)))


@pytest.mark.parametrize("general", [False, True])
@pytest.mark.parametrize("pairs", [60, 250])
def test_many_pairs_that_are_almost_certain(pairs, general):
    draft = Draft()
    both = [draft.all(draft.fact(0.99, at=(k, 0.0)), draft.fact(0.98, at=(k, 1.0))) for k in range(pairs)]
    root = disguised(draft, both, 1) if general else draft.any(*both, local=False)
    (found,) = draft.solve(root)
    assert close(found.log_false, pairs * math.log(1 - 0.99 * 0.98))  # -876 for 250 pairs
    assert close(found.log_true, 0.0)


def test_many_stars_that_are_almost_certain():
    draft, stars = Draft(), []
    for k in range(100):
        center, *rays = (draft.fact(0.99, at=(k, float(y))) for y in range(4))
        stars.append(draft.all(center, draft.any(*rays)))
    p = 0.99 * (1 - 0.01**3)
    (found,) = draft.solve(draft.count(stars, 2, local=False))
    # At most one of them holds.
    at_most_one = 100 * math.log1p(-p) + math.log1p(100 * p / (1 - p))
    assert close(found.log_false, at_most_one)
    (found,) = draft.solve(draft.count(stars, 100, local=False))
    assert close(found.log_true, 100 * math.log(p))


def test_counts_far_from_what_is_expected():
    draft = Draft()
    facts = [draft.fact(0.5, at=(k, 0.0)) for k in range(100)]
    roots = [
        draft.count(facts, low, high, local=False) for low, high in ((100, NO_LIMIT), (99, NO_LIMIT), (0, 0), (1, 1))
    ]
    every, almost, none, one = draft.solve(roots)
    assert close(every.log_true, -100 * math.log(2))
    assert close(almost.log_true, math.log(101) - 100 * math.log(2))
    assert close(none.log_true, -100 * math.log(2))
    assert close(one.log_true, math.log(100) - 100 * math.log(2))


def test_what_is_certain_and_what_cannot_be():
    draft = Draft()
    sure, ship, plane, maybe = draft.fact(1.0), *draft.detection(0.25, 0.75), draft.fact(0.5)
    certain = [
        draft.any(sure, maybe),
        draft.any(ship, plane),
        draft.any(draft.all(sure, ship), draft.all(sure, plane), maybe),
        draft.count([ship, plane, maybe], 1, 2),
        draft.count([(ship, 1), (plane, 1), (maybe, -1)], 0),
    ]
    impossible = [draft.all(ship, plane), draft.all(maybe, sure ^ 1), draft.count([ship, plane], 2, local=False)]
    for found in draft.solve(certain):
        assert (found.log_true, found.log_false, found.left) == (pytest.approx(0.0, abs=1e-15), -math.inf, 0.0)
    for found in draft.solve(impossible):
        assert (found.log_true, found.log_false, found.left) == (-math.inf, pytest.approx(0.0, abs=1e-15), 0.0)


def test_chances_next_to_0_and_1():
    draft = Draft()
    rare, sure = draft.fact(1e-300), draft.fact(math.nextafter(1.0, 0.0))
    (both,) = draft.solve(draft.all(rare, sure, local=False))
    assert close(both.log_true, math.log(1e-300))
    (neither,) = draft.solve(draft.any(rare, sure, local=False))
    assert close(neither.log_false, math.log(2**-53))


def test_a_long_chain_follows_its_recurrence():
    # No two neighbours among n: q(n) = 0.9 q(n - 1) + 0.1 * 0.9 q(n - 2).
    before, now = 1.0, 1.0
    for _ in range(299):
        before, now = now, 0.9 * now + 0.1 * 0.9 * before
    draft = Draft()
    facts = [draft.fact(0.1, at=(k, 0.0)) for k in range(300)]
    pairs = [draft.all(a, b) for a, b in pairwise(facts)]
    for found in draft.solve([draft.any(*pairs, local=False), disguised(draft, pairs, 1)]):
        assert close(found.log_false, math.log(now))
        assert found.largest <= 8
