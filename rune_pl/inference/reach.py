"""How far apart two objects can be and still pass the tests to come: what lets a spatial index do a join.

The bound comes from the text of the relations: `near(A, B) :- ..., gap(A, B, G), ..., G =< 2 * max(L, M)` is followed
to its comparison, measures of the object that is known are taken as they are, measures of the other as the interval of
its candidates. Where the text says nothing that this can read, there is no bound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rune_pl.geometry import REGISTRY, as_columns
from rune_pl.inference.columns import ColumnSolver, NotColumnarError, Table
from rune_pl.language.terms import (
    Call,
    Clause,
    Compare,
    Const,
    Goal,
    Struct,
    Term,
    Var,
    conjuncts,
    substitute,
    variables,
)

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
Interval = tuple[FloatArray, FloatArray]

MEETING = frozenset({"overlap_area", "cover", "iou"})  # above 0 only where boxes meet
_MAX_DEPTH = 8


def reach_of(
    variable: str, anchor: str, tests: Sequence[Goal], table: Table, candidates: IntArray, solver: ColumnSolver
) -> FloatArray | None:
    """(n,) for each row an upper bound of the gap between its `anchor` and any `variable` that passes the tests.

    Args:
        tests: goals that will have to hold.
        candidates: rows of boxes, sorted by image.

    Returns:
        None where no test bounds the gap; infinite for single rows without a bound.
    """
    goals = [goal for test in tests for goal in conjuncts(test)]
    return _Scope(variable, anchor, table, candidates, solver).bound(goals, 0) if goals else None


class _Scope:
    """Two objects, and what is known of numbers about them."""

    def __init__(self, variable: str, anchor: str, table: Table, candidates: IntArray, solver: ColumnSolver) -> None:
        self.pair = frozenset({variable, anchor})
        self.variable, self.anchor = variable, anchor
        self.table, self.candidates, self.solver = table, candidates, solver

    def bound(self, goals: Sequence[Goal], depth: int) -> FloatArray | None:
        """The least bound that one of the goals of a conjunction sets."""
        gaps = {
            goal.args[2].name
            for goal in goals
            if isinstance(goal, Call)
            and goal.indicator == ("gap", 3)
            and self._is_pair(goal)
            and isinstance(goal.args[2], Var)
        }
        shares = {
            goal.args[2].name
            for goal in goals
            if isinstance(goal, Call) and goal.name in MEETING and self._is_pair(goal) and isinstance(goal.args[2], Var)
        }
        best: FloatArray | None = None
        known: dict[str, Interval] | None = None
        for goal in goals:
            found: FloatArray | None = None
            if isinstance(goal, Compare):
                small, large = ordered(goal)
                if isinstance(small, Var) and small.name in gaps and large is not None:
                    known = self._numbers(goals) if known is None else known
                    interval = _evaluate(large, known)
                    found = None if interval is None else np.broadcast_to(interval[1], (len(self.table),))
                elif isinstance(large, Var) and large.name in shares and positive(goal, small):
                    found = np.zeros(len(self.table))
            elif isinstance(goal, Call) and goal.indicator in self.solver.clauses and depth < _MAX_DEPTH:
                found = self._call(goal, depth)
            if found is not None:
                best = np.asarray(found, dtype=np.float64) if best is None else np.minimum(best, found)
        return best

    def _is_pair(self, call: Call) -> bool:
        return frozenset(a.name for a in call.args[:2] if isinstance(a, Var)) == self.pair

    def _call(self, call: Call, depth: int) -> FloatArray | None:
        """The largest of the bounds of its clauses: any of them may be the one that holds."""
        names = {a.name for a in call.args if isinstance(a, Var)}
        if not self.pair <= names:
            return None
        worst: FloatArray | None = None
        for clause in self.solver.clauses[call.indicator]:
            goals = instantiated(clause, call)
            if goals is None:
                continue
            found = self.bound(goals, depth + 1)
            if found is None:
                return None
            worst = found if worst is None else np.maximum(worst, found)
        return worst

    def _numbers(self, goals: Sequence[Goal]) -> dict[str, Interval]:
        """Intervals of the numbers that measures and conversions give."""
        known: dict[str, Interval] = {}
        for name, column in self.table.columns.items():
            if isinstance(column, np.ndarray) and column.dtype == np.float64:
                number = column.astype(np.float64, copy=False)
                known[name] = (number, number)
        for goal in goals:
            if not isinstance(goal, Call):
                continue
            used = {a.name for a in goal.args if isinstance(a, Var)}
            if goal.indicator in REGISTRY and REGISTRY[goal.indicator].inputs == 1 and self.variable in used:
                self._measure(goal, known)
            elif self.variable not in used:
                # It runs as it is: it is about the known object, or about none.
                try:
                    columns = {k: v for k, v in self.table.columns.items() if k in used}
                    kept, found = self.solver.solve(goal, Table(columns, self.table.image))
                except NotColumnarError:
                    continue
                for name in used - columns.keys():
                    value = found.columns.get(name)
                    if isinstance(value, Const) and value.is_number:
                        known[name] = (np.float64(value.value),) * 2  # type: ignore[assignment]
                    elif isinstance(value, np.ndarray) and value.dtype == np.float64:
                        # Rows that fail here fail the test: any bound does for them.
                        whole = np.full(len(self.table), -np.inf)
                        whole[kept] = value
                        known[name] = (whole, whole)
        return known

    def _measure(self, goal: Call, known: dict[str, Interval]) -> None:
        """The interval of a measure over the candidates in each row's image."""
        image = self.solver.boxes.image[self.candidates]
        outputs = as_columns(REGISTRY[goal.indicator].call(self.solver.boxes, image, self.candidates))
        first = np.flatnonzero(np.r_[True, np.diff(image) != 0]) if len(image) else np.empty(0, dtype=np.int64)
        at = np.searchsorted(image[first], self.table.image)
        inside = at < len(first)
        inside[inside] = image[first][at[inside]] == self.table.image[inside]
        for arg, output in zip(goal.args[1:], outputs, strict=True):
            if isinstance(arg, Var) and len(first):
                low, high = np.full(len(self.table), -np.inf), np.full(len(self.table), -np.inf)
                low[inside] = np.fmin.reduceat(output, first)[at[inside]]
                high[inside] = np.fmax.reduceat(output, first)[at[inside]]
                known[arg.name] = (low, high)


