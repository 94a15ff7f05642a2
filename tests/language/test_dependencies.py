"""What a program must know of an image."""

from __future__ import annotations

import pytest

from rune_pl.language.check import check_program
from rune_pl.language.library import Library
from rune_pl.language.parse import parse_program
from rune_pl.language.vocabulary import Vocabulary

LIBRARY = Library.load()
VOCABULARY = Vocabulary.load()


@pytest.mark.parametrize(
    ("rule", "needs"),
    [
        ("retrieve :- object(A, ship), D = px(10), longer_than(A, D).", set()),
        ("retrieve :- object(A, ship), (D = px(10) ; D = px(20)), longer_than(A, D).", set()),
        ("retrieve :- object(A, ship), (D = px(10) ; D = 50), longer_than(A, D).", {"gsd"}),
        ("retrieve :- long(_, px(10)).\nlong(A, D) :- object(A, ship), longer_than(A, D).", set()),
        ("retrieve :- long(_, 10).\nlong(A, D) :- object(A, ship), longer_than(A, D).", {"gsd"}),
        # The length is in pixels, and the ground sampling distance is asked for all the same.
        ("retrieve :- long(_, px(10)).\nlong(A, D) :- object(A, ship), longer_than(A, D), gsd(S), S < 1.", {"gsd"}),
    ],
)
def test_metres_are_found_wherever_they_come_from(rule, needs):
    checked = check_program(parse_program(rule), library=LIBRARY, vocabulary=VOCABULARY)
    assert checked.needs == needs
