"""Upper bounds on the probability of a query from the index of an archive: no detection is read, nothing inferred.

A bound has two ends, as an answer has: an upper bound on log P and a lower bound on log(1 - P). Next to 1 the second
keeps the digits that the first has lost, so that images that all but certainly satisfy a query keep an order.

What is used of a block is what has to hold for it to hold: each of its scans finds an object, each of its counts is
reached by objects of the class, each of its negations of a class alone finds none. What is about different classes is
about different detections, so that it is independent and its bounds multiply (without class vectors); of what is about
the same the smallest bound counts. Alternatives add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rune_pl.inference.crowds import is_growing
from rune_pl.inference.kernels.circuit import NO_LIMIT
from rune_pl.inference.normal_form import requirements
from rune_pl.inference.plan import (
    NOTHING,
    Absent,
    Block,
    Compared,
    Counted,
    Each,
    Either,
    Exists,
    NotInFragmentError,
    Scan,
    Step,
    inner_blocks,
    make_plan,
)
from rune_pl.inference.query import Query

FloatArray = NDArray[np.float64]
Labels = frozenset[str] | None  # None: any class


class Index(Protocol):
    """What `rune_pl.archive.index.ArchiveIndex` has."""

    @property
    def plain(self) -> bool:
        """Whether no detection has a class vector."""
        ...

    def column(self, label: str, name: str) -> NDArray[np.float32]:
        """(M,) a column of the postings of a class."""
        ...


@dataclass(frozen=True, eq=False)
class Bound:
    """For M images: `yes` is at least log P, `no` at most log(1 - P)."""

    yes: FloatArray
    no: FloatArray

    @property
    def log_odds(self) -> FloatArray:
        """At least log(P / (1 - P)); infinite where the bound says nothing, or that P is 0."""
        with np.errstate(invalid="ignore"):
            odds: FloatArray = np.where(np.isneginf(self.yes), -np.inf, self.yes - self.no)
        return odds


@dataclass(frozen=True)
class Bounds:
    """Bounds for the blocks of a plan over the images of an index."""

    index: Index
    images: int

    def of(self, query: Query, classes: tuple[str, ...]) -> Bound | None:
        """Of a query over an archive with these classes; None where nothing can be said."""
        try:
            return self.block(make_plan(query, {}).root)
        except NotInFragmentError:
            pass
        try:
            found = requirements(query, classes)
        except NotInFragmentError:
            return None
        blocks = (Block(tuple(Scan(name, label) for name, label in a.objects), NOTHING, NOTHING) for a in found)
        return self._either(Either(tuple(blocks)))

    def block(self, block: Block) -> Bound | None:
        """Of "there are values for all variables of the block, outer ones included, so that it holds"."""
        groups: list[tuple[Labels, Bound]] = []
        for step in block.steps:
            bound = self._step(step)
            if bound is None:
                continue
            labels = _labels((step,)) if self.index.plain else None
            # Groups that share a class with this step, and those of any class, become one.
            same = [g for g in groups if labels is None or g[0] is None or g[0] & labels]
            groups = [g for g in groups if not any(g is s for s in same)]
            for other, found in same:
                labels = None if labels is None or other is None else labels | other
                bound = _least(bound, found)
            groups.append((labels, bound))
        whole: Bound | None = None
        for _, bound in groups:
            whole = bound if whole is None else _both(whole, bound)
        return whole

    def _step(self, step: Step) -> Bound | None:
        if isinstance(step, Scan):
            return self._some(step.label) if step.is_class else None
        if isinstance(step, Either):
            return self._either(step)
        if isinstance(step, Exists):
            return self.block(step.block)
        if isinstance(step, Absent):
            label = _only_class(step.block)
            return None if label is None else _not(self._some(label))
        if isinstance(step, Counted):
            return self._counted(step)
        if isinstance(step, Compared):
            return self.block(step.block)
        return None

    def _some(self, label: str) -> Bound:
        """Exactly, but for rounding: there is an object of the class."""
        no = self.index.column(label, "none").astype(np.float64)
        with np.errstate(divide="ignore"):
            return Bound(np.log(-np.expm1(no)), no)

    def _either(self, step: Either) -> Bound | None:
        if not step.blocks:
            return Bound(np.full(self.images, -np.inf), np.zeros(self.images))
        bounds = [self.block(block) for block in step.blocks]
        known = [bound for bound in bounds if bound is not None]
        if len(known) < len(bounds):
            return None
        whole = known[0]
        # Of events that become no less probable with any detection, P(neither) is at least the product of P(not one)
        # and P(not the other); that needs independent detections. Otherwise the sum has to do.
        growing = self.index.plain and all(is_growing(block) for block in step.blocks)
        for bound in known[1:]:
            yes = np.minimum(np.logaddexp(whole.yes, bound.yes), 0.0)
            if growing:
                whole = Bound(yes, whole.no + bound.no)
            else:
                with np.errstate(divide="ignore"):
                    whole = Bound(yes, np.log(-np.expm1(yes)))
        return whole

    def _counted(self, step: Counted) -> Bound | None:
        inner = self.block(step.block) if step.low >= 1 else None
        labels = _classes_of(step.block, step.variable)
        if not labels:
            return inner
        count = np.sum([self.index.column(label, "count").astype(np.float64) for label in labels], axis=0)
        expected = np.sum([self.index.column(label, "expected").astype(np.float64) for label in labels], axis=0)
        expected *= 1.0 + 1e-6
        yes = np.zeros(self.images)
        if step.low >= 1:
            # Chernoff's bound for independent events, which is below Markov's where that says anything.
            yes = np.where(count < step.low, -np.inf, _tail(step.low, expected, expected < step.low))
        if 1 <= step.high < NO_LIMIT and _only_class(step.block) is not None:
            less = expected * (1.0 - 3e-6)
            yes = np.minimum(yes, np.where(count > step.high, _tail(step.high, less, less > step.high), 0.0))
        with np.errstate(divide="ignore"):
            bound = Bound(yes, np.log(-np.expm1(yes)))
        return bound if inner is None else _least(bound, inner)


def _tail(k: int, expected: FloatArray, applies: NDArray[np.bool_]) -> FloatArray:
    """log of exp(k - m) (m / k)^k, which bounds P(N >= k) where k > m and P(N =< k) where k < m; 0 elsewhere."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found: FloatArray = np.where(applies, np.minimum(k - expected + k * (np.log(expected) - np.log(k)), 0.0), 0.0)
    return found


