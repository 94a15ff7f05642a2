"""Controlled English for what is left of a query without adjectives that no rule can say."""

from __future__ import annotations

import pytest

from rune_pl.errors import TranslationError
from rune_pl.language import Library, Vocabulary
from rune_pl.translate import ControlledEnglish, make_translator
from rune_pl.translate.pipeline.reduced import ReducedEnglish

VOCABULARY = Vocabulary.load()


@pytest.fixture(scope="module")
def reduced() -> ReducedEnglish:
    return ReducedEnglish(ControlledEnglish(VOCABULARY), VOCABULARY)


def test_colours_and_the_like_are_left_out_and_named(reduced: ReducedEnglish) -> None:
    found = reduced.translate("a dark red ship near an old harbor")
    assert found.rule == "retrieve :- object(A, ship), object(B, harbor), near(A, B)."
    assert found.text == "a dark red ship near an old harbor"
    assert found.notes == ("not part of the rule, as detections do not show it: 'dark', 'red', 'old'",)


def test_slips_of_the_pen_are_mended_and_named(reduced: ReducedEnglish) -> None:
    found = reduced.translate("a ship near a harbro")
    assert found.rule == "retrieve :- object(A, ship), object(B, harbor), near(A, B)."
    assert found.notes == ("'harbro' was read as 'harbor'",)


@pytest.mark.parametrize("text", ["a ship that glows", "a red ship over a harbor", "a flooded ship near a red harbor"])
def test_other_words_stay_unknown(reduced: ReducedEnglish, text: str) -> None:
    with pytest.raises(TranslationError):
        reduced.translate(text)


def test_auto_asks_it_before_it_looks_for_a_model() -> None:
    auto = make_translator("auto", library=Library.load(), vocabulary=VOCABULARY, model="/no/such/model.gguf")
    found = auto.translate("red ships and a plane are near a harbor")
    assert found.translator == "controlled-english"
    assert found.rule == "retrieve :- object(A, harbor), object(B, ship), near(B, A), object(C, plane), near(C, A)."
