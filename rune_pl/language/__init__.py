"""The rule language: text to a checked syntax tree, and back to text and to English."""

from __future__ import annotations

from rune_pl.language.limits import LIBRARY_LIMITS, Limits
from rune_pl.language.parse import Parsed, parse_all, parse_goal, parse_program
from rune_pl.language.vocabulary import Vocabulary

__all__ = ["LIBRARY_LIMITS", "Limits", "Parsed", "Vocabulary", "parse_all", "parse_goal", "parse_program"]
