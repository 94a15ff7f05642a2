"""The questions of `benchmarks/queries/flood.yaml`: their rules are rules of the language, the file is as it says."""

from __future__ import annotations

import re
from collections import Counter

import pytest
import yaml

from rune_pl.language import Library, Vocabulary, check_program, parse_program
from rune_pl.language.equivalence import Normalizer
from rune_pl.translate import ControlledEnglish

LIBRARY, WORDS = Library.load(), Vocabulary.load("flood")


@pytest.fixture(scope="module")
def queries(repository):
    given = yaml.safe_load((repository / "benchmarks" / "queries" / "flood.yaml").read_text(encoding="utf-8"))
    assert set(given) == {"ontology", "queries"} and given["ontology"] == "flood"
    return given["queries"]


def normal_form(rule):
    checked = check_program(parse_program(rule), library=LIBRARY, vocabulary=WORDS)
    assert not checked.warnings, rule
    return Normalizer(LIBRARY).normal_form(checked.program)


def test_fields(queries):
    assert len(queries) >= 30
    assert set(Counter(q["level"] for q in queries)) == set(range(1, 7))
    for query in queries:
        assert set(query) == {"id", "text", "rule", "level", "tags"}
        assert len(query["text"]) == 3
        assert all(re.fullmatch("[a-z]+", tag) for tag in query["tags"])
    texts = [text.casefold() for query in queries for text in query["text"]]
    assert len(set(texts)) == len(texts)


def test_rules_check_and_differ(queries):
    forms = [normal_form(query["rule"]) for query in queries]
    assert len(set(forms)) == len(forms)
    own = {p.name for p in LIBRARY.predicates.values() if p.file.name == "flood.pl" and not p.internal}
    asked = {name for query in queries for name in re.findall(r"[a-z_]+(?=\()", query["rule"])}
    assert len(own & asked) >= 10


def test_controlled_english_reads_what_is_marked(queries):
    translator = ControlledEnglish(WORDS)
    marked = [query for query in queries if "controlled" in query["tags"]]
    assert len(marked) >= 20
    for query in marked:
        assert normal_form(translator.translate(query["text"][0]).rule) == normal_form(query["rule"])
