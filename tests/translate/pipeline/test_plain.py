"""Adjectives that no rule can say are taken out where a noun follows, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from rune_pl.language import Vocabulary
from rune_pl.translate.pipeline.plain import make_plain

LAND = Vocabulary.load(Path(__file__).resolve().parents[3] / "benchmarks" / "queries" / "land.yaml")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Beside the spectacular sea is red and yellow sand.", "Beside the sea is sand."),
        ("an old, very dark green ship near a harbor", "a ship near a harbor"),
        ("two L-shaped white buildings", "two buildings"),
        ("a rusty orange oil tank", "an oil tank"),
        ("a grey huge pond", "a huge pond"),
        ("a pond near a road. The pond is dark green", "a pond near a road"),
        (
            "a pond near a road. The pond is dark green near a ship",
            "a pond near a road. The pond is dark green near a ship",
        ),
        ("a blue airplane", "an airplane"),
        ("this is a vast and modern port", "this is a large port"),
        ("a small, round pond", "a small pond"),
        ("a gigantic port beside a narrow river", "a large port beside a elongated river"),
    ],
)
def test_looks_are_taken_out(text, plain):
    assert make_plain(text, LAND) == plain


@pytest.mark.parametrize(
    "text",
    [
        "a large flooded road",
        "a swimming pool , a  small vehicle",
        "the sea is green",
        "another ship and other planes",
        "a green submarine",  # no class: its error should name it as it was written
        "dense trees",
    ],
)
def test_all_else_stays(text):
    assert make_plain(text, LAND) == text


def test_what_is_a_class_together_stays(tmp_path):
    ontology = tmp_path / "own.yaml"
    ontology.write_text(
        "extends: dota\nclasses:\n  stone_bridge:\n    synonyms: [old stone bridge]\n", encoding="utf-8"
    )
    own = Vocabulary.load(ontology)
    assert make_plain("an old stone bridge", own) == "an old stone bridge"
    assert make_plain("an old bridge", own) == "a bridge"
