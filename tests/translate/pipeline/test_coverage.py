"""What a text says and its rule does not, and the reverse."""

from __future__ import annotations

import pytest

from rune_pl.language import Vocabulary, parse_program
from rune_pl.translate.pipeline.coverage import compare
from rune_pl.translate.pipeline.nouns import Noun

VOCABULARY = Vocabulary.load().with_classes(["residential_area", "storage_tank", "ship"])


def noun(name):
    return Noun(name, name)


@pytest.mark.parametrize("text", ["some residential areas", "some residential-areas", "a residential-area"])
def test_a_noun_with_a_hyphen_is_the_noun(text):
    found = compare(
        text, parse_program("retrieve :- object(A, residential_area)."), [noun("residential_area")], VOCABULARY
    )
    assert [c.message for c in found.complaints] == []


def test_a_noun_that_the_text_does_not_have_is_grave():
    found = compare("a storage-tank", parse_program("retrieve :- object(A, ship)."), [noun("ship")], VOCABULARY)
    assert next((c.message, c.grave) for c in found.complaints) == ("the query does not speak of 'ship'", True)


def test_equality_may_be_a_denial():
    program = parse_program("retrieve :- \\+ more(A, object(A, ship), B, object(B, storage_tank)).")
    nouns = [noun("ship"), noun("storage_tank")]
    assert not compare("at most as many ships as storage tanks", program, nouns, VOCABULARY).complaints
    assert compare("ships and storage tanks", program, nouns, VOCABULARY).complaints
