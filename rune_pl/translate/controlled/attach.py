"""What belongs to what: turns the flat chain of a query into items, by the rules of docs/controlled-english.md.

1. A phrase straight after a noun is about that noun: "a plane near a ship near a harbor".
2. A phrase after a comma, "and" or "but", and a verb, is about the first noun of the current thing.
3. A thing after a comma, "and" or "but" is a new thing in the image; but "and" with a plain "a bridge" straight after a
   landmark, with nothing said of it, is a second landmark; so are "a bridge, a road and a park" after "near".
4. "or" joins two nouns, or two phrases about the same noun; after a comma or "either" it joins all of what stands on
   each side.
5. "are" and "have" after "a ship and a plane" are about both of them.
"""

from __future__ import annotations

import copy

from rune_pl.translate.controlled.chain import Chain, Entry, OfThem, Saying, Tail, refuse
from rune_pl.translate.controlled.entries import Entries
from rune_pl.translate.controlled.model import (
    Item,
    Relation,
    Thing,
)
from rune_pl.translate.controlled.places import inside, places


def attach(chain: Chain) -> tuple[list[Item], list[str]]:
    """The items that must all hold, and notes on the readings chosen. Raises TranslationError where no rule decides."""
    builder = _Builder(chain)
    return builder.build(), builder.notes


class _Builder(Entries):
    def build(self) -> list[Item]:
        first = self._chain.first
        if isinstance(first, OfThem):
            refuse(
                "'them' refers to nothing before it",
                first.column,
                "begin with the objects, such as 'ships, none of them near a bridge'",
            )
        self._enter(first, None)
        for index, tail in enumerate(self._chain.tails):
            following = self._chain.tails[index + 1] if index + 1 < len(self._chain.tails) else None
            if isinstance(tail.element, Saying):
                self._say(tail, tail.element)
            elif isinstance(tail.element, Entry):
                self._next_entry(tail, tail.element, following, index)
            else:
                self._of_them(tail, tail.element)
        self._finish()
        return self._top

    # --- them ---

    def _of_them(self, tail: Tail, element: OfThem) -> None:
        if tail.joint == "or":
            refuse("'or' before 'of them'", tail.column, "use 'and' or a comma")
        if self._listing == "shared":
            refuse("'them' may be any of several things", element.column, "name the objects")
        found = [place for place in places(self._items) if place[0].plural]
        if not found:
            refuse(
                "'them' refers to no plural before it",
                element.column,
                "name the objects, such as 'no ship near a bridge'",
            )
        referent, home, relation = found[-1]
        if referent.quantity.kind in ("no", "every"):
            refuse(
                "'them' refers to things that need not be there",
                element.column,
                "name the objects, such as 'no ship near a bridge'",
            )
        again = Thing(element.column, element.quantity, list(referent.kinds), plural=True)
        again.said = copy.deepcopy(referent.said)
        for thing in inside(again.said):
            thing.label = thing.known_as = None
        if element.quantity.kind == "every":
            again.scope = element.said
            self._asserted.add(id(again))
        else:
            again.said = again.said + element.said
        if relation is None:
            self._items.append(again)
        else:
            home.append(Relation(relation.groups, [again], relation.any_of, relation.extra, relation.turned))
        name = referent.kinds[0].name.replace("_", " ")
        self.notes.append(f"'of them' is about the plural mentioned last: {name}.")
        self._head = again
        self._after(again, Saying(element.said, "clause", element.column), again.scope or again.said)

    def _finish(self) -> None:
        for thing, _home, relation in places(self._top):
            if thing.awaits_nearest:
                refuse("'nearest' needs what it is nearest to", thing.column, "write 'the ship nearest to a harbor'")
            if thing.quantity.kind == "another" and relation is None:
                refuse("'another' outside a relation", thing.column, "give a number, such as 'two ships'")
            if thing.quantity.kind == "every" and relation is None:
                self._check_every(thing)
            if thing.reference and relation is None and not thing.said:
                refuse(f"nothing is said of {thing.reference}", thing.column, f"write '{thing.reference} is near ...'")

    def _check_every(self, thing: Thing) -> None:
        plural = thing.kinds[0].name.replace("_", " ")
        if not thing.scope:
            hint = f"write 'every {plural} is near ...', or '{plural}' without 'all' or 'every'"
            refuse(f"nothing is said of every {plural}", thing.column, hint)
        if self._chain.asked_for and id(thing) not in self._asserted:
            hint = f"write 'images where every {plural} is ...', or leave out 'all'"
            refuse(f"'all {plural}' may ask for them or say something of each", thing.column, hint)
        self.notes.append(f"'every {plural}' also holds where there is none; add 'and a {plural}' to ask for one.")
