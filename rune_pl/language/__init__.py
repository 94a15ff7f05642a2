"""The rule language: text to a checked syntax tree, and back to text and to English."""

from __future__ import annotations

from rune_pl.language.check import CheckedProgram, CheckReport, Remark, check_all, check_program, check_text
from rune_pl.language.library import Library
from rune_pl.language.limits import LIBRARY_LIMITS, Limits
from rune_pl.language.parse import Parsed, parse_all, parse_goal, parse_program
from rune_pl.language.verbalize import verbalize
from rune_pl.language.vocabulary import Vocabulary

__all__ = [
    "LIBRARY_LIMITS",
    "CheckReport",
    "CheckedProgram",
    "Library",
    "Limits",
    "Parsed",
    "Remark",
    "Vocabulary",
    "check_all",
    "check_program",
    "check_text",
    "parse_all",
    "parse_goal",
    "parse_program",
    "verbalize",
]
