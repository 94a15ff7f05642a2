"""Answers as columns: their order, what joins them, what is unanswered, and both ends of the scale."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rune_pl.inference import TOLERANCE, Budget
from rune_pl.inference.answers import Answers, no_columns, solve
from rune_pl.inference.facts import Facts
from rune_pl.inference.lineage import FALSE, TRUE, Lineage

BUDGET = Budget(seconds=2)


def answers(*rows, names=None):
    """From (log_true, log_false, left)."""
    columns = no_columns(len(rows))
    for column, values in zip(
        (columns.log_true, columns.log_false, columns.left), zip(*rows, strict=True), strict=True
    ):
        column[:] = values
    names = names or [f"image{k}" for k in range(len(rows))]
    return Answers.of(names, columns, np.arange(len(rows)) / 8, BUDGET)


def test_exact_answers_keep_their_order_at_both_ends():
    logs = [-math.inf, -800.0, -40.0, math.log(0.25), math.log(0.75), -1e-18, -1e-300, 0.0]
    other = [0.0, -0.0, -math.exp(-40), math.log(0.75), math.log(0.25), math.log(1e-18), -690.0, -math.inf]
    found = answers(*((a, b, 0.0) for a, b in zip(logs, other, strict=True)))
    assert (np.diff(found.log_odds) > 0).all()
    assert (np.diff(found.probability) >= 0).all()
    assert found.probability[3:5] == pytest.approx([0.25, 0.75], abs=1e-15)
    assert (found.lower == found.probability).all()
    assert (found.upper == found.probability).all()
    assert (found.log_odds[0], found.log_odds[-1]) == (-math.inf, math.inf)
    assert not found.reasons


def test_what_is_left_within_the_tolerance_is_an_answer_in_the_middle():
    (one,) = answers((math.log(0.3), math.log(0.7 - 8e-10), 8e-10)).marginals()
    assert one.probability == pytest.approx(0.3 + 4e-10, abs=1e-12)
    assert (one.lower, one.upper) == (pytest.approx(0.3, abs=1e-12), pytest.approx(0.3 + 8e-10, abs=1e-12))
    assert one.exact
    assert one.log_odds == pytest.approx(math.log(3 / 7), abs=1e-8)


@pytest.mark.parametrize(
    ("yes", "no", "left"), [(0.3, 0.5, 0.2), (0.0, 0.0, 1.0), (0.0, 0.999, 0.001), (0.999, 0.0, 0.001)]
)
def test_what_is_left_beyond_it_is_an_interval_with_a_reason(yes, no, left):
    with np.errstate(divide="ignore"):
        found = answers((float(np.log(yes)), float(np.log(no)), left))
    (one,) = found.marginals()
    assert (one.probability, one.log_odds, one.exact) == (None, None, False)
    assert (one.lower, one.upper) == (pytest.approx(yes, abs=1e-12), pytest.approx(1 - no, abs=1e-12))
    assert one.reason == f"not exact within 2 s: between {yes:.9f} and {1 - no:.9f}"


def test_the_parts_of_many_images_join_in_order():
    first = answers((0.0, -math.inf, 0.0), (-math.inf, -math.inf, 1.0), names=["a", "b"])
    last = answers((-math.inf, 0.0, 0.0), names=["d"])
    whole = Answers.joined([first, Answers.unanswered(["c"], "memory", "too large"), last])
    assert whole.images == ("a", "b", "c", "d")
    assert len(whole) == 4
    assert [m.probability for m in whole.marginals()] == [1.0, None, None, 0.0]
    assert [m.method for m in whole.marginals()][2] == "memory"
    assert [m.seconds for m in whole.marginals()] == [0.0, 0.125, 0.0, 0.0]
    assert sorted(whole.reasons) == [1, 2]
    assert whole.reasons[2] == "too large"
    assert Answers.joined([first]) is first


def test_what_is_unanswered_may_be_anything():
    for one in Answers.unanswered(["a", "b"], "memory", "too large").marginals():
        assert (one.probability, one.lower, one.upper, one.log_odds) == (None, 0.0, 1.0, None)
        assert (one.method, one.reason, one.exact) == ("memory", "too large", False)


def roots(lineage):
    """Certain, impossible, a fact, not a fact, a gate and not that gate."""
    gate = int(lineage.any_of(np.zeros(2, dtype=np.int64), np.array([0, 2]), 1, local=False)[0])
    return np.array([TRUE, FALSE, 4, 5, gate, gate ^ 1])


@pytest.mark.parametrize("workers", [1, 3])
def test_every_kind_of_literal_is_solved(workers):
    facts = Facts(np.arange(3), np.zeros(3, dtype=np.int64), np.array([0.5, 0.2, 1e-30]), np.zeros(3, dtype=np.int64))
    lineage = Lineage(len(facts))
    wanted = roots(lineage)
    columns, seconds = solve(wanted, lineage.gates(), facts, np.zeros((3, 2)), BUDGET, workers)
    found = Answers.of([str(k) for k in range(6)], columns, seconds, BUDGET)
    assert found.probability == pytest.approx([1.0, 0.0, 1e-30, 1.0, 0.6, 0.4], abs=TOLERANCE)
    assert found.log_odds[2] == pytest.approx(math.log(1e-30))
    assert found.log_odds[3] == pytest.approx(-math.log(1e-30))
    assert (found.log_odds[0], found.log_odds[1]) == (math.inf, -math.inf)
