from __future__ import annotations

import json

import pytest
import shapely
from PIL import Image

from rune_pl.archive.formats import json_stream
from rune_pl.errors import FormatError, UsageError

IMAGES = [
    {"id": 7, "file_name": "b.jpg", "width": 100, "height": 80},
    {"id": 3, "file_name": "train/a.png", "width": 50, "height": 40},
]
CATEGORIES = [{"id": 1, "name": "Ship"}, {"id": 18, "name": "storage tank"}]


def instances(*annotations, images=IMAGES, categories=CATEGORIES, **more):
    return json.dumps({"annotations": list(annotations), "categories": categories, "images": images, **more})


def box(**more):
    return {"image_id": 7, "category_id": 18, "bbox": [10, 20, 30, 5], **more}


def test_boxes_become_quadrilaterals_and_every_image_counts(read, folder):
    found = read("coco", folder({"i.json": instances(box(), box(category_id=1))}) / "i.json")
    assert {i.id: (i.width, i.height, i.path) for i in found.images.values()} == {
        "b": (100, 80, "b.jpg"),
        "train/a": (50, 40, "train/a.png"),
    }
    boxes = found.detections["b"]
    assert list(boxes.classes) == ["storage_tank", "ship"]
    assert boxes.probability.tolist() == [1, 1]
    assert boxes.corners[0].tolist() == [[10, 20], [40, 20], [40, 25], [10, 25]]
    assert list(found.detections["train/a"].classes) == []
    assert found.problems == []


def test_polygons_become_their_minimum_rectangle_and_four_corners_stay(read, folder):
    hexagon = [0, 0, 10, -2, 20, 0, 20, 6, 10, 8, 0, 6]
    parts = [[0, 0, 2, 0, 0, 2], [8, 8, 6, 8, 8, 6]]
    text = instances(
        box(segmentation=[[0, 0, 4, 1, 3, 5, -1, 4]]),
        box(segmentation=[[0, 0, 4, 1, 3, 5, -1, 4, 0, 0]]),
        box(segmentation=[hexagon]),
        box(segmentation=parts),
        box(segmentation=[]),
    )
    found = read("coco", folder({"i.json": text}) / "i.json")
    corners = found.detections["b"].corners
    assert corners[0].tolist() == corners[1].tolist() == [[0, 0], [4, 1], [3, 5], [-1, 4]]
    points = shapely.MultiPoint([hexagon[i : i + 2] for i in range(0, 12, 2)])
    assert shapely.Polygon(corners[2]).area == pytest.approx(points.minimum_rotated_rectangle.area) == 200
    assert shapely.Polygon(corners[3]).area == pytest.approx((2 * 2**0.5) * (8 * 2**0.5), rel=1e-5)
    assert corners[4].tolist() == [[10, 20], [40, 20], [40, 25], [10, 25]]
    assert found.problems == []


def test_results_take_names_from_the_instances(read, folder):
    place = folder({"i.json": instances(box()), "r.json": json.dumps([box(score=0.25), box(score=0.5, image_id=3)])})
    found = read("coco", place / "r.json", instances=place / "i.json")
    assert found.detections["b"].probability.tolist() == [0.25]
    assert found.detections["train/a"].probability.tolist() == [0.5]
    assert list(found.detections["b"].classes) == ["storage_tank"]


def test_no_results_are_images_without_detections(read, folder):
    place = folder({"i.json": instances(), "r.json": " [] "})
    found = read("coco", place / "r.json", instances=place / "i.json")
    assert sorted(found.images) == ["b", "train/a"]


