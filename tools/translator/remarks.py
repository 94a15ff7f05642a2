"""What is said of a thing: after its noun, or as the verb phrase of a sentence."""

from __future__ import annotations

from tools.translator.meaning import (
    Between,
    Choice,
    Count,
    Every,
    Landmark,
    More,
    Outnumbered,
    Placed,
    Property,
    Related,
    Said,
    Thing,
    Whose,
)
from tools.translator.measures import measure_words
from tools.translator.noun_phrases import OPEN, NounPhrases, article
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
        return text.replace(" ,", ",").rstrip()

    def first(self, thing: Thing, said: Said, plural: bool) -> str:
        """A remark straight after the noun."""
        who, are = self.rng.choice(["that", "which", "that"]), "are" if plural else "is"
        if isinstance(said, Whose):
            return f"whose {self.word(said.thing, True)} are all {self.held(said)}"
        if isinstance(said, Outnumbered):
            return f"with {self.outnumbered(said, plural)}"
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
        if thing is not self.topic and self.chance(0.15):
            return f", {self.rng.choice(['which in turn', 'which', 'which itself'])} {verb}"
        return f"{who} {verb}"

    def joined(self, thing: Thing, said: Said, previous: Said, plural: bool, *, clause: bool = False) -> str:
        """A further remark about the same thing, so that it cannot be about its landmark."""
        they, are = ("they", "are") if plural else ("it", "is")
        if isinstance(said, Related) and self._same_form(said, previous) and self.chance(0.5):
            side = self.preposition(said)
            side = side.split(" ", 1)[1] if side.startswith(("on the ", "at the ", "to the ")) else side
            return f" and {side} {self.landmarks(thing, said)}"
        if _furnished(said) and _furnished(previous) and isinstance(said, Related) and self.chance(0.85):
            more = self.with_it(thing, said, plural, verb="with").removeprefix("with ")
            return f"{self.rng.choice([',', ', and', ' and'])} {more}"
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
            return f"{verb or 'with'} {self.none_of(said)} {where}"
        landmarks = self.landmarks(thing, said)
        lead = verb or self.rng.choice(["with", "with", "with", "that have" if plural else "that has"])
        return (
            f"{lead} {landmarks}"
            if name == "near" and lead == "with" and self.chance(0.3)
            else f"{lead} {landmarks} {where}"
        )

    def none_of(self, said: Related) -> str:
        """`no pond`, `no ships and no trees`, `neither a pond nor ships`."""
        texts = []
        for landmark in said.landmarks:
            target = _thing(landmark)
            many = not target.noun.mass and self.chance(0.5)
            self.mention(target, many)
            texts.append((self.described(target, many) + self.after(target, many), many or target.noun.mass))
        if len(texts) == 1:
            return f"no {texts[0][0]}"
        if self.chance(0.25):
            bare = [text if plural else article(text) for text, plural in texts]
            return f"neither {bare[0]} nor {bare[1]}"
        return f"no {texts[0][0]} {self.rng.choice(['and no', 'and no', 'or', 'nor'])} {texts[1][0]}"

    def outnumbered(self, said: Outnumbered, plural: bool) -> str:
        """`more ships than cars around it`."""
        it, its = ("them", "their") if plural else ("it", "its")
        self.mention(said.thing, True)
        self.mention(said.other, True)
        where = self.say(f"beside_it.{said.relation}").format(it=it, its=its)
        return f"{self.compared(More(said.thing, said.other, said.comparison))} {where}"

    def compared(self, said: More) -> str:
        """`more ships than cars`, `as many ships as cars`."""
        form = self.say(f"compared.{said.comparison}")
        return form.format(self.described(said.thing, True), self.described(said.other, True))

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
        if isinstance(said, Outnumbered):
            return f"{'have' if plural else 'has'} {self.outnumbered(said, plural)}"
        if isinstance(said, Choice):
            return self.choice(thing, said, plural)
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

    def choice(self, thing: Thing, said: Choice, plural: bool) -> str:
        """`is near a bridge or inside of a park`, `is either left of a road or right of it`."""
        are = "are" if plural else "is"
        one, other = said.options
        either = "either " if self.chance(0.3) else ""
        texts = [f"{self.preposition(option)} {self.landmarks(thing, option)}" for option in said.options]
        texts = [text.replace("that contains", "containing") for text in texts]
        if one.relations == other.relations and bool(one.measure) == bool(other.measure):
            texts[1] = self._shorter(one, other, texts)
        return f"{are} {either}{texts[0]} or {texts[1]}"

    def _shorter(self, one: Related, other: Related, texts: list[str]) -> str:
        """The second of two alternatives without what the first one says as well: `near a bridge or a roundabout`."""
        head, second = texts[0].split(), texts[1].split()
        same = 0
        while same < min(len(head), len(second)) - 1 and head[same] == second[same]:
            same += 1
        if one.measure == other.measure and (OPEN in " ".join(second[:same]) or self.chance(0.3)):
            return texts[1]
        return " ".join(second[same:]) if not one.measure or head[:same] else texts[1]

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
        if len(said.landmarks) > 1:
            return self.neither(said, words)
        target = _thing(said.landmarks[0])
        if target in self.plurals:
            return f"{words} {self.definite(target)}"
        self.mention(target)
        text = self.described(target, False)
        some = self.rng.choice(["any", "the", "a"])
        text = f"{some} {text}" if some != "a" else text if target.noun.mass else article(text)
        return f"{words} {text}{self.after(target, False)}"

    def neither(self, said: Related, words: str) -> str:
        """`neither near a pond nor a road`, `nowhere near a pond or a road`, `far from ponds and roads`."""
        texts = []
        for landmark in said.landmarks:
            target = _thing(landmark)
            many = not target.noun.mass and self.chance(0.25)
            self.mention(target, many)
            text = self.described(target, many)
            texts.append(text if many or target.noun.mass else article(text))
        if words.startswith("not "):
            bare = words.removeprefix("not ")
            one = self.rng.choice([f"{bare} {texts[0]} nor {texts[1]}", f"{bare} {texts[0]} nor {bare} {texts[1]}"])
            nowhere = f"nowhere {words.removeprefix('not ')} {texts[0]} or {texts[1]}"
            forms = [f"neither {one}", f"neither {one}", f"{words} {texts[0]} or {texts[1]}"]
            return self.rng.choice([*forms, nowhere if said.relations == ("near",) else forms[0]])
        return f"{words} {texts[0]} {self.rng.choice(['and', 'or', 'and from'])} {texts[1]}"

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


def _furnished(said: Said) -> bool:
    """Whether `with` says it."""
    return isinstance(said, Related) and said.turned and said.relations[0] != "surrounded_by"


def _thing(landmark: Landmark) -> Thing:
    return landmark.thing if isinstance(landmark, (Count, Every)) else landmark
