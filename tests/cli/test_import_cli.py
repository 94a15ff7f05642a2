from __future__ import annotations

import json
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from rune_pl.archive import Archive
from rune_pl.archive.formats import FORMATS
from rune_pl.cli.import_ import FORMAT_NAMES, command
from rune_pl.cli.main import main

BOX = "0 0 4 0 4 2 0 2 small-vehicle 0\n"


@pytest.fixture
def labels(tmp_path):
    place = tmp_path / "labels"
    place.mkdir()
    (place / "P1.txt").write_text("gsd:0.5\n" + BOX)
    (place / "P2.txt").write_text("")
    return place


class Result(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def run(capfd):
    """`run(*arguments)`: `rune-pl import` with the error handling of the whole tool."""

    def call(*arguments: object) -> Result:
        code = main(["import", *map(str, arguments)])
        return Result(code, *capfd.readouterr())

    return call


def test_the_formats_are_those_of_the_library():
    assert list(FORMAT_NAMES) == list(FORMATS)


def test_help_has_examples_and_every_format():
    result = CliRunner().invoke(command, ["--help"])
    assert result.exit_code == 0
    assert "Examples:" in result.output
    for name in FORMATS:
        assert f"rune-pl import {name} " in result.output


def test_an_import_prints_what_it_did(run, labels, tmp_path):
    result = run("dota", labels, "-o", tmp_path / "A")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == f"imported 2 images with 1 detection into {tmp_path / 'A'}\n"
    assert Archive.open(tmp_path / "A").scenes().images == ("P1", "P2")


def test_bad_lines_are_listed_and_end_with_code_2(run, labels, tmp_path):
    (labels / "P3.txt").write_text("bad\n" + BOX + "0 0 nan 0 4 2 0 2 ship 0\n")
    result = run("dota", labels, "-o", tmp_path / "A")
    assert result.returncode == 2
    assert result.stdout == ""
    assert f"{labels}/P3.txt:1: the line has 1 fields, expected x1 y1" in result.stderr
    assert f"{labels}/P3.txt:3: x2 is 'nan', expected a number" in result.stderr
    assert "nothing was imported: 2 bad lines (mend them, or leave them out with --skip-bad)" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "A").exists()


def test_many_bad_lines_are_cut_short(run, labels, tmp_path):
    (labels / "P3.txt").write_text("bad\n" * 100)
    result = run("dota", labels, "-o", tmp_path / "A")
    assert result.returncode == 2
    assert "nothing was imported: the first 20 bad lines are above" in result.stderr
    assert result.stderr.count("P3.txt:") == 20


def test_skip_bad_ends_well_and_with_the_count(run, labels, tmp_path):
    (labels / "P3.txt").write_text("bad\n" + BOX + "0 5 9 5 9 5 0 5 bridge 0\n")
    result = run("dota", labels, "-o", tmp_path / "A", "--skip-bad")
    assert result.returncode == 0
    assert result.stdout.endswith("; 1 bad line left out\n")
    assert f"{labels}/P3.txt:1: the line has 1 fields" in result.stderr
    assert f"{labels}/P3.txt:3: the box is a line, taken as one pixel wide" in result.stderr


def test_json_gives_the_counts(run, labels, tmp_path):
    (labels / "P3.txt").write_text("bad\n" + BOX)
    result = run("dota", labels, "-o", tmp_path / "A", "--skip-bad", "--json")
    assert json.loads(result.stdout) == {
        "archive": str(tmp_path / "A"),
        "images": 3,
        "detections": 2,
        "skipped": 1,
        "widened": 0,
    }


def test_create_append_and_replace(run, labels, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "P7.txt").write_text(BOX)
    assert run("dota", labels, "-o", tmp_path / "A").returncode == 0
    again = run("dota", other, "-o", tmp_path / "A")
    assert again.returncode == 2
    assert "there is an archive already" in again.stderr
    assert run("dota", other, "-o", tmp_path / "A", "--append").returncode == 0
    assert Archive.open(tmp_path / "A").scenes().images == ("P1", "P2", "P7")
    assert run("dota", other, "-o", tmp_path / "A", "--replace").returncode == 0
    assert Archive.open(tmp_path / "A").scenes().images == ("P7",)


def test_size_and_gsd_reach_the_archive(run, labels, tmp_path):
    assert run("dota", labels, "-o", tmp_path / "A", "--size", "30x20", "--gsd", "2").returncode == 0
    scenes = Archive.open(tmp_path / "A").scenes()
    assert (scenes.width.tolist(), scenes.height.tolist(), scenes.gsd.tolist()) == ([30, 30], [20, 20], [0.5, 2])


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["voc", "{labels}", "-o", "{out}"], "'voc' is not one of"),
        (["dota", "{labels}"], "Missing option '-o'"),
        (["dota", "{labels}", "-o", "{out}", "--size", "big"], "'big' is not a size such as 1024x768"),
        (["dota", "{labels}", "-o", "{out}", "--size", "0x5"], "'0x5' is not a size such as 1024x768"),
        (["dota", "{labels}", "-o", "{out}", "--gsd", "-1"], "the ground sampling distance -1 is not from"),
        (["dota", "{labels}", "-o", "{out}", "--classes", "x"], "the format dota takes no --classes"),
        (["dota", "{labels}x", "-o", "{out}"], "there is no folder"),
        (["dota", "{labels}", "-o", "{labels}"], "the folder has other files in it"),
        (["dota", "{labels}", "-o", "{out}", "--append"], "there is nothing at this path"),
        (["coco", "{labels}", "-o", "{out}"], "is a folder, expected a COCO instances or results file"),
        (["yolo-obb", "{labels}", "-o", "{out}"], "give the names with --classes"),
    ],
)
def test_wrong_calls_end_with_code_2_and_one_reason(run, labels, tmp_path, arguments, reason):
    places = {"labels": str(labels), "out": str(tmp_path / "A")}
    result = run(*(argument.format(**places) for argument in arguments))
    assert result.returncode == 2
    assert reason in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    assert not (tmp_path / "A").exists()
