"""Gaps and shared areas of oriented boxes, against shapely and against pairs worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from rune_pl.geometry.quads import gap_between, meets, overlap_of


def box(x, y, length, width, degrees=0.0):
    """Corners (4, 2) clockwise as seen on the image."""
    along = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))]) * length / 2
    across = np.array([-np.sin(np.radians(degrees)), np.cos(np.radians(degrees))]) * width / 2
    middle = np.array([x, y])
    return np.array(
        [middle - along - across, middle + along - across, middle + along + across, middle - along + across]
    )


HAND = [
    (box(0, 0, 2, 2), box(5, 0, 2, 2), 3.0, 0.0),  # side by side
    (box(0, 0, 2, 2), box(5, 6, 2, 2), 5.0, 0.0),  # corner to corner: 3, 4, 5
    (box(0, 0, 2, 2), box(2, 0, 2, 2), 0.0, 0.0),  # a common edge
    (box(0, 0, 2, 2), box(2, 2, 2, 2), 0.0, 0.0),  # a common corner
    (box(0, 0, 2, 2), box(0, 0, 2, 2), 0.0, 4.0),  # identical
    (box(0, 0, 10, 10), box(1, 1, 2, 2), 0.0, 4.0),  # nested
    (box(0, 0, 10, 2), box(0, 0, 2, 10), 0.0, 4.0),  # a cross: no corner of one lies in the other
    (box(0, 0, 2, 2), box(3, 0, np.sqrt(8), np.sqrt(8), 45), 0.0, 0.0),  # a corner on an edge
    (box(0, 0, 2, 2), box(4, 0, np.sqrt(8), np.sqrt(8), 45), 1.0, 0.0),  # a corner before an edge
    (box(0, 0, 100, 0.01), box(0, 5, 100, 0.01), 4.99, 0.0),  # thin
    (box(1e6, 1e6, 2, 2), box(1e6 + 5, 1e6, 2, 2), 3.0, 0.0),  # far from the origin
]


@pytest.mark.parametrize(("first", "second", "gap", "shared"), HAND)
def test_by_hand(first, second, gap, shared):
    for a, b in ((first, second), (second, first)):
        assert gap_between(a[None], b[None])[0] == pytest.approx(gap, abs=1e-9)
        assert overlap_of(a[None], b[None])[0] == pytest.approx(shared, abs=1e-9)


def test_nothing_in_nothing_out():
    empty = np.empty((0, 4, 2))
    assert gap_between(empty, empty).shape == overlap_of(empty, empty).shape == meets(empty, empty).shape == (0,)


# Whole numbers make common edges, common corners and identical boxes likely.
boxes = st.one_of(
    st.builds(box, *[st.integers(0, 20)] * 2, *[st.integers(1, 10)] * 2, st.sampled_from([0, 90])),
    st.builds(
        box,
        *[st.floats(-2000, 2000)] * 2,
        *[st.floats(0.05, 500)] * 2,
        st.floats(0, 360),
    ),
    st.builds(box, *[st.floats(0, 50)] * 2, st.floats(1, 100), st.floats(0.001, 0.1), st.floats(0, 360)),
)
pairs = st.lists(st.tuples(boxes, boxes), min_size=1, max_size=20)


@settings(max_examples=150, deadline=None)
@given(pairs)
def test_as_shapely(made):
    first, second = (np.stack(side) for side in zip(*made))
    one, other = shapely.polygons(first), shapely.polygons(second)
    scale = np.maximum(np.abs(first).max(axis=(1, 2)), np.abs(second).max(axis=(1, 2)))
    gap = gap_between(first, second)
    assert (np.abs(gap - shapely.distance(one, other)) <= 1e-9 * (1 + scale)).all()
    smaller = np.minimum(shapely.area(one), shapely.area(other))
    difference = np.abs(overlap_of(first, second) - shapely.area(shapely.intersection(one, other)))
    assert (difference <= 1e-9 * (1 + scale) + 1e-9 * smaller).all()


@settings(max_examples=100, deadline=None)
@given(pairs)
def test_symmetry(made):
    first, second = (np.stack(side) for side in zip(*made))
    assert np.allclose(gap_between(first, second), gap_between(second, first), rtol=0, atol=1e-9)
    assert (meets(first, second) == (gap_between(first, second) == 0)).all()


@settings(max_examples=50, deadline=None)
@given(boxes)
def test_a_box_and_itself(quad):
    area = shapely.area(shapely.polygons(quad))
    assert gap_between(quad[None], quad[None])[0] == 0.0
    assert overlap_of(quad[None], quad[None])[0] == pytest.approx(area, rel=1e-6)
