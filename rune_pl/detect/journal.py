"""What an interrupted run leaves behind, so that the next one does only what is missing."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rune_pl.archive.files import sync_folder
from rune_pl.detect.pictures import Place
from rune_pl.detect.tiling import Found
from rune_pl.errors import ArchiveWriteError, UsageError

_SETTINGS = "settings.json"


class Journal:
    """A folder beside the archive to be, with one file for each image that is done, which is there whole or not at all.

    Args:
        archive: the archive to be written.
        settings: all that shapes what is found in an image, as JSON values.
    """

    def __init__(self, archive: Path, settings: Mapping[str, Any]) -> None:
        self.path = archive.parent / f".{archive.name}.detect"
        self._archive = archive
        self._settings = json.dumps(settings, sort_keys=True, indent=1)

    def open(self, *, resume: bool) -> None:
        """Take up an interrupted run, or begin anew.

        Raises:
            UsageError: the interrupted run had other settings.
            ArchiveWriteError: the folder cannot be written.
        """
        try:
            stated = self._stated()
            if stated is not None and not resume:
                shutil.rmtree(self.path)
                stated = None
            if stated is not None and stated != self._settings:
                raise UsageError(
                    f"the interrupted run had other settings: {_difference(stated, self._settings)}",
                    hint="give the same, or leave --resume out to begin anew",
                )
            self.path.mkdir(parents=True, exist_ok=True)
            self._write(_SETTINGS, self._settings.encode())
        except OSError as error:
            raise ArchiveWriteError(f"cannot be written: {error.strerror or error}", path=self.path) from None

    def _stated(self) -> str | None:
        try:
            return (self.path / _SETTINGS).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def load(self, image: str, file: Path) -> tuple[Found, tuple[int, int], Place] | None:
        """What was found in an image, its width and height, and its place; None where it is still to be done."""
        path = self.path / _name(image)
        try:
            with np.load(path, allow_pickle=False) as kept:
                facts = json.loads(str(kept["facts"]))
                if facts["file"] != _stamp(file):
                    return None
                place = facts["place"]
                transform = None if place["transform"] is None else tuple(place["transform"])
                found = Found(kept["corners"], kept["probability"], np.zeros(len(kept["corners"]), dtype=np.int64))
                return found, (facts["width"], facts["height"]), Place(place["crs"], transform, place["gsd"])
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
            return None

    def store(self, image: str, file: Path, found: Found, size: tuple[int, int], place: Place) -> None:
        """Keep what was found in an image.

        Raises:
            ArchiveWriteError: the disk is full, or the folder cannot be written.
        """
        facts = {
            "file": _stamp(file),
            "width": size[0],
            "height": size[1],
            "place": {"crs": place.crs, "transform": place.transform, "gsd": place.gsd},
        }
        target = self.path / _name(image)
        draft = target.with_suffix(".tmp")
        try:
            with draft.open("wb") as stream:
                np.savez(
                    stream, corners=found.corners, probability=found.probability, facts=np.array(json.dumps(facts))
                )
            os.replace(draft, target)
        except OSError as error:
            raise ArchiveWriteError(
                f"cannot be written: {error.strerror or error}", path=self.path, hint="then go on with --resume"
            ) from None

    def remove(self) -> None:
        """The archive is written: nothing of this is needed any more."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _write(self, name: str, content: bytes) -> None:
        draft = self.path / f"{name}.tmp"
        draft.write_bytes(content)
        os.replace(draft, self.path / name)
        sync_folder(self.path)


def _name(image: str) -> str:
    return hashlib.sha256(image.encode(errors="surrogatepass")).hexdigest()[:32] + ".npz"


def _stamp(file: Path) -> list[int]:
    """Size and time of a file: an image that was changed is looked at anew."""
    status = file.stat()
    return [status.st_size, status.st_mtime_ns]


def _difference(stated: str, wanted: str) -> str:
    try:
        old, new = json.loads(stated), json.loads(wanted)
    except ValueError:
        return "they cannot be read"
    names = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    return ", ".join(f"{name} was {old.get(name)}, is {new.get(name)}" for name in names)
