"""Rebuilding goals from the inside out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rune_pl.language.terms import (
    And,
    Call,
    Compare,
    Count,
    Forall,
    Goal,
    Location,
    More,
    Not,
    Or,
    conjunction,
    disjunction,
)


def located(goal: Goal, location: Location | None) -> Goal:
    """The goal, a conjunction or disjunction without a place of its own at `location`."""
    return replace(goal, location=location) if isinstance(goal, And | Or) and goal.location is None else goal


def rewrite(goal: Goal, leaf: Callable[[Call | Compare | Count | More], Goal]) -> Goal:
    """The goal with `leaf` applied to its calls and comparisons, and to each count after its own goals."""
    if isinstance(goal, Call | Compare):
        return leaf(goal)
    if isinstance(goal, And):
        return located(conjunction([rewrite(g, leaf) for g in goal.goals]), goal.location)
    if isinstance(goal, Or):
        return located(disjunction([rewrite(g, leaf) for g in goal.goals]), goal.location)
    if isinstance(goal, Not):
        return replace(goal, goal=rewrite(goal.goal, leaf))
    if isinstance(goal, Forall):
        return replace(goal, condition=rewrite(goal.condition, leaf), goal=rewrite(goal.goal, leaf))
    if isinstance(goal, Count):
        return leaf(replace(goal, goal=rewrite(goal.goal, leaf)))
    return leaf(replace(goal, goal=rewrite(goal.goal, leaf), other=rewrite(goal.other, leaf)))
