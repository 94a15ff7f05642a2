"""Trained weights as a small ONNX file: weights in half precision, arithmetic in single precision."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from rune_pl.detect.torchvision_guard import guard_torchvision

LEAST_VALUES = 64  # smaller tensors are constants of the arithmetic, and are left as they are


def export(weights: Path, target: Path, size: int) -> None:
    """Export a `.pt` file of ultralytics; class names, task and size go into the metadata."""
    guard_torchvision()
    from ultralytics import YOLO

    made = Path(YOLO(str(weights)).export(format="onnx", imgsz=size, opset=17, simplify=True, dynamic=False))
    model = halve_weights(onnx.load(str(made)))
    kept = {"names", "task", "imgsz", "stride"}
    properties = {entry.key: entry.value for entry in model.metadata_props if entry.key in kept}
    properties |= {"license": "AGPL-3.0", "description": "rune-pl demo detector for generated scenes"}
    del model.metadata_props[:]
    helper.set_model_props(model, dict(sorted(properties.items())))
    onnx.checker.check_model(model)
    target.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(target))


def halve_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """Store float32 weights as float16, with a cast back where they are used: half the size, the same operators."""
    graph = model.graph
    casts = []
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or int(np.prod(tensor.dims)) < LEAST_VALUES:
            continue
        name = tensor.name
        half = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), f"{name}.half")
        tensor.CopyFrom(half)
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], name=f"{name}.cast", to=TensorProto.FLOAT))
    for cast in reversed(casts):
        graph.node.insert(0, cast)
    return model
