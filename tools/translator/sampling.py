"""Meanings by chance: one to three statements, over the whole rule library."""

from __future__ import annotations

from tools.translator.meaning import (
    Absent,
    Count,
    Either,
    Fronted,
    Further,
    More,
    NotBoth,
    OfThem,
    Pair,
    Related,
    Said,
    Statement,
    Thing,
    Together,
    Universal,
    Whose,
)
from tools.translator.things import TURNED, ThingSampler

_STATEMENTS = {
    "thing": 52, "count": 20, "fronted": 9, "together": 11, "pair": 5, "universal": 3, "more": 2, "either": 3, "or": 3,
    "nearest": 4, "charted": 8, "furnished": 4,
}  # fmt: skip
_MORE = {
    "absent": 24,
    "further": 17,
    "anchored": 14,
    "another": 4,
    "count": 9,
    "of_them": 4,
    "not_both": 1,
    "statement": 38,
}
_PAIRED = ["adjacent", "adjacent", "near", "near", "touching", "overlaps", "parallel", "aligned", "same_row"]


class Sampler(ThingSampler):
    """Draws the meaning of one query."""

    def new(self) -> list[Statement]:
        """The statements of one query."""
        self.nouns = []
        kind = self.rng.random()
        if kind < 0.06:
            return [self.item() for _ in range(self.rng.choice([2, 2, 3, 3, 4]))]
        if kind < 0.09:
            return [self.mapped() for _ in range(2 if self.chance(0.75) else 3)]
        number = self.rng.choices([1, 2, 3], [66, 26, 8])[0]
        depth = self.rng.choices([0, 1, 2], [12, 62, 26])[0]
        statements: list[Statement] = [self.absent() if self.chance(0.035) else self.statement(min(depth, 3 - number))]
        while len(statements) < number:
            statements.append(self.next(statements))
        return statements

    def statement(self, depth: int) -> Statement:
        """A statement that stands for itself."""
        kind = self.pick(_STATEMENTS)
        if kind == "count":
            return self.mutual_count() if self.chance(0.07) else self.count(depth)
        if kind == "fronted":
            return self.fronted()
        if kind == "together":
            return self.together()
        if kind == "pair":
            return self.pair()
        if kind == "universal":
            thing = self.thing(mass=False, sized=0.1)
            thing.said = [self.related(0)] if self.chance(0.15) else []
            return Universal(thing, [self.related(0) if self.chance(0.75) else self.said(thing, 0)])
        if kind == "nearest":
            thing = self.thing(mass=False, sized=0.05)
            thing.said = [Related(("closest",), (self.thing(superlative=0.05),))]
            return thing
        if kind == "charted":
            return self.charted()
        if kind == "furnished":
            return self.furnished()
        if kind == "more":
            return More(self.thing(mass=False, sized=0.1), self.thing(mass=False, sized=0.1), self.comparison())
        if kind == "either":
            return Either([[self.option()], [self.option()]])
        thing = self.thing(depth, superlative=0.1)
        if kind == "or" and not thing.sizes and not thing.noun.mass:
            thing.alternative = self.noun(mass=False)
        return thing

    def next(self, before: list[Statement]) -> Statement:
        """One more statement, which may speak of what was mentioned."""
        known, last = mentioned(before), before[-1]
        kind = self.pick(_MORE)
        if kind == "absent":
            return self.absent()
        if kind == "further" and known:
            return self.further(known)
        if kind == "anchored" and known:
            thing = self.thing(sized=0.1)
            thing.said = [Related(("near",) if self.chance(0.5) else self.relations(), (self.rng.choice(known),))]
            return thing
        if kind == "another" and isinstance(last, Thing) and not last.noun.mass and not last.alternative:
            return Thing(last.noun, said=[self.region() if self.chance(0.5) else self.related(0)])
        if kind == "of_them" and isinstance(last, Count) and not last.thing.said and last.number > 1:
            thing = Thing(last.thing.noun)
            return OfThem(thing, [self.related(0) if self.chance(0.8) else self.region()], none=self.chance(0.6))
        if kind == "not_both":
            return NotBoth(self.thing(mass=False, sized=0), self.thing(mass=False, sized=0))
        if kind == "count":
            return self.count(0)
        return self.statement(1 if self.chance(0.45) else 0)

    def option(self) -> Statement:
        kind = self.rng.random()
        if kind < 0.2:
            return Absent(self.thing(sized=0))
        return self.count(0) if kind < 0.4 else self.thing(1)

    def item(self) -> Statement:
        """One of a list: some trees, three ships."""
        return self.some() if self.chance(0.2) else self.thing(sized=0.1)

    def mapped(self) -> Statement:
        """A thing or a count of which only the region is said."""
        item: Thing | Count = self.some() if self.chance(0.3) else self.thing(sized=0.15)
        (item.thing if isinstance(item, Count) else item).said = [self.region()]
        return item

    def charted(self) -> Thing:
        """A thing with its region, and where it lies from one or two landmarks."""
        thing = self.thing(mass=False, sized=0.05, superlative=0.15)
        landmarks = [self.thing(sized=0.2, superlative=0.08) for _ in range(2 if self.chance(0.45) else 1)]
        if self.chance(0.15):
            landmarks[0] = Thing(thing.noun)
        thing.said = [self.region()]
        if len(landmarks) == 2 and self.chance(0.3):
            thing.said.append(Related(self.relations(), tuple(landmarks)))
        else:
            thing.said += [Related(self.relations("contains"), (landmark,)) for landmark in landmarks]
        return thing

    def furnished(self) -> Thing:
        """A thing with a pond on its left, three ships nearby and no trees."""
        thing = self.thing(mass=False, sized=0.1)
        number = 2 if self.chance(0.7) else 3
        for i in range(number):
            none = i == number - 1 and self.chance(0.4)
            landmark = self.thing(sized=0.1) if none else self.landmark(counts=0.35)
            thing.said.append(Related((self.pick(TURNED),), (landmark,), turned=True, negated=none))
        return thing

    def pair(self) -> Pair:
        first = self.thing(mass=False, sized=0)
        said: list[Said] = [self.region()] if self.chance(0.4) else []
        if self.chance(0.2):
            said += [Related((self.rng.choice(["below", "above", "near"]),), (self.thing(sized=0.05),), turned=True)]
        elif self.chance(0.4):
            said += [self.related(0)]
        return Pair(self.rng.choice(_PAIRED), first, Thing(first.noun), said)

    def mutual_count(self) -> Count:
        """Three tennis courts or more that lie next to each other."""
        count = self.count(0, sized=0)
        count.kind, count.number = "at_least", self.rng.choice([3, 3, 4, 5, 6, 8])
        relation = self.rng.choice(["adjacent", "near", "same_row", "touching", "parallel"])
        count.thing.said = [Related((relation,), (Thing(count.thing.noun),), mutual=True)]
        return count

    def together(self) -> Together:
        things = [self.thing(sized=0.1) for _ in range(2 if self.chance(0.8) else 3)]
        if self.chance(0.12):
            return Together(things, Related(("surrounded_by",), (self.thing(),), turned=True))
        return Together(things, Related(self.relations(), (self.thing(),)))

    def fronted(self) -> Fronted:
        relation = self.pick({**TURNED, "near": 20})
        landmark = self.thing(sized=0.1)
        if self.chance(0.06):
            return Fronted((relation,), landmark, [Absent(self.thing(sized=0))])
        subjects: list[Thing | Count | Absent] = []
        for _ in range(1 if self.chance(0.5) else 2):
            subjects.append(self.some() if self.chance(0.4) else self.thing(sized=0.2))
        return Fronted((relation,), landmark, subjects)

    def absent(self) -> Absent:
        thing = self.thing(0, sized=0.05)
        if self.chance(0.25):
            thing.said = [self.related(0)]
        return Absent(thing)

    def further(self, known: list[Thing]) -> Further:
        """More about a thing that was mentioned, perhaps its relation to another one."""
        thing = self.rng.choice(known)
        others = [other for other in known if other is not thing]
        if others and self.chance(0.4):
            return Further(thing, [Related(self.relations(), (self.rng.choice(others),))])
        said = self.said(thing, 0)
        while isinstance(said, Whose):
            said = self.said(thing, 0)
        return Further(thing, [said])


def mentioned(statements: list[Statement]) -> list[Thing]:
    """The things that a later statement may speak of: those outside of counts and negations, each of its own class."""
    found: list[Thing] = []
    for statement in statements:
        if isinstance(statement, Thing) and statement.alternative is None:
            found.append(statement)
            for said in statement.said:
                if isinstance(said, Related) and not said.negated:
                    found += [landmark for landmark in said.landmarks if isinstance(landmark, Thing)]
        elif isinstance(statement, Fronted):
            found.append(statement.landmark)
            found += [subject for subject in statement.subjects if isinstance(subject, Thing)]
    found = list(dict.fromkeys(found))
    nouns = [thing.noun.singular for thing in found]
    return [thing for thing in found if nouns.count(thing.noun.singular) == 1]
