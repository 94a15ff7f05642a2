"""The report as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


def markdown(found: Evaluation, content: dict[str, Any]) -> str:
    """The tables of the report, each below a line that says what it is."""
    about = content["about"]
    lines = [
        "# Retrieval results",
        "",
        f"{len(found.asked)} queries ({about['queries']}) over {len(found.images)} images ({about['archive']}, truth "
        f"in {about['truth']}). Probabilities of the detections: {about['facts']}. "
        f"Intervals: 95 %, {found.bootstrap} bootstrap resamples of the images, seed {found.seed}.",
        "",
        "## Methods",
        "",
        "Means over the queries.",
        "",
        *table(HEADER, method_rows(found)),
    ]
    if differences := list(difference_rows(found)):
        lines += ["", "Exact marginals minus each method, on the same resamples.", "", *table(DIFFERENCES, differences)]
    titles = {"rrqc": "Robustness to query complexity (RRQC)", "rriu": "Robustness to image uncertainty (RRIU)"}
    for kind, title in titles.items():
        lines += ["", f"## {title}"]
        for metric in ROBUST:
            lines += ["", f"{metric}: the mean part retained, its slope, and {metric} by level.", ""]
            lines += table(*robustness_rows(found, kind, metric))
    lines += ["", "## Queries", "", *table(*query_rows(found))]
    if found.notes:
        lines += ["", "## Notes", "", *(f"- {note}" for note in found.notes)]
    return "\n".join(lines) + "\n"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table."""
    return [_row(header), "|" + "---|" * len(header), *map(_row, rows)]


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
