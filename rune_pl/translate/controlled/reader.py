"""From the parse tree of controlled.lark to a chain of things and of what is said about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lark import Token, Transformer
from lark.visitors import v_args

from rune_pl.language.terms import Const, Struct, Term
from rune_pl.translate.controlled.chain import EXISTS, Chain, Entry, OfThem, Saying, Tail, refuse
from rune_pl.translate.controlled.lexicon import Lexicon
from rune_pl.translate.controlled.model import (
    Choice,
    Comparison,
    Kind,
    Mutual,
    Negated,
    Property,
    Quantity,
    Relation,
    Said,
    Thing,
)


def _column(items: Sequence[Any]) -> int:
    return min(i.column or 1 for i in items if isinstance(i, Token | Thing | Saying))


def _number(token: Token) -> int | float:
    return float(token) if "." in token else int(token)


def _measure(number: Token, unit: Token) -> Term:
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


_DETERMINERS = {
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

# Of "more ships than planes" and the like: which of the two is said to be more, or not to be more.
_COMPARED = {
    "more": "more",
    "fewer": "turned more",
    "no_more": "no_more",
    "no_fewer": "turned no_more",
    "same": "same",
}


@v_args(inline=True)
class Reader(Transformer[Token, Any]):
    """Builds the chain bottom-up, in the order of the text. Raises TranslationError for what the grammar cannot see."""

    def __init__(self, lexicon: Lexicon) -> None:
        super().__init__()
        self._lexicon = lexicon
        self._mentioned: dict[str, list[Thing]] = {}
        self.notes: list[str] = []

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
        saying = Saying([_has(thing, *where)], "straight", token.column or 1, beside_it=bool(where))
        return Tail("straight", False, saying, saying.column)

    def had_after(self, separator: tuple[str, bool, int], *rest: Any) -> Tail:
        thing, where = rest[-2:]
        if thing.quantity.kind == "no" and len(rest) > 2:
            refuse("this may be about the whole image or what is beside it", thing.column, "leave out where it is")
        saying = Saying([_has(thing, where)], "clause", thing.column, beside_it=True)
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
            return OfThem(_DETERMINERS[quantity.type], saying.said, quantity.column or 1)
        return OfThem(quantity[0], saying.said, quantity[1])

    # --- noun phrases ---

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
                _DETERMINERS[what.type],
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
        thing.superlative, thing.bare, thing.column = str(word), False, _column(parts)
        return self._note_class(thing, False)

    def np_nearest(self, *parts: Any) -> Thing:
        thing: Thing = parts[-1]
        thing.awaits_nearest, thing.bare, thing.column = True, False, _column(parts)
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
        return self.said_place(*(p for p in parts[:-1] if p.type == "NOT"), Saying([said], "clause", _column(parts)))

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
        return Saying([_has(thing, *where)], "clause", token.column or 1, str(token) == "have")

    def clause_have_not(self, token: Token, _not: Token, _have: Token, thing: Thing, *where: Token) -> Saying:
        return Saying([Negated(_has(thing, *where))], "clause", token.column or 1)

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
        return "near", _measure(number, unit), token.column or 1

    def distance_beyond(self, token: Token, number: Token, unit: Token, _of: Token) -> tuple[str, Term, int]:
        return "farther_than", _measure(number, unit), token.column or 1

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
        return Saying([Property("longer_than", (_measure(number, unit),))], "straight", token.column or 1)

    def area_above(self, token: Token, number: Token, unit: Token) -> Saying:
        return Saying([Property("area_above", (_measure(number, unit),))], "straight", token.column or 1)


def _has(thing: Thing, where: str | None = None) -> Relation:
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
