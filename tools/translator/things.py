"""Things by chance, and what may be said of one."""

from __future__ import annotations

import random

from tools.translator.meaning import (
    Between,
    Choice,
    Count,
    Every,
    Landmark,
    Outnumbered,
    Placed,
    Property,
    Related,
    Said,
    Thing,
    Whose,
)
from tools.translator.nouns import Noun, draw_noun

RELATIONS = {
    "near": 30, "left_of": 7, "right_of": 7, "above": 6, "below": 6, "inside": 11, "surrounded_by": 6, "overlaps": 5,
    "adjacent": 4, "touching": 3, "contains": 3, "aligned": 2, "parallel": 2, "north_of": 3, "south_of": 3,
    "east_of": 3, "west_of": 3, "same_row": 1, "above left_of": 3, "above right_of": 3, "below left_of": 3,
    "below right_of": 3, "north_of east_of": 1, "north_of west_of": 1, "south_of east_of": 1, "south_of west_of": 1,
}  # fmt: skip
# Relations of a landmark to the subject: `with a pond beside it`.
TURNED = {
    "near": 12, "inside": 4, "left_of": 1, "right_of": 1, "above": 1, "below": 1, "north_of": 1, "south_of": 1,
    "east_of": 1, "west_of": 1, "touching": 1, "overlaps": 1, "adjacent": 1, "parallel": 1,
}  # fmt: skip
REGIONS = ["top_left", "top", "top_right", "left", "center", "right", "bottom_left", "bottom", "bottom_right"]
_KINDS = {
    "related": 46, "placed": 13, "two": 10, "list": 6, "turned": 10, "negated": 5, "between": 4, "measured": 9,
    "counted": 7, "every": 1, "property": 2, "length": 5, "whose": 1, "same": 3, "surrounds": 2, "choice": 3,
    "outnumbered": 2,
}  # fmt: skip
_GROUPS = ("vehicle", "aircraft", "body of water", "water body")  # of several classes: none of them has a largest
_LENGTHS = [
    5,
    10,
    15,
    20,
    25,
    30,
    40,
    50,
    60,
    75,
    80,
    100,
    120,
    150,
    200,
    250,
    300,
    400,
    500,
    1000,
    1500,
    2000,
    3000,
    5000,
]
_NUMBERS = [2, 3, 3, 3, 4, 5, 5, 5, 6, 7, 8, 10, 12]