@pytest.mark.parametrize(
    ("annotation", "reason"),
    [
        (box(image_id=8), "there is no image with the id '8'"),
        (box(image_id=None), "image_id is missing, expected a whole number or a text"),
        (box(image_id=7.5), "image_id is 7.5, expected a whole number or a text"),
        (box(category_id=2), "there is no category with the id '2'"),
        (box(category_id=True), "category_id is true, expected"),
        (box(bbox=[1, 2, 3]), "bbox has 3 numbers, expected x, y, width, height"),
        (box(bbox=[1, 2, 3, 4, 5]), "bbox has 5 numbers"),
        (box(bbox="big"), "bbox is a text, expected a list of numbers"),
        (box(bbox=[1, 2, -3, 4]), "the box is -3 wide and 4 high"),
        (box(bbox=[1, 2, 0, 0]), "the box spans no area"),
        (box(bbox=[1, 2, 1e300, 4]), "the coordinate 1e+300 is beyond 1e+07 pixels"),
        (box(bbox=[1, 2, None, 4]), "bbox is missing, expected a number"),
        ({"image_id": 7, "category_id": 1}, "bbox is missing, expected a list of numbers"),
        (box(score=1.5), "the score 1.5 is not in [0, 1]"),
        (box(score="high"), "score is a text, expected a number"),
        (box(iscrowd=1), "crowd annotations are not supported"),
        (box(segmentation={"counts": "abc", "size": [1, 1]}), "masks (RLE) are not supported"),
        (box(segmentation={"counts": [1, 2], "size": [1, 1]}), "masks (RLE) are not supported"),
        (box(segmentation="x"), "segmentation is a text, expected a list of polygons"),
        (box(segmentation=[[0, 0, 1, 1]]), "a polygon has 4 numbers"),
        (box(segmentation=[[0, 0, 1, 1, 2, 2, 3]]), "a polygon has 7 numbers"),
        (box(segmentation=[[0, 0, 1, 1, 2, 2]]), "the outline spans no area"),
        (box(segmentation=[[0, 0, 1, 1, 2, "x"]]), "segmentation is a text, expected a number"),
        (box(segmentation=[[0, 0, 9, 0, 9, 9], 3]), "segmentation is 3, expected a list of numbers"),
        ([1, 2], "the annotation is a list, expected an object"),
        (None, "the annotation is missing, expected an object"),
    ],
)
def test_a_bad_annotation_is_reported_with_its_place_and_the_rest_read(read, folder, annotation, reason):
    found = read("coco", folder({"i.json": instances(box(), annotation, box())}) / "i.json")
    assert len(found.problems) == 1
    assert found.problems[0].startswith(f"i.json:annotations[1]: {reason}")
    assert len(found.detections["b"].classes) == 2


def test_a_bad_result_is_reported_with_its_place(read, folder):
    place = folder({"i.json": instances(), "r.json": json.dumps([box(score=0.5), box()])})
    found = read("coco", place / "r.json", instances=place / "i.json")
    assert found.problems == ["r.json:[1]: score is missing, expected a number"]


def test_a_flat_box_is_widened(read, folder):
    found = read("coco", folder({"i.json": instances(box(bbox=[10, 20, 30, 0]))}) / "i.json")
    assert found.notes == ["i.json:annotations[0]: the box is a line, taken as one pixel wide"]
    assert shapely.Polygon(found.detections["b"].corners[0]).area == 30


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        ({"id": 7, "file_name": "c.png"}, "the image id '7' is here twice"),
        ({"id": 9, "file_name": "b.png"}, "the image 'b' is here twice"),
        ({"file_name": "c.png"}, "id is missing"),
        ({"id": 9, "file_name": 5}, "file_name is 5, expected a text"),
        ({"id": 9, "file_name": "c\u0000.png"}, "the image name 'c\\x00.png' has characters that are not text"),
        ({"id": 9, "width": -4, "height": 4}, "width is -4, expected a whole number of pixels"),
        ({"id": 9, "width": 4.5, "height": 4}, "width is 4.5, expected a whole number of pixels"),
        ("c.png", "the image is a text, expected an object"),
    ],
)
def test_a_bad_image_is_reported_with_its_place(read, folder, image, reason):
    found = read("coco", folder({"i.json": instances(images=[*IMAGES, image])}) / "i.json")
    assert len(found.problems) == 1
    assert found.problems[0].startswith(f"i.json:images[2]: {reason}")
    assert sorted(found.images) == ["b", "train/a"]


@pytest.mark.parametrize(
    ("category", "reason"),
    [
        ({"id": 1, "name": "plane"}, "the category id '1' is here twice"),
        ({"id": 2}, "name is missing, expected a text"),
        ({"id": 2, "name": "7up"}, "'7up' is not a class name"),
    ],
)
def test_a_bad_category_is_reported_with_its_place(read, folder, category, reason):
    found = read("coco", folder({"i.json": instances(categories=[*CATEGORIES, category])}) / "i.json")
    assert len(found.problems) == 1
    assert found.problems[0].startswith(f"i.json:categories[2]: {reason}")


