"""Damaged files: reading notices, and `check` says exactly what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rune_pl.archive import Archive, ArchiveWriter, Detections, ImageRecord, Manifest, Part, PartFile, check_archive
from rune_pl.archive.files import file_sha256, footer_sha256
from rune_pl.errors import ArchiveCorruptError

Write = Callable[..., None]
Boxes = Callable[..., Detections]


@pytest.fixture
def archive(tmp_path: Path, write: Write) -> Path:
    write(tmp_path / "a", p=["ship", "harbor"], q=[], r=["ship"])
    return tmp_path / "a"


def part(path: Path, kind: str) -> Path:
    (found,) = path.glob(f"{kind}-*.parquet")
    return found


def read_everything(path: Path) -> list[Any]:
    opened = Archive.open(path)
    scenes = opened.scenes()
    columns = [value.tobytes() if isinstance(value, np.ndarray) else value for value in vars(scenes).values()]
    return [*columns, *(opened.image(name) for name in opened.image_ids)]


@pytest.mark.parametrize("kind", ["images", "detections"])
def test_a_missing_part(archive: Path, kind: str) -> None:
    file = part(archive, kind)
    file.unlink()
    with pytest.raises(ArchiveCorruptError, match=f"{file.name}: the file is missing"):
        Archive.open(archive)
    assert [(problem.file, problem.message) for problem in check_archive(archive).problems] == [
        (file.name, "the file is missing")
    ]


@pytest.mark.parametrize("kind", ["images", "detections"])
@pytest.mark.parametrize("lost", [1, 100, None])
def test_a_truncated_part(archive: Path, kind: str, lost: int | None) -> None:
    file = part(archive, kind)
    data = file.read_bytes()
    file.write_bytes(data[:-lost] if lost else b"")
    size = len(data) - (lost or len(data))
    message = f"{size:,} bytes, the manifest says {len(data):,}"
    with pytest.raises(ArchiveCorruptError, match=message) as caught:
        Archive.open(archive)
    assert caught.value.path == file
    assert [(problem.file, problem.message) for problem in check_archive(archive).problems] == [(file.name, message)]


def test_a_part_truncated_after_opening(archive: Path) -> None:
    opened = Archive.open(archive)
    file = part(archive, "detections")
    file.write_bytes(file.read_bytes()[:-50])
    with pytest.raises(ArchiveCorruptError, match="the manifest says"):
        opened.scenes()


@pytest.mark.parametrize("kind", ["images", "detections"])
def test_a_flipped_byte_is_always_found_by_check_and_never_changes_what_is_read(archive: Path, kind: str) -> None:
    file = part(archive, kind)
    data = file.read_bytes()
    good = read_everything(archive)
    noticed, blamed = 0, set()
    positions = range(0, len(data), 11)
    for position in positions:
        broken = bytearray(data)
        broken[position] ^= 1 << position % 8
        file.write_bytes(broken)
        assert [(problem.file, problem.message) for problem in check_archive(archive).problems] == [
            (file.name, "its content was changed: the SHA-256 differs from the manifest")
        ]
        try:
            read = read_everything(archive)
        except ArchiveCorruptError as error:
            blamed.add(error.path)
            noticed += 1
        else:
            assert read == good, position
    assert blamed == {file}
    assert noticed > 0.8 * len(positions), "what goes unnoticed lies in columns that are not read, and in statistics"


def test_a_flipped_bit_in_the_footer_is_noticed_at_once(archive: Path) -> None:
    file = part(archive, "detections")
    data = bytearray(file.read_bytes())
    data[-20] ^= 1
    file.write_bytes(data)
    with pytest.raises(ArchiveCorruptError, match="its footer was changed"):
        Archive.open(archive).scenes()


def test_a_folder_in_the_place_of_a_part(archive: Path) -> None:
    file = part(archive, "images")
    file.unlink()
    file.mkdir()
    with pytest.raises(ArchiveCorruptError, match=file.name):
        Archive.open(archive).scenes()
    assert [problem.file for problem in check_archive(archive).problems] == [file.name]


def test_a_manifest_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").mkdir()
    with pytest.raises(ArchiveCorruptError, match=r"manifest.json: cannot be read: Is a directory"):
        Archive.open(tmp_path)


def test_check_reports_a_damaged_manifest(archive: Path) -> None:
    (archive / "manifest.json").write_text("{")
    report = check_archive(archive)
    assert not report.ok
    assert [problem.file for problem in report.problems] == ["manifest.json"]
    assert "not valid JSON" in report.problems[0].message


def test_check_reports_all_damaged_parts(archive: Path, write: Write) -> None:
    write(archive, "append", s=["ship"])
    files = sorted(archive.glob("*.parquet"))
    assert len(files) == 4
    for file in files:
        file.write_bytes(b"x")
    assert sorted(problem.file for problem in check_archive(archive).problems) == [file.name for file in files]


def test_an_intact_archive(archive: Path) -> None:
    report = Archive.open(archive).check()
    assert (report.ok, report.files, report.images, report.detections, report.leftovers) == (True, 5, 3, 3, ())


# --- files whose hashes are right and whose rows are wrong, as a faulty writer would leave them ---------------------


def rewrite(path: Path, kind: str, change: Callable[[pa.Table], pa.Table], rows: int | None = None) -> Path:
    """Put a changed table in the place of one of the only part, with a manifest that fits."""
    file = part(path, kind)
    table = change(pq.read_table(file))
    file.unlink()
    new = path / f"{kind}-{'0' * 32}.parquet"
    pq.write_table(table, new)
    entry = PartFile(
        new.name, len(table) if rows is None else rows, new.stat().st_size, file_sha256(new), footer_sha256(new)
    )
    manifest = Archive(path, _manifest(path)).manifest
    (only,) = manifest.parts
    changed = Part(
        images=entry if kind == "images" else only.images,
        detections=entry if kind == "detections" else only.detections,
        provenance=only.provenance,
    )
    (path / "manifest.json").write_bytes(Manifest(manifest.classes, (changed,)).dump())
    return new


def _manifest(path: Path) -> Manifest:
    from rune_pl.archive.manifest import read_manifest

    return read_manifest(path)


def with_column(name: str, values: list[Any]) -> Callable[[pa.Table], pa.Table]:
    def change(table: pa.Table) -> pa.Table:
        index = table.schema.get_field_index(name)
        field = table.schema.field(index)
        return table.set_column(index, field, pa.array(values, field.type))

    return change


@pytest.mark.parametrize(
    ("kind", "change", "message"),
    [
        ("detections", with_column("probability", [0.5, 1.5, 0.5]), "a probability is not in [0, 1]"),
        ("detections", with_column("probability", [0.5, float("nan"), 0.5]), "a probability is not in [0, 1]"),
        ("detections", with_column("score", [0.5, -0.5, 0.5]), "a score is not in [0, 1]"),
        ("detections", with_column("x3", [0, float("inf"), 0]), "a corner is not finite"),
        ("detections", with_column("detection", [1, 3, 1]), "not numbered 1, 2, 3"),
        ("detections", with_column("image", ["p", "r", "r"]), "not grouped by image"),
        ("detections", with_column("class", ["ship", "plane", "ship"]), "class 'plane' is not in the manifest"),
        ("detections", with_column("class_probability", [[0.5] * 3, None, None]), "a class vector has 3 entries"),
        ("detections", with_column("class_probability", [[0.7, 0.7], None, None]), "not a distribution"),
        ("detections", with_column("class_probability", [[float("nan"), 0.7], None, None]), "not a distribution"),
        ("detections", lambda table: table.drop_columns(["score"]), "columns are not those"),
        ("images", with_column("detections", [2, 0, 2]), "4 detections, the manifest says 3"),
        ("images", with_column("detections", [4, 0, -1]), "3 detections, the manifest says 3"),
        ("images", with_column("id", ["p", "q", "p"]), "image 'p' occurs twice"),
        ("images", with_column("transform", [[1.0], None, None]), "a transform has not six numbers"),
        ("images", with_column("gsd", [-1.0, None, None]), "gsd of image 'p' is -1.0"),
        ("images", with_column("width", [0, None, None]), "width of image 'p' is 0"),
    ],
)
def test_check_finds_rows_that_break_the_rules(
    archive: Path, kind: str, change: Callable[[pa.Table], pa.Table], message: str
) -> None:
    file = rewrite(archive, kind, change)
    (problem,) = check_archive(archive).problems
    assert problem.file == file.name
    assert message in problem.message


@pytest.mark.parametrize("kind", ["images", "detections"])
def test_a_part_with_another_number_of_rows_than_the_manifest_says(archive: Path, kind: str) -> None:
    rewrite(archive, kind, lambda table: table, rows=4)
    with pytest.raises(ArchiveCorruptError, match="3 rows, the manifest says 4|3 detections, the manifest says 4"):
        Archive.open(archive).scenes()
    assert not check_archive(archive).ok


def test_an_image_in_two_parts(tmp_path: Path, write: Write) -> None:
    write(tmp_path / "a", p=["ship"])
    write(tmp_path / "b", p=["plane"])
    one, two = _manifest(tmp_path / "a"), _manifest(tmp_path / "b")
    for name in two.file_names:
        (tmp_path / "b" / name).rename(tmp_path / "a" / name)
    joined = Manifest(one.classes + two.classes, one.parts + two.parts)
    (tmp_path / "a" / "manifest.json").write_bytes(joined.dump())
    with pytest.raises(ArchiveCorruptError, match="image 'p' occurs twice"):
        Archive.open(tmp_path / "a").scenes()
    (problem,) = check_archive(tmp_path / "a").problems
    assert problem.message == "image 'p' occurs twice in the archive"


def test_reading_a_class_that_the_manifest_does_not_have(archive: Path) -> None:
    file = rewrite(archive, "detections", with_column("class", ["ship", "plane", "ship"]))
    with pytest.raises(ArchiveCorruptError, match=f"{file.name}: .*class 'plane' is not in the manifest"):
        Archive.open(archive).scenes()


def test_the_manifest_lists_what_a_reader_needs_and_no_more(archive: Path) -> None:
    body = json.loads((archive / "manifest.json").read_text())
    assert sorted(body) == ["classes", "detections", "format", "images", "parts", "schema_version", "sha256"]
    assert sorted(body["parts"][0]) == ["detections", "images", "index", "pairs", "provenance"]


def test_a_damaged_archive_cannot_be_appended_to(archive: Path, provenance: Any) -> None:
    part(archive, "images").write_bytes(b"x")
    with pytest.raises(ArchiveCorruptError), ArchiveWriter(archive, provenance=provenance, mode="append") as writer:
        writer.add(ImageRecord("s"), Detections([], [], [], []))  # type: ignore[arg-type]
