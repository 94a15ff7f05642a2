"""Objects that are spoken of outside the count they came in stand before it."""

from __future__ import annotations

import pytest

from rune_pl.language import parse_program
from rune_pl.translate.pipeline.hoisting import hoisted


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (
            "at_least(3, A, (object(A, t), object(B, g), near(A, B))), object(C, r), near(B, C)",
            "object(B, g), at_least(3, A, (object(A, t), near(A, B))), object(C, r), near(B, C)",
        ),
        (
            r"exactly(1, A, (object(A, s), object(B, b), near(A, B))), \+ (object(C, k), near(C, B))",
            r"object(B, b), exactly(1, A, (object(A, s), near(A, B))), \+ (object(C, k), near(C, B))",
        ),
    ],
)
def test_a_landmark_that_is_spoken_of_again_is_one_object(written, meant):
    assert str(hoisted(parse_program(f"retrieve :- {written}."))) == f"retrieve :- {meant}."


@pytest.mark.parametrize(
    "rule",
    [
        "at_least(3, A, (object(A, t), object(B, g), near(A, B)))",
        # each count has a landmark of its own
        "at_least(3, A, (object(A, t), object(B, g), near(A, B))), at_least(2, C, (object(C, s), object(B, r)))",
        # the landmark is there already
        "object(B, g), at_least(3, A, (object(A, t), near(A, B))), near(B, C), object(C, r)",
        # the counted objects themselves cannot be spoken of outside
        "at_least(3, A, object(A, t)), object(B, g), near(A, B)",
    ],
)
def test_all_else_stays_as_it_is(rule):
    assert str(hoisted(parse_program(f"retrieve :- {rule}."))) == f"retrieve :- {rule}."
