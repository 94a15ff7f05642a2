"""What is said of a thing: after its noun, or as the verb phrase of a sentence."""

from __future__ import annotations

from tools.translator.meaning import Between, Count, Every, Landmark, Placed, Property, Related, Said, Thing, Whose
from tools.translator.measures import measure_words
from tools.translator.noun_phrases import NounPhrases, article
from tools.translator.words import word_lists

_PLANTS = ("tree", "palm tree", "bush", "shrub", "plant", "flower")
_NO_STANCE = ("surrounded_by", "aligned", "touching", "contains", "overlaps")


class Remarks(NounPhrases):
    """Words for relations, regions and properties."""

    # After a noun
    def after(self, thing: Thing, plural: bool) -> str:
        """All that is said of a thing, with a blank before it."""
        text = ""
        previous: Said | None = None
        for said in thing.said:
            text += self.joined(thing, said, previous, plural) if previous else f" {self.first(thing, said, plural)}"
            previous = said
        return text.rstrip()

    def first(self, thing: Thing, said: Said, plural: bool) -> str:
        """A remark straight after the noun."""
        who, are = self.rng.choice(["that", "which", "that"]), "are" if plural else "is"
        if isinstance(said, Whose):
            return f"whose {self.word(said.thing, True)} are all {self.held(said)}"
        if isinstance(said, Related) and said.turned and said.relations[0] != "surrounded_by":
            return self.with_it(thing, said, plural)
        if isinstance(said, Related) and said.mutual:
            before = self.has(f"mutual_before.{said.relations[0]}")
            return "" if before else self.say(f"mutual_after.{said.relations[0]}")
        verb = self.verb_phrase(thing, said, plural)
        bare = verb.removeprefix(f"{are} ")
        whole = bare == verb or (isinstance(said, Property) and not said.value)
        if bare.startswith(("with ", "detected with ")) or not (whole or (self.chance(0.2) and not self.terse)):
            return bare
        return f"{who} {verb}"

    def joined(self, thing: Thing, said: Said, previous: Said, plural: bool, *, clause: bool = False) -> str:
        """A further remark about the same thing, so that it cannot be about its landmark."""
        they, are = ("they", "are") if plural else ("it", "is")
        if isinstance(said, Related) and self._same_form(said, previous) and self.chance(0.5):
            side = self.preposition(said)
            side = side.split(" ", 1)[1] if side.startswith(("on the ", "at the ", "to the ")) else side
            return f" and {side} {self.landmarks(thing, said)}"
        verb = self.verb_phrase(thing, said, plural)
        bare = verb.removeprefix(f"{are} ")
        kind = self.rng.random()
        if kind < 0.4 or bare == verb:
            return self.rng.choice([f" and {they} ", f", and {they} ", f" and {they} "]) + verb
        if kind < 0.7 or (clause and kind < 0.9):
            return f" and {bare}"
        if kind < 0.85 and not clause:
            return f"{self.rng.choice([' and which ', ' and that ', ', and which '])}{verb}"
        return f", {bare}" if self.terse else f", and also {bare}"

    def _same_form(self, said: Related, previous: Said) -> bool:
        """Whether two relations may share their `is on`: `on the left of a pond and the bottom of a road`."""
        if not isinstance(previous, Related):
            return False
        directed = all(
            "of" in " ".join(one.relations) or one.relations[0] in ("above", "below") for one in (said, previous)
        )
        return directed and not any(one.turned or one.negated or one.measure for one in (said, previous))

    def held(self, said: Whose) -> str:
        """What all of a subject's things are."""
        self.mention(said.thing, True)
        return self.verb_phrase(said.thing, said.properties[0], True, plain=True).removeprefix("are ")

    def with_it(self, thing: Thing, said: Related, plural: bool, *, verb: str = "") -> str:
        """`with a pond beside it`; with a verb, `has a pond beside it`."""
        it, its = ("them", "their") if plural else ("it", "its")
        name = said.relations[0]
        where = self.say(f"beside_it.{name}").format(it=it, its=its)
        if said.negated:
            target = _thing(said.landmarks[0])
            self.mention(target)
            many = not target.noun.mass and self.chance(0.5)
            return f"{verb or 'with'} no {self.described(target, many)}{self.after(target, many)} {where}"
        landmarks = self.landmarks(thing, said)
        lead = verb or self.rng.choice(["with", "with", "with", "that have" if plural else "that has"])
        return (
            f"{lead} {landmarks}"
            if name == "near" and lead == "with" and self.chance(0.3)
            else f"{lead} {landmarks} {where}"
        )

    # Landmarks
    def landmarks(self, thing: Thing, said: Related) -> str:
        far = said.relations == ("farther_than",)
        texts = [self.landmark(landmark, thing, far=far) for landmark in said.landmarks]
        if len(texts) < 2:
            return texts[0]
        if self.chance(0.06) and len(texts) == 2 and not self.terse:
            return f"both {texts[0]} and {texts[1]}"
        return ", ".join(texts[:-1]) + " and " + texts[-1]

    def landmark(self, landmark: Landmark, subject: Thing, *, far: bool = False) -> str:
        """A landmark with what is said of it."""
        thing = _thing(landmark)
        if thing in self.plurals:
            return self.definite(thing, pronoun=0.4 if subject is not thing else 0)
        if isinstance(landmark, Count):
            text, plural = self.counted(landmark)
        elif isinstance(landmark, Every):
            self.mention(thing)
            every = ["every", "each", "any", "any"] if far else ["every", "each"]
            text, plural = f"{self.rng.choice(every)} {self.described(thing, False)}", False
        elif thing.noun == subject.noun:
            plural = self.chance(0.1)
            self.mention(thing, plural)
            small = f"{self.say(f'sizes.{thing.sizes[0]}')} " if thing.sizes else ""
            if small and self.chance(0.6):
                text = f"{'some' if plural else 'a'} {small}{'ones' if plural else 'one'}"
            else:
                text = f"{'other' if plural else 'another'} {small}{self.word(thing, plural)}"
        else:
            text, plural = self.phrase(thing)
        return text + self.after(thing, plural)

    def preposition(self, said: Related) -> str:
        if said.measure:
            return measure_words(said.relations[0], said.measure, self.rng)
        return self.say(f"relations.{' '.join(said.relations)}")

    # Verb phrases
    def verb_phrase(self, thing: Thing, said: Said, plural: bool, *, plain: bool = False) -> str:
        """What a sentence says of its subject: `is near a bridge`, `crosses a river`; `plain` has a form of to be."""
        are = "are" if plural else "is"
        if isinstance(said, Placed):
            return f"{are} {self.stance(thing, 0.15)}{self.region(said)}"
        if isinstance(said, Between):
            if not plain and self.chance(0.3):
                return f"{self.verb('between', plural)} {self.both(said)}"
            return f"{are} {self.stance(thing, 0.2)}between {self.both(said)}"
        if isinstance(said, Property):
            return self.property(said, plural)
        if isinstance(said, Whose):
            return f"{'have' if plural else 'has'} only {self.word(said.thing, True)} that are {self.held(said)}"
        if said.turned and said.relations[0] == "surrounded_by":
            verb = f"{are} surrounding" if plain else self.verb("surrounds", plural)
            return f"{verb} {self.landmarks(thing, said)}"
        if said.turned:
            return self.with_it(thing, said, plural, verb="have" if plural else "has")
        if said.mutual:
            return f"{are} {self.say(f'mutual_after.{said.relations[0]}').removeprefix('that ')}"
        if said.negated:
            return f"{are} {self.negated(said)}"
        return self.related_verb(thing, said, plural, plain)

    def related_verb(self, thing: Thing, said: Related, plural: bool, plain: bool) -> str:
        """A relation that holds, as a verb phrase."""
        are, name = "are" if plural else "is", " ".join(said.relations)
        if (
            self.has(f"verbs.{name}")
            and not (said.measure or plain)
            and self.chance(0.6 if name == "overlaps" else 0.3)
        ):
            return f"{self.verb(name, plural)} {self.landmarks(thing, said)}"
        preposition = self.preposition(said)
        preposition = "containing" if preposition.startswith("that ") else preposition
        moving = preposition.split()[0].endswith("ing") or name in _NO_STANCE
        return f"{are} {'' if moving else self.stance(thing, 0.3)}{preposition} {self.landmarks(thing, said)}"

    def negated(self, said: Related) -> str:
        """`not near a pond`, `far from any pond`."""
        if said.relations == ("near",) and not said.measure and self.chance(0.5):
            words = self.rng.choice(["far from", "far away from", "away from", "not near"])
        else:
            words = f"not {self.preposition(said).replace('that contains', 'containing')}".replace(
                "not not far from", "not close to"
            )
        target = _thing(said.landmarks[0])
        if target in self.plurals:
            return f"{words} {self.definite(target)}"
        self.mention(target)
        text = self.described(target, False)
        some = self.rng.choice(["any", "the", "a"])
        text = f"{some} {text}" if some != "a" else text if target.noun.mass else article(text)
        return f"{words} {text}{self.after(target, False)}"

    def verb(self, name: str, plural: bool) -> str:
        singular, _, several = self.say(f"verbs.{name}").partition(" / ")
        return several if plural else singular

    def stance(self, thing: Thing, share: float) -> str:
        """`parked `, sometimes."""
        if self.terse or not self.chance(share):
            return ""
        kind = "plant" if thing.noun.singular in _PLANTS else thing.noun.kind
        return f"{self.say(f'stances.{kind}')} "

    def region(self, said: Placed) -> str:
        of_image = (
            "" if self.chance(0.5) else f" of the {self.rng.choice(['image', 'picture', 'scene', 'photo', 'frame'])}"
        )
        return f"{self.rng.choice(['on', 'in', 'at'])} the {self.say(f'regions.{said.region}')}{of_image}"

    def both(self, said: Between) -> str:
        """The two things that something is between."""
        if said.first.noun != said.second.noun:
            return f"{self.phrase(said.first)[0]} and {self.phrase(said.second)[0]}"
        self.mention(said.first, True)
        self.mention(said.second, True)
        return f"{self.rng.choice(['two', 'two', 'the two', 'a pair of'])} {self.described(said.first, True)}"

    def property(self, said: Property, plural: bool) -> str:
        are = "are" if plural else "is"
        if not said.value:
            return f"{are} {'not ' if said.negated else ''}{self.say(f'sizes.{said.name}')}"
        words = measure_words(said.name, said.value, self.rng)
        if words.startswith(("with an area", "with a length")):
            return (
                f"{'have' if plural else 'has'} {words.removeprefix('with ')}" if self.chance(0.5) else f"{are} {words}"
            )
        return f"{are} {words}"

    def looks_of(self, thing: Thing) -> str:
        """A sentence that adds nothing to the rule: `the roof is white`."""
        plural = self.plurals.get(thing, False)
        predicate = self.rng.choice(word_lists("looks")["predicates"])
        return f"the {self.word(thing, plural)} {'are' if plural else 'is'} {predicate}"


def _thing(landmark: Landmark) -> Thing:
    return landmark.thing if isinstance(landmark, (Count, Every)) else landmark
