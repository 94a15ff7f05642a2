from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from rune_pl.archive import ArchiveWriter, Detections, ImageRecord, Provenance


@pytest.fixture
def provenance() -> Provenance:
    return Provenance(tool="test", version="1", command="test --all", parameters={"threshold": 0.5})


@pytest.fixture
def boxes() -> Callable[..., Detections]:
    """Detections of these classes: box k is the 10 x 5 rectangle at (k, 0), its probability (k + 1) / (n + 1)."""

    def make(
        *classes: str, vectors: Sequence[Sequence[float]] | None = None, names: tuple[str, ...] | None = None
    ) -> Detections:
        n = len(classes)
        probability = np.arange(1, n + 1) / (n + 1)
        if vectors is not None and names is not None:
            table = np.array(vectors, dtype=np.float64)
            own = table[np.arange(n), [names.index(c) for c in classes]]
            probability = np.where(np.isnan(own), probability, own)
        corners = np.array([[0, 0], [10, 0], [10, 5], [0, 5]]) + np.arange(n)[:, None, None] * [1, 0]
        return Detections(classes, probability, probability, corners, vectors, names)  # type: ignore[arg-type]

    return make


@pytest.fixture
def write(provenance: Provenance, boxes: Callable[..., Detections]) -> Callable[..., None]:
    """Write images given as id=(classes...) to an archive."""

    def write(path: Path, mode: str = "create", **images: Sequence[str]) -> None:
        with ArchiveWriter(path, provenance=provenance, mode=mode) as writer:  # type: ignore[arg-type]
            for image, classes in images.items():
                writer.add(ImageRecord(image), boxes(*classes))

    return write


@pytest.fixture
def content() -> Callable[[Path], dict[str, list[str]]]:
    """What an archive has, after checking it: classes of the detections of each image."""

    def read(path: Path) -> dict[str, list[str]]:
        from rune_pl.archive import Archive, check_archive

        report = check_archive(path)
        assert report.ok, report.problems
        scenes = Archive.open(path).scenes()
        return {
            image: [scenes.classes[code] for code in scenes.label[scenes.start[i] : scenes.start[i + 1]]]
            for i, image in enumerate(scenes.images)
        }

    return read
