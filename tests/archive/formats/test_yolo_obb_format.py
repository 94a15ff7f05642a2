from __future__ import annotations

import pytest
from PIL import Image

from rune_pl.errors import FormatError, UsageError

LINE = "1 0.25 0.25 0.75 0.25 0.75 0.5 0.25 0.5"
NAMES = "plane\nStorage-Tank\n"


@pytest.fixture
def names(tmp_path):
    path = tmp_path / "names.txt"
    path.write_text(NAMES)
    return path


def test_fractions_become_pixels_and_confidence_the_score(read, folder, names):
    found = read("yolo-obb", folder({"a.txt": f"{LINE}\n{LINE} 0.5\n"}), classes=names, size=(100, 40))
    boxes = found.detections["a"]
    assert list(boxes.classes) == ["storage_tank", "storage_tank"]
    assert boxes.probability.tolist() == [1.0, 0.5]
    assert boxes.corners[0].tolist() == [[25, 10], [75, 10], [75, 20], [25, 20]]
    assert (found.images["a"].width, found.images["a"].height) == (100, 40)
    assert found.problems == []


def test_images_are_found_beside_the_labels_and_one_without_labels_is_empty(read, folder, names):
    place = folder({"labels/train/a.txt": LINE, "images/train/.keep": ""})
    for name, size in (("a.png", (100, 40)), ("b.png", (7, 8))):
        Image.new("L", size).save(place / "images/train" / name)
    found = read("yolo-obb", place / "labels/train", classes=names)
    assert {i.id: (i.width, i.height) for i in found.images.values()} == {"a": (100, 40), "b": (7, 8)}
    assert found.detections["a"].corners[0, 0].tolist() == [25, 10]
    assert list(found.detections["b"].classes) == []


def test_images_are_found_among_the_labels(read, folder, names):
    place = folder({"a.txt": LINE})
    Image.new("L", (100, 40)).save(place / "a.png")
    assert read("yolo-obb", place, classes=names).images["a"].width == 100


def test_a_jpeg_turned_by_its_orientation_tag_has_the_size_it_is_shown_with(read, folder, names, tmp_path):
    place = folder({"a.txt": LINE})
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("L", (100, 40)).save(place / "a.jpg", exif=exif)
    found = read("yolo-obb", place, classes=names)
    assert (found.images["a"].width, found.images["a"].height) == (40, 100)


def test_a_scene_beyond_pillows_pixel_limit_has_a_size(read, folder, names, monkeypatch):
    place = folder({"a.txt": LINE})
    Image.new("L", (100, 40)).save(place / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)  # opening more than twice as many is an error
    assert read("yolo-obb", place, classes=names).images["a"].width == 100
    assert Image.MAX_IMAGE_PIXELS == 10


def test_a_damaged_image_is_reported(read, folder, names, tmp_path):
    place = folder({"a.txt": LINE, "a.png": b"\x89PNG nonsense", "b.txt": LINE, "b.jpg": b"\xff\xd8\xff\xe0junk"})
    found = read("yolo-obb", place, classes=names)
    assert found.problems[0] == "a.png: the file is not an image that Pillow can read"
    assert found.problems[1].startswith("a.txt: the size of the image a is not known")
    assert found.problems[2].startswith("b.jpg: ")
    assert not found.images


def test_two_images_of_one_name_are_reported(read, folder, names):
    place = folder({"a.txt": LINE})
    Image.new("L", (100, 40)).save(place / "a.png")
    Image.new("L", (50, 40)).save(place / "a.jpg")
    found = read("yolo-obb", place, classes=names)
    assert found.problems == ["a.png: the image a is here twice, see a.jpg"]
    assert found.images["a"].width == 50


