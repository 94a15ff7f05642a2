from __future__ import annotations

import json
from datetime import datetime, timezone

import numpy as np
import pytest

from rune_pl.errors import UsageError


def outline(points):
    ring = [*points, points[0]]
    return f"POLYGON (({', '.join(f'{x!r} {y!r}' for x, y in ring)}))"


def feature(points, subtype="no-damage", uid="u1", **more):
    properties = {"feature_type": "building", "subtype": subtype, "uid": uid, **more}
    return {"properties": {k: v for k, v in properties.items() if v is not None}, "wkt": outline(points)}


def label(xy, lng_lat=(), **metadata):
    given = {
        "width": 1024,
        "height": 512,
        "gsd": 2.1,
        "capture_date": "2017-08-31T17:58:26.000Z",
        "disaster": "hurricane-harvey",
        "img_name": "h_1_post_disaster.png",
        **metadata,
    }
    return json.dumps({"features": {"lng_lat": list(lng_lat), "xy": list(xy)}, "metadata": given})


SQUARE = [(10.0, 20.0), (40.0, 20.0), (40.0, 60.0), (10.0, 60.0)]


def test_grades_become_classes(read, folder):
    grades = ["no-damage", "minor-damage", "major-damage", "destroyed", "un-classified", None]
    place = folder({"h_1_post_disaster.json": label([feature(SQUARE, g, f"u{i}") for i, g in enumerate(grades)])})
    found = read("xbd", place)
    assert list(found.detections["h_1_post_disaster"].classes) == [
        *("undamaged_building", "minor_damage_building", "major_damage_building", "destroyed_building"),
        *("unclassified_building", "unclassified_building"),
    ]
    assert found.detections["h_1_post_disaster"].probability.tolist() == [1.0] * 6
    assert found.problems == []


def test_what_is_known_of_the_image(read, folder):
    image = read("xbd", folder({"a.json": label([])})).images["a"]
    assert (image.width, image.height, image.gsd) == (1024, 512, 2.1)
    assert (image.path, image.source) == ("h_1_post_disaster.png", "hurricane-harvey")
    assert image.time == datetime(2017, 8, 31, 17, 58, 26, tzinfo=timezone.utc)
    assert (image.crs, image.transform) == (None, None)


def test_outlines_become_the_smallest_rectangle(read, folder):
    house = [(0.0, 0.0), (30.0, 0.0), (30.0, 10.0), (15.0, 10.0), (15.0, 20.0), (0.0, 20.0)]
    kite = [(50.0, 50.0), (60.0, 55.0), (50.0, 60.0), (45.0, 55.0)]  # four corners that are no rectangle
    boxes = read("xbd", folder({"a.json": label([feature(house), feature(kite)])})).detections["a"].corners
    assert {tuple(p) for p in boxes[0].tolist()} == {(0, 0), (30, 0), (30, 20), (0, 20)}
    edges = np.roll(boxes[1], -1, axis=0) - boxes[1]
    assert abs((edges[0] * edges[1]).sum()) < 1e-3


def test_multipolygons_and_heights(read, folder):
    wkt = "MULTIPOLYGON Z (((0 0 5, 10 0 5, 10 10 5, 0 0 5)), ((20 0 5, 30 0 5, 30 10 5, 20 0 5)))"
    found = read("xbd", folder({"a.json": label([{"properties": {"feature_type": "building"}, "wkt": wkt}])}))
    assert np.ptp(found.detections["a"].corners[0], axis=0).tolist() == [30, 10]


def place_on_earth(points):
    """Half a metre a pixel at 29.75 degrees north, turned by a little."""
    a, b, d, e = 5.2e-6, 4e-7, 3.5e-7, -4.5e-6
    return [(a * x + b * y - 95.4, d * x + e * y + 29.75) for x, y in points]


