"""The normal form of programs, on pairs that say the same and pairs that do not."""

from __future__ import annotations

import pytest

from rune_pl.language import Library, parse_program
from rune_pl.language.equivalence import Normalizer

SAME = [
    ("object(A, ship), object(B, harbor), near(A, B)", "object(X, harbor), object(Y, ship), near(Y, X)"),
    ("object(A, ship), object(B, harbor), near(A, B)", "object(A, ship), object(B, harbor), near(B, A)"),
    ("object(A, ship), object(B, harbor), right_of(A, B)", "object(A, ship), object(B, harbor), left_of(B, A)"),
    ("object(A, ship), object(B, harbor), contains(B, A)", "object(A, ship), object(B, harbor), inside(A, B)"),
    ("at_most(2, A, object(A, ship))", r"\+ at_least(3, A, object(A, ship))"),
    ("exactly(2, A, object(A, ship))", "at_most(2, A, object(A, ship)), at_least(2, B, object(B, ship))"),
    ("forall(object(A, ship), large(A))", r"\+ (object(B, ship), \+ large(B))"),
    (
        "object(A, ship), (large(A) ; small(A))",
        "(object(A, ship), small(A) ; object(B, ship), large(B))",
    ),
    (
        r"forall(object(A, ship), \+ (object(B, p), near(A, B))), \+ object(B, q)",
        r"\+ object(_, q), \+ (object(X, ship), object(Y, p), near(X, Y))",
    ),
    ("object(A, ship), longer_than(A, 50)", "object(A, ship), longer_than(A, 50.0)"),
    ("object(_, ship)", "object(A, ship), object(A, ship)"),
    (r"\+ object(_, ship)", r"\+ object(B, ship)"),
    (
        "object(A, p), object(B, p), object(C, p), near(A, B), near(B, C)",
        "object(C, p), object(A, p), object(B, p), near(C, A), near(A, B)",
    ),
    (
        "object(A, p), object(B, q), object(C, q), between(A, B, C)",
        "object(A, p), object(B, q), object(C, q), between(A, C, B)",
    ),
    (
        r"object(A, ship), \+ (object(B, p), near(A, B)), \+ (object(B, q), near(A, B))",
        r"object(A, ship), \+ (object(C, q), near(A, C)), \+ (object(B, p), near(A, B))",
    ),
    (
        "more(A, object(A, ship), B, (object(B, p), large(B)))",
        "more(X, object(X, ship), Y, (large(Y), object(Y, p)))",
    ),
    (
        "object(H, harbor), at_least(3, S, (object(S, ship), near(S, H)))",
        "object(A, harbor), at_least(3, B, (near(A, B), object(B, ship)))",
    ),
]

DIFFERENT = [
    ("object(A, ship), object(B, harbor), left_of(A, B)", "object(A, ship), object(B, harbor), left_of(B, A)"),
    ("object(A, ship), large(A), object(B, ship)", "object(A, ship), object(B, ship), large(A), large(B)"),
    ("at_least(2, A, object(A, ship))", "at_least(3, A, object(A, ship))"),
    (
        r"object(A, ship), \+ (object(B, p), near(A, B))",
        r"object(A, ship), \+ (object(A, p), object(B, p), near(A, B))",
    ),
    (
        "object(A, p), object(B, p), object(C, p), near(A, B), near(B, C)",
        "object(A, p), object(B, p), object(C, p), near(A, B), near(A, C), near(B, C)",
    ),
    ("object(A, ship) ; object(B, plane)", "object(A, ship), object(B, plane)"),
    ("object(A, ship), near(A, B, 50), object(B, p)", "object(A, ship), near(A, B, px(50)), object(B, p)"),
    (
        "object(H, harbor), at_least(3, S, (object(S, ship), near(S, H)))",
        "at_least(3, S, (object(S, ship), object(H, harbor), near(S, H)))",
    ),
]


@pytest.fixture(scope="module")
def normalizer() -> Normalizer:
    return Normalizer(Library.load())


def form(normalizer: Normalizer, body: str) -> str:
    return normalizer.normal_form(parse_program(f"retrieve :- {body}."))


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_says_the_same_has_the_same_form(normalizer: Normalizer, one: str, other: str) -> None:
    assert form(normalizer, one) == form(normalizer, other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_says_something_else_has_another_form(normalizer: Normalizer, one: str, other: str) -> None:
    assert form(normalizer, one) != form(normalizer, other)


def test_two_clauses_are_a_disjunction(normalizer: Normalizer) -> None:
    two = parse_program("retrieve :- object(A, ship).\nretrieve :- object(A, plane).")
    assert normalizer.equivalent(two, parse_program("retrieve :- object(B, plane) ; object(A, ship)."))
