"""What every deterministic predicate means, on scenes whose answers can be read off the numbers.

Boxes are (x, y, length, width, degrees clockwise from the x axis); the first is d1. Every case runs in every system.
"""

from __future__ import annotations

import math
import re

import pytest

from rune_pl.language.library import Library

# An 80 x 20 box in the middle, and squares of 10 around it.
LONG = (150.0, 150.0, 80.0, 20.0)

CASES = [
    # near/2: twice the longest side, 160; edges 40 from the middle of d1
    ("near", [LONG, (354, 150, 10, 10)], {}, "near(d1, d2), near(d2, d1)", True),
    ("near", [LONG, (356, 150, 10, 10)], {}, "near(d1, d2)", False),
    ("near", [LONG], {}, "near(d1, d1)", False),
    # near/3 and farther_than/3: the gap is 10 pixels
    ("near", [LONG, (150, 175, 10, 10)], {}, "near(d1, d2, px(10))", True),
    ("near", [LONG, (150, 175, 10, 10)], {}, "near(d1, d2, px(9))", False),
    ("near", [LONG, (150, 175, 10, 10)], {"gsd": 0.5}, "near(d1, d2, 5)", True),
    ("near", [LONG, (150, 175, 10, 10)], {"gsd": 0.5}, "near(d1, d2, 4.9)", False),
    ("near", [LONG, (150, 175, 10, 10)], {}, "near(d1, d2, 1000)", False),  # metres, and none are known
    ("near", [LONG], {}, "near(d1, d1, px(10))", False),
    ("farther_than", [LONG, (150, 175, 10, 10)], {}, "farther_than(d1, d2, px(9))", True),
    ("farther_than", [LONG, (150, 175, 10, 10)], {}, "farther_than(d1, d2, px(10))", False),
    ("farther_than", [LONG, (150, 175, 10, 10)], {"gsd": 2.0}, "farther_than(d1, d2, 19)", True),
    ("farther_than", [LONG, (150, 175, 10, 10)], {}, "farther_than(d1, d2, 1)", False),
    # adjacent/2: half of 10
    ("adjacent", [LONG, (150, 170, 10, 10)], {}, "adjacent(d1, d2), adjacent(d2, d1)", True),
    ("adjacent", [LONG, (150, 171, 10, 10)], {}, "adjacent(d1, d2)", False),
    ("touching", [LONG, (150, 166, 10, 10)], {}, "touching(d1, d2)", True),
    ("touching", [LONG, (150, 166.5, 10, 10)], {}, "touching(d1, d2)", False),
    ("touching", [LONG, (150, 150, 10, 10)], {}, "touching(d1, d2)", True),
    ("overlaps", [LONG, (150, 164, 10, 10)], {}, "overlaps(d1, d2)", True),
    ("overlaps", [LONG, (150, 165, 10, 10)], {}, "overlaps(d1, d2)", False),  # a common edge
    # inside/2: the square reaches over the edge at y = 160 with 20 % or 30 % of its area
    ("inside", [(150, 157, 10, 10), LONG], {}, "inside(d1, d2), contains(d2, d1)", True),
    ("inside", [(150, 158, 10, 10), LONG], {}, "inside(d1, d2)", False),
    ("inside", [(150, 157, 10, 10), LONG], {}, "inside(d2, d1)", False),
    ("inside", [LONG], {}, "inside(d1, d1)", False),
    ("left_of", [(10, 90, 5, 5), (20, 10, 5, 5)], {}, "left_of(d1, d2), right_of(d2, d1), \\+ left_of(d2, d1)", True),
    ("left_of", [(10, 90, 5, 5), (10, 10, 5, 5)], {}, "left_of(d1, d2) ; right_of(d1, d2)", False),
    ("above", [(90, 10, 5, 5), (10, 20, 5, 5)], {}, "above(d1, d2), below(d2, d1), \\+ above(d2, d1)", True),
    ("above", [(90, 10, 5, 5), (10, 10, 5, 5)], {}, "above(d1, d2) ; below(d1, d2)", False),
    # without a transform north is up
    ("north_of", [(10, 10, 5, 5), (20, 20, 5, 5)], {}, "north_of(d1, d2), south_of(d2, d1)", True),
    ("west_of", [(10, 10, 5, 5), (20, 20, 5, 5)], {}, "west_of(d1, d2), east_of(d2, d1)", True),
    # an image whose right is north and whose down is east
    ("north_of", [(10, 10, 5, 5), (20, 20, 5, 5)], {"transform": (0, 1, 7e5, 1, 0, 5e6)}, "north_of(d2, d1)", True),
    ("east_of", [(10, 30, 5, 5), (20, 20, 5, 5)], {"transform": (0, 1, 7e5, 1, 0, 5e6)}, "east_of(d1, d2)", True),
    ("west_of", [(10, 30, 5, 5), (20, 20, 5, 5)], {"transform": (0, 1, 7e5, 1, 0, 5e6)}, "west_of(d1, d2)", False),
    ("between", [(50, 50, 4, 4), (10, 50, 4, 4), (90, 50, 4, 4)], {}, "between(d1, d2, d3), between(d1, d3, d2)", True),
    ("between", [(50, 50, 4, 4), (10, 50, 4, 4), (90, 50, 4, 4)], {}, "between(d2, d1, d3)", False),
    # to the left, and 44 or 46 degrees off to the right
    ("between", [(50, 50, 4, 4), (10, 50, 4, 4), (90, 88, 4, 4)], {}, "between(d1, d2, d3)", True),
    ("between", [(50, 50, 4, 4), (10, 50, 4, 4), (90, 92, 4, 4)], {}, "between(d1, d2, d3)", False),
    ("between", [(50, 50, 4, 4), (10, 50, 4, 4), (50, 50, 9, 9)], {}, "between(d1, d2, d3)", False),
    ("between", [(50, 50, 4, 4), (10, 50, 4, 4)], {}, "between(d1, d2, d2)", False),
    ("parallel", [(50, 50, 40, 9, 0), (90, 80, 40, 9, 14)], {}, "parallel(d1, d2)", True),
    ("parallel", [(50, 50, 40, 9, 0), (90, 80, 40, 9, 16)], {}, "parallel(d1, d2)", False),
    (
        "parallel",
        [(50, 50, 40, 9, 83), (90, 80, 40, 9, -83)],
        {},
        "parallel(d1, d2)",
        True,
    ),  # 7 degrees each side of up
    ("parallel", [(50, 50, 40, 9, 5), (90, 80, 40, 9, 185)], {}, "parallel(d1, d2)", True),
    ("parallel", [(50, 50, 40, 9), (90, 80, 9, 9)], {}, "parallel(d1, d2)", False),  # a square
    ("aligned", [(50, 50, 40, 9, 30), (50 + 86.6, 100, 40, 9, 30)], {}, "aligned(d1, d2)", True),  # in line
    ("aligned", [(50, 50, 40, 9, 30), (50 - 25, 50 + 43.3, 40, 9, 30)], {}, "aligned(d1, d2)", True),  # side by side
    ("aligned", [(50, 50, 40, 9, 0), (110, 110, 40, 9, 0)], {}, "aligned(d1, d2)", False),  # diagonal
    ("aligned", [(50, 50, 40, 9, 0), (150, 76, 40, 9, 0)], {}, "aligned(d1, d2)", True),  # 14.6 degrees
    ("aligned", [(50, 50, 40, 9, 0), (150, 78, 40, 9, 0)], {}, "aligned(d1, d2)", False),  # 15.6 degrees
    ("aligned", [(50, 50, 40, 9, 0), (150, 50, 40, 9, 45)], {}, "aligned(d1, d2)", False),
    ("same_row", [(50, 50, 20, 40), (200, 70, 20, 10)], {}, "same_row(d1, d2), same_row(d2, d1)", True),
    ("same_row", [(50, 50, 20, 40), (200, 71, 20, 10)], {}, "same_row(d1, d2)", False),
    # attributes
    ("elongated", [(50, 50, 30, 10)], {}, "elongated(d1)", True),
    ("elongated", [(50, 50, 10, 29)], {}, "elongated(d1)", False),
    ("large", [(50, 50, 9, 9), (80, 50, 9, 9)], {"size_rank": (0.75, 0.74)}, "large(d1), \\+ large(d2)", True),
    ("small", [(50, 50, 9, 9), (80, 50, 9, 9)], {"size_rank": (0.25, 0.26)}, "small(d1), \\+ small(d2)", True),
    ("longer_than", [(50, 50, 9, 30)], {}, "longer_than(d1, px(29)), \\+ longer_than(d1, px(30))", True),
    ("longer_than", [(50, 50, 9, 30)], {"gsd": 0.1}, "longer_than(d1, 2.9), \\+ longer_than(d1, 3.1)", True),
    ("longer_than", [(50, 50, 9, 30)], {}, "longer_than(d1, 1)", False),
    ("area_above", [(50, 50, 10, 20)], {}, "area_above(d1, px(199)), \\+ area_above(d1, px(200))", True),
    ("area_above", [(50, 50, 10, 20)], {"gsd": 0.5}, "area_above(d1, 49), \\+ area_above(d1, 50)", True),
    ("area_above", [(50, 50, 10, 20)], {}, "area_above(d1, 1)", False),
    ("confident", [(50, 50, 9, 9)], {"probability": (0.7,)}, "confident(d1, 0.7), \\+ confident(d1, 0.71)", True),
    # heading: the x axis is 90 degrees from up, and north where the transform says so
    ("heading", [(50, 50, 30, 9, 0)], {}, "heading(d1, H), abs(H - 90) < 0.001", True),
    ("heading", [(50, 50, 30, 9, -60)], {}, "heading(d1, H), abs(H - 30) < 0.001", True),
    ("heading", [(50, 50, 30, 9, 0)], {"transform": (0, 1, 0, 1, 0, 0)}, "heading(d1, H), H < 0.001", True),
    ("heading", [(50, 50, 9, 9)], {}, "heading(d1, _)", False),
    # measures
    ("pixels", [(50, 50, 9, 9)], {}, "pixels(px(7), P), P =:= 7", True),
    ("pixels", [(50, 50, 9, 9)], {"gsd": 0.25}, "pixels(7, P), P =:= 28", True),
    ("pixels", [(50, 50, 9, 9)], {}, "pixels(7, _)", False),
    ("square_pixels", [(50, 50, 9, 9)], {}, "square_pixels(px(7), P), P =:= 7", True),
    ("square_pixels", [(50, 50, 9, 9)], {"gsd": 0.25}, "square_pixels(7, P), P =:= 112", True),
    ("square_pixels", [(50, 50, 9, 9)], {}, "square_pixels(7, _)", False),
    ("distinct", [(50, 50, 9, 9), (80, 50, 9, 9)], {}, "distinct(d1, d2), \\+ distinct(d1, d1)", True),
    # of floods: a gap of 20, and the long side of d2; half of d2 in d1
    ("reaches", [(50, 50, 20, 20), (90, 50, 20, 10)], {}, "reaches(d1, d2)", True),
    ("reaches", [(50, 50, 20, 20), (91, 50, 20, 10)], {}, "reaches(d1, d2)", False),
    ("covers_half", [(50, 50, 20, 20), (60, 50, 10, 10)], {}, "covers_half(d1, d2), \\+ covers_half(d2, d1)", True),
    ("covers_half", [(50, 50, 20, 20), (61, 50, 10, 10)], {}, "covers_half(d1, d2)", False),
    # quadrants about the middle of d1; straight up is in the first
    ("quadrant", [(50, 50, 9, 9), (60, 40, 9, 9)], {}, "quadrant(d1, d2, 1), \\+ quadrant(d1, d2, 2)", True),
    ("quadrant", [(50, 50, 9, 9), (60, 60, 9, 9)], {}, "quadrant(d1, d2, 2), \\+ quadrant(d1, d2, 3)", True),
    ("quadrant", [(50, 50, 9, 9), (40, 60, 9, 9)], {}, "quadrant(d1, d2, 3), \\+ quadrant(d1, d2, 4)", True),
    ("quadrant", [(50, 50, 9, 9), (40, 40, 9, 9)], {}, "quadrant(d1, d2, 4), \\+ quadrant(d1, d2, 1)", True),
    ("quadrant", [(50, 50, 9, 9), (50, 40, 9, 9)], {}, "quadrant(d1, d2, 1), \\+ quadrant(d1, d2, 4)", True),
    ("quadrant", [(50, 50, 9, 9), (50, 50, 5, 5)], {}, "quadrant(d1, d2, 1) ; quadrant(d1, d2, 3)", False),
]


