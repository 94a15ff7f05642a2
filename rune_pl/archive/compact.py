"""Bringing an archive into the form that queries are quick on: fewer parts, small row groups, an index for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from rune_pl.archive.manifest import Part
from rune_pl.archive.part_writer import PART_DETECTIONS, PART_IMAGES
from rune_pl.archive.reader import Archive
from rune_pl.archive.writer import ArchiveWriter

Progress = Callable[[int, int], None]

_CHUNK_IMAGES = 2_000


def compact(path: str | Path, progress: Progress | None = None) -> int:
    """Write the archive anew, neighbouring parts of the same provenance together; gives the number of parts before.

    The images, their order, their detections and their provenance stay as they are. Those who have the archive open
    go on reading what they have in memory and then get ArchiveChangedError. `progress` is called with (images done,
    images in all).

    Raises:
        ArchiveError: the archive cannot be read or written; it is as it was.
    """
    kept = Archive.open(path)
    if not kept.manifest.parts:
        return 0
    provenance = kept.manifest.parts[0].provenance
    with ArchiveWriter(path, provenance=provenance, classes=kept.classes, mode="replace") as writer:
        archive = Archive.open(path)  # as it is now that nobody else writes
        done = first = 0
        for parts in _together(archive.manifest.parts):
            writer.begin_part(parts[0].provenance)
            until = first + sum(part.images.rows for part in parts)
            for low in range(first, until, _CHUNK_IMAGES):
                high = min(low + _CHUNK_IMAGES, until)
                scenes = archive.scenes_at(np.arange(low, high))
                writer.add_scenes(scenes, images=archive.images.table.slice(low, high - low))
                done += len(scenes)
                if progress is not None:
                    progress(done, len(archive))
            first = until
    return len(archive.manifest.parts)


def _together(parts: Sequence[Part]) -> list[list[Part]]:
    """Runs of neighbouring parts that become one."""
    found: list[list[Part]] = []
    for part in parts:
        last = found[-1] if found else []
        fits = (
            bool(last)
            and last[0].provenance == part.provenance
            and sum(p.detections.rows for p in last) + part.detections.rows <= PART_DETECTIONS
            and sum(p.images.rows for p in last) + part.images.rows <= PART_IMAGES
        )
        if fits:
            last.append(part)
        else:
            found.append([part])
    return found
