"""How complex a query is: how many things its rule says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from rune_pl.language.terms import And, Call, Clause, Compare, Count, Forall, Goal, More, Not, Or, Program, Struct, Var

# The complexities at which levels 2 to 6 begin.
LEVELS = (2, 3, 4, 5, 7)
_MAX_DEPTH = 20
Indicator = tuple[str, int]


@dataclass(frozen=True)
class Complexity:
    """What a rule says, counted in its normal form.

    Attributes:
        entities: objects that it asks for.
        relations: relations and comparisons, those of a single object (`large`) included.
        counts: `at_least`, `at_most`, `exactly` and `more`.
        negations: `\\+`; `forall` is two, `at_most` and `exactly` have one each.
    """

    entities: int = 0
    relations: int = 0
    counts: int = 0
    negations: int = 0

    def __add__(self, other: Complexity) -> Complexity:
        return Complexity(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def total(self) -> int:
        """All of them together."""
        return self.entities + self.relations + self.counts + self.negations

    @property
    def level(self) -> int:
        """1 to 6: a total of 1, 2, 3, 4, 5 or 6, and 7 or more."""
        return 1 + sum(self.total >= first for first in LEVELS)


def complexity(program: Program) -> Complexity:
    """The complexity of a checked program: of all rules for `retrieve`, with the program's own predicates unfolded."""
    own: dict[Indicator, list[Clause]] = {}
    for clause in program.clauses:
        own.setdefault(clause.head.indicator, []).append(clause)
    return _called(("retrieve", 0), own, 0)


def _called(indicator: Indicator, own: Mapping[Indicator, list[Clause]], depth: int) -> Complexity:
    total = Complexity()
    for clause in own.get(indicator, ()):
        if clause.body is not None and depth < _MAX_DEPTH:
            total += _goal(clause.body, own, depth)
    return total


def _goal(goal: Goal, own: Mapping[Indicator, list[Clause]], depth: int) -> Complexity:
    if isinstance(goal, And | Or):
        if isinstance(goal, Or) and _one_object(goal):
            return Complexity(entities=1)
        return sum((_goal(g, own, depth) for g in goal.goals), Complexity())
    if isinstance(goal, Not):
        if isinstance(goal.goal, Not):
            return _goal(goal.goal.goal, own, depth)
        return Complexity(negations=1) + _goal(goal.goal, own, depth)
    if isinstance(goal, Forall):
        inner = Complexity(negations=2) if not isinstance(goal.goal, Not) else Complexity(negations=1)
        body = goal.goal.goal if isinstance(goal.goal, Not) else goal.goal
        return inner + _goal(goal.condition, own, depth) + _goal(body, own, depth)
    if isinstance(goal, More):
        return Complexity(counts=1) + _goal(goal.goal, own, depth) + _goal(goal.other, own, depth)
    if isinstance(goal, Count):
        some = goal.kind == "at_least" and goal.number <= 1
        own_part = Complexity(counts=0 if some else 1, negations=0 if goal.kind == "at_least" else 1)
        return own_part + _goal(goal.goal, own, depth)
    if isinstance(goal, Compare):
        return Complexity(relations=1)
    if goal.indicator in own:
        return _called(goal.indicator, own, depth + 1)
    if goal.indicator == ("object", 2):
        return Complexity(entities=1)
    return Complexity() if goal.indicator in (("true", 0), ("fail", 0)) else Complexity(relations=1)


def _one_object(goal: Or) -> bool:
    """Whether it is one object of one class or another: a group of classes, such as vehicle."""
    subjects = set()
    for branch in goal.goals:
        if not isinstance(branch, Call) or branch.indicator != ("object", 2):
            return False
        subject = branch.args[0]
        if not isinstance(subject, Var) or isinstance(branch.args[1], Struct):
            return False
        subjects.add(subject.name)
    return len(subjects) == 1


__all__ = ["LEVELS", "Complexity", "complexity"]
