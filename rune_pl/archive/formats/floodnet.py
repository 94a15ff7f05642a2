"""Facts about images without boxes, as FloodNet's questions and answers give them: how many of what there are.

    {"images": [{"image": "7162", "width": 4000, "height": 3000,
                 "objects": {"flooded_building": 3, "flooded_road": 1, "vehicle": [0.9, 0.4]}}]}

Nobody says where in the image they are. Each gets the whole image as its box: counts, classes and conditions mean what
they say, and a relation between two of them says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rune_pl.archive.formats.base import (
    MAX_DETECTIONS,
    MAX_SIDE,
    Format,
    Images,
    ImportOptions,
    Origin,
    Problems,
    Progress,
    check_file,
    check_image_id,
    class_atom,
    shown,
)
from rune_pl.archive.formats.images import ImageSizes
from rune_pl.archive.formats.json_stream import (
    as_id,
    as_number,
    as_object,
    as_text,
    check_list,
    json_items,
    kind,
    scan_json,
)
from rune_pl.archive.formats.spill import Spill, spilled_images
from rune_pl.archive.formats.text import check_score
from rune_pl.archive.records import ImageRecord

HOLDS = "a JSON file of facts per image"
MAX_FACTS = 10_000  # of one class in one image, as a number
KEYS = frozenset({"image", "path", "width", "height", "gsd", "objects"})


def _scores(value: Any, name: str) -> list[float]:
    """The probabilities of the objects of a class: as many ones as a number says, or those of a list."""
    if isinstance(value, list):
        return [check_score(as_number(item, f"a probability of {name}")) for item in value]
    count = as_number(value, name)
    if count != int(count) or not 0 <= count <= MAX_FACTS:
        raise ValueError(f"{name} is {count:g}, expected a whole number from 0 to {MAX_FACTS:,} or a list")
    return [1.0] * int(count)


def _side(value: Any, what: str) -> int | None:
    if value is None:
        return None
    side = as_number(value, what)
    if side != int(side) or not 0 < side <= MAX_SIDE:
        raise ValueError(f"{what} is {side:g}, expected a whole number of pixels from 1 to {MAX_SIDE:,}")
    return int(side)


def _image(value: Any) -> tuple[ImageRecord, list[tuple[str, float]]]:
    """The record of an image, and class and probability of each of its objects. Raises ValueError where it is wrong."""
    given = as_object(value, "the image")
    unknown = sorted(set(given) - KEYS)
    if unknown:
        raise ValueError(f"unknown key {shown(unknown[0])}, expected {', '.join(sorted(KEYS))}")
    sides = _side(given.get("width"), "width"), _side(given.get("height"), "height")
    if None in sides:
        sides = None, None
    path, gsd = given.get("path"), given.get("gsd")
    image = ImageRecord(
        id=check_image_id(as_id(given.get("image"), "image")),
        path=None if path is None else check_image_id(as_text(path, "path")),
        width=sides[0],
        height=sides[1],
        gsd=None if gsd is None else as_number(gsd, "gsd"),
    )
    objects: list[tuple[str, float]] = []
    for name, count in as_object(given.get("objects"), "objects").items():
        if not isinstance(count, int | float | list):
            raise ValueError(f"{shown(name)} is {kind(count)}, expected a number or a list of probabilities")
        objects += [(class_atom(name), score) for score in _scores(count, shown(name))]
    if len(objects) > MAX_DETECTIONS:
        raise ValueError(f"the image has more than {MAX_DETECTIONS:,} detections")
    return image, objects


def _whole(image: ImageRecord) -> list[float]:
    """The corners of an image, of one pixel where its size is not known."""
    width, height = float(image.width or 1), float(image.height or 1)
    return [0.0, 0.0, width, 0.0, width, height, 0.0, height]


def _facts(source: Path, problems: Problems, progress: Progress) -> Iterator[tuple[Origin, Any]]:
    total = source.stat().st_size
    index = -1
    for index, (value, position) in enumerate(json_items(source, "images.item")):
        if index % 1000 == 0:
            progress(position, total)
        yield Origin(source, record=f"images[{index}]"), value
    progress(total, total)
    if index < 0:
        check_list(source, "images")


def _read(source: Path, options: ImportOptions, problems: Problems, progress: Progress) -> Images:
    check_file(source, holds=HOLDS)
    if scan_json(source) == "[":
        raise Origin(source).error("the file is a list, expected an object", hint='as in {"images": [...]}')
    sizes = ImageSizes(options, problems)
    records: dict[str, ImageRecord] = {}
    with Spill() as spill:
        for origin, value in _facts(source, problems, progress):
            try:
                image, objects = _image(value)
                if image.id in records:
                    raise ValueError(f"the image {shown(image.id)} is here twice")
            except ValueError as error:
                problems.report(origin.error(str(error)))
                continue
            image = records[image.id] = sizes.complete(image)
            spill.add_image(image.id)
            for name, score in objects:
                spill.add(image.id, origin, name, score, _whole(image))
        for name, detections in spilled_images(spill, problems):
            yield records[name], detections


FLOODNET = Format(
    "floodnet",
    "facts per image without boxes, a JSON file of counts",
    frozenset({"size", "images", "gsd"}),
    _read,
)
