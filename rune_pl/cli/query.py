"""`rune-pl query`: rank images by the probability that they satisfy a question or a rule."""

from __future__ import annotations

import csv
import io
import json
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rune_pl.cli._common import (
    calibration_option,
    compiling_notice,
    console,
    err_console,
    json_line,
    library_option,
    ontology_option,
    progress,
)
from rune_pl.cli._questions import Question, known_options, rule_options, tell
from rune_pl.cli._translators import TranslatorOptions, translator_options

if TYPE_CHECKING:
    from rune_pl.explain import Proof
    from rune_pl.retrieval import Hit, ImageArchive, Prepared, Results
    from rune_pl.retrieval.cluster import Cluster

_TINY = 5e-7  # what six digits would round away
_COLUMNS = (
    "rank",
    "image",
    "probability",
    "lower",
    "upper",
    "log_odds",
    "method",
    "expected_matches",
    "best",
    "path",
    "reason",
)

EXAMPLES = """\b
Examples:
  rune-pl query scenes/ "a ship near a harbor but no large vehicle"
  rune-pl query scenes/ --rule 'retrieve :- object(A, ship), object(B, harbor), near(A, B).' --top 5
  rune-pl query scenes/ --rule-file busy_harbor.pl --top 0 --json > ranking.jsonl
  rune-pl query scenes/ "three planes" --image P0003 --confirm d7 --reject d9
  rune-pl query scenes/ "three planes" --top 5 --explain --report planes.html
  rune-pl query s3://bucket/scenes "three planes" --cluster tcp://scheduler:8786
"""


