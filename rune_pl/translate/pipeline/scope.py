"""What no rule can answer, refused before a model is asked: a model would make something up."""

from __future__ import annotations

import re
import unicodedata

from rune_pl.errors import TranslationError
from rune_pl.language.vocabulary import Vocabulary
from rune_pl.translate.pipeline.english import OTHER_QUESTIONS, OUTSIDE, english, words_of
from rune_pl.translate.pipeline.nouns import LONGEST_NOUN
from rune_pl.translate.pipeline.spelling import mended_superlative

LONGEST = 500  # characters, as for controlled English

_SUPERLATIVE = re.compile(
    r"\b(?<!at )(?:most|least) (?!of\b)[a-z]+(?:ful|ous|ive|ed|ing|ant|ent|al|ic|y|ble)\b|\b[a-z]{3,}est\b"
)
_WORD = re.compile(r"[^\W_]+")
_CODE = re.compile(r":-|\\\+|[{}<>|$]|``|;(?! )|\b[a-z_]+\([^)]*\)|</|//|\bimport \b")
_OPENING = re.compile(
    r"^(?:please |can you |could you |would you |tell me |show me |say |let me know |i want to know |do you know )*"
)


def tidy(text: str, vocabulary: Vocabulary | None = None) -> str:
    """The text as one line in Unicode's composed form, without control characters.

    Words in a noun of `vocabulary` are part of a class: a weather station is no weather.

    Raises TranslationError for a text that is empty, too long, or not English prose about images.
    """
    text = unicodedata.normalize("NFKC", text[: 4 * LONGEST])
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if len(text) > LONGEST:
        raise TranslationError(
            f"the query has more than {LONGEST} characters",
            hint="say what the image must show in a sentence or two",
        )
    _check_letters(text)
    _check_question(text, vocabulary)
    return text


def _check_letters(text: str) -> None:
    letters = [c for c in text if c.isalpha()]
    if not letters:
        raise TranslationError("the query has no words", hint="try 'a ship near a harbor'")
    foreign = next((c for c in letters if not c.isascii()), None)
    if sum(not c.isascii() for c in letters) * 10 > len(letters):
        name = unicodedata.name(foreign or "", "").split(" ")[0].title()
        raise TranslationError(
            f"the query is not in English (it has {name} letters)"
            if name != "Latin"
            else "the query is not in English",
            hint="ask in English, or write a rule with --rule",
        )
    code = _CODE.search(text)
    if code is not None:
        raise TranslationError(
            f"column {code.start() + 1}: {code.group()!r} is not English",
            column=code.start() + 1,
            hint="give a rule with --rule",
        )


def _check_question(text: str, vocabulary: Vocabulary | None) -> None:
    lower = text.lower()
    start = _OPENING.match(lower)
    opened = start.end() if start else 0
    for pattern, asked, hint in OTHER_QUESTIONS:
        found = re.match(pattern, lower[opened:])
        if found:
            raise TranslationError(f"the query asks for {asked}, and the answers here are images", hint=hint)
    for pattern, what in OUTSIDE:
        for found in re.finditer(pattern, lower):
            if not _in_noun(found, vocabulary):
                _outside(found.group(), found.start() + 1, what)
    for found in _SUPERLATIVE.finditer(lower):
        if found.group() not in english().superlatives and mended_superlative(found.group()) is None:
            hint = "superlatives are largest, smallest, closest and nearest"
            column = found.start() + 1
            raise TranslationError(f"column {column}: no rule can rank by {found.group()!r}", column=column, hint=hint)
    words = words_of(lower)
    if words and all(word in english().fillers for word in words) and len(words) > 1:
        raise TranslationError("the query names nothing that an image could show", hint="try 'a ship near a harbor'")


def _in_noun(found: re.Match[str], vocabulary: Vocabulary | None) -> bool:
    """Whether what was found is in a noun that the vocabulary knows."""
    words = list(_WORD.finditer(found.string)) if vocabulary is not None else []
    for first, word in enumerate(words):
        for last in range(first, min(first + LONGEST_NOUN, len(words))):
            inside = word.start() <= found.start() and found.end() <= words[last].end()
            phrase = found.string[word.start() : words[last].end()]
            if inside and vocabulary is not None and vocabulary.knows(phrase):
                return True
    return False


def _outside(phrase: str, column: int, what: str) -> None:
    raise TranslationError(
        f"column {column}: {phrase!r} is nothing that detections show",
        column=column,
        hint=f"rules know objects, their number, size and place, not {what}",
    )
