"""The report as a page: self-contained, without network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rune_pl.evaluate.evaluation import ROBUST, Evaluation
from rune_pl.evaluate.report.tables import (
    DIFFERENCES,
    HEADER,
    difference_rows,
    method_rows,
    query_rows,
    robustness_rows,
)


@dataclass(frozen=True)
class _Table:
    title: str
    note: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    wide: bool = False


def page(found: Evaluation, content: dict[str, Any], plots: Mapping[str, tuple[str, str]]) -> str:
    """The page.

    Args:
        plots: by name, the title of each plot and its SVG text.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("rune_pl.evaluate.report", "data"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Our own SVG, with the declaration that a file has and a page must not have taken off.
    figures = [(title, svg[svg.index("<svg") :]) for title, svg in plots.values()]
    return (
        environment.get_template("report.html.j2").render(
            content=content, about=content["about"], tables=_tables(found), figures=figures, asked=found.asked
        )
        + "\n"
    )


def _tables(found: Evaluation) -> list[_Table]:
    tables = [_Table("Methods", "Means over the queries.", HEADER, list(method_rows(found)))]
    if differences := list(difference_rows(found)):
        note = "Exact marginals minus each method, on the same resamples."
        tables.append(_Table("Exact marginals against each method", note, DIFFERENCES, differences))
    titles = {"rrqc": "Robustness to query complexity (RRQC)", "rriu": "Robustness to image uncertainty (RRIU)"}
    for kind, title in titles.items():
        for metric in ROBUST:
            header, rows = robustness_rows(found, kind, metric)
            tables.append(_Table(f"{title}: {metric}", f"The part of {metric} that is retained.", header, rows))
    header, rows = query_rows(found)
    note = "Images that satisfy each query, and the average precision of the main methods."
    return [*tables, _Table("Queries", note, header, rows, wide=True)]
