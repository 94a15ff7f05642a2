"""What the benchmarks share: queries, timing, tables, progress."""

from __future__ import annotations

import os
import platform
import resource
import sys
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any, TypeVar

import numpy as np
from rich.console import Console
from rich.table import Table

from rune_pl import __version__
from rune_pl.archive.scenes import Scenes
from rune_pl.inference import Budget, Engine, Marginal, Query
from rune_pl.language.check import check_program
from rune_pl.language.library import Library
from rune_pl.language.parse import parse_program
from rune_pl.language.vocabulary import Vocabulary

T = TypeVar("T")


@lru_cache
def make_query(rule: str) -> Query:
    """A checked rule over the shipped library and the default vocabulary."""
    library = _library()
    return Query(check_program(parse_program(rule), library=library, vocabulary=_vocabulary()), library)


@lru_cache
def _library() -> Library:
    return Library.load()


@lru_cache
def _vocabulary() -> Vocabulary:
    return Vocabulary.load()


def timed(call: Callable[[], T]) -> tuple[float, T]:
    """Seconds of wall time that a call took, and what it gave."""
    start = perf_counter()
    result = call()
    return perf_counter() - start, result


def ask(engine: Engine, rule: str, scenes: Scenes, seconds: float) -> list[Marginal] | str:
    """The marginals of all images under a budget per image, or one line that says why there are none."""
    try:
        return list(engine.marginals(make_query(rule), scenes, budget=Budget(seconds=seconds)))
    except Exception as error:  # noqa: BLE001 - whatever an engine raises is a result, and not the end of the others
        return one_line(error)


def one_line(error: BaseException) -> str:
    """An error as a line of a report."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]


def peak_memory() -> float:
    """The most memory that this process has had, in megabytes.

    `ru_maxrss` of a process that was started by another one begins with what that one had, so that Linux's own count
    for the program that runs is preferred.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def machine() -> dict[str, Any]:
    """What the numbers were measured on."""
    return {
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "rune_pl": __version__,
    }


def duration(seconds: float | None) -> str:
    """A time for a table: three digits and a unit."""
    if seconds is None:
        return "-"
    for factor, unit in ((1.0, "s"), (1e3, "ms")):
        if seconds * factor >= 1.0:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def number(value: float | None) -> str:
    """A number for a table: thousands with commas, small ones with three digits."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> None:
    """Print a table; its first `left` columns are text."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, header_style="bold")
    for position, column in enumerate(columns):
        table.add_column(column, justify="left" if position < left else "right", overflow="fold")
    for row in rows:
        table.add_row(*row)
    # A report that goes to a file is as wide as its tables, and no line of it is broken.
    console = Console() if sys.stdout.isatty() else Console(width=200)
    console.print(table)
    console.print()


def say(text: str) -> None:
    """A line about what is going on, on standard error."""
    print(text, file=sys.stderr, flush=True)


class Progress:
    """Says every few seconds how far a loop has come."""

    def __init__(self, what: str, total: int, *, every: float = 10.0) -> None:
        self.what, self.total, self.every = what, total, every
        self._done, self._start = 0, monotonic()
        self._last = self._start

    def step(self, detail: str = "") -> None:
        """One more is done."""
        self._done += 1
        now = monotonic()
        if now - self._last >= self.every or self._done == self.total:
            self._last = now
            say(f"{self.what}: {self._done:,} of {self.total:,}, {now - self._start:.0f} s{detail and ', ' + detail}")
