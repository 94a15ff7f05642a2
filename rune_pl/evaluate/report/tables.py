"""Tables of an evaluation, as rows of texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rune_pl.evaluate.bootstrap import Estimate
from rune_pl.evaluate.evaluation import Evaluation
from rune_pl.evaluate.measures import ABOVE_CHANCE, AP, MEASURES
from rune_pl.evaluate.robustness import Robustness
from rune_pl.evaluate.summary import COMPARED, EXACT

HEADER = ("method", *("mean AP" if name == AP else name for name in MEASURES if name != ABOVE_CHANCE))
DIFFERENCES = ("exact minus", *COMPARED)


def method_rows(found: Evaluation, *, intervals: bool = True) -> Iterator[tuple[str, ...]]:
    """One row for each method: the means over the queries."""
    for name, measured in found.methods.items():
        cells = (measured.macro(metric) for metric in MEASURES if metric != ABOVE_CHANCE)
        yield (name, *(cell(estimate, intervals=intervals) for estimate in cells))


def difference_rows(found: Evaluation) -> Iterator[tuple[str, ...]]:
    """How much the exact method is ahead of each other one; empty where it was not among them."""
    if EXACT not in found.methods:
        return
    for name in found.methods:
        if name != EXACT:
            yield (name, *(cell(found.difference(metric, EXACT, name), sign=True) for metric in COMPARED))


def robustness_rows(found: Evaluation, kind: str, metric: str) -> tuple[Sequence[str], list[tuple[str, ...]]]:
    """Header and rows of one robustness, `rrqc` or `rriu`: mean, slope, and the metric at each level."""
    rows: list[tuple[str, ...]] = []
    levels: Sequence[int] = ()
    for name in found.methods:
        one: Robustness = getattr(found, kind)(name, metric)
        levels = one.levels
        values = (cell(estimate, intervals=False) for estimate in one.metric)
        rows.append((name, cell(one.mean), cell(one.slope, sign=True), *values))
    word = "level" if kind == "rrqc" else "quarter"
    return ("method", kind.upper(), "slope", *(f"{word} {level}" for level in levels)), rows


def query_rows(found: Evaluation) -> tuple[Sequence[str], list[tuple[str, ...]]]:
    """Header and rows of the queries: level, positives, and the average precision of the main methods."""
    methods = [name for name in found.methods if "threshold " not in name or name.endswith(" 0.5")]
    rows = []
    for at, asked in enumerate(found.asked):
        values = (found.methods[name].values[AP][at] for name in methods)
        rows.append(
            (
                asked.query.id,
                asked.query.text or asked.rule,
                str(asked.complexity.level),
                f"{asked.positives} of {int(asked.judged.sum())}",
                *("-" if value != value else f"{value:.3f}" for value in values),
            )
        )
    return ("query", "text", "level", "images", *methods), rows


def cell(estimate: Estimate, *, intervals: bool = True, sign: bool = False) -> str:
    """A number with its interval."""
    if estimate.value != estimate.value:
        return "-"
    form = "+.3f" if sign else ".3f"
    text = f"{estimate.value:{form}}"
    if not intervals or estimate.lower != estimate.lower:
        return text
    return f"{text} [{estimate.lower:{form}}, {estimate.upper:{form}}]"