def test_an_image_without_a_file_name_is_called_by_its_id(read, folder):
    found = read("coco", folder({"i.json": instances(images=[{"id": 12}])}) / "i.json")
    assert found.images["12"].width is None


def test_sizes_come_from_the_images_where_the_file_has_none(read, folder, tmp_path):
    place = folder({"i.json": instances(images=[{"id": 1, "file_name": "x/a.png"}, {"id": 2, "file_name": "c.png"}])})
    Image.new("L", (30, 20)).save(place / "a.png")
    found = read("coco", place / "i.json", images=place, size=(5, 6), gsd=0.5)
    assert {i.id: (i.width, i.height, i.gsd) for i in found.images.values()} == {"x/a": (30, 20, 0.5), "c": (5, 6, 0.5)}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "the file is empty"),
        ("  \n ", "the file is empty"),
        ("x,y", "the file begins with 'x', expected JSON"),
        ("{}", "the file has no images"),
        (instances(images=[]), "the file has no images"),
        (
            json.dumps({"images": IMAGES, "categories": CATEGORIES}),
            "annotations: annotations is missing, expected a list",
        ),
        (instances().replace("[]", "{}", 1), "annotations: annotations is an object, expected a list"),
        (instances(box())[:-20], "the file is not JSON: parse error: premature EOF"),
        (instances(box(score=float("nan"))), "the file is not JSON: lexical error"),
        (instances(box(score=0.5)).replace("0.5", "1e999"), "the file is not JSON: parse error: numeric"),
        (instances(box(image_id=10**30)), "the file is not JSON: parse error: integer overflow"),
        (instances(box()) + "}", "the file is not JSON"),
        (instances().encode("utf-16"), "the file is UTF-16"),
        (
            instances(images=[{"id": 1, "file_name": "é.png"}]).encode().replace(b"\\u00e9", b"\xe9"),
            "the file is not JSON",
        ),
        ("[" * 100_000, "the JSON is nested deeper than 64 levels"),
        ('{"images": "' + "x" * 3_000_000 + '"}', "a string is longer than 1,000,000 bytes"),
    ],
)
def test_a_file_that_cannot_be_read(read, folder, content, reason):
    with pytest.raises(FormatError) as error:
        read("coco", folder({"i.json": content}) / "i.json")
    assert error.value.where.startswith(str(error.value.path))
    assert f"i.json:{' ' if not reason.startswith('annotations:') else ''}{reason}" in str(error.value)


def test_brackets_in_strings_are_no_nesting(read, folder):
    names = ["[" * 500 + '\\"' + "{" * 400, "]" * 900]
    images = [{"id": i, "file_name": f"{name}{i}.png"} for i, name in enumerate(names)]
    found = read("coco", folder({"i.json": instances(images=images)}) / "i.json")
    assert len(found.images) == 2


def test_a_byte_order_mark_is_dropped(read, folder):
    found = read("coco", folder({"i.json": b"\xef\xbb\xbf" + instances(box()).encode()}) / "i.json")
    assert len(found.detections["b"].classes) == 1


def test_one_record_that_would_fill_the_memory(read, folder, monkeypatch):
    monkeypatch.setattr(json_stream, "MAX_RECORD", 10_000)
    monkeypatch.setattr(json_stream, "_CHUNK", 1000)
    many = instances(*[box()] * 500)
    assert len(read("coco", folder({"i.json": many}) / "i.json").detections["b"].classes) == 500
    one = instances(box(segmentation=[[1.5] * 5000]))
    with pytest.raises(FormatError, match="one record is larger than"):
        read("coco", folder({"i.json": one}) / "i.json")


def test_files_that_do_not_go_together(read, folder, tmp_path):
    place = folder({"i.json": instances(box()), "r.json": "[]"})
    with pytest.raises(UsageError, match="give the instances file that it belongs to with --instances"):
        read("coco", place / "r.json")
    with pytest.raises(UsageError, match="leave out --instances"):
        read("coco", place / "i.json", instances=place / "i.json")
    with pytest.raises(FormatError, match="the file is a list, expected a COCO instances file"):
        read("coco", place / "r.json", instances=place / "r.json")
    with pytest.raises(UsageError, match="there is no file"):
        read("coco", place / "none.json")
    with pytest.raises(UsageError, match="is a folder, expected a COCO instances or results file"):
        read("coco", place)
    with pytest.raises(UsageError, match="there is no file"):
        read("coco", place / "r.json", instances=place / "none.json")
