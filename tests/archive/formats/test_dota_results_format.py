from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from rune_pl.archive.formats import base, columns
from rune_pl.errors import FormatError, UsageError

BOX = "0 0 4 0 4 2 0 2"


def test_the_lines_of_all_files_are_grouped_by_image(read, folder):
    found = read(
        "dota-results",
        folder(
            {
                "Task1_storage-tank.txt": f"P2 0.25 {BOX}\nP1 0.5 {BOX}\nP2 1 {BOX}\n",
                "Task1_ship.txt": f"P3 0 {BOX}\r\nP2 0.75 9 9 5 9 5 8 9 8",
            }
        ),
    )
    assert list(found.images) == ["P1", "P2", "P3"]
    p2 = found.detections["P2"]
    assert list(p2.classes) == ["ship", "storage_tank", "storage_tank"]
    assert p2.score.tolist() == p2.probability.tolist() == [0.75, 0.25, 1.0]
    assert p2.corners[0].tolist() == [[9, 9], [5, 9], [5, 8], [9, 8]]
    assert p2.probability.dtype == np.float64
    assert found.problems == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (f"P1 1.5 {BOX}", "the score 1.5 is not in [0, 1]"),
        (f"P1 -0.1 {BOX}", "the score -0.1 is not in [0, 1]"),
        (f"P1 nan {BOX}", "the score is 'nan', expected a number"),
        (f"P1 {BOX}", "the line has 9 fields, expected image score x1 y1"),
        (f"P1 0.5 {BOX} 7", "the line has 11 fields"),
        ("P1 0.5 0 0 4 0 4 2 0 inf", "y4 is 'inf', expected a number"),
        ("P1 0.5 1 1 1 1 1 1 1 1", "the box spans no area"),
        (f"P\u200b1 0.5 {BOX}", "the image name 'P\\u200b1' has characters that are not text"),
        (f"{'P' * 1001} 0.5 {BOX}", "the image name has 1001 characters"),
    ],
)
def test_a_bad_line_is_reported_with_its_place_and_the_rest_read(read, folder, line, reason):
    found = read("dota-results", folder({"Task1_ship.txt": f"P1 0.5 {BOX}\n{line}\nP1 0.5 {BOX}\n"}))
    assert len(found.problems) == 1
    assert found.problems[0].startswith(f"Task1_ship.txt:2: {reason}")
    assert len(found.detections["P1"].classes) == 2


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("ship.txt", "ship.txt: the file is not named Task1_CLASS.txt"),
        ("Task2_ship.txt", "Task2_ship.txt: the file is not named Task1_CLASS.txt"),
        ("Task1_.txt", "Task1_.txt: the file is not named Task1_CLASS.txt"),
        ("Task1_7up.txt", "Task1_7up.txt: '7up' is not a class name"),
        ("Task1_Small Vehicle.txt", "Task1_small-vehicle.txt: the class small_vehicle has two files"),
    ],
)
def test_a_file_name_that_gives_no_class_of_its_own(read, folder, name, problem):
    found = read("dota-results", folder({"Task1_small-vehicle.txt": f"P1 0.5 {BOX}\n", name: f"P2 0.5 {BOX}\n"}))
    assert len(found.problems) == 1
    assert found.problems[0].startswith(problem)
    assert len(found.images) == 1


def test_an_empty_file_is_a_class_without_detections(read, folder):
    found = read("dota-results", folder({"Task1_ship.txt": "", "Task1_plane.txt": f"P1 0.5 {BOX}\n"}))
    assert list(found.detections["P1"].classes) == ["plane"]
    assert found.problems == []


def test_images_in_the_folder_without_detections_are_images(read, folder, tmp_path):
    images = tmp_path / "images"
    images.mkdir()
    Image.new("L", (30, 20)).save(images / "P0.png")
    Image.new("L", (31, 21)).save(images / "P1.jpg")
    found = read("dota-results", folder({"Task1_plane.txt": f"P1 0.5 {BOX}\nP2 0.5 {BOX}\n"}), images=images)
    assert {i.id: i.width for i in found.images.values()} == {"P0": 30, "P1": 31, "P2": None}
    assert list(found.detections["P0"].classes) == []


def test_more_detections_than_an_image_may_have(read, folder, monkeypatch):
    monkeypatch.setattr(columns, "MAX_DETECTIONS", 2)
    assert base.MAX_DETECTIONS == 1_000_000
    found = read("dota-results", folder({"Task1_ship.txt": f"P1 0.5 {BOX}\n" * 3}))
    assert found.problems == ["Task1_ship.txt:3: the image has more than 2 detections"]
    assert len(found.detections["P1"].classes) == 2


def test_missing_and_empty_folders(read, folder, tmp_path):
    with pytest.raises(UsageError, match="there is no folder"):
        read("dota-results", tmp_path / "nowhere")
    with pytest.raises(FormatError, match=r"the folder has no \*.txt file"):
        read("dota-results", folder({"readme.md": ""}))
