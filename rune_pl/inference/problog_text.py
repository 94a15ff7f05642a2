"""From a query to the text of a ProbLog program.

Every predicate of ours gets the prefix `r_`, so that none can clash with a ProbLog built-in (`between/3` and
`forall/2` do). Goals inside counts become closures, predicates of their own whose last argument is the counted
object: ProbLog has no `copy_term`, and `call/N` on a closure needs none. Universals become negations.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, field, replace
from itertools import count

from rune_pl.inference.arithmetic import FUNCTIONS
from rune_pl.inference.query import GOAL, Query
from rune_pl.language.terms import (
    And,
    Call,
    Clause,
    Compare,
    Const,
    Count,
    Forall,
    Goal,
    More,
    Not,
    Or,
    Struct,
    Term,
    Var,
    conjunction,
    term_variables,
    variables,
    walk,
)

PREFIX = "r_"
REFUTED = Call("refuted")
# Built-ins of Prolog that the library may call; they keep their names.
_CONTROL = frozenset({("true", 0), ("fail", 0), ("number", 1), ("call", 2), ("call", 3)})

Indicator = tuple[str, int]
Names = frozenset[str]


def problog_text(query: Query, tabulated: Set[Indicator]) -> str:
    """The clauses that `retrieve` can reach, without those of the predicates that are given as facts.

    It also defines `r_refuted`, the negation of `r_retrieve`, so that 1 - P comes out without cancellation.
    """
    lifting = _Lifting()
    todo, seen = [GOAL.indicator], {GOAL.indicator} | set(tabulated)
    clauses: list[Clause] = [Clause(REFUTED, Not(GOAL))]
    while todo:
        for clause in query.clauses.get(todo.pop(0), ()):
            lifted = tuple(lifting.clause(clause))
            clauses += lifted
            for found in (i for c in lifted for i in _calls(c.body)):
                if found not in seen:
                    seen.add(found)
                    todo.append(found)
    return "\n".join(str(_prefixed(clause)) for clause in clauses) + "\n"


def _calls(goal: Goal | None) -> Iterator[Indicator]:
    """The predicates that a lifted body calls, the closures it hands to the counters too."""
    for g in walk(goal):
        if isinstance(g, Call):
            yield g.indicator


@dataclass
class _Lifting:
    """Takes the goals out of counts. Numbers the closures of one program."""

    fresh: Iterator[int] = field(default_factory=lambda: count(1))

    def clause(self, clause: Clause) -> Iterator[Clause]:
        """The clause without meta-goals, and the closures that it needs."""
        if clause.body is None:
            yield clause
            return
        made: list[Clause] = []
        head = frozenset(v.name for t in clause.head.args for v in term_variables(t))
        body, _ = self._goal(clause.body, head, made)
        yield replace(clause, body=body)
        for closure in made:
            yield from self.clause(closure)

    def _goal(self, goal: Goal, bound: Names, made: list[Clause]) -> tuple[Goal, Names]:
        """The goal with closures for counts, and the variables that are bound after it. `bound` are those before it."""
        if isinstance(goal, And):
            goals = []
            for child in goal.goals:
                lifted, bound = self._goal(child, bound, made)
                goals.append(lifted)
            return replace(goal, goals=tuple(goals)), bound
        if isinstance(goal, Or):
            branches = [self._goal(child, bound, made) for child in goal.goals]
            after = frozenset.intersection(*(names for _, names in branches))
            return replace(goal, goals=tuple(lifted for lifted, _ in branches)), after
        if isinstance(goal, Not):
            return replace(goal, goal=self._goal(goal.goal, bound, made)[0]), bound
        if isinstance(goal, Forall):
            counterexample = conjunction([goal.condition, Not(goal.goal)])
            return Not(self._goal(counterexample, bound, made)[0]), bound
        if isinstance(goal, Count):
            closure = self._closure(goal.template, goal.goal, bound, made)
            number = Const(goal.number)
            if goal.kind == "at_least":
                return Call("count_at_least", (Const(1), number, closure)), bound
            if goal.kind == "at_most":
                return Not(Call("count_at_least", (Const(1), Const(goal.number + 1), closure))), bound
            return Call("count_exactly", (Const(1), number, closure)), bound
        if isinstance(goal, More):
            first = self._closure(goal.template, goal.goal, bound, made)
            second = self._closure(goal.other_template, goal.other, bound, made)
            return Call("count_more", (first, second)), bound
        return goal, bound.union(v.name for v in variables(goal))

    def _closure(self, template: Term, goal: Goal, bound: Names, made: list[Clause]) -> Term:
        """Only what is bound before the count is handed in: a name that another scope uses too is a variable there."""
        assert isinstance(template, Var)
        captured = tuple(v for v in variables(goal) if v.name in bound and v.name != template.name)
        name = f"counted_{next(self.fresh)}"
        made.append(Clause(Call(name, (*captured, template)), goal))
        return Struct(PREFIX + name, captured) if captured else Const(PREFIX + name)


def _prefixed(clause: Clause) -> Clause:
    head = _prefix(clause.head)
    assert isinstance(head, Call)
    return replace(clause, head=head, body=None if clause.body is None else _prefix(clause.body))


def _prefix(goal: Goal) -> Goal:
    if isinstance(goal, Call):
        args = tuple(map(as_float, goal.args))
        name = goal.name if goal.indicator in _CONTROL else PREFIX + goal.name
        return replace(goal, name=name, args=args)
    if isinstance(goal, And | Or):
        return replace(goal, goals=tuple(_prefix(g) for g in goal.goals))
    if isinstance(goal, Not):
        return replace(goal, goal=_prefix(goal.goal))
    assert isinstance(goal, Compare)
    return replace(goal, left=_arithmetic(as_float(goal.left)), right=_arithmetic(as_float(goal.right)))


def as_float(term: Term) -> Term:
    """The term with every number as a float: ProbLog tells 1 and 1.0 apart, columns and measures have floats only."""
    if isinstance(term, Struct):
        return replace(term, args=tuple(map(as_float, term.args)))
    return replace(term, value=float(term.value)) if isinstance(term, Const) and term.is_number else term


def _arithmetic(term: Term) -> Term:
    """The term with our functions in the place of ProbLog's."""
    if isinstance(term, Struct) and (term.functor, len(term.args)) in FUNCTIONS:
        return replace(term, functor=PREFIX + term.functor, args=tuple(map(_arithmetic, term.args)))
    return term
