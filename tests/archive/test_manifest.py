from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rune_pl.archive import Archive, Manifest
from rune_pl.archive.manifest import _digest, parse_manifest, read_manifest
from rune_pl.errors import ArchiveCorruptError, ArchiveNotFoundError, ArchiveVersionError

Write = Callable[..., None]


def edit(path: Path, change: Callable[[dict[str, Any]], object], *, seal: bool = True) -> None:
    """Change the manifest on the disk; `seal` makes its checksum right again."""
    file = path / "manifest.json"
    body = json.loads(file.read_text())
    del body["sha256"]
    change(body)
    file.write_text(json.dumps({**body, "sha256": _digest(body) if seal else "0" * 64}))


def test_what_is_dumped_is_what_is_read(tmp_path: Path, write: Write) -> None:
    write(tmp_path / "a", p=["ship"], q=[])
    manifest = read_manifest(tmp_path / "a")
    assert parse_manifest(manifest.dump(), tmp_path) == manifest
    assert (manifest.classes, manifest.images, manifest.detections) == (("ship",), 2, 1)
    assert manifest.parts[0].provenance.parameters == {"threshold": 0.5}
    on_disk = json.loads((tmp_path / "a" / "manifest.json").read_text())
    assert (on_disk["format"], on_disk["schema_version"]) == ("rune-pl archive", 1)
    for part in on_disk["parts"]:
        for entry in (part["images"], part["detections"]):
            assert (tmp_path / "a" / entry["file"]).stat().st_size == entry["bytes"]


def test_an_empty_manifest_is_an_empty_archive(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes(Manifest().dump())
    assert len(Archive.open(tmp_path)) == 0


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(ArchiveNotFoundError, match="nothing at this path"):
        Archive.open(tmp_path / "a")


def test_a_file_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    with pytest.raises(ArchiveNotFoundError, match="an archive is a folder"):
        Archive.open(tmp_path / "a")


def test_a_folder_without_manifest_is_no_archive(tmp_path: Path) -> None:
    with pytest.raises(ArchiveNotFoundError, match="no manifest.json"):
        Archive.open(tmp_path)


def test_an_unfinished_first_writing_is_told_apart(tmp_path: Path, write: Write) -> None:
    write(tmp_path / "a", p=["ship"])
    (tmp_path / "a" / "manifest.json").unlink()
    with pytest.raises(ArchiveNotFoundError, match="did not finish"):
        Archive.open(tmp_path / "a")


@pytest.mark.parametrize("text", ["[]", "{}", '{"format": "web app"}', "3"])
def test_somebody_elses_manifest(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(ArchiveNotFoundError, match="not the manifest of a rune-pl archive"):
        Archive.open(tmp_path)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"\x00" * 50])
def test_a_manifest_that_is_not_json(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "manifest.json").write_bytes(data)
    with pytest.raises(ArchiveCorruptError, match="manifest.json: not valid JSON"):
        Archive.open(tmp_path)


def test_every_truncation_of_the_manifest_is_noticed(tmp_path: Path, write: Write) -> None:
    write(tmp_path / "a", p=["ship"])
    data = (tmp_path / "a" / "manifest.json").read_bytes()
    for length in range(len(data) - 1):  # the last byte is only the line end
        with pytest.raises(ArchiveCorruptError):
            parse_manifest(data[:length], tmp_path)


def test_a_newer_schema_version(tmp_path: Path, write: Write) -> None:
    write(tmp_path / "a", p=["ship"])
    edit(tmp_path / "a", lambda body: body.update(schema_version=2, classes={"of": "another shape"}))
    with pytest.raises(ArchiveVersionError, match=r"schema version 2, this rune-pl reads up to 1 \(upgrade rune-pl\)"):
        Archive.open(tmp_path / "a")


def test_a_changed_manifest_is_noticed(tmp_path: Path, write: Write) -> None:
    write(tmp_path / "a", p=["ship"])
    edit(tmp_path / "a", lambda body: body.update(classes=["plane"]), seal=False)
    with pytest.raises(ArchiveCorruptError, match="its own checksum differs"):
        Archive.open(tmp_path / "a")


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.update(schema_version=0),
        lambda body: body.update(schema_version=True),
        lambda body: body.update(schema_version="1"),
        lambda body: body.update(images=7),
        lambda body: body.update(classes=["Not An Atom"]),
        lambda body: body.update(classes=None),
        lambda body: body.update(parts=[None]),
        lambda body: body.pop("parts"),
        lambda body: body["parts"][0]["images"].update(file="../../etc/passwd"),
        lambda body: body["parts"][0]["images"].update(file="detections.parquet"),
        lambda body: body["parts"][0]["images"].update(rows=-1),
        lambda body: body["parts"][0]["images"].update(bytes=1.5),
        lambda body: body["parts"][0]["images"].update(sha256="abc"),
        lambda body: body["parts"][0]["images"].update(extra=1),
        lambda body: body["parts"][0].pop("provenance"),
        lambda body: body["parts"][0]["provenance"].update(extra=1),
    ],
)
def test_a_manifest_with_a_wrong_field(
    tmp_path: Path, write: Write, change: Callable[[dict[str, Any]], object]
) -> None:
    write(tmp_path / "a", p=["ship"])
    edit(tmp_path / "a", change)
    with pytest.raises(ArchiveCorruptError, match="a field is missing or wrong"):
        Archive.open(tmp_path / "a")
