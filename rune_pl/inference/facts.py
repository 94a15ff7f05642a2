"""Probabilistic facts: `P :: object(d7, ship)` as columns, with evidence already taken into account."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive.scenes import Scenes
from rune_pl.errors import EvidenceError
from rune_pl.inference.evidence import Evidence, Observation

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Facts:
    """F facts `probability :: object(detection, class)`, sorted by detection.

    Facts of one detection exclude each other (an annotated disjunction); facts of different detections are independent.

    Attributes:
        row: (F,) int64, row of the detection in the scenes.
        label: (F,) int64, class code.
        probability: (F,) float64, in (0, 1].
        image: (F,) int64, index of the image.
    """

    row: IntArray
    label: IntArray
    probability: FloatArray
    image: IntArray

    def __len__(self) -> int:
        return len(self.row)

    def select(self, keep: NDArray[np.bool_] | IntArray) -> Facts:
        """The facts chosen by a mask or by indices."""
        return Facts(self.row[keep], self.label[keep], self.probability[keep], self.image[keep])


def make_facts(scenes: Scenes, evidence: Evidence | None = None) -> Facts:
    """All facts of the scenes that can hold, given the evidence.

    Raises:
        EvidenceError: evidence on an unknown image, detection or class, or of probability zero.
    """
    rows = np.arange(len(scenes.detection), dtype=np.int64)
    label = scenes.label.astype(np.int64)
    probability = scenes.probability.astype(np.float64)
    if scenes.class_probability is not None:
        vector = np.logical_not(np.isnan(scenes.class_probability).any(axis=1))
        wide_row, wide_label = np.nonzero(np.where(vector[:, None], scenes.class_probability, 0.0) > 0.0)
        plain = rows[~vector]
        rows = np.concatenate([plain, wide_row])
        label = np.concatenate([label[plain], wide_label])
        probability = np.concatenate([probability[plain], scenes.class_probability[wide_row, wide_label]])
        order = np.lexsort((label, rows))
        rows, label, probability = rows[order], label[order], probability[order]
    if evidence is not None:
        probability = probability.copy()
        for observation in evidence.observations:
            _condition(scenes, observation, rows, label, probability)
    keep = probability > 0.0
    rows, label, probability = rows[keep], label[keep], np.minimum(probability[keep], 1.0)
    return Facts(rows, label, probability, scenes.image_of[rows])


def _condition(
    scenes: Scenes, observation: Observation, rows: IntArray, label: IntArray, probability: FloatArray
) -> None:
    """Change the weights of one detection's facts, in place, to those given the observation."""
    row = find_detection(scenes, observation)
    mine = np.flatnonzero(rows == row)
    if observation.label is None:
        chosen = mine[label[mine] == scenes.label[row]] if observation.holds else mine
    elif observation.label not in scenes.classes:
        raise EvidenceError(f"{observation}: the archive has no class '{observation.label}'")
    else:
        chosen = mine[label[mine] == scenes.classes.index(observation.label)]
    mass = float(probability[chosen].sum())
    if observation.holds:
        if mass <= 0.0:
            raise EvidenceError(f"{observation} cannot be confirmed: its probability is 0")
        others = np.setdiff1d(mine, chosen)
        probability[chosen] /= mass
        probability[others] = 0.0
    else:
        if mass >= 1.0:
            raise EvidenceError(f"{observation} cannot be rejected: its probability is 1")
        probability[chosen] = 0.0
        # Next to certainty the difference loses its digits, and what is left may not add up to more than 1.
        probability[mine] /= max(1.0 - mass, float(probability[mine].sum()))


def find_detection(scenes: Scenes, observation: Observation) -> int:
    """The row of the detection that an observation is about. Raises EvidenceError."""
    try:
        image = scenes.images.index(observation.image)
    except ValueError:
        raise EvidenceError(f"{observation}: image '{observation.image}' is not among the images looked at") from None
    first, last = scenes.start[image], scenes.start[image + 1]
    found = np.flatnonzero(scenes.detection[first:last] == observation.detection)
    if not len(found):
        raise EvidenceError(
            f"{observation}: the image has {last - first} detections and none is d{observation.detection}"
        )
    return int(first + found[0])
