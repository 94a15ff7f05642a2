"""Which images a query can be decided for: metres need a ground sampling distance, regions the size of the image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive.scenes import Scenes
from rune_pl.inference.facts import Facts
from rune_pl.inference.normal_form import requirements
from rune_pl.inference.plan import NotInFragmentError
from rune_pl.inference.query import Query

_REASONS = {
    "gsd": "the rule measures in metres and the image's ground sampling distance is unknown (give one with --gsd)",
    "size": "the rule needs the image's width and height",
}


def undecidable(query: Query, scenes: Scenes, facts: Facts) -> list[str | None]:
    """For each image, what it lacks to decide the query, or None.

    An image that lacks something is decided all the same where it does not have the objects that the rule asks for:
    then the rule cannot hold, whatever the distances.
    """
    unknown = {"gsd": np.isnan(scenes.gsd), "size": np.isnan(scenes.width) | np.isnan(scenes.height)}
    needs = [need for need in _REASONS if need in query.checked.needs and unknown[need].any()]
    if not needs:
        return [None] * len(scenes)
    possible = _possible(query, scenes, facts)
    return [
        next((_REASONS[need] for need in needs if unknown[need][image]), None) if possible[image] else None
        for image in range(len(scenes))
    ]


def _possible(query: Query, scenes: Scenes, facts: Facts) -> NDArray[np.bool_]:
    """(M,) whether an image has all the classes that some way to prove the query asks for."""
    try:
        alternatives = requirements(query, scenes.classes)
    except NotInFragmentError:
        return np.ones(len(scenes), dtype=np.bool_)
    present = np.zeros((len(scenes), len(scenes.classes)), dtype=np.bool_)
    present[facts.image, facts.label] = True
    possible = np.zeros(len(scenes), dtype=np.bool_)
    for alternative in alternatives:
        asked = {label for _, label in alternative.objects}
        if asked <= set(scenes.classes):
            possible |= present[:, [scenes.classes.index(label) for label in asked]].all(axis=1)
    return possible
