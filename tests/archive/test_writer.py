from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rune_pl.archive import Archive, ArchiveWriter, Detections, ImageRecord, Provenance
from rune_pl.errors import (
    ArchiveCorruptError,
    ArchiveExistsError,
    ArchiveNotFoundError,
    ArchiveVersionError,
    ArchiveWriteError,
    DuplicateImageError,
)

Write = Callable[..., None]
Content = Callable[[Path], dict[str, list[str]]]
Boxes = Callable[..., Detections]


def names(path: Path) -> set[str]:
    return {entry.name for entry in path.iterdir()}


def test_create_makes_folders_and_lists_all_its_files(tmp_path: Path, write: Write, content: Content) -> None:
    path = tmp_path / "deep" / "archive"
    write(path, p=["ship", "harbor"], q=[])
    assert content(path) == {"p": ["ship", "harbor"], "q": []}
    assert names(path) == {".lock", "manifest.json", *Archive.open(path).manifest.file_names}


def test_create_refuses_an_archive(tmp_path: Path, write: Write, content: Content) -> None:
    write(tmp_path / "a", p=["ship"])
    with pytest.raises(ArchiveExistsError, match="append to it, replace it, or choose another path"):
        write(tmp_path / "a", q=["ship"])
    assert content(tmp_path / "a") == {"p": ["ship"]}


@pytest.mark.parametrize("mode", ["create", "replace"])
def test_a_folder_with_other_files_is_left_alone(tmp_path: Path, write: Write, mode: str) -> None:
    (tmp_path / "holiday.jpg").write_text("x")
    with pytest.raises(ArchiveExistsError, match="other files in it, such as 'holiday.jpg'"):
        write(tmp_path, mode, p=["ship"])
    assert names(tmp_path) == {"holiday.jpg"}


@pytest.mark.parametrize("mode", ["create", "replace"])
def test_a_file_in_the_way(tmp_path: Path, write: Write, mode: str) -> None:
    (tmp_path / "a").write_text("x")
    with pytest.raises(ArchiveExistsError, match="a file is in the way"):
        write(tmp_path / "a", mode, p=["ship"])


def test_a_path_below_a_file(tmp_path: Path, write: Write) -> None:
    (tmp_path / "a").write_text("x")
    with pytest.raises(ArchiveWriteError, match="cannot be written: "):
        write(tmp_path / "a" / "b", p=["ship"])


@pytest.mark.parametrize("mode", ["create", "replace"])
def test_an_empty_folder_will_do(tmp_path: Path, write: Write, content: Content, mode: str) -> None:
    write(tmp_path, mode, p=["ship"])
    assert content(tmp_path) == {"p": ["ship"]}


def test_append_adds_a_part_and_keeps_the_codes_of_classes(tmp_path: Path, write: Write, content: Content) -> None:
    write(tmp_path / "a", p=["ship", "harbor"])
    before = Archive.open(tmp_path / "a").manifest
    write(tmp_path / "a", "append", q=["plane", "ship"])
    after = Archive.open(tmp_path / "a").manifest
    assert content(tmp_path / "a") == {"p": ["ship", "harbor"], "q": ["plane", "ship"]}
    assert after.classes == ("ship", "harbor", "plane")
    assert after.parts[:1] == before.parts
    assert len(after.parts) == 2


def test_append_needs_an_archive(tmp_path: Path, write: Write) -> None:
    with pytest.raises(ArchiveNotFoundError):
        write(tmp_path / "a", "append", p=["ship"])
    assert not (tmp_path / "a").exists()


def test_an_image_that_is_there_already_is_refused_and_the_rest_goes_on(
    tmp_path: Path, write: Write, content: Content, provenance: Provenance, boxes: Boxes
) -> None:
    write(tmp_path / "a", p=["ship"])
    with ArchiveWriter(tmp_path / "a", provenance=provenance, mode="append") as writer:
        writer.add(ImageRecord("q"), boxes("ship"))
        for image in ("p", "q"):
            with pytest.raises(DuplicateImageError, match=f"image '{image}' is in the archive already"):
                writer.add(ImageRecord(image), boxes("plane"))
    assert content(tmp_path / "a") == {"p": ["ship"], "q": ["ship"]}


