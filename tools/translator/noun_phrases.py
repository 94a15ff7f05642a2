"""Noun phrases: a thing with its article and adjectives, a count, a thing that was mentioned before.

Nouns stand between two marks, which keep slips of the pen away from them until `noise.finish` takes them out.
"""

from __future__ import annotations

import random

from tools.translator.looks import draw_look
from tools.translator.meaning import Count, Related, Thing
from tools.translator.measures import count_words
from tools.translator.words import word_lists

OPEN, CLOSE = "\x01", "\x02"


def article(text: str) -> str:
    """`a` or `an` before the text."""
    word = text.lstrip(OPEN).lower()
    vowel = word[:1] in "aeiou" and not word.startswith(("uni", "use", "one-", "u-", "eu", "uti"))
    return f"an {text}" if vowel or word.startswith(("suv", "s-")) else f"a {text}"


def superlative(thing: Thing) -> bool:
    return any(size in ("largest", "smallest") for size in thing.sizes)


class NounPhrases:
    """Words for things. It remembers what was mentioned, since that is `the ship` or `it` from then on."""

    def __init__(self, rng: random.Random, *, looks: float, terse: bool = False) -> None:
        """`looks` is the share of nouns that get an adjective of chance; `terse` leaves out small words."""
        self.rng = rng
        self.looks = looks
        self.terse = terse
        self.plurals: dict[Thing, bool] = {}  # what was mentioned, and whether in the plural
        self.topic: Thing | None = None  # what `it` is
        self._words = word_lists("phrases")

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def say(self, key: str) -> str:
        """One of the phrases of a list."""
        return self.rng.choice(self._words[key])

    def has(self, key: str) -> bool:
        return key in self._words

    def mention(self, thing: Thing, plural: bool = False) -> None:
        self.plurals.setdefault(thing, plural)

    def word(self, thing: Thing, plural: bool) -> str:
        return f"{OPEN}{thing.noun.plural if plural else thing.noun.singular}{CLOSE}"

    def described(self, thing: Thing, plural: bool) -> str:
        """The noun with its adjectives, those that a rule says and those that it can't."""
        text = self.word(thing, plural)
        if thing.alternative is not None:
            other = thing.alternative
            text += f" or {OPEN}{other.plural}{CLOSE}" if plural else f" or {article(OPEN + other.singular + CLOSE)}"
        adjectives = [self.say(f"sizes.{size}") for size in thing.sizes]
        if self.chance(self.looks) and thing.alternative is None:
            first = self.chance(0.2) and not superlative(thing)
            adjectives.insert(0 if first else len(adjectives), draw_look(self.rng))
        between = ", " if len(adjectives) > 1 and self.chance(0.12) else " "
        return " ".join([between.join(adjectives), text]) if adjectives else text

    def phrase(self, thing: Thing, *, subject: bool = False) -> tuple[str, bool]:
        """A thing that was not mentioned before, and whether it is said in the plural."""
        text, plural = self._phrase(thing, subject)
        self.mention(thing, plural)
        return text, plural

    def _phrase(self, thing: Thing, subject: bool) -> tuple[str, bool]:
        if superlative(thing):
            return f"the {self.described(thing, False)}", False
        if thing.noun.mass:
            return self._amount(thing, subject), False
        plural = self.chance(0.4)
        text = self.described(thing, plural)
        if self.terse:
            return text, plural
        if plural:
            other = "other " if thing.noun.kind == "building" and not (subject or thing.sizes) else ""
            return self.rng.choice(["", "", "", "some ", "some ", "the ", other]) + text, True
        kind = self.rng.random()
        if kind < 0.72:
            return article(text), False
        return f"{'the' if kind < 0.95 else 'one'} {text}", False

    def _amount(self, thing: Thing, subject: bool) -> str:
        """Some water, a piece of grass."""
        text = self.described(thing, False)
        if not self.terse and self.chance(0.25):
            return f"{self.say('pieces')} {text}"
        return self.rng.choice(["", "", "some ", "" if subject else "the "]) + text

    def counted(self, count: Count) -> tuple[str, bool]:
        """`at least three large ships`, and whether it is plural."""
        words, after, plural = count_words(count, self.rng)
        often = count.kind == "at_least" and count.number == 5
        if often and count.thing.noun.singular in ("tree", "building", "house") and self.chance(0.06):
            words = "dense"
        self.mention(count.thing, plural)
        text = f"{words} {self._mutual_adjective(count)}{self.described(count.thing, plural)} {after}"
        return text.strip(), plural

    def _mutual_adjective(self, count: Count) -> str:
        said = count.thing.said[0] if count.thing.said else None
        mutual = isinstance(said, Related) and said.mutual and self.has(f"mutual_before.{said.relations[0]}")
        return f"{self.say(f'mutual_before.{said.relations[0]}')} " if mutual and isinstance(said, Related) else ""

    def definite(self, thing: Thing, *, pronoun: float = 0.0) -> str:
        """A thing that was mentioned: `the ship`, `it`."""
        plural = self.plurals.get(thing, False)
        if thing is self.topic and self.chance(pronoun):
            return "them" if plural else "it"
        if len(self.plurals) == 2 and thing in self.plurals and self.chance(0.12):
            return "the former" if thing is next(iter(self.plurals)) else "the latter"
        which = ["the", "the", "the", "the", "these" if plural else "this", "those" if plural else "that", "the same"]
        return f"{self.rng.choice(which)} {self.word(thing, plural)}"
