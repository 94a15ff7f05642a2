"""`rune-pl prove`: why an image has its answer, as proof trees that someone else can verify."""

from __future__ import annotations

from pathlib import Path

import click

from rune_pl.cli._common import (
    calibration_option,
    compiling_notice,
    err_console,
    library_option,
    ontology_option,
    stages,
)
from rune_pl.cli._questions import Question, known_options, rule_options, tell
from rune_pl.cli._translators import TranslatorOptions, translator_options

EXAMPLES = """\b
Examples:
  rune-pl prove scenes/ P0003 "a ship near a harbor"
  rune-pl prove scenes/ P0003 --rule 'retrieve :- object(A, ship), \\+ object(_, bridge).' -o proof.json -o proof.html
  rune-pl prove scenes/ P0003 "three planes" --reject d9 --top 5 -o report.md
  rune-pl prove scenes/ P0003 "a ship" --calibration calibration.json -o proof.json
  rune-pl verify proof.json --archive scenes/ --calibration calibration.json
"""


@click.command("prove", epilog=EXAMPLES)
@click.argument("archive", type=click.Path(path_type=Path))
@click.argument("image")
@rule_options
@click.option(
    "--top", default=3, show_default=True, type=click.IntRange(min=0), help="How many proofs; 0 gives all of them."
)
@click.option(
    "--threshold",
    default=0.5,
    show_default=True,
    type=click.FloatRange(0.0, 1.0, min_open=True, max_open=True),
    help="From what probability on the image counts as a hit.",
)
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the proof to a .json, .html, .svg, .dot, .md or .txt file; may be repeated.",
)
@known_options
@click.option(
    "--budget",
    default=60.0,
    show_default=True,
    type=click.FloatRange(min=0.0, min_open=True),
    help="Seconds for each probability.",
)
@library_option
@ontology_option
@calibration_option
@translator_options
@click.option("--json", "as_json", is_flag=True, help="Print the proof as JSON (rune-pl schema proof).")
def command(
    archive: Path,
    image: str,
    text: str | None,
    rule: str | None,
    rule_file: Path | None,
    top: int,
    threshold: float,
    outputs: tuple[Path, ...],
    confirm: tuple[str, ...],
    reject: tuple[str, ...],
    gsd: float | None,
    budget: float,
    library: tuple[Path, ...],
    ontology: Path | None,
    calibration: Path | None,
    asked: TranslatorOptions,
    as_json: bool,
) -> None:
    """Prove the answer for one image.

    Prints the most probable proofs as trees, what the answer hangs on, and which detections, confirmed or rejected,
    would turn the decision. With -o the same goes to a file: JSON for `rune-pl verify`, HTML, Markdown, SVG or DOT.
    """
    from rune_pl.explain import explain
    from rune_pl.explain.explain import provable
    from rune_pl.explain.export import check_file, write
    from rune_pl.explain.export.text import text as as_text
    from rune_pl.inference import Budget
    from rune_pl.retrieval import open_archive

    question = Question(text, rule, rule_file)
    for path in outputs:
        check_file(path)
    opened = open_archive(archive, library=library, ontology=ontology, calibration=calibration)
    opened.archive.image(image)  # a wrong name is told before a model is loaded
    if provable(opened) is not None:
        err_console().print(f"calibration: {opened.facts}", soft_wrap=True)
    prepared = question.prepare(opened, asked)
    tell(prepared, reading=False)
    with compiling_notice(), stages() as stage:
        proof = explain(
            opened,
            image,
            prepared,
            confirm=confirm,
            reject=reject,
            gsd=gsd,
            top=top,
            threshold=threshold,
            budget=Budget(seconds=budget),
            progress=stage,
        )
    for path in outputs:
        write(proof, path)
        err_console().print(f"wrote {path}", soft_wrap=True)
    if as_json:
        click.echo(proof.dump(), nl=False)
    elif not outputs:
        click.echo(as_text(proof), nl=False)
