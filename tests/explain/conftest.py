"""The bundled sample, and proofs of it."""

from __future__ import annotations

import pytest

import rune_pl
from rune_pl.explain import explain
from rune_pl.resources import sample_path

RULES = {
    "relation": "retrieve :- object(A, ship), object(B, harbor), near(A, B).",
    "negation": "retrieve :- object(A, ship), \\+ (object(B, small_vehicle), near(A, B)).",
    "count": "retrieve :- at_least(3, A, (object(A, ship), object(B, harbor), near(A, B))), \\+ object(_, bridge).",
    "universal": "retrieve :- forall(object(A, ship), (object(B, harbor), near(A, B))), object(C, ship), large(C).",
    "more": "retrieve :- more(A, object(A, ship), B, object(B, harbor)), (object(C, ship) ; object(C, plane)).",
}


@pytest.fixture(scope="session")
def sample():
    """The bundled archive."""
    return rune_pl.open_archive(sample_path() / "archive")


@pytest.fixture(scope="session")
def proof_of(sample):
    """A function: the proof of one of `RULES` for an image."""

    def make(name, image="marina_029", **options):
        return explain(sample, image, sample.prepare(rule=RULES[name]), **options)

    return make
