"""Class presence: what is left of a rule when only the classes in an image are known, no objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from rune_pl.evaluate.methods import Question, Scored
from rune_pl.inference import make_facts
from rune_pl.inference.plan import Absent, Block, Compared, Counted, Either, Exists, Scan, Step, make_plan
from rune_pl.inference.prepared import Prepared

_MOST_CLASSES = 12


@dataclass(frozen=True)
class Presence:
    """The probability of the rule with all relations, attributes and numbers taken out of it.

    A class is present with the probability that some detection of it is an object. A count of at least one becomes the
    presence of its class, any other count is dropped, and so is every negation but that of classes alone (`no bridge`,
    `neither ships nor planes`). The rest is a formula over classes, whose probability is exact.
    """

    name: str = "class presence"

    def score(self, question: Question) -> Scored:
        """The probabilities.

        Raises:
            NotInFragmentError: recursion, or rules with a probability.
        """
        scenes = question.scenes
        plan = make_plan(question.query, Prepared(scenes).sizes())
        facts = make_facts(scenes)
        absent = np.zeros((len(scenes), len(scenes.classes)))
        with np.errstate(divide="ignore"):
            np.add.at(absent, (facts.image, facts.label), np.log1p(-facts.probability))
        present = 1.0 - np.exp(absent)
        labels = sorted(_labels(plan.root))[:_MOST_CLASSES]
        chance: dict[str, NDArray[np.float64]] = {
            label: present[:, scenes.classes.index(label)] if label in scenes.classes else np.zeros(len(scenes))
            for label in labels
        }
        total = np.zeros(len(scenes))
        for values in product((False, True), repeat=len(labels)):
            there = dict(zip(labels, values, strict=True))
            if _block(plan.root, there):
                weight = np.ones(len(scenes))
                for label, holds in there.items():
                    weight *= chance[label] if holds else 1.0 - chance[label]
                total += weight
        value = np.clip(total, 0.0, 1.0)
        return Scored(value, value)


def _block(block: Block, there: Mapping[str, bool]) -> bool:
    return all(_step(step, there) for step in block.steps)


def _step(step: Step, there: Mapping[str, bool]) -> bool:
    if isinstance(step, Scan):
        return there.get(step.label, True) if step.is_class else True
    if isinstance(step, Either):
        return any(_block(block, there) for block in step.blocks)
    if isinstance(step, Exists):
        return _block(step.block, there)
    if isinstance(step, Counted):
        return step.low < 1 or _block(step.block, there)
    if isinstance(step, Compared):
        return _block(step.block, there)
    if isinstance(step, Absent):
        return not (_plain(step.block) and _block(step.block, there))
    return True


def _plain(block: Block) -> bool:
    """Whether a block is about classes alone."""
    return all(
        (isinstance(step, Scan) and step.is_class)
        or (isinstance(step, Exists) and _plain(step.block))
        or (isinstance(step, Either) and all(map(_plain, step.blocks)))
        for step in block.steps
    )


def _labels(block: Block) -> set[str]:
    found: set[str] = set()
    for step in block.steps:
        if isinstance(step, Scan) and step.is_class:
            found.add(step.label)
        elif isinstance(step, Either):
            found.update(*map(_labels, step.blocks))
        elif isinstance(step, Exists | Absent | Counted | Compared):
            found |= _labels(step.block)
    return found
