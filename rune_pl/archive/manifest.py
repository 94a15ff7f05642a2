"""The manifest: the one file that says what an archive consists of."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rune_pl.archive.records import Provenance, check_class_name
from rune_pl.archive.schema import SCHEMA_VERSION
from rune_pl.errors import ArchiveCorruptError, ArchiveNotFoundError, ArchiveVersionError

MANIFEST_NAME = "manifest.json"
FORMAT_NAME = "rune-pl archive"

PART_FILE = re.compile(r"((images|detections)-[0-9a-f]{32}\.parquet|(index|pairs)-[0-9a-f]{32}\.arrow)\Z")
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
TEMPORARY_FILE = re.compile(r"(images|detections|index|pairs|manifest)-[0-9a-f]{32}\.tmp\Z")

_RESTORE = "restore the archive from a copy, or write it again"


@dataclass(frozen=True)
class PartFile:
    """One file of a part.

    Attributes:
        file: its name in the archive folder.
        rows: of its table.
        bytes: its size.
        sha256: of its content, in hexadecimal.
        footer_sha256: of the footer alone, which readers check every time: the footer says where everything
            else is, and unlike the data it has no checksum of its own.
    """

    file: str
    rows: int
    bytes: int
    sha256: str
    footer_sha256: str


@dataclass(frozen=True)
class Part:
    """What one writer added: some images, their detections, and where they come from.

    `index` says what is in which image, `pairs` how near what is in it is to each other; old parts have neither.
    """

    images: PartFile
    detections: PartFile
    provenance: Provenance
    index: PartFile | None = None
    pairs: PartFile | None = None

    @property
    def files(self) -> tuple[PartFile, ...]:
        return tuple(f for f in (self.images, self.detections, self.index, self.pairs) if f is not None)

    def as_json(self) -> dict[str, Any]:
        """Its entry in the manifest."""
        found = {"images": vars(self.images), "detections": vars(self.detections)}
        more = {"index": self.index, "pairs": self.pairs}
        found |= {name: vars(file) for name, file in more.items() if file is not None}
        return {**found, "provenance": self.provenance.as_json()}


@dataclass(frozen=True)
class Manifest:
    """The state of an archive.

    Attributes:
        classes: class names in the order of their codes; later parts only add names at the end.
        parts: in archive order.
    """

    classes: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()

    @property
    def images(self) -> int:
        return sum(part.images.rows for part in self.parts)

    @property
    def detections(self) -> int:
        return sum(part.detections.rows for part in self.parts)

    @property
    def size_bytes(self) -> int:
        """Size of the files of the parts together."""
        return sum(file.bytes for part in self.parts for file in part.files)

    @property
    def file_names(self) -> frozenset[str]:
        return frozenset(file.file for part in self.parts for file in part.files)

    def dump(self) -> bytes:
        """The manifest as the bytes of its file, the same for the same state."""
        body = {
            "format": FORMAT_NAME,
            "schema_version": SCHEMA_VERSION,
            "classes": list(self.classes),
            "images": self.images,
            "detections": self.detections,
            "parts": [part.as_json() for part in self.parts],
        }
        return (json.dumps({**body, "sha256": _digest(body)}, indent=1, ensure_ascii=False) + "\n").encode()


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the archive in `folder`.

    Raises:
        ArchiveNotFoundError: there is no such folder, or it is no archive.
        ArchiveVersionError: the archive's schema is newer than this version reads.
        ArchiveCorruptError: the manifest is damaged or cannot be read.
    """
    path = folder / MANIFEST_NAME
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise _not_found(folder) from None
    except OSError as error:
        raise ArchiveCorruptError(f"cannot be read: {error.strerror or error}", path=path) from None
    return parse_manifest(data, path)


def parse_manifest(data: bytes, path: Path) -> Manifest:
    """The manifest in `data`; `path` is for messages. Raises as `read_manifest`."""
    try:
        body = json.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise ArchiveCorruptError(f"not valid JSON: {error}", path=path, hint=_RESTORE) from None
    if not isinstance(body, dict) or body.get("format") != FORMAT_NAME:
        raise ArchiveNotFoundError("not the manifest of a rune-pl archive", path=path, hint="is this the right folder?")
    version = body.get("schema_version")
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise ArchiveVersionError(
            f"schema version {version}, this rune-pl reads up to {SCHEMA_VERSION}", path=path, hint="upgrade rune-pl"
        )
    if body.pop("sha256", None) != _digest(body):
        raise ArchiveCorruptError(
            "it was changed after it was written: its own checksum differs", path=path, hint=_RESTORE
        )
    try:
        return _from_json(body)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ArchiveCorruptError(f"a field is missing or wrong: {error}", path=path, hint=_RESTORE) from None


def _from_json(body: Mapping[str, Any]) -> Manifest:
    if body["schema_version"] != SCHEMA_VERSION or isinstance(body["schema_version"], bool):
        raise ValueError(f"schema_version {body['schema_version']!r}")
    manifest = Manifest(
        classes=tuple(check_class_name(name) for name in body["classes"]),
        parts=tuple(
            Part(
                images=_part_file(part["images"]),
                detections=_part_file(part["detections"]),
                provenance=Provenance(**part["provenance"]),
                index=_part_file(part["index"]) if "index" in part else None,
                pairs=_part_file(part["pairs"]) if "pairs" in part else None,
            )
            for part in body["parts"]
        ),
    )
    if (manifest.images, manifest.detections) != (body["images"], body["detections"]):
        raise ValueError("the totals are not the sums over the parts")
    return manifest


def _part_file(body: Mapping[str, Any]) -> PartFile:
    """The entry, if it is a file that a writer could have made: a name from outside the folder is refused."""
    entry = PartFile(**body)
    if not PART_FILE.match(entry.file):
        raise ValueError(f"file name {entry.file!r}")
    if not all(type(n) is int and n >= 0 for n in (entry.rows, entry.bytes)):
        raise ValueError(f"rows and bytes of {entry.file}")
    if not all(_SHA256.match(digest) for digest in (entry.sha256, entry.footer_sha256)):
        raise ValueError(f"SHA-256 of {entry.file}")
    return entry


def _digest(body: Mapping[str, Any]) -> str:
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _not_found(folder: Path) -> ArchiveNotFoundError:
    if not folder.exists():
        return ArchiveNotFoundError(
            "there is nothing at this path", path=folder, hint="rune-pl import makes an archive"
        )
    if not folder.is_dir():
        return ArchiveNotFoundError("a file, not an archive", path=folder, hint="an archive is a folder")
    hint = "rune-pl import makes an archive"
    with suppress(OSError):
        if any(PART_FILE.match(entry.name) or TEMPORARY_FILE.match(entry.name) for entry in folder.iterdir()):
            hint = "its first writing did not finish: write it again"
    return ArchiveNotFoundError("not an archive: it has no manifest.json", path=folder, hint=hint)
