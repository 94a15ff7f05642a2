"""How probable a detection is in the company that it keeps: a logistic function of it and of the others in its image.

A score is not all that an image says. Forty weak vehicles in an image of which no vehicle is sure are mostly false, and
one of them among sure ones is mostly right: what detections have in common is then in their probabilities, and given
these they are as good as independent, which is what exact marginals take them for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rune_pl.calibration.candidates import Candidates
from rune_pl.calibration.maps import logit, sigmoid
from rune_pl.geometry.pairs import PairLimitError, pairs_within

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

CONTEXT = (
    "score", "rank", "count", "best_other", "length", "elongation", "nearby", "best_nearby",
    "detections", "other_class",
)  # fmt: skip
"""Features of a candidate, see `context_features`."""

FURTHEST = 4.0  # standard deviations from the mean: what lies further out than that counts as there
_NEARBY = 3.0  # lengths of the box
_FLOOR = 0.01  # the score of a detection that is not there
_SOME = 0.05  # what a sum of scores has in any case, so that it has a logarithm
_MOST_PAIRS = 100_000_000


def context_features(candidates: Candidates) -> FloatArray:
    """(K, len(CONTEXT)), of each candidate:

    - score: log-odds of its score;
    - rank: log of its place by score among those of its class in its image, 1 being the best;
    - count: log of how many these are;
    - best_other: log-odds of the best score among the others of its class in its image;
    - length, elongation: log of the box's longer side in pixels, and of that over the shorter;
    - nearby: log of the sum of the scores of its class within three lengths of it, plus 0.05;
    - best_nearby: log-odds of the best of them;
    - detections: log of how many detections the image has, of all classes;
    - other_class: log-odds of the best score in the image that is for another class.

    Images do not see each other.
    """
    scenes, score, image = candidates.scenes, candidates.score, candidates.image
    classes = len(scenes.classes)
    if not len(score):
        return np.empty((0, len(CONTEXT)))
    key = image * classes + candidates.label
    order = np.lexsort((-score, key))
    _, first, group, count = np.unique(key[order], return_index=True, return_inverse=True, return_counts=True)
    rank, many = np.empty(len(score)), np.empty(len(score))
    rank[order] = 1.0 + np.arange(len(score)) - first[group]
    many[order] = count[group]
    best_first, best_then = score[order][first], np.full(len(first), _FLOOR)
    best_then[count > 1] = score[order][first[count > 1] + 1]
    leading = np.empty(len(score))
    leading[order] = np.where(rank[order] == 1.0, best_then[group], best_first[group])
    corners = scenes.corners.astype(np.float64)
    sides = np.linalg.norm(corners[:, [1, 2]] - corners[:, [0, 1]], axis=2)
    length, width = np.maximum(sides.max(axis=1), 1.0), np.maximum(sides.min(axis=1), 1.0)
    nearby, best = _company(candidates, key, length)
    of_class = np.full((len(scenes), classes + 1), _FLOOR)
    np.maximum.at(of_class, (image, candidates.label), score)
    best_class = of_class.argmax(axis=1)
    top = np.sort(of_class, axis=1)
    other = np.where(best_class[image] == candidates.label, top[image, -2], top[image, -1])
    columns = (
        logit(score),
        np.log(rank),
        np.log(many),
        logit(np.maximum(leading, _FLOOR)),
        np.log(length)[candidates.row],
        np.log(length / width)[candidates.row],
        np.log(nearby + _SOME),
        logit(np.maximum(best, _FLOOR)),
        np.log(np.maximum(np.diff(scenes.start), 1))[image],
        logit(other),
    )
    return np.stack(columns, axis=1)


def _company(candidates: Candidates, key: IntArray, length: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(K,) sum and maximum of the scores of the other candidates of a class near each.

    Where there are too many pairs to look at (all boxes of a class on one spot), the distance does not count.
    """
    order = np.argsort(key, kind="stable")
    row, score, group = candidates.row[order], candidates.score[order], key[order]
    corners = candidates.scenes.corners.astype(np.float64)
    extent = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)[row]
    # What a class vector has next to nothing of is company for nobody.
    strong = np.flatnonzero(score >= _FLOOR)
    total, best = np.empty(len(key)), np.empty(len(key))
    try:
        mine, other = pairs_within(extent, group, np.arange(len(key)), strong, _NEARBY * length[row], _MOST_PAIRS)
    except PairLimitError:
        _, code = np.unique(group, return_inverse=True)
        highest = np.zeros(int(code.max()) + 1)
        np.maximum.at(highest, code, score)
        total[order], best[order] = np.bincount(code, score)[code] - score, highest[code]
        return total, best
    other = strong[other]
    apart = mine != other
    mine, other = mine[apart], other[apart]
    highest = np.zeros(len(key))
    np.maximum.at(highest, mine, score[other])
    total[order] = np.bincount(mine, score[other], minlength=len(key))
    best[order] = highest
    return total, best


@dataclass(frozen=True, eq=False)
class ContextModel:
    """A logistic function of the features, with weights that all classes share and what a class adds to them.

    Attributes:
        mean, scale: (len(CONTEXT),) what features are standardised with.
        shared: (len(CONTEXT) + 1,) weights, the last being the offset.
        classes: by class, of the same shape, added to `shared`; classes that are missing add nothing.
    """

    mean: FloatArray
    scale: FloatArray
    shared: FloatArray
    classes: Mapping[str, FloatArray]

    def __call__(self, candidates: Candidates) -> FloatArray:
        """(K,) probability of each candidate."""
        columns = standardised(context_features(candidates), self.mean, self.scale)
        nothing = np.zeros(len(CONTEXT) + 1)
        weights = np.stack([self.shared + self.classes.get(name, nothing) for name in candidates.scenes.classes])
        return sigmoid((columns * weights[candidates.label]).sum(axis=1))

    def to_json(self) -> dict[str, Any]:
        return {
            "features": list(CONTEXT),
            "mean": self.mean.tolist(),
            "scale": self.scale.tolist(),
            "shared": self.shared.tolist(),
            "classes": {name: own.tolist() for name, own in sorted(self.classes.items())},
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> ContextModel:
        """From a file. Raises ValueError where features or weights are missing, unknown or too many."""
        if tuple(body["features"]) != CONTEXT:
            raise ValueError(f"context.features: {', '.join(body['features'])} instead of {', '.join(CONTEXT)}")
        mean, scale, shared = (np.array(body[name], dtype=np.float64) for name in ("mean", "scale", "shared"))
        classes = {name: np.array(own, dtype=np.float64) for name, own in body["classes"].items()}
        size = len(CONTEXT)
        sizes = {len(mean), len(scale), *(len(own) - 1 for own in (shared, *classes.values()))}
        if sizes != {size}:
            raise ValueError(f"context: {size} features, and an offset after the weights, are expected everywhere")
        if (scale <= 0.0).any():
            raise ValueError("context.scale: has to be above 0")
        return cls(mean, scale, shared, classes)


def standardised(features: FloatArray, mean: FloatArray, scale: FloatArray) -> FloatArray:
    """(K, F + 1) the features in standard deviations from their mean, cut off far out, and a column of ones."""
    inside = np.clip((features - mean) / scale, -FURTHEST, FURTHEST)
    return np.concatenate([inside, np.ones((len(features), 1))], axis=1)
