"""`rune-pl evaluate`: does a question find the right images, and is its probability one?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rune_pl.cli._common import (
    compiling_notice,
    console,
    err_console,
    json_line,
    library_option,
    ontology_option,
    progress,
)
from rune_pl.cli._translators import TranslatorOptions, translator_options

if TYPE_CHECKING:
    from rune_pl.evaluate import Evaluation
    from rune_pl.evaluate.methods import Method

EXAMPLES = """\b
Examples:
  rune-pl evaluate scenes/ --truth truth/ --queries queries.yaml -o results/
  rune-pl evaluate scenes/ --truth truth/ --queries queries.yaml --cross-fit 5 -o results/
  rune-pl evaluate scenes/ --truth truth/ --queries queries.yaml --method exact --method fuzzy --json
  rune-pl evaluate scenes/ --truth truth/ --queries queries.yaml --translator controlled -o english/
  rune-pl evaluate scenes/ --truth truth/ --queries queries.yaml --clip RemoteCLIP-ViT-B-32.pt -o clip/
"""


@click.command(epilog=EXAMPLES)
@click.argument("archive", type=click.Path(path_type=Path))
@click.option(
    "--truth", required=True, type=click.Path(path_type=Path), help="The archive of the objects that are there."
)
@click.option(
    "--queries",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A YAML file of queries (docs/evaluation.md).",
)
@click.option(
    "--calibration", type=click.Path(path_type=Path), metavar="FILE", help="Calibrate the detections with this first."
)
@click.option(
    "--cross-fit",
    type=click.IntRange(2),
    metavar="N",
    help="Calibrate on the truth in N folds: every image by what is fitted on the others.",
)
@click.option(
    "--fit",
    type=click.Choice(["auto", "isotonic", "temperature", "platt", "context"]),
    default="context",
    show_default=True,
    help="With --cross-fit: what is fitted, as the --method of rune-pl calibrate.",
)
@click.option(
    "--iou",
    type=click.FloatRange(0.0, 1.0, min_open=True),
    help="With --cross-fit: overlap from which an object is found.  [default: 0.1, on the score alone 0.5]",
)
@click.option(
    "--reliability",
    is_flag=True,
    help="With --cross-fit: also fit how likely all detections of a class in an image are wrong together.",
)
@click.option(
    "--method",
    "methods",
    multiple=True,
    type=click.Choice(["exact", "threshold", "fuzzy", "presence"]),
    help="Only these methods; may be repeated.  [default: all]",
)
@click.option(
    "--clip",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="CHECKPOINT",
    help="Compare with a joint embedding: an open_clip checkpoint of yours (the extra clip).",
)
@click.option("--clip-model", default="ViT-B-32", show_default=True, metavar="NAME", help="Its architecture.")
@click.option(
    "--bootstrap", default=1000, show_default=True, type=click.IntRange(0), help="Resamples of the images; 0 for none."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIRECTORY",
    help="Write results.json, results.md, report.html and the plots here.",
)
@library_option
@ontology_option
@translator_options
@click.option(
    "--budget",
    default=60.0,
    show_default=True,
    type=click.FloatRange(min=0.0, min_open=True),
    help="Seconds per image.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what results.json holds, as one line.")
def command(
    archive: Path,
    truth: Path,
    queries: Path,
    calibration: Path | None,
    cross_fit: int | None,
    fit: str,
    iou: float | None,
    reliability: bool,
    methods: tuple[str, ...],
    clip: Path | None,
    clip_model: str,
    bootstrap: int,
    output: Path | None,
    library: tuple[Path, ...],
    ontology: Path | None,
    asked: TranslatorOptions,
    budget: float,
    as_json: bool,
) -> None:
    """Measure how well queries find images, against what is there.

    Each query ranks the images of ARCHIVE (detections) with the exact engine and with simpler methods; which images are
    right is what the same rule says of the truth. With --translator the rule that ranks is what the translator makes
    of the query's English. Rules are taken as they stand otherwise.
    """
    from rune_pl.archive import Archive
    from rune_pl.evaluate import evaluate, read_queries
    from rune_pl.evaluate.catalogue import methods_named
    from rune_pl.evaluate.facts import has_scores, prepared_detections
    from rune_pl.evaluate.summary import summary
    from rune_pl.inference import Budget
    from rune_pl.language import Library, Vocabulary

    if calibration is not None and cross_fit is not None:
        raise click.UsageError("give --calibration or --cross-fit, not both")
    if iou is not None and cross_fit is None:
        raise click.UsageError("--iou goes with --cross-fit")
    if reliability and cross_fit is None:
        raise click.UsageError("--reliability goes with --cross-fit")
    found, there = Archive.open(archive), Archive.open(truth)
    embeddings: tuple[Method, ...] = ()
    if clip is not None:
        from rune_pl.evaluate.clip import JointEmbedding, load_encoder

        files = {image: found.path / path for image in found.image_ids if (path := found.image_path(image)) is not None}
        embeddings = (JointEmbedding(load_encoder(clip_model, clip), files),)
    asking, known, words = read_queries(queries), Library.load(library), Vocabulary.load(ontology)
    truths = there.scenes()
    detections, facts = prepared_detections(
        found.scenes(),
        truths,
        calibration=calibration,
        folds=cross_fit,
        reliability=reliability,
        method=fit,
        iou=iou,
        seed=asked.seed,
    )
    chosen = (*methods_named(methods, Budget(seconds=budget), scores=has_scores(detections)), *embeddings)
    given = click.get_current_context().get_parameter_source("translator")
    translator = None
    if given is not click.core.ParameterSource.DEFAULT:
        every = words.with_classes([*found.classes, *there.classes])
        translator = asked.make(known, every)
    with compiling_notice(), progress(len(asking) * len(chosen), "evaluating") as advance:
        result = evaluate(
            detections, truths, asking, chosen,
            library=known, vocabulary=words, translator=translator, bootstrap=bootstrap, seed=asked.seed,
            progress=lambda done, total: advance(done),
        )  # fmt: skip
    about = {
        "archive": archive.name,
        "truth": truth.name,
        "queries": queries.name,
        "facts": facts,
        "translator": None if translator is None else translator.name,
    }
    content = summary(result, about)
    notice = err_console()
    for note in result.notes[:10]:
        notice.print(f"note: {note}", soft_wrap=True)
    if output is not None:
        from rune_pl.evaluate.report import write_report

        for line in write_report(result, content, output):
            notice.print(line, soft_wrap=True)
    if as_json:
        click.echo(json_line(content))
    else:
        _table(result)


def _table(found: Evaluation) -> None:
    from rich.table import Table

    from rune_pl.evaluate.report.tables import HEADER, method_rows

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in HEADER:
        table.add_column(name, no_wrap=True, justify="left" if name == HEADER[0] else "right")
    for row in method_rows(found, intervals=False):
        table.add_row(*row)
    console().print(table, highlight=False)
