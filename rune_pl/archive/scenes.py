"""Scenes: the columns of many images and their detections, as every other part of rune-pl sees them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Scenes:
    """M images and their N detections as columns; the detections of image m are rows `start[m]:start[m + 1]`.

    Attributes:
        classes: class names (atoms such as `storage_tank`); the codes in `label` index it.
        images: M image ids, in archive order.
        width, height: (M,) float64, pixels, NaN where unknown.
        gsd: (M,) float64, ground sampling distance in metres per pixel, NaN where unknown.
        transform: (M, 6) float64, affine (a, b, c, d, e, f) from pixel (x, y) to the image's coordinate reference
            system: easting = a x + b y + c, northing = d x + e y + f; NaN where the image is not georeferenced.
        crs: M coordinate reference systems as authority strings ("EPSG:32632"), None where unknown.
        start: (M + 1,) int64, row offsets of the detections of each image.
        detection: (N,) int32, number of the detection in its image, from 1; the rule language writes it `d7`.
        label: (N,) int16, code of the most probable class.
        score: (N,) float32, raw detector score.
        probability: (N,) float64, probability that the detection is an object of class `label`.
        corners: (N, 4, 2) float32, pixels, x to the right and y down, clockwise as seen on the image, a convex
            quadrilateral (`rune_pl.geometry.normalize_corners` makes it one).
        class_probability: None, or (N, C) float64 over `classes`; a row of NaN means that the detection has no class
            vector and counts as `probability` for `label`. Rows sum to at most 1; what is missing is "nothing there".
        reliability: None, or (M, C) float64 in [0, 1]: in image m the detections of class c are all false alarms unless
            `reliable(c)`, which has this probability. Probabilities of detections include it: given
            `reliable(c)` they are larger by its inverse, and independent (`rune_pl.inference.reliability`).
    """

    classes: tuple[str, ...]
    images: tuple[str, ...]
    width: FloatArray
    height: FloatArray
    gsd: FloatArray
    transform: FloatArray
    crs: tuple[str | None, ...]
    start: IntArray
    detection: NDArray[np.int32]
    label: NDArray[np.int16]
    score: NDArray[np.float32]
    probability: FloatArray
    corners: NDArray[np.float32]
    class_probability: FloatArray | None = None
    reliability: FloatArray | None = None

    def __post_init__(self) -> None:
        images, rows = len(self.images), len(self.detection)
        expected = {
            "width": (images,),
            "height": (images,),
            "gsd": (images,),
            "transform": (images, 6),
            "start": (images + 1,),
            "label": (rows,),
            "score": (rows,),
            "probability": (rows,),
            "corners": (rows, 4, 2),
        }
        for name, shape in expected.items():
            actual = getattr(self, name).shape
            if actual != shape:
                raise ValueError(f"{name} has shape {actual}, expected {shape}")
        if self.class_probability is not None and self.class_probability.shape != (rows, len(self.classes)):
            raise ValueError(
                f"class_probability has shape {self.class_probability.shape}, expected {(rows, len(self.classes))}"
            )
        if self.reliability is not None and self.reliability.shape != (images, len(self.classes)):
            raise ValueError(f"reliability has shape {self.reliability.shape}, expected {(images, len(self.classes))}")
        if images and (self.start[0] != 0 or self.start[-1] != rows or (np.diff(self.start) < 0).any()):
            raise ValueError(f"start must rise from 0 to {rows}")

    def __len__(self) -> int:
        return len(self.images)

    @property
    def image_of(self) -> IntArray:
        """(N,) int64, index of the image of each detection."""
        return np.repeat(np.arange(len(self.images)), np.diff(self.start))

    def take(self, images: Sequence[int] | IntArray) -> Scenes:
        """The images with these indices, in this order, with their detections."""
        index = np.asarray(images, dtype=np.int64)
        counts = np.diff(self.start)[index]
        start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        rows = np.repeat(self.start[index] - start[:-1], counts) + np.arange(start[-1])
        return replace(
            self,
            images=tuple(self.images[i] for i in index),
            width=self.width[index],
            height=self.height[index],
            gsd=self.gsd[index],
            transform=self.transform[index],
            crs=tuple(self.crs[i] for i in index),
            start=start,
            **self.rows(rows),
            reliability=None if self.reliability is None else self.reliability[index],
        )

    def rows(self, rows: IntArray) -> dict[str, Any]:
        """What is known of these detections, by the names of the columns."""
        return {
            "detection": self.detection[rows],
            "label": self.label[rows],
            "score": self.score[rows],
            "probability": self.probability[rows],
            "corners": self.corners[rows],
            "class_probability": None if self.class_probability is None else self.class_probability[rows],
        }

    def only(self, rows: IntArray) -> Scenes:
        """The same images with these detections alone; `rows` are in ascending order."""
        return replace(
            self,
            start=np.searchsorted(rows, self.start).astype(np.int64),
            **self.rows(rows),
        )

    @classmethod
    def from_detections(
        cls,
        detections: Iterable[tuple[str, str, float, Sequence[Sequence[float]]]],
        *,
        classes: Sequence[str] | None = None,
        size: tuple[float, float] | None = None,
        gsd: float | None = None,
    ) -> Scenes:
        """Scenes from (image, class, probability, four corners) records, for small things and tests.

        Detections are numbered from 1 in each image in the order given; images keep the order of their first record.
        """
        records = list(detections)
        images = tuple(dict.fromkeys(image for image, *_ in records))
        names = tuple(classes) if classes is not None else tuple(sorted({name for _, name, *_ in records}))
        position = {image: i for i, image in enumerate(images)}
        records.sort(key=lambda record: position[record[0]])
        counts = np.bincount([position[image] for image, *_ in records], minlength=len(images)).astype(np.int64)
        start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        rows, shape = len(records), (len(images),)
        unknown = np.full(shape, np.nan)
        probability = np.array([p for *_, p, _ in records], dtype=np.float64)
        return cls(
            classes=names,
            images=images,
            width=unknown if size is None else np.full(shape, float(size[0])),
            height=unknown if size is None else np.full(shape, float(size[1])),
            gsd=unknown if gsd is None else np.full(shape, float(gsd)),
            transform=np.full((len(images), 6), np.nan),
            crs=(None,) * len(images),
            start=start,
            detection=(np.arange(rows) - np.repeat(start[:-1], counts) + 1).astype(np.int32),
            label=np.array([names.index(name) for _, name, *_ in records], dtype=np.int16),
            score=probability.astype(np.float32),
            probability=probability,
            corners=np.array([quad for *_, quad in records], dtype=np.float32).reshape(rows, 4, 2),
        )
