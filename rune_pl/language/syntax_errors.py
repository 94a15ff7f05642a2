"""ProbLog's parse errors in words that say what to change."""

from __future__ import annotations

import re

from problog.errors import ParseError
from problog.parser import UnmatchedCharacter

from rune_pl.errors import RuleSyntaxError
from rune_pl.language.nodes import Text

_PLAIN_NAME = re.compile(r"\w+\Z")

_ODD_CHARACTERS = {
    "\u00a0": "a non-breaking space: replace it by a blank",
    "“": "text needs no quotes: write a name in lower case",
    "”": "text needs no quotes: write a name in lower case",
    "‘": "write ' for a quote",
    "’": "write ' for a quote",
    "{": "braces are not part of the language: use parentheses",
    "}": "braces are not part of the language: use parentheses",
    "≤": "write =<",
    "≥": "write >=",
    "≠": "write \\=",
    "¬": "write \\+",
    "∧": "write a comma",
    "∨": "write ;",
    "—": "write -",
    "–": "write -",
}


def offset_of(error: ParseError, place: Text) -> int:
    """The offset of a parse error, whose column counts from 0 in the first line and from 1 in the others."""
    _, line, column = error.location
    start = place.starts[min(line, len(place.starts)) - 1]
    return int(min(start + column - (line > 1), len(place.text)))


def runs_to_the_end(error: ParseError, place: Text) -> bool:
    """True for a quote or comment that runs to the end of the text, so that no statement follows it."""
    return (
        isinstance(error, UnmatchedCharacter)
        and place.text[offset_of(error, place) : offset_of(error, place) + 1] in "'\"/"
    )


def explain(error: ParseError, place: Text) -> RuleSyntaxError:
    offset = offset_of(error, place)
    message, hint = _reason(error, place.text, offset)
    return RuleSyntaxError(message, **place.position(offset), hint=hint)


def _reason(error: ParseError, text: str, offset: int) -> tuple[str, str | None]:
    """Message and hint for a ProbLog parse error, from its kind and the text that it points to."""
    rest = text[offset:]
    character = rest[:1]
    if isinstance(error, UnmatchedCharacter):
        if character in "([":
            return f"this {character!r} is never closed", f"add the missing {')' if character == '(' else ']'!r}"
        if character in ")]":
            return f"this {character!r} closes nothing", "remove it, or add the opening one"
        return f"this {'comment' if character == '/' else 'quote'} is never closed", None
    kind = str(error.base_message)
    if kind.startswith("Unexpected character"):
        if character == ".":
            return "a full stop with no blank after it", "a full stop ends a rule: join goals with commas"
        if character in ")]":
            return f"{character!r} closes a bracket of another kind", None
        shown = character if character.isprintable() else ""
        name = f"unexpected character {shown!r} (U+{ord(character):04X})" if character else "unexpected end"
        return name, _ODD_CHARACTERS.get(character)
    if rest.startswith(":-"):
        after = rest[2:].lstrip()
        if not after or after.startswith("."):
            return "this rule has no body", "write goals after :-, or remove it"
        return "a second :- in one rule", "end the rule before it with a full stop"
    found = re.match(r"\w+|\W", rest)
    token = found.group() if found else "the end"
    if token in (",", ";"):
        return f"nothing stands before or after this {token!r}", "remove it, or add the missing part"
    if kind == "Expected binary operator":
        return f"unexpected {token!r}", "a comma, an operator or a full stop is missing before it"
    before = text[:offset].rstrip()[-1:]
    if kind == "Ambiguous token role" and (before == ")" or _PLAIN_NAME.match(before)):
        return f"unexpected {token!r}", "a comma, an operator or a full stop is missing before it"
    if kind == "Ambiguous token role" and _PLAIN_NAME.match(token) and rest[len(token) :].startswith("("):
        return (
            f"the arguments of {token} are not separated by commas",
            "put an alternative (a ; b) in its own parentheses",
        )
    if kind == "Operator priority clash":
        return f"{token!r} cannot follow another operator here", "use parentheses"
    return f"unexpected {token!r}", None
