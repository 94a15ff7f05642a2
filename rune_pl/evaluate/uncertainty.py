"""How uncertain an image is for a query: the entropy of the detections that the query can touch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rune_pl.evaluate.methods import Question
from rune_pl.inference import NotInFragmentError, make_facts
from rune_pl.inference.plan import make_plan
from rune_pl.inference.prepared import Prepared

FloatArray = NDArray[np.float64]
QUANTILES = 4


def image_uncertainty(question: Question) -> FloatArray:
    """(M,) mean binary entropy, in bits, of the facts of the classes that the rule names; NaN where there are none.

    A rule that leaves the class of an object open touches all facts.
    """
    scenes = question.scenes
    facts = make_facts(scenes)
    try:
        labels = make_plan(question.query, Prepared(scenes).sizes()).labels
    except NotInFragmentError:
        labels = None
    if labels is not None:
        facts = facts.select(np.isin(facts.label, [at for at, name in enumerate(scenes.classes) if name in labels]))
    total = np.bincount(facts.image, entropy(facts.probability), minlength=len(scenes))
    count = np.bincount(facts.image, minlength=len(scenes))
    with np.errstate(invalid="ignore"):
        return np.where(count > 0, total / count, np.nan)


def entropy(probability: FloatArray) -> FloatArray:
    """Binary entropy in bits: 0 for what is certain either way, 1 for one half."""
    p, q = np.asarray(probability), 1.0 - np.asarray(probability)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: FloatArray = np.where((p > 0.0) & (q > 0.0), -(p * np.log2(p) + q * np.log2(q)), 0.0)
    return found


def quantile_of(uncertainty: FloatArray, bins: int = QUANTILES) -> NDArray[np.int64]:
    """(M,) which quantile each image is in, 0 for the least uncertain; -1 where it has no uncertainty.

    Equal values are in the same quantile, so that quantiles may differ in size.
    """
    found = np.full(len(uncertainty), -1, dtype=np.int64)
    known = ~np.isnan(uncertainty)
    values = uncertainty[known]
    if len(values):
        lower = np.searchsorted(np.sort(values), values, side="left")
        found[known] = np.minimum(bins - 1, lower * bins // len(values))
    return found
