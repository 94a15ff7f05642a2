"""Forty hand-written queries through the real model, with each package that runs it: most come out exactly right."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from rune_pl.errors import LanguageError, TranslationError
from rune_pl.language import Library, Vocabulary, check_program, parse_program
from rune_pl.language.equivalence import Normalizer
from rune_pl.translate import make_translator
from rune_pl.translate.llm.local import RUNTIMES
from rune_pl.translate.llm.store import KNOWN, is_installed

QUERIES = Path(__file__).resolve().parents[2] / "benchmarks" / "queries"
FLOOR = 0.8


@pytest.mark.llm
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_four_of_five_queries_become_the_right_rule(runtime):
    if find_spec(RUNTIMES[runtime][0]) is None:
        pytest.skip(f"{runtime} is not installed")
    if not is_installed(KNOWN["smollm2-135m"]):
        pytest.skip("the model is not installed: rune-pl models install smollm2-135m")
    library, vocabulary = Library.load(), Vocabulary.load(QUERIES / "land.yaml")
    normalizer = Normalizer(library)
    translator = make_translator("llama", library=library, vocabulary=vocabulary, runtime=runtime)

    def form(rule: str) -> str:
        return normalizer.normal_form(
            check_program(parse_program(rule), library=library, vocabulary=vocabulary).program
        )

    data = yaml.safe_load((QUERIES / "english.yaml").read_text(encoding="utf-8"))
    marked = data["queries"][::6][:40]
    assert len(marked) == 40
    right = 0
    for query in marked:
        try:
            made = form(translator.translate(query["text"]).rule)
        except (TranslationError, LanguageError):
            continue
        right += any(made == form(gold) for gold in query["rules"])
    assert right >= FLOOR * len(marked), f"{right} of {len(marked)}"
