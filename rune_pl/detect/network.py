"""What the runtimes share: pixels into a network's input, its output into candidates."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive.files import file_sha256
from rune_pl.detect.detector import Candidates, Pixels
from rune_pl.errors import WeightsError

ORIENTED, UPRIGHT = "obb", "detect"
TASKS = (ORIENTED, UPRIGHT)


def weights_sha256(path: Path) -> str:
    """SHA-256 of a weights file, in hexadecimal.

    Raises:
        WeightsError: it cannot be read.
    """
    try:
        return file_sha256(path)
    except OSError as error:
        raise WeightsError(f"cannot be read: {error.strerror or error}", path=path) from None


def network_input(tiles: Sequence[Pixels]) -> NDArray[np.float32]:
    """(n, 3, size, size) float32 in [0, 1] of (size, size, 3) uint8 tiles."""
    stacked = np.stack(tiles).transpose(0, 3, 1, 2)
    return np.ascontiguousarray(stacked, dtype=np.float32) / np.float32(255)


def candidates(output: NDArray[np.float32], classes: int, least: float) -> Candidates:
    """The candidates in the output of a network for one tile.

    Args:
        output: (4 + classes, A) or, with angles, (4 + classes + 1, A): centre, width, height in pixels; a score per
            class; the angle in radians.
        classes: how many there are.
        least: the smallest probability that the best class of a candidate may have.
    """
    scores = output[4 : 4 + classes].T
    kept = np.flatnonzero(scores.max(axis=1, initial=0.0) >= least)
    angle = output[4 + classes, kept] if len(output) > 4 + classes else np.zeros(len(kept), dtype=np.float32)
    boxes = np.column_stack([output[:4, kept].T, angle]).astype(np.float64)
    whole = np.isfinite(boxes).all(axis=1) & (boxes[:, 2:4] > 0).all(axis=1)
    return Candidates(boxes[whole], np.clip(scores[kept][whole].astype(np.float64), 0.0, 1.0))


def check_output(shape: Sequence[int], classes: int, task: str, path: Path) -> None:
    """Raises WeightsError where a network's output is not what `candidates` reads."""
    rows = 4 + classes + (task == ORIENTED)
    if len(shape) != 3 or shape[1] != rows:
        raise WeightsError(
            f"the network's output has shape {tuple(shape)}, expected (tiles, {rows}, places)",
            path=path,
            hint="export the network without built-in suppression (ultralytics: nms=False, end2end=False)",
        )
