"""Rebuilds the sample that ships with rune-pl: rune_pl/sample/data. Run it with the Python of a checkout in which
rune-pl is installed with the extra `onnx` (`make dev` leaves one in .venv).

    python tools/make_sample.py [--seed N] [--output DIRECTORY]

Scenes are drawn, the demo detector looks at them, and its calibration, which was fitted on other scenes, makes
probabilities of its scores. The layouts and true boxes are the same on every machine; the pixels are the same for the
same versions of numpy and Pillow, and what is detected for the same version of onnxruntime.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

import click

from rune_pl.archive import ArchiveWriter, ImageRecord
from rune_pl.calibration import Calibration
from rune_pl.detect import Settings, detect_picture, open_detector, open_picture, shipped_detector, to_detections
from rune_pl.detect.run import OVERLAP_SHARE, calibrated, class_names, provenance_of
from rune_pl.sample import generate_scene, write_sample
from rune_pl.sample.bundle import ARCHIVE, DETECTIONS, IMAGES, dota_name, results_text, scene_names

SCENES, SEED, SIZE = 40, 24, 512
CONFIDENCE = 0.1
ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Write the sample beside the old one, then replace its parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=SEED, help=f"seed of the scenes (default {SEED})")
    parser.add_argument("--output", type=Path, default=ROOT / "rune_pl" / "sample" / "data", help="where to write it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        fresh = write_sample(Path(folder) / "sample", SCENES, options.seed, size=SIZE)
        detect(fresh, options.seed)
        for part in sorted(fresh.iterdir()):
            target = options.output / part.name
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(part, target, ignore=shutil.ignore_patterns("*.lock"))
    size = sum(file.stat().st_size for file in options.output.rglob("*") if file.is_file())
    click.echo(f"{options.output}: {SCENES} scenes, {size / 1e6:.2f} MB")


def detect(sample: Path, seed: int) -> None:
    """Put what the demo detector finds in the place of the simulated detections, and write the archive."""
    shipped = shipped_detector()
    detector, calibration = open_detector(shipped.path, threads=1), Calibration.load(shipped.calibration)
    settings = Settings(tile=SIZE, overlap=round(SIZE * OVERLAP_SHARE), confidence=CONFIDENCE)
    names = class_names(detector)
    provenance = provenance_of(detector, settings, [IMAGES], shipped.name, calibration)
    shutil.rmtree(sample / DETECTIONS)
    (sample / DETECTIONS).mkdir()
    with ArchiveWriter(sample / ARCHIVE, provenance=provenance, classes=names) as writer:
        for image, scene_seed, kind in scene_names(SCENES, seed):
            scene = generate_scene(scene_seed, kind, SIZE)
            with open_picture(sample / IMAGES / f"{image}.jpg") as picture:
                raw = to_detections(detect_picture(picture, detector, settings), names)
            for name in sorted(set(raw.classes)):
                with (sample / DETECTIONS / f"Task1_{dota_name(name)}.txt").open("a", encoding="utf-8") as file:
                    file.write(results_text(name, image, raw))
            record = ImageRecord(
                id=image, path=f"../{IMAGES}/{image}.jpg", width=SIZE, height=SIZE, gsd=scene.gsd, crs=scene.crs,
                transform=scene.transform, source="generated",
            )  # fmt: skip
            writer.add(record, calibrated(raw, names, calibration))


if __name__ == "__main__":
    main()
