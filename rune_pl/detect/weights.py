"""The detector that ships with rune-pl, and what is known of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rune_pl.errors import UsageError

_DATA = Path(__file__).resolve().parent / "data"
DEMO = "demo-detector"


@dataclass(frozen=True)
class ShippedDetector:
    """A detector in the package.

    Attributes:
        name: as `--weights` takes it.
        summary, licence: one line each.
        path, card: the ONNX file, and its model card.
        calibration: the map from its scores to probabilities.
        facts: what its training wrote down: parameters, metrics, data.
    """

    name: str
    summary: str
    licence: str
    path: Path
    card: Path
    calibration: Path
    facts: dict[str, Any]


def shipped_detector(name: str = DEMO) -> ShippedDetector:
    """A detector by its name.

    Raises:
        UsageError: there is none of that name.
    """
    if name != DEMO:
        raise UsageError(f"there is no detector {name!r}", hint=f"the one that ships is {DEMO}")
    facts = json.loads((_DATA / f"{name}.json").read_text(encoding="utf-8"))
    return ShippedDetector(
        name=name,
        summary="YOLO-OBB for generated scenes; for demonstrations and tests, not for real photographs",
        licence="AGPL-3.0",
        path=_DATA / f"{name}.onnx",
        card=_DATA / f"{name}.md",
        calibration=_DATA / f"{name}.calibration.json",
        facts=facts,
    )


def find_weights(given: str | None) -> tuple[str, Path]:
    """Name and file of the weights that an option names: a file, the name of a shipped detector, or None for that one.

    Raises:
        UsageError: there is no such file.
    """
    if given is None or given == DEMO:
        return DEMO, shipped_detector().path
    path = Path(given)
    if not path.is_file():
        raise UsageError(
            f"there are no weights {given!r}",
            hint="give a .pt or .onnx file; yolo11n-obb.pt, for DOTA's classes, is at "
            "github.com/ultralytics/assets/releases",
        )
    return given, path
