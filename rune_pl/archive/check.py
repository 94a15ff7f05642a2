"""Verifying an archive: every hash, every row."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rune_pl.archive.files import file_sha256
from rune_pl.archive.images import read_images
from rune_pl.archive.manifest import PART_FILE, TEMPORARY_FILE, Manifest, Part, PartFile, read_manifest
from rune_pl.archive.meetings_file import PartMeetings, batches
from rune_pl.archive.parts import PartTable, decode_detections, dictionary_codes
from rune_pl.archive.postings import PostingsBuilder
from rune_pl.archive.records import PROBABILITY_TOLERANCE
from rune_pl.errors import ArchiveCorruptError


@dataclass(frozen=True)
class Problem:
    """Something wrong with one file of an archive."""

    file: str
    message: str


@dataclass(frozen=True)
class CheckReport:
    """What `check_archive` found.

    Attributes:
        problems: the damage; empty means that the archive is as it was written.
        files, images, detections: how many the manifest lists.
        leftovers: files of writers that were killed. They are no damage, and the next writer removes them.
    """

    path: Path
    problems: tuple[Problem, ...]
    files: int
    images: int
    detections: int
    leftovers: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


def check_archive(path: str | Path) -> CheckReport:
    """Verify every file of an archive against the manifest, and every row against the rules of docs/archive.md.

    Raises:
        ArchiveNotFoundError: there is no archive.
        ArchiveVersionError: its schema is newer than this version reads.
    """
    folder = Path(path)
    try:
        manifest = read_manifest(folder)
    except ArchiveCorruptError as error:
        return CheckReport(folder, (Problem(error.path.name, error.message),), 1, 0, 0, ())
    problems: list[Problem] = []
    ids: set[str] = set()
    for part in manifest.parts:
        damaged = [problem for entry in part.files if (problem := _check_file(folder, entry, manifest))]
        problems += damaged or _check_rows(folder, part, manifest, ids)
    present = sorted(entry.name for entry in folder.iterdir())
    leftovers = tuple(
        name
        for name in present
        if TEMPORARY_FILE.match(name) or (PART_FILE.match(name) and name not in manifest.file_names)
    )
    return CheckReport(
        path=folder,
        problems=tuple(problems),
        files=1 + sum(len(part.files) for part in manifest.parts),
        images=manifest.images,
        detections=manifest.detections,
        leftovers=leftovers,
    )


def _check_file(folder: Path, entry: PartFile, manifest: Manifest) -> Problem | None:
    """Size and hash of one file."""
    try:
        PartTable(folder, entry, manifest.file_names).check_size()
        if file_sha256(folder / entry.file) != entry.sha256:
            return Problem(entry.file, "its content was changed: the SHA-256 differs from the manifest")
    except ArchiveCorruptError as error:
        return Problem(entry.file, error.message)
    except OSError as error:
        return Problem(entry.file, f"cannot be read: {error.strerror or error}")
    return None


def _check_rows(folder: Path, part: Part, manifest: Manifest, ids: set[str]) -> list[Problem]:
    """The content of one part; its files are what their writer wrote, so what is wrong here the writer did wrong."""
    images = PartTable(folder, part.images, manifest.file_names)
    detections = PartTable(folder, part.detections, manifest.file_names)
    try:
        columns = read_images([images], [part.detections.rows])
        twice = next((name for name in columns.ids if name in ids), None)
        if twice is not None:
            raise images.corrupt(f"image {twice!r} occurs twice in the archive")
        ids.update(columns.ids)
        for index in range(len(columns.ids)):
            try:
                columns.record(index)
            except ValueError as error:
                raise images.corrupt(str(error)) from None
        first = 0
        builder = PostingsBuilder()
        with detections.open() as file:
            for group in range(file.metadata.num_row_groups):
                table = file.read_row_group(group)
                rows = np.arange(first, first + len(table))
                image = np.searchsorted(columns.first + columns.count, rows, side="right")
                reason = _wrong(table, image, rows - columns.first[image], columns.ids, manifest.classes)
                if reason is not None:
                    raise detections.corrupt(f"row group {group}: {reason}")
                if part.index is not None:
                    found = decode_detections(table, manifest.classes)
                    builder.add_rows(image, found.label, found.probability, found.vectors, found.corners)
                first += len(table)
        if part.index is not None:
            builder.images = len(columns.ids)
            _check_index(PartTable(folder, part.index, manifest.file_names), builder, len(manifest.classes))
        if part.index is not None and part.pairs is not None:
            _check_pairs(PartTable(folder, part.pairs, manifest.file_names), builder, len(manifest.classes))
    except ArchiveCorruptError as error:
        return [Problem(error.path.name, error.message)]
    return []


def _check_index(table: PartTable, builder: PostingsBuilder, classes: int) -> None:
    """The index says what the rows say: it decides which images are looked at."""
    with table.mapped() as reader:
        written = [reader.get_batch(k) for k in range(reader.num_record_batches)]
    expected = list(builder.build().batches(classes))
    if len(written) > classes or any(len(batch) for batch in expected[len(written) :]):
        raise table.corrupt("its classes are not those of its part")
    for found, batch in zip(written, expected, strict=False):
        same = found.num_rows == batch.num_rows and all(
            np.allclose(a.to_numpy(), b.to_numpy(), rtol=3e-7, atol=0.0, equal_nan=True)
            for a, b in zip(found.columns, batch.columns, strict=True)
        )
        if not same:
            raise table.corrupt("it is not the index of its part")


def _check_pairs(table: PartTable, builder: PostingsBuilder, classes: int) -> None:
    """As the index; a file of another version says nothing."""
    if not PartMeetings(table, builder.images).known:
        return
    with table.mapped() as reader:
        written = [reader.get_batch(k) for k in range(reader.num_record_batches)]
    expected = list(batches(builder.build_meetings(), classes))
    same = len(written) <= classes and all(
        found.num_rows == batch.num_rows
        and all(
            np.array_equal(a, b) if k < 2 else np.allclose(a, b, rtol=0.0, atol=1.0)
            for k, (a, b) in enumerate(zip(found.columns, batch.columns, strict=True))
        )
        for found, batch in zip(written, expected, strict=False)
    )
    if not same or any(len(batch) for batch in expected[len(written) :]):
        raise table.corrupt("it is not of its part")


def _wrong(
    table: pa.Table, image: NDArray[np.int64], offset: NDArray[np.int64], ids: tuple[str, ...], classes: tuple[str, ...]
) -> str | None:
    """The first rule that rows of a detections table break; they belong to `image`, as its `offset`-th row."""
    if any(table[name].null_count for name in table.column_names if name != "class_probability"):
        return "a value is missing"
    columns = decode_detections(table, classes)
    names = np.concatenate(
        [np.array(values, dtype=object)[codes] for values, codes in dictionary_codes(table["image"])]
    )
    if (names != np.array(ids, dtype=object)[image]).any():
        return "detections are not grouped by image in the order of the images table"
    if (columns.detection != offset + 1).any():
        return "the detections of an image are not numbered 1, 2, 3, ..."
    for name, values in (("score", columns.score), ("probability", columns.probability)):
        if not ((values >= 0) & (values <= 1)).all():
            return f"a {name} is not in [0, 1]"
    if not np.isfinite(columns.corners).all():
        return "a corner is not finite"
    if columns.vectors is not None:
        given = columns.vectors[~np.isnan(columns.vectors).all(axis=1)]
        if not ((given >= 0) & (given <= 1)).all() or (given.sum(axis=1) > 1 + PROBABILITY_TOLERANCE).any():
            return "a class vector is not a distribution"
    return None
