"""The report of an evaluation: results.json, results.md, report.html and plots."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rune_pl.errors import UsageError
from rune_pl.evaluate.evaluation import Evaluation
from rune_pl.evaluate.report.markdown import markdown

__all__ = ["write_report"]


def write_report(found: Evaluation, content: dict[str, Any], folder: Path) -> Iterator[str]:
    """Write everything to a folder; a line about each file.

    Without matplotlib (the extra `plot`) there are no plots, and a line says so.

    Raises:
        UsageError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / "results.json", json.dumps(content, indent=1, allow_nan=False) + "\n")
        _write(folder / "results.md", markdown(found, content))
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be written: {error.strerror}", hint="name a folder you may write to"
        ) from None
    yield f"wrote {folder / 'results.json'} and results.md"


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
