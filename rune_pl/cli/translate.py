"""`rune-pl translate`: what a question in English means, without asking it of any image."""

from __future__ import annotations

from pathlib import Path

import click

from rune_pl.cli._common import (
    console,
    json_line,
    library_option,
    ontology_option,
)
from rune_pl.cli._translators import TranslatorOptions, translator_options

_EXAMPLES = """\b
Examples:
  rune-pl translate "a ship near a harbor but no large vehicle"
  rune-pl translate "next to the roundabout there is a small red pool" --translator llama
  rune-pl translate "a ship near a harbor" --translator llama --samples 5 --json > audit.json
  rune-pl translate "flooded roads near a bridge" --ontology flood.yaml
  rune-pl translate "ships" --translator http --llm-url http://localhost:8080/v1 --show-prompt
"""


@click.command(epilog=_EXAMPLES)
@click.argument("text")
@translator_options
@library_option
@ontology_option
@click.option("--show-prompt", is_flag=True, help="Print what the model is asked, and do not ask it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object with every step (docs/translation.md).")
def command(
    text: str,
    asked: TranslatorOptions,
    library: tuple[Path, ...],
    ontology: Path | None,
    show_prompt: bool,
    as_json: bool,
) -> None:
    """Translate TEXT, a question in English, into a rule, and say it back in English.

    The rule has passed the language check. Words that no rule can say are noted, never silently left out.
    """
    from rune_pl.language import Library, Vocabulary, check_program, parse_program, verbalize

    known, vocabulary = Library.load(library), Vocabulary.load(ontology)
    if show_prompt:
        click.echo(asked.prompt(text, known, vocabulary))
        return
    found = asked.make(known, vocabulary).translate(text)
    program = check_program(parse_program(found.rule), library=known, vocabulary=vocabulary).program
    reading = verbalize(program, vocabulary)
    if as_json:
        click.echo(
            json_line(
                {
                    "text": found.text,
                    "rule": str(program),
                    "reading": reading,
                    "translator": found.translator,
                    "notes": list(found.notes),
                    "trace": found.trace,
                }
            )
        )
        return
    lines = [f"rule ({found.translator}): {program}", f"reading: {reading}", *(f"note: {n}" for n in found.notes)]
    for line in lines:
        console().print(line, soft_wrap=True)
