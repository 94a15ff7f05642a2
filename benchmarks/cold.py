"""A query from a cold start: a fresh process of the command line tool on the bundled sample."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from support import duration, show, timed

from rune_pl.sample import sample_archive_path

RULE = "retrieve :- object(A, ship), object(B, harbor), near(A, B)."


def command() -> list[str]:
    """The query, by the tool that is installed beside this interpreter, or by its module."""
    script = Path(sys.executable).with_name("rune-pl")
    tool = [str(script)] if script.exists() else [sys.executable, "-m", "rune_pl"]
    return [*tool, "query", str(sample_archive_path()), "--rule", RULE]


def measure(starts: int) -> dict[str, Any]:
    """Wall times in seconds of so many processes, after one that compiles what is compiled and is not counted."""
    # Modules are kept compiled, as they are wherever this is not switched off.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    run = partial(subprocess.run, command(), capture_output=True, check=True, env=environment)
    times = [timed(run)[0] for _ in range(starts + 1)]
    return {"seconds": times[1:], "median": median(times[1:]), "first": times[0]}


def report(result: dict[str, Any]) -> None:
    """Print the table."""
    row = (*(duration(result[key]) for key in ("median", "first")), duration(max(result["seconds"])))
    show(f"Cold start: {len(result['seconds'])} processes", ("median", "first of all", "slowest"), [row], left=0)