@pytest.mark.parametrize(("boxes", "scene", "goal", "expected"), [pytest.param(*c[1:], id=c[3]) for c in CASES])
def test_meaning(ask, boxes, scene, goal, expected):
    assert ask(boxes, goal, **scene) is expected


REGIONS = ["top", "bottom", "left", "right", "top_left", "top_right", "bottom_left", "bottom_right", "center"]


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        (50, 20, {"left", "top", "top_left"}),
        (150, 20, {"top"}),
        (250, 20, {"right", "top", "top_right"}),
        (50, 60, {"left"}),
        (150, 60, {"center"}),
        (250, 60, {"right"}),
        (50, 100, {"left", "bottom", "bottom_left"}),
        (150, 100, {"bottom"}),
        (250, 100, {"right", "bottom", "bottom_right"}),
        (100, 40, {"center"}),  # the lines between cells belong to the middle
    ],
)
def test_regions(column_answer, swi_answers, x, y, expected):
    boxes, size = [(x, y, 9, 9)], (300.0, 120.0)
    goals = [f"in_region(d1, {region})" for region in REGIONS]
    assert {r for r, g in zip(REGIONS, goals) if column_answer(boxes, g, size=size)} == expected
    assert {r for r, held in zip(REGIONS, swi_answers(boxes, goals, size=size)) if held} == expected


