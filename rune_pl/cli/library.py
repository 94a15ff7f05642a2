"""`rune-pl library`: what a rule may say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rune_pl.cli._common import console, json_line
from rune_pl.errors import UnknownPredicateError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rune_pl.language.library import Library, Predicate
    from rune_pl.language.reference import Section

_EXAMPLES = """\b
Examples:
  rune-pl library
  rune-pl library near
  rune-pl library near/3 --json
  rune-pl library --library my_relations.pl
"""


@click.command("library", epilog=_EXAMPLES)
@click.argument("name", required=False)
@click.option(
    "--library",
    "files",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="A .pl file with relations of your own; may be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per predicate and line.")
@click.option("--markdown", "as_markdown", is_flag=True, help="The whole reference as a Markdown page.")
def command(name: str | None, files: tuple[Path, ...], as_json: bool, as_markdown: bool) -> None:
    """List the predicates that rules may call, or explain NAME (`near`, or `near/3` for one of several).

    JSON fields: name, arity, section, signature, arguments (each with mode, name and kind), determinism, deterministic
    (it depends on boxes only, not on which objects are present), summary, doc, examples, definition, file, line.
    """
    from rune_pl.language.library import Library
    from rune_pl.language.reference import markdown, sections

    if as_markdown and (as_json or name):
        raise UsageError("--markdown prints the whole reference", hint="leave out NAME and --json")
    library = Library.load(files)
    if as_markdown:
        click.echo(markdown(library), nl=False)
        return
    listed = sections(library)
    chosen = _find(name, listed) if name else None
    if as_json:
        for section in listed:
            for predicate in section.predicates:
                if chosen is None or predicate in chosen:
                    click.echo(json_line(_record(library, section, predicate)))
    elif chosen is None:
        _print_list(listed)
    else:
        for predicate in chosen:
            _print_page(predicate)


def _find(name: str, listed: Sequence[Section]) -> tuple[Predicate, ...]:
    """The predicates called `name`, or `name/arity`."""
    from rapidfuzz import fuzz, process

    known = [predicate for section in listed for predicate in section.predicates]
    found = tuple(p for p in known if name in (p.name, f"{p.name}/{p.arity}"))
    if found:
        return found
    word = name.rsplit("/", 1)[0]
    others = [f"{p.name}/{p.arity}" for p in known if p.name == word]
    if others:
        hint = f"there is {' and '.join(others)}"
    else:
        best = process.extractOne(word[:60], [p.name for p in known], scorer=fuzz.ratio, score_cutoff=60.0)
        hint = f"did you mean {best[0]}?" if best else "`rune-pl library` lists all"
    raise UnknownPredicateError(f"the library has no predicate '{name}'", hint=hint)


def _record(library: Library, section: Section, predicate: Predicate) -> dict[str, object]:
    return {
        "name": predicate.name,
        "arity": predicate.arity,
        "section": section.name,
        "signature": predicate.signature,
        "arguments": [{"mode": a.mode, "name": a.name, "kind": a.kind} for a in predicate.arguments],
        "determinism": predicate.determinism,
        "deterministic": library.deterministic(*predicate.indicator),
        "summary": predicate.summary,
        "doc": predicate.doc,
        "examples": list(predicate.examples),
        "definition": [str(clause) for clause in predicate.clauses],
        "file": predicate.file.name,
        "line": predicate.line,
    }


def _print_list(listed: Sequence[Section]) -> None:
    from rich.table import Table
    from rich.text import Text

    out = console()
    for section in listed:
        out.print(Text(section.title, style="bold"))
        table = Table(box=None, show_header=False)
        table.add_column("predicate", no_wrap=True)
        table.add_column("meaning")
        for predicate in section.predicates:
            table.add_row(Text(predicate.signature, style="cyan"), predicate.summary or "(no doc comment)")
        out.print(table)
        out.print()
    out.print(Text("`rune-pl library NAME` explains one of them.", style="dim"))


def _print_page(predicate: Predicate) -> None:
    from rich.padding import Padding
    from rich.text import Text

    from rune_pl.language.reference import describe

    out = console()
    out.print(Text(predicate.signature, style="bold cyan"))
    for argument in predicate.arguments:
        out.print(Padding(Text(f"{argument.name}: {describe(argument)}"), (0, 4), expand=False))
    blocks = [("", predicate.doc or "It has no doc comment.")]
    if predicate.examples:
        blocks.append(("Example", "\n".join(predicate.examples)))
    if predicate.clauses:
        blocks.append((f"Definition ({predicate.file.name}:{predicate.line})", "\n".join(map(str, predicate.clauses))))
    for title, text in blocks:
        out.print()
        if title:
            out.print(Text(title, style="bold"))
        out.print(Padding(Text(text), (0, 4), expand=False))
    out.print()
