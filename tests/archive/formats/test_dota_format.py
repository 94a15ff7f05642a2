from __future__ import annotations

from datetime import datetime, timezone

import pytest
from PIL import Image

from rune_pl.errors import FormatError, UsageError

HEADER = "imagesource:GoogleEarth\ngsd:0.5\n"
BOX = "0 0 4 0 4 2 0 2 small-vehicle 0\n"


def test_a_file_is_an_image_with_its_header_and_boxes(read, folder):
    found = read("dota", folder({"P2.txt": HEADER + BOX + "9 9 5 9 5 8 9 8 ship 1\n", "P1.txt": HEADER + BOX}))
    assert list(found.images) == ["P1", "P2"]
    image = found.images["P2"]
    assert (image.source, image.gsd, image.width, image.height) == ("GoogleEarth", 0.5, None, None)
    boxes = found.detections["P2"]
    assert list(boxes.classes) == ["small_vehicle", "ship"]
    assert boxes.score.tolist() == boxes.probability.tolist() == [1.0, 1.0]
    assert boxes.corners.dtype == "float32"
    assert boxes.corners[0].tolist() == [[0, 0], [4, 0], [4, 2], [0, 2]]
    assert boxes.corners[1].tolist() == [[9, 9], [5, 9], [5, 8], [9, 8]]
    assert found.problems == []


def test_line_ends_marks_and_blank_lines_do_not_matter(read, folder):
    plain = read("dota", folder({"P1.txt": HEADER + BOX}, "plain"))
    other = read(
        "dota", folder({"P1.txt": b"\xef\xbb\xbf" + (HEADER + "\n \t\n" + BOX).replace("\n", "\r\n").encode()})
    )
    assert other.images == plain.images
    assert other.detections["P1"].corners.tolist() == plain.detections["P1"].corners.tolist()
    assert other.problems == []


@pytest.mark.parametrize("text", ["", "\n\n", "imagesource:JL\ngsd:null\n", "gsd:\n", "imagesource:null\n"])
def test_a_file_without_boxes_is_an_image_without_detections(read, folder, text):
    found = read("dota", folder({"P1.txt": text}))
    assert found.images["P1"].gsd is None
    assert list(found.detections["P1"].classes) == []
    assert found.detections["P1"].corners.shape == (0, 4, 2)
    assert found.problems == []


def test_an_acquisition_date_is_read(read, folder):
    found = read("dota", folder({"P1.txt": "acquisition dates:2016-05-04\n" + HEADER + BOX}))
    assert found.images["P1"].time == datetime(2016, 5, 4, tzinfo=timezone.utc)


def test_difficult_may_be_missing(read, folder):
    found = read("dota", folder({"P1.txt": "0 0 4 0 4 2 0 2 ship\n"}))
    assert list(found.detections["P1"].classes) == ["ship"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("0 0 4 0 4 2 0 small-vehicle 0 7 7 7", "the line has 12 fields"),
        ("0 0 4 0 4 2 0", "the line has 7 fields"),
        ("0 0 4 0 4 2 0 x small-vehicle 0", "y4 is 'x', expected a number"),
        ("0 0 nan 0 4 2 0 2 small-vehicle 0", "x2 is 'nan', expected a number"),
        ("0 0 4 0 4 -inf 0 2 small-vehicle 0", "y3 is '-inf', expected a number"),
        ("0 0 4 0 4 1e999 0 2 small-vehicle 0", "y3 is '1e999', expected a number"),
        ("0 0 1_0 0 4 2 0 2 small-vehicle 0", "x2 is '1_0', expected a number"),
        ("0 0 ٤ 0 4 2 0 2 small-vehicle 0", "x2 is '\\u0664', expected a number"),
        ("0 0 1e30 0 4 2 0 2 small-vehicle 0", "the coordinate 1e+30 is beyond 1e+07 pixels"),
        ("0 0 4 0 4 2 0 2 7up 0", "'7up' is not a class name"),
        ("0 0 4 0 4 2 0 2 véhicule 0", "'v\\xe9hicule' is not a class name"),
        ("0 0 4 0 4 2 0 2 ship 3", "difficult is '3', expected 0, 1 or 2"),
        ("gsd:0.5", "the line has 1 fields"),  # a header, but not at the head
    ],
)
def test_a_bad_line_is_reported_with_its_place_and_the_rest_read(read, folder, line, reason):
    found = read("dota", folder({"P1.txt": HEADER + BOX + line + "\n" + BOX}))
    assert len(found.problems) == 1
    assert found.problems[0].startswith(f"P1.txt:4: {reason}")
    assert len(found.detections["P1"].classes) == 2


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("gsd:-1", "the ground sampling distance -1 is not from 1e-06"),
        ("gsd:0", "the ground sampling distance 0 is not from 1e-06 to 1e+06 metres per pixel"),
        ("gsd:nan", "gsd is 'nan', expected a number"),
        ("acquisition dates:yesterday", "the acquisition date is 'yesterday'"),
        ("acquisition dates:0001-01-01T00:00:00+23:00", "the acquisition date is '0001-01-01T00:00:00+23:00'"),
        ("sensor:X", "the line has 1 fields"),
    ],
)
def test_a_bad_header_is_a_bad_line(read, folder, line, reason):
    found = read("dota", folder({"P1.txt": line + "\n" + BOX}))
    assert len(found.problems) == 1
    assert found.problems[0].startswith(f"P1.txt:1: {reason}")
    assert found.images["P1"].gsd is None


