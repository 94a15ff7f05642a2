"""Every example of docs/controlled-english.md gives the rule that stands beside it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rune_pl.language import parse_program
from rune_pl.translate import ControlledEnglish

PAGE = Path(__file__).parents[2] / "docs" / "controlled-english.md"
ROW = re.compile(r"^\| `([^`]+)` \| `([^`]+)` \|$", re.MULTILINE)
EXAMPLES = ROW.findall(PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("text", "goals"), EXAMPLES, ids=[text for text, _ in EXAMPLES])
def test_example(text: str, goals: str) -> None:
    assert ControlledEnglish().translate(text).rule == str(parse_program(f"retrieve :- {goals}."))


def test_the_page_has_its_examples() -> None:
    assert len(EXAMPLES) > 70
