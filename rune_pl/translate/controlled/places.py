"""Where things stand in what a query says: every thing with the list and the relation that hold it."""

from __future__ import annotations

from collections.abc import Iterator

from rune_pl.translate.controlled.chain import Entry, Tail
from rune_pl.translate.controlled.model import Comparison, Group, Item, Mutual, Relation, Said, Thing, landmarks


def image_wide(tail: Tail) -> bool:
    """Whether it is about the whole image: "without ships"."""
    return isinstance(tail.element, Entry) and tail.element.how == "without"


def in_pairs(thing: Thing) -> bool:
    """Whether two of a kind were said to stand in a relation; of more, each is in one to some other."""
    if thing.quantity.counts and thing.quantity.number > 2:
        return False
    return any(isinstance(said, Mutual) for said in (*thing.said, *thing.scope)) or any(k.mutual for k in thing.kinds)


def words_for(thing: Thing) -> str:
    """What a message calls a thing."""
    return thing.reference or thing.kinds[0].name.replace("_", " ")


def places(items: list[Item]) -> Iterator[tuple[Thing, list[Said], Relation | None]]:
    """Every thing in order, with the list that holds its relation and the relation itself (None for an item)."""
    for item in items:
        if isinstance(item, Group):
            for alternative in item.alternatives:
                yield from places(alternative)
        elif isinstance(item, Comparison):
            for thing in (item.greater, item.smaller):
                yield from _below(thing.said)
        else:
            yield item, [], None
            yield from _below(item.said)
            yield from _below(item.scope)


def _below(said: list[Said]) -> Iterator[tuple[Thing, list[Said], Relation | None]]:
    for one in list(said):
        for thing in landmarks(one):
            if isinstance(one, Relation):
                yield thing, said, one
                yield from _below(thing.said)


def inside(said: list[Said]) -> Iterator[Thing]:
    for one in said:
        for thing in landmarks(one):
            yield thing
            yield from inside(thing.said)
