"""Slips of the pen are mended, and nothing else is touched."""

from __future__ import annotations

import pytest

from rune_pl.language import Vocabulary
from rune_pl.translate.pipeline.spelling import Speller, mended_superlative

SPELLER = Speller(Vocabulary.load())


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("a brige near a roundabuot", "a bridge near a roundabout"),
        ("two Helicoptors", "two helicopters"),
        ("storge tanks by the harbr", "storage tanks by the harbor"),
        ("a shpi", "a ship"),
    ],
)
def test_nouns_are_mended(text, mended):
    assert SPELLER.mend(text)[0] == mended


def test_what_was_changed_is_told():
    assert SPELLER.mend("a shipp near a brige")[1] == (("shipp", "ship"), ("brige", "bridge"))


@pytest.mark.parametrize(
    "text",
    [
        "a ship near a harbor",
        "ships, harbours and swimming pools; wharves",
        "a road bridged by a crane",  # no noun of the vocabulary, and no slip of the pen
        "a submarine",
        "a bus at the top",
        "the tiniest of them isn't elongated",
        "piers parked vans trucked",
    ],
)
def test_what_is_right_or_unknown_stays(text):
    assert SPELLER.mend(text) == (text, ())


@pytest.mark.parametrize(
    ("word", "meant"),
    [("smalllest", "smallest"), ("bigest", "biggest"), ("nearst", "nearest"), ("tallest", None), ("fastest", None)],
)
def test_a_slip_in_a_superlative_is_no_other_superlative(word, meant):
    assert mended_superlative(word) == meant
    assert SPELLER.mend(f"the {word} ship")[0] == f"the {meant or word} ship"
