"""The picture of a proof: the image with the boxes of the detections, and the relations between them as lines."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rune_pl.explain.export.view import Line, chance

_LARGEST = 1400  # pixels of the longer side of an embedded picture

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Box:
    """A detection in the picture: its corners as SVG points, where its label goes, and whether a proof names it."""

    id: str
    label: str
    probability: str
    points: str
    x: float
    y: float
    used: bool


@dataclass(frozen=True)
class Link:
    """A relation between two detections, from middle to middle."""

    text: str
    ends: tuple[str, str]
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True)
class Picture:
    """What to draw, in pixels of the image.

    `data` is the image as a data URI, None where it cannot be read; `letters` is the size of labels.
    """

    width: float
    height: float
    data: str | None
    letters: float
    boxes: tuple[Box, ...]
    links: tuple[Link, ...]


def draw(content: Json, file: Path | None, trees: Iterable[Line], *, largest: int = _LARGEST) -> Picture:
    """The picture of a document, with the image where its file can be read."""
    scene = content["scene"]
    lines = [line for tree in trees for _, line in tree.walk()]
    used = {d for line in lines for d in line.detections}
    # Those of a proof come last, on top of the others.
    data, size = _embedded(file, largest)
    corners = [corner for d in scene["detections"] for corner in d["corners"]]
    width = scene["width"] or (size[0] if size else max((math.ceil(x) for x, _ in corners), default=1))
    height = scene["height"] or (size[1] if size else max((math.ceil(y) for _, y in corners), default=1))
    letters = max(width, height) / 42
    # Those of a proof come last, on top of the others.
    boxes = sorted((_box(d, used, width, height, letters) for d in scene["detections"]), key=lambda b: b.used)
    middle = {b.id: (b.x, b.y) for b in boxes}
    links = {}
    for line in lines:
        ends = line.detections
        if line.kind == "rule" and len(ends) == 2 and all(end in middle for end in ends):
            (x1, y1), (x2, y2) = (middle[end] for end in ends)
            links[line.text] = Link(line.text, (ends[0], ends[1]), x1, y1, x2, y2)
    return Picture(width, height, data, letters, tuple(boxes), tuple(links.values()))


def _box(detection: Json, used: set[str], width: float, height: float, letters: float) -> Box:
    corners = detection["corners"]
    return Box(
        id=detection["id"],
        label=detection["class"].replace("_", " "),
        probability=chance(detection["probability"]),
        points=" ".join(f"{x:.1f},{y:.1f}" for x, y in corners),
        # Boxes at the edge keep their label in the picture.
        x=min(max(sum(x for x, _ in corners) / 4, 2 * letters), width - 2 * letters),
        y=min(max(sum(y for _, y in corners) / 4, letters), height - letters / 2),
        used=detection["id"] in used,
    )


def _embedded(file: Path | None, largest: int) -> tuple[str | None, tuple[int, int] | None]:
    """The image as a data URI, and its size; nothing where there is no such image."""
    from PIL import Image

    if file is None:
        return None, None
    try:
        with Image.open(file) as image:
            size = image.size
            small = image.convert("RGB")
            small.thumbnail((largest, largest))
            out = io.BytesIO()
            small.save(out, "JPEG", quality=82)
    except (OSError, ValueError, Image.DecompressionBombError):
        return None, None
    return f"data:image/jpeg;base64,{base64.b64encode(out.getvalue()).decode('ascii')}", size
