"""Deterministic rule bodies over columns: one pass of numpy instead of one Prolog call per pair.

A *table* is a set of rows; each variable of the rule is a column over them: detection rows (int64), numbers (float64)
or class codes (int16), or one term that is the same in every row. A detection row below 0 is a name that no detection
has. Solving a goal keeps the rows for which it holds and may bind new columns. Clauses are those of the rule library
and of the user's program, the same text that ProbLog and SWI-Prolog run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from rune_pl.geometry import REGISTRY, Boxes, as_columns
from rune_pl.inference.arithmetic import CONSTANTS, FUNCTIONS, compute
from rune_pl.language.terms import (
    And,
    Call,
    Clause,
    Compare,
    Const,
    Goal,
    Not,
    Or,
    Struct,
    Term,
    Var,
    substitute,
    substitute_term,
    term_variables,
)

Array: TypeAlias = NDArray[np.int64] | NDArray[np.float64] | NDArray[np.int16]
Column: TypeAlias = Array | Const | Struct
Columns: TypeAlias = Mapping[str, Column]
Rows: TypeAlias = NDArray[np.int64]
Clauses: TypeAlias = Mapping[tuple[str, int], tuple[Clause, ...]]

_MAX_DEPTH = 50


class NotColumnarError(Exception):
    """The goal cannot be run over columns (recursion, a relation that enumerates); another executor has to."""


@dataclass(frozen=True)
class Table:
    """Columns of equal length and the image of each row."""

    columns: Columns
    image: Rows

    def __len__(self) -> int:
        return len(self.image)

    def take(self, rows: Rows) -> Table:
        """The chosen rows, in that order."""
        kept = {n: c[rows] if isinstance(c, np.ndarray) else c for n, c in self.columns.items()}
        return Table(kept, self.image[rows])

    @classmethod
    def joined(cls, tables: Sequence[Table]) -> Table:
        """The rows of several tables with the same columns. Raises NotColumnarError where their terms differ."""
        columns: dict[str, Column] = {}
        for name, first in tables[0].columns.items():
            parts = [table.columns[name] for table in tables]
            if isinstance(first, np.ndarray) or any(part != first for part in parts):
                arrays = [as_array(part, len(table)) for part, table in zip(parts, tables, strict=True)]
                columns[name] = cast(Array, np.concatenate(arrays))
            else:
                columns[name] = first
        return cls(columns, np.concatenate([table.image for table in tables]))

    def bind(self, new: Columns) -> Table:
        """The same rows with more columns."""
        return Table({**self.columns, **new}, self.image)


@dataclass(frozen=True)
class ColumnSolver:
    """Runs goals over tables.

    Attributes:
        clauses: the deterministic predicates, by (name, arity).
        boxes: what the geometry functions read; detection columns index its rows.
        classes: what class codes stand for.
    """

    clauses: Clauses
    boxes: Boxes
    classes: tuple[str, ...] = ()

    def solve(self, goal: Goal, table: Table) -> tuple[Rows, Table]:
        """The rows (indices into `table`) for which the goal holds, and the table of just those, new columns bound.

        Raises:
            NotColumnarError: the goal needs more than one pass over columns.
        """
        return self._solve(goal, table, 0)

    def _solve(self, goal: Goal, table: Table, depth: int) -> tuple[Rows, Table]:
        if depth > _MAX_DEPTH:
            raise NotColumnarError("recursion")
        if not len(table):
            # Nothing is left to test, and goals may not fit what is there: px(30) is no number of metres.
            return np.empty(0, dtype=np.int64), table
        if isinstance(goal, And):
            rows = np.arange(len(table))
            for child in goal.goals:
                kept, table = self._solve(child, table, depth + 1)
                rows = rows if len(kept) == len(rows) else rows[kept]
            return rows, table
        if isinstance(goal, Or):
            return _union(table, [self._solve(child, table, depth + 1) for child in goal.goals])
        if isinstance(goal, Not):
            refuted, _ = self._solve(goal.goal, table, depth + 1)
            keep = np.ones(len(table), dtype=np.bool_)
            keep[refuted] = False
            return _filter(table, keep)
        if isinstance(goal, Compare):
            return _compare(goal, table, self.classes)
        if isinstance(goal, Call):
            return self._call(goal, table, depth)
        raise NotColumnarError(f"{type(goal).__name__} is not deterministic")

    def _call(self, call: Call, table: Table, depth: int) -> tuple[Rows, Table]:
        if call.indicator == ("true", 0):
            return np.arange(len(table)), table
        if call.indicator == ("fail", 0):
            return _filter(table, np.zeros(len(table), dtype=np.bool_))
        if call.indicator == ("number", 1):
            value = call.args[0] if isinstance(call.args[0], Struct) else _value(call.args[0], table)
            number = isinstance(value, np.ndarray) or (isinstance(value, Const) and value.is_number)
            return _filter(table, np.full(len(table), number))
        if call.indicator == ("detection", 1):
            rows = _rows(call.args[0], table, call)
            return _filter(table, rows >= 0)
        if call.indicator in REGISTRY:
            return self._geometry(call, table)
        if call.indicator not in self.clauses:
            raise NotColumnarError(f"{call.name}/{len(call.args)} is not deterministic")
        branches = [self._clause(clause, call, table, depth + 1) for clause in self.clauses[call.indicator]]
        return _union(table, branches)

    def _geometry(self, call: Call, table: Table) -> tuple[Rows, Table]:
        function = REGISTRY[call.indicator]
        inputs = function.inputs
        ids = [_rows(arg, table, call) for arg in call.args[:inputs]]
        keep = np.ones(len(table), dtype=np.bool_)
        for column in ids:
            keep &= column >= 0
        if not keep.all():
            kept, table = _filter(table, keep)
            rows, found = self._geometry(call, table)
            return kept[rows], found
        outputs = as_columns(function.call(self.boxes, table.image, *ids))
        new: dict[str, Column] = {}
        for arg, output in zip(call.args[inputs:], outputs, strict=True):
            keep &= ~np.isnan(output)
            if isinstance(arg, Var) and arg.name not in table.columns and arg.name not in new:
                new[arg.name] = output
            else:
                known = new[arg.name] if isinstance(arg, Var) and arg.name in new else _value(arg, table)
                keep &= _numbers(known) == output
        return _filter(table.bind(new), keep)

    def _clause(self, clause: Clause, call: Call, table: Table, depth: int) -> tuple[Rows, Table]:
        """Solve one clause of a relation; the table that comes back has the caller's columns, outputs bound."""
        columns: dict[str, Column] = {}
        outputs: list[tuple[str, Term]] = []  # caller's variable, term of the head that gives its value
        keep = np.ones(len(table), dtype=np.bool_)
        terms: dict[str, Term] = {}
        for formal, actual in _opened(clause.head.args, call.args):
            if isinstance(actual, Struct) and isinstance(formal, Var) and any(term_variables(actual)):
                # px(N) with a column for N: the term goes into the body, its columns under names of their own.
                if formal.name in terms or formal.name in columns:
                    raise NotColumnarError("a compound term with columns in it, compared")
                inner_names = {v.name: Var(f"{formal.name}.{v.name}") for v in term_variables(actual)}
                columns.update({new.name: _known(old, table) for old, new in inner_names.items()})
                terms[formal.name] = substitute_term(actual, dict(inner_names))
                continue
            value = _value(actual, table)
            if value is None:
                assert isinstance(actual, Var)
                outputs.append((actual.name, formal))
            else:
                keep &= _unify(formal, value, columns, self.classes)
        rows, inner = _filter(Table(columns, table.image), keep)
        if clause.body is not None:
            kept, inner = self._solve(substitute(clause.body, terms) if terms else clause.body, inner, depth)
            rows = rows[kept]
        result = table if len(rows) == len(table) else table.take(rows)
        for name, formal in outputs:
            found = _value(formal, inner) if len(rows) else np.empty(0)
            if found is None:
                raise NotColumnarError(f"{call.name}/{len(call.args)} leaves {name} unbound")
            result = result.bind({name: found})
        return rows, result


