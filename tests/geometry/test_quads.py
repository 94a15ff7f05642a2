"""Gaps and shared areas of oriented boxes, against shapely and against pairs worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from rune_pl.geometry import polygon_area
from rune_pl.geometry.quads import gap_between, gap_of, meets, overlap_between, overlap_of


def box(x, y, length, width, degrees=0.0):
    """Corners (4, 2) clockwise as seen on the image."""
    along = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))]) * length / 2
    across = np.array([-np.sin(np.radians(degrees)), np.cos(np.radians(degrees))]) * width / 2
    middle = np.array([x, y])
    return np.array(
        [middle - along - across, middle + along - across, middle + along + across, middle - along + across]
    )


def gap_by_columns(first, second):
    """Gap, and whether they meet, as numpy computes them: what is compiled has to equal these to the last bit."""
    p, q = (np.ascontiguousarray(quads.transpose(2, 1, 0)) for quads in (first, second))

    def corners_to_edges(p, q):
        edge = np.roll(p, -1, axis=1) - p
        ex, ey = edge[0][:, None, :], edge[1][:, None, :]
        x, y = q[:, None, :, :] - p[:, :, None, :]
        length = ex * ex + ey * ey
        length[length == 0] = 1.0
        t = np.clip((x * ex + y * ey) / length, 0.0, 1.0)
        separated = (ey * x - ex * y > 0).all(axis=1).any(axis=0)
        dx, dy = x - t * ex, y - t * ey
        return (dx * dx + dy * dy).min(axis=(0, 1)), separated

    with np.errstate(all="ignore"):
        one, separated = corners_to_edges(p, q)
        other, apart = corners_to_edges(q, p)
        return np.where(separated | apart, np.sqrt(np.minimum(one, other)), 0.0), ~(separated | apart)


def assert_same_bits(first, second):
    gap, met = gap_by_columns(first, second)
    found = gap_between(first, second)
    number = ~np.isnan(gap)
    assert np.array_equal(np.isnan(found), ~number)
    assert np.array_equal(found[number].view(np.int64), gap[number].view(np.int64))
    assert np.array_equal(meets(first, second), met)


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
        assert overlap_between(a[None], b[None])[0] == pytest.approx(shared, abs=1e-9)


def test_nothing_in_nothing_out():
    empty = np.empty((0, 4, 2))
    assert gap_between(empty, empty).shape == overlap_between(empty, empty).shape == meets(empty, empty).shape == (0,)


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
    difference = np.abs(overlap_between(first, second) - shapely.area(shapely.intersection(one, other)))
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
    assert overlap_between(quad[None], quad[None])[0] == pytest.approx(area, rel=1e-6)


@settings(max_examples=150, deadline=None)
@given(pairs)
def test_to_the_last_bit_as_numpy(made):
    assert_same_bits(*(np.stack(side) for side in zip(*made)))


def arranged(kind, rng, n=3000):
    """Pairs of boxes, (n, 4, 2) twice; what touches does so at coordinates that floats hold exactly."""
    whole = np.stack([box(*map(float, made)) for made in rng.integers([0, 0, 1, 1], 20, (n, 4))])
    turned = np.stack([box(*made) for made in rng.uniform(0, 1, (n, 5)) * [500, 500, 60, 20, 360]])
    rounded = turned.astype(np.float32).astype(np.float64)
    match kind:
        case "whole numbers":
            return whole, whole[::-1]
        case "anywhere":
            return rounded, rounded[::-1]
        case "touching":
            along = np.where(rng.random(n) < 0.5, 1, 3)  # moved by one side or by the diagonal
            return whole, whole + (whole[np.arange(n), along] - whole[:, 0])[:, None]
        case "identical":
            return rounded, np.stack([np.roll(quad, turn, axis=0) for turn, quad in enumerate(rounded)])
        case "nested":
            return rounded, rounded.mean(axis=1, keepdims=True) * 0.5 + rounded * 0.5
        case "far away":
            return rounded + 1e7, rounded[::-1] + 1e7 + rng.uniform(-100, 100, (n, 1, 2))
        case "far apart":
            return rounded, rounded[::-1] + rng.choice([1e3, 1e6, 1e9], (n, 1, 1))
        case "degenerate":  # triangles, lines and points
            first, second = whole.copy(), rounded.copy()
            first[: n // 3, 1] = first[: n // 3, 0]
            first[n // 3 : 2 * n // 3, 2:] = first[n // 3 : 2 * n // 3, 1::-1]
            second[n // 2 :] = second[n // 2 :, :1]
            return first, second
    raise AssertionError(kind)


KINDS = ["whole numbers", "anywhere", "touching", "identical", "nested", "far away", "far apart", "degenerate"]


@pytest.mark.parametrize("kind", KINDS)
def test_arranged_pairs_to_the_last_bit_as_numpy(kind):
    first, second = arranged(kind, np.random.default_rng(4))
    assert_same_bits(first, second)
    assert_same_bits(second, first)


@pytest.mark.parametrize("kind", KINDS[:-1])
def test_arranged_pairs_as_shapely(kind):
    first, second = arranged(kind, np.random.default_rng(5))
    scale = np.maximum(np.abs(first).max(axis=(1, 2)), np.abs(second).max(axis=(1, 2)))
    distance = shapely.distance(shapely.polygons(first), shapely.polygons(second))
    assert (np.abs(gap_between(first, second) - distance) <= 1e-9 * (1 + 1e-6 * scale)).all()
    # Near the origin, since shapely loses digits elsewhere.
    one, other = first - first[:, :1], second - first[:, :1]
    exact = shapely.area(shapely.intersection(shapely.polygons(one), shapely.polygons(other)))
    smaller = np.minimum(polygon_area(first), polygon_area(second))
    expected = np.where(exact > 1e-9 * smaller, exact, 0.0)
    assert (
        np.abs(overlap_between(first, second) - expected) <= 1e-9 * expected + 2e-9 * smaller * (exact < smaller / 1e6)
    ).all()


@pytest.mark.parametrize("values", [(np.nan, 1.0), (np.inf, 1.0), (1e200, -1e200), (1e-200, 0.0)])
def test_what_is_not_a_box_gives_what_numpy_gives(values):
    rng = np.random.default_rng(6)
    first, second = arranged("anywhere", rng, 200)
    for quads in (first, second):
        hit = rng.random(quads.shape) < 0.1
        quads[hit] = rng.choice(values, hit.sum())
    assert_same_bits(first, second)
    assert overlap_between(first, second).shape == (200,)


def test_a_box_within_another_shares_all_of_itself():
    first, second = arranged("nested", np.random.default_rng(7))
    for shared in (overlap_between(first, second), overlap_between(second, first)):
        assert np.array_equal(shared, polygon_area(second))
    assert np.array_equal(overlap_between(first, first), polygon_area(first))


def test_a_sliver_is_rounding():
    square = box(0, 0, 2, 2)
    for width, shared in ((2e-10, 0.0), (2e-8, 4e-8)):  # 1e-10 and 1e-8 of the square
        moved = square + [2 - width, 0]
        assert overlap_between(square[None], moved[None])[0] == pytest.approx(shared, rel=1e-6)


def test_points_and_lines_share_no_area():
    first, second = arranged("degenerate", np.random.default_rng(8))
    nothing = (polygon_area(first) == 0) | (polygon_area(second) == 0)
    assert nothing.any()
    assert (overlap_between(first, second)[nothing] == 0).all()
    assert (overlap_between(second, first)[nothing] == 0).all()


def test_rows_of_one_array_are_the_quadrilaterals_there():
    rng = np.random.default_rng(9)
    corners, _ = arranged("anywhere", rng, 100)
    a, b = rng.integers(0, 100, (2, 1000))
    assert np.array_equal(gap_of(corners, a, b), gap_between(corners[a], corners[b]))
    assert np.array_equal(overlap_of(corners, a, b), overlap_between(corners[a], corners[b]))
    assert gap_of(corners, a[:0], b[:0]).shape == overlap_of(corners, a[:0], b[:0]).shape == (0,)
    for strided in (corners[::2], np.asfortranarray(corners)):
        strided.flags.writeable = False
        assert np.array_equal(gap_of(strided, a % 50, b % 50), gap_between(strided[a % 50], strided[b % 50]))


@pytest.mark.parametrize("measure", [gap_of, overlap_of])
def test_rows_that_are_not_there(measure):
    corners = np.stack([box(0, 0, 1, 1), box(3, 0, 1, 1)])
    for row in (-1, 2):
        with pytest.raises(IndexError, match="not one of 2"):
            measure(corners, np.array([0, row]), np.array([0, 0]))
    with pytest.raises(ValueError, match="of one length"):
        measure(corners, np.array([0, 1]), np.array([0]))


@pytest.mark.parametrize("measure", [gap_between, overlap_between, meets])
def test_sides_of_different_length(measure):
    with pytest.raises(ValueError, match="not 1 and 2"):
        measure(box(0, 0, 1, 1)[None], np.stack([box(0, 0, 1, 1)] * 2))
