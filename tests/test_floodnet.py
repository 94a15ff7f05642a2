"""FloodNet-VQA's questions as rules: a few of our own in its form, and all of them where they are."""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path

import pytest


@pytest.fixture
def floodnet(repository, monkeypatch):
    monkeypatch.syspath_prepend(str(repository / "benchmarks"))
    return importlib.import_module("floodnet")


def asked(*rows):
    keys = ("Image_ID", "Program", "Ground_Truth")
    return {str(n): dict(zip(keys, row, strict=True)) for n, row in enumerate(rows)}


def test_facts_follow_from_answers_and_answers_from_facts(floodnet):
    questions = asked(
        ("a.jpg", "Filter(Buildings) & Count", 5),
        ("a.jpg", "Filter(Buildings, Flooded) & Count", 2),
        ("a.jpg", "Filter(Road) & Condition", "flooded,non flooded"),
        ("a.jpg", "Filter(Road, Non_Flooded) & Exists", "Yes"),
        ("b.jpg", "Filter(All) & Condition", "non flooded"),
        ("b.jpg", "Filter(Trees) & Count", 3),
    )
    first, second = floodnet.facts(questions.values())["images"]
    assert first["objects"] == {
        "flooded_building": 2,
        "non_flooded_building": 3,
        "flooded_road": 1,
        "non_flooded_road": 1,
    }
    assert second["objects"]["non_flooded_scene"] == 1
    result = floodnet.run(questions)
    assert {row["form"]: (row["expressible"], row["right"]) for row in result["rows"]} == {
        "Filter(Buildings) & Count": (1, 1),
        "Filter(Buildings, Flooded) & Count": (1, 1),
        "Filter(Road) & Condition": (1, 1),
        "Filter(Road, Non_Flooded) & Exists": (1, 1),
        "Filter(All) & Condition": (1, 1),
        "Filter(Trees) & Count": (0, 0),
    }
    assert result["wrong"] == []
    # Not the entire road is dry, whatever the program says.
    assert [(c["image"], c["stored"], c["answer"]) for c in result["contradictions"]] == [("a.jpg", "Yes", "No")]


@pytest.mark.slow
def test_all_questions(floodnet):
    path = Path(os.environ.get("RUNE_FLOODNET", floodnet.DEFAULT))
    if not path.is_file():
        pytest.skip("there are no FloodNet-VQA questions: name the file with RUNE_FLOODNET")
    result = floodnet.run(json.loads(path.read_text(encoding="utf-8")))
    assert sum(row["questions"] for row in result["rows"]) == 3620
    assert all(row["questions"] == row["expressible"] == row["right"] for row in result["rows"])
    assert len(result["contradictions"]) == 6
