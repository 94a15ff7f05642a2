"""Rows: bindings of a rule's variables in all images at once, each with the conditions under which it holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rune_pl.inference.columns import Array, Column, Table

IntArray = NDArray[np.int64]

# More rows than this at once do not fit in memory beside their columns.
MAX_ROWS = 8_000_000

# Where joins are done in parts against a clock, a part has at most so many.
_PART_ROWS = 500_000


class JoinSizeError(Exception):
    """There are more candidate bindings than fit in memory."""


def row_limit(*, in_parts: bool = False) -> int:
    """The most rows that a join may have."""
    return min(_PART_ROWS, MAX_ROWS) if in_parts else MAX_ROWS


@dataclass(frozen=True)
class Rows:
    """A table, and for each of its rows the literals that must hold together.

    `parent` (n,) ascending says from which row of an earlier table each row was made.
    """

    table: Table
    conditions: tuple[IntArray, ...]
    parent: IntArray

    @classmethod
    def of(cls, table: Table) -> Rows:
        """The rows of a table, unconditionally."""
        return cls(table, (), np.arange(len(table)))

    @classmethod
    def joined(cls, parts: Sequence[Rows]) -> Rows:
        """Rows one after the other, under one condition each; those of later parts have later parents.

        Raises:
            JoinSizeError: more than `MAX_ROWS` rows.
            NotColumnarError: a column has terms that differ.
        """
        total = sum(map(len, parts))
        if total > MAX_ROWS:
            raise JoinSizeError(f"a join of {total:,} rows")
        some = [part for part in parts if len(part)] or list(parts[:1])
        table = Table.joined([part.table for part in some])
        condition = np.concatenate([literals for part in some for literals in part.conditions])
        return cls(table, (condition,), np.concatenate([part.parent for part in some]))

    def __len__(self) -> int:
        return len(self.table)

    @property
    def local(self) -> bool:
        """Whether the rows are about objects, not about images as a whole."""
        return any(is_detections(column) for column in self.table.columns.values())

    def take(self, index: IntArray) -> Rows:
        """The chosen rows, in that order, which keeps `parent` ascending."""
        return Rows(self.table.take(index), tuple(c[index] for c in self.conditions), self.parent[index])

    def replace(self, index: IntArray, table: Table) -> Rows:
        """The chosen rows with the table made of them."""
        return Rows(table, tuple(c[index] for c in self.conditions), self.parent[index])

    def where(self, condition: IntArray) -> Rows:
        """Under one more condition."""
        return Rows(self.table, (*self.conditions, condition), self.parent)

    def where_all(self, condition: IntArray) -> Rows:
        """Under one condition, that of all its conditions together."""
        return Rows(self.table, (condition,), self.parent)


def is_detections(column: Column) -> bool:
    """Whether a column holds rows of boxes."""
    return isinstance(column, np.ndarray) and column.dtype == np.int64


def cross(
    left_key: IntArray, right: IntArray, right_key: IntArray, limit: int | None = None
) -> tuple[IntArray, IntArray]:
    """Pair every left row with every candidate on the right of the same key (the image, mostly).

    `right_key` must be sorted. Gives indices into the left rows, and the values of `right`.

    Raises:
        JoinSizeError: more than `limit` pairs, `MAX_ROWS` unless given.
    """
    first = np.searchsorted(right_key, left_key, side="left")
    length = np.searchsorted(right_key, left_key, side="right") - first
    total = int(length.sum())
    if total > (row_limit() if limit is None else limit):
        raise JoinSizeError(f"a join of {total:,} rows")
    left = np.repeat(np.arange(len(left_key)), length)
    offset = np.arange(total) - np.repeat(np.cumsum(length) - length, length)
    return left, right[np.repeat(first, length) + offset]


def different(table: Table, names: Iterable[str]) -> tuple[IntArray, IntArray]:
    """Rows that stand for all that agree on the image and on these columns, ascending, and the one of each row."""
    keys: list[Array] = [table.image]
    for name in sorted(names):
        column = table.columns[name]
        if isinstance(column, np.ndarray):
            # A row of boxes belongs to one image, whose number then adds nothing.
            keys = [*(k for k in keys if k is not table.image or column.dtype != np.int64), column]
    if len(keys) == 1:
        _, first, inverse = np.unique(keys[0], return_index=True, return_inverse=True)
        if (np.diff(first) > 0).all():
            return first, inverse
        keys = [*keys]
    order = np.lexsort(keys)
    new = np.zeros(len(order), dtype=np.bool_)
    if len(order):
        new[0] = True
        for key in keys:
            new[1:] |= np.diff(key[order]) != 0
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.cumsum(new) - 1
    groups = int(new.sum())
    first = np.full(groups, len(order), dtype=np.int64)
    np.minimum.at(first, number, np.arange(len(order)))
    by_first = np.argsort(first)
    rank = np.empty(groups, dtype=np.int64)
    rank[by_first] = np.arange(groups)
    return first[by_first], rank[number]
