"""Nouns as a model wrote them, and the classes that they mean."""

from __future__ import annotations

import pytest

from rune_pl.errors import UnknownClassError
from rune_pl.language import Vocabulary, parse_program
from rune_pl.translate.pipeline.nouns import resolve_noun, resolve_nouns

VOCABULARY = Vocabulary.load().with_classes(["body_of_water", "street", "street_lane", "ad_board", "notice_board"])
BODY = parse_program("retrieve :- object(A, body).")
BOARD = parse_program("retrieve :- object(A, board).")


def test_a_verb_after_the_noun_is_no_part_of_it():
    assert resolve_noun("street_line", VOCABULARY).meaning == "street"


def test_a_part_of_a_noun_of_the_text_is_that_noun():
    program, (noun,) = resolve_nouns(BODY, VOCABULARY, "withered bodies-of-water and a ship")
    assert str(program) == "retrieve :- object(A, body_of_water)."
    assert noun.note == "'body' was taken for 'body of water'"


@pytest.mark.parametrize("text", ["", "a board", "an ad board near a notice board"])
def test_a_part_of_no_noun_or_of_several_stays_unknown(text):
    with pytest.raises(UnknownClassError):
        resolve_nouns(BOARD, VOCABULARY, text)
