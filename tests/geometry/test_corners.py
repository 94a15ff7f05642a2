"""Corners in any order become convex clockwise quadrilaterals, or are refused."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rune_pl.geometry import normalize_corners, polygon_area

SQUARE = [(0, 0), (4, 0), (4, 4), (0, 4)]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_any_order_of_a_square(order):
    corners, usable = normalize_corners([[SQUARE[i] for i in order]])
    assert usable.tolist() == [True]
    assert polygon_area(corners.astype(float))[0] == 16.0
    assert corners.dtype == np.float32
    assert tuple(corners[0, 0]) == SQUARE[order[0]]
    start = SQUARE.index(tuple(corners[0, 0]))
    assert [tuple(c) for c in corners[0]] == SQUARE[start:] + SQUARE[:start]  # clockwise as seen on the image


def test_a_corner_inside_the_others_makes_the_rectangle_around():
    corners, usable = normalize_corners([[(0, 0), (10, 0), (4, 4), (0, 10)]])
    assert usable.all()
    # The right angle at the origin: the rectangle on the long side is as large as the one on the axes.
    assert polygon_area(corners.astype(float))[0] == pytest.approx(100.0, rel=1e-6)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "quad",
    [
        [(0, 0), (4, 0), (8, 0), (2, 0)],  # on a line
        [(3, 3), (3, 3), (3, 3), (3, 3)],  # a point
        [(0, 0), (4, 4), (0, 0), (4, 4)],
        [(0, 0), (4, 0), (4, np.nan), (0, 4)],
        [(0, 0), (4, 0), (np.inf, 4), (0, 4)],
        [(0, 0), (1e300, 0), (1e300, 1e300), (0, 1e300)],  # beyond float32
        [(1e9, 1e9), (1e9 + 1, 1e9), (1e9 + 1, 1e9 + 1), (1e9, 1e9 + 1)],  # float32 has no room for it
    ],
)
def test_refused(quad):
    corners, usable = normalize_corners([quad, SQUARE])
    assert usable.tolist() == [False, True]
    assert corners[1].tolist() == [list(map(float, c)) for c in SQUARE]


def test_wrong_shape():
    with pytest.raises(ValueError, match=r"shape \(4, 2\), expected \(N, 4, 2\)"):
        normalize_corners(SQUARE)


def test_none_at_all():
    corners, usable = normalize_corners(np.empty((0, 4, 2)))
    assert corners.shape == (0, 4, 2)
    assert usable.shape == (0,)


coordinates = st.floats(-1000, 1000, width=32)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.tuples(coordinates, coordinates), min_size=4, max_size=4), min_size=1, max_size=10))
def test_what_is_usable_is_convex_and_stays_as_it_is(quads):
    corners, usable = normalize_corners(quads)
    kept = corners[usable].astype(np.float64)
    edge = np.roll(kept, -1, axis=1) - kept
    following = np.roll(edge, -1, axis=1)
    turn = edge[..., 0] * following[..., 1] - edge[..., 1] * following[..., 0]
    reach = np.ptp(kept, axis=1).max(axis=1)
    assert (turn >= -1e-3 * reach[:, None]).all()
    assert (polygon_area(kept) > 0).all()
    again, still = normalize_corners(corners[usable])
    assert still.all()
    assert np.array_equal(again, corners[usable])
