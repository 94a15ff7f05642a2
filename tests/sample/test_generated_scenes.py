"""Generated scenes: the same for the same seed, with boxes that fit what is drawn."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from rune_pl.errors import UsageError
from rune_pl.sample import CLASSES, KINDS, generate_scene
from rune_pl.sample.dice import Dice
from rune_pl.sample.objects import CLASS_DRAWERS, CLUTTER_DRAWERS, DRAWERS, draw
from rune_pl.sample.places import PLACES
from rune_pl.sample.plan import Plan, Thing
from rune_pl.sample.render import Sky, render
from rune_pl.sample.scene import objects_of
from rune_pl.sample.shapes import Light

# A size for each class at which its parts are all there.
SIZES = {
    "plane": (34.0, 32.0, "airliner"),
    "helicopter": (13.0, 10.0, ""),
    "ship": (60.0, 11.0, "container"),
    "small_vehicle": (4.6, 1.85, ""),
    "large_vehicle": (14.0, 2.55, "semi"),
    "storage_tank": (20.0, 20.0, "cone"),
    "harbor": (50.0, 24.0, "fingers:9.0"),
    "bridge": (60.0, 12.0, ""),
    "roundabout": (36.0, 36.0, ""),
    "helipad": (18.0, 18.0, ""),
    "swimming_pool": (12.0, 6.0, "kidney"),
    "container_crane": (46.0, 17.0, ""),
    "tennis_court": (27.0, 13.5, ""),
    "basketball_court": (28.0, 15.0, ""),
    "soccer_ball_field": (100.0, 64.0, ""),
    "ground_track_field": (170.0, 90.0, ""),
    "baseball_diamond": (36.0, 46.0, ""),
}
SKY = Sky(azimuth=1.1, reach=0.8, haze=0.0, blur=0.4, grain=1.0, gain=(1.0, 1.0, 1.0))


def _alone(name: str, angle: float) -> tuple[Plan, Plan]:
    """A plan with one object in the middle of water, and the same plan without it."""
    length, width, variant = SIZES[name]
    extent = round(1.5 * math.hypot(length, width), 2)
    empty = Plan("test", extent, 0.0, Dice("test"), base="water")
    full = replace(empty, things=[Thing(name, extent / 2, extent / 2, angle, length, width, f"style/{name}", variant)])
    return full, empty


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("angle", [0.0, 0.7, -2.2])
def test_box_is_tight_around_the_pixels_that_the_object_changes(name: str, angle: float) -> None:
    size = 240
    full, empty = _alone(name, angle)
    with_it = np.asarray(render(full, SKY, size, weather=False), np.int16)
    without = np.asarray(render(empty, SKY, size, weather=False), np.int16)
    ys, xs = np.nonzero(np.abs(with_it - without).max(axis=2) > 6)
    (box,) = objects_of(full, SKY, size).corners
    ahead = (box[1] - box[0]) / np.hypot(*(box[1] - box[0]))
    aside = np.array([-ahead[1], ahead[0]])
    points = np.stack([xs + 0.5, ys + 0.5], axis=1)
    for axis in (ahead, aside):
        drawn, boxed = points @ axis, box @ axis
        # Half a pixel to the edge of a pixel's square (0.7 on a diagonal), and thin tips too faint to count.
        assert drawn.min() >= boxed.min() - 1.3 and drawn.max() <= boxed.max() + 1.3
        assert drawn.min() <= boxed.min() + 2.6 and drawn.max() >= boxed.max() - 2.6


def test_there_is_a_size_for_each_class_in_this_test() -> None:
    assert set(SIZES) == set(CLASSES) == set(CLASS_DRAWERS)


@pytest.mark.parametrize("name", sorted(DRAWERS))
def test_the_sun_does_not_change_the_extent(name: str) -> None:
    thing = Thing(name, 0.0, 0.0, 0.0, 12.0, 8.0, "style/1")
    boxes = []
    for light in (Light(1.0, 0.0, 0.5), Light(0.0, -1.0, 2.0)):
        points = np.array([p for part in draw(thing, light) for p in part.points])
        boxes.append([*points.min(axis=0), *points.max(axis=0)])
    assert boxes[0] == pytest.approx(boxes[1])


def test_classes_and_clutter_are_apart() -> None:
    assert not set(CLASS_DRAWERS) & set(CLUTTER_DRAWERS)


@pytest.mark.parametrize("kind", KINDS)
def test_same_seed_same_scene(kind: str) -> None:
    one, two = generate_scene(11, kind, 128), generate_scene(11, kind, 128)
    assert one.objects.classes == two.objects.classes
    assert np.array_equal(one.objects.corners, two.objects.corners)
    assert one.image.tobytes() == two.image.tobytes()
    assert (one.crs, one.transform) == (two.crs, two.transform)


def test_other_seed_other_scene() -> None:
    one, two = generate_scene(11, "marina", 128), generate_scene(12, "marina", 128)
    assert one.image.tobytes() != two.image.tobytes()
    assert one.objects.classes != two.objects.classes


def test_size_changes_the_resolution_and_nothing_else() -> None:
    small, large = generate_scene(5, "sports", 128), generate_scene(5, "sports", 256)
    assert small.objects.classes == large.objects.classes
    assert np.abs(small.objects.corners * 2 - large.objects.corners).max() <= 0.021  # rounding to 0.01 pixels, twice
    assert small.gsd == pytest.approx(2 * large.gsd)
    assert small.image.size == (128, 128) and large.image.size == (256, 256)


@pytest.mark.parametrize("kind", KINDS)
def test_objects_lie_in_the_image(kind: str) -> None:
    for seed in range(3):
        scene = generate_scene(seed, kind, 512)
        objects, corners = scene.objects, scene.objects.corners
        assert len(objects) == len(corners) == len(objects.heading) == len(objects.visible)
        inside = ~objects.truncated
        assert corners[inside].min(initial=0) >= -0.01 and corners[inside].max(initial=0) <= 512.01
        centre = corners.mean(axis=1)
        assert ((centre > 0) & (centre < 512)).all()
        assert (objects.visible >= 0.15).all() and (objects.visible <= 1).all()
        assert (objects.difficult <= objects.truncated).all()


@pytest.mark.parametrize("kind", KINDS)
def test_boxes_are_clockwise_rectangles_along_the_heading(kind: str) -> None:
    scene = generate_scene(8, kind, 512)
    corners, heading = scene.objects.corners, scene.objects.heading
    edges = np.roll(corners, -1, axis=1) - corners
    turn = edges[:, 0, 0] * edges[:, 1, 1] - edges[:, 0, 1] * edges[:, 1, 0]
    assert (turn > 0).all()  # clockwise on an image, whose y axis points down
    lengths = np.hypot(edges[..., 0], edges[..., 1])
    assert np.abs(lengths[:, :2] - lengths[:, 2:]).max() < 0.03
    assert np.abs((edges[:, 0] * edges[:, 1]).sum(axis=1) / lengths[:, 0] / lengths[:, 1]).max() < 0.02
    sure = lengths[:, 0] > 4
    along = np.arctan2(edges[:, 0, 1], edges[:, 0, 0])
    off = np.abs((along - heading + np.pi) % (2 * np.pi) - np.pi)
    assert off[sure].max() < 0.01


@pytest.mark.parametrize("kind", KINDS)
def test_ground_sampling_distance_is_that_of_aerial_images(kind: str) -> None:
    for seed in range(3):
        scene = generate_scene(seed, kind, 512)
        assert 0.15 <= scene.gsd <= 0.6
        assert scene.gsd * 512 == pytest.approx(scene.plan.extent)
        assert PLACES[kind].smallest <= scene.plan.extent <= PLACES[kind].largest


def test_sizes_of_objects_are_those_of_the_real_things() -> None:
    longest: dict[str, list[float]] = {name: [] for name in CLASSES}
    for kind in KINDS:
        for seed in range(2):
            scene = generate_scene(seed, kind, 512)
            whole = ~scene.objects.truncated
            edges = np.roll(scene.objects.corners, -1, axis=1) - scene.objects.corners
            metres = np.hypot(edges[..., 0], edges[..., 1]).max(axis=1) * scene.gsd
            for name, value, is_whole in zip(scene.objects.classes, metres, whole):
                if is_whole:
                    longest[name].append(float(value))
    bounds = {
        "small_vehicle": (3.5, 6),
        "large_vehicle": (7, 19),
        "tennis_court": (26, 28),
        "plane": (7, 46),
        "ship": (4, 125),
    }
    for name, (low, high) in bounds.items():
        assert low <= min(longest[name]) and max(longest[name]) <= high


def test_a_third_of_the_scenes_is_georeferenced() -> None:
    scenes = [generate_scene(seed, "anchorage", 64) for seed in range(150)]
    located = [scene for scene in scenes if scene.crs is not None]
    assert 30 <= len(located) <= 70  # 50 expected, deviation 6
    for scene in located:
        assert scene.transform is not None and scene.crs is not None
        assert scene.crs.startswith("EPSG:326")
        a, b, _, d, e, _ = scene.transform
        assert math.hypot(a, d) == pytest.approx(scene.gsd) and math.hypot(b, e) == pytest.approx(scene.gsd)
        assert a * e - b * d < 0  # y points down in the image and north in the projection
    assert all(scene.transform is None for scene in scenes if scene.crs is None)


def test_georeference_can_be_asked_for_or_left_out() -> None:
    assert generate_scene(1, "river", 64, georeferenced=True).crs is not None
    assert generate_scene(1, "river", 64, georeferenced=False).crs is None
    one, two = (generate_scene(1, "river", 64, georeferenced=wanted) for wanted in (True, False))
    assert np.array_equal(one.objects.corners, two.objects.corners)


def test_shadows_fall_away_from_the_sun() -> None:
    extent = 60.0
    tall = Plan("test", extent, 0.0, Dice("test"), base="concrete")
    tall.things.append(Thing("storage_tank", 30.0, 30.0, 0.0, 16.0, 16.0, "style", "cone"))
    sky = replace(SKY, azimuth=0.0)  # the sun is to the right
    image = np.asarray(render(tall, sky, 120).convert("L"), np.float64)
    left, right = image[58:62, 36:42].mean(), image[58:62, 78:84].mean()
    assert left < right - 40


def test_unknown_kind_is_refused_with_the_kinds_there_are() -> None:
    with pytest.raises(UsageError, match="'moon'.*port, marina"):
        generate_scene(1, "moon")


@pytest.mark.parametrize("size", [0, 63, 4097, -1])
def test_size_out_of_range_is_refused(size: int) -> None:
    with pytest.raises(UsageError, match="cannot be drawn"):
        generate_scene(1, "port", size)
