"""xBD (xView2) labels: one JSON file per image, buildings with a grade of damage in pixels and on the map.

    {"features": {"xy": [{"properties": {"feature_type": "building", "subtype": "no-damage", "uid": "..."},
                          "wkt": "POLYGON ((...))"}], "lng_lat": [...]},
     "metadata": {"width": 1024, "height": 1024, "capture_date": "...", "disaster": "...", "img_name": "..."}}

The outlines of both lists together say where each pixel lies.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

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
    files_in,
    shown,
)
from rune_pl.archive.formats.columns import DetectionColumns
from rune_pl.archive.formats.frames import METRES_PER_DEGREE
from rune_pl.archive.formats.images import ImageSizes
from rune_pl.archive.formats.json_stream import as_number, as_object, as_text, json_items, scan_json
from rune_pl.archive.formats.text import check_coordinates, check_gsd
from rune_pl.archive.records import Detections, ImageRecord
from rune_pl.errors import FormatError

HOLDS = "xBD labels (.json)"
MAX_MISFIT = 2.0  # pixels that an outline on the map may lie beside the one in the image

GRADES: Mapping[str, str] = MappingProxyType(
    {
        "no-damage": "undamaged_building",
        "minor-damage": "minor_damage_building",
        "major-damage": "major_damage_building",
        "destroyed": "destroyed_building",
        "un-classified": "unclassified_building",
    }
)
"""The classes of buildings by the `subtype` of a label; a building without one is unclassified."""

Points = NDArray[np.float64]
Transform = tuple[float, float, float, float, float, float]

_POLYGON = re.compile(r"\s*(MULTI)?POLYGON\b", re.IGNORECASE)


def _outline(wkt: Any) -> Points:
    """(n, 2) points of the exteriors of a polygon, the closing ones left out."""
    text = as_text(wkt, "wkt")
    if not _POLYGON.match(text):  # collections may nest without end
        raise ValueError(f"the wkt is {shown(text)}, expected a POLYGON")
    try:
        with np.errstate(all="ignore"):  # a number too large is infinite here and refused later
            geometry = shapely.from_wkt(text)
    except shapely.errors.ShapelyError as error:
        raise ValueError(f"the wkt is no polygon: {shown(str(error))}") from None
    rings = [shapely.get_coordinates(part.exterior)[:-1] for part in getattr(geometry, "geoms", [geometry])]
    points = np.concatenate(rings) if rings else np.zeros((0, 2))
    if len(points) < 3:
        raise ValueError("the polygon has less than three corners")
    return points


def _feature(value: Any) -> tuple[str, str | None, Points]:
    """Class, uid and outline of a feature. Raises ValueError where it is wrong."""
    record = as_object(value, "the feature")
    properties = as_object(record.get("properties"), "properties")
    kind = class_atom(as_text(properties.get("feature_type", "building"), "feature_type"))
    if kind == "building":
        grade = properties.get("subtype")
        name = "un-classified" if grade is None else as_text(grade, "subtype")
        if name not in GRADES:
            raise ValueError(f"the subtype is {shown(name)}, expected one of {', '.join(GRADES)}")
        kind = GRADES[name]
    uid = properties.get("uid")
    return kind, None if uid is None else as_text(uid, "uid"), _outline(record.get("wkt"))


def _record(path: Path) -> ImageRecord:
    """What the metadata of a file say about its image."""
    origin = Origin(path, record="metadata")
    for value, _ in json_items(path, "metadata"):
        try:
            given = as_object(value, "metadata")
            sides = [_side(given.get(name), name) for name in ("width", "height")]
            gsd, time, source, name = (given.get(key) for key in ("gsd", "capture_date", "disaster", "img_name"))
            return ImageRecord(
                id=path.stem,
                path=None if name is None else check_image_id(as_text(name, "img_name")),
                width=None if None in sides else sides[0],
                height=None if None in sides else sides[1],
                gsd=None if gsd is None else check_gsd(as_number(gsd, "gsd")),
                time=None if time is None else _time(as_text(time, "capture_date")),
                source=None if source is None else as_text(source, "disaster"),
            )
        except ValueError as error:
            raise origin.error(str(error)) from None
    raise Origin(path).error("the file has no metadata", hint=f"expected {HOLDS}")


def _side(value: Any, what: str) -> int | None:
    if value is None:
        return None
    side = as_number(value, what)
    if side != int(side) or not 0 < side <= MAX_SIDE:
        raise ValueError(f"{what} is {side:g}, expected a whole number of pixels from 1 to {MAX_SIDE:,}")
    return int(side)


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.removesuffix("Z") + ("+00:00" if text.endswith("Z") else ""))
    except ValueError:
        raise ValueError(f"the capture_date {shown(text)} is not a time such as 2017-08-31T17:58:26.000Z") from None


def _georeference(pixels: Mapping[str, Points], path: Path, problems: Problems) -> Transform | None:
    """The affine transform from pixels to degrees, fitted to the outlines that both lists have; None without it."""
    pairs: list[tuple[Points, Points]] = []
    for index, (value, _) in enumerate(json_items(path, "features.lng_lat.item")):
        try:
            _, uid, outline = _feature(value)
            check_coordinates(outline.ravel().tolist())
        except ValueError as error:
            problems.report(Origin(path, record=f"features.lng_lat[{index}]").error(str(error)))
            continue
        known = None if uid is None else pixels.get(uid)
        if known is not None and len(known) == len(outline):
            pairs.append((known, outline))
    if not pairs:
        return None
    xy, degrees = (np.concatenate(side) for side in zip(*pairs, strict=True))
    # About the middle, or the digits are lost in the size of the numbers.
    middle, centre = xy.mean(axis=0), degrees.mean(axis=0)
    fitted, _, rank, _ = np.linalg.lstsq(xy - middle, degrees - centre, rcond=1e-6)
    if rank < 2:
        return None
    inverse = np.linalg.pinv(fitted)
    misfit = np.abs((degrees - centre) @ inverse - (xy - middle)).max()
    if not misfit <= MAX_MISFIT:
        message = f"xy and lng_lat do not fit: {misfit:.3g} pixels apart under the best affine transform"
        problems.report(Origin(path, record="features.lng_lat").error(message))
        return None
    (a, d), (b, e) = fitted.tolist()
    c, f = (centre - middle @ fitted).tolist()
    return (a, b, c, d, e, f)


def _metres(transform: Transform, record: ImageRecord) -> float | None:
    """Metres per pixel in the middle of a georeferenced image; None where it lies nowhere on Earth."""
    a, b, _, d, e, f = transform
    latitude = d * (record.width or 0) / 2 + e * (record.height or 0) / 2 + f
    area = abs(a * e - b * d) * METRES_PER_DEGREE**2 * math.cos(math.radians(latitude))
    metres = math.sqrt(area) if abs(latitude) < 90 and area > 0 else math.nan
    try:
        return check_gsd(metres)
    except ValueError:
        return None


def _image(path: Path, problems: Problems) -> tuple[ImageRecord, Detections] | None:
    """The image of a file with its buildings; None where there is nothing of use in it."""
    if scan_json(path) == "[":
        raise Origin(path).error("the file is a list, expected an object", hint=f"expected {HOLDS}")
    record = _record(path)
    columns, outlines = DetectionColumns(problems), dict[str, Points]()
    before = problems.count
    for index, (value, _) in enumerate(json_items(path, "features.xy.item")):
        origin = Origin(path, record=f"features.xy[{index}]")
        try:
            name, uid, outline = _feature(value)
            points = check_coordinates(outline.ravel().tolist())
            # Four corners would be kept as they are; with the closing point they are an outline as any other.
            columns.add(origin, name, 1.0, points if len(points) != 8 else [*points, *points[:2]])
        except ValueError as error:
            problems.report(origin.error(str(error)))
            continue
        if uid is not None:
            outlines[uid] = outline
    if problems.count > before and not len(columns):
        return None
    transform = _georeference(outlines, path, problems)
    if transform is not None:
        # The metadata have the distance of the sensor, from which these images were resampled.
        gsd = _metres(transform, record) or record.gsd
        record = replace(record, gsd=gsd, crs="EPSG:4326", transform=transform)
    return record, columns.build()


def _read(source: Path, options: ImportOptions, problems: Problems, progress: Progress) -> Images:
    if source.is_dir():
        files = files_in(source, (".json",), holds=HOLDS)
    else:
        check_file(source, holds=f"{HOLDS} or a folder of them")
        files = [source]
    sizes = ImageSizes(options, problems)
    seen: dict[str, Path] = {}
    for done, path in enumerate(files):
        progress(done, len(files))
        try:
            first = seen.setdefault(check_image_id(path.stem), path)
            if first is not path:
                raise ValueError(f"the image {path.stem} has two files, see {first.name}")
            found = _image(path, problems)
        except FormatError as error:
            problems.report(error)
        except ValueError as error:
            problems.report(Origin(path).error(str(error)))
        else:
            if found is not None:
                yield sizes.complete(found[0]), found[1]
    progress(len(files), len(files))


XBD = Format("xbd", "xBD (xView2) labels, a JSON file or a folder", frozenset({"size", "images", "gsd"}), _read)
