"""Arithmetic on single numbers, with the meaning of `rune_pl.inference.arithmetic`."""

from __future__ import annotations

import math

from rune_pl.inference.arithmetic import CONSTANTS, FUNCTIONS, compute
from rune_pl.language.terms import Const, Struct, Term


def evaluate(term: Term) -> float | None:
    """The value of an arithmetic term; None where it is undefined or no number."""
    if isinstance(term, Const):
        return CONSTANTS.get(term.value) if isinstance(term.value, str) else float(term.value)
    if not isinstance(term, Struct) or (term.functor, len(term.args)) not in FUNCTIONS:
        return None
    values = [evaluate(arg) for arg in term.args]
    numbers = [value for value in values if value is not None]
    if len(numbers) < len(values):
        return None
    # The common ones without the way through arrays; they are the same operations on doubles.
    if term.functor == "*" and len(numbers) == 2:
        found = numbers[0] * numbers[1]
    elif term.functor in ("+", "-") and len(numbers) == 2:
        found = numbers[0] + numbers[1] if term.functor == "+" else numbers[0] - numbers[1]
    elif term.functor in ("max", "min"):
        found = max(numbers) if term.functor == "max" else min(numbers)
    else:
        found = float(compute(term.functor, *numbers))
    return found if math.isfinite(found) else None
