"""What every command shares: consoles, JSON lines, progress, and how an error ends the process."""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from rune_pl.errors import RuneError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

EXIT_OK, EXIT_INTERNAL, EXIT_USER, EXIT_INTERRUPTED = 0, 1, 2, 130

_PLAIN_WIDTH = 120  # columns of a table that goes to a file or a pipe
_FIRST_LINE_AFTER, _LINE_EVERY = 5.0, 30.0  # seconds between plain progress lines


# Options of all commands that read questions or rules.
library_option = click.option(
    "--library",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="A .pl file with relations of your own; may be repeated.",
)
ontology_option = click.option(
    "--ontology",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A YAML file with classes and synonyms of your own.",
)

calibration_option = click.option(
    "--calibration",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Make probabilities of the scores with a file of `rune-pl calibrate`.",
)


def console() -> Console:
    """The console for results, on standard output.

    Colours follow NO_COLOR and FORCE_COLOR. Text is not read as markup unless `markup=True` is given to `print`.
    """
    return _console(sys.stdout)


def err_console() -> Console:
    """The console for notices and progress, on standard error."""
    return _console(sys.stderr)


def _console(stream: TextIO) -> Console:
    from rich.console import Console

    # A file name such as `[/old]` must come out as it is, so that markup is asked for where it is meant.
    found = Console(file=stream, markup=False, highlight=False, emoji=False)
    if not found.is_terminal and "COLUMNS" not in os.environ:
        found.width = _PLAIN_WIDTH
    return found


def json_line(value: object) -> str:
    """`value` as one line of strict JSON, ASCII only, without the line end.

    Numbers that JSON does not have (infinities, NaN) become null, numpy scalars and arrays become numbers and lists,
    paths strings, times ISO 8601.
    """
    return json.dumps(_plain(value), allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, bool | None | str | int):
        return value
    if isinstance(value, float):
        return float(value) if abs(value) < float("inf") else None  # NaN compares false
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    raise TypeError(f"{type(value).__name__} has no JSON form")


def read_text(path: Path) -> str:
    """The text of a file that the user names.

    Raises:
        UsageError: it cannot be read, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise UsageError(f"cannot read {path}: {reason}") from None


class Progress:
    """How far a job is. Called with `(done, total)`, or `advance()`d by what was done since."""

    def __init__(self, total: int | None, show: Callable[[int, int | None], None]) -> None:
        self._done = 0
        self._total = total
        self._show = show

    def __call__(self, done: int, total: int | None = None) -> None:
        self._done = done
        if total is not None:
            self._total = total
        self._show(self._done, self._total)

    def advance(self, steps: int = 1) -> None:
        self(self._done + steps)


@contextmanager
def progress(total: int | None, description: str, *, unit: str | None = None) -> Iterator[Progress]:
    """Show on standard error how far a job is, and leave nothing behind on a terminal.

    On a terminal it is a bar; elsewhere a job that takes long writes a plain line now and then, a short one nothing.
    `total` is None where it is not known beforehand. With a `unit` ("images") the rate is shown as well.
    """
    target = err_console()
    if not target.is_terminal:
        yield Progress(total, _plain_lines(description, unit))
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    rate = (TextColumn("{task.fields[rate]}"),) if unit else ()
    began = time.monotonic()
    with Bars(*columns, *rate, console=target, transient=True) as bars:
        task = bars.add_task(description, total=total, rate="")
        yield Progress(
            total,
            lambda done, known: bars.update(task, completed=done, total=known, rate=_pace(done, None, began, unit)),
        )


def _pace(done: int, total: int | None, began: float, unit: str | None) -> str:
    """How many of a unit are done in a second, and how long the rest takes at that."""
    if unit is None or not done:
        return ""
    elapsed = max(time.monotonic() - began, 1e-9)
    left = "" if total is None else f", {(total - done) * elapsed / done:.0f} s left"
    return f"{done / elapsed:.3g} {unit}/s{left}"


def _plain_lines(description: str, unit: str | None) -> Callable[[int, int | None], None]:
    began = time.monotonic()
    due = began + _FIRST_LINE_AFTER

    def show(done: int, total: int | None) -> None:
        nonlocal due
        if time.monotonic() >= due:
            due = time.monotonic() + _LINE_EVERY
            pace = _pace(done, total, began, unit)
            known = f" of {total}" if total is not None else ""
            click.echo(f"{description}: {done}{known}" + (f", {pace}" if pace else ""), err=True)

    return show


@contextmanager
def stages() -> Iterator[Callable[[str], None]]:
    """Show on standard error what a job is at, told by name; on a terminal nothing is left behind.

    Elsewhere a job that takes long writes a line for each stage that begins after some seconds.
    """
    target = err_console()
    if target.is_terminal:
        with target.status("") as status:
            yield lambda name: status.update(f"{name} ...")
        return
    due = time.monotonic() + _FIRST_LINE_AFTER
    yield lambda name: click.echo(f"{name} ...", err=True) if time.monotonic() >= due else None


@contextmanager
def compiling_notice() -> Iterator[None]:
    """Say so where the engine has to be compiled first, which takes a while."""
    from rune_pl.compiled import when_compiling

    with when_compiling(
        lambda: err_console().print("compiling the engine for this machine: once, one to two minutes ...")
    ):
        yield


def run_guarded(call: Callable[[], object], *, debug: bool) -> int:
    """Run a command and return its exit code: 0, 1 for a fault of ours, 2 for a mistake of the user, 130 for Ctrl-C.

    An error becomes one line on standard error; with `debug` the traceback stands above it. A reader that closes
    standard output early (`| head`) ends the command quietly with 1. A whole number that `call` returns is the code.
    """
    try:
        result = call()
        sys.stdout.flush()
        return result if type(result) is int else EXIT_OK
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        if debug:
            traceback.print_exc()
        error.show(sys.stderr)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        _silence_stdout()
        return EXIT_INTERNAL
    except RuneError as error:
        if debug:
            traceback.print_exc()
        report(f"error: {error}")
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - the one place where every fault ends as one line
        if debug:
            traceback.print_exc()
        message = str(error) or "no message"
        report(
            f"internal error: {type(error).__name__}: {message}"
            + ("" if debug else "; run with --debug (rune-pl --debug ...) for the traceback")
        )
        return EXIT_INTERNAL


def report(message: str) -> None:
    """Write a message to standard error as one line: control characters in names from outside become spaces."""
    click.echo("".join(character if character.isprintable() else " " for character in message), err=True)


def _silence_stdout() -> None:
    """Point standard output at nothing, so that the interpreter's last flush does not fail as well."""
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError):
        return
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, descriptor)
    os.close(null)
