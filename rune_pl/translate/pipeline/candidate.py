"""One answer of a model on its way to a rule: parsed, its nouns resolved, checked, held against the text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rune_pl.errors import ForbiddenGoalError, LanguageError, TranslationError, UserError
from rune_pl.language.check import check_program
from rune_pl.language.equivalence import Normalizer
from rune_pl.language.library import Library
from rune_pl.language.parse import parse_program
from rune_pl.language.terms import Program
from rune_pl.language.verbalize import verbalize
from rune_pl.language.vocabulary import Vocabulary
from rune_pl.translate.pipeline.coverage import Coverage, compare
from rune_pl.translate.pipeline.grammar import HEAD
from rune_pl.translate.pipeline.hoisting import hoisted
from rune_pl.translate.pipeline.nouns import Noun, resolve_nouns

_START = re.compile(r"(?:[0-9.]+ *:: *)?\bretrieve *:-")
_LEAST_SHARE = 0.6  # of the words of a text that must be understood


@dataclass(frozen=True)
class Candidate:
    """A rule that may be run. `form` is equal for candidates that say the same."""

    program: Program
    nouns: tuple[Noun, ...]
    coverage: Coverage
    form: str
    reading: str

    @property
    def doubts(self) -> int:
        """How much speaks against it; a smaller one is the better translation."""
        return len(self.coverage.complaints)


class Examiner:
    """Makes candidates of answers. Nothing that a model writes is run: it is parsed as data, and refused by the checks
    that every rule goes through."""

    def __init__(self, library: Library, vocabulary: Vocabulary) -> None:
        self._library = library
        self._vocabulary = vocabulary
        self._normalizer = Normalizer(library)

    def examine(self, text: str, answer: str, *, finished: bool = True) -> Candidate:
        """The rule in an answer.

        Raises LanguageError for what is not a rule, and TranslationError for one that is not the query's.
        """
        if not finished:
            raise TranslationError("the model's answer does not end", hint="say it in fewer words")
        program = parse_program(extract(answer), source="model")
        if len(program.clauses) != 1 or any(c.probability is not None for c in program.clauses):
            raise ForbiddenGoalError("a translation is one rule without a probability", source="model")
        resolved, nouns = resolve_nouns(hoisted(program), self._vocabulary, text)
        checked = check_program(resolved, library=self._library, vocabulary=self._vocabulary).program
        coverage = compare(text, checked, nouns, self._vocabulary)
        grave = next((c for c in coverage.complaints if c.grave), None)
        if grave is not None:
            raise TranslationError(f"the model's rule is not what was asked: {grave.message}")
        if coverage.share < _LEAST_SHARE:
            shown = ", ".join(repr(w) for w in coverage.ignored[:6])
            raise TranslationError(
                "too much of the query is not understood", hint=f"these words are not known: {shown}"
            )
        reading = verbalize(checked, self._vocabulary)
        return Candidate(checked, nouns, coverage, self._normalizer.normal_form(checked), reading)


def extract(answer: str) -> str:
    """The rule in an answer that may have a code fence, an introduction, or lack the head that the prompt gave."""
    lines = [line.strip() for line in answer.strip().splitlines()]
    lines = [line for line in lines if line and not line.startswith("```")]
    text = " ".join(lines)
    start = _START.search(text)
    return f"{HEAD} {text}" if start is None else text[start.start() :]


def message_of(error: UserError) -> str:
    """What a model is told of an error: the message with its hint, without the place of a file."""
    hint = f" ({error.hint})" if error.hint else ""
    where = f"line {error.line}, column {error.column}: " if isinstance(error, LanguageError) and error.line else ""
    return f"{where}{error.message}{hint}"
