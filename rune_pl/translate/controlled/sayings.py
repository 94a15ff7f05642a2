"""Which thing of a query something said belongs to."""

from __future__ import annotations

from collections.abc import Sequence

from rune_pl.translate.controlled.chain import Chain, Saying, Tail, refuse
from rune_pl.translate.controlled.model import (
    Choice,
    Group,
    Item,
    Negated,
    Relation,
    Said,
    Thing,
    landmarks,
)
from rune_pl.translate.controlled.places import in_pairs, words_for
from rune_pl.translate.controlled.sharing import Sharing, may_share


class Sayings:
    """Where a query stands as its chain is read, and what each saying is about."""

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

    def _say(self, tail: Tail, saying: Saying) -> None:
        if saying.how == "clause" and tail.joint == "straight" and self._share(saying):
            return
        target, on_head = self._target(tail, saying)
        if tail.joint == "straight" and self._share_with_there(target, saying):
            return
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
        """ "Houses with pools and trees are near a sea"."""
        if saying.how != "clause" or len(self._items) < 2 or self._items[-1] is not target:
            return False
        before = self._items[-2]
        several = isinstance(before, Thing) and before.plural and bool(before.said)
        return saying.plural and (several or not target.plural)

    def _share_with_there(self, target: Thing, saying: Saying) -> bool:
        """ "There are trees and grass in a park": both are in one park."""
        at = [i for i, item in enumerate(self._items) if item is self._opened_there]
        things = [item for item in self._items[at[0] :] if isinstance(item, Thing)] if at else []
        if saying.how != "straight" or self._after_comma or len(things) < 2:
            return False
        if things[-1] is not target:
            if any(isinstance(said, Relation) and said.turned for said in things[-1].said):
                refuse("this may be about more than the thing before it", saying.column, "say it of each")
            return False
        if any(t.said or t.scope or t.awaits_nearest or id(t) in self._joined for t in things) or not may_share(things):
            return False
        if any(isinstance(said, Relation) and said.turned for said in saying.said) or saying.beside_it:
            return False
        self._share_among(things, saying)
        return True

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
        self._share_among(things, saying)
        return True

    def _share_among(self, things: Sequence[Thing], saying: Saying) -> None:
        """Says it of each of the things, which stand beside one another."""
        self._listed = list(things)
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
