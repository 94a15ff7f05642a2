"""The join of boxes by distance, against all pairs of an image."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from rune_pl.geometry.pairs import PairLimitError, pairs_within
from rune_pl.geometry.quads import gap_between

PLENTY = 10**9


def all_pairs(extent, image, left, right, reach):
    """Index pairs and distances of all pairs that are in one image and within reach, by brute force."""
    i, j = np.nonzero(image[left][:, None] == image[right][None, :])
    boxes = shapely.box(*extent.T)
    one, other = boxes[left[i]], boxes[right[j]]
    distance = shapely.distance(one, other)
    with np.errstate(invalid="ignore"):
        near = (distance <= reach[i]) | np.isposinf(reach[i])
    return i[near], j[near]


def rectangles(rng, n, side, largest=20.0):
    low = rng.uniform(0, side, (n, 2))
    return np.concatenate([low, low + rng.uniform(1, largest, (n, 2))], axis=1).astype(np.float32).astype(np.float64)


def assert_same(extent, image, left, right, reach):
    expected = all_pairs(extent, image, left, right, reach)
    for threads in (1, 2):
        found = pairs_within(extent, image, left, right, reach, PLENTY, threads)
        assert all(column.dtype == np.int64 for column in found)
        assert np.array_equal(found, expected)
    if len(expected[0]):
        assert np.array_equal(found, pairs_within(extent, image, left, right, reach, len(expected[0])))
        with pytest.raises(PairLimitError) as raised:
            pairs_within(extent, image, left, right, reach, len(expected[0]) - 1)
        assert (raised.value.count, raised.value.limit) == (len(expected[0]), len(expected[0]) - 1)
    return len(expected[0])


REACHES = [0.0, 3.0, 17.0, 400.0, 1e300, np.inf, -1.0, np.nan, -np.inf]


@pytest.mark.parametrize("seed", range(30))
def test_random_scenes(seed):
    rng = np.random.default_rng(seed)
    n, images = int(rng.integers(1, 400)), int(rng.integers(1, 12))
    extent = rectangles(rng, n, rng.choice([10.0, 200.0, 2000.0]))
    image = np.sort(rng.integers(0, images, n))
    left, right = (np.flatnonzero(rng.random(n) < share) for share in rng.choice([0.0, 0.1, 0.6, 1.0], 2))
    reach = rng.choice(REACHES, len(left)) * rng.uniform(0.5, 1, len(left))
    assert_same(extent, image, left, right, reach)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("arrangement", ["even", "clustered", "one point", "a line", "large among small"])
def test_many_boxes_in_an_image(arrangement, seed):
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 600, 4)
    image = np.repeat([2, 3, 5, 9], counts)
    extent = rectangles(rng, len(image), 500.0)
    match arrangement:
        case "clustered":
            extent += np.tile(rng.choice([0.0, 3000.0, 9000.0], (len(image), 2)), 2)
        case "one point":
            extent[:] = extent[:1]
        case "a line":
            extent[:, [1, 3]] = [5.0, 6.0]
        case "large among small":
            extent[rng.random(len(image)) < 0.01] = [0.0, 0.0, 520.0, 520.0]
    left, right = (rng.permutation(np.arange(len(image))) for _ in range(2))  # in the order of images, no other
    left, right = (rows[np.argsort(image[rows], kind="stable")] for rows in (left, right))
    small = rng.uniform(0, 12, len(left))
    assert_same(
        extent, image, left, right, np.where(rng.random(len(left)) < 0.02, rng.choice(REACHES, len(left)), small)
    )


def test_threads_share_one_image():
    rng = np.random.default_rng(1)
    extent = rectangles(rng, 12_000, 4000.0)
    image = np.zeros(12_000, dtype=np.int64)
    left, right = np.arange(5000), np.arange(5000, 12_000)
    reach = rng.uniform(0, 60, 5000)
    found = [pairs_within(extent, image, left, right, reach, PLENTY, threads) for threads in (1, 2, 3)]
    assert len(found[0][0]) > 1000
    assert np.array_equal(found[0], found[1]) and np.array_equal(found[0], found[2])
    near = shapely.STRtree(shapely.box(*extent[right].T)).query(
        shapely.box(*extent[left].T), predicate="dwithin", distance=reach
    )
    assert np.array_equal(np.array(found[0]), near[:, np.lexsort(near[::-1])])


def test_exactly_within_reach():
    extent = np.array([[0, 0, 2, 2], [5, 6, 7, 8], [2, 0, 3, 1]], dtype=np.float64)  # 3, 4, 5; and a common edge
    image, rows = np.zeros(3, dtype=np.int64), np.arange(3)
    for reach, partners in ((5.0, [0, 1, 2]), (4.999, [0, 2]), (0.0, [0, 2]), (-0.0, [0, 2]), (-1e-300, [])):
        i, j = pairs_within(extent, image, rows[:1], rows, np.array([reach]), PLENTY)
        assert i.tolist() == [0] * len(partners)
        assert j.tolist() == partners


@pytest.mark.parametrize("far", [0.0, 1e4, 1e7])
def test_rounding_loses_no_pair(far):
    """Where the reach is the gap that was computed, the pair is found, whatever that was rounded to."""
    rng = np.random.default_rng(2)
    n = 20_000
    sides = rng.uniform(1, 40, (n, 1, 2)) * [[-1, -1], [1, -1], [1, 1], [-1, 1]] / 2
    turn = rng.choice([0.0, np.pi / 2, 1.0, 2.0], n)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]).transpose(2, 0, 1)
    corners = far + rng.uniform(0, 300, (n, 1, 2)) + sides @ matrix
    corners = corners.astype(np.float32).astype(np.float64)
    extent = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)
    gap = gap_between(corners[: n // 2], corners[n // 2 :])
    rows = np.arange(n // 2)
    i, _ = pairs_within(extent, np.tile(rows, 2), rows, rows + n // 2, gap, PLENTY)
    assert np.array_equal(i, rows)


def test_nothing_on_a_side():
    extent, image, rows = np.array([[0.0, 0.0, 1.0, 1.0]]), np.zeros(1, dtype=np.int64), np.arange(1)
    for left, right in ((rows[:0], rows), (rows, rows[:0]), (rows[:0], rows[:0])):
        i, j = pairs_within(extent, image, left, right, np.full(len(left), np.inf), 0)
        assert len(i) == len(j) == 0
    i, j = pairs_within(np.empty((0, 4)), rows[:0], rows[:0], rows[:0], np.empty(0), 0)
    assert len(i) == len(j) == 0


def test_too_many_pairs_are_counted_and_not_made():
    n = 200_000
    with pytest.raises(PairLimitError, match="40000000000 pairs of boxes, more than 1000000"):
        pairs_within(
            np.zeros((n, 4)), np.zeros(n, dtype=np.int64), np.arange(n), np.arange(n), np.full(n, np.inf), 10**6
        )


def test_a_box_without_numbers_is_near_nothing():
    rng = np.random.default_rng(3)
    extent = rectangles(rng, 500, 100.0)
    extent[::7, 0] = np.nan
    image, rows = np.zeros(500, dtype=np.int64), np.arange(500)
    i, j = pairs_within(extent, image, rows, rows, np.full(500, 2.0), PLENTY)
    known = np.flatnonzero(rows % 7 != 0)
    expected = all_pairs(extent, image, known, known, np.full(len(known), 2.0))
    assert np.array_equal((i, j), (known[expected[0]], known[expected[1]]))


def test_columns_that_are_wrong():
    extent, image, rows = np.zeros((3, 4)), np.array([1, 0, 0]), np.arange(3)
    reach = np.zeros(3)
    with pytest.raises(ValueError, match="left: rows are not in order"):
        pairs_within(extent, image, rows, rows[1:], reach, PLENTY)
    with pytest.raises(ValueError, match="right: rows are not in order"):
        pairs_within(extent, image, rows[1:], rows, reach[1:], PLENTY)
    for row in (-1, 3):
        with pytest.raises(IndexError, match="right: a row is not one of 3 boxes"):
            pairs_within(extent, image, rows[:1], np.array([row]), reach[:1], PLENTY)
    with pytest.raises(ValueError, match="differ in length"):
        pairs_within(extent, image, rows[:1], rows[:1], reach, PLENTY)
