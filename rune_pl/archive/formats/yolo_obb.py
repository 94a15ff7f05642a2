"""YOLO oriented boxes: a folder of one text file per image, corners as fractions of its width and height.

3 0.4121 0.2051 0.4309 0.2049 0.4311 0.2384 0.4123 0.2386
3 0.4121 0.2051 0.4309 0.2049 0.4311 0.2384 0.4123 0.2386 0.87
"""

from __future__ import annotations

import re
from pathlib import Path

from rune_pl.archive.formats.base import (
    Format,
    Images,
    ImportOptions,
    Origin,
    Problems,
    Progress,
    check_image_id,
    files_in,
    shown,
)
from rune_pl.archive.formats.columns import DetectionColumns
from rune_pl.archive.formats.images import IMAGE_SUFFIXES, ImageSizes
from rune_pl.archive.formats.names import read_class_names
from rune_pl.archive.formats.text import check_coordinates, check_score, parse_number, parse_points, text_lines
from rune_pl.archive.records import Detections, ImageRecord
from rune_pl.errors import UsageError

HOLDS = "YOLO oriented boxes, one .txt file per image"
NAMES_FILE = "classes.txt"  # labelling tools leave it among the labels

# A rotated box may hang over the edge of its image, but not by more than a whole image: that is a pixel coordinate.
LOWEST, HIGHEST = -1.0, 2.0

_INDEX = re.compile(r"\d{1,6}", re.ASCII)


def _line(text: str, names: list[str], size: tuple[int, int]) -> tuple[str, float, list[float]]:
    """Class, score and corners in pixels of a line.

    Raises:
        ValueError: the line is wrong.
    """
    fields = text.split()
    if len(fields) not in (9, 10):
        extra = " (that is an upright box, not an oriented one)" if len(fields) in (5, 6) else ""
        raise ValueError(
            f"the line has {len(fields)} fields, expected class x1 y1 x2 y2 x3 y3 x4 y4 [confidence]{extra}"
        )
    if not _INDEX.fullmatch(fields[0]):
        raise ValueError(f"the class is {shown(fields[0])}, expected a number from 0")
    if int(fields[0]) >= len(names):
        raise ValueError(f"the class is {fields[0]}, but there are {len(names)} class names (0 to {len(names) - 1})")
    score = check_score(parse_number(fields[9], "the confidence")) if len(fields) == 10 else 1.0
    fractions = parse_points(fields[1:9])
    for value in fractions:
        if not LOWEST <= value <= HIGHEST:
            raise ValueError(f"the coordinate {value:g} is no fraction of the image (pixels?)")
    return names[int(fields[0])], score, check_coordinates([v * size[i % 2] for i, v in enumerate(fractions)])


def _class_names(source: Path, options: ImportOptions) -> list[str]:
    beside = source / NAMES_FILE
    if options.classes is not None:
        return read_class_names(options.classes)
    if beside.is_file():
        return read_class_names(beside)
    raise UsageError(
        "yolo-obb files number their classes and do not name them",
        hint="give the names with --classes: a data.yaml, or a text file with one name per line",
    )


def _image_folder(source: Path, options: ImportOptions) -> Path | None:
    """The image folder where --images does not say: `images` for `labels` in the path, else among the labels."""
    if options.images is not None:
        return None
    parts = list(source.absolute().parts)
    for i in reversed(range(len(parts))):
        if parts[i] == "labels":
            parts[i] = "images"
            beside = Path(*parts)
            return beside if beside.is_dir() else None
    has_images = any(p.suffix.lower() in IMAGE_SUFFIXES for p in source.iterdir())
    return source if has_images else None


def _read(source: Path, options: ImportOptions, problems: Problems, progress: Progress) -> Images:
    files = [p for p in files_in(source, (".txt",), holds=HOLDS) if p.name != NAMES_FILE]
    names = _class_names(source, options)
    sizes = ImageSizes(options, problems, _image_folder(source, options))
    labels: dict[str, Path] = {}
    for path in files:
        try:
            first = labels.setdefault(check_image_id(path.stem), path)
            if first is not path:
                raise ValueError(f"the image {path.stem} has two files, see {first.name}")
        except ValueError as error:
            problems.report(Origin(path).error(str(error)))
    ids = sorted(sizes.ids | set(labels))
    for done, image in enumerate(ids):
        progress(done, len(ids))
        record = sizes.complete(ImageRecord(id=image))
        if image not in labels:
            yield record, DetectionColumns(problems).build()
        elif (detections := _detections(labels[image], record, names, problems)) is not None:
            yield record, detections
    progress(len(ids), len(ids))


def _detections(path: Path, image: ImageRecord, names: list[str], problems: Problems) -> Detections | None:
    """The boxes of one file, or None where nothing of it can be used."""
    columns = DetectionColumns(problems)
    before = problems.count
    for origin, text, _ in text_lines(path, problems):
        if image.width is None or image.height is None:
            hint = "give --images DIR or --size WxH"
            problems.report(Origin(path).error(f"the size of the image {image.id} is not known", hint=hint))
            return None
        try:
            name, score, points = _line(text, names, (image.width, image.height))
            columns.add(origin, name, score, points)
        except ValueError as error:
            problems.report(origin.error(str(error)))
    return None if problems.count > before and not len(columns) else columns.build()


YOLO_OBB = Format(
    "yolo-obb",
    "YOLO oriented boxes: a folder of .txt label files, with or without confidence",
    frozenset({"size", "images", "gsd", "classes"}),
    _read,
)
