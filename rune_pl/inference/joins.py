"""Joining objects to rows: within the image, and within reach where the tests to come bound the distance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rune_pl.geometry.pairs import PairLimitError, pairs_within
from rune_pl.inference.columns import ColumnSolver, Table
from rune_pl.inference.facts import Facts
from rune_pl.inference.reach import reach_of
from rune_pl.inference.rows import JoinSizeError, cross, is_detections, row_limit
from rune_pl.language.terms import Goal

IntArray = NDArray[np.int64]


def pair_up(
    variable: str,
    candidates: IntArray,
    table: Table,
    tests: Sequence[Goal],
    facts: Facts,
    solver: ColumnSolver,
    limit: int | None = None,
) -> tuple[IntArray, IntArray, str | None]:
    """Each row with the facts that may become its `variable`, and the object by whose reach that was decided, if any.

    Args:
        candidates: facts, ascending.
        tests: goals that have to hold; those that bound a distance to an object of the table narrow the join.
        limit: the most pairs there may be, `MAX_ROWS` unless given.

    Raises:
        JoinSizeError: more than that.
    """
    limit = row_limit() if limit is None else limit
    rows = facts.row[candidates]
    for anchor, column in table.columns.items():
        if not is_detections(column):
            continue
        reach = reach_of(variable, anchor, tests, table, rows, solver)
        if reach is None:
            continue
        left_rows = np.asarray(column, dtype=np.int64)
        inside = np.flatnonzero(left_rows >= 0)
        boxes = solver.boxes
        try:
            left, right = pairs_within(boxes.extent, boxes.image, left_rows[inside], rows, reach[inside], limit)
        except PairLimitError as error:
            raise JoinSizeError(str(error)) from None
        return inside[left], candidates[right], anchor
    left, right = cross(table.image, candidates, facts.image[candidates], limit)
    return left, right, None
