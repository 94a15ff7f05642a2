"""Objects that a model brings in inside a count and speaks of again outside.

"Three trucks near a gas station, which is near a road" comes as `at_least(3, A, (object(A, truck), object(B,
gas_station), near(A, B))), object(C, road), near(B, C)`, where the B outside is bound by nothing. What is meant is one
gas station for the trucks and the road, so that `object(B, gas_station)` belongs in front of the count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rune_pl.language.terms import (
    Call,
    Clause,
    Count,
    Goal,
    Program,
    Var,
    conjunction,
    conjuncts,
    term_variables,
    variables,
    walk,
)


def hoisted(program: Program) -> Program:
    """The program with such objects in front of the statement that they came in."""
    return Program(tuple(_clause(c) for c in program.clauses))


def _clause(clause: Clause) -> Clause:
    if clause.body is None:
        return clause
    return replace(clause, body=conjunction(_goals(conjuncts(clause.body))))


def _goals(goals: Sequence[Goal]) -> list[Goal]:
    done: list[Goal] = []
    for index, goal in enumerate(goals):
        if isinstance(goal, Count):
            elsewhere = {v for g in (*goals[:index], *goals[index + 1 :]) for v in _free(g)}
            bound = {v.name for g in done if isinstance(g, Call) and g.name == "object" for v in variables(g)}
            out, kept = _split(goal, elsewhere - bound)
            done += [*out, kept]
        else:
            done.append(goal)
    return done


def _split(count: Count, wanted: set[str]) -> tuple[list[Goal], Goal]:
    """The `object/2` goals of a count for wanted variables other than its own, and the count without them."""
    own = {v.name for v in term_variables(count.template)}
    out: list[Goal] = []
    kept: list[Goal] = []
    for goal in conjuncts(count.goal):
        first = goal.args[0] if isinstance(goal, Call) and goal.name == "object" else None
        outside = isinstance(first, Var) and first.name in wanted - own
        (out if outside else kept).append(goal)
    return out, replace(count, goal=conjunction(kept)) if out else count


def _free(goal: Goal) -> set[str]:
    """The variables that a goal takes from outside: a call all of its own, others those that they do not bring in."""
    brought = () if isinstance(goal, Call) else (g for g in walk(goal) if isinstance(g, Call) and g.name == "object")
    return {v.name for v in variables(goal)} - {v.name for g in brought for v in variables(g)}
