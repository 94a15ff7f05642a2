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
from rune_pl.translate.controlled.model import (
    Choice,
    Group,
    Item,
    Negated,
    Quantity,
    Relation,
    Said,
    Thing,
    landmarks,
)
from rune_pl.translate.controlled.places import image_wide, in_pairs, inside, places, words_for
from rune_pl.translate.controlled.sharing import Sharing, may_share


def attach(chain: Chain) -> tuple[list[Item], list[str]]:
    """The items that must all hold, and notes on the readings chosen. Raises TranslationError where no rule decides."""
    builder = _Builder(chain)
    return builder.build(), builder.notes


class _Builder:
    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self.notes = list(chain.notes)
        self._top: list[Item] = []
        self._group: Group | None = None
        self._items = self._top
        self._head: Thing | None = None
        self._last: Thing | None = None
        # The landmark that ends what has been read so far: its relation and the list that holds the relation.
        self._open: tuple[Relation, list[Said]] | None = None
        self._asserted: set[int] = set()
        self._joined: set[int] = set()
        self._ended_by_both = self._group_by_either = self._open_by_clause = self._after_comma = False
        # The things that the query begins with, as long as it lists things: what "are" may be about.
        self._listed: list[Thing] = []
        self._listing = "begun"
        self._sharing: Sharing | None = None
        # The thing that "there is" brought, as long as plain things follow.
        self._opened_there: Thing | None = None
        # What was said before the things of this sentence: "near a pond there is a house".
        self._fronted: Saying | None = None
        self._sharing_fronted: Sharing | None = None

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

    # --- new things ---

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
            self._head, self._last = None, entry.comparison.greater
            self._last = entry.things[0]
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

    # --- what is said of them ---

    def _say(self, tail: Tail, saying: Saying) -> None:
        if saying.how == "clause" and tail.joint == "straight" and self._share(saying):
            return
        target, on_head = self._target(tail, saying)
        if tail.joint == "straight" and self._may_be_of_more(target, saying):
            hint = "say it of each in a part of its own"
            refuse("this may be about more than the thing before it", tail.column, hint)
        if saying.how == "to" and not target.awaits_nearest:
            refuse("'to' has no meaning here", tail.column, "write 'near', 'closest to' or 'to the left of'")
        if target.awaits_nearest and saying.how == "to":
            target.awaits_nearest = False
        if tail.joint == "straight" and id(target) in self._joined and target is not self._head:
            hint = "write 'either ... or ...' for two descriptions, or 'that is ...' in two parts"
            refuse("this may be about both classes of the 'or' or only the last", tail.column, hint)
        if self._ended_by_both:
            refuse(
                "this may be about both things or only the last",
                tail.column,
                "say it of each: 'a ship near a harbor and a plane near a harbor'",
            )
        if target.plural and in_pairs(target):
            hint = "say it of one with a name: 'a ship (A) near another ship, and A is near a bridge'"
            refuse("this may be about both of a pair or about one of them", tail.column, hint)
        if saying.beside_it:
            self._say_where(tail, saying, target)
        owner = self._owner(target, saying.how, on_head and (tail.joint != "straight" or saying.how == "clause"))
        if tail.joint == "or":
            self._choose(tail, saying, owner)
        else:
            if owner and isinstance(owner[-1], Choice) and on_head and tail.joint == "and":
                refuse("'and' after 'or'", tail.column, "use 'either ... or ...', or say it in two parts")
            owner += saying.said
        self._after(target, saying, owner)

    def _say_where(self, tail: Tail, saying: Saying, target: Thing) -> None:
        """What "on its left" is about: "with a ship and a plane on its left"."""
        said = saying.said[-1]
        inner = said.said if isinstance(said, Negated) else said
        assert isinstance(inner, Relation)
        if tail.joint == "straight":
            if target is not self._head:
                refuse("'it' may be either of two", tail.column, "say it in a sentence of its own")
            return
        if not target.said and not target.scope and target is not self._top[0]:
            refuse("this may be about more than the thing before it", tail.column, "say it of each")
        if tail.comma or tail.joint != "and":
            return
        for before in reversed(target.said):
            if not isinstance(before, Relation) or not before.open_where:
                break
            before.groups, before.open_where = inner.groups, False

    def _may_be_of_more(self, target: Thing, saying: Saying) -> bool:
        """ "Houses with pools and trees are near a sea", "there are trees and grass in a park"."""
        if len(self._items) < 2 or self._items[-1] is not target:
            return False
        before = self._items[-2]
        if saying.how == "clause":
            several = isinstance(before, Thing) and before.plural and bool(before.said)
            return saying.plural and (several or not target.plural)
        there = [i for i, item in enumerate(self._items) if item is self._opened_there]
        bare = there and all(isinstance(item, Thing) and not item.said for item in self._items[there[0] :])
        return bool(bare) and saying.how == "straight" and not self._after_comma

    def _share(self, saying: Saying) -> bool:
        """Whether a clause is about all of the things that the query begins with."""
        things = self._listed
        listed = self._listing in ("begun", "ended") and self._items[-1:] == things[-1:] and may_share(things)
        if not (listed and saying.plural and self._last is things[-1] and not any(t.said or t.scope for t in things)):
            if saying.both:
                refuse("'both' needs two things before it", saying.column, "write 'a ship and a plane are both ...'")
            return False
        if self._listing == "begun" or any(thing.awaits_nearest or id(thing) in self._joined for thing in things):
            hint = "write 'a ship and a plane are ...', or say it of each"
            refuse("this may be about all of the things before it or only the last", saying.column, hint)
        if saying.both and len(things) != 2:
            refuse("'both' of more than two things", saying.column, "leave 'both' out")
        self._sharing = Sharing(things)
        self._in_front(self._sharing.say(saying))
        self._listing = "shared"
        self._ended_by_both = False
        marks = [thing for said in saying.said for thing in landmarks(said)]
        # What follows after "and" may be about each of them or about the last.
        self._head, self._last = None, marks[-1] if marks else None
        final = saying.said[-1]
        self._open = (final, []) if isinstance(final, Relation) else None
        self._open_by_clause = True
        names = ", ".join(words_for(thing) for thing in things)
        self.notes.append(f"what is said after the list is about each of: {names}.")
        return True

    def _in_front(self, marks: list[Thing]) -> None:
        at = next(i for i, item in enumerate(self._items) if item is self._listed[0])
        self._items[at:at] = marks

    def _target(self, tail: Tail, saying: Saying) -> tuple[Thing, bool]:
        if tail.joint == "straight" and saying.how != "clause":
            if self._last is None:
                refuse("this may be about several things", tail.column, "say it of each in a part of its own")
            return self._last, self._last is self._head
        if self._head is None:
            refuse(
                "it is not clear what this is about",
                tail.column,
                "say it of the class it belongs to, in a part of its own",
            )
        if tail.of_it and self._head.quantity.kind == "no":
            self._head = self._there_before(tail)
        if tail.comma and tail.joint == "comma" and saying.how == "relative" and self._last is not self._head:
            hint = "leave out the comma for the nearest noun, or write 'and is ...' for the first one"
            refuse("', that' may be about either of two nouns", tail.column, hint)
        return self._head, True

    def _there_before(self, tail: Tail) -> Thing:
        """What "it" is after "but no planes": the thing before, if there is but one."""
        found = [item for item in self._items if isinstance(item, Thing) and item.quantity.kind != "no"]
        if len(found) != 1 or len(found) + 1 != len(self._items):
            refuse("it is not clear what this is about", tail.column, "say it before what is not there")
        return found[0]

    def _owner(self, target: Thing, how: str, asserts: bool) -> list[Said]:
        """The list of `target` that takes what is said: its scope for what must hold of every one of them."""
        if target.quantity.kind != "every" or target is not self._head or how == "relative":
            return target.said
        if asserts and how == "clause" and id(target) not in self._asserted:
            self._asserted.add(id(target))
            target.said += target.scope
            target.scope = []
        return target.scope

    def _choose(self, tail: Tail, saying: Saying, owner: list[Said]) -> None:
        if len(owner) != 1 or len(saying.said) != 1:
            hint = "write 'either ... or ...' and repeat the thing, or say it in two parts"
            refuse("'or' here has more than one thing to join", tail.column, hint)
        before = owner[0]
        owner[0] = Choice([*before.parts, *saying.said] if isinstance(before, Choice) else [before, *saying.said])

    def _after(self, target: Thing, saying: Saying, owner: list[Said]) -> None:
        marks = [thing for said in saying.said for thing in landmarks(said)]
        self._last = marks[-1] if marks else target
        final = saying.said[-1]
        inner = final.said if isinstance(final, Negated) else final
        self._open = (inner, owner) if isinstance(inner, Relation) else None
        self._open_by_clause = saying.how == "clause" and not isinstance(final, Negated)

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
