"""How probable it is that an image's detections of a class are about something that is there at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rune_pl.calibration.candidates import Candidates
from rune_pl.calibration.maps import logit, sigmoid

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

FEATURES = ("top", "second", "third", "count")
_FLOOR = 0.01  # the score of a detection that is not there


@dataclass(frozen=True, eq=False)
class Evidence:
    """What G groups, the detections of one class in one image, look like.

    Attributes:
        image, label: (G,) int64, in order of both.
        features: (G, len(FEATURES)): log-odds of the three highest scores, and log of the number of detections.
    """

    image: IntArray
    label: IntArray
    features: FloatArray

    @classmethod
    def of(cls, candidates: Candidates) -> Evidence:
        """All groups of some candidates."""
        classes = len(candidates.scenes.classes)
        key = candidates.image * classes + candidates.label
        order = np.lexsort((-candidates.score, key))
        groups, first, count = np.unique(key[order], return_index=True, return_counts=True)
        score = np.append(candidates.score[order], _FLOOR)
        highest = [logit(score[np.where(count > k, first + k, len(score) - 1)]) for k in range(3)]
        features = np.stack([*highest, np.log(count)], axis=1) if len(groups) else np.empty((0, len(FEATURES)))
        return cls(groups // classes, groups % classes, features)


@dataclass(frozen=True, eq=False)
class PresenceModel:
    """A logistic function of the evidence, with an offset for each class that had enough images.

    `weights` are by the names of `FEATURES`, `classes` are added to `offset`.
    """

    offset: float
    weights: Mapping[str, float]
    classes: Mapping[str, float]

    def reliability(self, candidates: Candidates) -> FloatArray:
        """(M, C) probability that a class is reliable in an image; 1 where the image has no detection of it."""
        scenes = candidates.scenes
        evidence = Evidence.of(candidates)
        out = np.ones((len(scenes), len(scenes.classes)))
        offset = np.array([self.offset + self.classes.get(name, 0.0) for name in scenes.classes])
        weights = np.array([self.weights[name] for name in FEATURES])
        if len(evidence.image):
            out[evidence.image, evidence.label] = sigmoid(offset[evidence.label] + evidence.features @ weights)
        return out

    def to_json(self) -> dict[str, Any]:
        return {"offset": self.offset, "weights": dict(self.weights), "classes": dict(sorted(self.classes.items()))}

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> PresenceModel:
        """From a file. Raises ValueError where a weight is missing or unknown."""
        if set(body["weights"]) != set(FEATURES):
            raise ValueError(f"presence.weights: {', '.join(sorted(body['weights']))} instead of {', '.join(FEATURES)}")
        return cls(body["offset"], body["weights"], body["classes"])