def _least(one: Bound, other: Bound) -> Bound:
    return Bound(np.minimum(one.yes, other.yes), np.maximum(one.no, other.no))


def _both(one: Bound, other: Bound) -> Bound:
    """Two independent events: 1 - P is that of the one, or else that of the other.

    Where the ends of the first do not add up to 1, only the lesser of what they say of P may count with the other.
    """
    with np.errstate(divide="ignore"):
        first = np.minimum(one.yes, np.log(-np.expm1(one.no)))
    return Bound(one.yes + other.yes, np.minimum(np.logaddexp(one.no, first + other.no), 0.0))


def _not(exact: Bound) -> Bound:
    """The opposite of what is known exactly but for the rounding of its columns, which now goes the wrong way."""
    no = np.where(exact.no > -1e-30, -np.inf, exact.yes + np.log1p(-1e-6))  # next to 0 float32 has no digits
    return Bound(exact.no * (1.0 - 1e-6), no)


def _labels(steps: Sequence[Step]) -> Labels:
    """The classes that steps are about; None where it may be any."""
    labels: set[str] = set()
    for step in steps:
        if isinstance(step, Each) or (isinstance(step, Scan) and not step.is_class):
            return None
        if isinstance(step, Scan):
            labels.add(step.label)
        for block in inner_blocks(step):
            inner = _labels(block.steps)
            if inner is None:
                return None
            labels |= inner
    return frozenset(labels)


def _only_class(block: Block) -> str | None:
    """The class of a block that says "there is one", and nothing more; with outer variables it says more."""
    while len(block.steps) == 1 and isinstance(block.steps[0], Exists) and not block.uses:
        block = block.steps[0].block
    if len(block.steps) != 1 or block.uses:
        return None
    step = block.steps[0]
    return step.label if isinstance(step, Scan) and step.is_class else None


def _classes_of(block: Block, variable: str) -> frozenset[str]:
    """The classes that the values of a block's variable are of; none where they may be of any."""
    for step in block.steps:
        if isinstance(step, Scan) and step.is_class and step.variable == variable:
            return frozenset({step.label})
        if isinstance(step, Either) and step.blocks:
            inner = [_classes_of(one, variable) for one in step.blocks]
            if all(inner):
                return frozenset[str]().union(*inner)
    return frozenset()
