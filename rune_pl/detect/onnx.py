"""Exported weights through onnxruntime. The only module that imports it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rune_pl.detect.detector import Candidates, Pixels
from rune_pl.detect.network import ORIENTED, TASKS, candidates, check_output, network_input, weights_sha256
from rune_pl.errors import MissingExtraError, UsageError, WeightsError

_QUIET = 3  # onnxruntime's severity of errors


class OnnxDetector:
    """Weights that ultralytics exported as ONNX (`yolo export format=onnx`), or others of the same form.

    The file's metadata says the class names, the task and the size of the input.

    Raises:
        MissingExtraError: onnxruntime is not installed.
        WeightsError: the file is missing, broken, or no detector.
        UsageError: a size or device that the file or this machine does not take.
    """

    runtime = "onnx"

    def __init__(
        self, weights: Path, *, device: str = "auto", size: int | None = None, threads: int | None = None
    ) -> None:
        try:
            import onnxruntime
        except ImportError:
            raise MissingExtraError("onnxruntime is not installed", hint="pip install 'rune-pl[onnx]'") from None
        self.sha256 = weights_sha256(weights)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _QUIET
        if threads is not None:
            options.intra_op_num_threads = threads
        try:
            self._session: Any = onnxruntime.InferenceSession(
                str(weights), options, providers=_providers(onnxruntime.get_available_providers(), device)
            )
        except UsageError:
            raise
        except Exception as error:  # noqa: BLE001 - onnxruntime's exceptions have no common root of their own
            raise WeightsError(f"onnxruntime cannot load it: {_first_line(error)}", path=weights) from None
        metadata = self._session.get_modelmeta().custom_metadata_map
        self.classes = _names(metadata.get("names"), weights)
        self._task = metadata.get("task", ORIENTED)
        if self._task not in TASKS:
            raise WeightsError(f"a network for the task {self._task!r}", path=weights, hint=f"expected {ORIENTED}")
        entry = self._session.get_inputs()[0]
        self._input, self._dynamic_batch = entry.name, not isinstance(entry.shape[0], int)
        self.size = _size(entry.shape, metadata.get("imgsz"), size, weights)
        check_output(
            self._run([np.zeros((self.size, self.size, 3), np.uint8)]).shape, len(self.classes), self._task, weights
        )

    def find(self, tiles: Sequence[Pixels], least: float) -> list[Candidates]:
        """See `Detector.find`."""
        batches = [tiles] if self._dynamic_batch and tiles else [[tile] for tile in tiles]
        return [candidates(output, len(self.classes), least) for batch in batches for output in self._run(batch)]

    def _run(self, tiles: Sequence[Pixels]) -> Any:
        return self._session.run(None, {self._input: network_input(tiles)})[0]


def _providers(available: Sequence[str], device: str) -> list[str]:
    cpu, cuda = "CPUExecutionProvider", "CUDAExecutionProvider"
    if device == "cpu":
        return [cpu]
    if device == "auto":
        return [provider for provider in (cuda, cpu) if provider in available]
    if device.startswith("cuda") and cuda in available:
        return [cuda, cpu]
    raise UsageError(f"onnxruntime has no device {device!r} here", hint="use --device cpu, or install onnxruntime-gpu")


def _names(text: str | None, path: Path) -> tuple[str, ...]:
    """The class names in the metadata, which are a Python literal: a dictionary or a list."""
    try:
        found = ast.literal_eval(text or "")
        names = [found[key] for key in sorted(found)] if isinstance(found, dict) else list(found)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        names = []
    if not names or not all(isinstance(name, str) and name for name in names):
        raise WeightsError("its metadata has no class names", path=path, hint="export it with ultralytics")
    return tuple(names)


def _size(shape: Sequence[Any], stated: str | None, wanted: int | None, path: Path) -> int:
    """Side of the input: fixed in the file, or chosen, or what the metadata says."""
    height, width = shape[2], shape[3]
    if isinstance(height, int) and isinstance(width, int):
        if height != width:
            raise WeightsError(f"its input is {width} x {height} pixels, not square", path=path)
        if wanted not in (None, height):
            raise UsageError(
                f"{path} takes tiles of {height} pixels only", hint=f"leave --tile out, or --tile {height}"
            )
        return height
    if wanted is not None:
        return wanted
    try:
        return int(ast.literal_eval(stated or "")[0])
    except (ValueError, SyntaxError, TypeError, IndexError):
        raise WeightsError("it does not say the size of its input", path=path, hint="give --tile") from None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
