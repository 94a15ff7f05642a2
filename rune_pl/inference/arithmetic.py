"""The arithmetic of rules, the same in every engine: floats throughout, and what is no number is undefined.

`//` cuts towards zero and `mod` takes the sign of its second argument, as in ISO Prolog. 1/0 or the root of a negative
number has no value: a comparison with it fails, and so does an `is`, like a measure that is undefined.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.float64] | float
Indicator = tuple[str, int]

_FUNCTIONS: Mapping[Indicator, Callable[..., Numbers]] = MappingProxyType(
    {
        ("+", 2): np.add,
        ("-", 2): np.subtract,
        ("*", 2): np.multiply,
        ("/", 2): np.divide,
        ("//", 2): lambda a, b: np.trunc(np.divide(a, b)),
        ("mod", 2): np.mod,
        ("**", 2): np.power,
        ("^", 2): np.power,
        ("-", 1): np.negative,
        ("abs", 1): np.abs,
        ("min", 2): np.minimum,
        ("max", 2): np.maximum,
        ("sqrt", 1): np.sqrt,
        ("sin", 1): np.sin,
        ("cos", 1): np.cos,
        ("atan2", 2): np.arctan2,
    }
)
FUNCTIONS = frozenset(_FUNCTIONS)
CONSTANTS: Mapping[str, float] = MappingProxyType({"pi": math.pi, "e": math.e})


def compute(functor: str, *args: Numbers) -> Numbers:
    """The value of `functor(args)`, one of `FUNCTIONS`, row by row; NaN where it is undefined."""
    with np.errstate(all="ignore"):
        # Floats: numpy raises whole numbers to no negative power.
        value = _FUNCTIONS[functor, len(args)](*(np.asarray(a, dtype=np.float64) for a in args))
    return np.where(np.isfinite(value), value, np.nan)
