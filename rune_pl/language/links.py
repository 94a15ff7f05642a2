"""Which objects a goal introduces, and which object outside a negated, counted or universal goal is tied to."""

from __future__ import annotations

from rune_pl.language import english
from rune_pl.language.terms import Call, Const, Count, Forall, Goal, Not, Or, Var, conjuncts


def introduced(goal: Goal) -> tuple[str, ...]:
    """The variable that a goal `object(A, class)`, or a choice of such goals, gives a class; empty for other goals."""
    if isinstance(goal, Call) and goal.indicator == ("object", 2):
        var, cls = goal.args
        return (var.name,) if isinstance(var, Var) and isinstance(cls, Const) else ()
    if isinstance(goal, Or):
        subjects = {_class_choice(alternative) for alternative in goal.goals}
        only = subjects.pop()
        return (only,) if not subjects and only is not None else ()
    return ()


def _class_choice(alternative: Goal) -> str | None:
    """The variable of `object(A, ship), large(A)`; None for a goal that says more."""
    first, *rest = conjuncts(alternative)
    if not isinstance(first, Call) or not introduced(first):
        return None
    name = introduced(first)[0]
    adjectives = all(isinstance(g, Call) and g.name in english.ATTRIBUTES and g.args == (Var(name),) for g in rest)
    return name if adjectives else None


def link(goal: Not | Count | Forall) -> tuple[Call, str, bool, str] | None:
    """The relation of a landmark to an object outside: call, outside object, landmark first or not, landmark."""
    own = conjuncts(goal.condition if isinstance(goal, Forall) else goal.goal)
    mark = next((name for g in own for name in introduced(g)), None)
    if isinstance(goal, Count):
        mark = goal.template.name if isinstance(goal.template, Var) else None
    inside = {name for g in own for name in introduced(g)}
    if mark is None or mark not in inside:
        return None
    candidates = conjuncts(goal.goal)
    if isinstance(goal, Forall) and len(candidates) != 1:
        return None
    links = []
    for call in candidates:
        if isinstance(call, Call) and english.relation_phrase(call) is not None:
            one, two = call.args[0], call.args[1]
            if isinstance(one, Var) and isinstance(two, Var) and mark in (one.name, two.name):
                outer = two.name if one.name == mark else one.name
                if outer not in inside:
                    links.append((call, outer, one.name == mark, mark))
    return links[0] if len(links) == 1 else None
