"""Scenes after a flood: what stands in the water is called flooded, and other scenes stay as they are."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from shapely import Polygon

from rune_pl.archive import Archive
from rune_pl.sample import (
    CLASSES,
    FIELD_KINDS,
    FLOOD_CLASSES,
    KINDS,
    expected_recall,
    generate_scene,
    simulate_detections,
    write_sample,
)
from rune_pl.sample.detector import FLOOD_CONFUSIONS, FLOOD_RECALL
from rune_pl.sample.objects import CLASS_DRAWERS, FLOOD_DRAWERS

SCENES = [generate_scene(seed, "flood", 512) for seed in range(6)]


def boxes(scene, *names):
    found = zip(scene.objects.classes, scene.objects.corners, strict=True)
    return [Polygon(box) for name, box in found if name in names]


def test_the_kind_comes_only_when_it_is_asked_for():
    assert FIELD_KINDS == ("flood",)
    assert "flood" not in KINDS and len(KINDS) == 9
    assert not set(FLOOD_CLASSES) & set(CLASSES)
    assert not set(FLOOD_DRAWERS) & set(CLASS_DRAWERS)
    assert all(generate_scene(seed, size=64).kind != "flood" for seed in range(40))
    assert "tree" not in generate_scene(3, "residential", 64).objects.classes


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: str(scene.seed))
def test_what_a_scene_has(scene):
    counts = Counter(scene.objects.classes)
    assert set(counts) <= set(scene.classes) == {*CLASSES, *FLOOD_CLASSES}
    assert counts["water"] >= 1 and counts["flooded_building"] and counts["flooded_road"]
    assert counts["non_flooded_building"] and counts["non_flooded_road"]
    assert 0.2 < scene.gsd < 0.4
    # Of water and roads a corner of the image may see only a tip, in a box whose middle is outside.
    small = [name not in ("water", "flooded_road", "non_flooded_road") for name in scene.objects.classes]
    centre = scene.objects.corners.mean(axis=1)[small]
    assert ((centre > -1) & (centre < 513)).all()


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: str(scene.seed))
def test_flooded_buildings_stand_in_water_and_boats_float(scene):
    water = boxes(scene, "water")
    for box in boxes(scene, "flooded_building", "ship"):
        assert any(pool.buffer(20).contains(box.centroid) for pool in water)
    # Dry ones may stand in the box of the water, in one of its corners, but most do not.
    dry = boxes(scene, "non_flooded_building")
    assert sum(any(pool.contains(box.centroid) for pool in water) for box in dry) < len(dry) / 2


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: str(scene.seed))
def test_stretches_of_road_are_flooded_where_the_water_is(scene):
    water = boxes(scene, "water")

    def wet(box):
        return max(pool.intersection(box).area for pool in water) / box.area

    flooded = [wet(box) for box in boxes(scene, "flooded_road")]
    dry = [wet(box) for box in boxes(scene, "non_flooded_road")]
    assert np.mean(flooded) > np.mean(dry) + 0.2


def test_the_picture_is_the_same_each_time():
    one, two = generate_scene(4, "flood", 128), generate_scene(4, "flood", 128)
    assert one.image.tobytes() == two.image.tobytes()
    assert np.array_equal(one.objects.corners, two.objects.corners)


def test_the_detector_is_of_two_minds_about_floods():
    assert set(FLOOD_RECALL) == set(FLOOD_CLASSES) and set(FLOOD_CONFUSIONS) <= set(FLOOD_CLASSES)
    doubted = 0
    for scene in SCENES:
        found = simulate_detections(scene)
        assert found.class_names == scene.classes
        assert found.class_probability.shape == (len(found), len(scene.classes))
        assert (expected_recall(scene) <= 1).all()
        seen = np.count_nonzero(found.origin >= 0) / len(scene.objects)
        assert 0.6 < seen < 1.1
        for name, vector in zip(found.classes, found.class_probability, strict=True):
            if name.endswith("flooded_building") and not np.isnan(vector).all():
                likely = {scene.classes[k] for k in np.flatnonzero(vector)}
                assert likely == {"flooded_building", "non_flooded_building"}
                doubted += 1
    assert doubted > 20


def test_a_sample_of_them(tmp_path):
    where = write_sample(tmp_path / "sample", 3, 5, size=64, kinds=["flood", "marina"], archive=True)
    names = sorted(path.stem for path in (where / "truth").iterdir())
    assert names == ["flood_001", "flood_003", "marina_002"]
    assert "flooded-building 0" in (where / "truth" / "flood_001.txt").read_text()
    assert (where / "detections" / "Task1_flooded-road.txt").exists()
    archive = Archive.open(where / "archive")
    assert set(archive.classes) == {*CLASSES, *FLOOD_CLASSES}
