from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rune_pl.archive import ArchiveWriter, Detections, ImageRecord, Provenance
from rune_pl.cli.archive import command
from rune_pl.cli.main import main
from rune_pl.errors import ArchiveNotFoundError, ArchiveWriteError, UnknownImageError

BOX = [[0, 0], [10.1, 0], [10.1, 5], [0, 5]]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    provenance = Provenance(tool="import dota", version="1.0", command="rune-pl import", weights_sha256="ab" * 32)
    with ArchiveWriter(tmp_path / "a", provenance=provenance) as writer:
        writer.add(
            ImageRecord(
                "p", path="p.png", width=100, height=50, gsd=0.5, crs="EPSG:32632", transform=(1, 0, 2, 0, -1, 3),
                time=datetime(2024, 5, 1), source="test",
            ),
            Detections(
                ["ship", "harbor"], [0.3, 0.25], [0.5, 0.25], [BOX, BOX],  # type: ignore[arg-type]
                [[0.5, 0.125], [float("nan")] * 2], ("ship", "harbor"),  # type: ignore[arg-type]
            ),
        )  # fmt: skip
        writer.add(ImageRecord("q"), Detections(["ship"], [1.0], [1.0], [BOX]))  # type: ignore[arg-type]
    return tmp_path / "a"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def test_info(archive: Path) -> None:
    result = run("info", archive)
    assert result.exit_code == 0, result.output
    lines = [line.replace("│", " ").split() for line in result.output.splitlines()]
    assert ["images", "2"] in lines
    assert ["of", "known", "metres", "per", "pixel", "1", "(50%)"] in lines
    assert ["with", "coordinate", "system", "1", "(50%)"] in lines
    assert ["with", "class", "vector", "1", "(33%)"] in lines
    assert ["ship", "2", "0.750"] in lines
    assert ["harbor", "1", "0.250"] in lines
    assert any(line[:3] == ["1", "2", "3"] and "abababababab" in line for line in lines)


def test_info_as_json(archive: Path) -> None:
    result = run("info", archive, "--json")
    body = json.loads(result.output)
    size = sum(file.stat().st_size for file in archive.iterdir())
    parts = body.pop("parts")
    assert body == {
        "path": str(archive),
        "schema_version": 1,
        "images": 2,
        "detections": 3,
        "images_with_size": 1,
        "images_with_gsd": 1,
        "images_with_crs": 1,
        "detections_with_class_vector": 1,
        "classes": [
            {"class": "ship", "detections": 2, "mean_probability": 0.75},
            {"class": "harbor", "detections": 1, "mean_probability": 0.25},
        ],
        "size_bytes": size,
        "bytes_per_detection": size / 3,
    }
    assert [part["provenance"]["tool"] for part in parts] == ["import dota"]
    assert parts[0]["detections"]["rows"] == 3


def test_info_of_an_empty_archive(tmp_path: Path) -> None:
    with ArchiveWriter(tmp_path / "a", provenance=Provenance("t", "1"), classes=["ship"]):
        pass
    body = json.loads(run("info", tmp_path / "a", "--json").output)
    assert body["bytes_per_detection"] is None
    assert body["classes"] == [{"class": "ship", "detections": 0, "mean_probability": None}]
    assert run("info", tmp_path / "a").exit_code == 0


def test_check(archive: Path) -> None:
    result = run("check", archive)
    assert result.exit_code == 0
    assert result.output == f"{archive}: intact, 5 files, 2 images, 3 detections\n"
    body = json.loads(run("check", archive, "--json").output)
    assert (body["ok"], body["problems"], body["leftovers"]) == (True, [], [])


def test_check_of_a_damaged_archive_ends_with_1(archive: Path) -> None:
    (file,) = archive.glob("detections-*")
    data = bytearray(file.read_bytes())
    data[100] ^= 1
    file.write_bytes(data)
    result = run("check", archive)
    assert result.exit_code == 1
    assert result.output == f"{file}: its content was changed: the SHA-256 differs from the manifest\n"
    result = run("check", archive, "--json")
    assert result.exit_code == 1
    assert json.loads(result.output)["problems"] == [
        {"file": file.name, "message": "its content was changed: the SHA-256 differs from the manifest"}
    ]
    assert main(["archive", "check", str(archive)]) == 1


def test_check_notes_leftovers(archive: Path) -> None:
    (archive / ("images-" + "0" * 32 + ".tmp")).write_text("x")
    result = run("check", archive)
    assert result.exit_code == 0
    assert "1 unfinished files" in result.output


def test_export(archive: Path) -> None:
    result = run("export", archive)
    assert [json.loads(line) for line in result.output.splitlines()] == [
        {
            "image": "p",
            "path": "p.png",
            "width": 100,
            "height": 50,
            "gsd": 0.5,
            "crs": "EPSG:32632",
            "transform": [1.0, 0.0, 2.0, 0.0, -1.0, 3.0],
            "time": "2024-05-01T00:00:00+00:00",
            "source": "test",
            "detections": [
                {
                    "id": "d1",
                    "class": "ship",
                    "score": 0.3,
                    "probability": 0.5,
                    "corners": BOX,
                    "class_probability": {"ship": 0.5, "harbor": 0.125},
                },
                {"id": "d2", "class": "harbor", "score": 0.25, "probability": 0.25, "corners": BOX},
            ],
        },
        {
            **dict.fromkeys(["path", "width", "height", "gsd", "crs", "transform", "time", "source"]),
            "image": "q",
            "detections": [{"id": "d1", "class": "ship", "score": 1.0, "probability": 1.0, "corners": BOX}],
        },
    ]


def test_export_of_chosen_images_to_a_file(archive: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    target.write_text("old")
    result = run("export", archive, "--image", "q", "--image", "p", "--image", "q", "-o", target)
    assert (result.exit_code, result.output) == (0, "")
    assert [json.loads(line)["image"] for line in target.read_text().splitlines()] == ["q", "p"]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a", "out.jsonl"]


def test_an_export_that_fails_leaves_the_file_as_it_was(archive: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    target.write_text("old")
    result = run("export", archive, "--image", "qq", "-o", target)
    assert isinstance(result.exception, UnknownImageError)
    assert target.read_text() == "old"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a", "out.jsonl"]
    result = run("export", archive, "-o", tmp_path / "no" / "such" / "folder.jsonl")
    assert isinstance(result.exception, ArchiveWriteError)


@pytest.mark.parametrize("name", ["info", "check", "export"])
def test_nothing_there(tmp_path: Path, name: str) -> None:
    assert isinstance(run(name, tmp_path / "nothing").exception, ArchiveNotFoundError)
    assert main(["archive", name, str(tmp_path / "nothing")]) == 2


@pytest.mark.parametrize("arguments", [(), ("info",), ("check",), ("export",)])
def test_help_has_examples(arguments: tuple[str, ...]) -> None:
    lines = [line.strip() for line in run(*arguments, "--help").output.splitlines()]
    assert lines[lines.index("Examples:") + 1].startswith("rune-pl archive")
