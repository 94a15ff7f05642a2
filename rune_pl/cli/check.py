"""`rune-pl check`: what is wrong with a rule, where, and how it is understood."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rune_pl.cli._common import EXIT_USER, console, json_line, library_option
from rune_pl.errors import LanguageError, RuleSyntaxError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from rune_pl.language import CheckReport, Remark, Vocabulary

_EXAMPLES = """\b
Examples:
  rune-pl check busy_harbor.pl
  rune-pl check --rule 'retrieve :- object(A, ship), object(B, harbor), near(A, B).'
  rune-pl check rules/*.pl --ontology classes.yaml --library my_relations.pl
  rune-pl check - --json < busy_harbor.pl
"""
_WINDOW = 100  # characters of a long line that are shown around an error


@click.command("check", epilog=_EXAMPLES)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, allow_dash=True), metavar="[FILE]...")
@click.option("--rule", "rules", multiple=True, metavar="TEXT", help="A program given directly; may be repeated.")
@click.option(
    "--ontology",
    "--classes",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A YAML file with classes and synonyms of your own.",
)
@library_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object per file or rule and line.")
def command(
    files: tuple[Path, ...],
    rules: tuple[str, ...],
    ontology: Path | None,
    library: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Check rule files (- is standard input) and say how they are understood.

    All errors of a file are listed, each with its line. A file without errors is printed in canonical form, with what
    it asks in English. The exit code is 2 where there is an error.

    JSON fields: source, ok, errors (each with type, line, column, message, hint), warnings (line, column, message),
    program, reading, recursive, needs (gsd, size: what an image must be known to have); the last four are null where
    there are errors.
    """
    from rune_pl.language import Library, Vocabulary, check_text

    if not files and not rules:
        raise UsageError("nothing to check", hint="give a FILE, or a rule with --rule")
    loaded, vocabulary = Library.load(library), Vocabulary.load(ontology)
    texts = [("stdin" if str(path) == "-" else str(path), _read(path)) for path in files]
    texts += [("rule" if len(rules) == 1 else f"rule {n}", rule) for n, rule in enumerate(rules, start=1)]
    good = True
    for source, text in texts:
        if isinstance(text, LanguageError):
            report, shown = _failed(text), ""
        else:
            report, shown = check_text(text, source, library=loaded, vocabulary=vocabulary), text
        good = good and report.checked is not None
        if as_json:
            click.echo(json_line(_record(source, report, vocabulary)))
        else:
            _print(console(), source, shown, report, vocabulary)
    if not good:
        raise click.exceptions.Exit(EXIT_USER)


def _read(path: Path) -> str | LanguageError:
    """The text of a file, no more of it than may be checked; a file that cannot be read is an error of its own."""
    from rune_pl.language import Limits

    most = 4 * (Limits().text + 1)
    try:
        if str(path) == "-":
            data = sys.stdin.buffer.read(most)
        else:
            with path.open("rb") as file:
                data = file.read(most)
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.end == len(data) == most:  # cut within a character, and too long anyway
            return data.decode("utf-8", errors="replace")
        return RuleSyntaxError("the file is not UTF-8 text", source=str(path), hint="save it as UTF-8")
    except OSError as error:
        return RuleSyntaxError(f"cannot be read: {error.strerror or error}", source=str(path))


def _failed(error: LanguageError) -> CheckReport:
    from rune_pl.language import CheckReport

    return CheckReport((error,), None)


def _record(source: str, report: CheckReport, vocabulary: Vocabulary) -> dict[str, Any]:
    from rune_pl.language import verbalize

    checked = report.checked
    return {
        "source": source,
        "ok": checked is not None,
        "errors": [
            {"type": type(e).__name__, "line": e.line, "column": e.column, "message": e.message, "hint": e.hint}
            for e in report.errors
        ],
        "warnings": [
            {"line": w.location and w.location.line, "column": w.location and w.location.column, "message": w.message}
            for w in (checked.warnings if checked else ())
        ],
        "program": str(checked.program) if checked else None,
        "reading": verbalize(checked.program, vocabulary) if checked else None,
        "recursive": checked.recursive if checked else None,
        "needs": sorted(checked.needs) if checked else None,
    }


def _print(out: Console, source: str, text: str, report: CheckReport, vocabulary: Vocabulary) -> None:
    from rune_pl.language import verbalize

    for error in report.errors:
        message = f"{error.message} ({error.hint})" if error.hint else error.message
        _print_finding(out, source, text, (error.line, error.column), "error", message)
    for warning in report.checked.warnings if report.checked else ():
        _print_finding(out, source, text, _position(warning), "warning", warning.message)
    if report.checked is None:
        count = len(report.errors)
        out.print(_plain(f"{source}: {count} error{'s' if count > 1 else ''}"), soft_wrap=True)
        return
    out.print(_plain(f"{source}: no errors"), soft_wrap=True, style="green")
    for line in str(report.checked.program).splitlines():
        out.print(f"  {_plain(line)}", soft_wrap=True)
    for line in verbalize(report.checked.program, vocabulary).splitlines():
        out.print(f"  % {_plain(line)}", soft_wrap=True, style="cyan")
    if "gsd" in report.checked.needs:
        out.print("  % Measures in metres: needs images of known ground sampling distance.", soft_wrap=True)
    if "size" in report.checked.needs:
        out.print("  % Looks at parts of the image: needs images of known size.", soft_wrap=True)


def _position(warning: Remark) -> tuple[int | None, int | None]:
    return (warning.location.line, warning.location.column) if warning.location else (None, None)


def _print_finding(
    out: Console, source: str, text: str, at: tuple[int | None, int | None], severity: str, message: str
) -> None:
    line, column = at
    place = source if line is None else f"{source}:{line}:{column}"
    colour = "bold red" if severity == "error" else "yellow"
    out.print(_plain(f"{place}: "), end="", soft_wrap=True)
    out.print(f"{severity}: ", end="", style=colour, soft_wrap=True)
    out.print(_plain(message), soft_wrap=True)
    lines = text.removeprefix("\ufeff").split("\n")
    if line is None or column is None or not 0 < line <= len(lines):
        return
    start = max(0, column - 1 - _WINDOW // 2) if len(lines[line - 1]) > _WINDOW else 0
    out.print(f"    {_plain(lines[line - 1][start : start + _WINDOW]).rstrip()}", soft_wrap=True)
    out.print(f"    {' ' * (column - 1 - start)}^", style=colour, soft_wrap=True)


def _plain(text: str) -> str:
    """Text from outside as one line: tabs and characters that a terminal would obey become spaces."""
    return "".join(c if c.isprintable() else " " for c in text)
