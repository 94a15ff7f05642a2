"""The sample with simulated detections, and proofs of it."""

from __future__ import annotations

from pathlib import Path

import pytest

import rune_pl
from rune_pl.explain import explain

SIMULATED = Path(__file__).parents[1] / "data" / "simulated" / "archive"
RULES = {
    "relation": "retrieve :- object(A, ship), object(B, harbor), near(A, B).",
    "negation": "retrieve :- object(A, ship), \\+ (object(B, small_vehicle), near(A, B)).",
    "count": "retrieve :- at_least(3, A, (object(A, ship), object(B, harbor), near(A, B))), \\+ object(_, bridge).",
    "universal": "retrieve :- forall(object(A, ship), (object(B, harbor), near(A, B))), object(C, ship), large(C).",
    "more": "retrieve :- more(A, object(A, ship), B, object(B, harbor)), (object(C, ship) ; object(C, plane)).",
}


@pytest.fixture(scope="session")
def sample():
    """Facts that do not change when the demo detector does."""
    return rune_pl.open_archive(SIMULATED)


@pytest.fixture(scope="session")
def proof_of(sample):
    """A function: the proof of one of `RULES` for an image."""

    def make(name, image="marina_029", **options):
        return explain(sample, image, sample.prepare(rule=RULES[name]), **options)

    return make
