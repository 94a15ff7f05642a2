"""Which detections are right, by hand."""

from __future__ import annotations

from rune_pl.archive.scenes import Scenes
from rune_pl.calibration import match_classes, match_detections
from tests.calibration.simulated import square


def scenes(*rows, classes=("plane", "ship")):
    return Scenes.from_detections(rows, classes=classes)


def test_the_better_score_takes_the_object_and_the_other_is_a_duplicate():
    found = scenes(("a", "ship", 0.6, square(0)), ("a", "ship", 0.9, square(1)))
    truth = scenes(("a", "ship", 1.0, square(0)))
    assert match_detections(found, truth).tolist() == [False, True]


def test_each_takes_what_it_overlaps_most_of_what_is_left():
    # The first overlaps both objects; the better one is its own, and the second finds the other.
    found = scenes(("a", "ship", 0.9, square(2)), ("a", "ship", 0.8, square(1)))
    truth = scenes(("a", "ship", 1.0, square(0)), ("a", "ship", 1.0, square(3)))
    assert match_detections(found, truth).tolist() == [True, True]


def test_overlap_is_of_oriented_boxes():
    # A diamond in a square has half of its area: intersection over union is exactly 0.5.
    diamond = [(5, 0), (10, 5), (5, 10), (0, 5)]
    found, truth = scenes(("a", "ship", 0.9, diamond)), scenes(("a", "ship", 1.0, square(0)))
    assert match_detections(found, truth, iou=0.5).tolist() == [True]
    assert match_detections(found, truth, iou=0.51).tolist() == [False]


def test_class_and_image_have_to_be_the_same():
    found = scenes(("a", "ship", 0.9, square(0)), ("b", "plane", 0.9, square(0)), ("c", "ship", 0.9, square(0)))
    truth = scenes(("b", "plane", 1.0, square(0)), ("a", "plane", 1.0, square(0)), classes=("harbor", "plane"))
    assert match_detections(found, truth).tolist() == [False, True, False]
    assert match_classes(found, truth).tolist() == [0, 0, -1]


def test_no_detections_and_no_truth():
    empty = scenes()
    assert match_detections(empty, scenes(("a", "ship", 1.0, square(0)))).tolist() == []
    assert match_detections(scenes(("a", "ship", 0.5, square(0))), empty).tolist() == [False]
