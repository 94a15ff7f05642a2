"""`rune-pl import`: annotations or detections in a foreign format, made into an archive."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from rune_pl.cli._common import json_line, progress
from rune_pl.cli._common import report as print_line

if TYPE_CHECKING:
    from rune_pl.archive.formats import ImportReport

FORMAT_NAMES = (
    "dota",
    "dota-results",
    "yolo-obb",
    "coco",
    "geojson",
    "xbd",
    "floodnet",
)  # a test holds them to the library's

EXAMPLES = """\b
Examples:
  rune-pl import dota labelTxt/ -o truth/
  rune-pl import dota-results results/ -o scenes/ --images images/
  rune-pl import yolo-obb labels/ -o scenes/ --classes data.yaml --size 1024x1024
  rune-pl import coco results.json -o scenes/ --instances instances.json --skip-bad
  rune-pl import geojson detections.geojson -o scenes/ --gsd 0.5
  rune-pl import xbd labels/ -o truth/
  rune-pl import floodnet facts.json -o facts/
"""


def _size(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """Width and height from `1024x768`."""
    if value is None:
        return None
    match = re.fullmatch(r"([0-9]{1,8})[xX]([0-9]{1,8})", value)
    if match is None or int(match[1]) == 0 or int(match[2]) == 0:
        raise click.BadParameter(f"{value!r} is not a size such as 1024x768", ctx=context, param=parameter)
    return int(match[1]), int(match[2])


@click.command(name="import", epilog=EXAMPLES)
@click.argument("format_name", metavar="FORMAT", type=click.Choice(FORMAT_NAMES))
@click.argument("source", metavar="SRC", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", required=True, metavar="ARCHIVE", type=click.Path(path_type=Path), help="The archive to write."
)
@click.option(
    "--skip-bad", is_flag=True, help="Leave bad lines out and count them; otherwise one of them stops the import."
)
@click.option(
    "--size", callback=_size, metavar="WxH", help="Size in pixels of images whose size is not known otherwise."
)
@click.option(
    "--images", type=click.Path(path_type=Path), metavar="DIR", help="Folder of the images, to read their sizes."
)
@click.option(
    "--gsd",
    type=float,
    metavar="M",
    help="Metres per pixel where the source does not tell; for geojson the pixel to choose (default 1).",
)
@click.option(
    "--classes",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Class names of yolo-obb: data.yaml, or one per line.",
)
@click.option(
    "--instances",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The instances file that coco results belong to.",
)
@click.option("--append", "mode", flag_value="append", help="Add to an archive.")
@click.option("--replace", "mode", flag_value="replace", help="Put the new archive in the place of the old one.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as a JSON object.")
def command(
    format_name: str,
    source: Path,
    output: Path,
    skip_bad: bool,
    size: tuple[int, int] | None,
    images: Path | None,
    gsd: float | None,
    classes: Path | None,
    instances: Path | None,
    mode: Literal["append", "replace"] | None,
    as_json: bool,
) -> None:
    """Import annotations or detections into an archive.

    FORMAT is dota (a labelTxt folder), dota-results (a folder of Task1_CLASS.txt), yolo-obb (a folder of .txt), coco
    (an instances or results JSON), geojson (a FeatureCollection or a folder of them), xbd (a label JSON or a folder of
    them) or floodnet (a JSON of counts per image). Bad lines are listed as file:line: reason, and then nothing is
    written unless --skip-bad is given.
    """
    from rune_pl.archive.formats import import_archive
    from rune_pl.errors import ImportRefusedError, UserError

    try:
        with progress(None, f"import {format_name}") as advance:
            report = import_archive(
                format_name,
                source,
                output,
                skip_bad=skip_bad,
                size=size,
                images=images,
                gsd=gsd,
                classes=classes,
                instances=instances,
                mode=mode or "create",
                command=shlex.join(["rune-pl", *sys.argv[1:]]),
                progress=advance,
            )
    except ImportRefusedError as error:
        for problem in error.problems:
            print_line(str(problem))
        count = len(error.problems)
        found = f"{count} bad line{'s'[: count != 1]}" if error.complete else f"the first {count} bad lines are above"
        raise UserError(
            f"nothing was imported: {found}", hint="mend them, or leave them out with --skip-bad"
        ) from error
    for remark in (*report.notes, *report.problems):
        print_line(str(remark))
    if as_json:
        click.echo(json_line(_as_json(report, output)))
    else:
        click.echo(_sentence(report, output))


def _as_json(report: ImportReport, output: Path) -> dict[str, object]:
    return {
        "archive": str(output),
        "images": report.images,
        "detections": report.detections,
        "skipped": report.skipped,
        "widened": report.widened,
    }


def _sentence(report: ImportReport, output: Path) -> str:
    def counted(number: int, noun: str) -> str:
        return f"{number:,} {noun}{'s'[: number != 1]}"

    text = f"imported {counted(report.images, 'image')} with {counted(report.detections, 'detection')} into {output}"
    if report.skipped:
        text += f"; {counted(report.skipped, 'bad line')} left out"
    return text
