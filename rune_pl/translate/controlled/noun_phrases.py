"""Noun phrases and counts of controlled.lark as things."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lark import Token, Transformer
from lark.visitors import v_args

from rune_pl.language.terms import Const, Struct, Term
from rune_pl.translate.controlled.chain import EXISTS, Saying, refuse
from rune_pl.translate.controlled.lexicon import Lexicon
from rune_pl.translate.controlled.model import (
    Kind,
    Quantity,
    Thing,
)


def column_of(items: Sequence[Any]) -> int:
    return min(i.column or 1 for i in items if isinstance(i, Token | Thing | Saying))


def _number(token: Token) -> int | float:
    return float(token) if "." in token else int(token)


def measure(number: Token, unit: Token) -> Term:
    """A length or area as a rule writes it: metres as they are, pixels as px(N)."""
    value = _number(number) * (1 if unit == "px" else int(unit))
    constant = Const(int(value) if value == int(value) else value)
    return Struct("px", (constant,)) if unit == "px" else constant


def _bounded(kind: str, token: Token) -> Quantity:
    """A count with its bound made inclusive, and zero and one turned into "no" and "a"."""
    number = _number(token)
    if isinstance(number, float):
        refuse(f"{token} is not a whole number", token.column or 1, "objects are counted in whole numbers")
    if kind == "more_than":
        kind, number = "at_least", number + 1
    elif kind == "fewer_than":
        kind, number = "at_most", number - 1
    if number < 0 or (kind == "at_least" and number == 0):
        refuse(
            "this count holds for every image or for none", token.column or 1, "write 'no', or a number of 1 or more"
        )
    if number == 0:
        return Quantity("no")
    return EXISTS if (kind, number) == ("at_least", 1) else Quantity(kind, number)


DETERMINERS = {
    "A": EXISTS,
    "PIECE": EXISTS,
    "THE": EXISTS,
    "SOME": EXISTS,
    "ANY": Quantity("any"),
    "ANOTHER": Quantity("another"),
    "EVERY": Quantity("every"),
    "NO": Quantity("no"),
    "NONE": Quantity("no"),
    "SINGLE": Quantity("exactly", 1),
}


@v_args(inline=True)
class NounPhrases(Transformer[Token, Any]):
    """Builds things; remembers what was mentioned, for "the ship" after "a ship"."""

    def __init__(self, lexicon: Lexicon) -> None:
        super().__init__()
        self._lexicon = lexicon
        self._mentioned: dict[str, list[Thing]] = {}
        self.notes: list[str] = []

    def count_bare(self, number: Token) -> tuple[Quantity, int]:
        return _bounded("exactly" if float(number) == 0 else "at_least", number), number.column or 1

    count_vague = count_bare

    def count_bound(self, bound: Token, number: Token) -> tuple[Quantity, int]:
        return _bounded(bound.type.lower(), number), bound.column or 1

    def count_or(self, number: Token, direction: Token) -> tuple[Quantity, int]:
        return _bounded("at_least" if direction.type == "OR_MORE" else "at_most", number), number.column or 1

    def determiner(self, what: Token | tuple[Quantity, int]) -> tuple[Quantity, int, bool, bool]:
        """Quantity, column, definite, and whether it is "one" of something rather than a number of them."""
        if isinstance(what, Token):
            return (
                DETERMINERS[what.type],
                what.column or 1,
                what.type == "THE",
                what.type in ("A", "ANOTHER", "SINGLE", "PIECE"),
            )
        return *what, False, what[0] == EXISTS

    def nominal(self, *tokens: Token) -> Thing:
        column = tokens[0].column or 1
        word = next(t for t in tokens if t.type == "NOUN")
        noun = self._lexicon.noun(str(word))
        attributes = tuple(dict.fromkeys(str(t) for t in tokens if t.type == "ADJ"))
        mutual = tuple(dict.fromkeys(str(t) for t in tokens if t.type == "PAIR"))
        label = next((str(t) for t in tokens if t.type == "LABEL"), None)
        return Thing(
            column,
            EXISTS,
            [Kind(noun.name, attributes, mutual, noun.classes)],
            label=label,
            plural=noun.plural,
            bare=True,
        )

    def np(self, *parts: Any) -> Thing:
        thing: Thing = parts[-1]
        definite = False
        if len(parts) == 2:
            thing.quantity, thing.column, definite, single = parts[0]
            thing.plural = not single and (thing.plural or thing.quantity.counts)
            thing.bare = False
        return self._note_class(thing, definite)

    def np_paired(self, determiner: tuple[Quantity, int, bool, bool], pair: Token, thing: Thing) -> Thing:
        kind = thing.kinds[0]
        thing.kinds[0] = Kind(kind.name, kind.attributes, (*kind.mutual, str(pair)), kind.classes)
        return self.np(determiner, thing)

    def np_or(self, determiner: tuple[Quantity, int, bool, bool], thing: Thing, direction: Token) -> Thing:
        quantity, *rest = determiner
        if quantity != EXISTS and quantity.kind != "at_least":
            refuse(
                f"{str(direction).replace('_', ' ')!r} does not fit here", direction.column or 1, "give a bare number"
            )
        if direction.type == "OR_FEWER":
            quantity = Quantity("at_most", quantity.number)
        return self.np((quantity, *rest), thing)

    def np_super(self, *parts: Any) -> Thing:
        thing: Thing = parts[-1]
        word = next(t for t in parts if isinstance(t, Token) and t.type == "SUPER")
        thing.superlative, thing.bare, thing.column = str(word), False, column_of(parts)
        return self._note_class(thing, False)

    def np_nearest(self, *parts: Any) -> Thing:
        thing: Thing = parts[-1]
        thing.awaits_nearest, thing.bare, thing.column = True, False, column_of(parts)
        return self._note_class(thing, False)

    def np_ref(self, token: Token) -> Thing:
        return Thing(token.column or 1, EXISTS, reference=str(token))

    def _note_class(self, thing: Thing, definite: bool) -> Thing:
        kind = thing.kinds[0]
        before = self._mentioned.setdefault(kind.name, [])
        if definite and before:
            return self._again(thing, before)
        before.append(thing)
        return thing

    def _again(self, thing: Thing, before: Sequence[Thing]) -> Thing:
        """ "the ship" after "a ship": the same one, where there is no doubt which."""
        words = thing.kinds[0].name.replace("_", " ")
        (first, *others) = before
        plain = thing.kinds[0].attributes in ((), first.kinds[0].attributes) and not thing.kinds[0].mutual
        if others or not plain or thing.label or not first.quantity.some or first.kinds[0].mutual:
            hint = f"name it: 'a {words} (B) ...' and then 'B', or write 'a {words}' for any {words}"
            refuse(f"'the {words}' may or may not be the one mentioned before", thing.column, hint)
        first.known_as = first.known_as or f"_{first.column}_the"
        self.notes.append(f"'the {words}' is the one mentioned before.")
        return Thing(thing.column, EXISTS, reference=first.known_as, plural=first.plural)
