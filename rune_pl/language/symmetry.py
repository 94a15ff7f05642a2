"""Which relations hold both ways or not at all, read off their clauses, and variables that nothing tells apart.

`near(A, B) :- distinct(A, B), gap(A, B, G), long_side(A, L), long_side(B, M), G =< 2 * max(L, M).` is symmetric: with A
and B exchanged it says the same, since a gap and a maximum have no order. Two variables for which the rule asks the
same, and that they differ, are a count: there are at least two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rune_pl.language.terms import (
    Call,
    Clause,
    Compare,
    Goal,
    Struct,
    Substitution,
    Term,
    Var,
    conjuncts,
    substitute,
    substitute_term,
)

Indicator = tuple[str, int]

_SYMMETRIC_MEASURES = frozenset({("gap", 3), ("overlap_area", 3), ("iou", 3)})
_COMMUTATIVE = frozenset({"+", "*", "max", "min"})
_EITHER_WAY = frozenset({"==", "\\==", "=", "\\=", "=:=", "=\\="})
_MEASURES_OF_ONE = frozenset({("long_side", 2), ("short_side", 2), ("area", 2), ("angle", 2), ("azimuth", 2)})


def symmetric_relations(clauses: Mapping[Indicator, Sequence[Clause]]) -> frozenset[Indicator]:
    """The relations of two objects first that hold of (A, B, ...) just where they hold of (B, A, ...)."""
    found: set[Indicator] = {("distinct", 2)}
    growing = True
    while growing:  # one relation may be built on another, whatever the order in which they come
        new = {
            indicator
            for indicator, given in clauses.items()
            if indicator not in found and indicator[1] >= 2 and len(given) == 1 and _is_symmetric(given[0], found)
        }
        found |= new
        growing = bool(new)
    return frozenset(found)


def _is_symmetric(clause: Clause, known: set[Indicator]) -> bool:
    first, second = clause.head.args[:2]
    if not (isinstance(first, Var) and isinstance(second, Var)) or first == second:
        return False
    exchanged: Substitution = {first.name: second, second.name: first}
    goals = conjuncts(clause.body)
    mirrored = [substitute(goal, exchanged) for goal in goals]
    one, other = _said(goals, known), _said(mirrored, known)
    return one is not None and one == other


def _said(goals: Sequence[Goal], known: set[Indicator]) -> frozenset[str] | None:
    """What a conjunction says, the same text for the same thing; None where that is not seen."""
    values: Substitution = {}
    said = set()
    for goal in goals:
        if isinstance(goal, Call) and goal.indicator in _SYMMETRIC_MEASURES | _MEASURES_OF_ONE:
            *objects, output = goal.args
            if not isinstance(output, Var) or output.name in values:
                return None
            if goal.indicator in _SYMMETRIC_MEASURES:
                objects.sort(key=str)
            values[output.name] = Struct(goal.name, tuple(objects))
        elif isinstance(goal, Compare) and goal.op == "is" and isinstance(goal.left, Var):
            values[goal.left.name] = _normal(substitute_term(goal.right, values))
        elif isinstance(goal, Compare):
            left, right = (_normal(substitute_term(t, values)) for t in (goal.left, goal.right))
            if goal.op in _EITHER_WAY:
                left, right = sorted((left, right), key=str)
            said.add(f"{left} {goal.op} {right}")
        elif isinstance(goal, Call):
            said.add(str(canonical(goal, known)))
        else:
            return None
    return frozenset(said)


def _normal(term: Term) -> Term:
    """The term with the arguments of functions that have no order sorted."""
    if not isinstance(term, Struct):
        return term
    args = tuple(map(_normal, term.args))
    inner = args[0] if term.functor == "abs" else None
    if isinstance(inner, Struct) and inner.functor == "-" and len(inner.args) == 2:
        args = (Struct("-", tuple(sorted(inner.args, key=str))),)
    elif term.functor in _COMMUTATIVE:
        args = tuple(sorted(args, key=str))
    return Struct(term.functor, args)


def canonical(goal: Goal, symmetric: frozenset[Indicator] | set[Indicator]) -> Goal:
    """The goal with the two objects of a symmetric relation in a fixed order."""
    if isinstance(goal, Call) and goal.indicator in symmetric:
        return Call(goal.name, (*sorted(goal.args[:2], key=str), *goal.args[2:]))
    return goal


def tells_apart(goal: Goal) -> frozenset[str] | None:
    """The two variables that a goal says are different, and nothing else; None for other goals."""
    if (isinstance(goal, Compare) and goal.op in ("\\==", "\\=")) or (
        isinstance(goal, Call) and goal.indicator == ("distinct", 2)
    ):
        pair = (goal.left, goal.right) if isinstance(goal, Compare) else goal.args
        names = frozenset(t.name for t in pair if isinstance(t, Var))
        return names if len(names) == 2 else None
    return None


def renamed(goal: Goal, old: str, new: str) -> Goal:
    """The goal about another variable."""
    by: Substitution = {old: Var(new)}
    return substitute(goal, by)
