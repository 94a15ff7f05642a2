"""Fitting the probability of detections in context; needs scipy, which comes with scikit-learn (extra `calibrate`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rune_pl.calibration.candidates import Candidates
from rune_pl.calibration.context import CONTEXT, ContextModel, context_features, standardised
from rune_pl.calibration.maps import sigmoid

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

# Precisions of the normal priors around 0: of what classes share, of its offset, and of what a class adds to either.
_SHARED, _OFFSET, _OWN = 1.0 / 0.3, 1e-3, 3.0

# Weight of whether a class is there at all, for an image and a class; their detections have 1 / sqrt(n) each.
PRESENCE = 0.3

_ITERATIONS = 200
_LEAST = 1e-9  # the largest log-probability that nothing is there: the logarithm of the rest stays finite


class Composite:
    """What is minimised: the log loss of detections, and that of whether a class is there at all in an image.

    The first makes each detection's probability right, the second that of all of them together, under independence:
    1 - prod(1 - p). Both cannot be had exactly where detections are wrong together; the sum weighs one against the
    other. A detection counts 1 / sqrt(n), where n of its class are in its image: they are right or wrong together, so
    that n of them tell more than one does, and less than n do.

    Args:
        columns: (K, F) standardised features and ones; rows in order of `label`.
        label: (K,) class codes below `classes`.
        right: (K,) bool.
        group: (K,) the group, of a class in an image, of each candidate, from 0.
        there: (G,) bool, whether the class is there, for each group.
    """

    def __init__(
        self, columns: FloatArray, label: IntArray, right: BoolArray, group: IntArray, there: BoolArray,
        classes: int, presence: float = PRESENCE,
    ) -> None:  # fmt: skip
        self.columns, self.group, self.presence = columns, group, presence
        self.right, self.there = right.astype(np.float64), there.astype(np.float64)
        self.weight = 1.0 / np.sqrt(np.bincount(group, minlength=len(there))[group])
        self.ends = np.searchsorted(label, np.arange(classes + 1))
        self.classes = classes
        self.precision = np.full(columns.shape[1], _SHARED)
        self.precision[-1] = _OFFSET

    def __call__(self, theta: FloatArray) -> tuple[float, FloatArray]:
        """Loss and gradient at the weights, ((1 + classes) * F,): shared ones, then what each class adds."""
        weights = theta.reshape(1 + self.classes, -1)
        odds = np.empty(len(self.columns))
        for code, mine in self._classes():
            odds[mine] = self.columns[mine] @ (weights[0] + weights[1 + code])
        p, soft = sigmoid(odds), np.logaddexp(0.0, odds)
        loss = float((self.weight * (soft - self.right * odds)).sum())
        slope = self.weight * (p - self.right)
        if self.presence:
            nothing = np.minimum(-np.bincount(self.group, soft, minlength=len(self.there)), -_LEAST)
            some = np.log(-np.expm1(nothing))
            loss -= self.presence * float((self.there * some + (1.0 - self.there) * nothing).sum())
            by_nothing = self.there * np.exp(nothing - some) - (1.0 - self.there)
            slope = slope - self.presence * by_nothing[self.group] * p
        gradient = np.zeros_like(weights)
        for code, mine in self._classes():
            gradient[1 + code] = slope[mine] @ self.columns[mine]
        gradient[0] = gradient[1:].sum(axis=0) + self.precision * weights[0]
        gradient[1:] += _OWN * weights[1:]
        loss += 0.5 * float((self.precision * weights[0] ** 2).sum() + _OWN * (weights[1:] ** 2).sum())
        return loss, gradient.ravel()

    def _classes(self) -> list[tuple[int, slice]]:
        return [(code, slice(int(self.ends[code]), int(self.ends[code + 1]))) for code in range(self.classes)]


def fit_context(
    candidates: Candidates, right: BoolArray, present: BoolArray, *, chosen: BoolArray, presence: float = PRESENCE
) -> ContextModel:
    """The model of least loss. The same for the same images in any order.

    Args:
        candidates: of which some are right and some wrong.
        right: (K,) bool.
        present: (M, C) bool, whether the class is in the image.
        chosen: (K,) bool, the candidates to fit to; the context of each is all of them.
        presence: weight of the loss of `present`.
    """
    scenes = candidates.scenes
    place = np.argsort(np.argsort(np.array(scenes.images, dtype=object), kind="stable"), kind="stable")
    order = np.lexsort((candidates.row, place[candidates.image], candidates.label))
    order = order[chosen[order]]
    features = context_features(candidates)[order]
    mean, scale = features.mean(axis=0), features.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    image, label = candidates.image[order], candidates.label[order]
    _, first, group = np.unique(label * len(scenes) + place[image], return_index=True, return_inverse=True)
    loss = Composite(
        standardised(features, mean, scale), label, right[order], group, present[image[first], label[first]],
        len(scenes.classes), presence,
    )  # fmt: skip
    weights = _least(loss, (1 + len(scenes.classes), len(CONTEXT) + 1))
    seen = np.unique(label)
    return ContextModel(mean, scale, weights[0], {name: weights[1 + k] for k, name in _named(scenes.classes, seen)})


def _least(loss: Composite, shape: tuple[int, int]) -> FloatArray:
    from scipy.optimize import minimize

    found: Any = minimize(loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": _ITERATIONS})
    # Seven digits are more than the data have to say, and files stay short.
    return np.asarray(found.x, dtype=np.float64).reshape(shape).round(7)


def _named(classes: Sequence[str], seen: IntArray) -> list[tuple[int, str]]:
    return [(int(code), classes[code]) for code in seen]
