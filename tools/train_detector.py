"""Trains the demo detector on generated scenes and writes it as ONNX.

    python -m tools.train_detector --minutes 66 --out build/detector

Run by `make train-detector`. On two cores about six images a second; a GPU is taken where there is one.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import Any

import click

from tools.detector.data import SIZE, write_data

MODEL = Path(__file__).parent / "detector" / "demo-detector.yaml"
RECIPE: dict[str, Any] = {
    "imgsz": SIZE,
    "epochs": 100,  # the time ends it sooner
    "batch": 16,
    "nbs": 16,
    "optimizer": "AdamW",
    "lr0": 0.003,
    "lrf": 0.02,
    "cos_lr": True,
    "warmup_epochs": 0.5,
    "weight_decay": 0.0005,
    # Scenes already come in all directions, lights and scales: little is left to be varied.
    "flipud": 0.5,
    "fliplr": 0.5,
    "scale": 0.25,
    "translate": 0.1,
    "mosaic": 0.0,
    "erasing": 0.0,
    "hsv_h": 0.01,
    "hsv_s": 0.3,
    "hsv_v": 0.2,
}


def main() -> None:
    """Draw the scenes, train, export."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("build/detector"), help="folder for data, runs and the result")
    parser.add_argument("--scenes", type=int, default=2700, help="scenes to train on")
    parser.add_argument("--minutes", type=float, default=66.0, help="how long to train")
    parser.add_argument("--init", type=Path, help="a .pt file to go on from")
    parser.add_argument("--rate", type=float, default=RECIPE["lr0"], help="the first learning rate")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    data = write_data(options.out / "data", {"train": options.scenes, "val": 180})
    best = train(data, options)
    from tools.detector.export import export

    target = options.out / "demo-detector.onnx"
    export(best, target, SIZE)
    click.echo(f"{target}: {target.stat().st_size / 1e6:.2f} MB")


def train(data: Path, options: argparse.Namespace) -> Path:
    """Train for a while; the best weights of the run."""
    for name, value in {"YOLO_OFFLINE": "1", "YOLO_AUTOINSTALL": "0"}.items():
        os.environ.setdefault(name, value)
    import torch

    from rune_pl.detect.torchvision_guard import guard_torchvision

    guard_torchvision()
    from ultralytics import YOLO

    began, batches = time.monotonic(), 0

    def prepare(trainer: Any) -> None:
        torch.set_num_threads(options.threads)  # ultralytics leaves one core to others
        trainer.model.to(memory_format=torch.channels_last)  # convolutions on a CPU are twice as fast

    def say(trainer: Any) -> None:
        nonlocal batches
        batches += 1
        if batches % 50 == 0:
            losses = {name: round(float(value), 3) for name, value in trainer.loss_items.items()}
            click.echo(f"batch {batches}, {time.monotonic() - began:.0f} s: {losses}")

    model = YOLO(str(options.init or MODEL), task="obb")
    model.add_callback("on_train_start", prepare)
    model.add_callback("on_train_batch_end", say)
    model.train(
        data=str(data),
        time=options.minutes / 60,
        device=0 if torch.cuda.is_available() else "cpu",
        amp=torch.cuda.is_available(),
        workers=0,
        cache="ram",
        pretrained=False,
        plots=False,
        seed=0,
        project=str((options.out / "runs").resolve()),
        name="demo",
        exist_ok=True,
        **{**RECIPE, "lr0": options.rate},
    )
    return Path(model.trainer.best)


if __name__ == "__main__":
    main()
