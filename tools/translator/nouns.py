"""The nouns of the training pairs: `data/nouns.yaml` has them by kind, since that decides which verbs go with them."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from functools import cache, cached_property

from tools.translator.words import word_lists

_LIKELY = {
    "plane": 10,
    "ship": 10,
    "vehicle": 11,
    "rail": 1,
    "building": 20,
    "court": 14,
    "road": 15,
    "area": 18,
    "thing": 14,
}


@dataclass(frozen=True)
class Noun:
    """A word for a class: how it is written, and what sort of thing it is."""

    singular: str
    kind: str

    @property
    def mass(self) -> bool:
        """Whether it has no plural: water, grass."""
        return self.kind == "mass"

    @cached_property
    def plural(self) -> str:
        irregular = _irregular()
        if self.mass or self.singular in irregular:
            return irregular.get(self.singular, self.singular)
        head, blank, last = self.singular.rpartition(" ")
        if last in irregular:
            return head + blank + irregular[last]
        if re.search(r"[^aeiou]y$", last):
            last = last[:-1] + "ie"
        elif re.search(r"(s|x|z|ch|sh)$", last):
            last += "e"
        return head + blank + last + "s"

    @cached_property
    def atom(self) -> str:
        """The class atom: the noun as written, in snake case. `woods` is `wood`."""
        name = "wood" if self.singular == "woods" else self.singular
        return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


@cache
def _irregular() -> dict[str, str]:
    lists = word_lists("nouns")
    return {key.removeprefix("irregular."): words[0] for key, words in lists.items() if key.startswith("irregular.")}


@cache
def nouns_of(kind: str) -> tuple[Noun, ...]:
    """The nouns of a kind; what is drawn more stands more than once."""
    return tuple(Noun(word, kind) for word in word_lists("nouns")[f"nouns.{kind}"])


@cache
def all_nouns() -> tuple[Noun, ...]:
    """Each noun of the lists once."""
    return tuple(dict.fromkeys(noun for kind in (*_LIKELY, "mass") for noun in nouns_of(kind)))


@cache
def _common() -> tuple[Noun, ...]:
    """What captions speak of most."""
    kinds = {noun.singular: noun for noun in all_nouns()}
    return tuple(kinds[word] for word in word_lists("nouns")["common"])


def _compound(rng: random.Random) -> Noun:
    """A noun of two that is in no list: `ferry gate`."""
    lists = word_lists("nouns")
    first, second = rng.choice(lists["first"]), rng.choice(lists["second"])
    return Noun(f"{first} {second}" if first != second else second, "thing")


def draw_noun(rng: random.Random, *, mass: bool = True, avoid: tuple[Noun, ...] = ()) -> Noun:
    """A noun whose head differs from those of `avoid`."""
    taken = {_head(noun) for noun in avoid}
    while True:
        kind = rng.random()
        if kind < 0.34:
            noun = rng.choice(_common())
        elif kind < 0.39:
            noun = rng.choice(nouns_of("mass"))
        elif kind < 0.44:
            noun = _compound(rng)
        else:
            noun = rng.choice(nouns_of(rng.choices(list(_LIKELY), list(_LIKELY.values()))[0]))
        if _head(noun) not in taken and (mass or not noun.mass):
            return noun


def _head(noun: Noun) -> str:
    last = noun.singular.split()[-1]
    return last.removesuffix("s") if last == "woods" else last
