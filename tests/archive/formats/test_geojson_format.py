from __future__ import annotations

import json

import numpy as np
import pyproj
import pytest
import shapely

from rune_pl.archive.formats import frames
from rune_pl.errors import FormatError, UsageError

UTM = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32632"}}


def ring(x, y, width=20.0, height=10.0):
    """Counter-clockwise from the lower left, closed, as RFC 7946 wants it."""
    return [[x, y], [x + width, y], [x + width, y + height], [x, y + height], [x, y]]


def feature(coordinates, kind="Polygon", **properties):
    properties = {"class": "ship", **properties}
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


def collection(*features, crs=UTM, **more):
    return json.dumps(
        {"type": "FeatureCollection", "features": list(features), **({"crs": crs} if crs else {}), **more}
    )


def test_projected_coordinates_get_a_north_up_frame(read, folder):
    text = collection(feature([ring(500_000.5, 5_000_000)]), feature([ring(500_100, 5_000_050)], score=0.25))
    found = read("geojson", folder({"scene.geojson": text}) / "scene.geojson", gsd=0.5)
    image = found.images["scene"]
    assert image.crs == "EPSG:32632"
    assert image.gsd == 0.5
    assert image.transform == (0.5, 0, 500_000.5, 0, -0.5, 5_000_060)
    assert (image.width, image.height) == (None, None)
    boxes = found.detections["scene"]
    assert boxes.probability.tolist() == [1, 0.25]
    # lower left first, then clockwise as seen: the ring ran the other way
    assert boxes.corners[0].tolist() == [[0, 120], [0, 100], [40, 100], [40, 120]]
    assert boxes.corners[1].tolist() == [[199, 20], [199, 0], [239, 0], [239, 20]]
    assert found.problems == []


def test_longitude_and_latitude_get_a_frame_in_metres(read, folder):
    # a box of 100 m by 50 m east of the central meridian of zone 33, made by pyproj and read back through the frame
    to_degrees = pyproj.Transformer.from_crs("EPSG:32633", "EPSG:4326", always_xy=True)
    given = np.array(ring(510_000, 5_400_000, 100, 50))
    degrees = np.column_stack(to_degrees.transform(given[:, 0], given[:, 1])).tolist()
    found = read("geojson", folder({"scene.geojson": collection(feature([degrees]), crs=None)}))
    image, corners = found.images["scene"], found.detections["scene"].corners[0]
    assert (image.crs, image.gsd) == ("EPSG:32633", 1.0)
    a, b, c, d, e, f = image.transform
    back = np.column_stack([a * corners[:, 0] + b * corners[:, 1] + c, d * corners[:, 0] + e * corners[:, 1] + f])
    np.testing.assert_allclose(back, given[[0, 3, 2, 1], :], atol=1e-3)
    assert shapely.Polygon(corners).area == pytest.approx(5000, rel=1e-4)


@pytest.mark.parametrize(
    ("crs", "place"),
    [
        ("EPSG:3857", (10.0, 60.0)),
        ("EPSG:2263", (-73.9, 40.7)),
        ("EPSG:4258", (10.0, 60.0)),
        ("EPSG:32632", (9.0, 50.0)),
    ],
)
def test_a_pixel_is_as_many_metres_on_the_ground_as_asked_for(read, folder, crs, place):
    """100 m on the ellipsoid are 50 pixels of 2 m: in web Mercator (stretched by 2 at 60 degrees), feet and degrees."""
    geod = pyproj.Geod(ellps="WGS84")
    east = geod.fwd(*place, 90, 100)[:2]
    corner = geod.fwd(*east, 180, 40)[:2]
    third = geod.fwd(*place, 180, 40)[:2]
    transformer = pyproj.Transformer.from_crs("OGC:CRS84", crs, always_xy=True)
    points = [list(transformer.transform(*p)) for p in (place, east, corner, third)]
    member = {"type": "name", "properties": {"name": crs}}
    found = read("geojson", folder({"s.json": collection(feature([points]), crs=member)}), gsd=2)
    corners = found.detections["s"].corners[0]
    sides = np.hypot(*(np.roll(corners, -1, axis=0) - corners).T)
    np.testing.assert_allclose(sides, [50, 20, 50, 20], rtol=2e-3)


