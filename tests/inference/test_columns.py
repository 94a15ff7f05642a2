"""Rule bodies over columns against the same bodies proved one binding at a time."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings

from rune_pl.inference import make_boxes
from rune_pl.inference.columns import ColumnSolver, NotColumnarError, Table
from rune_pl.language.library import Library
from rune_pl.language.parse import parse_goal
from rune_pl.language.terms import Const
from tests.inference.cases import ATTRIBUTES, EXTREMES, PRESENCE, RELATIONS, scenes
from tests.inference.oracle import Prolog
from tests.inference.scenario import make_query, scenes_of

LIBRARY = Library.load()
QUERY = make_query("retrieve :- object(A, ship).", LIBRARY)
GOALS = [
    text.format(a="A", b="B")
    for text in (*RELATIONS, *PRESENCE, *ATTRIBUTES, *EXTREMES)
    if not text.startswith(("closest", "surr", "larg", "small"))
]
GOALS += [
    "between(A, B, C)",
    "\\+ near(A, B)",
    "(left_of(A, B) ; above(A, B))",
    "gap(A, B, G), G < 30, area(A, S), S > G",
]


def names_in(goal: str) -> list[str]:
    return [name for name in ("A", "B", "C") if name in goal]


@settings(max_examples=25, deadline=None)
@given(made=scenes(most=4))
def test_columns_hold_where_prolog_proves(made):
    boxes = make_boxes(made)
    solver = ColumnSolver(QUERY.relations, boxes)
    atoms = [f"d{n}" for n in made.detection]
    prolog = Prolog(QUERY, made, frozenset())
    for text in GOALS:
        names = names_in(text)
        goal = parse_goal(text)
        rows = np.array(list(itertools.product(range(len(atoms)), repeat=len(names))))
        table = Table({n: rows[:, i] for i, n in enumerate(names)}, np.zeros(len(rows), dtype=np.int64))
        if "12)" in text and np.isnan(made.gsd[0]):
            continue  # metres without a ground sampling distance
        kept, _ = solver.solve(goal, table)
        proved = [
            k
            for k, row in enumerate(rows)
            if prolog.holds(goal, {n: Const(atoms[i]) for n, i in zip(names, row, strict=True)})
        ]
        assert kept.tolist() == proved, text


def solve(text, vectors=None):
    made = scenes_of(vectors or {1: {"ship": 0.5}, 2: {"ship": 0.5}}, {})
    solver = ColumnSolver(QUERY.relations, make_boxes(made))
    pairs = np.array([(0, 0), (0, 1), (1, 0)])
    return solver.solve(parse_goal(text), Table({"A": pairs[:, 0], "B": pairs[:, 1]}, np.zeros(3, dtype=np.int64)))


def test_new_columns_are_bound_for_the_rows_that_stay():
    rows, table = solve("A \\== B, center(A, X, _), D is X * 2")
    assert rows.tolist() == [1, 2]
    assert table.columns["D"].tolist() == [2 * 1010.0, 2 * 2010.0]


def test_division_by_zero_holds_of_nothing():
    rows, _ = solve("gap(A, B, G), X is 1 / (G - G), X = X")
    assert rows.tolist() == []


@pytest.mark.parametrize("text", ["object(A, ship)", "near(A, C)", "X < 3", "unknown(A)"])
def test_what_needs_more_than_columns_says_so(text):
    with pytest.raises(NotColumnarError):
        solve(text)
