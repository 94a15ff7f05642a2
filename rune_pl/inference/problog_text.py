"""From a query to the text of a ProbLog program.

Every predicate of ours gets the prefix `r_`, so that none can clash with a ProbLog built-in (`between/3` and
`forall/2` do). Goals inside counts become closures, predicates of their own whose last argument is the counted
object: ProbLog has no `copy_term`, and `call/N` on a closure needs none. Universals become negations.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, field, replace
from itertools import count

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
    subgoals,
    term_variables,
    terms_of,
    variables,
    walk,
)

PREFIX = "r_"
REFUTED = Call("refuted")
# Built-ins of Prolog that the library may call; they keep their names.
_CONTROL = frozenset({("true", 0), ("fail", 0), ("number", 1), ("call", 2), ("call", 3)})

Indicator = tuple[str, int]


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
        head = tuple(v.name for t in clause.head.args for v in term_variables(t))
        body = self._goal(clause.body, clause.body, set(head), made)
        yield replace(clause, body=body)
        for closure in made:
            yield from self.clause(closure)

    def _goal(self, goal: Goal, whole: Goal, outer: set[str], made: list[Clause]) -> Goal:
        """The goal with closures for counts. `outer` are names bound outside of `whole`."""
        if isinstance(goal, And | Or):
            return replace(goal, goals=tuple(self._goal(g, whole, outer, made) for g in goal.goals))
        if isinstance(goal, Not):
            return replace(goal, goal=self._goal(goal.goal, whole, outer, made))
        if isinstance(goal, Forall):
            counterexample = conjunction([goal.condition, Not(goal.goal)])
            return Not(self._goal(counterexample, whole, outer, made))
        if isinstance(goal, Count):
            closure = self._closure(goal.template, goal.goal, goal, whole, outer, made)
            number = Const(goal.number)
            if goal.kind == "at_least":
                return Call("count_at_least", (Const(1), number, closure))
            if goal.kind == "at_most":
                return Not(Call("count_at_least", (Const(1), Const(goal.number + 1), closure)))
            return Call("count_exactly", (Const(1), number, closure))
        if isinstance(goal, More):
            first = self._closure(goal.template, goal.goal, goal, whole, outer, made)
            second = self._closure(goal.other_template, goal.other, goal, whole, outer, made)
            return Call("count_more", (first, second))
        return goal

    def _closure(
        self, template: Term, goal: Goal, node: Goal, whole: Goal, outer: set[str], made: list[Clause]
    ) -> Term:
        assert isinstance(template, Var)
        shared = outer | _names_outside(whole, node)
        captured = tuple(v for v in variables(goal) if v.name in shared and v.name != template.name)
        name = f"counted_{next(self.fresh)}"
        made.append(Clause(Call(name, (*captured, template)), goal))
        return Struct(PREFIX + name, captured) if captured else Const(PREFIX + name)


def _names_outside(whole: Goal, node: Goal) -> set[str]:
    """Names of the variables in `whole` that occur outside of `node`."""
    if whole is node:
        return set()
    names = {v.name for t in terms_of(whole) for v in term_variables(t)}
    return names.union(*(_names_outside(child, node) for child in subgoals(whole)))


def _prefixed(clause: Clause) -> Clause:
    head = _prefix(clause.head)
    assert isinstance(head, Call)
    return replace(clause, head=head, body=None if clause.body is None else _prefix(clause.body))


def _prefix(goal: Goal) -> Goal:
    if isinstance(goal, Call):
        return goal if goal.indicator in _CONTROL else replace(goal, name=PREFIX + goal.name)
    if isinstance(goal, And | Or):
        return replace(goal, goals=tuple(_prefix(g) for g in goal.goals))
    if isinstance(goal, Not):
        return replace(goal, goal=_prefix(goal.goal))
    assert isinstance(goal, Compare)
    return goal