def test_the_transform_is_fitted_to_both_lists(read, folder):
    other = [(900.0, 400.0), (950.0, 400.0), (950.0, 460.0), (900.0, 470.0)]
    xy = [feature(SQUARE, uid="u1"), feature(other, uid="u2")]
    lng_lat = [feature(place_on_earth(other), uid="u2"), feature(place_on_earth(SQUARE), uid="u1")]
    image = read("xbd", folder({"a.json": label(xy, lng_lat)})).images["a"]
    assert image.crs == "EPSG:4326"
    a, b, c, d, e, f = image.transform
    assert [a, b, d, e] == pytest.approx([5.2e-6, 4e-7, 3.5e-7, -4.5e-6], rel=1e-6)
    assert (c, f) == pytest.approx((-95.4, 29.75), abs=1e-9)
    # 5.2e-6 degrees are 0.503 m along this parallel, 4.5e-6 are 0.501 m along the meridian; 2.1 m is the sensor's.
    assert image.gsd == pytest.approx(0.503, abs=0.003)


@pytest.mark.parametrize(
    ("lng_lat", "problems"),
    [
        ([], 0),
        ([feature(place_on_earth(SQUARE), uid="another")], 0),
        ([feature(place_on_earth(SQUARE)[:3], uid="u1")], 0),
        # one corner is 20 pixels off
        ([feature([*place_on_earth(SQUARE)[:3], *place_on_earth([(-30.0, 60.0)])], uid="u1")], 1),
        ([feature([(1.0, 1.0), (2.0, 2.0), (3.0, 3.0), (4.0, 4.0)], uid="u1")], 1),
    ],
)
def test_without_a_transform(read, folder, lng_lat, problems):
    found = read("xbd", folder({"a.json": label([feature(SQUARE)], lng_lat)}))
    assert found.images["a"].transform is None and found.images["a"].gsd == 2.1
    assert len(found.problems) == problems
    assert all("xy and lng_lat do not fit" in problem for problem in found.problems)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (feature(SQUARE, "burnt"), "the subtype is 'burnt', expected one of no-damage, minor-damage"),
        (feature(SQUARE, 3), "subtype is"),
        ({"properties": {}, "wkt": "POINT (1 2)"}, "the wkt is 'POINT (1 2)', expected a POLYGON"),
        ({"properties": {}, "wkt": "POLYGON ((1 2, 3"}, "the wkt is no polygon"),
        ({"properties": {}, "wkt": "POLYGON EMPTY"}, "the polygon has less than three corners"),
        ({"properties": {}, "wkt": "POLYGON ((0 0, 1 1, 2 2, 0 0))"}, "the outline spans no area"),
        ({"properties": {}, "wkt": "POLYGON ((0 0, 1e9 0, 1 1, 0 0))"}, "beyond"),
        ({"properties": {}}, "wkt is"),
        ({"properties": {"feature_type": "7"}, "wkt": outline(SQUARE)}, "'7' is not a class name"),
        (None, "the feature is"),
    ],
)
def test_bad_features(read, folder, wrong, message):
    found = read("xbd", folder({"a.json": label([feature(SQUARE), wrong])}))
    assert len(found.detections["a"].classes) == 1
    (problem,) = found.problems
    assert problem.startswith("a.json:features.xy[1]: ") and message in problem


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("[]", "the file is a list"),
        ("{}", "the file has no metadata"),
        ('{"metadata": 7}', "metadata is"),
        (label([], width=0), "width is 0"),
        (label([], gsd=-1), "ground sampling distance"),
        (label([], capture_date="yesterday"), "the capture_date 'yesterday' is not a time"),
        ('{"metadata": {}, "features": {"xy": [', "not JSON"),
    ],
)
def test_bad_files(read, folder, text, message):
    found = read("xbd", folder({"a.json": text, "b.json": label([])}))
    assert set(found.images) == {"b"}
    assert message in found.problems[0]


def test_sizes_come_from_elsewhere_where_the_metadata_have_none(read, folder):
    image = read("xbd", folder({"a.json": '{"metadata": {}}'}), size=(100, 50), gsd=0.5).images["a"]
    assert (image.width, image.height, image.gsd) == (100, 50, 0.5)


def test_other_features_and_a_single_file(read, folder):
    place = folder({"a.json": label([feature(SQUARE, None, feature_type="Storage Tank")])})
    assert read("xbd", place / "a.json").detections["a"].classes == ("storage_tank",)
    with pytest.raises(UsageError, match="there is no file"):
        read("xbd", place / "none.json")
