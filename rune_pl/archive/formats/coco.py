"""COCO: an instances file (`images`, `categories`, `annotations`), or a results file, a list of detections.

    {"image_id": 42, "category_id": 18, "bbox": [258.15, 41.29, 348.26, 243.78], "score": 0.236}

A results file names its images and classes by number only, so it needs the instances file that it belongs to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from rune_pl.archive.formats.base import (
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
    as_numbers,
    as_object,
    as_text,
    check_list,
    json_items,
    kind,
    scan_json,
)
from rune_pl.archive.formats.spill import Spill, spilled_images
from rune_pl.archive.formats.text import check_coordinates, check_score
from rune_pl.archive.records import ImageRecord
from rune_pl.errors import UsageError

HOLDS = "a COCO instances or results file (JSON)"


@dataclass
class _Dataset:
    """The images and categories of an instances file; what it needs in memory grows with their number only."""

    images: dict[str, ImageRecord] = field(default_factory=dict)  # by COCO's id
    categories: dict[str, str] = field(default_factory=dict)


def _side(value: Any, what: str) -> int | None:
    if value is None:
        return None
    side = as_number(value, what)
    if side != int(side) or not 0 < side <= MAX_SIDE:
        raise ValueError(f"{what} is {side:g}, expected a whole number of pixels from 1 to {MAX_SIDE:,}")
    return int(side)


def _image(value: Any) -> tuple[str, ImageRecord]:
    """COCO's id of an image, and its record, whose id is the file name without its suffix."""
    record = as_object(value, "the image")
    number = as_id(record.get("id"), "id")
    name = record.get("file_name")
    if name is not None:
        path = PurePosixPath(check_image_id(as_text(name, "file_name")))
        image = str(path.with_suffix("")) if path.name else str(path)
    else:
        image = number
    sides = _side(record.get("width"), "width"), _side(record.get("height"), "height")
    if None in sides:
        sides = None, None
    return number, ImageRecord(id=image, path=name, width=sides[0], height=sides[1])


def _dataset(path: Path, problems: Problems) -> _Dataset:
    data = _Dataset()
    names: set[str] = set()
    for index, (value, _) in enumerate(json_items(path, "categories.item")):
        origin = Origin(path, record=f"categories[{index}]")
        try:
            record = as_object(value, "the category")
            number, name = as_id(record.get("id"), "id"), class_atom(as_text(record.get("name"), "name"))
            if data.categories.setdefault(number, name) != name:
                raise ValueError(f"the category id {shown(number)} is here twice")
        except ValueError as error:
            problems.report(origin.error(str(error)))
    for index, (value, _) in enumerate(json_items(path, "images.item")):
        origin = Origin(path, record=f"images[{index}]")
        try:
            number, image = _image(value)
            if number in data.images:
                raise ValueError(f"the image id {shown(number)} is here twice")
            if image.id in names:
                raise ValueError(f"the image {shown(image.id)} is here twice (ids are file names without their suffix)")
        except ValueError as error:
            problems.report(origin.error(str(error)))
            continue
        names.add(image.id)
        data.images[number] = image
    if not data.images:
        problems.finish()
        raise Origin(path).error("the file has no images", hint="a COCO instances file has `images` and `categories`")
    return data


def _points(record: dict[str, Any]) -> list[float]:
    """Outline of an annotation, x1 y1 x2 y2 ..., from its segmentation, else from its box."""
    if record.get("iscrowd"):
        raise ValueError("crowd annotations are not supported: they are no single object")
    segmentation = record.get("segmentation")
    if isinstance(segmentation, dict):
        raise ValueError("masks (RLE) are not supported, only boxes and polygons")
    if segmentation is not None and not isinstance(segmentation, list):
        raise ValueError(f"segmentation is {kind(segmentation)}, expected a list of polygons")
    if segmentation:
        polygons = segmentation if isinstance(segmentation[0], list) else [segmentation]
        points: list[float] = []
        for polygon in polygons:
            numbers = as_numbers(polygon, "segmentation")
            if len(numbers) % 2 or len(numbers) < 6:
                raise ValueError(f"a polygon has {len(numbers)} numbers, expected x1 y1 x2 y2 x3 y3 ...")
            points += numbers[:-2] if numbers[:2] == numbers[-2:] else numbers
        return check_coordinates(points)
    box = as_numbers(record.get("bbox"), "bbox")
    if len(box) != 4:
        raise ValueError(f"bbox has {len(box)} numbers, expected x, y, width, height")
    x, y, width, height = box
    if width < 0 or height < 0:
        raise ValueError(f"the box is {width:g} wide and {height:g} high, expected no negative number")
    return check_coordinates([x, y, x + width, y, x + width, y + height, x, y + height])


def _annotation(value: Any, data: _Dataset, results: bool) -> tuple[str, str, float, list[float]]:
    """Image, class, score and outline of an annotation.

    Raises:
        ValueError: the record is wrong or of a kind that is not supported.
    """
    record = as_object(value, "the annotation")
    image = data.images.get(as_id(record.get("image_id"), "image_id"))
    if image is None:
        raise ValueError(f"there is no image with the id {shown(str(record['image_id']))}")
    category = data.categories.get(as_id(record.get("category_id"), "category_id"))
    if category is None:
        raise ValueError(f"there is no category with the id {shown(str(record['category_id']))}")
    given = results or "score" in record
    score = check_score(as_number(record.get("score"), "score")) if given else 1.0
    return image.id, category, score, _points(record)


def _read(source: Path, options: ImportOptions, problems: Problems, progress: Progress) -> Images:
    check_file(source, holds=HOLDS)
    results = scan_json(source) == "["
    if results and options.instances is None:
        hint = "give the instances file that it belongs to with --instances"
        raise UsageError(f"{source} is a COCO results file, which does not name its images and classes", hint=hint)
    if not results and options.instances is not None:
        raise UsageError(f"{source} is a COCO instances file itself", hint="leave out --instances")
    if options.instances is not None:
        check_file(options.instances, holds="a COCO instances file")
        if scan_json(options.instances) == "[":
            raise Origin(options.instances).error("the file is a list, expected a COCO instances file")
    data = _dataset(options.instances or source, problems)
    sizes = ImageSizes(options, problems)
    total = source.stat().st_size
    with Spill() as spill:
        for image in data.images.values():
            spill.add_image(image.id)
        place = "[{}]" if results else "annotations[{}]"
        index = -1
        for index, (value, position) in enumerate(json_items(source, "item" if results else "annotations.item")):
            if index % 1000 == 0:
                progress(position, total)
            origin = Origin(source, record=place.format(index))
            try:
                name, category, score, points = _annotation(value, data, results)
            except ValueError as error:
                problems.report(origin.error(str(error)))
                continue
            spill.add(name, origin, category, score, points)
        progress(total, total)
        if index < 0 and not results:
            check_list(source, "annotations")
        records = {image.id: image for image in data.images.values()}
        for name, detections in spilled_images(spill, problems):
            yield sizes.complete(records[name]), detections


COCO = Format(
    "coco",
    "COCO instances JSON, or results JSON together with --instances",
    frozenset({"size", "images", "gsd", "instances"}),
    _read,
)
