"""The classes whose detections can change an answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive.scenes import Scenes
from rune_pl.inference.evidence import Evidence
from rune_pl.inference.plan import NotInFragmentError, make_plan
from rune_pl.inference.query import Query

BoolArray = NDArray[np.bool_]


def touched_classes(query: Query, classes: Sequence[str]) -> BoolArray:
    """(C,) bool, the classes that the rule asks for; all where it cannot be told."""
    try:
        labels = make_plan(query, dict.fromkeys(classes, 1)).labels
    except NotInFragmentError:
        labels = None
    return np.array([labels is None or name in labels for name in classes], dtype=np.bool_)


def observed_classes(scenes: Scenes, evidence: Evidence | None) -> BoolArray:
    """(M, C) bool, the classes that a detection with evidence about it may be of."""
    observed = np.zeros((len(scenes), len(scenes.classes)), dtype=np.bool_)
    here = {image: index for index, image in enumerate(scenes.images)}
    for observation in evidence.observations if evidence is not None else ():
        image = here.get(observation.image)
        if image is None:
            continue
        rows = np.arange(scenes.start[image], scenes.start[image + 1])
        for row in rows[scenes.detection[rows] == observation.detection]:
            observed[image, scenes.label[row]] = True
            if scenes.class_probability is not None:
                observed[image] |= np.nan_to_num(scenes.class_probability[row]) > 0.0
    return observed
