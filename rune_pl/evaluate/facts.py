"""Which probabilities the facts have: the archive's own, or calibrated ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rune_pl.archive.scenes import Scenes
from rune_pl.evaluate.data import aligned


def prepared_detections(
    detections: Scenes,
    truth: Scenes,
    *,
    calibration: Path | None = None,
    folds: int | None = None,
    reliability: bool = False,
    method: str = "auto",
    iou: float | None = None,
    seed: int = 0,
) -> tuple[Scenes, str]:
    """The detections of the images of the truth as they rank, and a line that says what their probabilities are.

    Args:
        calibration: a file to calibrate with.
        folds: calibrate on the truth itself, each image by what is fitted on the other folds.
        reliability: with `folds`, also fit how likely it is that all detections of a class in an image are wrong.
        method: with `folds`, what is fitted, see `rune_pl.calibration.fit_calibration`.
        iou: with `folds`, from what overlap on a detection has found an object, see there.
        seed: of the folds.

    Raises:
        UserError: the calibration cannot be read, or there are too few images.
    """
    detections = aligned(detections, truth)
    if calibration is None and folds is None:
        return detections, "as they stand in the archive"
    from rune_pl.calibration import Calibration, cross_fit

    if calibration is not None:
        return Calibration.load(calibration).apply(detections), f"calibrated with {calibration.name}"
    assert folds is not None
    fitted = cross_fit(detections, truth, folds=folds, seed=seed, reliability=reliability, method=method, iou=iou)
    said = f"calibrated on the truth, cross-fitted in {folds} folds"
    said += ", in context" if method == "context" else ""
    return fitted, said + (", with the reliability of classes" if reliability else "")


def has_scores(detections: Scenes) -> bool:
    """Whether the detector's scores are anything else than the probabilities."""
    return not np.array_equal(detections.score, detections.probability.astype(detections.score.dtype))