@pytest.mark.parametrize(
    ("longitude", "latitude", "projection"),
    [
        (9, 50, "EPSG:32632"),
        (-180, 10, "EPSG:32601"),
        (180, 10, "EPSG:32660"),
        (-0.1, -0.1, "EPSG:32730"),
        (10, 85, "+proj=aeqd +lat_0=85.0000 +lon_0=10.0000 +datum=WGS84 +units=m +type=crs"),
        (10, -81, "+proj=aeqd +lat_0=-81.0000 +lon_0=10.0000 +datum=WGS84 +units=m +type=crs"),
    ],
)
def test_local_projections(longitude, latitude, projection):
    assert frames.local_projection(longitude, latitude) == projection
    assert pyproj.CRS(projection).is_projected


def test_features_are_grouped_by_the_property_image_across_files(read, folder):
    files = {
        "a.geojson": collection(feature([ring(0, 0)], image="S2"), feature([ring(0, 0)], image=1)),
        "b.geojson": collection(
            feature([ring(500, 0)], image="S2", **{"class": "Large-Vehicle"}), feature([ring(0, 0)])
        ),
    }
    found = read("geojson", folder(files))
    assert {name: list(d.classes) for name, d in found.detections.items()} == {
        "1": ["ship"],
        "S2": ["ship", "large_vehicle"],
        "b": ["ship"],
    }
    assert found.detections["S2"].corners[1, 0, 0] == 500


def test_an_empty_collection_is_an_image_without_detections(read, folder):
    found = read("geojson", folder({"s.geojson": collection()}), gsd=0.5)
    assert (found.images["s"].transform, found.images["s"].crs, found.images["s"].gsd) == (None, None, 0.5)
    assert list(found.detections["s"].classes) == []


def test_outlines_become_their_minimum_rectangle_and_heights_are_dropped(read, folder):
    hexagon = [(0, 0), (10, -2), (20, 0), (20, 6), (10, 8), (0, 6), (0, 0)]
    text = collection(
        feature([[[x, y, 99.0] for x, y in hexagon]]),
        feature([[[[0, 0], [2, 0], [0, 2], [0, 0]]], [[[8, 8], [6, 8], [8, 6], [8, 8]]]], "MultiPolygon"),
        feature([ring(0, 0), ring(2, 2, 1, 1)]),  # a hole
    )
    areas = shapely.area(shapely.polygons(read("geojson", folder({"s.geojson": text})).detections["s"].corners))
    np.testing.assert_allclose(areas, [200, 32, 200], rtol=1e-5)


