"""What a model is asked: the templates and examples of `prompts/`, filled in for a query."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml
from rapidfuzz import fuzz

from rune_pl.errors import UsageError
from rune_pl.language.library import Library
from rune_pl.language.vocabulary import Vocabulary
from rune_pl.resources import prompt_file
from rune_pl.translate.llm.model import Message, Prompt
from rune_pl.translate.pipeline.plain import make_plain
from rune_pl.translate.pipeline.scope import tidy
from rune_pl.translate.pipeline.spelling import Speller

_SHOWN_CLASSES = 120


@dataclass(frozen=True)
class Example:
    """A question with its rule, shown to a model that was not trained for the language."""

    question: str
    rule: str


@dataclass(frozen=True)
class PromptBook:
    """The texts of one folder of prompts.

    `system` describes the language, with `{classes}` and `{predicates}` to be filled in; `tuned` is what the fine-tuned
    model continues, with `{query}`; `repair` has `{error}`; `examples` are chosen from by likeness to the query.
    """

    version: int
    system: str
    tuned: str
    repair: str
    examples: tuple[Example, ...]

    @classmethod
    def load(cls, folder: Path | None = None) -> PromptBook:
        """The book that ships, or one of the user's own with the same four files.

        Raises UsageError: a file is missing or not as described in docs/translation.md.
        """

        def text(name: str) -> str:
            path = prompt_file(name) if folder is None else folder / name
            try:
                return path.read_text(encoding="utf-8").rstrip("\n")
            except (OSError, UnicodeDecodeError) as error:
                raise UsageError(f"cannot read the prompt {path}: {error}") from None

        try:
            data = yaml.safe_load(text("examples.yaml"))
            examples = tuple(Example(str(e["question"]), str(e["rule"])) for e in data["examples"])
            book = cls(int(data["version"]), text("system.md"), text("tuned.txt"), text("repair.md"), examples)
        except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
            raise UsageError(
                f"examples.yaml is not as expected: {error!r}", hint="it has a version and a list of question and rule"
            ) from None
        for name, template, field in (("tuned.txt", book.tuned, "{query}"), ("repair.md", book.repair, "{error}")):
            if field not in template:
                raise UsageError(f"the prompt {name} has no {field}")
        return book

    @cached_property
    def sha256(self) -> str:
        """The hash of all texts, for the audit trail."""
        parts = [
            str(self.version),
            self.system,
            self.tuned,
            self.repair,
            *(f"{e.question}\n{e.rule}" for e in self.examples),
        ]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def prompt(self, query: str, *, library: Library, vocabulary: Vocabulary, shots: int = 8) -> Prompt:
        """The prompt for a query, in both of its forms."""
        messages = [Message("system", self._system(library, vocabulary))]
        for example in self._like(query, shots):
            messages += [Message("user", f"Question: {example.question}"), Message("assistant", example.rule)]
        messages.append(Message("user", f"Question: {query}"))
        return Prompt(self.tuned.replace("{query}", query.lower()), tuple(messages))

    def repair_prompt(self, prompt: Prompt, answer: str, error: str) -> Prompt:
        """The conversation gone on with the answer that was refused, and why."""
        more = (Message("assistant", answer), Message("user", self.repair.replace("{error}", error)))
        return Prompt(prompt.text, (*prompt.messages, *more))

    def _like(self, query: str, shots: int) -> Sequence[Example]:
        """The examples most like the query, the likest last, where models heed it most."""
        ranked = sorted(
            self.examples, key=lambda e: fuzz.token_set_ratio(query.lower(), e.question.lower()), reverse=True
        )
        return ranked[:shots][::-1]

    def _system(self, library: Library, vocabulary: Vocabulary) -> str:
        classes = ", ".join(vocabulary.classes[:_SHOWN_CLASSES])
        groups = ", ".join(vocabulary.groups)
        left_out = _LEFT_OUT | foreign_files(vocabulary)
        predicates = "\n".join(
            f"- {p.signature}: {p.summary}"
            for p in library.predicates.values()
            if not p.internal and p.file.name not in left_out and p.name != "object"
        )
        listed = f"{classes}." + (f" Groups: {groups}." if groups else "")
        return self.system.replace("{classes}", listed).replace("{predicates}", predicates)


@dataclass(frozen=True)
class Question:
    """A query on its way to a model: tidied and mended, what was mended, and the prompt."""

    query: str
    mended: tuple[tuple[str, str], ...]
    prompt: Prompt


class Asking:
    """Makes questions of texts, for one library and one vocabulary."""

    def __init__(self, library: Library, vocabulary: Vocabulary, book: PromptBook | None = None) -> None:
        self.book = book or PromptBook.load()
        self._library = library
        self._vocabulary = vocabulary
        self._speller = Speller(vocabulary)

    def question(self, text: str) -> Question:
        """The question of a text. Raises TranslationError for what a model is not asked at all."""
        query, mended = self._speller.mend(tidy(text, self._vocabulary))
        plain = make_plain(query, self._vocabulary)
        return Question(query, mended, self.book.prompt(plain, library=self._library, vocabulary=self._vocabulary))


def foreign_files(vocabulary: Vocabulary) -> frozenset[str]:
    """The library files that are about a field of whose classes the vocabulary has none."""
    return frozenset(name for name, word in _FIELDS if not vocabulary.knows(word))


# Library files about one field, and a class of it. The fine-tuned model was not trained with them.
_FIELDS = (("flood.pl", "flooded_building"),)
FIELD_FILES = frozenset(name for name, _ in _FIELDS)
# Measures and operators, which the text of the template describes or which questions in English do not need.
_LEFT_OUT = frozenset({"geometry.pl", "measures.pl", "language.pl"})
