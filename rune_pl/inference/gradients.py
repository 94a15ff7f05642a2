"""How the answer changes with each detection: d P / d p, for explanations and for calibration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rune_pl.inference.facts import Facts
from rune_pl.inference.ground import Grounder
from rune_pl.inference.kernels.backward import differentiate
from rune_pl.inference.plan import Plan

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_FIRST_MOVES, _MOST_MOVES = 1 << 14, 1 << 25


@dataclass(frozen=True, eq=False)
class Gradients:
    """The derivative of each image's probability by each of its facts.

    Attributes:
        image: (F,) int64, index of the image.
        detection: (F,) int32, number of the detection in the image.
        label: (F,) int64, class code.
        probability: (F,) float64, of the fact, evidence included.
        value: (F,) float64, d P / d p where the other facts of the same detection stay and "nothing there" gives way;
            0 for facts that the query is not about; NaN for all facts of an image too complex to differentiate.
    """

    image: IntArray
    detection: NDArray[np.int32]
    label: IntArray
    probability: FloatArray
    value: FloatArray


def gradients(grounder: Grounder, plan: Plan, images: IntArray, facts: Facts) -> Gradients:
    """The derivatives for these images; the grounder must take certain facts as it takes others."""
    roots = grounder.ground(plan, images)
    gates = grounder.lineage.gates()
    value = np.zeros(len(facts))
    stop = np.zeros(1, dtype=np.int8)
    for image, root in zip(images, roots, strict=True):
        if root < 0:
            continue  # certain or impossible, whatever the detections
        node, sign = root >> 1, -1.0 if root & 1 else 1.0
        first, last = np.searchsorted(facts.image, [image, image + 1])
        if node < len(facts):
            value[node] = sign
            continue
        moves, done = _FIRST_MOVES, False
        mine = np.zeros(len(facts))
        while not done and moves <= _MOST_MOVES:
            mine[first:last] = 0.0
            done = differentiate(
                node - len(facts), gates, facts.row, facts.probability, grounder.boxes.center, moves, stop, mine
            )
            moves *= 8
        value[first:last] = sign * mine[first:last] if done else np.nan
    return Gradients(facts.image, grounder.numbers[facts.row], facts.label, facts.probability, value)