def test_names_of_the_properties(read, folder):
    def named(**properties):
        return {**feature([ring(0, 0)]), "properties": properties}

    text = collection(
        named(category="plane", confidence=0.5),
        named(label="Harbor", probability=0),
        named(**{"class": "ship", "category": "plane", "label": "x", "score": 1}),
    )
    boxes = read("geojson", folder({"s.geojson": text})).detections["s"]
    assert list(boxes.classes) == ["plane", "harbor", "ship"]
    assert boxes.probability.tolist() == [0.5, 0, 1]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (feature([1, 2], "Point"), "a geometry of type 'Point' is not supported, expected Polygon"),
        ({**feature([]), "geometry": None}, "the feature has no geometry, expected a Polygon"),
        ({**feature([]), "geometry": {"type": 5}}, "a geometry of type 5 is not supported"),
        (feature([]), "the coordinates of the Polygon are no list of rings"),
        (feature(None), "the coordinates of the Polygon are no list of rings"),
        (feature(7, "MultiPolygon"), "the coordinates of the MultiPolygon are no list of rings"),
        (feature([[[0, 0], [1, 1]]]), "a ring is too short"),
        (feature([["abc", "abc", "abc"]]), "a position is not a list of 2 or 3 numbers"),
        (feature([[[0, 0], [1, None], [1, 1]]]), "a coordinate is missing, expected a number"),
        (feature([ring(1e300, 0)]), "the coordinate 1e+300 is beyond 1e+09"),
        (feature([[[0, 0], [5, 5], [9, 9], [2, 2], [0, 0]]]), None),
        (feature([[[0, 0], [5, 5], [9, 9], [0, 0]]]), "the outline spans no area"),
        (feature([[[0, 0], [0, 0], [0, 0], [0, 0], [0, 0]]]), "the box spans no area"),
        (feature([ring(0, 0)], **{"class": None}), "the property class is missing, expected a text"),
        (feature([ring(0, 0)], **{"class": 4}), "the property class is 4, expected a text"),
        (feature([ring(0, 0)], **{"class": "7up"}), "'7up' is not a class name"),
        (feature([ring(0, 0)], score=None), "score is missing, expected a number"),
        (feature([ring(0, 0)], score=2), "the score 2 is not in [0, 1]"),
        (feature([ring(0, 0)], image=None), "image is missing, expected a whole number or a text"),
        (feature([ring(0, 0)], image=""), "the image name has 0 characters"),
        ({**feature([ring(0, 0)]), "properties": None}, "properties is missing, expected an object"),
        ({"type": "Polygon"}, 'the record is not of type "Feature"'),
        ("ship", "the feature is a text, expected an object"),
    ],
)
def test_a_bad_feature_is_reported_with_its_place_and_the_rest_read(read, folder, bad, reason):
    found = read("geojson", folder({"s.geojson": collection(feature([ring(0, 0)]), bad, feature([ring(0, 0)]))}))
    if reason is None:
        assert found.notes == ["s.geojson:features[1]: the box is a line, taken as one pixel wide"]
        return
    assert len(found.problems) == 1
    assert found.problems[0].startswith(f"s.geojson:features[1]: {reason}")
    assert len(found.detections["s"].classes) == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (json.dumps(feature([ring(0, 0)])), "the type is 'Feature', expected FeatureCollection"),
        ("{}", "the type is not given, expected FeatureCollection"),
        ("[]", "the file is a list, expected a FeatureCollection"),
        ("", "the file is empty"),
        ('{"type": "FeatureCollection"}', "features is missing, expected a list"),
        ('{"type": "FeatureCollection", "features": {}}', "features is an object, expected a list"),
        (collection(feature([ring(0, 0)]))[:-1], "the file is not JSON"),
        (collection(crs={"type": "link"}), 'the crs is not of type "name"'),
        (collection(crs=5), "crs is 5, expected an object"),
        (collection(crs={"type": "name", "properties": {}}), "the crs's name is missing, expected a text"),
        (
            collection(crs={"type": "name", "properties": {"name": "EPSG:99999"}}),
            "the coordinate reference system is not known to PROJ: 'EPSG:99999'",
        ),
        (
            collection(crs={"type": "name", "properties": {"name": "EPSG:4978"}}),
            "the coordinate reference system is neither projected nor geographic",
        ),
        (
            collection(crs={"type": "name", "properties": {"name": "x" * 1001}}),
            "the name has more than 1000 characters",
        ),
        (collection().replace('"crs": {', '"crs": null, "was": {'), "crs is missing, expected an object"),
    ],
)
def test_a_bad_file_is_reported_and_the_others_read(read, folder, content, reason):
    found = read("geojson", folder({"good.geojson": collection(feature([ring(0, 0)])), "s.geojson": content}))
    assert len(found.problems) == 1
    assert found.problems[0].startswith("s.geojson:")
    assert reason in found.problems[0]
    assert list(found.images) == ["good"]


@pytest.mark.parametrize(
    ("features", "crs", "reason"),
    [
        ([feature([ring(0, 0)]), feature([ring(2e6, 0)])], UTM, "too far for one pixel frame"),
        ([feature([ring(179.9, 0, 0.01, 0.01)]), feature([ring(-179.9, 0, 0.01, 0.01)])], None, "too far for one"),
        ([feature([ring(10, 200, 1, 1)])], None, "image s: "),
        ([feature([ring(9e8, 0)])], UTM, "image s: "),
    ],
)
def test_an_image_without_a_frame_is_left_out(read, folder, features, crs, reason):
    found = read("geojson", folder({"s.geojson": collection(*features, crs=crs)}))
    assert len(found.problems) == 1
    assert found.problems[0].startswith("s.geojson:features[0]: ")
    assert reason in found.problems[0]
    assert "need the property `image`" in found.problems[0]
    assert not found.images


def test_one_image_in_two_systems(read, folder):
    files = {
        "a.geojson": collection(feature([ring(0, 0)], image="S")),
        "b.geojson": collection(
            feature([ring(0, 0)], image="S"), crs={"type": "name", "properties": {"name": "EPSG:32633"}}
        ),
    }
    found = read("geojson", folder(files))
    assert found.problems == ["b.geojson:features[0]: the image S has another coordinate reference system in a.geojson"]
    assert len(found.detections["S"].classes) == 1


def test_two_files_of_one_image(read, folder):
    found = read("geojson", folder({"s.geojson": collection(feature([ring(0, 0)])), "s.json": collection()}))
    assert found.problems == ["s.json: the image s has two files, see s.geojson"]


def test_missing_files(read, folder, tmp_path):
    with pytest.raises(UsageError, match="there is no file"):
        read("geojson", tmp_path / "none.geojson")
    with pytest.raises(FormatError, match=r"the folder has no \*.geojson or \*.json file"):
        read("geojson", folder({"readme.md": ""}))
