"""The recursive counters in ProbLog, against the enumeration of all worlds."""

from __future__ import annotations

from itertools import product

import pytest

P = (0.9, 0.2, 0.5, 0.7, 0.4)
Q = (0.3, 0.6, 0.1, 0.8, 0.5)
FACTS = "\n".join(
    [f"countable({i}, d{i})." for i in range(1, 6)]
    + ["countable_total(5)."]
    + [f"{p}::is_p(d{i})." for i, p in enumerate(P, start=1)]
    + [f"{q}::is_q(d{i})." for i, q in enumerate(Q, start=1)]
    + ["linked(A, D) :- is_p(A), is_q(D).", "both(D) :- is_p(D), is_q(D)."]
)
BOXES = [(10.0 * i, 10.0, 5.0, 5.0) for i in range(1, 6)]


def enumerate_worlds(*chances):
    """(probability, who is in) of every world of independent chances."""
    for world in product([True, False], repeat=len(chances)):
        weight = 1.0
        for chance, present in zip(chances, world):
            weight *= chance if present else 1 - chance
        yield weight, world


def test_enumeration_covers_everything():
    assert sum(weight for weight, _ in enumerate_worlds(*P)) == pytest.approx(1.0)


@pytest.mark.parametrize("n", range(7))
def test_at_least_and_exactly(marginal, n):
    at_least = sum(weight for weight, world in enumerate_worlds(*P) if sum(world) >= n)
    exactly = sum(weight for weight, world in enumerate_worlds(*P) if sum(world) == n)
    assert marginal(BOXES, FACTS, f"count_at_least(1, {n}, is_p)") == pytest.approx(at_least, abs=1e-12)
    assert marginal(BOXES, FACTS, f"count_exactly(1, {n}, is_p)") == pytest.approx(exactly, abs=1e-12)
    assert marginal(BOXES, FACTS, f"\\+ count_at_least(1, {n + 1}, is_p)") == pytest.approx(
        sum(weight for weight, world in enumerate_worlds(*P) if sum(world) <= n), abs=1e-12
    )


def test_more_of_independent_goals(marginal):
    expected = sum(w for w, world in enumerate_worlds(*P, *Q) if sum(world[:5]) > sum(world[5:]))
    assert marginal(BOXES, FACTS, "count_more(is_p, is_q)") == pytest.approx(expected, abs=1e-12)


def test_more_of_goals_that_share_objects(marginal):
    expected = sum(
        w
        for w, world in enumerate_worlds(*P, *Q)
        if sum(world[:5]) > sum(p and q for p, q in zip(world[:5], world[5:]))
    )
    assert marginal(BOXES, FACTS, "count_more(is_p, both)") == pytest.approx(expected, abs=1e-12)
    assert marginal(BOXES, FACTS, "count_more(is_p, is_p)") == 0.0


def test_a_closure_may_carry_an_argument(marginal):
    expected = P[1] * sum(w for w, world in enumerate_worlds(*Q) if sum(world) >= 2)
    assert marginal(BOXES, FACTS, "count_at_least(1, 2, linked(d2))") == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("goal", "expected"), [("count_at_least(1, 0, is_p)", 1.0), ("count_at_least(1, 1, is_p)", 0.0)]
)
def test_counting_nothing(marginal, goal, expected):
    facts = "countable_total(0). countable(0, none) :- fail. is_p(none) :- fail."
    assert marginal([], facts, goal) == expected
    assert marginal([], facts, goal.replace("at_least", "exactly")) == expected


def test_counters_run_in_swi_prolog(swi_answers):
    present = ["d1", "d3", "d4"]
    setup = ["assertz(countable_total(5))"] + [f"assertz(countable({i}, d{i}))" for i in range(1, 6)]
    setup += [f"assertz(object({d}, ship))" for d in present] + ["assertz(object(d2, harbor))"]
    setup += ["assertz((ship(D) :- object(D, ship)))", "assertz((harbor(D) :- object(D, harbor)))"]
    goals = [
        "count_at_least(1, 3, ship)",
        "count_at_least(1, 4, ship)",
        "count_exactly(1, 3, ship)",
        "count_exactly(1, 2, ship)",
        "count_more(ship, harbor)",
        "count_more(harbor, ship)",
    ]
    answers = swi_answers(BOXES, setup + goals)
    assert answers == [True] * len(setup) + [True, False, True, False, True, False]


def test_counting_a_hundred_objects(marginal):
    facts = "\n".join(["countable_total(100)."] + [f"countable({i}, d{i}). 0.01::is_p(d{i})." for i in range(1, 101)])
    three_or_more = 1 - sum(choose * 0.01**k * 0.99 ** (100 - k) for k, choose in ((0, 1), (1, 100), (2, 4950)))
    assert marginal([], facts, "count_at_least(1, 3, is_p)") == pytest.approx(three_or_more, abs=1e-12)
