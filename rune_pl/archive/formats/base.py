"""What every import format shares: options, the list of what is wrong with the input, and the shape of a format."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from rune_pl.archive.records import Detections, ImageRecord
from rune_pl.errors import FormatError, ImportRefusedError, UsageError

MAX_DETECTIONS = 1_000_000  # in one image; what an image needs in memory stays below a few hundred MB
MAX_COORDINATE = 1e7  # pixels; float32 holds whole pixels up to 1.6e7
MAX_SIDE = 10_000_000  # pixels
MAX_NAME = 1000  # characters of an image id
PROBLEMS_KEPT = 20

Progress = Callable[[int, int], None]
"""Called with (done, total) while reading; what is counted (files or bytes) depends on the format."""


class Origin(NamedTuple):
    """Where a record stands: the file, and the line (from 1) or the name of the JSON record."""

    path: Path
    line: int | None = None
    record: str | None = None

    def error(self, message: str, *, hint: str | None = None) -> FormatError:
        """A FormatError at this place."""
        return FormatError(message, path=self.path, line=self.line, record=self.record, hint=hint)


@dataclass
class Problems:
    """The bad records of one import.

    Without `skip` reading stops after `PROBLEMS_KEPT` of them; with it they are counted and the first ones kept.
    """

    skip: bool = False
    count: int = 0
    kept: list[FormatError] = field(default_factory=list)
    widened: int = 0
    notes: list[FormatError] = field(default_factory=list)

    def report(self, error: FormatError) -> None:
        """Take note of a bad record that the reader leaves out.

        Raises:
            ImportRefusedError: bad records are not to be skipped and there are enough of them to show.
        """
        self.count += 1
        if len(self.kept) < PROBLEMS_KEPT:
            self.kept.append(error)
        if not self.skip and self.count >= PROBLEMS_KEPT:
            raise ImportRefusedError(self.kept, complete=False)

    def note(self, remark: FormatError) -> None:
        """Take note of a flat box that was widened; that is no problem."""
        self.widened += 1
        if len(self.notes) < PROBLEMS_KEPT:
            self.notes.append(remark)

    def finish(self) -> None:
        """Raises ImportRefusedError if there was a bad record and bad records are not to be skipped."""
        if self.count and not self.skip:
            raise ImportRefusedError(self.kept)


@dataclass(frozen=True)
class ImportOptions:
    """What the caller says about the data beyond the files.

    Attributes:
        size: width and height in pixels of images whose size is not known otherwise.
        images: folder of the images; sizes are read from their headers.
        gsd: metres per pixel of images whose ground sampling distance the files do not give.
        classes: file of class names, for formats that number the classes.
        instances: COCO instances file that names the images and classes of a COCO results file.
    """

    size: tuple[int, int] | None = None
    images: Path | None = None
    gsd: float | None = None
    classes: Path | None = None
    instances: Path | None = None

    def given(self) -> tuple[str, ...]:
        """Names of the options that are set."""
        return tuple(name for name in OPTION_NAMES if getattr(self, name) is not None)


OPTION_NAMES = ("size", "images", "gsd", "classes", "instances")

Images: TypeAlias = Generator[tuple[ImageRecord, Detections], None, None]
Reader: TypeAlias = Callable[[Path, ImportOptions, Problems, Progress], Images]


@dataclass(frozen=True)
class Format:
    """One foreign format.

    Attributes:
        name: as the command line writes it.
        summary: one line for the help.
        options: the `ImportOptions` that mean something to it.
        read: yields the images of the source in order of their id, each once, with their detections; reports bad
            records to `Problems` and leaves them out; raises FormatError or UsageError where nothing can be read.
    """

    name: str
    summary: str
    options: frozenset[str]
    read: Reader


_CLASS_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}\Z", re.ASCII)
_BLANKS = re.compile(r"[\s\-]+")


def class_atom(name: str) -> str:
    """The class name as the rule language writes it: "Storage-Tank" gives `storage_tank`.

    Lower case, with `_` for blanks and hyphens.

    Raises:
        ValueError: the result is not a plain atom: a letter, then at most 99 letters, digits or `_`, all ASCII.
    """
    atom = _BLANKS.sub("_", name.strip().lower())
    if not _CLASS_NAME.match(atom):
        raise ValueError(f"{shown(name)} is not a class name: it must be a letter followed by letters, digits, - or _")
    return atom


def check_image_id(name: str) -> str:
    """The name itself, if it can be the id of an image.

    Raises:
        ValueError: it is empty, too long, or has characters that are not printable text.
    """
    if not name or len(name) > MAX_NAME:
        raise ValueError(f"the image name has {len(name)} characters, expected 1 to {MAX_NAME}")
    if not name.isprintable():  # lone surrogates and control characters are not
        raise ValueError(f"the image name {shown(name)} has characters that are not text")
    return name


def shown(text: str, limit: int = 40) -> str:
    """The text in quotes for a message, escaped and cut to `limit` characters."""
    return ascii(text if len(text) <= limit else text[: limit - 3] + "...")


def check_folder(source: Path, *, holds: str) -> None:
    """Raises UsageError unless `source` is a folder; `holds` says what of, for the message."""
    if source.is_dir():
        return
    if source.exists():
        raise UsageError(f"{source} is a file, expected a folder of {holds}", hint=f"try {source.parent}")
    raise UsageError(f"there is no folder {source}", hint=f"expected a folder of {holds}")


def check_file(source: Path, *, holds: str) -> None:
    """Raises UsageError unless `source` is a file; `holds` says of what, for the message."""
    if source.is_file():
        return
    if source.exists():
        raise UsageError(f"{source} is a folder, expected {holds}")
    raise UsageError(f"there is no file {source}", hint=f"expected {holds}")


def files_in(folder: Path, suffixes: tuple[str, ...], *, holds: str) -> list[Path]:
    """The files of a folder with one of these suffixes (any case), sorted by name; hidden files are left out.

    Raises:
        UsageError: the folder does not exist.
        FormatError: it has no such file or cannot be listed.
    """
    check_folder(folder, holds=holds)
    try:
        found = [p for p in folder.iterdir() if p.suffix.lower() in suffixes and not p.name.startswith(".")]
    except OSError as error:
        raise FormatError(f"the folder cannot be read: {error.strerror}", path=folder) from error
    if not found:
        raise FormatError(
            f"the folder has no {' or '.join('*' + s for s in suffixes)} file", path=folder, hint=f"expected {holds}"
        )
    return sorted(found, key=lambda p: (p.stem, p.name))


def option_table(formats: tuple[Format, ...]) -> Mapping[str, Format]:
    """The formats by name, read only."""
    return MappingProxyType({f.name: f for f in formats})
