"""What a query says, before it is a rule: things, how many of them, and what is said of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from rune_pl.language.terms import Term


@dataclass(frozen=True)
class Quantity:
    """How many: kind is exists, any, another, no, every, at_least, at_most or exactly; the last three have a number."""

    kind: str
    number: int = 1

    @property
    def counts(self) -> bool:
        return self.kind in ("at_least", "at_most", "exactly")

    @property
    def some(self) -> bool:
        return self.kind in ("exists", "any", "another")


@dataclass(frozen=True)
class Kind:
    """A class with the adjectives before it; `mutual` are those that need a second object ("adjacent ships").

    `classes` are what a super-class stands for; superlatives compare within one class only.
    """

    name: str
    attributes: tuple[str, ...] = ()
    mutual: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()


@dataclass(eq=False)
class Thing:
    """A noun phrase. `kinds` are alternatives ("ships or planes"); a thing with `reference` is a name given before.

    `said` restricts which objects are meant; `scope` is what must hold of each, where the quantity is `every`.
    `known_as` is a name for the rule that no query can write: "the ship" after "a ship" refers to it.
    """

    column: int
    quantity: Quantity
    kinds: list[Kind] = field(default_factory=list)
    label: str | None = None
    known_as: str | None = None
    reference: str | None = None
    superlative: str | None = None
    awaits_nearest: bool = False
    plural: bool = False
    bare: bool = False
    said: list[Said] = field(default_factory=list)
    scope: list[Said] = field(default_factory=list)

    @property
    def plain(self) -> bool:
        """Nothing but a noun, with or without adjectives and article."""
        return (
            not self.said
            and not self.scope
            and self.label is None
            and self.reference is None
            and self.superlative is None
        )


@dataclass(eq=False)
class Relation:
    """The thing stands in a relation to landmarks (two for `between`, one otherwise).

    `groups` are alternatives when `any_of`, and all hold otherwise; each group is a conjunction of predicate names.
    `turned` puts the landmark first: "a harbor with ships" says near(Ship, Harbor). `open_where` is true of it as
    long as nothing says where: "with ships and planes on its left".
    """

    groups: tuple[tuple[str, ...], ...]
    landmarks: list[Thing]
    any_of: bool = False
    extra: tuple[Term, ...] = ()
    turned: bool = False
    open_where: bool = False


@dataclass(eq=False)
class Mutual:
    """The thing stands in a relation to another one of its own kind."""

    groups: tuple[tuple[str, ...], ...]
    any_of: bool = False


@dataclass(eq=False)
class Property:
    """A predicate of one object and constants: `large(A)`, `in_region(A, top)`, `longer_than(A, 50)`."""

    name: str
    extra: tuple[Term, ...] = ()


@dataclass(eq=False)
class Negated:
    """The opposite of what is said."""

    said: Said


@dataclass(eq=False)
class Choice:
    """At least one of these holds."""

    parts: list[Said]


Said: TypeAlias = Relation | Mutual | Property | Negated | Choice


@dataclass(eq=False)
class Comparison:
    """More of `greater` than of `smaller`; `how` may also be no_more, or same: neither is more than the other."""

    greater: Thing
    smaller: Thing
    how: str = "more"


@dataclass(eq=False)
class Group:
    """Alternatives, each a list of items that all hold."""

    alternatives: list[list[Item]]


Item: TypeAlias = Thing | Comparison | Group


def landmarks(said: Said) -> Iterator[Thing]:
    """The things that something said mentions directly, left to right."""
    if isinstance(said, Relation):
        yield from said.landmarks
    elif isinstance(said, Negated):
        yield from landmarks(said.said)
    elif isinstance(said, Choice):
        for part in said.parts:
            yield from landmarks(part)