@click.command(epilog=EXAMPLES)
@click.argument("archive", type=click.Path())
@rule_options
@click.option(
    "--top", default=10, show_default=True, type=click.IntRange(min=0), help="How many images to list; 0 lists all."
)
@click.option("--min-probability", default=0.0, type=click.FloatRange(0.0, 1.0), help="Leave out images below it.")
@click.option("--image", "images", multiple=True, metavar="ID", help="Look at this image only; may be repeated.")
@known_options
@library_option
@ontology_option
@calibration_option
@translator_options
@click.option(
    "--engine",
    type=click.Choice(["auto", "native", "problog"]),
    default="auto",
    show_default=True,
    help="Inference engine.",
)
@click.option(
    "--budget",
    default=60.0,
    show_default=True,
    type=click.FloatRange(min=0.0, min_open=True),
    help="Seconds per image.",
)
@click.option("--memory", default=4096, show_default=True, type=click.IntRange(min=256), help="Megabytes per image.")
@click.option("--workers", type=click.IntRange(min=1), help="Threads, or processes of `--cluster local`; all cores.")
@click.option(
    "--cluster", metavar="ADDRESS", help="Ask the workers of a Dask scheduler (tcp://HOST:8786), or `local` processes."
)
@click.option("--no-cache", is_flag=True, help="Do not look up or keep answers in the user's cache folder.")
@click.option("--explain", "explained", is_flag=True, help="Print the most probable proof of each hit as a tree.")
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the ranking with pictures, probabilities and proofs to an .html file.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per image and line (docs/query.md).")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values with a header.")
def command(
    archive: str,
    text: str | None,
    rule: str | None,
    rule_file: Path | None,
    top: int,
    min_probability: float,
    images: tuple[str, ...],
    confirm: tuple[str, ...],
    reject: tuple[str, ...],
    gsd: float | None,
    library: tuple[Path, ...],
    ontology: Path | None,
    calibration: Path | None,
    asked: TranslatorOptions,
    engine: str,
    budget: float,
    memory: int,
    workers: int | None,
    cluster: str | None,
    no_cache: bool,
    explained: bool,
    report: Path | None,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Rank images by the exact probability that they satisfy a question.

    TEXT is a question in English (`rune-pl query ARCHIVE "two planes near a storage tank"`); a rule says the same in
    Prolog. How the question was understood is printed on standard error.
    """
    from rune_pl.inference import Budget
    from rune_pl.retrieval import open_archive
    from rune_pl.retrieval.cache import QueryCache
    from rune_pl.retrieval.hits import UNCALIBRATED

    question = Question(text, rule, rule_file)
    if as_json and as_csv:
        raise click.UsageError("give --json or --csv, not both")
    if explained and (as_json or as_csv):
        raise click.UsageError("--explain goes with the table, not with --json or --csv")
    if report is not None:
        from rune_pl.explain.export import check_file

        check_file(report, (".html",))
    opened = open_archive(archive, library=library, ontology=ontology, calibration=calibration)
    prepared = question.prepare(opened, asked)
    tell(prepared)
    notice = err_console()
    if opened.facts != UNCALIBRATED:
        notice.print(f"calibration: {opened.facts}", soft_wrap=True)
    if explained or report is not None:
        from rune_pl.explain.explain import provable

        provable(opened)  # told before anything is asked
    total = len(images) or len(opened.archive)
    with compiling_notice(), _connected(cluster, workers) as workers_there, progress(total, "images") as advance:
        results = opened.run(
            prepared,
            top=top,
            min_probability=min_probability,
            images=images or None,
            confirm=confirm,
            reject=reject,
            gsd=gsd,
            engine=engine,
            budget=Budget(seconds=budget, memory_mb=memory),
            progress=lambda done, total: advance(done),
            cache=None if no_cache else QueryCache.default(),
            workers=workers or os.cpu_count() or 1,
            cluster=workers_there,
        )
    if as_json:
        for hit in results:
            click.echo(json_line(hit.to_json()))
    elif as_csv:
        click.echo(_csv(results), nl=False)
    else:
        _table(results)
    if explained or report is not None:
        proofs = _proofs(opened, prepared, results, confirm=confirm, reject=reject, gsd=gsd)
        if explained:
            _trees(proofs)
        if report is not None:
            from rune_pl.explain.export import write_report

            write_report(proofs, report)
            notice.print(f"wrote {report}", soft_wrap=True)
    if results.examined < results.total:
        notice.print(f"looked at {results.examined:,} of {results.total:,} images: no other can be among these")
    if results.unanswered:
        more = "; --top 0 lists them and why" if top else ""
        notice.print(f"{results.unanswered} of {results.examined} images have no exact answer{more}")


@contextmanager
def _connected(address: str | None, workers: int | None) -> Iterator[Cluster | None]:
    """The cluster at an address, None without one."""
    if address is None:
        yield None
        return
    from rune_pl.retrieval.cluster import connect

    with connect(address, workers) as cluster:
        yield cluster


def _proofs(
    archive: ImageArchive,
    prepared: Prepared,
    results: Results,
    *,
    confirm: tuple[str, ...],
    reject: tuple[str, ...],
    gsd: float | None,
) -> list[Proof]:
    """The proofs of the hits that have an answer."""
    from rune_pl.errors import ProofError
    from rune_pl.explain import explain

    answered = [hit for hit in results if hit.answered]
    found = []
    with progress(len(answered), "proofs") as advance:
        for hit in answered:
            mine = [[item for item in items if _is_about(item, hit.image)] for items in (confirm, reject)]
            try:
                found.append(explain(archive, hit.image, prepared, confirm=mine[0], reject=mine[1], gsd=gsd))
            except ProofError as error:
                err_console().print(f"note: {hit.image} has no proof here: {error}", soft_wrap=True)
            advance.advance()
    return found


def _is_about(item: str, image: str) -> bool:
    return "/" not in item or item.rpartition("/")[0] == image


def _trees(proofs: list[Proof]) -> None:
    from rune_pl.explain.export.report import answer_text
    from rune_pl.explain.export.text import tree_lines
    from rune_pl.explain.export.view import View

    for proof in proofs:
        click.echo(f"\n{proof.image}: {answer_text(proof.content)}")
        trees = proof.content["proofs"]
        lines = tree_lines(View(proof.content).tree(trees[0]["tree"])) if trees else ["there is no proof"]
        click.echo("\n".join(f"  {line}" for line in lines))


def _csv(results: Results) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, _COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for hit in results:
        row = hit.to_json()
        row["best"] = json.dumps(row["best"]) if row["best"] else ""
        writer.writerow(row)
    return out.getvalue()


def _table(results: Results) -> None:
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("rank", justify="right", no_wrap=True)
    table.add_column("image", overflow="fold")  # an id that is cut short is of no use
    table.add_column("probability", justify="right", no_wrap=True)
    table.add_column("expected", justify="right", no_wrap=True)
    table.add_column("best match", overflow="fold")
    for hit in results:
        expected = "" if hit.expected_matches is None else f"{hit.expected_matches:.2f}".replace("inf", "many")
        match = ", ".join(map(str, hit.best)) if hit.answered else f"{hit.method}: {hit.reason}"
        table.add_row(str(hit.rank), hit.image, _probability(hit), expected, match)
    console().print(table, highlight=False)


def _probability(hit: Hit) -> str:
    """Six digits; near impossibility and certainty, how far from it."""
    if hit.probability is None:
        return f"[{hit.lower:.3f}, {hit.upper:.3f}]" if hit.upper - hit.lower < 1.0 else "unknown"
    if 0.0 < hit.probability < _TINY:
        return f"{hit.probability:.1e}"
    # A double has no room for 1 - 1e-20; the log-odds do.
    complement = 1.0 - hit.probability or math.exp(-(hit.log_odds or 0.0))
    return f"1 - {complement:.1e}" if 0.0 < complement < _TINY else f"{hit.probability:.6f}"
