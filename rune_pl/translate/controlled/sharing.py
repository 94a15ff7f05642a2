"""What is said of several things at once: "a road and some trees are near a pond".

It holds of each of them, and what they are near is one pond: the landmark becomes an item of its own, in front of the
things, which then refer to it by a name that no query can write.
"""

from __future__ import annotations

from collections.abc import Sequence

from rune_pl.translate.controlled.chain import Saying, refuse
from rune_pl.translate.controlled.model import Mutual, Property, Quantity, Relation, Said, Thing

_HINT = "say it of each in a part of its own"


def may_share(things: Sequence[Thing]) -> bool:
    """True for several things that are there: "a ship and planes", but not "a ship and every plane"."""
    return len(things) > 1 and all(
        thing.kinds and thing.quantity.kind in ("exists", "any", "at_least") for thing in things
    )


class Sharing:
    """Says the same of several things."""

    def __init__(self, things: Sequence[Thing]) -> None:
        self.things = list(things)
        self._named = 0

    def say(self, saying: Saying) -> list[Thing]:
        """Adds what is said to each of the things; the landmarks that belong in front of them.

        Raises TranslationError for what may hold of each or of all together.
        """
        return [landmark for said in saying.said for landmark in self._add(said, saying.column)]

    def relate(self, relation: Relation, thing: Thing) -> list[Thing]:
        """One more landmark of a relation that was said of the things."""
        more = Relation(relation.groups, [thing], relation.any_of, relation.extra, relation.turned)
        return self._add(more, thing.column)

    def _add(self, said: Said, column: int) -> list[Thing]:
        if isinstance(said, Mutual):
            self._mutual(said, column)
            return []
        if isinstance(said, Property) and said.name not in ("largest", "smallest"):
            for thing in self.things:
                thing.said.append(said)
            return []
        far = isinstance(said, Relation) and said.groups == (("farther_than",),)
        if not isinstance(said, Relation) or said.any_of or (far and said.landmarks[0].quantity.kind == "any"):
            refuse("this may be about each of several things or about all together", column, _HINT)
        marks = [self._name(mark) for mark in said.landmarks]
        for thing in self.things:
            again = [Thing(mark.column, Quantity("exists"), reference=mark.reference or mark.label) for mark in marks]
            thing.said.append(Relation(said.groups, again, False, said.extra, said.turned))
        return [mark for mark in marks if mark.reference is None]

    def _name(self, mark: Thing) -> Thing:
        if mark.quantity.kind not in ("exists", "any"):
            refuse("these may be one group for all of the things or one for each", mark.column, _HINT)
        if mark.quantity.kind == "any":
            mark.quantity = Quantity("exists")
        if mark.reference is None and mark.label is None:
            self._named += 1
            mark.label = f"_{mark.column}_{self._named}"
        return mark

    def _mutual(self, said: Mutual, column: int) -> None:
        """ "A ship and a plane are near each other": the one to the other."""
        first, *others = self.things
        if len(others) > 1 or said.any_of or any(thing.quantity.counts for thing in self.things):
            refuse("'each other' of more than two things", column, "name the two")
        (other,) = others
        self._name(first)
        there = Thing(first.column, Quantity("exists"), reference=first.label)
        other.said.append(Relation(said.groups, [there]))