def test_a_flat_box_is_widened_and_a_point_is_a_bad_line(read, folder):
    found = read("dota", folder({"P1.txt": "0 5 9 5 9 5 0 5 bridge 0\n3 3 3 3 3 3 3 3 ship 0\n"}))
    assert found.notes == ["P1.txt:1: the box is a line, taken as one pixel wide"]
    assert found.problems == ["P1.txt:2: the box spans no area"]
    assert sorted(map(tuple, found.detections["P1"].corners[0].tolist())) == [(0, 4.5), (0, 5.5), (9, 4.5), (9, 5.5)]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (BOX.encode("utf-16"), "P1.txt: the file is UTF-16 (save it as UTF-8)"),
        (BOX.encode("utf-32"), "P1.txt: the file is UTF-32 (save it as UTF-8)"),
        (BOX.encode("utf-16-le"), "P1.txt:1: the line has a NUL byte"),
        (b"0 0 4 0 4 2 0 2 v\xe9hicule 0\n", "P1.txt:1: byte 18 of the line is not UTF-8"),
        (b"0 0 4 0 4 2 0 2 ship " + b"0" * 2_000_000, "P1.txt:1: the line is longer than 1,000,000 bytes"),
    ],
)
def test_what_is_no_utf8_text_is_reported_and_its_image_left_out(read, folder, content, problem):
    found = read("dota", folder({"P1.txt": content, "P2.txt": BOX}))
    assert found.problems[0].startswith(problem)
    assert list(found.images) == ["P2"]


def test_after_an_absurdly_long_line_reading_goes_on_with_the_next(read, folder):
    found = read("dota", folder({"P1.txt": BOX + "7" * 2_500_000 + "\n" + BOX + "bad\n"}))
    assert [p[:10] for p in found.problems] == ["P1.txt:2: ", "P1.txt:4: "]
    assert len(found.detections["P1"].classes) == 2


def test_two_files_of_one_image(read, folder):
    found = read("dota", folder({"P1.TXT": BOX, "P1.txt": BOX}))
    assert found.problems == ["P1.txt: the image P1 has two files"]
    assert list(found.images) == ["P1"]


def test_a_file_name_that_is_no_text(read, folder):
    place = folder({"P1.txt": BOX})
    try:
        (place / b"P\xff2.txt".decode("utf-8", "surrogateescape")).write_text(BOX)
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    found = read("dota", place)
    assert len(found.problems) == 1
    assert "has characters that are not text" in found.problems[0]
    assert list(found.images) == ["P1"]


def test_a_folder_with_a_name_like_a_file_is_reported(read, folder):
    place = folder({"P1.txt": BOX, "P2.txt/inner.txt": BOX})
    found = read("dota", place)
    assert found.problems == ["P2.txt: the file cannot be read: Is a directory"]
    assert list(found.images) == ["P1"]


def test_sizes_come_from_the_images_then_from_size(read, folder, tmp_path):
    place = folder({"P1.txt": BOX, "P2.txt": BOX})
    images = tmp_path / "images"
    images.mkdir()
    Image.new("L", (30, 20)).save(images / "P1.png")
    Image.new("L", (5, 5)).save(images / "P9.png")
    found = read("dota", place, images=images, size=(8, 9), gsd=2.0)
    assert (found.images["P1"].width, found.images["P1"].height) == (30, 20)
    assert found.images["P1"].path == (images / "P1.png").as_posix()
    assert (found.images["P2"].width, found.images["P2"].height, found.images["P2"].path) == (8, 9, None)
    assert found.images["P1"].gsd == 2.0
    assert list(found.images) == ["P1", "P2"]  # ground truth says nothing about an image without a file


def test_the_header_wins_over_the_gsd_option(read, folder):
    assert read("dota", folder({"P1.txt": HEADER}), gsd=2.0).images["P1"].gsd == 0.5


def test_missing_and_empty_folders(read, folder, tmp_path):
    with pytest.raises(UsageError, match="there is no folder"):
        read("dota", tmp_path / "nowhere")
    with pytest.raises(UsageError, match="is a file, expected a folder of DOTA annotations"):
        read("dota", folder({"P1.txt": BOX}) / "P1.txt")
    with pytest.raises(FormatError, match=r"the folder has no \*.txt file"):
        read("dota", folder({"P1.doc": BOX}, "other"))
    with pytest.raises(UsageError, match="there is no folder .*images"):
        read("dota", folder({"P1.txt": BOX}), images=tmp_path / "no-images")
