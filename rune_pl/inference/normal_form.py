"""Unfolding a program into alternatives: `retrieve` as a union of conjunctions over detections.

An alternative names the object variables with their classes and the deterministic conditions between them; it is what a
database would call a conjunctive query. Programs that cannot be brought into this form (negation or counts over
objects, recursion, probabilistic rules) are for another engine, and `NotInFragmentError` says why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass, field, replace
from itertools import count

from rune_pl.inference.plan import NotInFragmentError
from rune_pl.inference.query import GOAL, Query
from rune_pl.language.terms import (
    And,
    Call,
    Clause,
    Const,
    Count,
    Forall,
    Goal,
    More,
    Not,
    Or,
    Struct,
    Substitution,
    Term,
    Var,
    conjuncts,
    substitute,
    substitute_term,
    term_variables,
    terms_of,
    variables,
    walk,
)

_MAX_ALTERNATIVES = 256
_MAX_DEPTH = 50


@dataclass(frozen=True)
class Alternative:
    """`exists objects: all conditions hold`.

    Attributes:
        objects: (variable, class) pairs in source order; a variable may have only one class.
        conditions: deterministic goals over the object variables, runnable in this order.
    """

    objects: tuple[tuple[str, str], ...]
    conditions: tuple[Goal, ...]


@dataclass
class _Unfolding:
    query: Query
    classes: tuple[str, ...]
    relaxed: bool
    fresh: Iterator[int] = field(default_factory=count)

    def goals(self, todo: tuple[Goal, ...], done: tuple[Goal, ...], depth: int) -> Iterator[tuple[Goal, ...]]:
        """All ways to prove `todo`, each as a flat tuple of object calls and deterministic goals."""
        if not todo:
            yield done
            return
        goal, rest = todo[0], todo[1:]
        if depth > _MAX_DEPTH:
            raise NotInFragmentError("rules nested too deeply")
        if isinstance(goal, And):
            yield from self.goals(goal.goals + rest, done, depth)
        elif isinstance(goal, Or) and not self._deterministic(goal):
            for branch in goal.goals:
                yield from self.goals((branch, *rest), done, depth)
        elif isinstance(goal, Call) and goal.indicator == ("true", 0):
            yield from self.goals(rest, done, depth)
        elif isinstance(goal, Call) and goal.indicator == ("fail", 0):
            return
        elif isinstance(goal, Call) and goal.indicator == ("object", 2) and isinstance(goal.args[1], Var):
            yield from self._each_class(goal.args[1].name, todo, done, depth)
        elif self._deterministic(goal) or (isinstance(goal, Call) and goal.indicator == ("object", 2)):
            yield from self.goals(rest, (*done, goal), depth)
        elif isinstance(goal, Call) and goal.indicator in self.query.clauses:
            yield from self._unfold(goal, rest, done, depth)
        elif self.relaxed:
            yield from self.goals(rest, done, depth)
        else:
            raise NotInFragmentError(_reason(goal))

    def _each_class(
        self, variable: str, todo: tuple[Goal, ...], done: tuple[Goal, ...], depth: int
    ) -> Iterator[tuple[Goal, ...]]:
        """An object whose class is a variable is an object of one class or another."""
        for name in self.classes:
            by: Substitution = {variable: Const(name)}
            goals = tuple(substitute(goal, by) for goal in todo)
            ready = tuple(substitute(goal, by) for goal in done)
            yield from self.goals(goals, ready, depth)

    def _unfold(
        self, call: Call, rest: tuple[Goal, ...], done: tuple[Goal, ...], depth: int
    ) -> Iterator[tuple[Goal, ...]]:
        for clause in self.query.clauses[call.indicator]:
            if clause.probability is not None and not self.relaxed:
                raise NotInFragmentError(f"{call.name}/{len(call.args)} has rules with a probability")
            renamed = self._rename(clause)
            unifier = unify(renamed.head.args, call.args)
            if unifier is None:
                continue
            body = tuple(substitute(g, unifier) for g in conjuncts(renamed.body))
            left = tuple(substitute(g, unifier) for g in rest)
            ready = tuple(substitute(g, unifier) for g in done)
            yield from self.goals(body + left, ready, depth + 1)

    def _rename(self, clause: Clause) -> Clause:
        suffix = f"_{next(self.fresh)}"
        names = {v.name for t in clause.head.args for v in term_variables(t)} | {v.name for v in variables(clause.body)}
        renaming: Substitution = {name: Var(name + suffix) for name in names}
        head = substitute(clause.head, renaming)
        assert isinstance(head, Call)
        return replace(clause, head=head, body=None if clause.body is None else substitute(clause.body, renaming))

    def _deterministic(self, goal: Goal) -> bool:
        known = self.query.deterministic
        for g in walk(goal):
            if isinstance(g, Count | More | Forall):
                return False
            if isinstance(g, Call) and g.indicator not in known and not self._built_in(g):
                return False
        return True

    def _built_in(self, call: Call) -> bool:
        return call.indicator not in self.query.clauses and call.indicator != ("object", 2)


def unfold(query: Query, classes: tuple[str, ...]) -> tuple[Alternative, ...]:
    """The query as a union of conjunctions, over an archive with these classes.

    Raises:
        NotInFragmentError: it is not one.
    """
    return _alternatives(_Unfolding(query, classes, relaxed=False), (GOAL,))


def requirements(query: Query, classes: tuple[str, ...]) -> tuple[Alternative, ...]:
    """What has to hold for the query to hold: its alternatives, less what is no object and no relation.

    Raises:
        NotInFragmentError: the rules are recursive or have too many alternatives.
    """
    return _alternatives(_Unfolding(query, classes, relaxed=True), (GOAL,))


def witnesses(query: Query, classes: tuple[str, ...]) -> tuple[Alternative, ...]:
    """What a person would point at in an image: the positive objects of the rule and the relations between them.

    Negations, counts and universals at the top are left out; where a rule has nothing else, the members of its first
    count are its witnesses. Empty where there is nothing to point at (negations only) or the rules are recursive.
    """
    try:
        found = requirements(query, classes)
        if any(a.objects for a in found):
            return tuple(a for a in found if a.objects)
        counted = [
            (clause, goal)
            for clause in query.clauses.get(GOAL.indicator, ())
            for goal in walk(clause.body)
            if isinstance(goal, Count | More)
        ]
        if not counted:
            return ()
        clause, first = counted[0]
        found = _alternatives(_Unfolding(query, classes, relaxed=True), (first.goal,), _fixed_outside(clause, first))
        return tuple(a for a in found if a.objects)
    except NotInFragmentError:
        return ()


def _fixed_outside(clause: Clause, counting: Count | More) -> Set[str]:
    """Names of the variables in a count that occur elsewhere in its clause too."""
    everywhere, inside = (
        Counter(v.name for g in walk(goal) for t in terms_of(g) for v in term_variables(t))
        for goal in (clause.body, counting)
    )
    return {name for name in inside if everywhere[name] > inside[name]}


def _alternatives(
    unfolding: _Unfolding, goals: tuple[Goal, ...], outer: Set[str] = frozenset()
) -> tuple[Alternative, ...]:
    if unfolding.query.checked.recursive:
        raise NotInFragmentError("recursion")  # unfolding would find out too, only much later
    found: list[Alternative] = []
    for flat in unfolding.goals(goals, (), 0):
        alternative = _alternative(flat, outer)
        if alternative is not None and alternative not in found:
            found.append(alternative)
        if len(found) > _MAX_ALTERNATIVES:
            raise NotInFragmentError(f"more than {_MAX_ALTERNATIVES} alternatives")
    return tuple(found)


def _alternative(flat: tuple[Goal, ...], outer: Set[str]) -> Alternative | None:
    """None where the conjunction cannot hold: one detection of two classes. Conditions on `outer` are left out."""
    objects: dict[str, str] = {}
    conditions: list[Goal] = []
    for goal in flat:
        if isinstance(goal, Call) and goal.indicator == ("object", 2):
            subject, label = goal.args
            if not isinstance(subject, Var):
                raise NotInFragmentError("a detection named in the rule")
            if not isinstance(label, Const) or not isinstance(label.value, str):
                raise NotInFragmentError("an object whose class is a variable")
            if objects.setdefault(subject.name, label.value) != label.value:
                return None
        else:
            conditions.append(goal)
    bound = set(objects)
    kept: list[Goal] = []
    for goal in conditions:
        free = {v.name for v in variables(goal)} - bound
        if free & outer:
            outer = outer | free  # what it would have computed is not there either
            continue
        kept.append(goal)
        bound |= free
    return Alternative(tuple(objects.items()), tuple(kept))


def _reason(goal: Goal) -> str:
    kinds = {Not: "a negation over objects", Count: "a count", More: "a comparison of counts", Forall: "a universal"}
    return kinds.get(type(goal), f"'{goal}'")


def unify(left: tuple[Term, ...], right: tuple[Term, ...]) -> Substitution | None:
    """The most general unifier of two argument lists, None where there is none. Without occurs check."""
    unifier: Substitution = {}
    todo = list(zip(left, right, strict=True))
    while todo:
        a, b = (substitute_term(t, unifier) for t in todo.pop())
        if a == b:
            continue
        if isinstance(a, Var) or isinstance(b, Var):
            variable, value = (a, b) if isinstance(a, Var) else (b, a)
            assert isinstance(variable, Var)
            single: Substitution = {variable.name: value}
            unifier = {name: substitute_term(term, single) for name, term in unifier.items()} | single
        elif isinstance(a, Struct) and isinstance(b, Struct) and (a.functor, len(a.args)) == (b.functor, len(b.args)):
            todo.extend(zip(a.args, b.args, strict=True))
        else:
            return None
    return unifier
