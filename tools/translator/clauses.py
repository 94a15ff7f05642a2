"""Statements as sentences."""

from __future__ import annotations

from tools.translator.meaning import (
    Absent,
    Count,
    Fronted,
    Further,
    NotBoth,
    OfThem,
    Placed,
    Related,
    Statement,
    Thing,
    Together,
    Universal,
    Whose,
)
from tools.translator.noun_phrases import article, superlative
from tools.translator.statements import Phrases

_OPENINGS = ("next", "on ", "in ", "at ", "beside", "around", "near", "along", "by ", "inside", "close", "to the")


class Clauses(Phrases):
    """Words for statements that assert."""

    def clause(self, statement: Statement) -> str:
        """The statement as a sentence, without capital and full stop."""
        if isinstance(statement, (Thing, Count)):
            return self.existence(statement)
        if isinstance(statement, Fronted):
            return self.fronted(statement)
        if isinstance(statement, Together):
            return self.together(statement)
        if isinstance(statement, Further):
            return self.further(statement)
        if isinstance(statement, Universal):
            return self.universal(statement)
        if isinstance(statement, OfThem):
            return self.of_them(statement)
        if isinstance(statement, NotBoth):
            self.mention(statement.first)
            self.mention(statement.second)
            first, second = (article(self.word(thing, False)) for thing in (statement.first, statement.second))
            return f"there {self.rng.choice(['are', 'is'])} not both {first} and {second}"
        if isinstance(statement, Absent):
            return self.nothing(statement)
        text = self.noun_phrase(statement) or ""
        return f"there {'is' if text.startswith(('either a', 'a ', 'an ')) else 'are'} {text}"

    def existence(self, statement: Thing | Count) -> str:
        """`there is a ship near a harbor`, `a ship is near a harbor`, `in the top left there is a ship`."""
        thing = statement.thing if isinstance(statement, Count) else statement
        if any(other.noun == thing.noun for other in self.plurals) and isinstance(statement, Thing):
            return f"there is {self.another(thing)}"
        region = thing.said[0] if len(thing.said) == 1 and isinstance(thing.said[0], Placed) else None
        text, plural = self.counted(statement) if isinstance(statement, Count) else self.phrase(statement, subject=True)
        there = self.say("there_are" if plural else "there_is")
        are = "are" if plural else "is"
        if region is not None and self.chance(0.5):
            found = f"{self.region(region)} {there if self.chance(0.7) else are} {text}"
        elif not thing.said and self.chance(0.75):
            filler = f" {self.say('fillers')}" if self.chance(0.25) else ""
            found = f"{there} {text}{filler}"
        elif not thing.said:
            here = self.rng.choice(["here", "visible", "in the picture"])
            found = f"{text} {are} {self.say('manners') if plural and self.chance(0.4) else here}"
        elif self.chance(0.4):
            found = f"{there} {text}{self._nearby(thing) or self.after(thing, plural)}"
        elif len(thing.said) == 2 and not any(isinstance(said, Whose) for said in thing.said) and self.chance(0.35):
            found = (
                f"{text} {self.first(thing, thing.said[0], plural)} {self.verb_phrase(thing, thing.said[1], plural)}"
            )
        else:
            found = f"{text} {self.verb_phrase(thing, thing.said[0], plural)}"
            for previous, said in zip(thing.said, thing.said[1:]):
                found += self.joined(thing, said, previous, plural, clause=True)
        self.topic = statement if isinstance(statement, Thing) else self.topic
        return found

    def _nearby(self, thing: Thing) -> str:
        """` nearby`, for what is near the topic."""
        said = thing.said[0]
        topic = self.topic
        if topic is None or not isinstance(said, Related) or said.landmarks != (topic,) or len(thing.said) > 1:
            return ""
        if said.relations != ("near",) or said.turned or said.negated or said.measure:
            return ""
        return self.rng.choice([" nearby", " nearby", " close by", " around" if self.plurals[topic] else " next to it"])

    def fronted(self, statement: Fronted) -> str:
        """`next to the parking lot there is a big road`, `many houses and a road are next to the parking lot`."""
        counts = any(isinstance(subject, Count) for subject in statement.subjects)
        if counts and len(statement.subjects) > 1 and self.chance(0.4):
            return self.fronted_in_rule(statement)
        landmark, _ = self.phrase(statement.landmark)
        preposition = self.say(f"relations.{statement.relations[0]}")
        texts, plural = self.subjects(statement)
        subject = statement.subjects[-1]
        are = "are" if plural or (len(texts) > 1 and self.chance(0.5)) else "is"
        verb = self.rng.choice([f"there {are}", f"there {are}", "you can see"])
        if preposition.startswith(_OPENINGS) and self.chance(0.3):
            parked = "" if isinstance(subject, (Absent, Count)) else self.stance(subject, 0.4)
            verb = f"{are} {parked}".strip()
        if len(texts) > 1 and self.chance(0.3):
            # Without a verb, only the last of them might be near it.
            seen = self.rng.choice([f"there {are}", "we can see", "you can see"])
            return f"{seen} {' and '.join(texts)} {preposition} {landmark}"
        comma = ", " if verb.startswith(("there", "you")) and self.chance(0.35) else " "
        return f"{preposition} {landmark}{comma}{verb} {' and '.join(texts)}"

    def fronted_in_rule(self, statement: Fronted) -> str:
        """`many houses and a road are next to the parking lot`: they share a landmark, found first."""
        texts, _ = self.subjects(statement)
        said = Related(statement.relations, (statement.landmark,))
        first = statement.subjects[0]
        both = Thing((first if isinstance(first, Thing) else first.thing).noun)
        return f"{' and '.join(texts)} {self.verb_phrase(both, said, True)}"

    def subjects(self, statement: Fronted) -> tuple[list[str], bool]:
        """What is there, and whether the last of it is plural."""
        texts: list[str] = []
        plural = False
        for subject in statement.subjects:
            if isinstance(subject, Absent):
                text, plural = self.absent(subject)
                text = f"no {text}"
            elif isinstance(subject, Count):
                text, plural = self.counted(subject)
            else:
                text, plural = self.phrase(subject, subject=True)
            texts.append(text)
        return texts, plural

    def together(self, statement: Together) -> str:
        """`a road and some trees are near a pond`."""
        texts = [self.phrase(thing, subject=True)[0] for thing in statement.things]
        subject = ", ".join(texts[:-1]) + " and " + texts[-1]
        both = Thing(statement.things[0].noun)
        if len(texts) == 2 and self.chance(0.2):
            verb = self.verb_phrase(both, statement.said, True, plain=True)
            return f"both {subject} {verb}" if self.chance(0.5) else f"{subject} {verb.replace('are ', 'are both ', 1)}"
        return f"{subject} {self.verb_phrase(both, statement.said, True)}"

    def further(self, statement: Further) -> str:
        """`it is near a pond`, `the ship is near a pond`."""
        thing = statement.thing
        plural = self.plurals.get(thing, False)
        subject = self.definite(thing)
        if thing is self.topic and self.chance(0.5):
            subject = "they" if plural else "it"
        verb = self.verb_phrase(thing, statement.said[0], plural)
        return f"{subject} {verb}"

    def universal(self, statement: Universal) -> str:
        """`all ships near a harbor are large`."""
        thing = statement.thing
        plural = self.chance(0.6)
        self.mention(thing, plural)
        all_ = self.rng.choice(["all", "all", "all the"]) if plural else self.rng.choice(["every", "each"])
        subject = f"{all_} {self.described(thing, plural)}{self.after(thing, plural)}"
        return f"{subject} {self.verb_phrase(thing, statement.said[0], plural)}"

    def of_them(self, statement: OfThem) -> str:
        """`none of them is near a pond`."""
        self.mention(statement.thing, True)
        verb = self.verb_phrase(statement.thing, statement.said[0], True, plain=True)
        bare = verb.removeprefix("are ")
        if statement.none:
            return self.rng.choice([f"none of them are {bare}", f"none of them is {bare}", f"none of which are {bare}"])
        return self.rng.choice([f"all of them are {bare}", f"they are all {bare}", f"each of them is {bare}"])

    def nothing(self, statement: Absent) -> str:
        """`there are no planes`."""
        text, plural = self.absent(statement)
        bare = not statement.thing.said
        if bare and not superlative(statement.thing) and self.chance(0.2):
            seen = self.rng.choice(["visible", "present", "there", "to be seen"])
            return f"no {text} {'are' if plural else 'is'} {seen}"
        where = f" {self.say('nowhere')}" if bare and self.chance(0.25) else ""
        return f"there {'are' if plural else 'is'} no {text}{where}"
