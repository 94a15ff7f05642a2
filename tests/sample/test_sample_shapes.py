"""Outlines and dice: the small parts that the generator is made of."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Polygon, box

from rune_pl.sample.dice import Dice
from rune_pl.sample.plan import Plan
from rune_pl.sample.shapes import clip, ellipse, line, move, rectangle, rounded, shade, stroke

coordinate = st.floats(-30, 130, allow_nan=False).map(lambda value: round(value, 3))


def test_dice_are_the_generator_of_python() -> None:
    same = random.Random("key")
    assert [Dice("key").uniform(0, 1)] == [same.random()]


def test_dice_of_the_same_key_throw_the_same() -> None:
    one, two = Dice("a").child("b"), Dice("a/b")
    assert [one.integer(0, 99) for _ in range(20)] == [two.integer(0, 99) for _ in range(20)]
    assert Dice("a").integer(0, 10**6) != Dice("b").integer(0, 10**6)


def test_dice_cover_their_range_evenly() -> None:
    dice = Dice("even")
    counts = [0] * 6
    for _ in range(6000):
        counts[dice.integer(1, 6) - 1] += 1
    assert all(850 <= count <= 1150 for count in counts)  # 1000 expected, deviation 29
    draws = [dice.normal(3, 2) for _ in range(4000)]
    mean = sum(draws) / 4000
    assert abs(mean - 3) < 0.15
    assert abs(math.sqrt(sum((value - mean) ** 2 for value in draws) / 4000) - 2) < 0.1
    taken = [dice.weighted("ab", (1, 3)) for _ in range(4000)]
    assert 900 <= taken.count("a") <= 1100


def test_dice_take_different_items() -> None:
    assert sorted(Dice("s").sample([1, 2, 3, 4], 4)) == [1, 2, 3, 4]
    assert len(set(Dice("s").sample(range(10), 3))) == 3
    assert len(Dice("s").sample([1], 5)) == 1


@given(st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=3))
def test_clip_of_a_triangle_is_its_intersection_with_the_window(points: list[tuple[float, float]]) -> None:
    triangle = Polygon(points)
    expected = triangle.intersection(box(0, 0, 100, 80)).area if triangle.is_valid else 0.0
    kept = clip(points, 100, 80)
    area = Polygon(kept).area if len(kept) > 2 else 0.0
    if triangle.is_valid:
        assert area == pytest.approx(expected, abs=1e-6 * max(1.0, triangle.area))


def test_outlines_have_the_size_they_say() -> None:
    for points in (rectangle(8, 4), ellipse(8, 4), rounded(8, 4, 1.5)):
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        assert (min(xs), max(xs), min(ys), max(ys)) == pytest.approx((-4, 4, -2, 2))
    assert Polygon(ellipse(8, 4, count=200)).area == pytest.approx(math.pi * 8, rel=1e-3)


def test_stroke_has_its_width_all_along() -> None:
    assert Polygon(line(0, 0, 10, 0, 2)).bounds == pytest.approx((0, -1, 10, 1))
    ring = Polygon(stroke(rectangle(10, 6), 1, closed=True)).buffer(0)
    assert ring.bounds == pytest.approx((-5.5, -3.5, 5.5, 3.5))
    assert ring.area == pytest.approx(11 * 7 - 9 * 5)


def test_move_turns_from_x_towards_y() -> None:
    assert move([(1, 0)], 10, 20, math.pi / 2)[0] == pytest.approx((10, 21))


def test_shade_stays_in_range() -> None:
    assert shade((100, 200, 10), 2.0) == (200, 255, 20)
    assert shade((100, 200, 10), -1.0) == (0, 0, 0)


def test_things_of_a_plan_do_not_overlap_unless_forced() -> None:
    plan = Plan("test", 100.0, 0.4, Dice("test"))
    assert plan.add("house", 0, 0, 0.0, 10, 10)
    assert not plan.add("house", 9, 0, 0.0, 10, 10)
    assert plan.add("house", 11, 0, 0.0, 10, 10)
    assert plan.add("house", 9, 0, 0.0, 10, 10, force=True)
    assert not plan.add("house", 300, 0, 0.0, 10, 10)  # out of sight
    plan.reserve(-30, -30, -20, -20)
    assert not plan.add("tree", -25, -25, 0.0, 4, 4)
    assert plan.add("small_vehicle", -25, -25, 0.0, 4, 2, ground=False)


def test_diamonds_side_by_side_do_not_meet() -> None:
    """Two squares on their corners, whose bounding boxes overlap, are still apart."""
    plan = Plan("test", 100.0, 0.0, Dice("test"))
    assert plan.add("house", 0, 0, math.pi / 4, 10, 10, margin=0)
    assert plan.add("house", 7.5, 7.5, math.pi / 4, 10, 10, margin=0)
    assert not plan.add("house", -6.5, -6.5, math.pi / 4, 10, 10, margin=0)
