"""Archives as JSON values, one object per image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive.reader import Archive
from rune_pl.archive.scenes import Scenes


def export_images(archive: Archive, images: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
    """The images with their detections, as docs/archive.md describes them, in bounded memory.

    Raises:
        UnknownImageError: an id that is not in the archive.
        ArchiveCorruptError: a file is damaged.
        ArchiveChangedError: the archive was replaced since it was opened.
    """
    for scenes in archive.iter_scenes(images):
        for index, image_id in enumerate(scenes.images):
            record = archive.image(image_id)
            yield {
                "image": record.id,
                "path": record.path,
                "width": record.width,
                "height": record.height,
                "gsd": record.gsd,
                "crs": record.crs,
                "transform": None if record.transform is None else list(record.transform),
                "time": None if record.time is None else record.time.isoformat(),
                "source": record.source,
                "detections": list(_detections(scenes, slice(*scenes.start[index : index + 2]))),
            }


def _detections(scenes: Scenes, rows: slice) -> Iterator[dict[str, Any]]:
    vectors = None if scenes.class_probability is None else scenes.class_probability[rows]
    columns = zip(
        scenes.detection[rows].tolist(),
        scenes.label[rows].tolist(),
        _shortest(scenes.score[rows]),
        scenes.probability[rows].tolist(),
        _shortest(scenes.corners[rows]),
        strict=True,
    )
    for index, (number, label, score, probability, corners) in enumerate(columns):
        detection = {
            "id": f"d{number}",
            "class": scenes.classes[label],
            "score": score,
            "probability": probability,
            "corners": corners,
        }
        if vectors is not None and not np.isnan(vectors[index]).all():
            detection["class_probability"] = {
                name: p for name, p in zip(scenes.classes, vectors[index].tolist(), strict=True) if p > 0
            }
        yield detection


def _shortest(values: NDArray[np.float32]) -> Any:
    """Python floats with as few digits as float32 needs: 0.1 and not 0.10000000149011612."""
    return values.astype(str).astype(np.float64).tolist()
