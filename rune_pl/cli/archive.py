"""`rune-pl archive`: look into archives, verify them, and get their content out."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from rune_pl.cli._common import console, json_line, progress
from rune_pl.errors import ArchiveWriteError

if TYPE_CHECKING:
    from rune_pl.archive import Archive
    from rune_pl.archive.statistics import ArchiveStatistics

_GROUP_EXAMPLES = """\b
Examples:
  rune-pl archive info scenes/
  rune-pl archive check scenes/
  rune-pl archive export scenes/ -o scenes.jsonl
  rune-pl archive compact scenes/
"""
_INFO_EXAMPLES = """\b
Examples:
  rune-pl archive info scenes/
  rune-pl archive info scenes/ --json
"""
_CHECK_EXAMPLES = """\b
Examples:
  rune-pl archive check scenes/
  rune-pl archive check scenes/ --json
"""
_EXPORT_EXAMPLES = """\b
Examples:
  rune-pl archive export scenes/ -o scenes.jsonl
  rune-pl archive export scenes/ --image P0003 --image P0007
"""

_COMPACT_EXAMPLES = """\b
Examples:
  rune-pl archive compact scenes/
"""

_PATH = click.argument("path", metavar="ARCHIVE", type=click.Path(path_type=Path))


@click.group("archive", epilog=_GROUP_EXAMPLES)
def command() -> None:
    """Print, verify, export and compact archives."""


@command.command("info", epilog=_INFO_EXAMPLES)
@_PATH
@click.option("--json", "as_json", is_flag=True, help="One JSON object (docs/archive.md).")
def info(path: Path, as_json: bool) -> None:
    """Say what is in an archive: images, detections by class, where they come from, size on disk."""
    from rune_pl.archive import Archive
    from rune_pl.archive.statistics import archive_statistics

    archive = Archive.open(path)
    with progress(len(archive), "counting") as report:
        statistics = archive_statistics(archive, report)
    if as_json:
        click.echo(json_line(_as_json(archive, statistics)))
    else:
        _print(archive, statistics)


@command.command("check", epilog=_CHECK_EXAMPLES)
@_PATH
@click.option("--json", "as_json", is_flag=True, help="One JSON object (docs/archive.md).")
@click.pass_context
def check(context: click.Context, path: Path, as_json: bool) -> None:
    """Verify every file and row of an archive. The exit code is 1 when something is damaged."""
    from rune_pl.archive import check_archive

    report = check_archive(path)
    if as_json:
        click.echo(
            json_line(
                {
                    "path": path,
                    "ok": report.ok,
                    "files": report.files,
                    "images": report.images,
                    "detections": report.detections,
                    "problems": [vars(problem) for problem in report.problems],
                    "leftovers": report.leftovers,
                }
            )
        )
    else:
        out = console()
        for problem in report.problems:
            out.print(f"{path / problem.file}: {problem.message}", soft_wrap=True)
        if report.leftovers:
            count = len(report.leftovers)
            out.print(f"note: {count} unfinished files of a stopped or running writer; the next one removes them")
        if report.ok:
            out.print(
                f"{path}: intact, {report.files} files, {report.images:,} images, {report.detections:,} detections",
                soft_wrap=True,
            )
    if not report.ok:
        context.exit(1)


@command.command("export", epilog=_EXPORT_EXAMPLES)
@_PATH
@click.option("--image", "images", multiple=True, metavar="ID", help="Only this image; may be repeated.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file instead of standard output."
)
def export(path: Path, images: tuple[str, ...], output: Path | None) -> None:
    """Write the content as JSON lines: one object per image, with its detections (docs/archive.md)."""
    from rune_pl.archive import Archive
    from rune_pl.archive.export import export_images

    archive = Archive.open(path)
    chosen = list(dict.fromkeys(images)) or None
    with _output(output) as stream, progress(len(chosen or archive), "exporting") as report:
        for record in export_images(archive, chosen):
            click.echo(json_line(record), file=stream)
            report.advance()


@command.command("compact", epilog=_COMPACT_EXAMPLES)
@_PATH
def compact(path: Path) -> None:
    """Write an archive anew so that queries are quick: fewer parts, small row groups, an index (docs/archive.md)."""
    from rune_pl.archive import Archive
    from rune_pl.archive.compact import compact as write_anew

    archive = Archive.open(path)
    with progress(len(archive), "compacting") as report:
        before = write_anew(path, report)
    after = Archive.open(path)
    console().print(
        f"{path}: {before} parts became {len(after.manifest.parts)}, "
        f"{archive.manifest.size_bytes:,} bytes {after.manifest.size_bytes:,}",
        soft_wrap=True,
    )


@contextmanager
def _output(path: Path | None) -> Iterator[TextIO | None]:
    """Where to write: None is standard output; a file gets its name only when it is complete."""
    if path is None:
        yield None
        return
    special = path.exists() and not path.is_file()  # a pipe or a device is written to and not replaced
    target = path if special else path.with_name(f".{path.name[:100]}-{uuid.uuid4().hex}.tmp")
    try:
        with target.open("w", encoding="utf-8") as stream:
            yield stream
        if not special:
            os.replace(target, path)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ArchiveWriteError(f"cannot be written: {error.strerror or error}", path=path) from None
    finally:
        if not special:
            with suppress(OSError):
                target.unlink(missing_ok=True)


def _as_json(archive: Archive, statistics: ArchiveStatistics) -> dict[str, Any]:
    from rune_pl.archive.schema import SCHEMA_VERSION

    return {
        "path": archive.path,
        "schema_version": SCHEMA_VERSION,
        "images": statistics.images,
        "detections": statistics.detections,
        "images_with_size": statistics.sized,
        "images_with_gsd": statistics.scaled,
        "images_with_crs": statistics.referenced,
        "detections_with_class_vector": statistics.with_vector,
        "classes": [
            {"class": c.name, "detections": c.detections, "mean_probability": c.mean_probability}
            for c in statistics.classes
        ],
        "size_bytes": statistics.size_bytes,
        "bytes_per_detection": statistics.bytes_per_detection,
        "parts": [part.as_json() for part in archive.manifest.parts],
    }


def _print(archive: Archive, statistics: ArchiveStatistics) -> None:
    from rich.table import Table
    from rich.text import Text

    out = console()
    facts = Table(box=None, show_header=False, pad_edge=False)
    facts.add_column(no_wrap=True)
    facts.add_column(overflow="fold")
    per_detection = statistics.bytes_per_detection
    for name, value in (
        ("archive", str(archive.path)),
        ("images", f"{statistics.images:,}"),
        ("  of known size", _share(statistics.sized, statistics.images)),
        ("  of known metres per pixel", _share(statistics.scaled, statistics.images)),
        ("  with coordinate system", _share(statistics.referenced, statistics.images)),
        ("detections", f"{statistics.detections:,}"),
        ("  with class vector", _share(statistics.with_vector, statistics.detections)),
        ("size", f"{statistics.size_bytes:,} bytes"),
        ("  per detection", "-" if per_detection is None else f"{per_detection:.1f} bytes"),
    ):
        facts.add_row(name, Text(value))
    out.print(facts)
    classes = Table("class")
    classes.add_column("detections", justify="right")
    classes.add_column("mean probability", justify="right")
    for c in statistics.classes:
        classes.add_row(c.name, f"{c.detections:,}", "-" if c.mean_probability is None else f"{c.mean_probability:.3f}")
    out.print(classes)
    parts = Table("part")
    for heading in ("images", "detections"):
        parts.add_column(heading, justify="right")
    parts.add_column("made by", overflow="fold")
    parts.add_column("command", overflow="fold")
    for number, part in enumerate(archive.manifest.parts, start=1):
        maker = f"{part.provenance.tool} {part.provenance.version}"
        if part.provenance.weights_sha256:
            maker += f", weights {part.provenance.weights_sha256[:12]}"
        parts.add_row(
            str(number),
            f"{part.images.rows:,}",
            f"{part.detections.rows:,}",
            Text(maker),
            Text(part.provenance.command or "-"),
        )
    out.print(parts)


def _share(count: int, total: int) -> str:
    return f"{count:,} ({count / total:.0%})" if total else "0"
