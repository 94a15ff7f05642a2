"""The pieces that a verbalised rule is put together from."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rune_pl.language.terms import Call, Const, Goal, conjuncts

_PLURAL = re.compile(r"(at least|at most|exactly) (?!1 )")


@dataclass(frozen=True)
class Item:
    """One part of a list: a noun phrase ("a ship near a harbor"), or a sentence ("every ship is large")."""

    text: str
    sentence: bool = False


def joined(items: list[Item], sentence: bool = False) -> str:
    """The items as one list. After a sentence, or with `sentence`, noun phrases become sentences: "there is a ship"."""
    parts = []
    for item in items:
        bare = not sentence or item.sentence or item.text.startswith("either ")
        parts.append(item.text if bare else f"there {'are' if _PLURAL.match(item.text) else 'is'} {item.text}")
        sentence = sentence or item.sentence
    return ", and ".join(parts)


@dataclass(frozen=True)
class Mod:
    """Something said of an object. `manner` is place ("near a harbor"), state ("large") or has ("five ships")."""

    manner: str
    text: str
    landmark: str | None = None  # the object that ends the text, where more can be said of it

    def straight(self, plural: bool = False) -> str:
        verbs = {
            "place": "",
            "state": "that are " if plural else "that is ",
            "has": "that have " if plural else "that has ",
        }
        return verbs[self.manner] + self.text

    @property
    def clause(self) -> str:
        return ("has " if self.manner == "has" else "is ") + self.text


def is_plural(quantity: str) -> bool:
    return quantity not in ("a", "no", "every") and not quantity.endswith(" 1")


def class_of(kind: Goal) -> str:
    """The class of a goal that introduces an object."""
    first = conjuncts(kind)[0]
    return str(first.args[1].value) if isinstance(first, Call) and isinstance(first.args[1], Const) else ""


def same_class(call: Call, goal: Goal) -> bool:
    return isinstance(goal, Call) and len(call.args) == 2 and call.args[1] == goal.args[1]
