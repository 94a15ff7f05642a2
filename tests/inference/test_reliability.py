"""Classes that may be unreliable: against the enumeration of assignments, and ProbLog with the rules written out."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from problog import get_evaluatable
from problog.program import PrologString

from rune_pl.archive.scenes import Scenes
from rune_pl.inference import Evidence, make_engine, reliability
from tests.inference.oracle import EnumerationEngine
from tests.inference.scenario import make_query

BOX = [(0, 0), (9, 0), (9, 9), (0, 9)]
CLASSES = ("bridge", "plane", "ship")
RULES = (
    "retrieve :- object(A, ship).",
    "retrieve :- at_least(2, A, object(A, ship)), \\+ object(B, plane).",
    "retrieve :- object(A, ship), object(B, plane), near(A, B, px(100)).",
    "retrieve :- \\+ object(A, bridge).",
)


def scenes():
    """One image; given its class each detection has 0.3 to 0.8, and classes are reliable with 0.9, 0.5, 0.6."""
    chance = np.array([0.9, 0.5, 0.6])
    rows = [("ship", 0.8), ("ship", 0.5), ("ship", 0.3), ("plane", 0.4), ("plane", 0.7), ("bridge", 0.6)]
    made = Scenes.from_detections(
        [("a", name, p * chance[CLASSES.index(name)], BOX) for name, p in rows], classes=CLASSES, size=(100, 100)
    )
    return replace(made, reliability=chance[None])


def by_enumeration(query, made, evidence=None):
    """Over all assignments: Bayes' rule on the worlds of each."""
    total = true = 0.0
    for bits in itertools.product((True, False), repeat=len(CLASSES)):
        weight = float(np.prod(np.where(bits, made.reliability[0], 1.0 - made.reliability[0])))
        given, likelihood = reliability.condition(
            reliability.given_reliable(made, np.array([bits])), evidence or Evidence()
        )
        weight *= float(likelihood[0])
        (marginal,) = EnumerationEngine().marginals(query, given)
        total, true = total + weight, true + weight * marginal.probability
    return true / total


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", ["native", "problog"])
def test_marginals_are_those_of_all_assignments(rule, name):
    query, made = make_query(rule), scenes()
    (marginal,) = make_engine(name).marginals(query, made)
    assert marginal.probability == pytest.approx(by_enumeration(query, made), abs=1e-9)


def test_problog_says_the_same_of_the_program_written_out():
    program = """
    0.8::detected(1, ship). 0.5::detected(2, ship). 0.3::detected(3, ship). 0.4::detected(4, plane).
    0.7::detected(5, plane). 0.6::reliable(ship). 0.5::reliable(plane).
    object(D, C) :- detected(D, C), reliable(C).
    two :- object(A, ship), object(B, ship), A \\= B.
    answer :- two, \\+ some(plane).
    some(C) :- object(_, C).
    query(answer).
    """
    expected = next(iter(get_evaluatable().create_from(PrologString(program)).evaluate().values()))
    (marginal,) = make_engine("native").marginals(make_query(RULES[1]), scenes())
    assert marginal.probability == pytest.approx(expected, abs=1e-9)


def test_by_hand():
    # 0.6 * (1 - 0.2 * 0.5 * 0.7)
    (marginal,) = make_engine().marginals(make_query(RULES[0]), scenes())
    assert marginal.probability == pytest.approx(0.6 * 0.93)


def test_a_confirmed_detection_makes_its_class_reliable():
    query, made = make_query(RULES[1]), scenes()
    for evidence in (Evidence.parse(["a/d1"]), Evidence.parse([], ["a/d1", "a/d4"])):
        (marginal,) = make_engine().marginals(query, made, evidence)
        assert marginal.probability == pytest.approx(by_enumeration(query, made, evidence), abs=1e-9)
    (marginal,) = make_engine().marginals(make_query("retrieve :- object(d2, ship)."), made, Evidence.parse(["a/d1"]))
    assert marginal.probability == pytest.approx(0.5)


def test_too_many_assignments_make_an_interval(monkeypatch):
    monkeypatch.setattr(reliability, "MOST_ASSIGNMENTS", 2)
    query, made = make_query(RULES[1]), scenes()
    (marginal,) = make_engine().marginals(query, made)
    assert marginal.probability is None and "more than 2 ways" in marginal.reason
    assert 0.0 < marginal.lower <= by_enumeration(query, made) <= marginal.upper < 1.0
