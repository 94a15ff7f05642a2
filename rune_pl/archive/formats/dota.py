"""DOTA annotations: a folder of one text file per image, the ground truth of DOTA v1.0, v1.5 and v2.0 (`labelTxt`).

imagesource:GoogleEarth
gsd:0.115726939386
937 913 921 912 923 874 940 875 small-vehicle 0
"""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from rune_pl.archive.formats.base import (
    Format,
    Images,
    ImportOptions,
    Origin,
    Problems,
    Progress,
    check_image_id,
    class_atom,
    files_in,
    shown,
)
from rune_pl.archive.formats.columns import DetectionColumns
from rune_pl.archive.formats.images import ImageSizes
from rune_pl.archive.formats.text import check_gsd, parse_coordinates, parse_number, text_lines
from rune_pl.archive.records import Detections, ImageRecord

HOLDS = "DOTA annotations (labelTxt), one .txt file per image"

_UNKNOWN = {"null", "none", ""}


def _header(text: str) -> dict[str, Any] | None:
    """The attributes of ImageRecord that a header line gives, or None where the line is no header.

    Raises:
        ValueError: the line is a header whose value is wrong.
    """
    key, colon, value = text.strip().partition(":")
    value = value.strip()
    unknown = value.lower() in _UNKNOWN
    if colon and key == "imagesource":
        return {} if unknown else {"source": value}
    if colon and key == "gsd":
        return {} if unknown else {"gsd": check_gsd(parse_number(value, "gsd"))}
    if colon and key == "acquisition dates":
        try:
            return {} if unknown else {"time": _utc(datetime.fromisoformat(value))}
        except (ValueError, OverflowError):
            raise ValueError(f"the acquisition date is {shown(value)}, expected a date such as 2016-05-04") from None
    return None


def _utc(time: datetime) -> datetime:
    return time.replace(tzinfo=timezone.utc) if time.tzinfo is None else time.astimezone(timezone.utc)


def _box(text: str) -> tuple[list[float], str]:
    """Corners and class of an annotation line.

    Raises:
        ValueError: the line is wrong.
    """
    fields = text.split()
    if len(fields) not in (9, 10):
        raise ValueError(f"the line has {len(fields)} fields, expected x1 y1 x2 y2 x3 y3 x4 y4 class difficult")
    if len(fields) == 10 and fields[9] not in ("0", "1", "2"):
        raise ValueError(f"difficult is {shown(fields[9])}, expected 0, 1 or 2")
    return parse_coordinates(fields[:8]), class_atom(fields[8])


def _read(source: Path, options: ImportOptions, problems: Problems, progress: Progress) -> Images:
    files = files_in(source, (".txt",), holds=HOLDS)
    sizes = ImageSizes(options, problems)
    last = None
    for done, path in enumerate(files):
        progress(done, len(files))
        try:
            if path.stem == last:
                raise ValueError(f"the image {path.stem} has two files")
            last = check_image_id(path.stem)
        except ValueError as error:
            problems.report(Origin(path).error(str(error)))
            continue
        if (read := _image(path, problems)) is not None:
            header, detections = read
            yield sizes.complete(ImageRecord(id=path.stem, **header)), detections
    progress(len(files), len(files))


def _image(path: Path, problems: Problems) -> tuple[dict[str, Any], Detections] | None:
    """Header and boxes of one file, or None where nothing of it can be used."""
    header: dict[str, Any] = {}
    columns = DetectionColumns(problems)
    before = problems.count
    for origin, text, _ in text_lines(path, problems):
        try:
            if not len(columns) and (found := _header(text)) is not None:
                header.update(found)
                continue
            points, name = _box(text)
            columns.add(origin, name, 1.0, points)
        except ValueError as error:
            problems.report(origin.error(str(error)))
    if problems.count > before and not len(columns) and not header:
        return None
    return header, columns.build()


DOTA = Format("dota", "DOTA annotations: a folder of labelTxt files", frozenset({"size", "images", "gsd"}), _read)
