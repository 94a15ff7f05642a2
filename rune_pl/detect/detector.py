"""What a detector is: square tiles in, oriented boxes with class probabilities out. The runtimes implement it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rune_pl.errors import UsageError

FloatArray = NDArray[np.float64]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Candidates:
    """What a network says about one tile, before duplicates are removed.

    Attributes:
        boxes: (n, 5) float64: centre x, centre y, width, height in pixels of the tile, angle in radians (x axis to the
            width's direction, towards y). Detectors without angles give 0.
        probability: (n, C) float64 in [0, 1]: the network's score for each class, each on its own.
    """

    boxes: FloatArray
    probability: FloatArray


class Detector(Protocol):
    """A network that is loaded and can be asked.

    Attributes:
        runtime: "onnx" or "ultralytics".
        classes: the network's own class names, in the order of its columns.
        size: side of the square tiles that `find` takes, in pixels.
        sha256: of the weights file.
    """

    runtime: str
    classes: tuple[str, ...]
    size: int
    sha256: str

    def find(self, tiles: Sequence[Pixels], least: float) -> list[Candidates]:
        """The candidates of each tile whose best class has at least the probability `least`.

        Args:
            tiles: (size, size, 3) uint8 arrays, RGB.
        """
        ...


RUNTIMES = ("auto", "onnx", "ultralytics")
SUFFIXES = {".onnx": "onnx", ".pt": "ultralytics"}


def open_detector(
    weights: Path, *, runtime: str = "auto", device: str = "auto", size: int | None = None, threads: int | None = None
) -> Detector:
    """Load weights: `.onnx` through onnxruntime, `.pt` through ultralytics.

    Args:
        weights: the file. A `.pt` file is a Python pickle: loading one runs what it says, so take it from where you
            trust it. An ONNX file is data.
        runtime: "auto" goes by the suffix.
        device: "auto", "cpu", or what the runtime calls a device ("cuda:0").
        size: side of the tiles in pixels, for weights that take more than one; None is what they were trained with.
        threads: of the processor; None leaves it to the runtime.

    Raises:
        WeightsError: the file is missing, broken, or no detector.
        MissingExtraError: the runtime is not installed.
        UsageError: no runtime reads this file.
    """
    if runtime == "auto":
        if weights.suffix.lower() not in SUFFIXES:
            raise UsageError(f"{weights} is neither .onnx nor .pt", hint="name the runtime with --runtime")
        runtime = SUFFIXES[weights.suffix.lower()]
    if runtime == "onnx":
        from rune_pl.detect.onnx import OnnxDetector

        return OnnxDetector(weights, device=device, size=size, threads=threads)
    if runtime == "ultralytics":
        from rune_pl.detect.yolo import UltralyticsDetector

        return UltralyticsDetector(weights, device=device, size=size, threads=threads)
    raise UsageError(f"there is no runtime {runtime!r}", hint=f"choose from {', '.join(RUNTIMES)}")
