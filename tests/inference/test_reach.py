"""How far apart what is related can be: the bounds worked out by hand, and that no related pair is beyond them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings

from rune_pl.archive.scenes import Scenes
from rune_pl.inference import make_boxes
from rune_pl.inference.columns import ColumnSolver, Table
from rune_pl.inference.reach import reach_of
from rune_pl.language.library import Library
from rune_pl.language.parse import parse_goal
from rune_pl.language.terms import conjuncts
from tests.inference.cases import PAIR_MEASURES, RELATIONS, scenes
from tests.inference.scenario import make_query

OWN = """\
close(A, B) :- near(A, B, px(12)).
close(A, B) :- touching(A, B), parallel(A, B).
beside(A, B) :- adjacent(A, B), parallel(A, B).
somewhere(A, B) :- near(A, B).
somewhere(A, B) :- left_of(A, B).
within(A, B, D) :- gap(B, A, G), pixels(D, P), G < P, distinct(A, B).
large_gap(A, B) :- distinct(A, B), gap(A, B, G), area(A, S), area(B, T), G =< (S + T) / 40 - 2.
meeting(A, B) :- distinct(A, B), iou(A, B, S), 0.1 < S.
"""


@pytest.fixture(scope="module")
def relations(tmp_path_factory):
    own = tmp_path_factory.mktemp("own") / "own.pl"
    own.write_text(OWN)
    return make_query("retrieve :- object(A, ship).", Library.load([own])).relations


def box(x, y, width, height):
    return [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]


# Long sides 20, 40 and 8, and the last in an image of its own; half a metre to the pixel.
SCENES = Scenes.from_detections(
    [
        ("one", "ship", 0.5, box(0, 0, 20, 10)),
        ("one", "ship", 0.5, box(100, 0, 10, 40)),
        ("one", "ship", 0.5, box(0, 100, 8, 4)),
        ("two", "ship", 0.5, box(0, 0, 30, 10)),
    ],
    size=(400, 400),
    gsd=0.5,
)


def bound(relations, goals, candidates=(0, 1, 2, 3)):
    """For each box as A, how far a B can be."""
    boxes = make_boxes(SCENES)
    solver = ColumnSolver(relations, boxes, SCENES.classes)
    table = Table({"A": np.arange(4)}, boxes.image)
    found = reach_of("B", "A", conjuncts(parse_goal(goals)), table, np.array(candidates), solver)
    return None if found is None else found.tolist()


@pytest.mark.parametrize(
    ("goals", "expected"),
    [
        # Twice the longer side: its own, or that of the longest candidate in the image.
        ("near(A, B)", [80, 80, 80, 60]),
        ("near(B, A)", [80, 80, 80, 60]),
        ("near(A, B, px(20))", [20, 20, 20, 20]),
        ("near(A, B, 20)", [40, 40, 40, 40]),
        # Half of the shorter long side: its own, or that of the longest candidate.
        ("adjacent(A, B)", [10, 20, 4, 15]),
        ("touching(A, B)", [1, 1, 1, 1]),
        ("overlaps(A, B)", [0, 0, 0, 0]),
        ("inside(A, B)", [0, 0, 0, 0]),
        ("contains(A, B)", [0, 0, 0, 0]),
        ("gap(A, B, G), G < 30", [30, 30, 30, 30]),
        ("gap(A, B, G), 30 >= G", [30, 30, 30, 30]),
        ("gap(A, B, G), area(A, S), G =< S / 10", [20, 40, 3.2, 30]),
        ("overlap_area(A, B, S), S > 5", [0, 0, 0, 0]),
        # The least of several, the most of several ways.
        ("near(A, B), near(A, B, px(70))", [70, 70, 70, 60]),
        ("near(A, B), large(B), left_of(A, B)", [80, 80, 80, 60]),
        ("close(A, B)", [12, 12, 12, 12]),
        ("beside(A, B)", [10, 20, 4, 15]),
        ("within(A, B, px(9))", [9, 9, 9, 9]),
        ("within(A, B, 9)", [18, 18, 18, 18]),
        ("large_gap(A, B)", [13, 18, 8.8, 13]),
        ("meeting(A, B)", [0, 0, 0, 0]),
    ],
)
def test_the_bound_of(relations, goals, expected):
    assert bound(relations, goals) == pytest.approx(expected)


@pytest.mark.parametrize(
    "goals",
    [
        "farther_than(A, B, px(20))",
        "left_of(A, B)",
        "distinct(A, B)",
        "parallel(A, B)",
        "somewhere(A, B)",
        "\\+ near(A, B)",
        "(near(A, B) ; left_of(A, B))",
        "gap(A, B, G), G > 30",
        "overlap_area(A, B, S), S >= 0",
        "overlap_area(A, B, S), S < 5",
        "iou(A, B, S), S > -1",
        "large(B)",
        "gap(A, C, G), G < 30",
        "near(C, B)",
    ],
)
def test_there_is_no_bound_of(relations, goals):
    assert bound(relations, goals) is None


def test_only_candidates_of_the_image_count(relations):
    assert bound(relations, "near(A, B)", candidates=(2, 3))[:3] == [40, 80, 16]
    # Nothing to pair with: any bound will do.
    assert bound(relations, "near(A, B)", candidates=(3,))[3] == 60


GOALS = [
    *(text.format(a="A", b="B") for text in RELATIONS),
    *(text.format(a="A", b="B", n="N", m="M") for text in PAIR_MEASURES),
    *("close(A, B)", "beside(A, B)", "somewhere(A, B)", "within(A, B, px(9))", "large_gap(A, B)", "meeting(A, B)"),
]


@settings(max_examples=40, deadline=None)
@given(made=scenes(most=6))
def test_no_related_pair_is_beyond_the_bound(relations, made):
    boxes = make_boxes(made)
    solver = ColumnSolver(relations, boxes, made.classes)
    every = np.arange(len(made.detection))
    rows = np.array(list(itertools.product(every, repeat=2)))
    pairs = Table({"A": rows[:, 0], "B": rows[:, 1]}, np.zeros(len(rows), dtype=np.int64))
    _, measured = solver.solve(parse_goal("gap(A, B, G)"), pairs)
    gap = measured.columns["G"]
    alone = Table({"A": every}, np.zeros(len(every), dtype=np.int64))
    for text in GOALS:
        goal = parse_goal(text)
        for variable, anchor in (("B", "A"), ("A", "B")):
            table = Table({anchor: every}, alone.image)
            reach = reach_of(variable, anchor, conjuncts(goal), table, every, solver)
            if reach is not None:
                related = solver.solve(goal, pairs)[0]
                known = rows[related, 0 if anchor == "A" else 1]
                assert (gap[related] <= reach[known] + 1e-9).all(), text
