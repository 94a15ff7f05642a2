"""Fitting maps: the one module that needs scikit-learn (the extra `calibrate`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rune_pl.calibration.maps import Curve, Logistic, ScoreMap, logit, sigmoid
from rune_pl.calibration.presence import FEATURES, Evidence, PresenceModel
from rune_pl.errors import MissingExtraError

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

METHODS = ("auto", "isotonic", "temperature", "platt", "context")
MAPS = METHODS[1:4]  # of the score alone

# A detector whose better scores were more often wrong had bad luck: maps rise all the same.
_FLATTEST = 0.05

# Steps of a curve that are closer than this are one point: files stay small, and nothing visible is lost.
_STEP = 1e-3


def require_sklearn() -> None:
    """Raises MissingExtraError where scikit-learn is not installed."""
    try:
        import sklearn  # noqa: F401
    except ImportError:
        raise MissingExtraError(
            "scikit-learn is not installed, and fitting needs it", hint="pip install 'rune-pl[calibrate]'"
        ) from None


def fit_map(kind: str, score: FloatArray, right: BoolArray, like: Logistic | None = None) -> ScoreMap:
    """One map of a kind of `MAPS`, from scores of which some are right and some wrong.

    What is fitted to few scores is drawn towards `like`, the map of all classes.
    """
    if kind == "isotonic":
        return fit_curve(score, right)
    if kind == "temperature":
        return fit_logistic(score, right, like, fixed=True)
    return fit_logistic(score, right, like)


def fit_logistic(score: FloatArray, right: BoolArray, like: Logistic | None = None, *, fixed: bool = False) -> Logistic:
    """The most probable slope and offset, by Newton's method, where both are a priori normal around those of `like`
    with a standard deviation of 0.5 (of 10 around 1 and 0 without it). `fixed` keeps the offset at 0.

    scikit-learn has logistic regression too, but penalises all that is not 0; where there is no prior to speak of the
    results agree.
    """
    start = np.array([1.0, 0.0] if like is None else [like.slope, 0.0 if fixed else like.offset])
    precision = 1.0 / (100.0 if like is None else 0.25)
    columns = np.stack([logit(score), np.zeros(len(score)) if fixed else np.ones(len(score))], axis=1)
    target = right.astype(np.float64)

    def cost(w: FloatArray) -> float:
        odds = columns @ w
        return float((np.logaddexp(0.0, odds) - target * odds).sum() + 0.5 * precision * ((w - start) ** 2).sum())

    w = start
    for _ in range(50):
        p = sigmoid(columns @ w)
        slope = columns.T @ (p - target) + precision * (w - start)
        curvature = (columns * (p * (1.0 - p))[:, None]).T @ columns + precision * np.eye(2)
        step = np.linalg.solve(curvature, slope)
        size = 1.0
        while size > 1e-6 and cost(w - size * step) > cost(w):
            size /= 2.0
        w = w - size * step
        if np.abs(size * step).max() < 1e-9:
            break
    return Logistic(max(float(w[0]), _FLATTEST), float(w[1]))


def fit_curve(score: FloatArray, right: BoolArray) -> Curve:
    """Isotonic regression. Nothing is certain: of n detections none is given a chance below 1 / (n + 2) or above the
    rest of that (the rule of succession)."""
    from sklearn.isotonic import IsotonicRegression

    edge = 1.0 / (len(score) + 2.0)
    model = IsotonicRegression(y_min=edge, y_max=1.0 - edge, out_of_bounds="clip")
    model.fit(score, right.astype(np.float64))
    x, y = np.asarray(model.X_thresholds_, dtype=np.float64), np.asarray(model.y_thresholds_, dtype=np.float64)
    x, first = np.unique(x, return_index=True)
    y = np.maximum.accumulate(y[first])
    # A point between two that are as near as nothing is left out.
    keep = np.ones(len(x), dtype=np.bool_)
    last = 0
    for k in range(1, len(x) - 1):
        keep[k] = y[k] - y[last] > _STEP or y[k + 1] - y[k] > _STEP
        last = k if keep[k] else last
    return Curve(x[keep].round(6), y[keep])


def log_loss(probability: FloatArray, right: BoolArray) -> float:
    """Mean negative log-likelihood, in nats; probabilities are kept 1e-6 from 0 and 1."""
    p = np.clip(probability, 1e-6, 1.0 - 1e-6)
    return float(-np.mean(np.where(right, np.log(p), np.log1p(-p))))


def held_out(
    kind: str, score: FloatArray, right: BoolArray, fold: IntArray, likes: Mapping[int, Logistic]
) -> FloatArray | None:
    """Each score by a map fitted on the other folds; None where some of them have nothing right, or nothing wrong.

    `likes` are the maps of all classes, fitted without each fold.
    """
    out = np.empty(len(score))
    for k in np.unique(fold):
        rest = fold != k
        if not both(right[rest]):
            return None
        out[~rest] = fit_map(kind, score[rest], right[rest], likes.get(int(k)))(score[~rest])
    return out


def both(right: NDArray[Any]) -> bool:
    """Whether some are right and some are not."""
    return bool(right.any()) and not bool(right.all())


def fit_presence(evidence: Evidence, there: BoolArray, classes: Sequence[str]) -> PresenceModel:
    """Logistic regression of whether a class is there on its evidence, with a penalty that needs no tuning: features
    are standardised, and what a class has of its own is drawn towards nothing."""
    from sklearn.linear_model import LogisticRegression

    weights = dict.fromkeys(FEATURES, 0.0)
    if not both(there):
        return PresenceModel(float(logit(np.array([(there.sum() + 0.5) / (len(there) + 1.0)]))[0]), weights, {})
    mean, scale = evidence.features.mean(axis=0), evidence.features.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    own = (evidence.label[:, None] == np.arange(len(classes))).astype(np.float64)
    model = LogisticRegression(C=1.0, max_iter=2000, tol=1e-8)
    model.fit(np.concatenate([(evidence.features - mean) / scale, own], axis=1), there)
    slope = np.asarray(model.coef_[0], dtype=np.float64)
    raw = slope[: len(FEATURES)] / scale
    offset = float(model.intercept_[0] - (raw * mean).sum())
    seen = np.unique(evidence.label)
    return PresenceModel(
        offset,
        dict(zip(FEATURES, raw.tolist(), strict=True)),
        {classes[code]: float(slope[len(FEATURES) + code]) for code in seen},
    )