@pytest.mark.parametrize("region", REGIONS)
def test_no_region_without_an_image_size(ask, region):
    assert not ask([(20, 20, 9, 9)], f"in_region(d1, {region})", size=(math.nan, math.nan))


def test_regions_can_be_listed(swi_answers):
    goal = "findall(R, in_region(d1, R), L), L == [top, left, top_left]"
    assert swi_answers([(20, 20, 9, 9)], [goal]) == [True]


def test_relations_enumerate_with_free_arguments_in_swi_prolog(swi_answers):
    boxes = [(10, 10, 5, 5), (20, 10, 5, 5), (200, 10, 5, 5)]
    goals = [
        "findall(A-B, left_of(A, B), L), sort(L, [d1-d2, d1-d3, d2-d3])",
        "findall(A-B, near(A, B), L), sort(L, [d1-d2, d2-d1])",
        "findall(A, elongated(A), [])",
    ]
    assert swi_answers(boxes, goals) == [True, True, True]


def test_every_predicate_over_boxes_has_a_case():
    library = Library.load()
    named = {name for case in CASES for name in re.findall(r"\b([a-z_]+)\(", case[3])} | {"in_region"}
    assert {p.name for p in library.predicates.values() if p.clauses and library.deterministic(*p.indicator)} <= named
