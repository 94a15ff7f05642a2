"""What language models are told says nothing that the language does not have."""

from __future__ import annotations

import pytest

from rune_pl.errors import UsageError
from rune_pl.language import Library, Vocabulary, check_text
from rune_pl.language.equivalence import Normalizer
from rune_pl.language.parse import parse_program
from rune_pl.translate.pipeline.prompts import PromptBook

BOOK = PromptBook.load()
EXAMPLES = [(e.question, e.rule) for e in BOOK.examples]


@pytest.fixture(scope="module")
def library():
    return Library.load()


@pytest.mark.parametrize(("question", "rule"), EXAMPLES)
def test_every_example_is_a_rule(library, question, rule):
    report = check_text(rule, library=library, vocabulary=Vocabulary.load())
    assert report.errors == ()


def test_no_two_examples_say_the_same(library):
    normalizer = Normalizer(library)
    assert len({normalizer.normal_form(parse_program(rule)) for _, rule in EXAMPLES}) == len(EXAMPLES) >= 20


def test_the_system_text_lists_classes_and_predicates(library):
    system = BOOK.prompt("a ship", library=library, vocabulary=Vocabulary.load()).messages[0].content
    assert "storage_tank" in system
    assert "- near(A, B, D): " in system
    assert "{classes}" not in system and "{predicates}" not in system
    assert "overlap_area" not in system


def test_the_examples_most_like_the_question_come_last(library):
    prompt = BOOK.prompt("a ship near a big harbor", library=library, vocabulary=Vocabulary.load(), shots=3)
    assert prompt.messages[-1].content == "Question: a ship near a big harbor"
    assert prompt.messages[-3].content == "Question: a ship near a harbor"
    assert len(prompt.messages) == 1 + 2 * 3 + 1


def test_the_tuned_model_reads_lower_case(library):
    assert BOOK.prompt("A Ship", library=library, vocabulary=Vocabulary.load()).text == "Q: a ship\nR: retrieve :-"


def test_a_repair_goes_on_with_the_conversation(library):
    prompt = BOOK.prompt("a ship", library=library, vocabulary=Vocabulary.load())
    repaired = BOOK.repair_prompt(prompt, "retrieve :- ship.", "unknown predicate ship/0")
    assert [m.role for m in repaired.messages[-2:]] == ["assistant", "user"]
    assert "unknown predicate ship/0" in repaired.messages[-1].content


def test_a_book_without_its_fields_is_refused(tmp_path):
    for name in ("system.md", "repair.md", "tuned.txt"):
        (tmp_path / name).write_text("nothing to fill in", encoding="utf-8")
    (tmp_path / "examples.yaml").write_text("version: 1\nexamples: []", encoding="utf-8")
    with pytest.raises(UsageError, match=r"tuned.txt has no \{query\}"):
        PromptBook.load(tmp_path)
    (tmp_path / "examples.yaml").write_text("examples: 7", encoding="utf-8")
    with pytest.raises(UsageError, match="examples.yaml is not as expected"):
        PromptBook.load(tmp_path)


def test_rules_about_floods_are_told_where_the_classes_are_theirs(library):
    def system(words):
        return BOOK.prompt("a ship", library=library, vocabulary=words).messages[0].content

    assert "isolated_building" not in system(Vocabulary.load())
    assert "- isolated_building(B): " in system(Vocabulary.load("flood"))
