"""What controlled.lark lets a query say of a thing: clauses, places, relations, measures."""

from __future__ import annotations

from typing import Any

from lark import Token
from lark.visitors import v_args

from rune_pl.language.terms import Const, Term
from rune_pl.translate.controlled.chain import EXISTS, Saying, refuse
from rune_pl.translate.controlled.model import (
    Choice,
    Mutual,
    Negated,
    Property,
    Quantity,
    Relation,
    Said,
    Thing,
)
from rune_pl.translate.controlled.noun_phrases import NounPhrases, column_of, measure


@v_args(inline=True)
class Remarks(NounPhrases):
    """Builds what is said."""

    # --- what is said ---

    def said_place(self, *parts: Any) -> Saying:
        *negation, saying = parts
        if not negation:
            return saying  # type: ignore[no-any-return]
        if any(isinstance(said, Negated) for said in saying.said):
            refuse("a double negation", negation[0].column, "leave one of the two out")
        if len(saying.said) > 1:
            refuse(
                "'not' before two things may mean neither or not both",
                negation[0].column,
                "write 'not near ... and not near ...'",
            )
        return Saying([Negated(saying.said[0])], saying.how, negation[0].column, saying.plural)

    def said_state(self, *parts: Any) -> Saying:
        token: Token = parts[-1]
        said: Said = Mutual(((str(token),),)) if token.type == "PAIR" else Property(str(token))
        return self.said_place(*(p for p in parts[:-1] if p.type == "NOT"), Saying([said], "clause", column_of(parts)))

    def state(self, *tokens: Token) -> Token:
        return tokens[-1]

    def said_relative(self, token: Token, saying: Saying) -> Saying:
        return Saying(saying.said, "relative", token.column or 1)

    def said_clause(self, saying: Saying) -> Saying:
        return saying

    def clause_be(self, token: Token, saying: Saying) -> Saying:
        return Saying(saying.said, "clause", token.column or 1, str(token) == "are")

    def clause_be_both(self, token: Token, both: Token, saying: Saying) -> Saying:
        return Saying(saying.said, "clause", token.column or 1, True, both=True)

    def clause_have(self, token: Token, thing: Thing, *where: Token) -> Saying:
        return Saying([has(thing, *where)], "clause", token.column or 1, str(token) == "have")

    def clause_have_not(self, token: Token, _not: Token, _have: Token, thing: Thing, *where: Token) -> Saying:
        return Saying([Negated(has(thing, *where))], "clause", token.column or 1)

    def clause_verb(self, verb: Token, marks: tuple[str, list[Thing]]) -> Saying:
        turned = verb.startswith("turned ")
        said = _relations(((str(verb).removeprefix("turned "),),), False, marks, turned=turned)
        return Saying(said, "clause", verb.column or 1, verb.type == "VERBS")

    def clause_verb_mutual(self, verb: Token, *_other: Token) -> Saying:
        if verb.startswith("turned ") or verb == "contains":
            refuse("'each other' does not go with this verb", verb.column or 1, "say it of each")
        return Saying([Mutual(((str(verb),),))], "clause", verb.column or 1, True)

    def clause_between(self, verb: Token, *things: Any) -> Saying:
        marks = [thing for thing in things if isinstance(thing, Thing)]
        saying = self.between(verb, marks[0], verb, marks[1]) if len(marks) > 1 else self.between_pair(verb, marks[0])
        return Saying(saying.said, "clause", verb.column or 1, verb.type == "LIE_BETWEEN")

    def clause_verb_not(self, token: Token, _not: Token, verb: Token, marks: tuple[str, list[Thing]]) -> Saying:
        return self.said_place(token, self.clause_verb(verb, marks))

    # --- places and relations ---

    def place(self, *parts: Any) -> Saying:
        saying: Saying = parts[-1]
        if len(parts) == 2:
            saying.column = parts[0].column
            self.notes.append(f"{str(parts[0])!r} is not checked, only the place that follows it.")
        return saying

    def landmark(self, thing: Thing) -> tuple[str, list[Thing]]:
        return "one", [thing]

    def landmark_both(self, _both: Token, one: Thing, _and: Token, other: Thing) -> tuple[str, list[Thing]]:
        return "both", [one, other]

    def landmark_either(self, _either: Token, one: Thing, _or: Token, other: Thing) -> tuple[str, list[Thing]]:
        return "either", [one, other]

    def relations(self, *tokens: Token) -> tuple[tuple[tuple[str, ...], ...], bool, int]:
        joints = {t.type for t in tokens if t.type in ("AND", "OR")}
        column = tokens[0].column or 1
        if len(joints) == 2:
            refuse("'and' and 'or' between relations", column, "use one of the two, or say it in two parts")
        names = tuple(tuple(t.split()) for t in tokens if t.type not in ("AND", "OR"))
        if len(names) > 1 and ("not", "near") in names:
            refuse("'far from' beside another relation", column, "write 'and far from ...' with its own landmark")
        return names, "OR" in joints, column

    def relation(
        self, relations: tuple[tuple[tuple[str, ...], ...], bool, int], marks: tuple[str, list[Thing]]
    ) -> Saying:
        groups, any_of, column = relations
        if groups == (("not", "near"),):
            return self._far(marks, column)
        return Saying(_relations(groups, any_of, marks), "straight", column)

    def away(self, token: Token, marks: tuple[str, list[Thing]]) -> Saying:
        return self._far(marks, token.column or 1)

    def _far(self, marks: tuple[str, list[Thing]], column: int) -> Saying:
        if marks[0] == "both":
            refuse("'far from both' may mean neither or not both", column, "write 'far from ... and far from ...'")
        return Saying([Negated(_relations((("near",),), False, marks)[0])], "straight", column)

    def relation_at(self, distance: tuple[str, Term, int], marks: tuple[str, list[Thing]]) -> Saying:
        name, length, column = distance
        return Saying(_relations(((name,),), False, marks, (length,)), "straight", column)

    def distance_within(self, token: Token, number: Token, unit: Token, _of: Token) -> tuple[str, Term, int]:
        return "near", measure(number, unit), token.column or 1

    def distance_beyond(self, token: Token, number: Token, unit: Token, _of: Token) -> tuple[str, Term, int]:
        return "farther_than", measure(number, unit), token.column or 1

    def mutual(self, relations: tuple[tuple[tuple[str, ...], ...], bool, int], _other: Token) -> Saying:
        groups, any_of, column = relations
        if groups == (("not", "near"),):
            return Saying([Negated(Mutual((("near",),)))], "straight", column)
        return Saying([Mutual(groups, any_of)], "straight", column)

    def in_row(self, token: Token) -> Saying:
        return Saying([Mutual(((str(token),),))], "straight", token.column or 1)

    together = in_row

    def region(self, token: Token) -> Saying:
        return Saying([Property("in_region", (Const(str(token)),))], "straight", token.column or 1)

    def between_pair(self, token: Token, thing: Thing) -> Saying:
        if thing.quantity != Quantity("at_least", 2) and not (thing.bare and thing.plural):
            refuse(
                "'between' needs two things",
                token.column or 1,
                "write 'between a ship and a harbor' or 'between two ships'",
            )
        thing.quantity = EXISTS
        other = Thing(thing.column, EXISTS, list(thing.kinds))
        return Saying([Relation((("between",),), [thing, other])], "straight", token.column or 1)

    def between(self, token: Token, one: Thing, _and: Token, other: Thing) -> Saying:
        for thing in (one, other):
            if not thing.quantity.some:
                refuse("'between' takes one thing on each side", thing.column, "write 'between a ship and a harbor'")
        return Saying([Relation((("between",),), [one, other])], "straight", token.column or 1)

    def nearest_to(self, token: Token, marks: tuple[str, list[Thing]]) -> Saying:
        return Saying(_relations((("closest",),), False, marks), "to", token.column or 1)

    def confident(self, token: Token, number: Token) -> Saying:
        value = float(number)
        if not 0 < value <= 1:
            refuse(
                "a confidence is more than 0 and at most 1", number.column or 1, "write 'with confidence at least 0.9'"
            )
        return Saying([Property("confident", (Const(value),))], "straight", token.column or 1)

    def longer_than(self, token: Token, number: Token, unit: Token) -> Saying:
        return Saying([Property("longer_than", (measure(number, unit),))], "straight", token.column or 1)

    def area_above(self, token: Token, number: Token, unit: Token) -> Saying:
        return Saying([Property("area_above", (measure(number, unit),))], "straight", token.column or 1)


def has(thing: Thing, where: str | None = None) -> Relation:
    """The subject has the thing beside it, or `where` a relation says."""
    return Relation((tuple((where or "near").split()),), [thing], turned=True, open_where=where is None)


def _relations(
    groups: tuple[tuple[str, ...], ...],
    any_of: bool,
    marks: tuple[str, list[Thing]],
    extra: tuple[Term, ...] = (),
    *,
    turned: bool = False,
) -> list[Said]:
    how, things = marks
    each: list[Said] = [Relation(groups, [thing], any_of, extra, turned) for thing in things]
    return [Choice(each)] if how == "either" else each
