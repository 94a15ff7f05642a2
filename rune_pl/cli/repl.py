"""`rune-pl repl`: SWI-Prolog's toplevel on the scenes of an archive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rune_pl.cli._common import calibration_option, compiling_notice, err_console, library_option, ontology_option
from rune_pl.cli._translators import TranslatorOptions, translator_options

if TYPE_CHECKING:
    from rune_pl.retrieval import ImageArchive
    from rune_pl.translate import Translator

EXAMPLES = """\b
Examples:
  rune-pl repl scenes/
  rune-pl repl scenes/ --image P0003 --program my_relations.pl
\b
At its prompt (docs/repl.md):
  ?- scene(S), object(A, plane), near(A, B), object(B, C).
  ?- prob((object(A, plane), object(B, ship), near(A, B)), P).
  ?- retrieve("a ship near a harbor", Image, P).
  ?- why(near(d1, d2)).
"""


@click.command("repl", epilog=EXAMPLES)
@click.argument("archive", type=click.Path(path_type=Path))
@click.option("--image", "images", multiple=True, metavar="ID", help="Load this image only; may be repeated.")
@click.option(
    "--program",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A .pl file with relations of your own; `make.` loads it again.",
)
@click.option(
    "--gsd",
    type=click.FloatRange(min=0.0, min_open=True),
    help="Metres per pixel where an image does not know its own.",
)
@library_option
@ontology_option
@calibration_option
@translator_options
def command(
    archive: Path,
    images: tuple[str, ...],
    program: Path | None,
    gsd: float | None,
    library: tuple[Path, ...],
    ontology: Path | None,
    calibration: Path | None,
    asked: TranslatorOptions,
) -> None:
    """Ask in Prolog: SWI-Prolog's toplevel, with the scenes of an archive loaded.

    Detections are facts, the relations of the rule library are there, and prob/2 gives exact probabilities. Ctrl-C
    interrupts a query; `halt.` or the end of file leave.
    """
    from rune_pl.explain.explain import provable
    from rune_pl.repl import Session, Toplevel
    from rune_pl.retrieval import open_archive

    opened = open_archive(archive, library=library, ontology=ontology, calibration=calibration)
    if provable(opened) is not None:
        err_console().print(f"calibration: {opened.facts}", soft_wrap=True)
    for image in images:
        opened.archive.image(image)

    def translator(current: ImageArchive) -> Translator:
        return asked.make(current.library, current.vocabulary)

    chosen = tuple(dict.fromkeys(images)) or opened.images
    with compiling_notice():
        session = Session(opened, chosen, translator, gsd=gsd, program=program, say=click.echo)
        toplevel = Toplevel(session)
    count = f"{len(chosen):,} scene{'' if len(chosen) == 1 else 's'}"
    err_console().print(f"{count} loaded; docs/repl.md says what to ask, halt. leaves", soft_wrap=True)
    toplevel.run()
