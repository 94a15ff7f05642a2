"""The English of the rule language's names: what `verbalize` writes, in words that controlled English reads back."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Protocol

from rune_pl.errors import UserError
from rune_pl.language.terms import Call, Const, Struct, Term


class Labels(Protocol):
    """What verbalising asks of a vocabulary."""

    def label(self, cls: str) -> str:
        """The English name of a class."""

    def plural(self, cls: str) -> str:
        """The same in the plural."""


# "A is <phrase> B"
RELATIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "near": "near",
        "adjacent": "adjacent to",
        "touching": "touching",
        "overlaps": "overlapping",
        "inside": "inside",
        "contains": "containing",
        "left_of": "left of",
        "right_of": "right of",
        "above": "above",
        "below": "below",
        "north_of": "north of",
        "south_of": "south of",
        "east_of": "east of",
        "west_of": "west of",
        "aligned": "aligned with",
        "parallel": "parallel to",
        "surrounded_by": "surrounded by",
        "closest": "closest to",
        "same_row": "in the same row as",
    }
)
ATTRIBUTES: Final = frozenset({"large", "small", "elongated"})
SUPERLATIVES: Final = frozenset({"largest", "smallest"})
# Predicates of one object that are nouns: "A is <phrase>"
_NOUNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "passable_road": "a passable road",
        "blocked_road": "a blocked road",
        "isolated_building": "an isolated building",
        "boat_among_houses": "a boat among houses",
        "stranded_vehicle": "a stranded vehicle",
    }
)
QUANTITIES: Final[Mapping[str, str]] = MappingProxyType(
    {"at_least": "at least", "at_most": "at most", "exactly": "exactly"}
)
COMPARISONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "<": "is less than",
        ">": "is more than",
        "=<": "is at most",
        ">=": "is at least",
        "=:=": "equals",
        "=\\=": "does not equal",
        "==": "is the same as",
        "\\==": "is not the same as",
        "=": "is",
        "\\=": "is not",
        "is": "is the value of",
    }
)


def words(name: str) -> str:
    """An atom as words: `storage_tank` is "storage tank"."""
    return name.replace("_", " ").strip() or name


def state(name: str) -> str:
    """What a predicate of one object says of it, after "is": "large", "an isolated building"."""
    return _NOUNS.get(name) or words(name)


def article(noun: str) -> str:
    """The noun with "a" or "an" before it."""
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def number(value: str | float) -> str:
    """A number without a useless ".0"."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def measure(term: Term, power: str = "") -> str:
    """A length, or with power "square " an area: "50 m", "100 px", "20 square m"."""
    if isinstance(term, Struct) and term.functor == "px" and len(term.args) == 1:
        return f"{measure_number(term.args[0])} {power}px"
    return f"{measure_number(term)} {power}m"


def measure_number(term: Term) -> str:
    """The number of a length, or the term as it is where it is computed."""
    return number(term.value) if isinstance(term, Const) else str(term)


def constants_phrase(call: Call) -> str | None:
    """What a predicate of one object and constants says, after "is": "in the top left", "longer than 50 m"."""
    if len(call.args) != 2:
        return None
    value = call.args[1]
    if call.name == "in_region" and isinstance(value, Const):
        return f"in the {words(str(value.value))}"
    if call.name == "longer_than":
        return f"longer than {measure(value)}"
    if call.name == "area_above":
        return f"larger than {measure(value, 'square ')}"
    if call.name == "damage_at_least":
        return f"damaged to grade {measure_number(value)} or worse"
    return None


def relation_phrase(call: Call) -> str | None:
    """What a relation of two objects says between them: "near", "within 50 m of"; None for what is no relation."""
    if len(call.args) == 2 and call.name in RELATIONS:
        return RELATIONS[call.name]
    if len(call.args) == 3 and call.name == "near":
        return f"within {measure(call.args[2])} of"
    if len(call.args) == 3 and call.name == "farther_than":
        return f"farther than {measure(call.args[2])} from"
    return None


class Nouns:
    """Class names in English, from a vocabulary where it knows the class, else from the atom itself."""

    def __init__(self, vocabulary: Labels | None) -> None:
        self._vocabulary = vocabulary

    def singular(self, name: str) -> str:
        """The English name of a class."""
        try:
            return self._vocabulary.label(name) if self._vocabulary is not None else words(name)
        except UserError:
            return words(name)

    def names_a_class(self, noun: str) -> bool:
        """Whether these words already mean a class: "large vehicle" is one, and not a vehicle that is large."""
        try:
            return self._vocabulary is not None and self._vocabulary.label(noun) != ""
        except UserError:
            return False

    def plural(self, name: str) -> str:
        """The same in the plural."""
        try:
            return self._vocabulary.plural(name) if self._vocabulary is not None else _regular_plural(words(name))
        except UserError:
            return _regular_plural(words(name))


def _regular_plural(noun: str) -> str:
    if noun.endswith(("s", "x", "z", "ch", "sh")):
        return noun + "es"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun if noun.endswith("craft") else noun + "s"
