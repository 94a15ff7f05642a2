"""What a check knows of predicates: the library's declarations, and what kinds of argument a program's own take."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from rune_pl.language.terms import (
    Call,
    Clause,
    Compare,
    Const,
    Count,
    Goal,
    More,
    Program,
    Struct,
    Term,
    Var,
    term_variables,
    walk,
)

Indicator = tuple[str, int]


class ArgumentLike(Protocol):
    """One argument of a library predicate: mode is + (given), - (computed), ? (either) or : (a goal)."""

    @property
    def mode(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...


class PredicateLike(Protocol):
    """A library predicate."""

    @property
    def arguments(self) -> Sequence[ArgumentLike]: ...
    @property
    def clauses(self) -> Sequence[Clause]: ...
    @property
    def internal(self) -> bool: ...


class LibraryLike(Protocol):
    """What a check asks of the rule library."""

    @property
    def predicates(self) -> Mapping[Indicator, PredicateLike]: ...


OBJECT: Final[Indicator] = ("object", 2)
ARITHMETIC_COMPARISONS: Final = frozenset(["<", ">", "=<", ">=", "=:=", "=\\=", "is"])
_NUMBERS: Final = frozenset(["number", "distance", "area", "angle", "count"])
FUNCTIONS: Final = frozenset(
    [
        *((name, 2) for name in ("+", "-", "*", "/", "//", "mod", "**", "^", "min", "max", "atan2")),
        *((name, 1) for name in ("-", "abs", "sqrt", "sin", "cos")),
    ]
)
_DETECTION: Final = re.compile(r"d[1-9][0-9]*\Z")


def is_detection(value: object) -> bool:
    """True for the name of a detection as rules write it: d1, d2, ..."""
    return isinstance(value, str) and _DETECTION.match(value) is not None


def family(kind: str | None) -> str | None:
    """The kinds that a variable can have at once: distances, areas, angles, counts and numbers are all numbers."""
    return "number" if kind in _NUMBERS else kind


@dataclass(frozen=True)
class Use:
    """A variable in a place that says of what kind it is."""

    variable: Var
    kind: str
    where: str  # the predicate or operator, for messages


class Signatures:
    """Kinds of arguments: as declared for the library, as inferred from use for a program's own predicates."""

    def __init__(self, library: LibraryLike, program: Program) -> None:
        self.library = library
        self.defined = frozenset(program.indicators)
        self._kinds: dict[Indicator, list[str | None]] = {(n, a): [None] * a for n, a in self.defined}
        self._infer(program)

    def kinds(self, indicator: Indicator) -> tuple[str | None, ...]:
        """The kind of each argument; None where it is not known."""
        if indicator in self._kinds:
            return tuple(self._kinds[indicator])
        predicate = self.library.predicates.get(indicator)
        if predicate is None:
            return (None,) * indicator[1]
        return tuple(None if a.kind == "unknown" else a.kind for a in predicate.arguments)

    def uses(self, clause: Clause) -> Iterator[Use]:
        """The variables of a clause with the kinds that their places ask for, goals first, then the head."""
        for goal in walk(clause.body):
            yield from self._uses_in(goal)
        yield from self._uses_in(clause.head)

    def variable_kinds(self, clause: Clause) -> dict[str, str]:
        """Variable name -> kind family, by its first use that says so."""
        found: dict[str, str] = {}
        for use in self.uses(clause):
            found.setdefault(use.variable.name, use.kind)
        return found

    def _uses_in(self, goal: Goal) -> Iterator[Use]:
        if isinstance(goal, Call):
            for argument, kind in zip(goal.args, self.kinds(goal.indicator), strict=True):
                group = family(kind)
                if group is not None:
                    yield from (Use(v, group, goal.name) for v in term_variables(argument))
        elif isinstance(goal, Compare) and goal.op in ARITHMETIC_COMPARISONS:
            yield from (Use(v, "number", goal.op) for t in (goal.left, goal.right) for v in _numbers_in(t))
        elif isinstance(goal, Count):
            yield from (Use(v, "object", goal.kind) for v in term_variables(goal.template))
        elif isinstance(goal, More):
            for template in (goal.template, goal.other_template):
                yield from (Use(v, "object", "more") for v in term_variables(template))

    def _infer(self, program: Program) -> None:
        """Kinds flow from uses to heads and to other calls of the same predicate until nothing is new."""
        changed = True
        while changed:
            changed = False
            for clause in program.clauses:
                kinds = self.variable_kinds(clause)
                changed |= any(self._learn(c, kinds) for c in [clause.head, *walk(clause.body)] if isinstance(c, Call))

    def _learn(self, call: Call, kinds: Mapping[str, str]) -> bool:
        known = self._kinds.get(call.indicator)
        if known is None:
            return False
        news = [(i, _kind_of(a, kinds)) for i, a in enumerate(call.args) if known[i] is None]
        for i, kind in news:
            known[i] = kind
        return any(kind is not None for _, kind in news)


def _numbers_in(term: Term) -> Iterator[Var]:
    """The variables of a term that arithmetic computes with."""
    if isinstance(term, Var):
        yield term
    elif isinstance(term, Struct) and (term.functor, len(term.args)) in FUNCTIONS:
        for part in term.args:
            yield from _numbers_in(part)


def _kind_of(term: Term, kinds: Mapping[str, str]) -> str | None:
    if isinstance(term, Var):
        return kinds.get(term.name)
    if isinstance(term, Const):
        return "number" if term.is_number else "object" if is_detection(term.value) else None
    return None
