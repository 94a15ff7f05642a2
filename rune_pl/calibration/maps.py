"""Maps from a detector's score to a probability. Applying one needs numpy alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

# Scores this near to 0 and 1 are as good as there: their log-odds stay finite.
_EDGE = 1e-4


def logit(score: NDArray[Any]) -> FloatArray:
    """Log-odds of scores, which are kept away from 0 and 1."""
    p = np.clip(np.asarray(score, dtype=np.float64), _EDGE, 1.0 - _EDGE)
    odds: FloatArray = np.log(p) - np.log1p(-p)
    return odds


def sigmoid(odds: NDArray[Any]) -> FloatArray:
    """Probability of log-odds."""
    p: FloatArray = 0.5 * (1.0 + np.tanh(0.5 * np.asarray(odds, dtype=np.float64)))
    return p


@dataclass(frozen=True, eq=False)
class Curve:
    """Linear between the points (score[k], probability[k]), constant outside: what isotonic regression gives.

    `score` and `probability` are (K,), K at least 1, the first strictly rising, the second not falling.
    """

    score: FloatArray
    probability: FloatArray

    kind = "isotonic"

    def __call__(self, score: NDArray[Any]) -> FloatArray:
        return np.interp(np.asarray(score, dtype=np.float64), self.score, self.probability)

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "score": self.score.tolist(), "probability": self.probability.tolist()}


@dataclass(frozen=True)
class Logistic:
    """sigmoid(slope * log-odds of the score + offset): temperature scaling where the offset is 0, else Platt's."""

    slope: float
    offset: float = 0.0

    @property
    def kind(self) -> str:
        return "platt" if self.offset else "temperature"

    def __call__(self, score: NDArray[Any]) -> FloatArray:
        return sigmoid(self.slope * logit(score) + self.offset)

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "slope": self.slope, "offset": self.offset}


ScoreMap = Curve | Logistic


def map_from_json(body: Mapping[str, Any]) -> ScoreMap:
    """The map of a file that fits the schema.

    Raises:
        ValueError: points that are no rising curve.
    """
    if body["kind"] != "isotonic":
        return Logistic(float(body["slope"]), float(body["offset"]))
    curve = Curve(np.array(body["score"], dtype=np.float64), np.array(body["probability"], dtype=np.float64))
    if len(curve.score) != len(curve.probability):
        raise ValueError(f"{len(curve.score)} scores and {len(curve.probability)} probabilities")
    if (np.diff(curve.score) <= 0).any():
        raise ValueError("the scores do not rise")
    if (np.diff(curve.probability) < 0).any():
        raise ValueError("the probabilities fall")
    return curve
