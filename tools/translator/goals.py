"""The rule of a meaning.

Variables get their letters in the order in which things are mentioned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tools.translator.meaning import (
    Absent,
    Between,
    Choice,
    Count,
    Either,
    Every,
    Fronted,
    Further,
    Landmark,
    More,
    NotBoth,
    OfThem,
    Outnumbered,
    Pair,
    Placed,
    Property,
    Related,
    Said,
    Statement,
    Thing,
    Together,
    Universal,
    Whose,
)

_LETTERS = "ABCDEFGHIJ"


@dataclass(frozen=True)
class Goal:
    """A piece of a rule whose variables are still things: text pieces and things in turn."""

    pieces: tuple[str | Thing, ...]


def _goal(name: str, *arguments: Thing | str) -> Goal:
    pieces: list[str | Thing] = [name, "("]
    for i, argument in enumerate(arguments):
        pieces += [", ", argument] if i else [argument]
    return Goal((*pieces, ")"))


def _join(goals: Sequence[Goal], between: str = ", ") -> Goal:
    pieces: list[str | Thing] = []
    for i, goal in enumerate(goals):
        pieces += [between, *goal.pieces] if i else goal.pieces
    return Goal(tuple(pieces))


def _single(goals: Sequence[Goal]) -> Goal:
    """The goals as one: in brackets where there are several."""
    joined = _join(goals)
    return joined if len(goals) == 1 else Goal(("(", *joined.pieces, ")"))


class _Goals:
    """Goals of meanings, in order; things that were introduced before are not introduced again."""

    def __init__(self) -> None:
        self.known: set[Thing] = set()

    def thing(self, thing: Thing) -> list[Goal]:
        """The object goal and the sizes; nothing for a thing that is known."""
        if thing in self.known:
            return []
        self.known.add(thing)
        goals = [_goal("object", thing, thing.noun.atom)]
        if thing.alternative is not None:
            other = _goal("object", thing, thing.alternative.atom)
            goals = [Goal(("(", *goals[0].pieces, " ; ", *other.pieces, ")"))]
        for size in thing.sizes:
            superlative = size in ("largest", "smallest")
            goals.append(_goal(size, thing, thing.noun.atom) if superlative else _goal(size, thing))
        return goals

    def whole(self, thing: Thing) -> list[Goal]:
        return [*self.thing(thing), *self.all_said(thing, thing.said)]

    def all_said(self, thing: Thing, said: Sequence[Said]) -> list[Goal]:
        return [goal for one in said for goal in self.said(thing, one)]

    def said(self, thing: Thing, said: Said) -> list[Goal]:
        if isinstance(said, Placed):
            return [_goal("in_region", thing, said.region)]
        if isinstance(said, Property):
            goal = _goal(said.name, thing, said.value) if said.value else _goal(said.name, thing)
            return [_not(goal)] if said.negated else [goal]
        if isinstance(said, Between):
            return [*self.thing(said.first), *self.thing(said.second), _goal("between", thing, said.first, said.second)]
        if isinstance(said, Whose):
            owned = [*self.thing(said.thing), _goal("near", said.thing, thing)]
            held = self.all_said(said.thing, said.properties)
            return [_goal_of("forall", _single(owned), _single(held))]
        if isinstance(said, Choice):
            options = [_join(self.said(thing, option)) for option in said.options]
            return [Goal(("(", *_join(options, " ; ").pieces, ")"))]
        if isinstance(said, Outnumbered):
            one, other = (
                _single([*self.thing(counted), _goal(said.relation, counted, thing)])
                for counted in (said.thing, said.other)
            )
            return _compared(said.comparison, (said.thing, one), (said.other, other))
        if said.negated:
            return [_not(_single(self.landmark(thing, said, landmark))) for landmark in said.landmarks]
        return [goal for landmark in said.landmarks for goal in self.landmark(thing, said, landmark)]

    def landmark(self, thing: Thing, said: Related, landmark: Landmark) -> list[Goal]:
        there = landmark.thing if isinstance(landmark, (Count, Every)) else landmark
        pair = (there, thing) if said.turned else (thing, there)
        measure = (said.measure,) if said.measure else ()
        relations = [_goal(name, *pair, *measure) for name in said.relations]
        fresh = there not in self.known
        found = self.thing(there)
        if isinstance(landmark, Every):
            return [_goal_of("forall", _single(found), _single(relations))]
        goals = [*found, *relations, *(self.all_said(there, there.said) if fresh else [])]
        if isinstance(landmark, Count):
            return [_goal_of(landmark.kind, str(landmark.number), there, _single(goals))]
        return goals

    def statement(self, statement: Statement) -> list[Goal]:
        if isinstance(statement, Thing):
            return self.whole(statement)
        if isinstance(statement, Count):
            goals = _single(self.whole(statement.thing))
            return [_goal_of(statement.kind, str(statement.number), statement.thing, goals)]
        if isinstance(statement, Absent):
            thing = statement.thing
            if not (thing.sizes or thing.said or thing.alternative):
                return [_goal("\\+ object", "_", thing.noun.atom)]
            return [_not(_single(self.whole(statement.thing)))]
        if isinstance(statement, Universal):
            condition = _single(self.whole(statement.thing))
            return [_goal_of("forall", condition, _single(self.all_said(statement.thing, statement.said)))]
        if isinstance(statement, More):
            one, other = _single(self.whole(statement.thing)), _single(self.whole(statement.other))
            return _compared(statement.comparison, (statement.thing, one), (statement.other, other))
        if isinstance(statement, Either):
            options = [_join([g for one in option for g in self.statement(one)]) for option in statement.options]
            return [Goal(("(", *_join(options, " ; ").pieces, ")"))]
        if isinstance(statement, OfThem):
            them, held = self.thing(statement.thing), self.all_said(statement.thing, statement.said)
            return [
                _not(_single([*them, *held])) if statement.none else _goal_of("forall", _single(them), _single(held))
            ]
        if isinstance(statement, NotBoth):
            return [_not(_single([*self.whole(statement.first), *self.whole(statement.second)]))]
        if isinstance(statement, Further):
            return self.all_said(statement.thing, statement.said)
        return self._several(statement)

    def _several(self, statement: Pair | Together | Fronted) -> list[Goal]:
        if isinstance(statement, Pair):
            both = (statement.first, statement.second)
            goals = [goal for thing in both for goal in self.thing(thing)] + [_goal(statement.relation, *both)]
            return goals + _of_both(self, both, statement.said)
        if isinstance(statement, Together):
            goals = [goal for thing in statement.things for goal in self.thing(thing)]
            return goals + _of_both(self, statement.things, [statement.said])
        goals = self.thing(statement.landmark)
        for subject in statement.subjects:
            thing = subject.thing if isinstance(subject, (Count, Absent)) else subject
            own = [*self.thing(thing), *(_goal(name, thing, statement.landmark) for name in statement.relations)]
            own += self.all_said(thing, thing.said)
            if isinstance(subject, Count):
                own = [_goal_of(subject.kind, str(subject.number), thing, _single(own))]
            elif isinstance(subject, Absent):
                own = [_not(_single(own))]
            goals += own
        return goals


def _not(goal: Goal) -> Goal:
    return Goal(("\\+ ", *goal.pieces))


def _goal_of(name: str, *arguments: Goal | Thing | str) -> Goal:
    """A goal about goals: a count, forall, more."""
    pieces: list[str | Thing] = [name, "("]
    for i, argument in enumerate(arguments):
        pieces += [", "] if i else []
        pieces += argument.pieces if isinstance(argument, Goal) else [argument]
    return Goal((*pieces, ")"))


def _compared(comparison: str, one: tuple[Thing, Goal], other: tuple[Thing, Goal]) -> list[Goal]:
    """More of the first, fewer of it, as many; or what the opposite of these denies."""
    more, fewer = _goal_of("more", *one, *other), _goal_of("more", *other, *one)
    if comparison == "same":
        return [_not(more), _not(fewer)]
    return {"more": [more], "fewer": [fewer], "no_fewer": [_not(fewer)], "no_more": [_not(more)]}[comparison]


def _of_both(goals: _Goals, things: Sequence[Thing], said: Sequence[Said]) -> list[Goal]:
    """What is said of each of several things: the landmarks stand once."""
    found: list[Goal] = []
    for one in said:
        per_thing = [goals.said(thing, one) for thing in things]
        found += [goal for own in per_thing for goal in own]
    return found


def rule(statements: Sequence[Statement]) -> str:
    """The rule that says the same. Raises OverflowError where it needs more than ten variables."""
    goals = _Goals()
    joined = _join([goal for statement in statements for goal in goals.statement(statement)])
    things = list(dict.fromkeys(piece for piece in joined.pieces if isinstance(piece, Thing)))
    if len(things) > len(_LETTERS):
        raise OverflowError("too many variables")
    letters = dict(zip(things, _LETTERS))
    return f"retrieve :- {''.join(letters[p] if isinstance(p, Thing) else p for p in joined.pieces)}."
