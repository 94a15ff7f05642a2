"""How far apart two objects of a match can be at the most, as the text of its conditions says, for any image.

`near(A, B) :- ..., gap(A, B, G), ..., G =< 2 * max(L, M)` is followed to its comparison, as in `reach`; but here no
detection is known, so that the bound is a number of pixels, a number of metres and a multiple of the longer of the two
long sides, together. What cannot be read sets no bound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rune_pl.inference.columns import Clauses
from rune_pl.inference.reach import MEETING, instantiated, ordered, positive
from rune_pl.language.terms import Call, Compare, Const, Goal, Struct, Term, Var, conjuncts

_MAX_DEPTH = 8


@dataclass(frozen=True)
class Span:
    """A distance of at most `pixels`, plus `metres` on the ground, plus `sides` times the longer long side of the two.

    `apart` says whether the two are certainly different detections.
    """

    pixels: float = 0.0
    metres: float = 0.0
    sides: float = 0.0
    apart: bool = False

    def __le__(self, other: Span) -> bool:
        return self.pixels <= other.pixels and self.metres <= other.metres and self.sides <= other.sides


@dataclass(frozen=True)
class _Found:
    """What a conjunction says; without a span it bounds nothing."""

    span: Span | None
    apart: bool


def span_of(one: str, two: str, conditions: Sequence[Goal], clauses: Clauses) -> Span | None:
    """The bound that conditions set on the gap of two objects, None where they set none.

    Args:
        one, two: their variables.
        conditions: goals that all have to hold.
        clauses: the deterministic relations that they may call.
    """
    found = _said(frozenset({one, two}), [g for goal in conditions for g in conjuncts(goal)], clauses, 0)
    span = found.span
    return None if span is None else Span(span.pixels, span.metres, span.sides, found.apart)


def _said(pair: frozenset[str], goals: Sequence[Goal], clauses: Clauses, depth: int) -> _Found:
    calls = [goal for goal in goals if isinstance(goal, Call)]
    about = [goal for goal in calls if _is_pair(goal, pair) and len(goal.args) == 3]
    gaps = {a.name for goal in about if goal.name == "gap" and isinstance(a := goal.args[2], Var)}
    shares = {a.name for goal in about if goal.name in MEETING and isinstance(a := goal.args[2], Var)}
    best: Span | None = None
    apart = False
    numbers = _numbers(calls, pair)
    for goal in goals:
        found: Span | None = None
        if isinstance(goal, Compare):
            small, large = ordered(goal)
            if isinstance(small, Var) and small.name in gaps and large is not None:
                found = _most(large, numbers)
            elif isinstance(large, Var) and large.name in shares and positive(goal, small):
                found = Span()
        elif isinstance(goal, Call) and _is_pair(goal, pair) and goal.indicator == ("distinct", 2):
            apart = True
        elif isinstance(goal, Call) and goal.indicator in clauses and depth < _MAX_DEPTH:
            inner = _call(goal, pair, clauses, depth)
            found, apart = inner.span, apart or inner.apart
        if found is not None and (best is None or found <= best):
            best = found
    return _Found(best, apart)


def _is_pair(call: Call, pair: frozenset[str]) -> bool:
    return frozenset(a.name for a in call.args[:2] if isinstance(a, Var)) == pair


def _call(call: Call, pair: frozenset[str], clauses: Clauses, depth: int) -> _Found:
    """The largest of the bounds of its clauses: any of them may be the one that holds."""
    if not pair <= {a.name for a in call.args if isinstance(a, Var)}:
        return _Found(None, apart=False)
    worst: Span | None = Span()
    apart = True
    for clause in clauses[call.indicator]:
        goals = instantiated(clause, call)
        if goals is None:
            continue
        found = _said(pair, goals, clauses, depth + 1)
        apart = apart and found.apart
        worst = None if worst is None or found.span is None else _larger(worst, found.span)
    return _Found(worst, apart)


def _numbers(calls: Sequence[Call], pair: frozenset[str]) -> dict[str, Span]:
    """Upper bounds of numbers that goals of a conjunction give; none of them is below 0."""
    known: dict[str, Span] = {}
    for call in calls:
        subject, result = call.args if len(call.args) == 2 else (None, None)
        if not isinstance(result, Var):
            continue
        if call.name in ("long_side", "short_side") and isinstance(subject, Var) and subject.name in pair:
            known[result.name] = Span(sides=1.0)
        elif call.name == "pixels" and isinstance(subject, Struct) and subject.functor == "px":
            found = _most(subject.args[0], {})
            if found is not None:
                known[result.name] = found
        elif call.name == "pixels" and isinstance(subject, Const):
            number = _number(subject)
            if number is not None:
                known[result.name] = Span(metres=number)
    return known


def _most(term: Term, known: Mapping[str, Span]) -> Span | None:
    """An upper bound of an expression over numbers that are not below 0; None where that cannot be read."""
    if isinstance(term, Var):
        return known.get(term.name)
    if isinstance(term, Const):
        number = _number(term)
        return None if number is None else Span(pixels=number)
    if len(term.args) != 2:
        return None
    one, two = (_most(arg, known) for arg in term.args)
    if one is None or two is None:
        return None
    first, second = (_number(arg) for arg in term.args)
    if term.functor == "+":
        return Span(one.pixels + two.pixels, one.metres + two.metres, one.sides + two.sides)
    if term.functor == "-":  # what is taken away is not below 0 where it is no difference itself
        return one if isinstance(term.args[1], Var | Const) else None
    if term.functor == "max":
        return _larger(one, two)
    if term.functor == "min":
        return two if two <= one else one
    if term.functor == "*" and first is not None:
        return _scaled(two, first)
    if term.functor == "*" and second is not None:
        return _scaled(one, second)
    if term.functor == "/" and second:
        return _scaled(one, 1.0 / second)
    return None


def _scaled(span: Span, factor: float) -> Span:
    return Span(span.pixels * factor, span.metres * factor, span.sides * factor)


def _number(term: Term) -> float | None:
    """A constant that is not below 0."""
    if isinstance(term, Const) and not isinstance(term.value, str) and term.value >= 0:
        return float(term.value)
    return None


def _larger(one: Span, two: Span) -> Span:
    return Span(max(one.pixels, two.pixels), max(one.metres, two.metres), max(one.sides, two.sides))
