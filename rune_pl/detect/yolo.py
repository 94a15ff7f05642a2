"""Weights of ultralytics through torch. The only module that imports them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rune_pl.detect.detector import Candidates, Pixels
from rune_pl.detect.network import TASKS, candidates, check_output, network_input, weights_sha256
from rune_pl.detect.torchvision_guard import guard_torchvision
from rune_pl.errors import MissingExtraError, UsageError, WeightsError

# ultralytics would otherwise look for updates, install packages and fetch weights by itself.
_OFFLINE = {"YOLO_OFFLINE": "1", "YOLO_AUTOINSTALL": "0", "YOLO_VERBOSE": "False"}
_MULTIPLE = 32  # sides that every YOLO takes


class UltralyticsDetector:
    """A `.pt` file of ultralytics: oriented boxes (YOLO-OBB), or upright ones.

    Only the network is used: its raw output is read, so that every class keeps its probability.

    Raises:
        MissingExtraError: torch or ultralytics is not installed.
        WeightsError: the file is missing, broken, or no detector.
        UsageError: a size or device that torch does not take.
    """

    runtime = "ultralytics"

    def __init__(
        self, weights: Path, *, device: str = "auto", size: int | None = None, threads: int | None = None
    ) -> None:
        self.sha256 = weights_sha256(weights)  # before ultralytics, which goes looking for files that are not there
        torch, yolo = import_ultralytics()
        if size is not None and size % _MULTIPLE:
            raise UsageError(f"tiles of {size} pixels", hint=f"a multiple of {_MULTIPLE}")
        try:
            model = yolo(str(weights), verbose=False)
            task, names, network = model.task, model.names, model.model.float().eval()
            trained = getattr(network, "args", {})
        except Exception as error:  # noqa: BLE001 - a broken pickle fails in many ways
            reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
            raise WeightsError(f"ultralytics cannot load it: {reason}", path=weights) from None
        if task not in TASKS:
            raise WeightsError(f"a network for the task {task!r}", path=weights, hint=f"expected {' or '.join(TASKS)}")
        self.classes = tuple(str(names[key]) for key in sorted(names))
        self.size = size or _trained_size(trained)
        self._torch = torch
        self._device = _device(torch, device)
        if hasattr(network.model[-1], "end2end"):
            network.model[-1].end2end = False  # the head that keeps all classes of all places
        self._network = network.to(self._device).fuse(verbose=False)
        if threads is not None:
            torch.set_num_threads(threads)
        blank = self._run([_blank(self.size)])
        check_output(blank.shape, len(self.classes), task, weights)

    def find(self, tiles: Sequence[Pixels], least: float) -> list[Candidates]:
        """See `Detector.find`."""
        return [candidates(output, len(self.classes), least) for output in self._run(tiles)] if tiles else []

    def _run(self, tiles: Sequence[Pixels]) -> Any:
        with self._torch.inference_mode():
            output = self._network(self._torch.from_numpy(network_input(tiles)).to(self._device))
        return (output[0] if isinstance(output, tuple | list) else output).cpu().numpy()


def import_ultralytics() -> tuple[Any, Any]:
    """torch, and the class of models of ultralytics.

    Raises:
        MissingExtraError: one of them is not installed.
    """
    for name, value in _OFFLINE.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("YOLO_CONFIG_DIR", tempfile.gettempdir())
    try:
        import torch

        guard_torchvision()
        from ultralytics import YOLO
    except ImportError as error:
        raise MissingExtraError(
            f"{error.name or 'ultralytics'} is not installed", hint="pip install 'rune-pl[vision]'"
        ) from None
    return torch, YOLO


def _device(torch: Any, name: str) -> Any:
    if name == "auto":
        name = "cuda:0" if torch.cuda.is_available() else "cpu"
    try:
        return torch.zeros(1, device=name).device
    except (RuntimeError, AssertionError) as error:
        raise UsageError(f"torch has no device {name!r} here: {str(error).splitlines()[0]}") from None


def _trained_size(arguments: Any) -> int:
    size = arguments.get("imgsz") if isinstance(arguments, dict) else getattr(arguments, "imgsz", None)
    if isinstance(size, list | tuple):
        size = size[0] if size else None
    return int(size) if size else 1024


def _blank(size: int) -> Pixels:
    import numpy as np

    return np.zeros((size, size, 3), dtype=np.uint8)