def _filter(table: Table, keep: NDArray[np.bool_]) -> tuple[Rows, Table]:
    rows = np.flatnonzero(keep)
    return rows, table if len(rows) == len(table) else table.take(rows)


def _union(table: Table, branches: list[tuple[Rows, Table]]) -> tuple[Rows, Table]:
    """Rows that any branch keeps. A column that the branches bind must be bound by all of them, once per row."""
    known = set(table.columns)
    live = [(rows, result) for rows, result in branches if len(rows)]
    new = set.intersection(*(set(result.columns) - known for _, result in live)) if live else set()
    if not live:
        # Nothing holds, but later goals still need the columns to exist.
        empty = table.take(np.empty(0, dtype=np.int64))
        names = {n for _, result in branches for n in result.columns} - known
        return np.empty(0, dtype=np.int64), empty.bind({n: np.empty(0) for n in names})
    if len(live) == 1:
        return live[0][0], live[0][1]
    everything = np.concatenate([rows for rows, _ in live])
    order = np.argsort(everything, kind="stable")
    merged = everything[order]
    if not new:
        rows = np.unique(merged)
        return rows, table.take(rows)
    if (np.diff(merged) == 0).any():
        raise NotColumnarError("a relation that gives two values for one row")
    columns: dict[str, Column] = {}
    for name in new:
        parts = [as_array(result.columns[name], len(rows)) for rows, result in live]
        if len({part.dtype for part in parts}) > 1:
            raise NotColumnarError("a variable that is a number here and an object there")
        columns[name] = cast(Array, np.concatenate(parts)[order])
    return merged, table.take(merged).bind(columns)


