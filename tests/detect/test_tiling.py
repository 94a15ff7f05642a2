from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from rune_pl.detect import Settings, detect_picture, open_picture
from rune_pl.detect.run import to_detections
from rune_pl.detect.tiling import Found, fit_square, windows

from .conftest import BrightSpots, dark


@given(st.integers(1, 700), st.integers(1, 700), st.integers(32, 200), st.floats(0, 0.5))
def test_windows_cover_the_image_and_stay_inside(width, height, tile, share):
    seen = np.zeros((height, width), dtype=np.bool_)
    for window in windows(width, height, tile, int(tile * share)):
        assert window.x >= 0 and window.x + window.width <= width
        assert window.y >= 0 and window.y + window.height <= height
        assert window.width == min(tile, width) and window.height == min(tile, height)
        seen[window.y : window.y + window.height, window.x : window.x + window.width] = True
    assert seen.all()


def test_neighbours_share_the_overlap():
    starts = [window.x for window in windows(1000, 100, 400, 100)]
    assert starts == [0, 300, 600]
    assert [window.x for window in windows(1001, 100, 400, 100)] == [0, 300, 600, 601]


def test_a_window_is_fitted_into_the_middle():
    square, fit = fit_square(np.full((50, 100, 3), 200, np.uint8), 400)
    assert (fit.scale, fit.left, fit.top) == (4.0, 0, 100)
    assert (square[:100] == 114).all() and (square[300:] == 114).all() and (square[100:300] == 200).all()


def found_in(pixels, folder, tile=128, overlap=32, detector=None):
    path = folder / "image.png"
    Image.fromarray(pixels).save(path)
    with open_picture(path) as picture:
        return detect_picture(picture, detector or BrightSpots(128), Settings(tile=tile, overlap=overlap))


@pytest.mark.parametrize(
    "spot",
    [
        (10, 10, 40, 30),  # in one tile
        (100, 20, 120, 40),  # whole in two tiles
        (80, 20, 110, 40),  # whole in one, cut in the next
        (60, 20, 150, 50),  # longer than the overlap: cut in both
        (60, 60, 150, 150),  # cut in four tiles
        (20, 30, 290, 60),  # through all tiles of a row
    ],
)
def test_an_object_at_a_seam_counts_once_and_whole(spot, tmp_path):
    found = found_in(dark(320, 224, spot), tmp_path)
    x0, y0, x1, y1 = spot
    assert len(found.corners) == 1
    corners = found.corners[0]
    assert corners.min(axis=0) == pytest.approx([x0, y0], abs=0.5)
    assert corners.max(axis=0) == pytest.approx([x1, y1], abs=0.5)


def test_two_objects_on_either_side_of_a_seam_are_two(tmp_path):
    found = found_in(dark(224, 128, (20, 20, 60, 60), (150, 20, 200, 60)), tmp_path)
    assert len(found.corners) == 2


def test_a_smaller_image_is_one_tile_and_keeps_its_scale(tmp_path):
    found = found_in(dark(60, 40, (10, 10, 30, 20)), tmp_path, detector=BrightSpots(120))
    assert found.corners[0].min(axis=0) == pytest.approx([10, 10], abs=0.6)
    assert found.corners[0].max(axis=0) == pytest.approx([30, 20], abs=0.6)


def test_what_lies_where_there_is_no_data_is_left_out(tmp_path):
    pixels = np.dstack([dark(128, 128, (10, 10, 40, 40)), np.full((128, 128), 255, np.uint8)])
    pixels[:, :, 3] = 0
    detector = BrightSpots(128)
    assert len(found_in(pixels, tmp_path, detector=detector).corners) == 0
    assert detector.tiles == 0


def test_a_rival_class_in_the_same_place_is_an_alternative():
    quad = np.array([[0, 0], [10, 0], [10, 10], [0, 10]], dtype=np.float64)
    found = Found(np.stack([quad, quad + 0.5]), np.array([[0.6, 0.01], [0.02, 0.3]]), np.zeros(2, np.int64))
    merged = found.without_duplicates(0.5)
    assert merged.probability.tolist() == [[0.6, 0.3]]
    detections = to_detections(merged, ("plane", "ship"))
    assert detections.classes == ("plane",)
    assert detections.class_probability.tolist() == [[0.6, 0.3]]


def test_class_scores_above_one_are_scaled_and_small_ones_left_out():
    quad = np.array([[0, 0], [10, 0], [10, 10], [0, 10]], dtype=np.float64)
    quads = np.stack([quad + 20 * k for k in range(3)])
    rows = np.array([[0.9, 0.6, 0.001], [0.7, 0.004, 0.002], [0.1, 0.2, 0.3]])
    kept = to_detections(Found(quads, rows, np.zeros(3, np.int64)), ("plane", "ship", "harbor"))
    assert kept.score.tolist() == pytest.approx([0.9, 0.7, 0.3])
    assert kept.probability.tolist() == pytest.approx([0.6, 0.7, 0.3])
    assert kept.class_probability[0].tolist() == pytest.approx([0.6, 0.4, 0.0])
    assert np.isnan(kept.class_probability[1]).all()
    assert kept.class_probability[2].tolist() == pytest.approx([0.1, 0.2, 0.3])


def test_no_detections_at_all(tmp_path):
    found = found_in(dark(300, 300), tmp_path)
    assert len(to_detections(found, ("plane", "ship"))) == 0


def test_batches_find_the_same(tmp_path):
    pixels = dark(500, 400, *((x, y, x + 20, y + 12) for x, y in itertools.product((10, 200, 420), (30, 250))))
    Image.fromarray(pixels).save(tmp_path / "a.png")
    results = []
    for batch in (1, 3, 100):
        with open_picture(tmp_path / "a.png") as picture:
            results.append(detect_picture(picture, BrightSpots(128), Settings(tile=128, overlap=32, batch=batch)))
    assert all(np.array_equal(results[0].corners, other.corners) for other in results[1:])
