"""GeoJSON: FeatureCollections of polygons in map coordinates, one file or a folder of them.

Coordinates are WGS 84 longitude and latitude (RFC 7946) or in the system that the member `crs` names (the 2008
specification). Each image gets a pixel frame of its own, see `frames`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from rune_pl.archive.formats.base import (
    MAX_DETECTIONS,
    Format,
    Images,
    ImportOptions,
    Origin,
    Problems,
    Progress,
    check_file,
    check_image_id,
    class_atom,
    files_in,
    shown,
)
from rune_pl.archive.formats.columns import DetectionColumns
from rune_pl.archive.formats.frames import WGS84, Projector
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
from rune_pl.archive.formats.spill import Spill, SpilledRecord
from rune_pl.archive.formats.text import check_score
from rune_pl.archive.records import Detections, ImageRecord
from rune_pl.errors import FormatError

HOLDS = "GeoJSON FeatureCollections (.geojson or .json)"
DEFAULT_GSD = 1.0  # metres per pixel

CLASS_KEYS = ("class", "category", "label")
SCORE_KEYS = ("score", "confidence", "probability")
IMAGE_KEY = "image"

_MAX_CRS_NAME = 1000
_MAX_MAP_COORDINATE = 1e9  # no system's unit is that small


def _crs_name(path: Path) -> str:
    """The name of the coordinate reference system of a file.

    Raises:
        FormatError: the file is no FeatureCollection, or its `crs` is not a name.
    """
    origin = Origin(path)
    types = [value for value, _ in json_items(path, "type")]
    if types != ["FeatureCollection"]:
        what = shown(str(types[0])) if types and isinstance(types[0], str) else "not given"
        raise origin.error(f"the type is {what}, expected FeatureCollection")
    for crs, _ in json_items(path, "crs"):
        try:
            record = as_object(crs, "crs")
            if record.get("type") != "name":
                raise ValueError('the crs is not of type "name"')
            name = as_text(as_object(record.get("properties"), "the crs's properties").get("name"), "the crs's name")
        except ValueError as error:
            raise Origin(path, record="crs").error(str(error)) from None
        if len(name) > _MAX_CRS_NAME:
            raise Origin(path, record="crs").error(f"the name has more than {_MAX_CRS_NAME} characters")
        return name
    return WGS84


def _map_coordinate(value: Any) -> float:
    number = as_number(value, "a coordinate")
    if abs(number) > _MAX_MAP_COORDINATE:
        raise ValueError(f"the coordinate {number:g} is beyond {_MAX_MAP_COORDINATE:g}")
    return number


def _ring(value: Any) -> list[float]:
    """x1 y1 x2 y2 ... of a linear ring, without the closing point; heights are dropped."""
    if not isinstance(value, list) or len(value) < 3:
        raise ValueError(f"a ring is {kind(value) if not isinstance(value, list) else 'too short'}, expected positions")
    points: list[float] = []
    for position in value:
        if not isinstance(position, list) or not 2 <= len(position) <= 4:
            raise ValueError("a position is not a list of 2 or 3 numbers")
        points += [_map_coordinate(v) for v in position[:2]]
    return points[:-2] if points[:2] == points[-2:] else points


def _outline(value: Any) -> list[float]:
    """Exterior of a geometry: the ring of a polygon, all rings of a multipolygon one after the other."""
    if value is None:
        raise ValueError("the feature has no geometry, expected a Polygon")
    geometry = as_object(value, "the geometry")
    name, coordinates = geometry.get("type"), geometry.get("coordinates")
    if name not in ("Polygon", "MultiPolygon"):
        what = shown(name) if isinstance(name, str) else kind(name)
        raise ValueError(f"a geometry of type {what} is not supported, expected Polygon")
    polygons = [coordinates] if name == "Polygon" else coordinates
    if not isinstance(polygons, list) or not polygons or not all(isinstance(p, list) and p for p in polygons):
        raise ValueError(f"the coordinates of the {name} are no list of rings")
    return [v for polygon in polygons for v in _ring(polygon[0])]


def _first(properties: dict[str, Any], keys: tuple[str, ...]) -> tuple[str, Any]:
    """The first of the keys that the properties have, with its value."""
    return next(((key, properties[key]) for key in keys if key in properties), (keys[0], None))


def _feature(value: Any, default_image: str) -> tuple[str, str, float, list[float]]:
    """Image, class, score and outline of a feature.

    Raises:
        ValueError: the feature is wrong or of a kind that is not supported.
    """
    record = as_object(value, "the feature")
    if record.get("type") != "Feature":
        raise ValueError('the record is not of type "Feature"')
    properties = as_object(record.get("properties"), "properties")
    image = as_id(properties[IMAGE_KEY], IMAGE_KEY) if IMAGE_KEY in properties else default_image
    key, name = _first(properties, CLASS_KEYS)
    atom = class_atom(as_text(name, f"the property {key}"))
    key, score = _first(properties, SCORE_KEYS)
    number = check_score(as_number(score, key)) if key in properties else 1.0
    return image, atom, number, _outline(record.get("geometry"))


def _read(source: Path, options: ImportOptions, problems: Problems, progress: Progress) -> Images:
    if source.is_dir():
        files = files_in(source, (".geojson", ".json"), holds=HOLDS)
    else:
        check_file(source, holds=f"{HOLDS} or a folder of them")
        files = [source]
    projector = Projector()
    total = sum(path.stat().st_size for path in files)
    before = 0
    systems: list[str] = []
    images: dict[str, Path] = {}
    with Spill() as spill:
        for path in files:
            try:
                first = images.setdefault(check_image_id(path.stem), path)
                if first is not path:
                    raise ValueError(f"the image {path.stem} has two files, see {first.name}")
                report = partial(_report, progress, before, total)
                _spill_file(path, spill, systems, projector, problems, report)
            except FormatError as error:
                problems.report(error)
            except ValueError as error:
                problems.report(Origin(path).error(str(error)))
            before += path.stat().st_size
        progress(total, total)
        for image, records in spill.groups():
            placed = _image(image, list(_at_most(records, problems)), systems, projector, options.gsd, problems)
            if placed is not None:
                yield placed


def _report(progress: Progress, before: int, total: int, done: int) -> None:
    progress(before + done, total)


def _spill_file(
    path: Path,
    spill: Spill,
    systems: list[str],
    projector: Projector,
    problems: Problems,
    progress: Callable[[int], None],
) -> None:
    """Put the features of a file into the store; their tag is the index of the file's coordinate reference system."""
    if scan_json(path) == "[":
        raise Origin(path).error("the file is a list, expected a FeatureCollection")
    name = _crs_name(path)
    try:
        projector.system(name)
    except ValueError as error:
        raise Origin(path, record="crs").error(f"{error}: {shown(name)}") from None
    if name not in systems:
        systems.append(name)
    tag = systems.index(name)
    index = -1
    for index, (value, position) in enumerate(json_items(path, "features.item")):
        if index % 1000 == 0:
            progress(position)
        origin = Origin(path, record=f"features[{index}]")
        try:
            image, atom, score, points = _feature(value, path.stem)
        except ValueError as error:
            problems.report(origin.error(str(error)))
            continue
        spill.add(image, origin, atom, score, points, tag)
    if index < 0:
        check_list(path, "features")
        spill.add_image(path.stem)