class ThingSampler:
    """Draws things, counts and landmarks. No two things of one query have like nouns, unless that is meant."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.nouns: list[Noun] = []

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def pick(self, weights: dict[str, int]) -> str:
        return self.rng.choices(list(weights), list(weights.values()))[0]

    def relations(self, *without: str) -> tuple[str, ...]:
        """One relation, or two for a diagonal."""
        return tuple(self.pick({name: weight for name, weight in RELATIONS.items() if name not in without}).split())

    def region(self) -> Placed:
        return Placed(self.rng.choice(REGIONS))

    def noun(self, *, mass: bool = True) -> Noun:
        noun = draw_noun(self.rng, mass=mass, avoid=tuple(self.nouns))
        self.nouns.append(noun)
        return noun

    def thing(self, depth: int = 0, *, mass: bool = True, sized: float = 0.16, superlative: float = 0.0) -> Thing:
        """A thing with up to `depth` levels of what is said of it."""
        noun = self.noun(mass=mass)
        sizes: tuple[str, ...] = ()
        if not noun.mass and not noun.singular.endswith(" vehicle"):
            if self.chance(superlative) and noun.singular not in _GROUPS:
                sizes = (self.rng.choice(["largest", "largest", "smallest"]),)
            elif self.chance(sized):
                sizes = (self.rng.choice(["large", "large", "small", "small", "elongated"]),)
        thing = Thing(noun, sizes)
        if depth > 0:
            thing.said = self.all_said(thing, depth, self.rng.choices([0, 1, 2, 3], [16, 52, 26, 6])[0])
        return thing

    def count(self, depth: int = 0, *, sized: float = 0.1) -> Count:
        """A count of a thing, of which at most one thing is said."""
        thing = self.thing(0, mass=False, sized=sized)
        if depth > 0 and self.chance(0.6):
            said = self.said(thing, 1 if self.chance(0.1) else 0)
            thing.said = [] if isinstance(said, Whose) else [said]
        kind = self.rng.choices(["at_least", "at_most", "exactly"], [70, 12, 18])[0]
        number = self.rng.choice([*_NUMBERS, self.rng.randint(2, 60)])
        if kind == "exactly":
            number = self.rng.choice([1, 1, 2, 3, 4, number])
        return Count(kind, number, thing)

    def some(self) -> Count:
        """At least a few of a thing."""
        return Count("at_least", self.rng.choice([2, 3, 3, 4, 5, 5, 5]), self.thing(mass=False, sized=0.05))

    def measure(self, *, area: bool = False) -> str:
        number = self.rng.choice(_LENGTHS) * (self.rng.choice([1, 10]) if area else 1)
        if self.chance(0.08):
            number += self.rng.randint(1, 9)
        return f"px({number})" if self.chance(0.45) else str(number)

    def all_said(self, thing: Thing, depth: int, number: int) -> list[Said]:
        """A region comes first, and only of the last landmark more is said."""
        said = [self.said(thing, depth - 1 if i == number - 1 else 0) for i in range(number)]
        placed = [one for one in said if isinstance(one, Placed)][:1]
        properties = [one for one in said if isinstance(one, Property) and not one.value][1:]
        return [*placed, *(one for one in said if not isinstance(one, Placed) and one not in properties)]

    def said(self, thing: Thing, depth: int) -> Said:
        """One remark about a thing."""
        kind = self.pick(_KINDS)
        if kind == "placed" or (kind in ("property", "length") and (thing.sizes or thing.noun.mass)):
            return self.region()
        if kind == "between":
            return self.between()
        if kind == "property":
            return Property(self.rng.choice(["large", "small", "elongated"]), negated=self.chance(0.3))
        if kind == "length":
            if self.chance(0.08):
                return Property("confident", self.rng.choice(["0.5", "0.7", "0.8", "0.9", "0.95"]))
            name = self.rng.choice(["longer_than", "area_above"])
            return Property(name, self.measure(area=name == "area_above"))
        if kind == "whose":
            owned = self.thing(mass=False, sized=0)
            return Whose(owned, [Property("large") if self.chance(0.4) else self.related(0)])
        if kind == "choice":
            return self.choice()
        if kind == "outnumbered":
            one, other = self.thing(mass=False, sized=0.05), self.thing(mass=False, sized=0.05)
            return Outnumbered(self.comparison(), one, other, "near" if self.chance(0.7) else "inside")
        return self.relation_said(thing, depth, kind)

    def comparison(self) -> str:
        return self.rng.choices(["more", "fewer", "same", "no_fewer", "no_more"], [50, 22, 12, 10, 6])[0]

    def choice(self) -> Choice:
        """Two relations of which one holds."""
        if self.chance(0.3):
            measures = [self.measure(), self.measure()]
            one, other = (Related(("near",), (self.thing(sized=0.05),), measure=measure) for measure in measures)
            return Choice((one, other))
        one = Related(self.relations(), (self.thing(sized=0.05),))
        same = one.relations if self.chance(0.5) else self.relations()
        return Choice((one, Related(same, (self.thing(sized=0.05),))))

    def relation_said(self, thing: Thing, depth: int, kind: str) -> Related:
        """A relation of the given kind."""
        if kind == "turned":
            if self.chance(0.15):
                none = (self.thing(sized=0.1), self.thing()) if self.chance(0.3) else (self.thing(sized=0.1),)
                return Related((self.pick(TURNED),), none, turned=True, negated=True)
            landmarks = tuple(self.landmark() for _ in range(1 if self.chance(0.75) else 2))
            return Related((self.pick(TURNED),), landmarks, turned=True)
        if kind == "surrounds":
            return Related(("surrounded_by",), (self.thing(sized=0.1),), turned=True)
        if kind == "negated":
            relations = ("near",) if self.chance(0.5) else self.relations("contains")
            both = self.chance(0.3)
            return Related(relations, (self.thing(), self.thing()) if both else (self.thing(),), negated=True)
        if kind == "measured":
            name = self.rng.choice(["near", "near", "farther_than"])
            target = self.thing()
            every = name == "farther_than" and self.chance(0.35)
            return Related((name,), (Every(target) if every else target,), measure=self.measure())
        if kind == "same" and not thing.noun.mass:
            sizes: tuple[str, ...] = ("small",) if thing.sizes == ("large",) and self.chance(0.7) else ()
            return Related(self.relations("contains", "inside", "surrounded_by"), (Thing(thing.noun, sizes),))
        return self.related(depth, kind)

    def related(self, depth: int, kind: str = "") -> Related:
        """A relation to one landmark, or to several, or to a count."""
        relations = self.relations()
        if kind in ("two", "list"):
            return Related(relations, tuple(self.landmark() for _ in range(2 if kind == "two" else 3)))
        if kind == "counted":
            count = self.count(sized=0.1)
            if self.chance(0.25):
                turned = self.chance(0.5)
                relation = self.pick(TURNED) if turned else self.relations()[0]
                count.thing.said = [Related((relation,), (self.thing(sized=0.05),), turned=turned)]
            return Related(relations, (count,))
        if kind == "every":
            return Related(relations, (Every(self.thing(mass=False)),))
        landmark = self.thing(superlative=0.06)
        if depth > 0 and self.chance(0.6):
            further = self.said(landmark, depth - 1)
            landmark.said = [] if isinstance(further, (Whose, Property, Choice, Outnumbered)) else [further]
        return Related(_under_a_bridge(relations, landmark), (landmark,))

    def landmark(self, *, counts: float = 0.13) -> Landmark:
        """One of several landmarks."""
        return self.some() if self.chance(counts) else self.thing(sized=0.1, superlative=0.03)

    def between(self) -> Between:
        first = self.thing(sized=0.08)
        alike = self.chance(0.35) and not first.noun.mass and not first.sizes
        return Between(first, Thing(first.noun) if alike else self.thing(sized=0.08))


def _under_a_bridge(relations: tuple[str, ...], landmark: Thing) -> tuple[str, ...]:
    """What is under a bridge is seen to cross it."""
    bridge = landmark.noun.singular.endswith(("bridge", "viaduct", "overpass"))
    return ("overlaps",) if bridge and relations == ("below",) else relations
