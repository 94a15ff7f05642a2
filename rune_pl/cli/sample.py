"""`rune-pl sample`: scenes with true boxes and simulated detections, generated or copied from the bundled sample."""

from __future__ import annotations

from pathlib import Path

import click

from rune_pl.errors import UsageError


@click.command(
    "sample",
    epilog="""\b
Examples:
  rune-pl sample scenes/ --scenes 100 --seed 7
  rune-pl import dota-results scenes/detections -o archive/
  rune-pl sample flood/ --kind flood --scenes 20
  rune-pl sample mine/ --bundled
  rune-pl query "$(rune-pl sample --path)" "a ship near a harbor"
""",
)
@click.argument("directory", required=False, type=click.Path(path_type=Path))
@click.option("--scenes", type=click.IntRange(1, 1_000_000), help="How many scenes to generate.  [default: 40]")
@click.option("--seed", type=click.IntRange(0), help="The same seed gives the same scenes.  [default: 0]")
@click.option("--size", type=click.IntRange(64, 4096), help="Side of the images in pixels.  [default: 512]")
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Only this kind of scene (more than one: repeat).")
@click.option("--bundled", is_flag=True, help="Copy the sample that ships with rune-pl instead of generating one.")
@click.option("--path", "show_path", is_flag=True, help="Print where the bundled archive is, and do nothing else.")
def command(
    directory: Path | None,
    scenes: int | None,
    seed: int | None,
    size: int | None,
    kinds: tuple[str, ...],
    bundled: bool,
    show_path: bool,
) -> None:
    """Write sample data to DIRECTORY: images/, truth/ (DOTA labels) and detections/ (DOTA results).

    The images are generated aerial scenes of nine kinds: port, marina, anchorage, airfield, residential, industrial,
    sports, river, countryside; and, only with --kind flood, of streets after a flood. The detections come from a
    simulated detector that misses, confuses and imagines objects. DIRECTORY must be new or empty. Nothing is imported:
    that is for
    `rune-pl import dota-results DIRECTORY/detections -o ARCHIVE`.
    """
    from rune_pl.sample import KINDS, copy_sample, sample_archive_path, write_sample

    generating = scenes is not None or seed is not None or size is not None or bool(kinds)
    if show_path:
        if directory is not None or bundled or generating:
            raise UsageError("--path goes with nothing else", hint="rune-pl sample --path")
        click.echo(sample_archive_path())
        return
    if directory is None:
        raise UsageError("no DIRECTORY is given", hint="rune-pl sample DIRECTORY, or rune-pl sample --path")
    if bundled:
        if generating:
            raise UsageError("--bundled copies a fixed sample: --scenes, --seed, --size and --kind do not go with it")
        copy_sample(directory)
        click.echo(f"{directory}: copied the bundled sample; its archive is {directory / 'archive'}")
        return

    count = 40 if scenes is None else scenes
    from rune_pl.cli._common import progress

    with progress(count, "drawing scenes") as advance:
        write_sample(
            directory,
            count,
            0 if seed is None else seed,
            size=512 if size is None else size,
            kinds=kinds or KINDS,
            progress=advance,
        )
    click.echo(f"{directory}: {count} scenes; next: rune-pl import dota-results {directory / 'detections'} -o ARCHIVE")
