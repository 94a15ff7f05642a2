"""Joining geometry before ProbLog sees it: relations as ground facts, for just the objects that a rule can relate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rune_pl.geometry import Boxes
from rune_pl.inference.columns import ColumnSolver, NotColumnarError, Table
from rune_pl.inference.facts import Facts
from rune_pl.inference.problog_text import as_float
from rune_pl.inference.query import Query
from rune_pl.inference.rows import JoinSizeError, cross
from rune_pl.language.signatures import is_detection
from rune_pl.language.terms import (
    Call,
    Clause,
    Const,
    Forall,
    Goal,
    Struct,
    Term,
    Var,
    conjuncts,
    subgoals,
    term_variables,
    terms_of,
    walk,
)

IntArray = NDArray[np.int64]
Indicator = tuple[str, int]
# Larger joins of one image are left to ProbLog's own grounding, which may need only a part of them.
_MAX_ROWS = 3_000_000


@dataclass(frozen=True)
class Site:
    """A call of a relation in the program, and the class of each of its variables where the rule says which."""

    call: Call
    classes: Mapping[str, str]


@dataclass(frozen=True)
class Prejoin:
    """The relations of a query that can be given as facts.

    Attributes:
        sites: where each of them is called.
        mentioned: the classes that the reachable rules name; None where a rule leaves the class open.
        any_detection: whether detections of other classes can come into relations too: named ones (`near(A, d7)`), and
            those that a relation of the user's own goes through.
    """

    sites: Mapping[Indicator, tuple[Site, ...]]
    mentioned: frozenset[str] | None
    any_detection: bool = False

    def relevant(self, facts: Facts, classes: tuple[str, ...]) -> Facts:
        """The facts that the rules can touch."""
        if self.mentioned is None:
            return facts
        codes = [code for code, name in enumerate(classes) if name in self.mentioned]
        return facts.select(np.isin(facts.label, codes))


def plan_prejoin(query: Query) -> Prejoin:
    """Find every call of a documented deterministic relation with objects and constants for arguments."""
    return _Planner(query).plan()


class _Planner:
    """Walks the rules that `retrieve` reaches, but not into relations that become facts: their bodies are not sent."""

    def __init__(self, query: Query) -> None:
        self._query = query
        # For each relation that may become facts, which of its arguments are objects.
        self._objects = {
            indicator: tuple(argument.kind == "object" for argument in predicate.arguments)
            for indicator, predicate in query.library.predicates.items()
            if indicator in query.deterministic and any(argument.kind == "object" for argument in predicate.arguments)
        }
        self._sites: dict[Indicator, list[Site]] = {}
        self._refused: set[Indicator] = set()
        self._mentioned: set[str] = set()
        self._open_class = False
        self._any_detection = False

    def plan(self) -> Prejoin:
        todo, seen = [("retrieve", 0)], {("retrieve", 0)}
        while todo:
            caller = todo.pop()
            for clause in self._query.clauses.get(caller, ()):
                self._any_detection |= _names_a_detection(clause)
                for call, classes in _calls(clause.body, {}):
                    self._visit(caller, call, classes)
                    becomes_facts = call.indicator in self._objects and call.indicator not in self._refused
                    if not becomes_facts and call.indicator not in seen:
                        seen.add(call.indicator)
                        todo.append(call.indicator)
        sites = {indicator: tuple(found) for indicator, found in self._sites.items() if indicator not in self._refused}
        return Prejoin(sites, None if self._open_class else frozenset(self._mentioned), self._any_detection)

    def _visit(self, caller: Indicator, call: Call, classes: Mapping[str, str]) -> None:
        if call.indicator == ("object", 2):
            label = call.args[1]
            if isinstance(label, Const):
                self._mentioned.add(str(label.value))
            else:
                self._open_class = True
        elif call.indicator == ("detection", 1):
            self._any_detection = True
        elif call.indicator in self._objects:
            # The check has seen to it that a program binds its objects; library files are not checked for that.
            names = {v.name for arg in call.args for v in term_variables(arg)}
            self._any_detection |= caller in self._query.library.predicates and not names <= classes.keys()
            if _is_simple(call, self._objects[call.indicator]):
                self._sites.setdefault(call.indicator, []).append(Site(call, classes))
            else:
                self._refused.add(call.indicator)


def _names_a_detection(clause: Clause) -> bool:
    terms = [*clause.head.args, *(t for g in walk(clause.body) for t in terms_of(g))]
    return any(isinstance(t, Const) and is_detection(t.value) for t in terms)


def _is_simple(call: Call, objects: tuple[bool, ...]) -> bool:
    """Whether objects are variables and everything else is a constant term."""
    return all(
        isinstance(arg, Var) if is_object else not any(term_variables(arg))
        for arg, is_object in zip(call.args, objects, strict=True)
    )


def _calls(goal: Goal | None, classes: Mapping[str, str]) -> Iterator[tuple[Call, Mapping[str, str]]]:
    """Every call in a body with the classes that hold for its variables there."""
    if goal is None:
        return
    if isinstance(goal, Call):
        yield goal, classes
        return
    if isinstance(goal, Forall):
        # The condition is about all objects, those too that the goal does not hold of.
        yield from _calls(goal.condition, classes)
        yield from _calls(goal.goal, _with_classes(goal.condition, classes))
        return
    known = _with_classes(goal, classes)
    for child in subgoals(goal):
        yield from _calls(child, known)


def _with_classes(goal: Goal, classes: Mapping[str, str]) -> Mapping[str, str]:
    """The known classes of variables, and those that a conjunction adds."""
    known = dict(classes)
    for child in conjuncts(goal):
        if isinstance(child, Call) and child.indicator == ("object", 2):
            subject, label = child.args
            if isinstance(subject, Var) and isinstance(label, Const):
                known.setdefault(subject.name, str(label.value))
    return known


def tabulate(
    prejoin: Prejoin, query: Query, facts: Facts, classes: tuple[str, ...], boxes: Boxes, names: Mapping[int, str]
) -> dict[Indicator, set[tuple[str, ...]]]:
    """The true facts of every relation, in one image, as tuples of Prolog texts.

    Args:
        facts: the relevant facts of the image.
        names: the atom of each detection row of the image.

    Relations that turn out too large, or that need more than a pass over columns, are left out.
    """
    solver = ColumnSolver(query.relations, boxes)
    unknown = np.array(sorted(names), dtype=np.int64) if prejoin.any_detection else np.unique(facts.row)
    tables: dict[Indicator, set[tuple[str, ...]]] = {}
    failed: set[Indicator] = set()
    for indicator, sites in prejoin.sites.items():
        found: set[tuple[str, ...]] = set()
        try:
            for site in sites:
                found |= _rows(site, solver, facts, classes, names, unknown)
        except (NotColumnarError, JoinSizeError):
            failed.add(indicator)
        else:
            tables[indicator] = found
    # What a left-out relation calls itself was never asked for here: it has to be left to ProbLog too.
    return {indicator: rows for indicator, rows in tables.items() if indicator not in query.reachable_from(failed)}


def _rows(
    site: Site,
    solver: ColumnSolver,
    facts: Facts,
    classes: tuple[str, ...],
    names: Mapping[int, str],
    unknown: IntArray,
) -> set[tuple[str, ...]]:
    variables = tuple(dict.fromkeys(arg.name for arg in site.call.args if isinstance(arg, Var)))
    candidates = [
        _candidates(site.classes[name], facts, classes) if name in site.classes else unknown for name in variables
    ]
    if float(np.prod([float(len(c)) for c in candidates])) > _MAX_ROWS:
        raise JoinSizeError("a join of more than three million rows")
    if not names:
        return set()
    table = Table({}, solver.boxes.image[[next(iter(names))]])
    for name, index in zip(variables, candidates, strict=True):
        left, right = cross(table.image, index, np.full(len(index), table.image[0] if len(table) else 0))
        table = table.take(left).bind({name: right})
    _, table = solver.solve(site.call, table)
    columns = [_texts(arg, table, names) for arg in site.call.args]
    return set(zip(*columns, strict=True))


def _candidates(label: str, facts: Facts, classes: tuple[str, ...]) -> IntArray:
    if label not in classes:
        return np.empty(0, dtype=np.int64)
    return np.unique(facts.row[facts.label == classes.index(label)])


def _texts(arg: Term, table: Table, names: Mapping[int, str]) -> list[str]:
    if isinstance(arg, Const | Struct):
        return [str(as_float(arg))] * len(table)
    column = table.columns[arg.name]
    assert isinstance(column, np.ndarray)
    return [names[row] for row in column.tolist()]
