"""DOTA results: a folder of Task1_CLASS.txt files, what the DOTA server takes from a detector.

P1386 0.562437295914 2907.6 1714.2 2895.5 1745.4 2808.0 1730.3 2820.1 1699.1
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
    class_atom,
    files_in,
)
from rune_pl.archive.formats.images import ImageSizes
from rune_pl.archive.formats.spill import Spill, spilled_images
from rune_pl.archive.formats.text import check_score, parse_coordinates, parse_number, text_lines
from rune_pl.archive.records import ImageRecord

HOLDS = "DOTA results, one file Task1_CLASS.txt per class"

_FILE_NAME = re.compile(r"Task1_(.+)\.txt", re.IGNORECASE | re.DOTALL)


def _class_of(path: Path) -> str:
    """The class that the file name gives.

    Raises:
        ValueError: it gives none.
    """
    match = _FILE_NAME.fullmatch(path.name)
    if match is None:
        raise ValueError("the file is not named Task1_CLASS.txt")
    return class_atom(match[1])


def _detection(text: str) -> tuple[str, float, list[float]]:
    """Image, score and corners of a line.

    Raises:
        ValueError: the line is wrong.
    """
    fields = text.split()
    if len(fields) != 10:
        raise ValueError(f"the line has {len(fields)} fields, expected image score x1 y1 x2 y2 x3 y3 x4 y4")
    return check_image_id(fields[0]), check_score(parse_number(fields[1], "the score")), parse_coordinates(fields[2:])


def _read(source: Path, options: ImportOptions, problems: Problems, progress: Progress) -> Images:
    files = files_in(source, (".txt",), holds=HOLDS)
    sizes = ImageSizes(options, problems)
    total = sum(path.stat().st_size for path in files)
    with Spill() as spill:
        before = 0
        seen: dict[str, Path] = {}
        for path in files:
            try:
                name = _class_of(path)
                if (first := seen.setdefault(name, path)) is not path:
                    raise ValueError(f"the class {name} has two files, see {first.name}")
            except ValueError as error:
                problems.report(Origin(path).error(str(error)))
                continue
            for number, (origin, text, position) in enumerate(text_lines(path, problems)):
                if number % 1000 == 0:
                    progress(before + position, total)
                try:
                    image, score, points = _detection(text)
                except ValueError as error:
                    problems.report(origin.error(str(error)))
                    continue
                spill.add(image, origin, name, score, points)
            before += path.stat().st_size
        progress(total, total)
        for image in sizes.ids:
            spill.add_image(image)
        for image, detections in spilled_images(spill, problems):
            yield sizes.complete(ImageRecord(id=image)), detections


DOTA_RESULTS = Format(
    "dota-results", "DOTA results: a folder of Task1_CLASS.txt files", frozenset({"size", "images", "gsd"}), _read
)
