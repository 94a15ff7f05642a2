"""Measures a detector on generated scenes that it has not seen, and fits its calibration on others.

    python -m tools.detector.evaluate build/detector/demo-detector.onnx [--ship]

Prints average precision at an oriented IoU of 0.5 by class, and ECE and Brier before and after calibration. The
calibration is fitted on one set of scenes and everything is measured on another. `--ship` puts weights, calibration,
figures and card into the package.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from rune_pl.archive import Archive, ArchiveWriter, Detections, ImageRecord, Provenance
from rune_pl.archive.scenes import Scenes
from rune_pl.calibration import brier, calibration_error, fit_calibration, match_detections
from rune_pl.detect import Detector, Settings, detect_picture, open_detector, to_detections
from rune_pl.detect.run import OVERLAP_SHARE, class_names
from rune_pl.sample import generate_scene
from rune_pl.sample.bundle import scene_names
from rune_pl.sample.drawn import DrawnPicture
from rune_pl.sample.scene import CLASSES, SampleScene
from tools.detector.card import card
from tools.detector.data import SEEDS, SIZE

PACKAGE = Path(__file__).resolve().parents[2] / "rune_pl" / "detect" / "data"


def main() -> None:
    """Draw, detect, calibrate, measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--scenes", type=int, default=270, help="of each set (default 270)")
    parser.add_argument("--ship", action="store_true", help="put the result into the package")
    options = parser.parse_args()
    detector = open_detector(options.weights)
    with tempfile.TemporaryDirectory() as folder:
        fitting = look(detector, "calibrate", options.scenes, Path(folder))
        testing = look(detector, "test", options.scenes, Path(folder))
    calibration = fit_calibration(*fitting)
    figures = measure(*testing, calibration.apply(testing[0]))
    figures |= {"scenes": options.scenes, "size": SIZE, "sha256": detector.sha256}
    click.echo(json.dumps(figures, indent=1))
    if options.ship:
        PACKAGE.mkdir(exist_ok=True)
        shutil.copy(options.weights, PACKAGE / "demo-detector.onnx")
        calibration.save(PACKAGE / "demo-detector.calibration.json")
        (PACKAGE / "demo-detector.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        (PACKAGE / "demo-detector.md").write_text(card(figures, options.weights.stat().st_size), encoding="utf-8")


def look(detector: Detector, split: str, count: int, folder: Path) -> tuple[Scenes, Scenes]:
    """What a detector finds in the scenes of a split, and what is there."""
    provenance = Provenance(tool="tools.detector.evaluate", version="1")
    settings = Settings(tile=SIZE, overlap=round(SIZE * OVERLAP_SHARE))
    names = class_names(detector)
    with (
        ArchiveWriter(folder / split, provenance=provenance, classes=names) as found,
        ArchiveWriter(folder / f"{split}-truth", provenance=provenance, classes=names) as truth,
    ):
        for name, seed, kind in scene_names(count, SEEDS[split]):
            scene = generate_scene(seed, kind, SIZE)
            record = ImageRecord(id=name, width=SIZE, height=SIZE, gsd=scene.gsd)
            found.add(record, to_detections(detect_picture(DrawnPicture(scene), detector, settings), names))
            truth.add(record, certain(scene))
    return Archive.open(folder / split).scenes(), Archive.open(folder / f"{split}-truth").scenes()


def certain(scene: SampleScene) -> Detections:
    """The objects of a scene as detections with probability 1."""
    count = len(scene.objects)
    return Detections(scene.objects.classes, np.ones(count, np.float32), np.ones(count), scene.objects.corners)


def measure(found: Scenes, truth: Scenes, calibrated: Scenes) -> dict[str, Any]:
    """Average precision by class and in the mean, and how far scores and probabilities are from what comes true."""
    right = match_detections(found, truth)
    classes = {}
    for name in CLASSES:
        mine, there = found.label == found.classes.index(name), truth.label == truth.classes.index(name)
        if there.any():
            ap = average_precision(found.score[mine], right[mine], int(there.sum()))
            classes[name] = {"objects": int(there.sum()), "ap50": round(ap, 4)}
    return {
        "map50": round(float(np.mean([entry["ap50"] for entry in classes.values()])), 4),
        "ece_before": round(calibration_error(found.probability, right), 4),
        "ece_after": round(calibration_error(calibrated.probability, right), 4),
        "brier_before": round(brier(found.probability, right), 4),
        "brier_after": round(brier(calibrated.probability, right), 4),
        "classes": classes,
    }


def average_precision(score: NDArray[Any], right: NDArray[np.bool_], objects: int) -> float:
    """Area under the precision-recall curve, with precision made to fall as recall rises (as PASCAL VOC since 2010)."""
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(right[order])
    precision = hits / np.arange(1, len(hits) + 1)
    recall = np.concatenate([[0.0], hits / objects])
    best = np.maximum.accumulate(precision[::-1])[::-1]
    return float((np.diff(recall) * best).sum())


if __name__ == "__main__":
    main()
