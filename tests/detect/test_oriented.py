from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from rune_pl.detect.oriented import corners_of, overlapping_pairs, suppress
from rune_pl.geometry import polygon_area

boxes = st.lists(
    st.tuples(
        st.floats(0, 100),
        st.floats(0, 100),
        st.floats(4, 60),
        st.floats(4, 60),
        st.floats(-3.2, 3.2),
        st.floats(0.01, 1),
    ),
    min_size=1,
    max_size=14,
)


def test_corners_of_a_quarter_turn():
    corners = corners_of(np.array([[10.0, 20.0, 6.0, 2.0, 0.0], [10.0, 20.0, 6.0, 2.0, np.pi / 2]]))
    assert corners[0].tolist() == [[7, 19], [13, 19], [13, 21], [7, 21]]
    assert np.allclose(corners[1], [[11, 17], [11, 23], [9, 23], [9, 17]])
    assert np.allclose(polygon_area(corners), 12.0)


def test_no_boxes():
    none = np.empty((0, 4, 2))
    assert len(overlapping_pairs(none)[0]) == 0
    assert len(suppress(none, np.empty(0), 0.5)) == 0


@settings(deadline=None, max_examples=60)
@given(boxes)
def test_pairs_and_areas_agree_with_shapely(drawn):
    corners = corners_of(np.array(drawn)[:, :5])
    polygons = [shapely.Polygon(quad) for quad in corners]
    i, j, shared = overlapping_pairs(corners)
    found = {(a, b): area for a, b, area in zip(i.tolist(), j.tolist(), shared.tolist(), strict=True)}
    assert all(a < b for a, b in found)
    for a in range(len(polygons)):
        for b in range(a + 1, len(polygons)):
            area = polygons[a].intersection(polygons[b]).area
            assert abs(found.get((a, b), 0.0) - area) < 1e-6


@settings(deadline=None, max_examples=60)
@given(boxes, st.floats(0.1, 0.9))
def test_suppression_agrees_with_a_plain_loop(drawn, iou):
    rows = np.array(drawn)
    corners, score = corners_of(rows[:, :5]), rows[:, 5]
    polygons = [shapely.Polygon(quad) for quad in corners]
    left = sorted(range(len(rows)), key=lambda k: (-score[k], k))
    expected = {}
    while left:
        best = left.pop(0)
        expected[best] = best
        for other in list(left):
            common = polygons[best].intersection(polygons[other]).area
            if common > iou * (polygons[best].area + polygons[other].area - common) + 1e-9:
                expected[other] = best
                left.remove(other)
    assert suppress(corners, score, iou).tolist() == [expected[k] for k in range(len(rows))]