def _rows(arg: Term, table: Table, call: Call) -> Rows:
    """The detections that an argument stands for."""
    column = _value(arg, table)
    if isinstance(column, np.ndarray) and column.dtype == np.int64:
        return column.astype(np.int64, copy=False)
    raise NotColumnarError(f"{call.name}/{len(call.args)} with an unbound argument")


def as_array(column: Column, rows: int) -> Array:
    if isinstance(column, np.ndarray):
        return column
    if isinstance(column, Const) and not isinstance(column.value, str):
        return np.full(rows, float(column.value))
    raise NotColumnarError("a column of terms")


def _opened(formals: Sequence[Term], actuals: Sequence[Term]) -> Iterator[tuple[Term, Term]]:
    """Arguments of a head with those of a call, compound terms of the same kind taken apart."""
    for formal, actual in zip(formals, actuals, strict=True):
        if (
            isinstance(formal, Struct)
            and isinstance(actual, Struct)
            and (formal.functor, len(formal.args)) == (actual.functor, len(actual.args))
        ):
            yield from _opened(formal.args, actual.args)
        else:
            yield formal, actual


def _known(name: str, table: Table) -> Column:
    if name not in table.columns:
        raise NotColumnarError(f"a compound term with {name} unbound")
    return table.columns[name]


def _value(term: Term, table: Table) -> Column | None:
    """The column of a term, None for a variable that has none yet."""
    if isinstance(term, Var):
        return table.columns.get(term.name)
    if isinstance(term, Struct):
        args = []
        for arg in term.args:
            value = _value(arg, table)
            if isinstance(value, np.ndarray) or value is None:
                raise NotColumnarError("a compound term with columns in it")
            args.append(value)
        return Struct(term.functor, tuple(args), term.location)
    return term