def _at_most(records: Iterator[SpilledRecord], problems: Problems) -> Iterator[SpilledRecord]:
    for number, record in enumerate(records):
        if number < MAX_DETECTIONS:
            yield record
        else:
            problems.report(record.origin.error(f"the image has more than {MAX_DETECTIONS:,} detections"))


def _image(
    image: str,
    records: list[SpilledRecord],
    systems: list[str],
    projector: Projector,
    gsd: float | None,
    problems: Problems,
) -> tuple[ImageRecord, Detections] | None:
    """The image with its frame, and its detections in pixels of it; None where there is no frame for it."""
    columns = DetectionColumns(problems)
    tag = records[0].tag if records else 0
    for record in records:
        if record.tag != tag:
            message = f"the image {image} has another coordinate reference system in {records[0].origin.path.name}"
            problems.report(record.origin.error(message))
    kept = [record for record in records if record.tag == tag]
    if not kept:
        return ImageRecord(id=image, gsd=gsd), columns.build()
    gsd = gsd or DEFAULT_GSD
    points = np.concatenate([np.frombuffer(record.points, dtype=np.float64) for record in kept]).reshape(-1, 2)
    try:
        frame, pixels = projector.frame(systems[tag], points, gsd)
    except ValueError as error:
        hint = f"features that belong to different images need the property `{IMAGE_KEY}`"
        problems.report(kept[0].origin.error(f"image {image}: {error}", hint=hint))
        return None
    flat = pixels.ravel()
    start = 0
    for record in kept:
        try:
            columns.add(record.origin, record.name, record.score, flat[start : start + len(record.points)].tolist())
        except ValueError as error:
            problems.report(record.origin.error(str(error)))
        start += len(record.points)
    return ImageRecord(id=image, gsd=gsd, crs=frame.crs, transform=frame.transform), columns.build()


GEOJSON = Format("geojson", "GeoJSON FeatureCollections of polygons, a file or a folder", frozenset({"gsd"}), _read)
