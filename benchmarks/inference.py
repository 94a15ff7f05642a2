"""How long exact inference takes per image, engine by engine, on the bundled sample or on an archive of your own.

python benchmarks/inference.py                          # the bundled sample
python benchmarks/inference.py --archive scenes/        # another archive
python benchmarks/inference.py --dota DIR               # DOTA detections (Task1_CLASS.txt), imported first
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from rune_pl import Budget, open_archive
from rune_pl.archive.formats import import_archive
from rune_pl.sample import sample_archive_path

RULES = {
    "one class": "retrieve :- object(A, ship).",
    "two near": "retrieve :- object(A, ship), object(B, harbor), near(A, B).",
    "two near, vehicles": "retrieve :- object(A, small_vehicle), object(B, large_vehicle), near(A, B).",
    "at least 3": "retrieve :- at_least(3, A, object(A, plane)).",
    "negation": "retrieve :- object(A, plane), \\+ object(B, helicopter).",
}


def measure(archive: Path, rules: Sequence[str], engines: Sequence[str], budget: float) -> list[dict[str, Any]]:
    """One row per rule and engine; times are per image, in seconds, without reading the archive."""
    opened = open_archive(archive)
    rows = []
    for name in rules:
        for engine in engines:
            start = perf_counter()
            hits = opened.query(rule=RULES[name], top=0, engine=engine, budget=Budget(seconds=budget))
            seconds = np.array([hit.seconds for hit in hits])
            rows.append(
                {
                    "rule": name,
                    "engine": engine,
                    "images": len(hits),
                    "exact": sum(hit.answered for hit in hits),
                    "median": float(np.median(seconds)),
                    "p90": float(np.quantile(seconds, 0.9)),
                    "max": float(seconds.max()),
                    "total": perf_counter() - start,
                }
            )
    return rows


def show(rows: Sequence[dict[str, Any]]) -> None:
    """The rows as a table."""
    table = Table(box=None, header_style="bold")
    for column in rows[0]:
        table.add_column(column, justify="left" if column in ("rule", "engine") else "right")
    for row in rows:
        table.add_row(*(f"{v:.4f}" if isinstance(v, float) else str(v) for v in row.values()))
    Console().print(table)


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--archive", type=Path, help="archive to ask; the bundled sample by default")
    parser.add_argument("--dota", type=Path, help="folder of Task1_CLASS.txt files to import and ask")
    parser.add_argument("--rule", action="append", choices=RULES, help="only this rule; may be repeated")
    parser.add_argument("--engine", action="append", choices=["auto", "problog"], help="only this engine")
    parser.add_argument("--budget", type=float, default=10.0, help="seconds per image (10)")
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        archive = options.archive or sample_archive_path()
        if options.dota is not None:
            archive = Path(folder) / "scenes"
            import_archive("dota-results", options.dota, archive)
        rows = measure(archive, options.rule or list(RULES), options.engine or ["auto", "problog"], options.budget)
    if options.json:
        print(json.dumps(rows, indent=2))
    else:
        show(rows)


if __name__ == "__main__":
    main()
