"""The metrics that are reported, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from rune_pl.evaluate import metrics
from rune_pl.evaluate.methods import Scored
from rune_pl.evaluate.ties import BoolArray, FloatArray

K = 10
THRESHOLD = 0.5
AP, ABOVE_CHANCE, F1, BRIER = "AP", "AP above chance", "F1@0.5", "Brier"


@dataclass(frozen=True)
class Measure:
    """A metric: of the ranking, or of the probabilities, which not every method has."""

    compute: Callable[[BoolArray, NDArray[np.generic], FloatArray | None], FloatArray]
    of_probability: bool = False
    lower_is_better: bool = False

    def __call__(self, truth: BoolArray, scored: Scored, chosen: BoolArray, weight: FloatArray | None) -> FloatArray:
        """The metric over the chosen images: of shape (...) for a weight (..., M), NaN where it is not defined."""
        values = scored.probability if self.of_probability else scored.order
        inside = None if weight is None else weight[..., chosen]
        if values is None:
            return np.full(() if weight is None else weight.shape[:-1], np.nan)
        return self.compute(truth[chosen], values[chosen], inside)


MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        AP: Measure(metrics.average_precision),
        ABOVE_CHANCE: Measure(metrics.precision_above_chance),
        "R-precision": Measure(metrics.r_precision),
        f"recall@{K}": Measure(lambda truth, score, weight: metrics.recall_at(K, truth, score, weight)),
        "nDCG": Measure(metrics.ndcg),
        F1: Measure(
            lambda truth, p, weight: metrics.f1_at(THRESHOLD, truth, p.astype(np.float64), weight), of_probability=True
        ),
        "best F1": Measure(metrics.best_f1),
        BRIER: Measure(
            lambda truth, p, weight: metrics.brier(truth, p.astype(np.float64), weight),
            of_probability=True,
            lower_is_better=True,
        ),
        "ECE": Measure(
            lambda truth, p, weight: metrics.calibration_error(truth, p.astype(np.float64), weight),
            of_probability=True,
            lower_is_better=True,
        ),
    }
)
