"""Crowded images that hold all but certainly: a few of their likeliest detections show it, the others change nothing.

Where more detections can only help, the probability with some of them is at most that with all. So if it is within the
tolerance of 1 with a few, that is the answer.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive.scenes import Scenes
from rune_pl.inference.kernels.circuit import NO_LIMIT
from rune_pl.inference.plan import Absent, Block, Compared, Counted, Each, Plan, Test, inner_blocks
from rune_pl.inference.query import Query

IntArray = NDArray[np.int64]

CROWD = 256  # detections that are worth a look at a few first
_FEW = 48  # of each class


def can_be_shown_by_few(plan: Plan, query: Query) -> bool:
    """Whether the plan relates objects, and more detections can only help it; what says how large they are stays."""
    related = any(isinstance(step, Test) for step in _steps(plan.root))
    sized = ("size_rank", 2) in query.reachable
    return related and not sized and not plan.named and plan.labels is not None and is_growing(plan.root)


def crowded(scenes: Scenes) -> IntArray:
    """The images with many detections."""
    return np.flatnonzero(np.diff(scenes.start) > CROWD)


def few_of(scenes: Scenes, images: IntArray) -> Scenes:
    """These images with the likeliest detections of each class."""
    some = scenes.take(images)
    key = some.image_of * len(some.classes) + some.label
    order = np.lexsort((-some.probability, key))
    first = np.flatnonzero(np.diff(key[order], prepend=-1))
    place = np.arange(len(order)) - np.repeat(first, np.diff(np.append(first, len(order))))
    return some.only(np.sort(order[place < _FEW]))


def is_growing(block: Block) -> bool:
    """Whether more detections can only help."""
    return all(
        not isinstance(step, Absent | Compared | Each)
        and not (isinstance(step, Counted) and step.high < NO_LIMIT)
        and all(is_growing(inner) for inner in inner_blocks(step))
        for step in block.steps
    )


def _steps(block: Block) -> list[object]:
    return [s for step in block.steps for s in (step, *(x for inner in inner_blocks(step) for x in _steps(inner)))]
