"""Words to tokens: finds the classes, phrases and numbers of a query, longest first, each with its column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lark import Token

from rune_pl.errors import TranslationError
from rune_pl.translate.controlled.lexicon import Lexicon
from rune_pl.translate.controlled.words import CONTRACTIONS, LONGEST_PHRASE, OVER, PHRASES

MAX_CHARACTERS = 500
MAX_WORDS = 60
_MAX_DIGITS = 6

_WORD_PATTERN = r"[^\W\d_][^\W_]*(?:['’][^\W\d_]+)?(?:/o?)?"
_WORD = re.compile(f"(?P<word>{_WORD_PATTERN})")
_PIECE = re.compile(
    r"""(?P<space>\s+)
      | \((?P<label>[A-Z][A-Za-z0-9_]*)\)
      | (?P<name>[A-Z][A-Za-z0-9_]*)
      | (?P<number>[0-9]+(?:\.[0-9]+)?)
      | (?P<word>"""
    + _WORD_PATTERN
    + r""")
      | (?P<hyphen>(?<=\w)-(?=\w))
      | (?P<mark>[,;.?!&+])""",
    re.VERBOSE,
)
_LABEL = re.compile(r"\(([A-Z][A-Za-z0-9_]*)\)")
_MARKS = {",": "COMMA", ";": "STOP", ".": "STOP", "?": "STOP", "!": "STOP", "&": "AND", "+": "PLUS"}


@dataclass(frozen=True)
class Word:
    """One word, in lower case unless it is a name; `column` counts from 1; `kind` is a group of the pattern above."""

    kind: str
    text: str
    column: int


def _pieces(text: str) -> Iterator[Word]:
    labels = set(_LABEL.findall(text))
    position = 0
    while position < len(text):
        match = _PIECE.match(text, position)
        if match is not None and match.lastgroup == "name" and match.group() not in labels:
            match = _WORD.match(text, position)
        if match is None:
            raise TranslationError(
                f"column {position + 1}: the character {text[position]!r} has no meaning here",
                column=position + 1,
                hint="use words, numbers, commas and names such as (A)",
            )
        kind = str(match.lastgroup)
        piece = match.group(kind)
        column, position = position + 1, match.end()
        if kind in ("space", "hyphen"):
            continue
        if kind in ("label", "name"):
            yield Word(kind, piece, column)
            continue
        plain = piece.lower().replace("’", "'").replace("²", "2")
        for part in CONTRACTIONS.get(plain, plain).split():
            yield Word(kind, part, column)


def _split(text: str) -> list[Word]:
    if len(text) > MAX_CHARACTERS:
        raise TranslationError(
            f"the query has {len(text)} characters, more than {MAX_CHARACTERS}",
            column=MAX_CHARACTERS + 1,
            hint="say it in fewer words",
        )
    words = list(_pieces(text))
    if len(words) > MAX_WORDS:
        raise TranslationError(
            f"the query has more than {MAX_WORDS} words", column=words[MAX_WORDS].column, hint="say it in fewer words"
        )
    if not words:
        raise TranslationError(
            "the query is empty", column=1, hint="write what the image shows, such as 'a ship near a harbor'"
        )
    return words


def _number(word: Word) -> str:
    if len(word.text) > _MAX_DIGITS + 1 or len(word.text.split(".")[0]) > _MAX_DIGITS:
        raise TranslationError(f"column {word.column}: the number {word.text} is too long", column=word.column)
    return word.text


def tokenize(text: str, lexicon: Lexicon) -> list[Token]:
    """The tokens of `text`. Words without a meaning become UNKNOWN, for the parser to say what could stand there.

    Raises TranslationError for an empty or overlong query, a character without a meaning, and words that have too many.
    """
    words = _split(text)
    tokens: list[Token] = []
    index = 0
    while index < len(words):
        word = words[index]
        length = 1
        if word.kind == "label":
            kind, value = "LABEL", word.text
        elif word.kind == "mark":
            kind, value = _MARKS[word.text], word.text
        elif word.kind == "number":
            kind, value = "NUMBER", _number(word)
        elif word.kind == "name":
            kind, value = "REF", word.text
        else:
            kind, value, length = _longest(_run(words, index), lexicon)
        if value == OVER and _means_more_than(words, index, tokens):
            kind, value = "MORE_THAN", "more_than"
        if kind == "REFUSED":
            phrase = " ".join(w.text for w in words[index : index + length])
            raise TranslationError(
                f"column {word.column}: {phrase!r} has no one meaning here", column=word.column, hint=value
            )
        if kind != "SKIP":
            tokens.append(Token(kind, value, column=word.column, end_column=index + length, start_pos=index))
        index += length
    if not tokens:
        raise TranslationError("the query names no object", column=1, hint="try 'a ship near a harbor'")
    return [_resolved(tokens, at) for at in range(len(tokens))]


_BEFORE_COUNT = frozenset({"IMPERATIVE", "IMAGES_WITH", "QUESTION", "THERE", "COMMA", "STOP", "WITH", "HAVE", "EITHER"})


def _means_more_than(words: list[Word], index: int, before: list[Token]) -> bool:
    """Whether "over" is "more than": "over six ships", "over 20 m long"; but not "a bridge over six roads"."""
    if index + 1 >= len(words):
        return False
    number = words[index + 1]
    if number.kind != "number" and PHRASES.get(number.text, ("", ""))[0] != "NUMBER":
        return False
    measured = any(
        PHRASES.get(" ".join(w.text for w in words[index + 2 : index + 2 + n]), ("", ""))[0].startswith("UNIT")
        for n in (1, 2)
    )
    return measured or not before or before[-1].type in _BEFORE_COUNT


_AFTER_BESIDE_IT = frozenset({"COMMA", "STOP", "AND", "BUT", "OR", "PLEASE", "WITHOUT"})
_RELATIONS = frozenset({"REL", "PAIR_REL", "REL_OR_BESIDE_IT"})


def _resolved(tokens: list[Token], at: int) -> Token:
    """The token; "around" and the like are a relation to what follows, or else to what was spoken of; a plus after a
    number is "or more", and else a semicolon."""
    token = tokens[at]
    if token.type == "PLUS":
        return token.update(type="OR_MORE" if at and tokens[at - 1].type == "NUMBER" else "STOP")
    if token.type != "REL_OR_BESIDE_IT":
        return token
    following = [t.type for t in tokens[at + 1 : at + 3]]
    joined = len(following) == 2 and following[0] in ("AND", "OR") and following[1] in _RELATIONS
    beside = not following or (following[0] in _AFTER_BESIDE_IT and not joined)
    return token.update(type="BESIDE_IT" if beside else "REL")


def _run(words: list[Word], start: int) -> list[str]:
    """The words from `start` on that a phrase may span ("boeing 737" may be a class): no mark or name among them."""
    run = []
    for word in words[start : start + max(LONGEST_PHRASE, Lexicon.LONGEST_NOUN)]:
        if word.kind not in ("word", "number"):
            break
        run.append(word.text)
    return run


def _longest(run: list[str], lexicon: Lexicon) -> tuple[str, str, int]:
    for length in range(len(run), 0, -1):
        phrase = " ".join(run[:length])
        if length <= Lexicon.LONGEST_NOUN and phrase in lexicon:
            return "NOUN", phrase, length
        if phrase in PHRASES:
            return (*PHRASES[phrase], length)
    return "UNKNOWN", run[0], 1
