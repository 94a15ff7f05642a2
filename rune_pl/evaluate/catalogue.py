"""The methods that are compared, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from rune_pl.errors import UsageError
from rune_pl.evaluate.fuzzy import LUKASIEWICZ, MAX_PRODUCT, Fuzzy
from rune_pl.evaluate.methods import Column, Exact, Method, Threshold
from rune_pl.evaluate.presence import Presence
from rune_pl.inference import Budget, make_engine

THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
BY_MATCHES = (0.3, 0.5, 0.7)
GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "exact": "exact marginal probabilities",
        "threshold": "detections above a threshold as certain facts, from 0.1 to 0.9, by probability and by score",
        "fuzzy": "max-product and Lukasiewicz semantics",
        "presence": "classes alone",
    }
)


def methods_named(names: tuple[str, ...], budget: Budget | None = None, *, scores: bool = False) -> tuple[Method, ...]:
    """The methods of these groups, all of them where none is named.

    Args:
        names: keys of `GROUPS`.
        budget: of the exact marginals.
        scores: whether scores are something else than probabilities, so that thresholds are put on them too.

    Raises:
        UsageError: there is no such group.
    """
    found: list[Method] = []
    engine = make_engine()
    for name in names or tuple(GROUPS):
        if name == "exact":
            found.append(Exact(budget or Budget(), engine))
        elif name == "threshold":
            columns: tuple[Column, ...] = ("probability", "score") if scores else ("probability",)
            for of in columns:
                found += [Threshold(t, engine=engine, of=of) for t in THRESHOLDS]
                found += [Threshold(t, by_matches=True, engine=engine, of=of) for t in BY_MATCHES]
        elif name == "fuzzy":
            found += [Fuzzy(MAX_PRODUCT), Fuzzy(LUKASIEWICZ)]
        elif name == "presence":
            found.append(Presence())
        else:
            raise UsageError(f"no group of methods is called '{name}'", hint=f"one of {', '.join(GROUPS)}")
    return tuple(found)
