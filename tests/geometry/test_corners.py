from __future__ import annotations

import numpy as np
import pytest
import shapely

from rune_pl.geometry.corners import minimum_rectangle, normalize_corners, widen_lines

SQUARE = [(0, 0), (4, 0), (4, 2), (0, 2)]  # clockwise as seen, y down


def test_a_clockwise_rectangle_stays_as_it_is():
    corners, ok = normalize_corners([SQUARE])
    assert ok.tolist() == [True]
    assert corners[0].tolist() == [[0, 0], [4, 0], [4, 2], [0, 2]]


def test_the_other_sense_is_turned_and_the_first_corner_kept():
    corners, ok = normalize_corners([[(4, 2), (4, 0), (0, 0), (0, 2)]])
    assert ok.all()
    assert corners[0].tolist() == [[4, 2], [0, 2], [0, 0], [4, 0]]


def test_a_self_crossing_quadrilateral_becomes_the_rectangle_of_its_hull():
    corners, ok = normalize_corners([[(4, 2), (0, 0), (4, 0), (0, 2)]])
    assert ok.all()
    assert corners[0].tolist() == [[4, 2], [0, 2], [0, 0], [4, 0]]


def test_a_concave_quadrilateral_becomes_the_rectangle_of_its_hull():
    corners, ok = normalize_corners([[(0, 0), (6, 0), (1, 1), (0, 6)]])
    # the smallest rectangle of the triangle (0,0) (6,0) (0,6) has area 36, whichever side it stands on
    assert ok.all()
    assert shapely.Polygon(corners[0]).area == pytest.approx(36)
    assert shapely.Polygon(corners[0]).buffer(1e-4).contains(shapely.Point(6, 0))
    assert shapely.Polygon(corners[0]).buffer(1e-4).contains(shapely.Point(0, 6))


def test_a_triangle_with_a_doubled_corner_is_a_box():
    corners, ok = normalize_corners([[(0, 0), (0, 0), (4, 0), (0, 4)]])
    assert ok.all()
    assert shapely.Polygon(corners[0]).area == 8


@pytest.mark.parametrize(
    "quad",
    [
        [(1, 1)] * 4,
        [(0, 0), (1, 1), (2, 2), (3, 3)],
        [(0, 0), (5, 0), (5, 0), (0, 0)],
        [(1e6, 1e6), (1e6 + 1e-3, 1e6), (1e6 + 1e-3, 1e6 + 1e-3), (1e6, 1e6 + 1e-3)],  # float32 cannot tell them apart
        [(0, 0), (float("nan"), 0), (1, 1), (0, 1)],
        [(0, 0), (float("inf"), 0), (1, 1), (0, 1)],
        [(0, 0), (1e300, 0), (1, 1), (0, 1)],
    ],
)
def test_no_area_is_not_ok(quad):
    _, ok = normalize_corners([SQUARE, quad])
    assert ok.tolist() == [True, False]


def test_no_quadrilaterals_are_fine():
    corners, ok = normalize_corners(np.empty((0, 4, 2)))
    assert corners.shape == (0, 4, 2)
    assert ok.shape == (0,)


def test_random_quadrilaterals_end_convex_clockwise_and_around_the_given_points():
    rng = np.random.default_rng(7)
    given = rng.uniform(0, 100, (2000, 4, 2)).astype(np.float32)
    corners, ok = normalize_corners(given)
    assert ok.all()
    polygons = shapely.polygons(corners)
    assert shapely.is_valid(polygons).all()
    hulls = shapely.convex_hull(polygons)
    np.testing.assert_allclose(shapely.area(polygons), shapely.area(hulls), rtol=1e-5)
    assert not shapely.is_ccw(shapely.get_exterior_ring(shapely.polygons(corners * [1, -1]))).any()  # y up
    assert shapely.covers(shapely.buffer(polygons, 1e-3), shapely.multipoints(given)).all()
    convex = shapely.is_valid(shapely.polygons(given)) & np.isclose(
        shapely.area(shapely.polygons(given)), shapely.area(shapely.convex_hull(shapely.multipoints(given)))
    )
    assert convex.sum() > 100
    np.testing.assert_array_equal(corners[convex, 0], given[convex, 0])
    np.testing.assert_array_equal(np.sort(corners[convex], axis=1), np.sort(given[convex], axis=1))


def test_normalizing_twice_changes_nothing_for_convex_shapes():
    rng = np.random.default_rng(8)
    once, _ = normalize_corners(rng.uniform(0, 100, (500, 4, 2)))
    twice, ok = normalize_corners(once)
    assert ok.all()
    np.testing.assert_allclose(shapely.area(shapely.polygons(once)), shapely.area(shapely.polygons(twice)), rtol=1e-5)


def test_minimum_rectangle_is_not_larger_than_any_rotation_of_a_fine_sweep():
    rng = np.random.default_rng(9)
    for _ in range(50):
        points = (rng.normal(size=(rng.integers(3, 12), 2)) * [50, 10]).astype(np.float32).astype(float)
        rectangle = minimum_rectangle(points)
        assert rectangle is not None
        angles = np.linspace(0, np.pi / 2, 500)
        across = np.ptp(points @ np.array([np.cos(angles), np.sin(angles)]), axis=0)
        along = np.ptp(points @ np.array([-np.sin(angles), np.cos(angles)]), axis=0)
        assert shapely.Polygon(rectangle).area <= (across * along).min() * (1 + 1e-5)
        assert shapely.Polygon(rectangle).buffer(1e-3).covers(shapely.MultiPoint(points))
        first = np.hypot(*(rectangle - points[0]).T)
        assert first[0] == first.min()


@pytest.mark.parametrize("points", [[], [(0, 0), (1, 1)], [(0, 0), (1, 1), (2, 2)], [(3, 3)] * 5])
def test_minimum_rectangle_of_a_line_is_none(points):
    assert minimum_rectangle(points) is None


def test_a_flat_box_is_widened_to_one_pixel():
    corners, ok = widen_lines(
        [[(120.5, 10), (120.5, 10), (-5.5, 10), (-5.5, 10)], [(1, 1), (1.5, 1), (1.5, 1), (1, 1)]]
    )
    assert ok.tolist() == [True, False]
    assert sorted(map(tuple, corners[0].tolist())) == [(-5.5, 9.5), (-5.5, 10.5), (120.5, 9.5), (120.5, 10.5)]
    assert normalize_corners(corners[:1])[0].tolist() == corners[:1].tolist()
