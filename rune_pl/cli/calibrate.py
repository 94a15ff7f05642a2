"""`rune-pl calibrate`: fit the map from scores to probabilities."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rune_pl.cli._common import console, err_console, json_line, stages

if TYPE_CHECKING:
    from rune_pl.calibration import Calibration

EXAMPLES = """\b
Examples:
  rune-pl calibrate scenes/ --truth truth/ -o calibration.json
  rune-pl calibrate scenes/ --truth truth/ -o calibration.json --no-reliability --plot reliability.png
  rune-pl query scenes/ "a ship near a harbor" --calibration calibration.json
"""


@click.command(epilog=EXAMPLES)
@click.argument("archive", type=click.Path(path_type=Path))
@click.option(
    "--truth", required=True, type=click.Path(path_type=Path), metavar="ARCHIVE", help="What is there, as an archive."
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The file to write.",
)
@click.option(
    "--method",
    type=click.Choice(["auto", "isotonic", "temperature", "platt", "context"]),
    default="auto",
    show_default=True,
    help="Kind of map; auto chooses for each class by held-out images, context looks at the rest of the image too.",
)
@click.option(
    "--reliability/--no-reliability",
    default=False,
    show_default=True,
    help="Model that the detections of a class in an image can be false alarms all together.",
)
@click.option("--folds", default=5, show_default=True, type=click.IntRange(min=2), help="Parts of the images.")
@click.option("--seed", default=0, show_default=True, help="Of the parts.")
@click.option(
    "--iou",
    type=click.FloatRange(0.0, 1.0, min_open=True),
    help="Overlap from which a detection has found an object.  [default: 0.5; in context 0.1]",
)
@click.option(
    "--plot",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Draw a reliability diagram into a .png or .svg file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the errors as one JSON object.")
def command(
    archive: Path,
    truth: Path,
    output: Path,
    method: str,
    reliability: bool,
    folds: int,
    seed: int,
    iou: float | None,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Fit the map from a detector's scores to probabilities.

    ARCHIVE has detections of images of which the truth is known. Printed are the expected calibration error and the
    Brier score by class, before and after; "after" is about images that the map was not fitted on.
    """
    from rune_pl.archive import Archive
    from rune_pl.calibration.copying import calibrated_with
    from rune_pl.calibration.fitting import fit_with_outcomes
    from rune_pl.errors import UsageError

    if plot is not None:
        from rune_pl.calibration.plot import check_plot

        check_plot(plot)
    found, known = Archive.open(archive), Archive.open(truth)
    if (before := calibrated_with(found)) is not None:
        raise UsageError(f"{archive} is calibrated already ({before})", hint="calibrate the archive it was made from")
    with stages() as stage:
        stage("fitting")
        fitted, outcomes = fit_with_outcomes(
            found.scenes(), known.scenes(), method=method, folds=folds, seed=seed, reliability=reliability, iou=iou
        )
    fitted.save(output)
    if plot is not None:
        from rune_pl.calibration.plot import plot_reliability

        plot_reliability(outcomes.before, outcomes.after, outcomes.right, plot)
    if as_json:
        click.echo(json_line({"file": output, "sha256": fitted.digest, **fitted.about, "classes": fitted.rows()}))
    else:
        _table(fitted)
    for path in (output, *([plot] if plot is not None else [])):
        err_console().print(f"wrote {path}", soft_wrap=True)


def _table(fitted: Calibration) -> None:
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("class", no_wrap=True)
    table.add_column("map", no_wrap=True)
    for name in ("detections", "right", "ECE", "after", "Brier", "after"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in fitted.summary:
        errors = (*row.error, *row.brier)
        name, kind = ("all", "") if row.name is None else (row.name, row.kind)
        table.add_row(name, kind, f"{row.detections:,}", f"{row.right:,}", *(f"{value:.3f}" for value in errors))
    console().print(table, highlight=False)
