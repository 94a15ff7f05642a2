"""Which relations hold both ways, read off their text, and goals that say no more than that two things differ."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings

from rune_pl.inference import make_boxes
from rune_pl.inference.columns import ColumnSolver, Table
from rune_pl.language.library import Library
from rune_pl.language.parse import parse_goal
from rune_pl.language.symmetry import canonical, renamed, symmetric_relations, tells_apart
from rune_pl.language.terms import Const, Struct, Var
from tests.inference.cases import scenes
from tests.inference.scenario import make_query

LIBRARY = Library.load()
QUERY = make_query("retrieve :- object(A, ship).", LIBRARY)
SYMMETRIC = symmetric_relations(QUERY.relations)


def test_the_library_relations_that_are_symmetric():
    assert set(SYMMETRIC) == {
        ("distinct", 2), ("near", 2), ("near", 3), ("farther_than", 3), ("adjacent", 2), ("touching", 2),
        ("overlaps", 2), ("parallel", 2),
    }  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(made=scenes(most=5))
def test_they_hold_both_ways(made):
    solver = ColumnSolver(QUERY.relations, make_boxes(made), made.classes)
    rows = np.array(list(itertools.product(range(len(made.detection)), repeat=2)))
    table = Table({"A": rows[:, 0], "B": rows[:, 1]}, np.zeros(len(rows), dtype=np.int64))
    swapped = Table({"A": rows[:, 1], "B": rows[:, 0]}, table.image)
    for name, arity in sorted(SYMMETRIC):
        goal = parse_goal(f"{name}(A, B{', px(25)' * (arity - 2)})")
        assert solver.solve(goal, table)[0].tolist() == solver.solve(goal, swapped)[0].tolist(), name


@pytest.mark.parametrize(
    ("clauses", "expected"),
    [
        ("r(A, B) :- near(A, B).", True),
        ("r(A, B) :- near(B, A).", True),
        ("r(A, B) :- near(A, B), distinct(B, A).", True),
        ("r(A, B) :- area(A, S), area(B, T), S * T > 9.", True),
        ("r(A, B) :- area(A, S), area(B, T), abs(S - T) < 9.", True),
        ("r(A, B) :- area(A, S), area(B, T), D is S + T, gap(B, A, G), G < D.", True),
        ("r(A, B) :- large(A), large(B), near(A, B).", True),
        ("r(A, B) :- iou(A, B, S), S > 0.2.", True),
        # A made-up relation that looks so, and is not.
        ("r(A, B) :- area(A, S), area(B, T), S - T < 9.", False),
        ("r(A, B) :- area(A, S), area(B, T), S > T.", False),
        ("r(A, B) :- near(A, B), large(A).", False),
        ("r(A, B) :- cover(A, B, S), S > 0.2.", False),
        ("r(A, B) :- gap(A, B, G), area(A, S), G < S.", False),
        ("r(A, B) :- near(A, B), inside(A, B).", False),
        # Perhaps so, but that is more than is read off the text.
        ("r(A, B) :- inside(A, B).\nr(A, B) :- inside(B, A).", False),
        ("r(A, B) :- near(A, B), \\+ large(A), \\+ large(B).", False),
        ("r(A, B) :- center(A, X, _), center(B, Y, _), abs(X - Y) < 9.", False),
    ],
)
def test_relations_of_ones_own(clauses, expected, tmp_path):
    own = tmp_path / "own.pl"
    own.write_text(clauses)
    query = make_query("retrieve :- object(A, ship).", Library.load([own]))
    assert (("r", 2) in symmetric_relations(query.relations)) == expected


def test_a_symmetric_relation_has_one_way_to_say_it():
    for one, other in (("near(B, A)", "near(A, B)"), ("near(B, A, px(9))", "near(A, B, px(9))")):
        assert canonical(parse_goal(one), SYMMETRIC) == canonical(parse_goal(other), SYMMETRIC)
    assert canonical(parse_goal("inside(B, A)"), SYMMETRIC) == parse_goal("inside(B, A)")
    assert canonical(parse_goal("B < A"), SYMMETRIC) == parse_goal("B < A")


@pytest.mark.parametrize(
    ("goal", "expected"),
    [
        ("A \\== B", {"A", "B"}),
        ("A \\= B", {"A", "B"}),
        ("distinct(B, A)", {"A", "B"}),
        ("A == B", None),
        ("A \\== d1", None),
        ("A \\== A", None),
        ("near(A, B)", None),
        ("\\+ A == B", None),
    ],
)
def test_what_tells_two_variables_apart(goal, expected):
    assert tells_apart(parse_goal(goal)) == expected


def test_a_goal_about_another_variable():
    goal = renamed(parse_goal("near(A, B, px(A))"), "A", "C")
    assert goal.args == (Var("C"), Var("B"), Struct("px", (Var("C"),)))
    assert renamed(parse_goal("object(A, ship)"), "B", "C").args[1] == Const("ship")
