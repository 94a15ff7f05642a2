"""The translator for controlled English: understands what docs/controlled-english.md says, and refuses the rest."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import NoReturn

from lark import Lark, Token
from lark.exceptions import UnexpectedToken, VisitError
from lark.parsers.lalr_interactive_parser import InteractiveParser
from rapidfuzz import fuzz, process

from rune_pl.errors import TranslationError, UnknownClassError
from rune_pl.language.terms import Call, Clause, Program
from rune_pl.language.vocabulary import Vocabulary
from rune_pl.translate.controlled.attach import attach
from rune_pl.translate.controlled.chain import Chain
from rune_pl.translate.controlled.lexer import tokenize
from rune_pl.translate.controlled.lexicon import ClassNames, Lexicon
from rune_pl.translate.controlled.meaning import body
from rune_pl.translate.controlled.reader import Reader
from rune_pl.translate.controlled.words import PHRASES
from rune_pl.translate.translator import Translation

# What may stand at a place, in the order in which a message lists it, with the terminals that stand for it.
_EXPECTATIONS: tuple[tuple[str, frozenset[str]], ...] = (
    ("a class such as 'ship'", frozenset({"NOUN"})),
    ("a number", frozenset({"NUMBER"})),
    ("an adjective (large, small, elongated)", frozenset({"ADJ"})),
    ("a relation such as 'near' or 'left of'", frozenset({"REL"})),
    ("a region such as 'in the top left'", frozenset({"REGION"})),
    ("a distance such as 'within 50 m of'", frozenset({"WITHIN"})),
    ("'is' or 'are'", frozenset({"BE"})),
    ("a unit (m, km, px)", frozenset({"UNIT"})),
    ("a unit of area (square m, square px)", frozenset({"AREA_UNIT"})),
    ("'of' or 'from'", frozenset({"FROM"})),
    ("'than'", frozenset({"THAN"})),
    ("'nor'", frozenset({"NOR"})),
    ("'of them'", frozenset({"OF_THEM"})),
    ("'have'", frozenset({"HAVE"})),
    ("'and', 'but' or a comma", frozenset({"AND", "COMMA"})),
    ("the end", frozenset({"$END"})),
)


@lru_cache(maxsize=1)
def _parser() -> Lark:
    grammar = files("rune_pl.translate.controlled").joinpath("controlled.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="basic")


def _accepted_after(tokens: Sequence[Token]) -> frozenset[str]:
    """The terminals that may follow; asked only for a message, of a fresh parser, as a failed one has moved on."""
    parser: InteractiveParser = _parser().parse_interactive()
    for token in tokens:
        parser.feed_token(token)
    return frozenset(parser.accepts())  # type: ignore[no-untyped-call]


class ControlledEnglish:
    """A small deterministic `Translator`. It never guesses: each phrase has one documented meaning or is refused.

    `vocabulary` says which noun phrases are which classes; None loads the built-in one.
    """

    name = "controlled-english"

    def __init__(self, vocabulary: ClassNames | None = None) -> None:
        self._lexicon = Lexicon(Vocabulary.load() if vocabulary is None else vocabulary)

    def translate(self, text: str) -> Translation:
        """The rule for `text`.

        Raises UnknownClassError for a noun that is no class, TranslationError (with its column) for all else that is
        not understood, and for more than 500 characters or 60 words.
        """
        tokens = tokenize(text, self._lexicon)
        reader = Reader(self._lexicon)
        items, notes = attach(self._read(tokens, reader, text))
        program = Program((Clause(Call("retrieve"), body(items)),))
        return Translation(text, str(program), self.name, tuple(dict.fromkeys(notes)))

    def _read(self, tokens: Sequence[Token], reader: Reader, text: str) -> Chain:
        parser = _parser().parse_interactive()
        for index, token in enumerate(tokens):
            try:
                parser.feed_token(token)
            except UnexpectedToken:
                self._refuse(tokens, index, _accepted_after(tokens[:index]), text)
        try:
            tree = parser.feed_token(Token.new_borrow_pos("$END", "", tokens[-1]))
        except UnexpectedToken:
            column, hint = len(text.rstrip()) + 1, f"expected {_expectation(_accepted_after(tokens))}"
            raise TranslationError(f"column {column}: the query ends too early", column=column, hint=hint) from None
        try:
            chain: Chain = reader.transform(tree)
        except VisitError as error:
            raise error.orig_exc from None
        return chain

    def _refuse(self, tokens: Sequence[Token], index: int, expected: Collection[str], text: str) -> NoReturn:
        token, column = tokens[index], tokens[index].column or 1
        if token.type != "UNKNOWN":
            raise TranslationError(
                f"column {column}: {_surface(tokens, index, text)} does not fit here",
                column=column,
                hint=f"expected {_expectation(expected)}",
            )
        run = [str(token)]
        for following in tokens[index + 1 :]:
            if following.type != "UNKNOWN":
                break
            run.append(str(following))
        before_noun = index + len(run) < len(tokens) and tokens[index + len(run)].type in ("NOUN", "ADJ", "PAIR")
        if "NOUN" in expected and not before_noun:
            self._unknown_class(" ".join(run), column)
        near = [
            word
            for word, score, _ in process.extract(run[0], _suggestible(expected), scorer=fuzz.ratio, limit=2)
            if score >= 75
        ]
        hint = f"did you mean {' or '.join(near)}?" if near else f"expected {_expectation(expected)}"
        raise TranslationError(f"column {column}: unknown word {run[0]!r}", column=column, suggestions=near, hint=hint)

    def _unknown_class(self, phrase: str, column: int) -> NoReturn:
        hint = self._lexicon.explain(phrase)
        raise UnknownClassError(f"unknown class {phrase!r}", line=1, column=column, source="query", hint=hint)


def _surface(tokens: Sequence[Token], index: int, text: str) -> str:
    """What stands in the text for a token."""
    start = (tokens[index].column or 1) - 1
    end = (tokens[index + 1].column or 1) - 1 if index + 1 < len(tokens) else len(text)
    words = " ".join(text[start:end].split()).rstrip(" -")
    return f"the mark {words!r}" if tokens[index].type in ("COMMA", "STOP") else repr(words)


def _expectation(expected: Collection[str]) -> str:
    """What could stand here, in words."""
    found = [words for words, terminals in _EXPECTATIONS if terminals & set(expected)]
    return ", ".join(found) if found else "another word"


def _suggestible(expected: Collection[str]) -> list[str]:
    """The phrases that would be accepted here, to look for a slip of the pen among."""
    return [
        phrase
        for phrase, (terminal, _) in PHRASES.items()
        if terminal in expected and not terminal.startswith("IMAGES")
    ]
