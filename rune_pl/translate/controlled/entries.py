"""What a further thing of a query is: one more in the image, one more landmark, or an alternative."""

from __future__ import annotations

from rune_pl.translate.controlled.chain import Entry, Tail, refuse
from rune_pl.translate.controlled.model import (
    Group,
    Quantity,
    Relation,
    Said,
    Thing,
)
from rune_pl.translate.controlled.places import image_wide, words_for
from rune_pl.translate.controlled.sayings import Sayings
from rune_pl.translate.controlled.sharing import Sharing, may_share


class Entries(Sayings):
    """Takes things in."""

    def _enter(self, entry: Entry, tail: Tail | None) -> None:
        if entry.how == "either":
            self._group = Group([[]])
            self._group_by_either = True
            self._items.append(self._group)
            self._items = self._group.alternatives[0]
        if entry.how == "without":
            self._deny(entry.things[0])
        if entry.comparison is not None:
            self._items.append(entry.comparison)
            self._head, self._last = None, entry.things[0]
        else:
            self._items.extend(entry.things)
            self._head = self._last = entry.things[-1]
        if entry.how == "there":
            self._opened_there = entry.things[0]
        elif entry.how != "plain":
            self._opened_there = None
        self._ended_by_both = entry.how == "both"
        self._open = None
        self._list(entry, tail)
        self._fronted = entry.said
        if entry.said is not None:
            self._share_fronted(entry.things[-1])

    def _list(self, entry: Entry, tail: Tail | None) -> None:
        """Keep count of a list of things at the start: "a ship, a plane and a car"."""
        self._sharing = None
        self._after_comma = tail is not None and tail.comma and tail.joint != "comma"
        joined = tail is None or (tail.joint == "comma" or (tail.joint == "and" and not tail.comma))
        plain = entry.how in ("plain", "both") and entry.comparison is None
        anew = plain and tail is not None and tail.comma and not (joined and self._listing == "begun")
        if anew:
            self._listed, self._listing, joined = [], "begun", True
        if not (plain and joined) or self._listing in ("over", "ended") or (entry.how == "both" and tail is not None):
            self._listing = "over"
            return
        self._listed += entry.things
        if entry.how == "both" or (tail is not None and tail.joint == "and" and not anew):
            self._listing = "ended"

    def _deny(self, thing: Thing) -> None:
        if thing.quantity.kind == "no" or not thing.quantity.some or thing.reference:
            refuse(
                "'without' takes a plain class",
                thing.column,
                "write 'without ships' or 'no ship'; for numbers, 'fewer than three ships'",
            )
        thing.quantity = Quantity("no")

    def _next_entry(self, tail: Tail, entry: Entry, following: Tail | None, index: int) -> None:
        thing = entry.things[0]
        if tail.joint == "stop":
            self._group, self._items, self._group_by_either = None, self._top, False
            self._enter(entry, tail)
            return
        if self._fronted is not None and entry.how == "plain" and not (tail.comma and tail.joint == "and"):
            self._join_fronted(tail, entry, following)
            return
        if tail.joint == "or":
            self._or_entry(tail, entry)
            return
        if tail.joint == "and" and not tail.comma and entry.how == "plain" and self._join_landmark(thing, following):
            return
        if self._group is not None and self._group_by_either and len(self._group.alternatives) > 1:
            hint = "put it before 'either', as in 'a ship and either a plane or a bridge'"
            refuse("this may be part of the last alternative or of all", tail.column, hint)
        if self._lists_landmarks(index) and self._join_landmark(thing, None):
            return
        if tail.joint in ("and", "comma") and entry.how == "plain" and thing.bare and self._items:
            before = self._items[-1]
            if isinstance(before, Thing) and before.quantity.kind == "no":
                words = thing.kinds[0].name.replace("_", " ")
                refuse(
                    "'no' may or may not reach this far", thing.column, f"write 'and no {words}', or 'but a {words}'"
                )
        self._enter(entry, tail)

    def _share_fronted(self, thing: Thing) -> None:
        """Says of `thing` what stands at the head of the sentence, of the same landmark as of the things before it."""
        assert self._fronted is not None
        first = self._sharing is None
        self._sharing = self._sharing or Sharing([])
        self._sharing.things = [thing]
        marks = self._sharing.say(self._fronted)
        if first:
            at = next(i for i, item in enumerate(self._items) if item is thing)
            self._items[at:at] = marks
        self._sharing_fronted = self._sharing
        self._open = None

    def _join_fronted(self, tail: Tail, entry: Entry, following: Tail | None) -> None:
        (thing,) = entry.things
        straight = following is not None and following.joint == "straight" and not image_wide(following)
        if tail.joint not in ("and", "but") or tail.comma or straight or not may_share([thing, thing]):
            hint = "say it in a sentence of its own"
            refuse("what the sentence begins with may be about this too", thing.column, hint)
        fronted, sharing = self._fronted, self._sharing_fronted
        self._enter(entry, tail)
        self._fronted, self._sharing = fronted, sharing
        self._share_fronted(thing)

    def _lists_landmarks(self, index: int) -> bool:
        """Whether the tail begins the rest of "near a bridge, a road and a park"."""
        if self._open is None or not (self._sharing or self._of_head(self._open[1])):
            return False
        doubtful = self._listing == "over" or (self._sharing is None and len(self._items) > 1)
        for at, tail in enumerate(self._chain.tails[index:], start=index + 1):
            entry = tail.element
            if not isinstance(entry, Entry) or entry.how != "plain" or tail.joint not in ("comma", "and"):
                return False
            (thing,) = entry.things
            if thing.quantity.kind == "another" or not self._may_join(thing):
                return False
            if tail.joint == "and":
                following = self._chain.tails[at] if at < len(self._chain.tails) else None
                said_of_it = following is not None and following.joint == "straight" and not image_wide(following)
                listed = not tail.comma and not said_of_it and at > index + 1
                if listed and doubtful:
                    hint = "repeat the relation ('and near a bridge'), or put a comma before 'and'"
                    refuse(
                        "this may be a list of landmarks or of things in the image",
                        self._chain.tails[index].column,
                        hint,
                    )
                return not tail.comma and not said_of_it
        return False

    def _of_head(self, owner: list[Said]) -> bool:
        return self._head is not None and (owner is self._head.said or owner is self._head.scope)

    def _may_join(self, thing: Thing) -> bool:
        """Whether it may be a further landmark: any thing of which nothing is said."""
        if not thing.kinds:
            return thing.quantity.some and (thing.plain or thing.reference is not None)
        bare = not thing.said and not thing.scope and thing.label is None and not thing.awaits_nearest
        return bare and (thing.quantity.some or thing.quantity.kind == "at_least")

    def _join_landmark(self, thing: Thing, following: Tail | None) -> bool:
        """Whether "and a bridge" became a second landmark of the relation that has just been said."""
        if self._open is None or not self._may_join(thing):
            return False
        if following is not None and following.joint == "straight" and not image_wide(following):
            return False
        relation, owner = self._open
        if len(relation.landmarks) > 1 or relation.landmarks[0].quantity.kind in ("no", "every"):
            return False
        counted = self._head is not None and self._head.quantity.counts and thing.quantity.counts
        if counted and not self._open_by_clause:
            hint = "put a comma before 'and' for one more thing in the image"
            refuse("this may be one more landmark or one more thing in the image", thing.column, hint)
        if relation.turned and not relation.open_where:
            refuse("it is not said where this is", thing.column, "say it of each: 'with a ship on its left and ...'")
        words = f"and {words_for(thing)}"
        if thing.quantity.kind == "another":
            refuse(
                f"{words!r} needs another one than before", thing.column, "give a number, such as 'near two harbors'"
            )
        if self._sharing is not None:
            self._in_front(self._sharing.relate(relation, thing))
            self._last = thing
            return True
        if relation not in owner or (self._head is not None and self._head.quantity.kind == "no"):
            hint = (
                "repeat the relation ('and near a bridge'), or put a comma before 'and' for one anywhere in the image"
            )
            refuse(f"{words!r} may be one more landmark or one more thing in the image", thing.column, hint)
        more = Relation(relation.groups, [thing], relation.any_of, relation.extra, relation.turned, relation.open_where)
        owner.append(more)
        self._last = thing
        self._open = (owner[-1], owner)  # type: ignore[assignment]
        self.notes.append(
            f"{words!r} is one more landmark, as the one before it; for one anywhere in the image put a comma there."
        )
        return True

    def _or_entry(self, tail: Tail, entry: Entry) -> None:
        thing = entry.things[0]
        if entry.how == "plain" and not tail.comma and self._group is None and self._join_class(thing):
            return
        if not tail.comma and self._group is None and self._open is not None:
            hint = "write 'either ... or ...', or put a comma before 'or'"
            refuse("'or' here may join two landmarks or two descriptions", tail.column, hint)
        if self._group is None:
            self._group = Group([list(self._top)])
            self._top[:] = [self._group]
        self._items = []
        self._group.alternatives.append(self._items)
        if entry.how == "either":
            refuse("'either' inside an 'or'", entry.column, "list the alternatives with 'or' between them")
        self._enter(entry, tail)

    def _join_class(self, thing: Thing) -> bool:
        """Whether "or planes" became an alternative class of the noun before it."""
        last = self._last
        if (
            last is None
            or not last.plain
            or last.awaits_nearest
            or not thing.plain
            or thing.awaits_nearest
            or self._ended_by_both
        ):
            return False
        same = thing.quantity.some and (last.quantity.some or thing.bare)
        if not same or thing.quantity.kind == "another":
            return False
        if thing.known_as or last.known_as:
            refuse("the same one may be either of these", thing.column, "name it: 'a ship (A)', and then 'A'")
        if thing.bare and last.kinds[-1].attributes:
            words = " ".join((*last.kinds[-1].attributes, last.kinds[-1].name.replace("_", " ")))
            self.notes.append(f"{words!r}: the adjective is about this class only, not about the one after 'or'.")
        last.kinds += thing.kinds
        self._joined.add(id(last))
        return True
