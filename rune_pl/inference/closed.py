"""Queries that are a few counts of single objects, each of a class of its own: no lineage is needed for those."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rune_pl.inference.answers import no_columns
from rune_pl.inference.counts import count_class
from rune_pl.inference.kernels.circuit import NO_LIMIT
from rune_pl.inference.kernels.solve import Columns
from rune_pl.inference.plan import Absent, Block, Counted, Exists, Plan, Scan
from rune_pl.inference.prepared import Prepared

_PER_THREAD = 200_000  # detections for which a thread is worth starting


@dataclass(frozen=True)
class Sentence:
    """`low <= #{A : object(A, label)} <= high`; `high` is None without a bound."""

    label: str
    low: int
    high: int | None


def sentences(plan: Plan) -> tuple[Sentence, ...] | None:
    """The plan as independent sentences about one class each, None where it says more."""
    root = plan.root
    while len(root.steps) == 1 and isinstance(root.steps[0], Exists) and _sentence(root.steps[0]) is None:
        root = root.steps[0].block
    found = [_sentence(step) for step in root.steps]
    known = tuple(s for s in found if s is not None)
    different = len({s.label for s in known}) == len(known)
    return known if known and len(known) == len(found) and different else None


def _sentence(step: object) -> Sentence | None:
    if isinstance(step, Exists) and (label := _scanned(step.block)) is not None:
        return Sentence(label, 1, None)
    if isinstance(step, Absent):
        if (label := _scanned(step.block)) is not None:
            return Sentence(label, 0, 0)
        if len(step.block.steps) == 1 and isinstance(step.block.steps[0], Exists):
            return _sentence(Absent(step.block.steps[0].block))
    if isinstance(step, Counted) and (label := _scanned(step.block)) is not None:
        return Sentence(label, step.low, None if step.high >= NO_LIMIT else step.high)
    return None


def _scanned(block: Block) -> str | None:
    """The class that a block looks for, and nothing else."""
    if len(block.steps) != 1:
        return None
    (step,) = block.steps
    return step.label if isinstance(step, Scan) and step.is_class else None


def count_sentences(found: tuple[Sentence, ...], prepared: Prepared, workers: int) -> Columns:
    """The columns for all images."""
    images = len(prepared.scenes)
    whole = no_columns(images, certain=True)
    for sentence in found:
        # An image without such detections counts none.
        holds = sentence.low <= 0
        columns = no_columns(images, certain=holds)
        image, probability = prepared.chances(sentence.label)
        high = -1 if sentence.high is None else sentence.high
        pieces = [
            (image[part], probability[part], sentence.low, high, columns.log_true, columns.log_false)
            for part in _pieces(image, workers)
        ]
        if len(pieces) == 1:
            count_class(*pieces[0])
        else:
            with ThreadPoolExecutor(len(pieces)) as pool:
                list(pool.map(lambda piece: count_class(*piece), pieces))
        if len(found) == 1:
            return columns
        # Both hold, or the one, or else the other does not.
        with np.errstate(all="ignore"):
            np.logaddexp(whole.log_false, whole.log_true + columns.log_false, out=whole.log_false)
        whole.log_true[:] += columns.log_true
    return whole


def _pieces(image: NDArray[np.int32], workers: int) -> list[slice]:
    """Parts of a sorted column for as many threads as it is worth, none of which ends within an image."""
    count = min(workers, 1 + len(image) // _PER_THREAD)
    cuts = [int(np.searchsorted(image, image[len(image) * k // count])) for k in range(1, count)]
    ends = sorted({0, *cuts, len(image)})
    return [slice(a, b) for a, b in pairwise(ends)] or [slice(0, 0)]
