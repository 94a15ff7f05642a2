"""Images in parts: which of them are in which fold, and the parts put together again."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive.scenes import Scenes

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


def split(images: tuple[str, ...], folds: int, seed: int) -> IntArray:
    """(M,) int64, the fold of each image: by id and seed alone, whatever the order, as even as can be."""
    ranked = np.argsort(np.array(images, dtype=object), kind="stable")
    fold = np.empty(len(images), dtype=np.int64)
    fold[ranked] = np.random.default_rng(seed).permutation(len(images)) % folds
    return fold


def joined(parts: list[Scenes]) -> Scenes:
    """The images of all parts, one after the other; parts have the same classes, and the same optional columns."""
    first = parts[0]
    columns: dict[str, Any] = {
        name: None if getattr(first, name) is None else np.concatenate([getattr(part, name) for part in parts])
        for name in (
            "width", "height", "gsd", "transform", "detection", "label", "score", "probability", "corners",
            "class_probability", "reliability",
        )
    }  # fmt: skip
    counts = np.concatenate([np.diff(part.start) for part in parts])
    return Scenes(
        classes=first.classes,
        images=tuple(image for part in parts for image in part.images),
        crs=tuple(crs for part in parts for crs in part.crs),
        start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        **columns,
    )


def present_in(scenes: Scenes, truth: Scenes) -> BoolArray:
    """(M, C) bool, whether the truth has an object of the class in the image."""
    position = {image: index for index, image in enumerate(scenes.images)}
    code = {name: index for index, name in enumerate(scenes.classes)}
    image = np.array([position.get(image, -1) for image in truth.images], dtype=np.int64)[truth.image_of]
    label = np.array([*(code.get(name, -1) for name in truth.classes), -1], dtype=np.int64)[truth.label]
    known = (image >= 0) & (label >= 0)
    present = np.zeros((len(scenes), len(scenes.classes)), dtype=np.bool_)
    present[image[known], label[known]] = True
    return present
