"""Fitting a calibration to detections and truth, and judging it by images that it has not seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive.scenes import Scenes
from rune_pl.calibration.calibration import Calibration, ClassSummary
from rune_pl.calibration.candidates import Candidates
from rune_pl.calibration.composite import PRESENCE, fit_context
from rune_pl.calibration.context import ContextModel
from rune_pl.calibration.folds import joined, present_in, split
from rune_pl.calibration.learning import (
    MAPS,
    METHODS,
    both,
    fit_logistic,
    fit_map,
    fit_presence,
    held_out,
    log_loss,
    require_sklearn,
)
from rune_pl.calibration.maps import Logistic, ScoreMap
from rune_pl.calibration.metrics import brier, calibration_error
from rune_pl.calibration.presence import Evidence, PresenceModel
from rune_pl.errors import CalibrationError, UsageError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

# A class gets a map of its own where this many images have a right detection of it, and as many a wrong one. Images are
# counted, because the detections of one are right or wrong together: a single one may have hundreds of false alarms.
_ENOUGH_IMAGES = 10


# From what overlap on a detection has found an object. A map of the score says whether the box is right too, by the
# measure of most benchmarks. In context it is about what queries ask, and they ask whether the object is there: a
# bridge whose box is half as long as it should be is there. What shares less than a tenth is about another place.
_BOX_IS_RIGHT, _OBJECT_IS_THERE = 0.5, 0.1


def least_overlap(method: str, given: float | None = None) -> float:
    """The intersection over union from which a detection counts as right: what is given, or what suits the method."""
    if given is not None:
        return given
    return _OBJECT_IS_THERE if method == "context" else _BOX_IS_RIGHT


def fit_calibration(
    detections: Scenes,
    truth: Scenes,
    *,
    method: str = "auto",
    folds: int = 5,
    seed: int = 0,
    reliability: bool = False,
    iou: float | None = None,
) -> Calibration:
    """Maps from score to probability, one for each class, fitted to what is right by the truth.

    Args:
        detections: what a detector found; scores are what is calibrated, whatever `probability` says.
        truth: what is there; images that it lacks are left out.
        method: "isotonic", "temperature", "platt", or "auto": for each class the one of least log loss on images that
            it was not fitted on. Classes with few detections take the map of all classes together. Or "context": a
            function of the score and of what else is in the image (`rune_pl.calibration.context`).
        folds: into how many parts images are split for that, and for the summary.
        seed: of the split.
        reliability: fit the model of `reliable(C)` too, and maps given that.
        iou: from what intersection over union on a detection has found an object; `least_overlap` unless given.

    Raises:
        UsageError: an unknown method, or fewer than two folds.
        CalibrationError: fewer images with truth than folds, or nothing right, or nothing wrong in them.
        MissingExtraError: scikit-learn is not installed.
    """
    return fit_with_outcomes(
        detections, truth, method=method, folds=folds, seed=seed, reliability=reliability, iou=iou
    )[0]


@dataclass(frozen=True, eq=False)
class Outcomes:
    """(K,) each: scores, held-out probabilities, and what is right."""

    before: FloatArray
    after: FloatArray
    right: BoolArray


def fit_with_outcomes(
    detections: Scenes,
    truth: Scenes,
    *,
    method: str = "auto",
    folds: int = 5,
    seed: int = 0,
    reliability: bool = False,
    iou: float | None = None,
) -> tuple[Calibration, Outcomes]:
    """As `fit_calibration`, with what the summary is of."""
    least = least_overlap(method, iou)
    data = _Data.of(detections, truth, folds=folds, seed=seed, iou=least, method=method)
    found = data.fit(reliability)
    after = data.cross_fitted(reliability)
    about = {
        "method": method,
        "iou": least,
        "folds": folds,
        "seed": seed,
        "images": len(data.candidates.scenes),
        "detections": len(data.candidates.scenes.detection),
    }
    outcomes = Outcomes(data.candidates.score, _facts(data.candidates, after), data.right)
    return replace(found, about=about, summary=data.summary(found, outcomes.after)), outcomes


def cross_fit(
    detections: Scenes,
    truth: Scenes,
    *,
    method: str = "auto",
    folds: int = 5,
    seed: int = 0,
    reliability: bool = False,
    iou: float | None = None,
) -> Scenes:
    """The images that the truth has, each calibrated by what was fitted on the other folds' images alone.

    Arguments and errors are those of `fit_calibration`. With `reliability` the scenes have `reliability`.
    """
    least = least_overlap(method, iou)
    return _Data.of(detections, truth, folds=folds, seed=seed, iou=least, method=method).cross_fitted(reliability)


class _Data:
    """Candidates, which of them are right, and the fold of each image."""

    def __init__(
        self, candidates: Candidates, right: BoolArray, present: BoolArray, fold: IntArray, method: str, seed: int
    ) -> None:
        self.candidates, self.right, self.present = candidates, right, present
        self.fold, self.method, self.seed = fold, method, seed

    @classmethod
    def of(cls, detections: Scenes, truth: Scenes, *, folds: int, seed: int, iou: float, method: str) -> _Data:
        if method not in METHODS:
            raise UsageError(f"no method is called '{method}'", hint=f"one of {', '.join(METHODS)}")
        if folds < 2:
            raise UsageError(f"folds is {folds}", hint="at least 2")
        if not 0.0 < iou <= 1.0:
            raise UsageError(f"iou is {iou}", hint="above 0, at most 1")
        require_sklearn()
        known = set(truth.images)
        scenes = detections.take([m for m, image in enumerate(detections.images) if image in known])
        if len(scenes) < folds:
            raise CalibrationError(
                f"{len(scenes)} images have detections and truth, fewer than the {folds} folds",
                hint="images are matched by their id",
            )
        candidates = Candidates.of(scenes)
        right = candidates.right(truth, iou)
        if right.all() or not right.any():
            some = "all" if len(right) and right.all() else "none"
            raise CalibrationError(
                f"{some} of the {len(right)} detections are right: nothing can be learnt from that",
                hint="do detections and truth have the same classes and coordinates?",
            )
        return cls(candidates, right, present_in(scenes, truth), split(scenes.images, folds, seed), method, seed)

    def part(self, images: IntArray) -> _Data:
        """The same for some of the images; their folds are drawn anew, so that all of them have images."""
        chosen = np.zeros(len(self.fold), dtype=np.bool_)
        chosen[images] = True
        rows = chosen[self.candidates.image]
        scenes = self.candidates.scenes.take(images)
        folds = min(int(self.fold.max()) + 1, len(images))
        fold = split(scenes.images, folds, self.seed + 1)
        return _Data(Candidates.of(scenes), self.right[rows], self.present[images], fold, self.method, self.seed)

    def fit(self, reliability: bool) -> Calibration:
        """The maps for these images, without a summary."""
        chosen = np.ones(len(self.right), dtype=np.bool_)
        presence: PresenceModel | None = None
        if reliability:
            evidence = Evidence.of(self.candidates)
            there = self.present[evidence.image, evidence.label]
            presence = fit_presence(evidence, there, self.candidates.scenes.classes)
            chosen = self.present[self.candidates.image, self.candidates.label]
        if self.method != "context":
            return Calibration(*self._maps(chosen), presence)
        pooled = self._maps(chosen, own=False)[1]
        return Calibration({}, pooled, presence, self._context(chosen, 0.0 if reliability else PRESENCE))

    def _context(self, chosen: BoolArray, presence: float) -> ContextModel:
        """The model of the chosen candidates, whose context is all candidates."""
        return fit_context(self.candidates, self.right, self.present, chosen=chosen, presence=presence)

    def _maps(self, chosen: BoolArray, *, own: bool = True) -> tuple[Mapping[str, ScoreMap], ScoreMap]:
        """Maps of the classes that have enough of the chosen candidates, and one of all."""
        score, right = self.candidates.score[chosen], self.right[chosen]
        label, image = self.candidates.label[chosen], self.candidates.image[chosen]
        fold = self.fold[image]
        if not right.any() or right.all():
            raise CalibrationError("there are too few images: a part of them has nothing right, or nothing wrong")
        pooled = fit_logistic(score, right)
        if not own:
            return {}, pooled
        parts = [int(k) for k in np.unique(fold)]
        likes = {k: fit_logistic(score[fold != k], right[fold != k]) for k in parts if both(right[fold != k])}
        together = np.empty(len(score))
        for k in parts:
            together[fold == k] = likes.get(k, pooled)(score[fold == k])
        maps: dict[str, ScoreMap] = {}
        for code, name in enumerate(self.candidates.scenes.classes):
            mine = np.flatnonzero(label == code)
            if min(len(np.unique(image[mine[right[mine] == outcome]])) for outcome in (True, False)) < _ENOUGH_IMAGES:
                continue
            kind = self._choose(score[mine], right[mine], fold[mine], together[mine], likes)
            if kind is not None:
                maps[name] = fit_map(kind, score[mine], right[mine], pooled)
        return maps, pooled

    def _choose(
        self, score: FloatArray, right: BoolArray, fold: IntArray, together: FloatArray, likes: Mapping[int, Logistic]
    ) -> str | None:
        """The kind of least log loss on held-out images; None where that of all classes is best."""
        if self.method != "auto":
            return self.method
        best, least = None, log_loss(together, right)
        for kind in MAPS:
            probability = held_out(kind, score, right, fold, likes)
            if probability is not None and (loss := log_loss(probability, right)) < least:
                best, least = kind, loss
        return best

    def cross_fitted(self, reliability: bool) -> Scenes:
        """Each image by what was fitted on the other folds."""
        scenes = self.candidates.scenes
        order, parts = [], []
        for k in np.unique(self.fold):
            mine = np.flatnonzero(self.fold == k)
            order.append(mine)
            fitted = self.part(np.flatnonzero(self.fold != k)).fit(reliability)
            parts.append(fitted.apply(scenes.take(mine)))
        back = np.argsort(np.concatenate(order))
        return joined(parts).take(back)

    def summary(self, found: Calibration, after: FloatArray) -> tuple[ClassSummary, ...]:
        """A row for each class, and one for all; `after` are held-out probabilities."""
        label, before = self.candidates.label, self.candidates.score
        rows = []
        for code, name in [*enumerate(self.candidates.scenes.classes), (-1, None)]:
            mine = label == code if name is not None else np.ones(len(label), dtype=np.bool_)
            if not mine.any():
                continue
            right = self.right[mine]
            own = found.maps.get(name) if name is not None else None
            rows.append(
                ClassSummary(
                    name=name,
                    kind="all" if name is None else _kind(found, own),
                    detections=int(mine.sum()),
                    right=int(right.sum()),
                    error=(calibration_error(before[mine], right), calibration_error(after[mine], right)),
                    brier=(brier(before[mine], right), brier(after[mine], right)),
                )
            )
        return tuple(rows)


def _kind(found: Calibration, own: ScoreMap | None) -> str:
    """How a class was calibrated, in a word."""
    if found.context is not None:
        return "context"
    return "pooled" if own is None else own.kind


def _facts(candidates: Candidates, scenes: Scenes) -> FloatArray:
    """(K,) the probability that calibrated scenes give to each candidate."""
    if scenes.class_probability is None:
        return scenes.probability[candidates.row]
    wide = scenes.class_probability[candidates.row, candidates.label]
    return np.where(np.isnan(wide), scenes.probability[candidates.row], wide)
