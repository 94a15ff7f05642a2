from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rune_pl.archive import Archive, ArchiveWriter, ImageRecord, Provenance, check_archive
from rune_pl.archive.compact import compact
from rune_pl.archive.manifest import Manifest
from rune_pl.errors import ArchiveNotFoundError

OTHER = Provenance("another", "1")


@pytest.fixture
def scattered(tmp_path: Path, write, boxes) -> Path:
    """Three parts of one provenance, the second without an index, and one of another, with class vectors."""
    path = tmp_path / "a"
    write(path, p=["ship", "plane"], empty=[])
    write(path, "append", q=["harbor"])
    write(path, "append", r=["ship"])
    with ArchiveWriter(path, provenance=OTHER, mode="append") as writer:
        names = ("ship", "harbor")
        record = ImageRecord("s", path="s.png", width=10, gsd=0.5, crs="EPSG:32632", transform=(1, 0, 2, 0, -1, 3))
        writer.add(record, boxes("ship", "harbor", vectors=[[0.5, 0.25], [float("nan")] * 2], names=names))
    manifest = Archive.open(path).manifest
    parts = [replace(p, index=None) if k == 1 else p for k, p in enumerate(manifest.parts)]
    (path / "manifest.json").write_bytes(Manifest(manifest.classes, tuple(parts)).dump())
    return path


def all_of(path: Path) -> list[object]:
    archive = Archive.open(path)
    scenes = archive.scenes()
    return [
        [archive.image(name) for name in archive.image_ids],
        [scenes.classes[code] for code in scenes.label],
        *(getattr(scenes, n).tolist() for n in ("start", "detection", "score", "probability", "corners")),
        repr(scenes.class_probability),
    ]


def test_the_content_stays_and_every_part_has_an_index(scattered: Path):
    before = all_of(scattered)
    assert not Archive.open(scattered).index.known.all()
    assert compact(scattered) == 4
    archive = Archive.open(scattered)
    assert [part.images.rows for part in archive.manifest.parts] == [4, 1]
    assert archive.manifest.parts[1].provenance == OTHER
    assert archive.index.known.all()
    assert not archive.index.plain
    assert archive.index.column("ship", "count").tolist() == [1, 0, 0, 1, 1]
    assert archive.index.column("harbor", "expected").tolist() == pytest.approx([0, 0, 0.5, 0, 0.25 + 2 / 3], rel=1e-6)
    assert all_of(scattered) == before
    assert check_archive(scattered).ok
    assert not check_archive(scattered).leftovers


def test_it_can_be_done_again_and_appended_to(scattered: Path, write):
    compact(scattered)
    before = all_of(scattered)
    assert compact(scattered) == 2
    assert all_of(scattered) == before
    write(scattered, "append", t=["tennis_court"])
    assert Archive.open(scattered).index.column("tennis_court", "count").tolist() == [0, 0, 0, 0, 0, 1]


def test_nothing_to_compact(tmp_path: Path, write):
    write(tmp_path / "a")
    assert compact(tmp_path / "a") == 0
    with pytest.raises(ArchiveNotFoundError):
        compact(tmp_path / "nowhere")


def test_many_images_at_once_are_those_that_come_one_by_one(tmp_path: Path, write):
    write(tmp_path / "a", p=["ship", "plane"], empty=[], q=["ship"])
    scenes = Archive.open(tmp_path / "a").scenes()
    with ArchiveWriter(tmp_path / "b", provenance=OTHER) as writer:
        writer.add_scenes(scenes)
    assert all_of(tmp_path / "b") == all_of(tmp_path / "a")