def _unify(
    formal: Term, value: Column, columns: dict[str, Column], classes: tuple[str, ...]
) -> NDArray[np.bool_] | bool:
    """Match a head argument against a bound value; binds the head's variables and gives where it matches."""
    if isinstance(formal, Var):
        if formal.name not in columns:
            columns[formal.name] = value
            return True
        return _same(columns[formal.name], value, classes)
    if isinstance(formal, Struct):
        if not isinstance(value, Struct) or (value.functor, len(value.args)) != (formal.functor, len(formal.args)):
            return False
        matches: NDArray[np.bool_] | bool = True
        for inner, part in zip(formal.args, value.args, strict=True):
            assert isinstance(part, Const | Struct)
            matches = matches & _unify(inner, part, columns, classes)
        return matches
    return _same(formal, value, classes)


def _same(left: Column, right: Column, classes: tuple[str, ...]) -> NDArray[np.bool_] | bool:
    """Structural equality row by row."""
    if isinstance(left, np.ndarray) and isinstance(right, np.ndarray):
        return left == right if left.dtype == right.dtype else False
    if isinstance(right, np.ndarray):
        left, right = right, left
    if isinstance(left, np.ndarray):
        if left.dtype == np.int64:
            raise NotColumnarError("a detection compared with a term")
        if left.dtype == np.int16:
            code = classes.index(str(right)) if isinstance(right, Const) and right.value in classes else -1
            return np.equal(left, code)
        if not isinstance(right, Const) or isinstance(right.value, str):
            return False
        return np.equal(left, float(right.value))
    return left == right


def _numbers(column: Column | None) -> NDArray[np.float64] | float:
    if isinstance(column, np.ndarray) and column.dtype == np.float64:
        return column.astype(np.float64, copy=False)
    if isinstance(column, Const) and not isinstance(column.value, str):
        return float(column.value)
    raise NotColumnarError("arithmetic on something that is no number")


def _evaluate(term: Term, table: Table) -> NDArray[np.float64] | float:
    if isinstance(term, Struct):
        if (term.functor, len(term.args)) not in FUNCTIONS:
            raise NotColumnarError(f"arithmetic function {term.functor}/{len(term.args)}")
        return compute(term.functor, *(_evaluate(arg, table) for arg in term.args))
    if isinstance(term, Const) and isinstance(term.value, str) and term.value in CONSTANTS:
        return CONSTANTS[term.value]
    return _numbers(_value(term, table))


_COMPARISONS: Mapping[str, Callable[..., NDArray[np.bool_] | bool]] = MappingProxyType(
    {"<": np.less, ">": np.greater, "=<": np.less_equal, ">=": np.greater_equal, "=:=": np.equal, "=\\=": np.not_equal}
)


def _compare(goal: Compare, table: Table, classes: tuple[str, ...]) -> tuple[Rows, Table]:
    if goal.op in _COMPARISONS:
        left, right = _evaluate(goal.left, table), _evaluate(goal.right, table)
        # What is no number (1/0, the root of a negative number) satisfies no comparison, `=\=` included.
        valid = np.isfinite(left) & np.isfinite(right)
        return _filter(table, np.broadcast_to(_COMPARISONS[goal.op](left, right) & valid, (len(table),)))
    if goal.op == "is":
        number = np.broadcast_to(np.asarray(_evaluate(goal.right, table), dtype=np.float64), (len(table),))
        if isinstance(goal.left, Var) and goal.left.name not in table.columns:
            return _filter(table.bind({goal.left.name: number}), np.isfinite(number))
        return _filter(table, np.equal(_numbers(_value(goal.left, table)), number))
    left_value, right_value = _value(goal.left, table), _value(goal.right, table)
    if goal.op == "=" and (left_value is None) != (right_value is None):
        free = goal.left if left_value is None else goal.right
        bound = right_value if left_value is None else left_value
        assert isinstance(free, Var) and bound is not None
        return np.arange(len(table)), table.bind({free.name: bound})
    if left_value is None or right_value is None:
        raise NotColumnarError(f"{goal} with an unbound variable")
    same = np.broadcast_to(np.asarray(_same(left_value, right_value, classes)), (len(table),))
    return _filter(table, same if goal.op in ("=", "==") else ~same)