def ordered(goal: Compare) -> tuple[Term | None, Term | None]:
    """(smaller, larger) of an inequality."""
    if goal.op in ("<", "=<"):
        return goal.left, goal.right
    if goal.op in (">", ">="):
        return goal.right, goal.left
    return None, None


def positive(goal: Compare, bound: Term | None) -> bool:
    """Whether what is above the bound is above 0."""
    if not isinstance(bound, Const) or isinstance(bound.value, str):
        return False
    return bound.value > 0 or (bound.value == 0 and goal.op in ("<", ">"))


def instantiated(clause: Clause, call: Call) -> list[Goal] | None:
    """The body's goals with the call's arguments in them; None where the head does not fit."""
    # No variable of a program has a name like these.
    by: dict[str, Term] = {v.name: Var(f"{v.name}~") for v in variables(clause.body)}
    for formal, actual in zip(clause.head.args, call.args, strict=True):
        if isinstance(formal, Var):
            by[formal.name] = actual
        elif isinstance(formal, Struct) and isinstance(actual, Struct) and formal.functor == actual.functor:
            for inner, value in zip(formal.args, actual.args, strict=False):
                if isinstance(inner, Var):
                    by[inner.name] = value
        elif isinstance(actual, Const | Struct) and formal != actual:
            return None
    return [substitute(goal, by) for goal in conjuncts(clause.body)]


def _evaluate(term: Term, known: Mapping[str, Interval]) -> Interval | None:
    """The interval of an expression; None where it has a part that is not known."""
    if isinstance(term, Var):
        return known.get(term.name)
    if isinstance(term, Const):
        if isinstance(term.value, str):
            return None
        value = np.float64(term.value)
        return value, value  # type: ignore[return-value]
    parts = [_evaluate(arg, known) for arg in term.args]
    if any(part is None for part in parts):
        return None
    with np.errstate(all="ignore"):
        return _combined(term.functor, [part for part in parts if part is not None])


def _combined(functor: str, parts: Sequence[Interval]) -> Interval | None:
    if len(parts) != 2:
        return None
    (a, b), (c, d) = parts
    if functor == "+":
        return a + c, b + d
    if functor == "-":
        return a - d, b - c
    if functor in ("max", "min"):
        choose = np.maximum if functor == "max" else np.minimum
        return choose(a, c), choose(b, d)
    if functor == "*":
        corners = [a * c, a * d, b * c, b * d]
    elif functor == "/":
        if not np.all((c > 0) | (d < 0)):
            return None
        corners = [a / c, a / d, b / c, b / d]
    else:
        return None
    return np.minimum.reduce(corners), np.maximum.reduce(corners)
