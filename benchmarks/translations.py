"""Query sets, and how a translator does on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import yaml
from twins import Twins

from rune_pl.errors import LanguageError, TranslationError
from rune_pl.language.check import check_program
from rune_pl.language.equivalence import Normalizer
from rune_pl.language.library import Library
from rune_pl.language.parse import parse_program
from rune_pl.language.terms import Program
from rune_pl.language.vocabulary import Vocabulary
from rune_pl.translate import Translator

QUERIES = Path(__file__).with_name("queries")


@dataclass(frozen=True)
class Case:
    """A text with the rules that are right; none of them where it must be refused."""

    text: str
    rules: tuple[str, ...]
    level: int = 0


@dataclass(frozen=True)
class Outcome:
    """What a translator made of a case. `rule` is None where it refused, and `error` says why."""

    case: Case
    rule: str | None
    error: str | None
    seconds: float
    exact: bool = False
    same: bool = False  # the same marginals; true of all that is exact

    @property
    def refused(self) -> bool:
        return self.rule is None


def read_set(name: str) -> tuple[list[Case], Vocabulary]:
    """A set of `benchmarks/queries/` by its file name, and the vocabulary that its rules are written in."""
    data = yaml.safe_load((QUERIES / name).read_text(encoding="utf-8"))
    ontology = data.get("ontology", "dota")
    # A file beside the set, or an ontology that ships, by its name.
    shipped = None if ontology == "dota" else ontology
    vocabulary = Vocabulary.load(QUERIES / ontology if ontology.endswith(".yaml") else shipped)
    if "texts" in data:
        return [Case(entry["text"], ()) for entry in data["texts"]], vocabulary
    # Sets for the translator have a text with its rules, those for retrieval a rule with its wordings.
    return [
        Case(text, tuple(q["rules"] if "rules" in q else [q["rule"]]), q["level"])
        for q in data["queries"]
        for text in ([q["text"]] if isinstance(q["text"], str) else q["text"])
    ], vocabulary


class Judge:
    """Decides whether a rule is one of the right ones."""

    def __init__(self, library: Library, vocabulary: Vocabulary) -> None:
        self._library = library
        self._vocabulary = vocabulary
        self._normalizer = Normalizer(library)
        self._twins = Twins(library, vocabulary)

    def run(self, translator: Translator, cases: Sequence[Case]) -> Iterator[Outcome]:
        """The outcome of each case, one by one."""
        for case in cases:
            started = perf_counter()
            try:
                rule = translator.translate(case.text).rule
            except (TranslationError, LanguageError) as error:
                yield Outcome(case, None, str(error), perf_counter() - started)
                continue
            seconds = perf_counter() - started
            exact, same = self.verdict(rule, case.rules)
            yield Outcome(case, rule, None, seconds, exact, same)

    def verdict(self, rule: str, golds: Sequence[str]) -> tuple[bool, bool]:
        """Whether the rule says the same as one of the golds, and whether it gives the same marginals."""
        made = self._checked(rule)
        right = [self._checked(gold) for gold in golds]
        form = self._normalizer.normal_form(made)
        if any(form == self._normalizer.normal_form(gold) for gold in right):
            return True, True
        return False, any(self._twins.same(made, gold) for gold in right)

    def _checked(self, rule: str) -> Program:
        return check_program(parse_program(rule), library=self._library, vocabulary=self._vocabulary).program
