"""What a query means, before it has words: things, what is said of them, and statements.

The order of a meaning is the order in which it is said: the goals of its rule follow it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tools.translator.nouns import Noun


@dataclass(eq=False)
class Thing:
    """Some object. `sizes` are large, small, elongated, largest, smallest; `alternative`: a ship or a boat."""

    noun: Noun
    sizes: tuple[str, ...] = ()
    said: list[Said] = field(default_factory=list)
    alternative: Noun | None = None


@dataclass(eq=False)
class Count:
    """At least, at most or exactly `number` of a thing."""

    kind: str
    number: int
    thing: Thing


@dataclass(eq=False)
class Every:
    """All of a thing, as a landmark."""

    thing: Thing


Landmark = Thing | Count | Every


@dataclass(eq=False)
class Related:
    """The subject stands in all `relations` to each landmark. `turned` puts the landmark first: with a pond beside it.

    `negated` says that there is none of these landmarks; `mutual` marks two of a kind that stand so to each other.
    """

    relations: tuple[str, ...]
    landmarks: tuple[Landmark, ...]
    measure: str = ""
    turned: bool = False
    negated: bool = False
    mutual: bool = False


@dataclass(eq=False)
class Between:
    """Between two things."""

    first: Thing
    second: Thing


@dataclass(eq=False)
class Placed:
    """In a region of the image."""

    region: str


@dataclass(eq=False)
class Property:
    """A property with or without a value: large, longer_than 50."""

    name: str
    value: str = ""
    negated: bool = False


@dataclass(eq=False)
class Whose:
    """`whose ships are all large`: what holds of every `thing` near the subject."""

    thing: Thing
    properties: list[Said]


@dataclass(eq=False)
class Choice:
    """One of two remarks holds: near a bridge or inside of a park."""

    options: tuple[Related, Related]


@dataclass(eq=False)
class Outnumbered:
    """With more of one thing than of another around the subject. `comparison` is as in More."""

    comparison: str
    thing: Thing
    other: Thing
    relation: str


Said = Related | Between | Placed | Property | Whose | Choice | Outnumbered


@dataclass(eq=False)
class Absent:
    """There is no such thing."""

    thing: Thing


@dataclass(eq=False)
class Universal:
    """All of a thing are as said."""

    thing: Thing
    said: list[Said]


@dataclass(eq=False)
class More:
    """How many there are of one thing and of another: more, fewer, same, no_fewer or no_more of the first."""

    thing: Thing
    other: Thing
    comparison: str = "more"


@dataclass(eq=False)
class Either:
    """One of several alternatives."""

    options: list[list[Statement]]


@dataclass(eq=False)
class Further:
    """More about a thing that was mentioned before."""

    thing: Thing
    said: list[Said]


@dataclass(eq=False)
class Pair:
    """Two things that stand in a relation to each other, and what holds of both."""

    relation: str
    first: Thing
    second: Thing
    said: list[Said] = field(default_factory=list)


@dataclass(eq=False)
class Together:
    """Several things of which the same is said."""

    things: list[Thing]
    said: Related


@dataclass(eq=False)
class Fronted:
    """A landmark first, then what is there: `next to the parking lot there is a road`."""

    relations: tuple[str, ...]
    landmark: Thing
    subjects: list[Thing | Count | Absent]


@dataclass(eq=False)
class OfThem:
    """`none of them is near a pond`, `all of them are large`, after a count; the thing stands for one of them."""

    thing: Thing
    said: list[Said]
    none: bool


@dataclass(eq=False)
class NotBoth:
    """There are not both."""

    first: Thing
    second: Thing


Statement = Thing | Count | Absent | Universal | More | Either | Further | Pair | Together | Fronted | OfThem | NotBoth
