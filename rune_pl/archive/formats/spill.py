"""Records in any order, grouped by image on disk: memory holds one image at a time."""

from __future__ import annotations

import sqlite3
import tempfile
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from rune_pl.archive.formats.base import Origin, Problems
from rune_pl.archive.formats.columns import DetectionColumns
from rune_pl.archive.records import Detections
from rune_pl.errors import RuneError


class SpilledRecord(NamedTuple):
    """One detection on its way: `points` are x1 y1 x2 y2 ..., `tag` is the format's own."""

    origin: Origin
    name: str
    score: float
    points: array[float]
    tag: int


class Spill:
    """A context manager over a temporary file: `add` records in any order, then read `groups` once."""

    def __init__(self) -> None:
        self._paths: dict[Path, int] = {}
        self._names: dict[str, int] = {}

    def __enter__(self) -> Spill:
        with _store_errors():
            self._folder = tempfile.TemporaryDirectory(prefix="rune-pl-import-")
            self._db = sqlite3.connect(Path(self._folder.name) / "records.sqlite", isolation_level=None)
            self._db.execute("pragma journal_mode = off")
            self._db.execute("pragma synchronous = off")
            self._db.execute("pragma temp_store = file")
            self._db.execute(
                "create table record (image text, path int, line int, record text,"
                " name int, score real, points blob, tag int)"
            )
            self._db.execute("begin")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()
        self._folder.cleanup()

    def add_image(self, image: str) -> None:
        """Make sure that `image` has a group, be it an empty one."""
        with _store_errors():
            self._db.execute("insert into record (image) values (?)", (image,))

    def add(self, image: str, origin: Origin, name: str, score: float, points: Sequence[float], tag: int = 0) -> None:
        """Append a detection; its order within the image is the order of the calls."""
        row = (
            image,
            self._paths.setdefault(origin.path, len(self._paths)),
            origin.line,
            origin.record,
            self._names.setdefault(name, len(self._names)),
            score,
            array("d", points).tobytes(),
            tag,
        )
        with _store_errors():
            self._db.execute("insert into record values (?, ?, ?, ?, ?, ?, ?, ?)", row)

    def groups(self) -> Iterator[tuple[str, Iterator[SpilledRecord]]]:
        """The images by id, each with its records in the order they were added."""
        paths, names = list(self._paths), list(self._names)
        with _store_errors():
            rows = self._db.execute("select * from record order by image, rowid")
            for image, group in groupby(rows, key=lambda row: str(row[0])):
                yield image, (_record(row, paths, names) for row in group if row[1] is not None)


def _record(
    row: tuple[str, int, int | None, str | None, int, float, bytes, int], paths: list[Path], names: list[str]
) -> SpilledRecord:
    _, path, line, record, name, score, blob, tag = row
    points: array[float] = array("d")
    points.frombytes(blob)
    return SpilledRecord(Origin(paths[path], line, record), names[name], score, points, tag)


@contextmanager
def _store_errors() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise RuneError(
            f"the temporary store of the import failed: {error}",
            hint=f"it is kept in {tempfile.gettempdir()}; point TMPDIR at a disk with more room",
        ) from error


def spilled_images(spill: Spill, problems: Problems) -> Iterator[tuple[str, Detections]]:
    """The images of a store by id, each with its detections, where the points are pixels already."""
    for image, records in spill.groups():
        columns = DetectionColumns(problems)
        for record in records:
            try:
                columns.add(record.origin, record.name, record.score, record.points)
            except ValueError as error:
                problems.report(record.origin.error(str(error)))
        yield image, columns.build()
