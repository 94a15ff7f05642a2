"""The report of an evaluation: results.json, results.md, report.html and plots."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rune_pl.errors import MissingExtraError, UsageError
from rune_pl.evaluate.evaluation import Evaluation
from rune_pl.evaluate.report.html import page
from rune_pl.evaluate.report.markdown import markdown
from rune_pl.evaluate.report.plots import TITLES, write_plots

__all__ = ["write_report"]


def write_report(found: Evaluation, content: dict[str, Any], folder: Path) -> Iterator[str]:
    """Write everything to a folder; gives a line about what was written.

    Without matplotlib (the extra `plot`) there are no plots, and a line says so.

    Raises:
        UsageError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / "results.json", json.dumps(content, indent=1, allow_nan=False) + "\n")
        _write(folder / "results.md", markdown(found, content))
        try:
            plots = {
                name: (TITLES[name], (folder / f"{name}.svg").read_text(encoding="utf-8"))
                for name in write_plots(found, folder)
            }
        except MissingExtraError as error:
            plots = {}
            yield f"no plots: {error}"
        _write(folder / "report.html", page(found, content, plots))
    except OSError as error:
        said = f"{folder} cannot be written: {error.strerror}"
        raise UsageError(said, hint="name a folder you may write to") from None
    files = ", ".join(["results.json", "results.md", "report.html", *(f"{name}.png and .svg" for name in plots)])
    yield f"wrote {files} to {folder}"


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
