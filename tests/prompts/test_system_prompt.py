"""The description of the language for a language model says nothing that the language does not have."""

from __future__ import annotations

import re

import pytest

from rune_pl.language import Library, Vocabulary, check_text
from rune_pl.resources import prompt_files

(PROMPT,) = (path.read_text(encoding="utf-8") for path in prompt_files() if path.name == "system.md")
SECTIONS = dict(re.findall(r"^# (.+?)\n\n(.*?)(?=^# |\Z)", PROMPT, re.MULTILINE | re.DOTALL))
EXAMPLES = re.findall(r"^Question: (.+)\n(retrieve :- .+)$", SECTIONS["Examples"], re.MULTILINE)


@pytest.fixture(scope="module")
def library():
    return Library.load()


def test_there_are_examples():
    assert len(EXAMPLES) == SECTIONS["Examples"].count("retrieve") >= 7


@pytest.mark.parametrize(("question", "rule"), EXAMPLES)
def test_every_example_is_a_rule_without_a_remark(library, question, rule):
    report = check_text(rule, library=library, vocabulary=Vocabulary.load())
    assert report.errors == ()
    assert report.checked is not None


def test_every_predicate_named_is_in_the_library(library):
    calls = re.findall(r"([a-z_]+)\(([^()]*)\)", SECTIONS["Predicates"])
    assert len(calls) > 30
    assert [(name, a) for name, a in calls if (name, a.count(",") + 1) not in library.predicates] == []


def test_every_class_of_the_vocabulary_is_named():
    words = set(re.findall(r"[a-z_]+", SECTIONS["Classes"]))
    assert set(Vocabulary.load().classes) <= words


def test_every_region_named_is_one(library):
    regions = re.search(r"one\s+of ([a-z_, \n]+)", SECTIONS["Predicates"])[1].replace("\n", " ").split(",")
    for region in (name.strip() for name in regions):
        rule = f"retrieve :- object(A, ship), in_region(A, {region})."
        assert check_text(rule, library=library, vocabulary=Vocabulary.load()).errors == ()
