"""`rune-pl doctor`: what is installed, and whether it works."""

from __future__ import annotations

from dataclasses import asdict

import click

from rune_pl.cli._common import EXIT_INTERNAL, EXIT_OK, console, json_line, progress

EXAMPLES = """\b
Examples:
  rune-pl doctor
  rune-pl doctor --json
"""


@click.command("doctor", epilog=EXAMPLES)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per part and line.")
def command(as_json: bool) -> int:
    """Report every part: found where, which version, works or not and why.

    Each part is tried in a process of its own. The exit code is 0 where the core works, whatever is missing beside it.

    JSON fields: name, purpose, found, works (null where it is not installed), version, where, note.
    """
    from rune_pl.doctor import examine

    parts = []
    with progress(None, "parts") as shown:
        for part in examine():
            parts.append(part)
            shown.advance()
    if as_json:
        for part in parts:
            click.echo(json_line(asdict(part)))
    else:
        from rich.table import Table

        table = Table(box=None, header_style="bold", pad_edge=False)
        for heading in ("part", "for", "state", "version", "where or why"):
            table.add_column(heading, overflow="fold")
        for part in parts:
            state = "missing" if not part.found else "works" if part.works else "fails"
            table.add_row(part.name, part.purpose, state, part.version or "", part.note or part.where or "")
        console().print(table)
    return EXIT_OK if parts[0].works else EXIT_INTERNAL
