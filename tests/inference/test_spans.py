"""How far apart two objects can be, read off the text of rules."""

from __future__ import annotations

import pytest

from rune_pl.inference.normal_form import requirements
from rune_pl.inference.query import Query
from rune_pl.inference.spans import Span, span_of
from rune_pl.language.check import check_program
from rune_pl.language.library import Library
from rune_pl.language.parse import parse_program
from rune_pl.language.vocabulary import Vocabulary

LIBRARY, VOCABULARY = Library.load(), Vocabulary.load()


def span(text):
    rule = f"retrieve :- object(A, ship), object(B, harbor), {text}."
    checked = check_program(parse_program(rule), library=LIBRARY, vocabulary=VOCABULARY)
    query = Query(checked, LIBRARY)
    (found,) = requirements(query, ("ship", "harbor"))
    (one, _), (two, _) = found.objects
    return span_of(one, two, found.conditions, query.relations)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("near(A, B)", Span(sides=2.0, apart=True)),
        ("near(B, A)", Span(sides=2.0, apart=True)),
        ("near(A, B, px(30))", Span(pixels=30.0, apart=True)),
        ("near(A, B, 30)", Span(metres=30.0, apart=True)),
        ("adjacent(A, B)", Span(sides=0.5, apart=True)),
        ("touching(A, B)", Span(pixels=1.0, apart=True)),
        ("overlaps(A, B)", Span(apart=True)),
        ("inside(A, B)", Span(apart=True)),
        ("contains(A, B)", Span(apart=True)),
        ("gap(A, B, G), G < 20", Span(pixels=20.0)),
        ("gap(A, B, G), 20 > G, distinct(A, B)", Span(pixels=20.0, apart=True)),
        ("gap(A, B, G), long_side(A, L), G =< L / 4 + 3", Span(pixels=3.0, sides=0.25)),
        ("gap(A, B, G), long_side(A, L), G =< max(3 * L, 5) - 2", Span(pixels=5.0, sides=3.0)),
        ("near(A, B), near(A, B, px(5))", Span(sides=2.0, apart=True)),
        ("near(A, B, px(50)), near(A, B, px(5))", Span(pixels=5.0, apart=True)),
        ("(near(A, B, px(50)), left_of(A, B))", Span(pixels=50.0, apart=True)),
        ("near(A, B), left_of(A, B)", Span(sides=2.0, apart=True)),
        # What sets no bound, or none that can be read.
        ("left_of(A, B)", None),
        ("farther_than(A, B, px(30))", None),
        ("(near(A, B) ; left_of(A, B))", None),
        ("\\+ near(A, B)", None),
        ("gap(A, B, G), G > 20", None),
        ("gap(A, B, G), area(A, S), G < S", None),
        ("gap(A, B, G), long_side(A, L), G < 9 - (3 - L)", None),
        ("gap(A, B, G), long_side(A, L), long_side(B, M), G < L * M", None),
        ("cover(A, B, S), S >= 0", None),
    ],
)
def test_spans(text, expected):
    assert span(text) == expected
