"""Adjectives made plain before a model reads the query: those that no rule can say it might make part of a class.

"Beside the spectacular sea is red and yellow sand" becomes "beside the sea is sand". Only what stands right before a
noun of the vocabulary goes, and only where adjective and noun together are no class ("swimming pool", "flooded road").
The user is told of each such word, as `coverage` compares the rule with the text as it was. Rare words for sizes become
common ones.
"""

from __future__ import annotations

import re

from rune_pl.language.vocabulary import Vocabulary
from rune_pl.translate.pipeline.english import english

_TOKEN = re.compile(r"[A-Za-z0-9'’-]+|[^\sA-Za-z0-9]")
_COMPOUND = re.compile(
    r"(?:[a-z]+-)+(?:shaped|roofed|colou?red|walled|topped|looking|like|painted|kept|planned|stor(?:e?y|ied)|rise)\Z"
    r"|(?:dark|light|pale|deep|half)-[a-z]+\Z|[a-z]+-(?:red|green|blue|white|yellow|gray|grey|brown|black)\Z"
)
_LOOKS_SENTENCE = re.compile(
    r"(?:[.;,]\s*(?:and\s)?|\sand\s)\s*(?P<subject>(?:(?:the|this|those|these)(?:\s[\w-]+){1,3}?|it|they))\s(?:is|are)\s"
    r"(?P<look>(?:[a-z-]+)(?:(?:,? and |, | )[a-z-]+){0,4})(?=\s*(?:[.;,?!]|$|please$))",
    re.IGNORECASE,
)
_NUMBERS = frozenset(["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"])
_ORDER = re.compile(
    r"\b(?P<article>the )?(?:first|second|third|fourth|fifth|sixth|last) (?P<thing>[\w -]+?) from the "
    r"(?:(?:upper|lower|top|bottom|far) )?(?:left|right|top|bottom) of (?:some|the|several|these|those) "
    r"(?P<noun>[\w -]+?)"
    r"(?= (?:that|which|on|in|at|and|near)\b|[.,;?]|\s*$)",
    re.IGNORECASE,
)
_DEGREE = frozenset({"very", "quite", "rather", "so", "really", "extremely", "slightly"})
_SIZES = frozenset({"large", "big", "huge", "small", "tiny", "little", "long", "elongated"})
_JOINTS = frozenset({"and", ","})
_LONGEST_NOUN = 4


def make_plain(text: str, vocabulary: Vocabulary) -> str:
    """The text with plain adjectives; the text itself where nothing is to be done."""
    text = _without_order(_without_looks(text), vocabulary)
    tokens = _TOKEN.findall(text)
    words = [token.lower() for token in tokens]
    kept: list[str] = []
    index = 0
    changed = False
    while index < len(tokens):
        end = _run(words, index)
        if end > index and _starts_noun(words, end, vocabulary) and not _is_class(words, index, end, vocabulary):
            changed = True
            if len(kept) > 1 and kept[-1].lower() in _JOINTS and kept[-2].lower() in _SIZES:
                kept.pop()  # "large and old ship"
            if kept and kept[-1].lower() in ("a", "an") and end < len(words):
                kept[-1] = "an" if words[end][:1] in "aeiou" else "a"
            index = end
            continue
        size = english().sizes.get(words[index])
        changed |= size is not None
        kept.append(size or tokens[index])
        index += 1
    return re.sub(r" ([,.;:?!])", r"\1", " ".join(kept)) if changed else text


def _without_looks(text: str) -> str:
    """The text without sentences that say how something looks: ". The lake is dark green"."""

    def replaced(match: re.Match[str]) -> str:
        words = _TOKEN.findall(match.group("look").lower())
        if _run(words, 0) < len(words):
            return match.group()
        # What has not been mentioned before is there at least.
        subject = match.group("subject").lower().split()[-1]
        known = subject in ("it", "they") or subject.rstrip("s") in text[: match.start()].lower()
        return "" if known else match.group()[: match.end("subject") - match.start()]

    return _LOOKS_SENTENCE.sub(replaced, text)


def _without_order(text: str, vocabulary: Vocabulary) -> str:
    """ "The first pool from the left of some pools" as "the pool": rules know no order."""

    def replaced(match: re.Match[str]) -> str:
        thing, noun = match.group("thing"), match.group("noun")
        same = any(_same(" ".join(thing.split()[n:]), noun, vocabulary) for n in range(len(thing.split())))
        article = "" if thing.split()[0] in _NUMBERS or thing[0].isdigit() else match.group("article") or "the "
        return f"{article}{thing}" if same else match.group()

    return _ORDER.sub(replaced, text)


def _same(one: str, other: str, vocabulary: Vocabulary) -> bool:
    return vocabulary.knows(one) and vocabulary.knows(other) and vocabulary.resolve(one) == vocabulary.resolve(other)


def _run(words: list[str], start: int) -> int:
    """Where a run of adjectives ends: "red", "very old", "red and yellow", "dark green, round"."""
    end = index = start
    while index < len(words):
        if words[index] in english().looks or _COMPOUND.match(words[index]):
            end = index = index + 1
        elif words[index] in _DEGREE or (end > start and words[index] in _JOINTS):
            index += 1
        else:
            break
    return end


def _starts_noun(words: list[str], start: int, vocabulary: Vocabulary) -> bool:
    """Whether a noun comes next, with or without a size before it."""
    while start < len(words) - 1 and (words[start] in _SIZES or words[start] in english().sizes):
        start += 1
    return any(_known(words[start : start + n], vocabulary) for n in range(1, _LONGEST_NOUN + 1))


def _is_class(words: list[str], start: int, end: int, vocabulary: Vocabulary) -> bool:
    """True where some of the adjectives are part of a class: "stone bridge" in an ontology that has it."""
    return any(
        _known(words[first : end + n], vocabulary)
        for first in range(start, end)
        for n in range(1, _LONGEST_NOUN + 1)
        if end + n <= len(words)
    )


def _known(words: list[str], vocabulary: Vocabulary) -> bool:
    return bool(words) and words[0] not in english().fillers and vocabulary.knows(" ".join(words))
