"""A query as a chain: the first thing, and tails that say something more or bring another thing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn

from rune_pl.errors import TranslationError
from rune_pl.translate.controlled.model import Comparison, Quantity, Said, Thing

EXISTS = Quantity("exists")


@dataclass(eq=False)
class Saying:
    """Something said; `how` is straight (a phrase), relative ("that ...") or clause ("is ...", "has ...").

    `plural` is true of a clause with "are", "have" and the like, `both` of one with "are both", `beside_it` of what
    ends with "on its left" and the like.
    """

    said: list[Said]
    how: str
    column: int
    plural: bool = False
    both: bool = False
    beside_it: bool = False


@dataclass(eq=False)
class Entry:
    """A new thing, or two; `how` is plain, there, with, without, either, both, comparison or fronted.

    `said` is what was said of a fronted thing before it: "near a pond there is a house".
    """

    things: list[Thing]
    how: str
    comparison: Comparison | None = None
    column: int = 1
    said: Saying | None = None


@dataclass(eq=False)
class OfThem:
    """ "none of them near a bridge": how many of the things mentioned last, and what holds of them."""

    quantity: Quantity
    said: list[Said]
    column: int


@dataclass(eq=False)
class Tail:
    """An element after the first; `joint` is straight, and, but, or, comma or stop; `comma`: whether there was a mark.

    `of_it` is true of what is said of "it" or "they".
    """

    joint: str
    comma: bool
    element: Saying | Entry | OfThem
    column: int
    of_it: bool = False


@dataclass(eq=False)
class Chain:
    """A whole query."""

    first: Entry | OfThem
    tails: list[Tail]
    asked_for: bool  # opened by "find", "show me" and the like, without the word "images"
    notes: list[str] = field(default_factory=list)


def refuse(message: str, column: int, hint: str) -> NoReturn:
    """Raises the TranslationError for something at `column`."""
    raise TranslationError(f"column {column}: {message}", column=column, hint=hint)
