"""Calibration: from a detector's scores to probabilities. See docs/calibration.md."""

from __future__ import annotations

from rune_pl.calibration.calibration import Calibration, ClassSummary
from rune_pl.calibration.copying import calibrate_archive
from rune_pl.calibration.fitting import cross_fit, fit_calibration
from rune_pl.calibration.learning import METHODS
from rune_pl.calibration.matching import match_classes, match_detections
from rune_pl.calibration.metrics import brier, calibration_error, reliability_curve

__all__ = [
    "METHODS",
    "Calibration",
    "ClassSummary",
    "brier",
    "calibrate_archive",
    "calibration_error",
    "cross_fit",
    "fit_calibration",
    "match_classes",
    "match_detections",
    "reliability_curve",
]
