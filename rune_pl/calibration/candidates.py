"""What is calibrated: each class that a detection may be of, with its score."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive.scenes import Scenes
from rune_pl.calibration.matching import match_classes, match_detections

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Candidates:
    """K pairs of a detection and a class that it may be of.

    Attributes:
        scenes: where they are.
        row, label: (K,) int64, the detection and the class code; detections in order.
        score: (K,) float64: the detector's score, or the class's entry where the detection has a class vector.
    """

    scenes: Scenes
    row: IntArray
    label: IntArray
    score: FloatArray

    @classmethod
    def of(cls, scenes: Scenes) -> Candidates:
        """All candidates of the scenes."""
        vectors = scenes.class_probability
        score = scenes.score.astype(np.float64)
        if vectors is None:
            return cls(scenes, np.arange(len(score)), scenes.label.astype(np.int64), score)
        known = np.logical_not(np.isnan(vectors).any(axis=1))
        wide_row, wide_label = np.nonzero(np.where(known[:, None], vectors, 0.0) > 0.0)
        plain = np.flatnonzero(~known)
        row = np.concatenate([plain, wide_row])
        label = np.concatenate([scenes.label[plain].astype(np.int64), wide_label])
        value = np.concatenate([score[plain], vectors[wide_row, wide_label]])
        order = np.lexsort((label, row))
        return cls(scenes, row[order], label[order], value[order])

    @property
    def image(self) -> IntArray:
        """(K,) int64, index of the image."""
        return self.scenes.image_of[self.row]

    def right(self, truth: Scenes, iou: float) -> BoolArray:
        """(K,) bool, whether the detection is of that class, by the truth."""
        right = match_detections(self.scenes, truth, iou=iou)[self.row]
        vectors = self.scenes.class_probability
        if vectors is None:
            return right
        known = np.logical_not(np.isnan(vectors).any(axis=1))
        found = match_classes(self.scenes, truth, iou=iou)
        return np.where(known[self.row], found[self.row] == self.label, right)

    def put(self, probability: FloatArray) -> Scenes:
        """The scenes with these probabilities (K,); the classes of a detection sum to at most 1."""
        scenes, vectors = self.scenes, self.scenes.class_probability
        total = np.bincount(self.row, weights=probability, minlength=len(scenes.detection))
        p = np.clip(probability / np.maximum(total, 1.0)[self.row], 0.0, 1.0)
        own = self.label == scenes.label[self.row]
        column = np.zeros(len(scenes.detection))
        column[self.row[own]] = p[own]
        if vectors is None:
            return replace(scenes, probability=column)
        filled = np.where(np.isnan(vectors), np.nan, 0.0)
        wide = ~np.isnan(vectors[self.row]).any(axis=1)
        filled[self.row[wide], self.label[wide]] = p[wide]
        return replace(scenes, probability=column, class_probability=filled)
