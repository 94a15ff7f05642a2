"""Lineage: why the query holds, as gates over facts, built for all images at once.

A literal is a whole number: 2 * node, plus 1 where it is negated; nodes below F are facts, those from F on are gates;
and the constants `TRUE` and `FALSE`. A gate holds where the signed number of its inputs that hold lies in [low, high]:
`or` is [1, ...], `and` is [0, 0] over negated inputs, at least three is [3, ...]. What is certain is simplified away
while gates are built, and a gate that is there already is not made again.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rune_pl.inference.kernels.circuit import NO_LIMIT, Gates

IntArray = NDArray[np.int64]

TRUE, FALSE = -1, -2


def negate(literals: IntArray) -> IntArray:
    """The opposite of each literal."""
    flipped: IntArray = np.where(literals < 0, TRUE + FALSE - literals, literals ^ 1)
    return flipped


@dataclass
class _Batch:
    start: IntArray
    literal: IntArray
    weight: NDArray[np.int8]
    low: NDArray[np.int32]
    high: NDArray[np.int32]
    local: NDArray[np.bool_]


@dataclass
class Lineage:
    """Gates over `facts` facts, growing."""

    facts: int
    _batches: list[_Batch] = field(default_factory=list)
    _count: int = 0
    _hashes: NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, dtype=np.uint64))
    _hashed: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def __len__(self) -> int:
        return self._count

    def any_of(self, group: IntArray, literals: IntArray, groups: int, *, local: bool) -> IntArray:
        """(groups,) a literal for "some literal of the group holds"; `group` (n,) is ascending."""
        return self.count(group, literals, groups, 1, NO_LIMIT, local=local, distinct=True)

    def all_of(self, columns: list[IntArray], rows: int, *, local: bool) -> IntArray:
        """(rows,) a literal for "the literals of the row hold in all columns"."""
        open_ = [c for c in columns if (c != TRUE).any()]
        if not open_:
            return np.full(rows, TRUE, dtype=np.int64)
        if len(open_) == 1:
            return open_[0]
        group = np.repeat(np.arange(rows), len(open_))
        return self.count(group, negate(np.column_stack(open_).ravel()), rows, 0, 0, local=local, distinct=True)

    def count(
        self,
        group: IntArray,
        literals: IntArray,
        groups: int,
        low: int,
        high: int,
        *,
        local: bool,
        weight: IntArray | None = None,
        distinct: bool = False,
    ) -> IntArray:
        """(groups,) a literal for "the number of literals of the group that hold lies in [low, high]".

        Args:
            group: (n,) ascending, the group of each literal.
            weight: (n,) +1, or -1 where a literal counts against.
            local: whether the groups are about objects, rather than about images as a whole.
            distinct: the same literal twice counts once.
        """
        weight = np.ones(len(group), dtype=np.int64) if weight is None else weight
        certain = np.bincount(group, np.where(literals == TRUE, weight, 0), minlength=groups).astype(np.int64)
        keep = literals >= 0
        group, literals, weight = group[keep], literals[keep], weight[keep]
        if not _in_order(group, literals):  # joins mostly give them in order
            order = np.lexsort((weight, literals, group))
            group, literals, weight = group[order], literals[order], weight[order]
        if distinct and len(group):
            new = np.r_[True, (np.diff(group) != 0) | (np.diff(literals) != 0)]
            group, literals, weight = group[new], literals[new], weight[new]
        size = np.bincount(group, minlength=groups).astype(np.int64)
        minus = np.bincount(group, weight < 0, minlength=groups).astype(np.int64)
        lows = np.maximum(low - certain, -NO_LIMIT)
        highs = np.full(groups, NO_LIMIT, dtype=np.int64) if high >= NO_LIMIT else high - certain
        result = np.full(groups, FALSE, dtype=np.int64)
        never = (size - minus < lows) | (-minus > highs) | (lows > highs)
        always = (lows <= -minus) & (highs >= size - minus) & ~never
        result[always] = TRUE
        open_ = ~never & ~always
        start = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
        single = np.flatnonzero(open_ & (size == 1))
        if len(single):
            at = start[single]
            # Open and single: it holds for one of the two values of the literal.
            holds = (lows[single] <= weight[at]) & (weight[at] <= highs[single])
            result[single] = np.where(holds, literals[at], literals[at] ^ 1)
        several = np.flatnonzero(open_ & (size > 1))
        if len(several):
            inside = (open_ & (size > 1))[group]
            # A bound that no number of inputs reaches is none.
            top = np.where(highs[several] >= (size - minus)[several], NO_LIMIT, highs[several])
            bottom = np.maximum(lows[several], -minus[several])
            gates = self._make(size[several], literals[inside], weight[inside], bottom, top, local)
            result[several] = 2 * (self.facts + gates)
        return result

    def _make(
        self, size: IntArray, literals: IntArray, weight: IntArray, low: IntArray, high: IntArray, local: bool
    ) -> IntArray:
        """Numbers of gates with these inputs, sorted within each gate; those that are there are used again."""
        start = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
        mixed = _mix((2 * literals + (weight < 0)).astype(np.uint64))
        total = np.add.reduceat(mixed, start[:-1])
        spread = np.bitwise_xor.reduceat(_mix(mixed), start[:-1])
        tail = low.astype(np.uint64) * np.uint64(4) + high.astype(np.uint64) * np.uint64(31) + np.uint64(local)
        hashes = _mix(total ^ _mix(spread + tail))
        unique, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
        at = np.searchsorted(self._hashes, unique)
        known = np.zeros(len(unique), dtype=np.bool_)
        inside = at < len(self._hashes)
        known[inside] = self._hashes[at[inside]] == unique[inside]
        number = np.empty(len(unique), dtype=np.int64)
        number[known] = self._hashed[at[known]]
        fresh = np.flatnonzero(~known)
        # In the order given, so that what is built is the same however hashes fall.
        fresh = fresh[np.argsort(first[fresh])]
        number[fresh] = self._count + np.arange(len(fresh))
        rows = first[fresh]
        inputs = np.repeat(start[rows] - np.concatenate([[0], np.cumsum(size[rows])[:-1]]), size[rows]) + np.arange(
            size[rows].sum()
        )
        self._batches.append(
            _Batch(
                np.concatenate([[0], np.cumsum(size[rows])]).astype(np.int64),
                literals[inputs],
                weight[inputs].astype(np.int8),
                low[rows].astype(np.int32),
                high[rows].astype(np.int32),
                np.full(len(rows), local),
            )
        )
        self._count += len(fresh)
        merged = np.concatenate([self._hashes, hashes[rows]])
        numbers = np.concatenate([self._hashed, number[fresh]])
        by_hash = np.argsort(merged)
        self._hashes, self._hashed = merged[by_hash], numbers[by_hash]
        return number[inverse]

    def gates(self) -> Gates:
        """All gates so far, children before parents."""
        batches = self._batches
        offset = np.cumsum([0, *(len(b.literal) for b in batches)])
        starts = [b.start[:-1] + o for b, o in zip(batches, offset, strict=False)]
        return Gates(
            np.concatenate([*starts, offset[-1:]]).astype(np.int64),
            np.concatenate([b.literal for b in batches]) if batches else np.empty(0, dtype=np.int64),
            np.concatenate([b.weight for b in batches]) if batches else np.empty(0, dtype=np.int8),
            np.concatenate([b.low for b in batches]) if batches else np.empty(0, dtype=np.int32),
            np.concatenate([b.high for b in batches]) if batches else np.empty(0, dtype=np.int32),
            np.concatenate([b.local for b in batches]) if batches else np.empty(0, dtype=np.bool_),
        )


def _in_order(group: IntArray, literals: IntArray) -> bool:
    """Whether literals rise strictly within each group; groups are in order."""
    return bool(((np.diff(literals) > 0) | (np.diff(group) > 0)).all())


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread bits (the finalizer of SplitMix64)."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: NDArray[np.uint64] = values ^ (values >> np.uint64(31))
    return mixed
