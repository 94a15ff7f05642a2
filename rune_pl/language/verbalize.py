"""Says a rule back in English, the same words for the same rule every time, so that a user sees what was understood.

For rules that controlled English can express the result is controlled English: it translates back to an equivalent rule
(docs/controlled-english.md says which rules those are). Everything else is said in words that no translator reads.
"""

from __future__ import annotations

from rune_pl.language import english
from rune_pl.language.links import introduced
from rune_pl.language.phrases import Item, joined
from rune_pl.language.phrasing import Speaker
from rune_pl.language.terms import Call, Clause, Goal, Program, conjuncts, disjunction, variables


def verbalize(program: Program, vocabulary: english.Labels | None = None) -> str:
    """The program in English: its goal as "an image with ...", then a line "where ... means: ..." per helper predicate.

    Names in brackets, "a ship (A)", are the variables of the rule. Class names come from `vocabulary` where it knows
    them.
    """
    nouns = english.Nouns(vocabulary)
    lines = []
    goals = program.defining("retrieve", 0)
    if goals:
        lines.append(_query(goals, nouns))
    for name, arity in program.indicators:
        if (name, arity) != ("retrieve", 0):
            lines += [_definition(clause, nouns) for clause in program.defining(name, arity)]
    return "\n".join(lines)


def _query(clauses: tuple[Clause, ...], nouns: english.Nouns) -> str:
    body = disjunction([_body(clause) for clause in clauses])
    chance = ", or ".join(_chance(clause) for clause in clauses if clause.probability is not None)
    items = _said_twice(body, set(), nouns)
    if [item.text for item in items] == ["anything"]:
        return f"any image{chance}"
    return f"an image {'where' if items[0].sentence else 'with'} {joined(items)}{chance}"


def _definition(clause: Clause, nouns: english.Nouns) -> str:
    if clause.body is None:
        return f"where {clause.head} holds{_chance(clause)}"
    known = {var.name for var in variables(clause.head)}
    return f"where {clause.head} means: {joined(_said_twice(clause.body, known, nouns))}{_chance(clause)}"


def _body(clause: Clause) -> Goal:
    return clause.body if clause.body is not None else Call("true")


def _chance(clause: Clause) -> str:
    return "" if clause.probability is None else f", with probability {english.number(clause.probability)}"


def _said_twice(body: Goal, known: set[str], nouns: english.Nouns) -> list[Item]:
    """The first time finds the objects that are mentioned again; the second names those, and all that a match binds."""
    first = Speaker(nouns, frozenset())
    first.say(body, known)
    bound = {name for goal in conjuncts(body) for name in introduced(goal)} - known
    return Speaker(nouns, frozenset(first.referenced | bound)).say(body, known)
