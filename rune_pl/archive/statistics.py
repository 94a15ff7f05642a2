"""What is in an archive, in numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rune_pl.archive.manifest import MANIFEST_NAME
from rune_pl.archive.reader import Archive


@dataclass(frozen=True)
class ClassStatistics:
    """Detections whose most probable class this is, and the mean of their probabilities (None without detections)."""

    name: str
    detections: int
    mean_probability: float | None


@dataclass(frozen=True)
class ArchiveStatistics:
    """Numbers about an archive.

    Attributes:
        images, detections: how many there are.
        sized, scaled, referenced: images of known size in pixels, known ground sampling distance, known coordinate
            reference system.
        with_vector: detections that have a class vector.
        classes: in archive order.
        size_bytes: of all files together.
    """

    images: int
    detections: int
    sized: int
    scaled: int
    referenced: int
    with_vector: int
    classes: tuple[ClassStatistics, ...]
    size_bytes: int

    @property
    def bytes_per_detection(self) -> float | None:
        """None where there are no detections."""
        return self.size_bytes / self.detections if self.detections else None


def archive_statistics(archive: Archive, progress: Callable[[int, int], None] | None = None) -> ArchiveStatistics:
    """Count what is in an archive; reads it once in bounded memory. `progress` is called with (images done, images).

    Raises:
        ArchiveCorruptError: a file is damaged.
        ArchiveChangedError: the archive was replaced since it was opened.
    """
    counts = np.zeros(len(archive.classes), dtype=np.int64)
    sums = np.zeros(len(archive.classes))
    done = sized = scaled = referenced = with_vector = 0
    for scenes in archive.iter_scenes():
        counts += np.bincount(scenes.label, minlength=len(counts))
        sums += np.bincount(scenes.label, weights=scenes.probability, minlength=len(sums))
        sized += int((~np.isnan(scenes.width) & ~np.isnan(scenes.height)).sum())
        scaled += int((~np.isnan(scenes.gsd)).sum())
        referenced += sum(crs is not None for crs in scenes.crs)
        if scenes.class_probability is not None:
            with_vector += int((~np.isnan(scenes.class_probability).all(axis=1)).sum())
        done += len(scenes)
        if progress is not None:
            progress(done, len(archive))
    return ArchiveStatistics(
        images=len(archive),
        detections=archive.manifest.detections,
        sized=sized,
        scaled=scaled,
        referenced=referenced,
        with_vector=with_vector,
        classes=tuple(
            ClassStatistics(name, int(n), float(total / n) if n else None)
            for name, n, total in zip(archive.classes, counts, sums, strict=True)
        ),
        size_bytes=archive.manifest.size_bytes + (archive.path / MANIFEST_NAME).stat().st_size,
    )
