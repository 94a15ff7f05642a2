"""Statements as noun phrases, which can follow `find`."""

from __future__ import annotations

from tools.translator.meaning import (
    Absent,
    Count,
    Either,
    More,
    Pair,
    Placed,
    Property,
    Related,
    Statement,
    Thing,
    Universal,
)
from tools.translator.noun_phrases import CLOSE, OPEN
from tools.translator.remarks import Remarks
from tools.translator.words import word_lists


class Phrases(Remarks):
    """Words for statements that name things."""

    def noun_phrase(self, statement: Statement) -> str | None:
        """The statement as a phrase; None where only a sentence says it."""
        if isinstance(statement, Thing):
            return self.thing_phrase(statement)
        if isinstance(statement, Count):
            text, plural = self.counted(statement)
            return text + self.after(statement.thing, plural)
        if isinstance(statement, Pair):
            return self.pair(statement)
        if isinstance(statement, Absent):
            return f"{self.rng.choice(['no', 'no', 'no', 'not a single', 'zero'])} {self.absent(statement)[0]}"
        if isinstance(statement, Universal):
            return self.every(statement)
        if isinstance(statement, More):
            return self.more(statement)
        if isinstance(statement, Either):
            return self.either(statement)
        return None

    def thing_phrase(self, thing: Thing) -> str:
        """A thing with all that is said of it."""
        if any(other.noun == thing.noun for other in self.plurals):
            return self.another(thing)
        self.topic = thing
        if _ordinal(thing) and self.chance(0.12):
            return self.ordinal(thing)
        if _nearest(thing) and self.chance(0.7):
            return self.nearest(thing)
        if _in_a_state(thing) and self.chance(0.2):
            return self.in_a_state(thing)
        text, plural = self.phrase(thing)
        if plural and text.startswith("some ") and self.chance(0.1):
            text = f"any {text.removeprefix('some ')}"
        if len(thing.said) == 1 and isinstance(thing.said[0], Placed) and self.chance(0.04):
            return f"{self.region(thing.said[0])} {text}"
        return text + self.after(thing, plural)

    def another(self, thing: Thing) -> str:
        """`another ship in the center`, `another one near a pond`."""
        self.mention(thing)
        noun = "one" if self.chance(0.25) else self.word(thing, False)
        return f"{self.rng.choice(['another', 'another', 'a second'])} {noun}{self.after(thing, False)}"

    def ordinal(self, thing: Thing) -> str:
        """`the first pool from the left of some pools that are on the right`: only the region can be said."""
        self.mention(thing)
        order = self.rng.choice(["first", "first", "second", "third", "fourth"])
        some = f"{self.rng.choice(['some', 'some', 'the'])} {self.word(thing, True)}"
        text = f"the {order} {self.word(thing, False)} from the {self.say('from_side')} of {some}"
        for i, said in enumerate(thing.said):
            verb = self.verb_phrase(thing, said, i == 0, plain=True)
            text += f" and it {verb}" if i else f" that {verb}"
        return text

    def nearest(self, thing: Thing) -> str:
        """`the nearest ship to a pond`."""
        self.mention(thing)
        said = thing.said[0]
        noun, close = self.described(thing, False), self.rng.choice(["closest", "nearest"])
        target = self.landmarks(thing, said) if isinstance(said, Related) else ""
        forms = [f"the {noun} {close} to {target}", f"the {close} {noun} to {target}"]
        return self.rng.choice([*forms, f"the {noun} that is {close} to {target}"])

    def in_a_state(self, thing: Thing) -> str:
        """`a road that is flooded` for a flooded road."""
        state, _, noun = thing.noun.singular.partition(" ")
        plural = self.chance(0.6)
        self.mention(thing, plural)
        word = f"{OPEN}{thing.noun.plural.partition(' ')[2] if plural else noun}{CLOSE}"
        return (
            f"{'' if plural else 'a '}{word} {self.rng.choice(['that', 'which'])} {'are' if plural else 'is'} {state}"
        )

    def pair(self, statement: Pair) -> str:
        """Two of a kind in a relation to each other."""
        thing = statement.first
        self.mention(thing, True)
        noun = self.described(thing, True)
        number = self.rng.choice(["two ", "two ", "a pair of ", "2 "])
        before = f"mutual_before.{statement.relation}"
        if self.has(before) and self.chance(0.6):
            text = f"{number}{self.say(before)} {noun}"
        else:
            text = f"{number if self.chance(0.7) else ''}{noun} {self.say(f'mutual_after.{statement.relation}')}"
        both = Thing(thing.noun)
        for i, said in enumerate(statement.said):
            verb = self.verb_phrase(both, said, True, plain=True)
            text += f" and they {verb}" if i or self.chance(0.4) else f" {verb.removeprefix('are ')}"
        return text

    def absent(self, statement: Absent) -> tuple[str, bool]:
        """What is not there, without its `no`, and whether it is plural."""
        thing = statement.thing
        plural = not thing.noun.mass and self.chance(0.6)
        self.mention(thing, plural)
        return self.described(thing, plural) + self.after(thing, plural), plural

    def every(self, statement: Universal) -> str | None:
        """`every ship near a harbor`; None where that might mean something else."""
        thing, said = statement.thing, statement.said[0]
        if not isinstance(said, Related) or said.turned or said.negated or thing.said:
            return None
        self.mention(thing)
        text = f"{self.rng.choice(['every', 'each'])} {self.described(thing, False)}"
        return f"{text} {self.verb_phrase(thing, said, False, plain=True).removeprefix('is ')}"

    def more(self, statement: More) -> str:
        self.mention(statement.thing, True)
        self.mention(statement.other, True)
        return self.compared(statement)

    def either(self, statement: Either) -> str:
        texts: list[str] = []
        for (option,) in statement.options:
            text = self.noun_phrase(option) or ""
            texts.append(f"{text} at all" if isinstance(option, Absent) and self.chance(0.2) else text)
        bare = all(isinstance(option, (Thing, Count)) and not has_more(option) for (option,) in statement.options)
        return f"{'either ' if not bare or self.chance(0.5) else ''}{texts[0]} or {texts[1]}"


def has_more(statement: Statement) -> bool:
    """Whether a phrase after it could be taken for one about its landmark."""
    if isinstance(statement, Universal):
        return True
    thing = statement.thing if isinstance(statement, (Count, Absent)) else statement
    return not isinstance(thing, Thing) or bool(thing.said)


def _ordinal(thing: Thing) -> bool:
    plain = not thing.noun.mass and not thing.sizes and thing.alternative is None
    return plain and bool(thing.said) and isinstance(thing.said[0], Placed) and len(thing.said) < 3


def _nearest(thing: Thing) -> bool:
    said = thing.said[0] if len(thing.said) == 1 else Property("large")
    closest = isinstance(said, Related) and said.relations == ("closest",)
    return closest and not thing.sizes and thing.alternative is None


def _in_a_state(thing: Thing) -> bool:
    state, _, noun = thing.noun.singular.partition(" ")
    return (
        bool(noun) and state in word_lists("phrases")["states"] and not (thing.said or thing.sizes or thing.alternative)
    )
