"""From the parse tree of controlled.lark to a chain of things and of what is said about them."""

from __future__ import annotations

from typing import Any

from lark import Token
from lark.visitors import v_args

from rune_pl.translate.controlled.chain import Chain, Entry, OfThem, Saying, Tail, refuse
from rune_pl.translate.controlled.model import (
    Comparison,
    Quantity,
    Thing,
)
from rune_pl.translate.controlled.noun_phrases import DETERMINERS
from rune_pl.translate.controlled.remarks import Remarks, has

# Of "more ships than planes" and the like: which of the two is said to be more, or not to be more.
_COMPARED = {
    "more": "more",
    "fewer": "turned more",
    "no_more": "no_more",
    "no_fewer": "turned no_more",
    "same": "same",
}


@v_args(inline=True)
class Reader(Remarks):
    """Builds the chain bottom-up, in the order of the text. Raises TranslationError for what the grammar cannot see."""

    # --- the chain ---

    def start(self, *items: Any) -> Chain:
        kinds = {i.type for i in items if isinstance(i, Token)}
        first = next(i for i in items if isinstance(i, Entry | OfThem))
        asked_for = "IMPERATIVE" in kinds and not kinds & {"IMAGES_WITH", "QUESTION"}
        return Chain(first, [i for i in items if isinstance(i, Tail)], asked_for, self.notes)

    def start_without(self, *items: Any) -> Chain:
        thing = next(i for i in items if isinstance(i, Thing))
        first = Entry([thing], "without", column=thing.column)
        return Chain(first, [i for i in items if isinstance(i, Tail)], False, self.notes)

    def stop(self, *tokens: Token) -> tuple[str, bool, int]:
        return "stop", True, tokens[0].column or 1

    def separator(self, *tokens: Token) -> tuple[str, bool, int]:
        return tokens[-1].type.lower(), tokens[0].type == "COMMA", tokens[0].column or 1

    def said_straight(self, saying: Saying) -> Tail:
        return Tail("straight", False, saying, saying.column)

    def said_after(self, separator: tuple[str, bool, int], saying: Saying) -> Tail:
        return Tail(separator[0], separator[1], saying, saying.column)

    def said_of_it(self, separator: tuple[str, bool, int], it: Token, saying: Saying) -> Tail:
        joint = "and" if separator[0] == "stop" else separator[0]
        return Tail(joint, separator[1], saying, it.column or 1, of_it=True)

    def state_after(self, separator: tuple[str, bool, int], *rest: Any) -> Tail:
        saying: Saying = self.said_state(*rest)
        return Tail(separator[0], separator[1], saying, saying.column)

    def thing_after(self, separator: tuple[str, bool, int], entry: Entry | OfThem) -> Tail:
        return Tail(separator[0], separator[1], entry, entry.column)

    def without_straight(self, token: Token, thing: Thing) -> Tail:
        return Tail("straight", False, Entry([thing], "without", column=token.column or 1), token.column or 1)

    def with_straight(self, token: Token, thing: Thing, *where: Token) -> Tail:
        saying = Saying([has(thing, *where)], "straight", token.column or 1, beside_it=bool(where))
        return Tail("straight", False, saying, saying.column)

    def had_after(self, separator: tuple[str, bool, int], *rest: Any) -> Tail:
        thing, where = rest[-2:]
        if thing.quantity.kind == "no" and len(rest) > 2:
            refuse("this may be about the whole image or what is beside it", thing.column, "leave out where it is")
        saying = Saying([has(thing, where)], "clause", thing.column, beside_it=True)
        joint = "and" if separator[0] == "stop" else separator[0]
        return Tail(joint, separator[1], saying, saying.column, of_it=True)

    def fronted(self, relations: Any, marks: tuple[str, list[Thing]], *rest: Any) -> Entry:
        return self._fronted(self.relation(relations, marks), rest[-1])

    def fronted_region(self, region: Token, *rest: Any) -> Entry:
        return self._fronted(self.region(region), rest[-1])

    def _fronted(self, saying: Saying, thing: Thing) -> Entry:
        return Entry([thing], "fronted", column=saying.column, said=saying)

    # --- things ---

    def thing(self, thing: Thing) -> Entry:
        return Entry([thing], "plain", column=thing.column)

    def thing_there(self, token: Token, thing: Thing) -> Entry:
        return Entry([thing], "there", column=token.column or 1)

    def thing_with(self, token: Token, thing: Thing) -> Entry:
        return Entry([thing], "there", column=token.column or 1)

    def thing_without(self, token: Token, thing: Thing) -> Entry:
        return Entry([thing], "without", column=token.column or 1)

    def thing_either(self, token: Token, thing: Thing) -> Entry:
        return Entry([thing], "either", column=token.column or 1)

    def thing_either_there(self, *parts: Any) -> Entry:
        return self.thing_either(parts[0], parts[-1])

    def thing_both(self, token: Token, one: Thing, _and: Token, other: Thing) -> Entry:
        return Entry([one, other], "both", column=token.column or 1)

    def thing_neither(self, token: Token, one: Thing, _nor: Token, other: Thing) -> Entry:
        for thing in (one, other):
            if not thing.plain or not thing.quantity.some:
                refuse("'neither' takes two plain classes", thing.column, "write 'no ... and no ...'")
        one.kinds += other.kinds
        return Entry([one], "without", column=token.column or 1)

    def compared(self, token: Token, first: Thing, *rest: Any) -> Entry:
        *sayings, _than, second = rest
        for saying in sayings:
            first.said += saying.said
        how, pair = _COMPARED[str(token)], (first, second)
        greater, smaller = pair[::-1] if how.startswith("turned") else pair
        return Entry([second], "comparison", Comparison(greater, smaller, how.split()[-1]), token.column or 1)

    def comparison_there(self, _there: Token, entry: Entry) -> Entry:
        return entry

    def comparison_either(self, token: Token, *rest: Any) -> Entry:
        entry: Entry = rest[-1]
        return Entry(entry.things, "either", entry.comparison, token.column or 1)

    def of_them(self, quantity: Token | tuple[Quantity, int], token: Token, saying: Saying) -> OfThem:
        if isinstance(quantity, Token):
            return OfThem(DETERMINERS[quantity.type], saying.said, quantity.column or 1)
        return OfThem(quantity[0], saying.said, quantity[1])