def test_replace_swaps_everything_and_removes_the_old_parts(tmp_path: Path, write: Write, content: Content) -> None:
    write(tmp_path / "a", p=["ship"])
    old = Archive.open(tmp_path / "a").manifest.file_names
    write(tmp_path / "a", "replace", p=["plane"], q=[])
    assert content(tmp_path / "a") == {"p": ["plane"], "q": []}
    assert not old & names(tmp_path / "a")


def test_replacing_by_the_same_is_no_change(tmp_path: Path, write: Write, content: Content) -> None:
    write(tmp_path / "a", p=["ship"])
    reader = Archive.open(tmp_path / "a")
    write(tmp_path / "a", "replace", p=["ship"])
    assert Archive.open(tmp_path / "a").manifest == reader.manifest
    assert reader.scenes().images == ("p",)


def test_replace_mends_a_damaged_archive(tmp_path: Path, write: Write, content: Content) -> None:
    write(tmp_path / "a", p=["ship"])
    (tmp_path / "a" / "manifest.json").write_text("{")
    with pytest.raises(ArchiveCorruptError):
        write(tmp_path / "a", "append", q=["ship"])
    write(tmp_path / "a", "replace", q=["ship"])
    assert content(tmp_path / "a") == {"q": ["ship"]}
    assert len(names(tmp_path / "a")) == 6


def test_an_aborted_replacement_of_a_damaged_archive_removes_nothing(
    tmp_path: Path, write: Write, provenance: Provenance, boxes: Boxes
) -> None:
    write(tmp_path / "a", p=["ship"])
    (tmp_path / "a" / "manifest.json").write_text("{")
    before = names(tmp_path / "a")
    writer = ArchiveWriter(tmp_path / "a", provenance=provenance, mode="replace")
    with pytest.raises(KeyError), writer:  # noqa: PT012
        writer.add(ImageRecord("q"), boxes("ship"))
        raise KeyError
    assert names(tmp_path / "a") == before


def test_replace_leaves_somebody_elses_manifest_alone(tmp_path: Path, write: Write) -> None:
    for text, error in (('{"name": "app"}', ArchiveNotFoundError), ("// a comment", ArchiveCorruptError)):
        (tmp_path / "manifest.json").write_text(text)
        with pytest.raises(error):
            write(tmp_path, "replace", p=["ship"])
        assert (tmp_path / "manifest.json").read_text() == text


def test_replace_refuses_a_newer_archive(tmp_path: Path, write: Write) -> None:
    (tmp_path / "manifest.json").write_text('{"format": "rune-pl archive", "schema_version": 99}')
    with pytest.raises(ArchiveVersionError):
        write(tmp_path, "replace", p=["ship"])


@pytest.mark.parametrize("mode", ["append", "replace"])
def test_an_exception_leaves_the_archive_as_it_was(
    tmp_path: Path, write: Write, content: Content, provenance: Provenance, boxes: Boxes, mode: str
) -> None:
    write(tmp_path / "a", p=["ship"])
    before = names(tmp_path / "a")
    writer = ArchiveWriter(tmp_path / "a", provenance=provenance, mode=mode)  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt), writer:  # noqa: PT012
        writer.add(ImageRecord("q"), boxes("ship"))
        raise KeyboardInterrupt
    assert content(tmp_path / "a") == {"p": ["ship"]}
    assert names(tmp_path / "a") == before


def test_an_exception_while_creating_leaves_nothing(tmp_path: Path, provenance: Provenance, boxes: Boxes) -> None:
    with pytest.raises(KeyError), ArchiveWriter(tmp_path / "a", provenance=provenance) as writer:  # noqa: PT012
        writer.add(ImageRecord("q"), boxes("ship"))
        raise KeyError
    assert not (tmp_path / "a").exists()