def test_a_size_that_is_not_known_is_one_problem_per_file(read, folder, names):
    found = read("yolo-obb", folder({"a.txt": f"{LINE}\n{LINE}\n", "b.txt": ""}), classes=names)
    assert found.problems == ["a.txt: the size of the image a is not known (give --images DIR or --size WxH)"]
    assert list(found.images) == ["b"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2" + LINE[1:], "the class is 2, but there are 2 class names (0 to 1)"),
        ("-1" + LINE[1:], "the class is '-1', expected a number from 0"),
        ("plane" + LINE[1:], "the class is 'plane', expected a number from 0"),
        ("1.0" + LINE[1:], "the class is '1.0', expected a number from 0"),
        ("9999999" + LINE[1:], "the class is '9999999', expected a number from 0"),
        ("1 0.5 0.5 0.1 0.1", "the line has 5 fields, expected class x1 y1 x2 y2 x3 y3 x4 y4 [confidence] (that is an"),
        (LINE + " 1.01", "the score 1.01 is not in [0, 1]"),
        (LINE + " nan", "the confidence is 'nan', expected a number"),
        (LINE + " 0.5 0.5", "the line has 11 fields"),
        ("1 25 10 75 10 75 20 25 20", "the coordinate 25 is no fraction of the image (pixels?)"),
        ("1 -1.1 0 1 0 1 1 0 1", "the coordinate -1.1 is no fraction of the image"),
        ("1 inf 0 1 0 1 1 0 1", "x1 is 'inf', expected a number"),
        ("1 0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.5", "the box spans no area"),
    ],
)
def test_a_bad_line_is_reported_with_its_place_and_the_rest_read(read, folder, names, line, reason):
    found = read("yolo-obb", folder({"a.txt": f"{LINE}\n{line}\n{LINE}\n"}), classes=names, size=(100, 40))
    assert len(found.problems) == 1
    assert found.problems[0].startswith(f"a.txt:2: {reason}")
    assert len(found.detections["a"].classes) == 2


def test_a_box_that_hangs_over_the_edge_is_kept_as_it_is(read, folder, names):
    found = read("yolo-obb", folder({"a.txt": "0 -0.25 0 0.5 0 0.5 1.25 -0.25 1.25"}), classes=names, size=(100, 40))
    assert found.detections["a"].corners[0].tolist() == [[-25, 0], [50, 0], [50, 50], [-25, 50]]
    assert found.problems == []


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("data.yaml", "names: [plane, Storage-Tank]"),
        ("data.yml", "path: x\nnames:\n  1: storage tank\n  0: plane\n"),
        ("names.txt", "\ufeffplane\r\nstorage tank\r\n\r\n"),
        ("obj.names", "plane\nstorage_tank"),
    ],
)
def test_class_names_come_from_a_file(read, folder, file, text):
    place = folder({file: text}, "names")
    found = read("yolo-obb", folder({"a.txt": LINE}), classes=place / file, size=(8, 8))
    assert list(found.detections["a"].classes) == ["storage_tank"]


def test_a_classes_file_among_the_labels_names_the_classes(read, folder):
    found = read("yolo-obb", folder({"a.txt": LINE, "classes.txt": NAMES}), size=(8, 8))
    assert list(found.images) == ["a"]
    assert list(found.detections["a"].classes) == ["storage_tank"]


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("data.yaml", "nc: 2", "the file has no list of class names"),
        ("data.yaml", "names: plane", "the file has no list of class names"),
        ("data.yaml", "names: [plane, [ship]]", "the file has no list of class names"),
        ("data.yaml", "names: {0: plane, 2: ship}", r"names: the class numbers are '0, 2', expected 0, 1, 2"),
        ("data.yaml", "a: b\nnames: [plane", r"data.yaml:2: the file is not YAML"),
        ("data.yaml", "names: [plane, 7up]", r"names\[1\]: '7up' is not a class name"),
        ("data.yaml", "names: " + "[" * 5000, "the file is not YAML"),
        ("names.txt", "plane\n\nship\n", "names.txt:2: '' is not a class name"),
        ("names.txt", "plane\nPlane\n", "names.txt:2: the class plane is here twice"),
        ("names.txt", "", "the file has no class names"),
        ("names.txt", b"pl\xe9ne", "the file is not UTF-8"),
        ("names.txt", "plane".encode("utf-16"), "the file is UTF-16"),
        ("names.txt", "p" * 1_000_001, "the file is larger than 1,000,000 bytes"),
    ],
)
def test_a_bad_file_of_class_names(read, folder, file, content, reason):
    place = folder({file: content}, "names")
    with pytest.raises(FormatError, match=reason):
        read("yolo-obb", folder({"a.txt": LINE}), classes=place / file, size=(8, 8))


def test_class_names_have_to_be_given(read, folder, tmp_path):
    place = folder({"a.txt": LINE})
    with pytest.raises(UsageError, match="give the names with --classes"):
        read("yolo-obb", place, size=(8, 8))
    with pytest.raises(UsageError, match="there is no file"):
        read("yolo-obb", place, classes=tmp_path / "none.txt")
    with pytest.raises(UsageError, match="is a folder, expected class names"):
        read("yolo-obb", place, classes=tmp_path)
