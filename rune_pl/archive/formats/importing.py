"""From a foreign format to an archive."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from rune_pl._version import __version__
from rune_pl.archive.formats.base import (
    MAX_SIDE,
    Format,
    ImportOptions,
    Problems,
    Progress,
    option_table,
    shown,
)
from rune_pl.archive.formats.coco import COCO
from rune_pl.archive.formats.dota import DOTA
from rune_pl.archive.formats.dota_results import DOTA_RESULTS
from rune_pl.archive.formats.floodnet import FLOODNET
from rune_pl.archive.formats.geojson import GEOJSON
from rune_pl.archive.formats.text import check_gsd
from rune_pl.archive.formats.xbd import XBD
from rune_pl.archive.formats.yolo_obb import YOLO_OBB
from rune_pl.archive.records import ImageRecord, Provenance
from rune_pl.archive.writer import ArchiveWriter
from rune_pl.errors import DuplicateImageError, FormatError, UsageError

FORMATS: Mapping[str, Format] = option_table((DOTA, DOTA_RESULTS, YOLO_OBB, COCO, GEOJSON, XBD, FLOODNET))
"""The formats by name."""


@dataclass(frozen=True)
class ImportReport:
    """What an import did.

    Attributes:
        images, detections: how many were written.
        skipped: how many bad lines, records and files were left out.
        problems: the first of them.
        widened: how many boxes were flat and taken as one pixel wide.
        notes: the first of them.
    """

    images: int
    detections: int
    skipped: int
    problems: tuple[FormatError, ...]
    widened: int = 0
    notes: tuple[FormatError, ...] = ()


def import_archive(
    format_name: str,
    source: str | Path,
    destination: str | Path,
    *,
    skip_bad: bool = False,
    size: tuple[int, int] | None = None,
    images: str | Path | None = None,
    gsd: float | None = None,
    classes: str | Path | None = None,
    instances: str | Path | None = None,
    mode: Literal["create", "append", "replace"] = "create",
    command: str = "",
    progress: Progress | None = None,
) -> ImportReport:
    """Read annotations or detections in a foreign format into an archive.

    Args:
        format_name: a key of `FORMATS`.
        source: the folder or file to read.
        destination: the archive; `mode` says whether it is new, added to, or replaced.
        skip_bad: leave bad lines and records out and count them. Otherwise one of them is enough to write nothing.
        size: width and height in pixels of images whose size is not known otherwise.
        images: folder of the images; their sizes are read from the headers.
        gsd: metres per pixel of images whose ground sampling distance the source does not give.
        classes: file of class names (yolo-obb).
        instances: COCO instances file that a COCO results file belongs to.
        command: the command line, for the archive's record of where its data came from.
        progress: called with (done, total) while reading.

    Raises:
        ImportRefusedError: the source has bad lines or records; the archive is as it was.
        FormatError: the source as a whole cannot be read, or has no images.
        UsageError: an unknown format, an option that the format does not take, a path that does not exist.
        ArchiveError: the archive cannot be written.
    """
    reader = FORMATS.get(format_name)
    if reader is None:
        raise UsageError(f"there is no format {shown(format_name)}", hint=f"choose one of {', '.join(FORMATS)}")
    options = _options(reader, size=size, images=images, gsd=gsd, classes=classes, instances=instances)
    problems = Problems(skip=skip_bad)
    provenance = Provenance(
        tool=f"import {format_name}",
        version=__version__,
        command=command,
        parameters={
            "format": format_name,
            "skip_bad": skip_bad,
            **{name: _plain(getattr(options, name)) for name in options.given()},
        },
        sources=[_text(source)],
    )
    image_count = detection_count = 0
    with ArchiveWriter(Path(destination), provenance=provenance, mode=mode) as writer:
        records = reader.read(Path(source), options, problems, progress or (lambda done, total: None))
        with closing(records):
            for image, detections in records:
                image = _seen_from(Path(destination), image)
                try:
                    writer.add(image, detections)
                except DuplicateImageError as error:
                    problems.report(FormatError(error.message, path=Path(source)))
                    continue
                image_count += 1
                detection_count += len(detections.classes)
        problems.finish()
        if not image_count:
            raise FormatError(
                f"there is nothing to import; {problems.count} bad lines or files were left out"
                if problems.count
                else "there is nothing to import",
                path=Path(source),
            )
    return ImportReport(
        images=image_count,
        detections=detection_count,
        skipped=problems.count,
        problems=tuple(problems.kept),
        widened=problems.widened,
        notes=tuple(problems.notes),
    )


def _seen_from(archive: Path, image: ImageRecord) -> ImageRecord:
    """The record with its path, where there is a file, as seen from the archive: both can be moved together."""
    if image.path is None or os.path.isabs(image.path) or not os.path.exists(image.path):
        return image
    return replace(image, path=Path(os.path.relpath(image.path, archive)).as_posix())


def _options(
    reader: Format,
    *,
    size: tuple[int, int] | None,
    images: str | Path | None,
    gsd: float | None,
    classes: str | Path | None,
    instances: str | Path | None,
) -> ImportOptions:
    """The options, checked: those that the format takes, with values that make sense."""
    options = ImportOptions(
        size=size,
        images=None if images is None else Path(images),
        gsd=gsd,
        classes=None if classes is None else Path(classes),
        instances=None if instances is None else Path(instances),
    )
    for name in options.given():
        if name not in reader.options:
            takes = ", ".join(f"--{option}" for option in sorted(reader.options))
            raise UsageError(f"the format {reader.name} takes no --{name}", hint=f"it takes {takes}")
    if size is not None and not all(0 < side <= MAX_SIDE for side in size):
        raise UsageError(f"the size {size[0]}x{size[1]} is not from 1x1 to {MAX_SIDE}x{MAX_SIDE} pixels")
    if gsd is not None:
        try:
            check_gsd(gsd)
        except ValueError as error:
            raise UsageError(str(error)) from None
    return options


def _plain(value: object) -> str | float | list[int]:
    """An option as JSON."""
    if isinstance(value, tuple):
        return list(value)
    return value if isinstance(value, float) else _text(value)


def _text(path: object) -> str:
    """A path as text, whatever bytes it has."""
    return str(path).encode("utf-8", "backslashreplace").decode("utf-8")
