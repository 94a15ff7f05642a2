"""Relations that depend on which objects are present: their probabilities, worked out by hand."""

from __future__ import annotations

import pytest

PLANES = "0.5::object(d2, plane). 0.25::object(d3, plane). object(d1, tank)."


def test_closest_needs_the_nearer_ones_to_be_absent(marginal):
    boxes = [(10, 50, 8, 8), (30, 50, 8, 8), (80, 50, 8, 8)]
    assert marginal(boxes, PLANES, "closest(d2, d1)") == pytest.approx(0.5)
    assert marginal(boxes, PLANES, "closest(d3, d1)") == pytest.approx(0.25 * 0.5)
    assert marginal(boxes, PLANES, "object(A, plane), closest(A, d1)") == pytest.approx(1 - 0.5 * 0.75)


def test_closest_compares_objects_of_one_class(marginal):
    boxes = [(10, 50, 8, 8), (30, 50, 8, 8), (80, 50, 8, 8)]
    facts = "object(d2, ship). 0.25::object(d3, plane). object(d1, tank)."
    assert marginal(boxes, facts, "closest(d3, d1)") == pytest.approx(0.25)


def test_both_are_closest_at_the_same_gap(marginal):
    boxes = [(50, 50, 8, 8), (30, 50, 8, 8), (70, 50, 8, 8)]
    assert marginal(boxes, PLANES, "closest(d3, d1)") == pytest.approx(0.25)


def test_largest_and_smallest_are_among_those_present(marginal):
    boxes = [(10, 50, 8, 8), (30, 50, 20, 20), (80, 50, 9, 9)]
    assert marginal(boxes, PLANES, "largest(d2, plane)") == pytest.approx(0.5)
    assert marginal(boxes, PLANES, "largest(d3, plane)") == pytest.approx(0.25 * 0.5)
    assert marginal(boxes, PLANES, "smallest(d3, plane)") == pytest.approx(0.25)
    assert marginal(boxes, PLANES, "smallest(d2, plane)") == pytest.approx(0.5 * 0.75)
    assert marginal(boxes, PLANES, "largest(d1, tank)") == pytest.approx(1.0)
    assert marginal(boxes, PLANES, "largest(d1, plane)") == 0.0


AROUND = [(50, 50, 10, 10), (60, 40, 6, 6), (60, 60, 6, 6), (40, 60, 6, 6), (40, 40, 6, 6)]


def test_surrounded_by_needs_three_quadrants(marginal):
    facts = "0.9::object(d2, car). 0.8::object(d3, car). 0.7::object(d4, car). 0.6::object(d5, car)."
    three_or_more = 0.9 * (0.8 * 0.7 + 0.8 * 0.3 * 0.6 + 0.2 * 0.7 * 0.6)  # d2 is one of them
    assert marginal(AROUND, facts, "surrounded_by(d1, d2)") == pytest.approx(three_or_more)


def test_surrounded_by_counts_quadrants_not_objects(marginal):
    crowd = [(50, 50, 10, 10), (60, 40, 6, 6), (61, 41, 6, 6), (60, 60, 6, 6), (61, 61, 6, 6)]
    facts = "object(d2, car). object(d3, car). object(d4, car). object(d5, car)."
    assert marginal(crowd, facts, "surrounded_by(d1, d2)") == 0.0


def test_surrounded_by_counts_near_objects_only(marginal):
    far = [*AROUND[:3], (50 - 300, 50 + 300, 6, 6), (50 - 300, 50 - 300, 6, 6)]
    facts = "object(d2, car). object(d3, car). object(d4, car). object(d5, car)."
    assert marginal(far, facts, "surrounded_by(d1, d2)") == 0.0


def test_what_is_inside_is_surrounded(marginal):
    boxes = [(50, 50, 10, 10), (50, 50, 80, 80)]
    assert marginal(boxes, "0.5::object(d2, harbor).", "object(d2, harbor), surrounded_by(d1, d2)") == pytest.approx(
        0.5
    )
