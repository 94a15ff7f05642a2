"""The model card of the demo detector, with the figures that were measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_DATA = (
    "2,700 scenes of nine kinds from `rune_pl.sample` (seed 1001), 512 x 512 pixels, with shadows, haze, "
    "clutter that looks like objects, and objects cut by the edge"
)


def card(figures: Mapping[str, Any], size: int) -> str:
    """The card as Markdown.

    Args:
        figures: what `tools.detector.evaluate` measures.
        size: of the weights file in bytes.
    """
    rows = "\n".join(
        f"| `{name}` | {entry['objects']:,} | {entry['ap50']:.3f} |" for name, entry in figures["classes"].items()
    )
    return f"""\
# The demo detector

A small YOLO11-OBB that finds oriented objects in the generated scenes of rune-pl. It is for demonstrations and tests.
**It does not transfer to real photographs**: it has never seen one.

| | |
|---|---|
| file | `demo-detector.onnx`, {size / 1e6:.2f} MB, SHA-256 `{figures["sha256"]}` |
| network | YOLO11-OBB, 1.1 million parameters, weights in half precision; input 512 x 512 RGB |
| classes | {len(figures["classes"])}, below |
| data | {_DATA} |
| training | ultralytics, from random weights, on two cores of a CPU: `make train-detector` |
| licence | AGPL-3.0, as it was trained with ultralytics |

Measured on {figures["scenes"]} scenes that it was neither trained nor calibrated on
(`python -m tools.detector.evaluate`):

| | |
|---|---|
| mAP at an oriented IoU of 0.5 | {figures["map50"]:.3f} |
| ECE of scores, and after calibration | {figures["ece_before"]:.3f}, {figures["ece_after"]:.3f} |
| Brier score of scores, and after calibration | {figures["brier_before"]:.3f}, {figures["brier_after"]:.3f} |

| class | objects | AP50 |
|---|---|---|
{rows}

The calibration that ships (`demo-detector.calibration.json`) was fitted on {figures["scenes"]} scenes of another seed.
"""
