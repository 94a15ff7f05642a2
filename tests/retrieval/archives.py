"""Small archives, and scenes as brute force sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rune_pl.archive import ArchiveWriter, Detections, ImageRecord, Provenance

Box = tuple[float, float, float, float]  # left, top, right, bottom
Item = tuple[str, float, Box]  # class, probability, where


def box(left: float, top: float = 0.0, width: float = 20.0, height: float = 10.0) -> Box:
    return (left, top, left + width, top + height)


def corners(where: Box) -> list[tuple[float, float]]:
    left, top, right, bottom = where
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def write_archive(
    path: Path, images: Mapping[str, Sequence[Item]], *, records: Mapping[str, Mapping[str, Any]] | None = None
) -> Path:
    """An archive of these images; `records` has what is known of each, by image."""
    known = records or {}
    with ArchiveWriter(path, provenance=Provenance("tests", "1", "write_archive")) as writer:
        for image, items in images.items():
            probability = np.array([p for _, p, _ in items], dtype=np.float64)
            found = Detections(
                classes=[label for label, _, _ in items],
                score=probability.astype(np.float32),
                probability=probability,
                corners=np.array([corners(where) for *_, where in items], dtype=np.float32).reshape(-1, 4, 2),
            )
            writer.add(ImageRecord(image, **known.get(image, {})), found)
    return path


PORT: Mapping[str, Sequence[Item]] = {
    # Two ships by a harbor, one far away, and a bridge.
    "P1": [
        ("ship", 0.8, box(0)),
        ("harbor", 0.9, box(30)),
        ("ship", 0.5, box(50)),
        ("ship", 0.6, box(5000)),
        ("bridge", 0.3, box(200)),
    ],
    "P2": [("ship", 0.7, box(0)), ("harbor", 0.2, box(30))],
    "P3": [("ship", 0.9, box(0)), ("harbor", 0.9, box(5000))],
    "P4": [],
    "P5": [("plane", 1.0, box(0)), ("plane", 0.4, box(30))],
}
NEAR = "retrieve :- object(A, ship), object(B, harbor), near(A, B)."
# P(NEAR): in P1 0.9 (1 - 0.2 * 0.5), in P2 0.7 * 0.2.
NEAR_BY_HAND = {"P1": 0.81, "P2": 0.14, "P3": 0.0, "P4": 0.0, "P5": 0.0}
