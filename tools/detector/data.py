"""Generated scenes as training data in ultralytics' form: images/SPLIT/ID.jpg, labels/SPLIT/ID.txt, data.yaml."""

from __future__ import annotations

import os
from collections.abc import Iterator
from multiprocessing import Pool
from pathlib import Path

import click
import yaml

from rune_pl.sample import generate_scene
from rune_pl.sample.bundle import scene_names
from rune_pl.sample.scene import CLASSES, SampleScene

SIZE, QUALITY = 512, 90
# Seeds of the scenes; the sample that ships is drawn from 24, and the tests draw from small numbers.
SEEDS = {"train": 1001, "val": 1002, "calibrate": 1003, "test": 1004}


def write_data(folder: Path, scenes: dict[str, int]) -> Path:
    """Write scenes for some of the splits, and data.yaml; what is there already is kept.

    Returns:
        The data.yaml.
    """
    jobs = list(_jobs(folder, scenes))
    for split in scenes:
        for kind in ("images", "labels"):
            (folder / kind / split).mkdir(parents=True, exist_ok=True)
    with Pool(os.cpu_count()) as pool:
        for done, _ in enumerate(pool.imap_unordered(_write, jobs, chunksize=4), start=1):
            if done % 100 == 0:
                click.echo(f"{done} of {len(jobs)} scenes")
    described = {
        "path": str(folder.resolve()),
        "train": "images/train",
        "val": "images/val",
        "names": dict(enumerate(CLASSES)),
    }
    target = folder / "data.yaml"
    target.write_text(yaml.safe_dump(described, sort_keys=False), encoding="utf-8")
    return target


def label_text(scene: SampleScene) -> str:
    """The objects of a scene as a YOLO-OBB label file: class number and corners as shares of the image."""
    lines = []
    for name, corners in zip(scene.objects.classes, scene.objects.corners, strict=True):
        shares = [min(max(float(value) / scene.size, 0.0), 1.0) for point in corners for value in point]
        lines.append(f"{CLASSES.index(name)} " + " ".join(f"{share:.6f}" for share in shares) + "\n")
    return "".join(lines)


def _jobs(folder: Path, scenes: dict[str, int]) -> Iterator[tuple[Path, str, str, int, str]]:
    for split, count in scenes.items():
        for name, seed, kind in scene_names(count, SEEDS[split]):
            yield folder, split, name, seed, kind


def _write(job: tuple[Path, str, str, int, str]) -> None:
    folder, split, name, seed, kind = job
    label = folder / "labels" / split / f"{name}.txt"
    if label.exists():
        return
    scene = generate_scene(seed, kind, SIZE)
    scene.image.save(folder / "images" / split / f"{name}.jpg", quality=QUALITY)
    draft = label.with_suffix(".tmp")
    draft.write_text(label_text(scene), encoding="utf-8")
    draft.replace(label)
