"""The query sets of `benchmarks/queries/`: their gold rules are rules of the language, the files as they say."""

from __future__ import annotations

import re
from collections import Counter

import pytest
import yaml

from rune_pl.language import Library, Vocabulary, check_program, parse_program
from rune_pl.language.equivalence import Normalizer

SETS = ["english", "real"]
LEVELS = range(1, 7)
LIBRARY = Library.load()


@pytest.fixture(scope="module")
def folder(repository):
    return repository / "benchmarks" / "queries"


def read(folder, name):
    path = folder / f"{name}.yaml"
    if not path.exists():
        pytest.skip(f"there is no {path.name}")
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.fixture(params=SETS)
def queries(request, folder):
    """What a file says."""
    return read(folder, request.param)


def vocabulary(folder, ontology):
    return Vocabulary.load(None if ontology == "dota" else folder / ontology)


def plain(text):
    """The words of a text, so that texts which differ only in case or punctuation are the same."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold())) or text.strip()


def test_fields(queries):
    assert set(queries) == {"ontology", "queries"}
    for query in queries["queries"]:
        assert {"text", "level", "rules"} <= set(query) <= {"text", "level", "rules", "ignored", "tags", "source"}
        assert isinstance(query["text"], str) and query["text"].strip() == query["text"] != ""
        assert query["level"] in LEVELS
        assert query["rules"] and all(isinstance(rule, str) for rule in query["rules"])
        assert all(word.casefold() in query["text"].casefold() for word in query.get("ignored", [])), query["text"]
        assert all(re.fullmatch(r"[a-z]+", tag) for tag in query.get("tags", [])), query["text"]


def test_texts_are_distinct(queries):
    texts = Counter(plain(query["text"]) for query in queries["queries"])
    assert [text for text, times in texts.items() if times > 1] == []


def test_gold_rules_check(queries, folder):
    words = vocabulary(folder, queries["ontology"])
    normalizer = Normalizer(LIBRARY)
    for query in queries["queries"]:
        forms = []
        for rule in query["rules"]:
            # Classes stand under their own names, not under a synonym.
            assert set(re.findall(r"\bobject\(\w+, (\w+)\)", rule)) <= {*words.classes, *words.groups}, rule
            checked = check_program(parse_program(rule), library=LIBRARY, vocabulary=words)
            assert not checked.warnings, rule
            forms.append(normalizer.normal_form(checked.program))
        assert len(set(forms)) == len(forms), f"rules of {query['text']!r} say the same"


def test_english_has_all_levels(folder):
    levels = Counter(query["level"] for query in read(folder, "english")["queries"])
    assert sorted(levels) == list(LEVELS)
    assert min(levels.values()) >= 35


def test_refused(folder):
    refused = read(folder, "refused")
    assert set(refused) == {"ontology", "texts"}
    vocabulary(folder, refused["ontology"])
    assert all(set(entry) == {"text", "why"} and isinstance(entry["text"], str) for entry in refused["texts"])
    texts = {plain(entry["text"]) for entry in refused["texts"]}
    assert len(texts) == len(refused["texts"]) >= 60
    assert not texts & {plain(q["text"]) for q in read(folder, "english")["queries"]}