def test_leftovers_of_a_killed_writer_are_removed_and_other_files_kept(
    tmp_path: Path, write: Write, content: Content
) -> None:
    write(tmp_path / "a", p=["ship"])
    number = "0123456789abcdef" * 2
    left = {f"images-{number}.tmp", f"detections-{number}.parquet", f"manifest-{number}.tmp"}
    others = {"README.txt", "images-mine.parquet", f"images-{number}.parquet.bak"}
    for name in left | others:
        (tmp_path / "a" / name).write_text("x")
    assert set(Archive.open(tmp_path / "a").check().leftovers) == left
    assert content(tmp_path / "a") == {"p": ["ship"]}
    write(tmp_path / "a", "append", q=["ship"])
    assert not left & names(tmp_path / "a")
    assert others <= names(tmp_path / "a")


def test_leftovers_do_not_stop_create(tmp_path: Path, write: Write, content: Content) -> None:
    left = tmp_path / ("images-" + "0" * 32 + ".tmp")
    left.write_text("x")
    write(tmp_path, p=["ship"])
    assert content(tmp_path) == {"p": ["ship"]}
    assert not left.exists()


def test_the_same_input_gives_the_same_files(tmp_path: Path, write: Write) -> None:
    for name in ("a", "b"):
        write(tmp_path / name, p=["ship", "harbor"], q=["plane"])
    for name in names(tmp_path / "a"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_given_classes_come_first(tmp_path: Path, provenance: Provenance, boxes: Boxes) -> None:
    with ArchiveWriter(tmp_path / "a", provenance=provenance, classes=["plane", "ship"]) as writer:
        writer.add(ImageRecord("p"), boxes("harbor", "ship"))
    assert Archive.open(tmp_path / "a").classes == ("plane", "ship", "harbor")


def test_an_archive_without_images(tmp_path: Path, provenance: Provenance) -> None:
    with ArchiveWriter(tmp_path / "a", provenance=provenance, classes=["ship"]):
        pass
    archive = Archive.open(tmp_path / "a")
    assert (len(archive), archive.classes, archive.scenes().images) == (0, ("ship",), ())
    assert list(archive.iter_scenes()) == []


def test_arrays_may_be_used_again_after_add(tmp_path: Path, provenance: Provenance) -> None:
    score, probability = np.array([0.5], dtype=np.float32), np.array([0.5])
    corners = np.array([[[0, 0], [1, 0], [1, 1], [0, 1]]], dtype=np.float32)
    with ArchiveWriter(tmp_path / "a", provenance=provenance) as writer:
        writer.add(ImageRecord("p"), Detections(["ship"], score, probability, corners))
        score[0] = probability[0] = 0.0
        corners[:] = 9
    scenes = Archive.open(tmp_path / "a").scenes()
    assert (scenes.score[0], scenes.probability[0], scenes.corners.max()) == (0.5, 0.5, 1.0)


def test_misuse_is_a_value_error(tmp_path: Path, provenance: Provenance, boxes: Boxes) -> None:
    with pytest.raises(ValueError, match="mode is 'update'"):
        ArchiveWriter(tmp_path, provenance=provenance, mode="update")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="lower snake case"):
        ArchiveWriter(tmp_path, provenance=provenance, classes=["Ship"])
    with pytest.raises(ValueError, match="not open"):
        ArchiveWriter(tmp_path, provenance=provenance).add(ImageRecord("p"), boxes("ship"))


def test_more_classes_than_labels_can_number(tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rune_pl.archive.writer.MAX_CLASSES", 2)
    with pytest.raises(ArchiveWriteError, match="more than 2 classes"):
        write(tmp_path / "a", p=["ship", "harbor", "plane"])
    assert not (tmp_path / "a").exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(tmp_path: Path, write: Write, content: Content) -> None:
    write(tmp_path / "a", p=["ship"])
    (tmp_path / "a").chmod(0o500)
    try:
        with pytest.raises(ArchiveWriteError, match="ermission"):
            write(tmp_path / "a", "append", q=["ship"])
        assert content(tmp_path / "a") == {"p": ["ship"]}
    finally:
        (tmp_path / "a").chmod(0o700)
