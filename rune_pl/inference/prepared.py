"""Scenes made ready for many questions: their detections by class, found once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive.scenes import Scenes

IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Prepared:
    """The scenes, and an index of their detections by class.

    Without class vectors a detection is of its own class or nothing; with them it may be of any, and there is no index.
    """

    scenes: Scenes

    @property
    def plain(self) -> bool:
        """Whether no detection has a class vector."""
        return self.scenes.class_probability is None

    @cached_property
    def _order(self) -> IntArray:
        return np.argsort(self.scenes.label, kind="stable")

    @cached_property
    def _offset(self) -> IntArray:
        counts = np.bincount(self.scenes.label, minlength=len(self.scenes.classes))
        return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)

    def rows(self, label: str) -> IntArray:
        """The rows of the detections of a class, ascending."""
        if label not in self.scenes.classes:
            return np.empty(0, dtype=np.int64)
        code = self.scenes.classes.index(label)
        return self._order[self._offset[code] : self._offset[code + 1]]

    @cached_property
    def _columns(self) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Image and probability of all detections, by class."""
        scenes = self.scenes
        return scenes.image_of.astype(np.int32)[self._order], scenes.probability[self._order]

    def chances(self, label: str) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Image and probability of each detection of a class, sorted by image."""
        if label not in self.scenes.classes:
            return np.empty(0, dtype=np.int32), np.empty(0)
        code = self.scenes.classes.index(label)
        inside = slice(self._offset[code], self._offset[code + 1])
        image, probability = self._columns
        return image[inside], probability[inside]

    def sizes(self) -> dict[str, int]:
        """How many facts there may be of each class."""
        if not self.plain:
            vectors = self.scenes.class_probability
            assert vectors is not None
            known = ~np.isnan(vectors).any(axis=1)
            own = np.bincount(self.scenes.label[~known], minlength=len(self.scenes.classes))
            counts = own + (vectors[known] > 0.0).sum(axis=0)
            return dict(zip(self.scenes.classes, counts.tolist(), strict=True))
        return dict(zip(self.scenes.classes, np.diff(self._offset).tolist(), strict=True))

    def only(self, labels: Iterable[str]) -> Scenes:
        """The same images with the detections of these classes alone."""
        parts = [self.rows(label) for label in sorted(set(labels))]
        rows = np.sort(np.concatenate(parts)) if parts else np.empty(0, dtype=np.int64)
        scenes = self.scenes
        if len(rows) == len(scenes.detection):
            return scenes
        return scenes.only(rows)
