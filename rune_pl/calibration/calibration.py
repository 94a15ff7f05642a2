"""A calibration: what makes probabilities of a detector's scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive.scenes import Scenes
from rune_pl.calibration.candidates import Candidates
from rune_pl.calibration.context import ContextModel
from rune_pl.calibration.files import digest, read_calibration, write_calibration
from rune_pl.calibration.maps import ScoreMap, map_from_json
from rune_pl.calibration.presence import PresenceModel

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class ClassSummary:
    """How a class was calibrated. Errors are cross-validated: each image by maps fitted on other images.

    Attributes:
        name: of the class; None for all together.
        kind: of its map; "pooled" where it borrows the map of all classes.
        detections, right: how many there were, and how many of them right.
        error, brier: (before, after): expected calibration error in 15 bins of equal mass, and Brier score.
    """

    name: str | None
    kind: str
    detections: int
    right: int
    error: tuple[float, float]
    brier: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Calibration:
    """Maps from score to probability by class, and one for the classes that have none of their own.

    With `presence` the facts of an image are not independent: `object(D, C) :- detected(D, C), reliable(C).`, where
    the probability of `reliable(C)` comes from all detections of the class in the image, and the maps give that of
    `detected(D, C)`. See `rune_pl.inference.reliability`.

    Attributes:
        maps: by class.
        pooled: for all other classes.
        presence: None, or the model of `reliable(C)`.
        context: None, or the function of a detection and its image that takes the place of the maps.
        about: how it was fitted: "method", "iou", "folds", "seed", "images", "detections".
        summary: one row per class, and one for all.
        name: to show; the name of the file it was loaded from.
    """

    maps: Mapping[str, ScoreMap]
    pooled: ScoreMap
    presence: PresenceModel | None = None
    context: ContextModel | None = None
    about: Mapping[str, Any] = field(default_factory=dict)
    summary: tuple[ClassSummary, ...] = ()
    name: str = "calibration"

    def apply(self, scenes: Scenes) -> Scenes:
        """The scenes with calibrated `probability` and `class_probability`; scores stay.

        Each image is calibrated by itself, so that scenes can be given in pieces. Scores are what is mapped, or the
        entries of a class vector: those must not be calibrated already. With `presence` the scenes have `reliability`
        too.
        """
        candidates = Candidates.of(scenes)
        probability = self.chances(candidates)
        if self.presence is None:
            return replace(candidates.put(probability), reliability=None)
        reliability = self.presence.reliability(candidates)
        # Given that a class is reliable, the classes of one detection must not add up to more than 1 either.
        total = np.bincount(candidates.row, weights=probability, minlength=len(scenes.detection))
        probability = probability / np.maximum(total, 1.0)[candidates.row]
        found = candidates.put(probability * reliability[candidates.image, candidates.label])
        return replace(found, reliability=reliability)

    def chances(self, candidates: Candidates) -> FloatArray:
        """(K,) what maps or context say of each candidate; with `presence`, given that its class is reliable."""
        if self.context is not None:
            return self.context(candidates)
        out = np.empty(len(candidates.row))
        for code, name in enumerate(candidates.scenes.classes):
            mine = np.flatnonzero(candidates.label == code)
            if len(mine):
                out[mine] = self.maps.get(name, self.pooled)(candidates.score[mine])
        return out

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all that changes a probability and how it was come by, in hexadecimal."""
        return digest(self.to_json())

    def to_json(self) -> dict[str, Any]:
        """The content of its file, without the digest."""
        # A calibration without context is a file of version 1, of the same digest as ever.
        context = {} if self.context is None else {"context": self.context.to_json()}
        return {
            **context,
            "about": dict(self.about),
            "classes": {name: made.to_json() for name, made in sorted(self.maps.items())},
            "pooled": self.pooled.to_json(),
            "presence": None if self.presence is None else self.presence.to_json(),
            "summary": self.rows(),
        }

    def rows(self) -> list[dict[str, Any]]:
        """The summary as JSON objects."""
        return [
            {
                "class": row.name,
                "kind": row.kind,
                "detections": row.detections,
                "right": row.right,
                "error": list(row.error),
                "brier": list(row.brier),
            }
            for row in self.summary
        ]

    def save(self, path: str | Path) -> None:
        """Write it to a JSON file, the same bytes for the same calibration.

        Raises:
            CalibrationError: the file cannot be written.
        """
        write_calibration(Path(path), self.to_json())

    @classmethod
    def load(cls, path: str | Path) -> Calibration:
        """The calibration of a file that `save` wrote.

        Raises:
            CalibrationError: the file cannot be read, is of a newer version, or a field of it is wrong.
        """
        with read_calibration(Path(path)) as body:
            return cls(
                maps={name: map_from_json(made) for name, made in body["classes"].items()},
                pooled=map_from_json(body["pooled"]),
                presence=None if body["presence"] is None else PresenceModel.from_json(body["presence"]),
                context=ContextModel.from_json(body["context"]) if "context" in body else None,
                about=body["about"],
                summary=tuple(
                    ClassSummary(
                        row["class"],
                        row["kind"],
                        row["detections"],
                        row["right"],
                        (row["error"][0], row["error"][1]),
                        (row["brier"][0], row["brier"][1]),
                    )
                    for row in body["summary"]
                ),
                name=Path(path).name,
            )
