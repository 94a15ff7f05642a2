"""`rune-pl schema`: the JSON Schemas of what rune-pl writes."""

from __future__ import annotations

import json

import click

EXAMPLES = """\b
Examples:
  rune-pl schema proof > proof.schema.json
"""


@click.command("schema", epilog=EXAMPLES)
@click.argument("name", type=click.Choice(["proof"]))
def command(name: str) -> None:
    """Print the JSON Schema of a file format: `proof` is what `rune-pl prove -o FILE.json` writes."""
    from rune_pl.explain.schema import schema

    click.echo(json.dumps(schema(), indent=1))
