"""Detections and truth of the same images, side by side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive.scenes import Scenes
from rune_pl.archive.sizes import SizeQuantiles, SizeSamples


def aligned(detections: Scenes, truth: Scenes) -> Scenes:
    """The detections of the images of the truth, in its order.

    An image that the detections do not know has none: detectors write nothing where they find nothing. What the
    detections do not know of an image (size, ground sampling distance, georeference) is taken from the truth.
    """
    if detections.images == truth.images:
        return _informed(detections, truth)
    position = {image: at for at, image in enumerate(detections.images)}
    index = np.array([position.get(image, -1) for image in truth.images], dtype=np.int64)
    known = index >= 0
    counts = np.where(known, np.diff(detections.start)[index], 0) if len(detections) else np.zeros(len(index), np.int64)
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    first = detections.start[index] if len(detections) else np.zeros(len(index), dtype=np.int64)
    rows = np.repeat(first - start[:-1], counts) + np.arange(start[-1])

    def column(name: str) -> NDArray[np.float64]:
        theirs: NDArray[np.float64] = getattr(truth, name)
        if not len(detections):
            return np.full_like(theirs, np.nan)
        mine: NDArray[np.float64] = getattr(detections, name)[index]
        mine[~known] = np.nan
        return mine

    found = replace(
        detections,
        images=truth.images,
        width=column("width"),
        height=column("height"),
        gsd=column("gsd"),
        transform=column("transform"),
        crs=tuple(detections.crs[at] if at >= 0 else None for at in index),
        start=start,
        **detections.rows(rows),
    )
    return _informed(found, truth)


def _informed(detections: Scenes, truth: Scenes) -> Scenes:
    """The same images with what the truth knows of them, where they do not know it themselves."""

    def column(name: str) -> NDArray[np.float64]:
        mine: NDArray[np.float64] = getattr(detections, name)
        return np.where(np.isnan(mine), getattr(truth, name), mine)

    return replace(
        detections,
        width=column("width"),
        height=column("height"),
        gsd=column("gsd"),
        transform=column("transform"),
        crs=tuple(mine or theirs for mine, theirs in zip(detections.crs, truth.crs, strict=True)),
    )


def certain(scenes: Scenes) -> Scenes:
    """The same objects, each there for certain with its class."""
    return replace(scenes, probability=np.ones(len(scenes.detection)), class_probability=None, reliability=None)


def sizes_of(scenes: Scenes) -> SizeQuantiles:
    """What `large` and `small` compare with: the boxes of all these images."""
    samples = SizeSamples(scenes.classes)
    samples.add(scenes)
    return samples.quantiles()
