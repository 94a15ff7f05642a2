"""How predicates depend on each other: recursion, cycles through negation, and what a program must know of an image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from rune_pl.language.signatures import Indicator, LibraryLike
from rune_pl.language.terms import (
    Call,
    Clause,
    Compare,
    Count,
    Forall,
    Goal,
    More,
    Not,
    Program,
    Struct,
    Term,
    Var,
    subgoals,
    walk,
)

GOAL: Final[Indicator] = ("retrieve", 0)
_LENGTHS: Final = ("distance", "area")


class Dependencies:
    """The call graph of a program and the library clauses that it reaches."""

    def __init__(self, program: Program, library: LibraryLike) -> None:
        self._program = program
        self._library = library
        self._own = frozenset(program.indicators)
        self._closure: dict[Indicator, frozenset[Indicator]] = {}
        self._edges = {i: [e for c in program.defining(*i) for e in _edges(c)] for i in program.indicators}

    def reachable(self) -> frozenset[Indicator]:
        """The predicates that `retrieve/0` can call, itself included."""
        return self._from(GOAL)

    def recursive(self) -> frozenset[Indicator]:
        """The program's predicates that call themselves, directly or through others."""
        return frozenset(i for i in self._own if any(i in self._from(call.indicator) for call, _ in self._edges[i]))

    def negative_cycle(self) -> Call | None:
        """A call under a negation, count or `forall` by which a predicate depends on itself, if there is one."""
        for indicator, edges in self._edges.items():
            for call, scoped in edges:
                if scoped and call.indicator in self._own and indicator in self._from(call.indicator):
                    return call
        return None

    def needs(self) -> frozenset[str]:
        """What must be known of an image: `gsd` where a length in metres is asked for, `size` for the image's size."""
        found: set[str] = set()
        metric = self._metric_arguments()
        for indicator in self.reachable():
            for clause in self._clauses(indicator):
                for call in _calls(clause):
                    if call.indicator == ("image_size", 2):
                        found.add("size")
                    if self._in_metres(call, clause, metric):
                        found.add("gsd")
        return frozenset(found)

    # --- the graph

    def _clauses(self, indicator: Indicator) -> Sequence[Clause]:
        if indicator in self._own:
            return self._program.defining(*indicator)
        predicate = self._library.predicates.get(indicator)
        return predicate.clauses if predicate else ()

    def _from(self, start: Indicator) -> frozenset[Indicator]:
        if start in self._closure:
            return self._closure[start]
        seen, pending = {start}, [start]
        while pending:
            for clause in self._clauses(pending.pop()):
                for call in _calls(clause):
                    if call.indicator not in seen:
                        seen.add(call.indicator)
                        pending.append(call.indicator)
        self._closure[start] = frozenset(seen)
        return self._closure[start]

    # --- lengths

    def _metric_arguments(self) -> Mapping[Indicator, frozenset[int]]:
        """The arguments that take lengths or areas: those declared, and those of the program passed on to such."""
        metric = {
            indicator: frozenset(i for i, a in enumerate(predicate.arguments) if a.kind in _LENGTHS)
            for indicator, predicate in self._library.predicates.items()
        }
        metric.update({i: frozenset() for i in self._own})
        changed = True
        while changed:
            changed = False
            for clause in self._program.clauses:
                passed = {t for c in _calls(clause) for i in metric.get(c.indicator, ()) for t in [c.args[i]]}
                found = frozenset(i for i, a in enumerate(clause.head.args) if isinstance(a, Var) and a in passed)
                new = metric[clause.head.indicator] | found
                changed |= new != metric[clause.head.indicator]
                metric[clause.head.indicator] = new
        return metric

    def _in_metres(self, call: Call, clause: Clause, metric: Mapping[Indicator, frozenset[int]]) -> bool:
        """Whether a call asks for the ground sampling distance: by name, or with a length that is not in pixels."""
        given = {a for i, a in enumerate(clause.head.args) if i in metric.get(clause.head.indicator, ())}
        if call.indicator == ("gsd", 1):
            # pixels/2 and its like turn a number of metres into pixels: whether they get one depends on their caller.
            return not any(
                isinstance(g, Call) and g.indicator == ("number", 1) and g.args[0] in given for g in walk(clause.body)
            )
        lengths = [call.args[i] for i in metric.get(call.indicator, ())]
        return any(t not in given and not _in_pixels(t, clause) for t in lengths)


def _in_pixels(term: Term, clause: Clause) -> bool:
    if isinstance(term, Var):
        # Each alternative may give it a value of its own.
        values = [g for g in walk(clause.body) if isinstance(g, Compare) and g.op == "=" and term in (g.left, g.right)]
        return bool(values) and all(map(_has_pixels, values))
    return isinstance(term, Struct) and term.functor == "px"


def _has_pixels(goal: Compare) -> bool:
    return any(isinstance(t, Struct) and t.functor == "px" for t in (goal.left, goal.right))


def _calls(clause: Clause) -> Iterator[Call]:
    return (g for g in walk(clause.body) if isinstance(g, Call))


def _edges(clause: Clause) -> list[tuple[Call, bool]]:
    """The calls of a clause, each with whether it stands under a negation, a count or `forall`."""
    found: list[tuple[Call, bool]] = []

    def visit(goal: Goal, scoped: bool) -> None:
        if isinstance(goal, Call):
            found.append((goal, scoped))
        inside = scoped or isinstance(goal, Not | Count | More | Forall)
        for child in subgoals(goal):
            visit(child, inside)

    if clause.body is not None:
        visit(clause.body, False)
    return found
