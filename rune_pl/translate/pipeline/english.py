"""What is known of English beside the vocabulary: lists of words (words.yaml), and questions that no rule answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Final

import yaml

_FACTS = "ask for images of objects and where they lie"

#: Openings that ask for something else than images: pattern, what is asked for, what to ask instead.
OTHER_QUESTIONS: Final = (
    (
        r"(?:what|which) (?:colou?rs?|shapes?|sizes?|kinds?|types?|brands?|materials?|names?|year|time|day|country"
        r"|city)\b",
        "a property",
        _FACTS,
    ),
    (
        r"(?:what|which) is the (?:colou?r|shape|name|number|size|area|length|distance|age|price|average|total)\b",
        "a property",
        _FACTS,
    ),
    (r"(?:please )?(?:count|how many)\b", "a number", "ask for images with a number, such as 'at least 3 ships'"),
    (
        r"how (?:much|old|far|long|large|big|wide|tall|high|fast|deep|often|did|does|do|is|are|was|were|has|have|can"
        r"|to)\b",
        "a fact",
        _FACTS,
    ),
    (
        r"(?:(?:why|who|whose)|when (?:was|were|did|is|are|will|do|does|has|have))\b",
        "a reason, a person or a time",
        _FACTS,
    ),
)
#: History, forecasts, ownership and names: nothing of it is in an image's detections.
OUTSIDE: Final = (
    (
        r"\b(?:in|of|from|since|before|after|during|by|until|till) (?:the year )?(?:19|20)\d\d\b"
        r"(?! *(?:m|px|pixel|met|sq))"
        r"|\b(?:last|next|previous) (?:year|month|week|night|summer|winter|spring|autumn|time|decade)\b",
        "times",
    ),
    (
        r"\b(?:yesterday|tomorrow|ago|formerly|historically|decades?|centur(?:y|ies)|years?|months?|weeks?|hours?)\b",
        "times",
    ),
    (
        r"\b(?:used to|will be|going to|has changed|have changed|changed since|since|before and after|anymore|no longer"
        r"|newly|recently (?:built|added|constructed)|predict|forecast|expected to)\b",
        "changes",
    ),
    (
        r"\b(?:named|called|owned by|belong(?:s|ing)? to|built by|whose owner|prices?|costs?|worth|expensive|cheap)\b",
        "names, owners or prices",
    ),
    (r"\b(?:speed|faster|slower|weather|temperature|windy|population|richest|poorest)\b", "such properties"),
    (
        r"\b(?:same colou?r|colou?r as|(?:dark|bright|new|old|nic|pretti|bett)er than)\b",
        "such comparisons",
    ),
)

_WORD: Final = re.compile(r"\d+\.\d+|[a-z0-9]+(?:['-][a-z0-9]+)*")


@dataclass(frozen=True)
class Words:
    """The lists of words.yaml; its comments say what each is."""

    states: frozenset[str]
    looks: frozenset[str]
    other_looks: frozenset[str]
    sizes: Mapping[str, str]
    superlatives: frozenset[str]
    fillers: frozenset[str]
    vague: Mapping[int, frozenset[str]]
    negations: frozenset[str]
    plain_negations: frozenset[str]
    cues: Mapping[str, str]

    @cached_property
    def inexpressible(self) -> frozenset[str]:
        """All words for looks."""
        return self.looks | self.other_looks


@cache
def english() -> Words:
    """The word lists, read once."""
    data = yaml.safe_load(files("rune_pl.translate.pipeline").joinpath("words.yaml").read_text(encoding="utf-8"))
    vague, cues, sizes = data.pop("vague"), data.pop("cues"), data.pop("sizes")
    lists = {name: frozenset(text.split()) for name, text in data.items()}
    numbers = {number: frozenset(text.split()) for number, text in vague.items()}
    return Words(vague=numbers, cues=cues, sizes=sizes, **lists)


@cache
def common_words() -> frozenset[str]:
    """Some 18,000 words of English of four letters and more: what is among them is no slip of the pen."""
    text = files("rune_pl.translate.pipeline").joinpath("common_words.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, without punctuation."""
    return _WORD.findall(text.lower().replace("’", "'"))


def singular_forms(word: str) -> tuple[str, ...]:
    """The word and what it may be the plural of."""
    forms = [word]
    if word.endswith("ies"):
        forms.append(word[:-3] + "y")
    if word.endswith("ves"):
        forms += [word[:-3] + "f", word[:-3] + "fe"]
    if word.endswith("es"):
        forms.append(word[:-2])
    if word.endswith("s") and not word.endswith("ss"):
        forms.append(word[:-1])
    if word.endswith("men"):
        forms.append(word[:-3] + "man")
    if word == "people":
        forms.append("person")
    return tuple(forms)
