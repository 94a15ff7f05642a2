"""A calibrated copy of an archive."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rune_pl._version import __version__
from rune_pl.archive import Archive, ArchiveWriter, Detections, Provenance, Scenes
from rune_pl.archive.writer import Mode
from rune_pl.calibration.calibration import Calibration
from rune_pl.errors import UsageError


def calibrate_archive(
    source: str | Path, target: str | Path, calibration: Calibration, *, mode: Mode = "create"
) -> Archive:
    """Write a copy of an archive whose probabilities are calibrated, and open it. Scores stay, memory is bounded.

    Archives have no room for the reliability of a class in an image: what is written are the probabilities of the
    detections by themselves. Where a calibration has `presence`, give it to the query instead.

    Raises:
        UsageError: the archive is calibrated already.
        ArchiveError: an archive cannot be read or written.
    """
    found = Archive.open(source)
    if (before := calibrated_with(found)) is not None:
        raise UsageError(f"{source} is calibrated already ({before})", hint="calibrate the archive it was made from")
    parts = found.manifest.parts
    provenance = Provenance(
        tool="calibrate",
        version=__version__,
        parameters={
            "calibrated": {"name": calibration.name, "sha256": calibration.digest},
            "provenance": [part.provenance.as_json() for part in parts],
        },
        weights_sha256=parts[0].provenance.weights_sha256 if parts else None,
        sources=[str(source)],
    )
    with ArchiveWriter(target, provenance=provenance, classes=found.classes, mode=mode) as writer:
        for scenes in found.iter_scenes():
            applied = calibration.apply(scenes)
            for index, image in enumerate(scenes.images):
                writer.add(found.image(image), detections_of(applied, index))
    return Archive.open(target)


def calibrated_with(archive: Archive) -> str | None:
    """What the archive's probabilities were calibrated with, in words; None where they are raw scores.

    Parts say so in their provenance: `calibrated` is false or missing, true, or {"name": ..., "sha256": ...}.
    """
    names = []
    for part in archive.manifest.parts:
        stated = part.provenance.parameters.get("calibrated")
        if not stated:
            return None
        names.append(_described(stated))
    return ", ".join(dict.fromkeys(names)) or None


def _described(stated: object) -> str:
    if isinstance(stated, dict) and "sha256" in stated:
        return f"{stated.get('name', 'calibration')} {str(stated['sha256'])[:12]}"
    return stated if isinstance(stated, str) else "calibrated where they were made"


def detections_of(scenes: Scenes, index: int) -> Detections:
    """One image of some scenes as a writer takes it."""
    rows = slice(int(scenes.start[index]), int(scenes.start[index + 1]))
    vectors = None if scenes.class_probability is None else scenes.class_probability[rows]
    if vectors is not None and np.isnan(vectors).all():
        vectors = None
    return Detections(
        classes=[scenes.classes[code] for code in scenes.label[rows].tolist()],
        score=scenes.score[rows],
        probability=scenes.probability[rows],
        corners=scenes.corners[rows],
        class_probability=vectors,
        class_names=None if vectors is None else scenes.classes,
    )
