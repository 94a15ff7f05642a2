"""How large a rule program may be: rules come from users and language models and are read before they are trusted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Upper bounds of a program; past one of them reading stops with `ProgramSizeError`.

    `text` is in characters, `nesting` in levels of terms within terms (operators included), `number` is the largest
    count in `at_least/3` and its kin, `errors` is how many mistakes of one text are reported.
    """

    text: int = 64 * 1024
    clauses: int = 200
    goals: int = 2_000
    nesting: int = 50
    number: int = 100_000
    errors: int = 50


#: The rule library is our own text, or a file that the user names as one: it may be longer.
LIBRARY_LIMITS = Limits(text=1024 * 1024, clauses=5_000, goals=50_000)
