"""The index of a part: for each class the images that hold it, with what bounds a probability without reading them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rune_pl.archive.arrow_file import ArrowFile
from rune_pl.archive.manifest import PartFile
from rune_pl.archive.meetings import Meetings, meetings

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

METADATA_KEY = b"rune_pl.index"

_FIELDS: list[pa.Field[Any]] = [
    pa.field("image", pa.uint32(), nullable=False),
    pa.field("count", pa.uint32(), nullable=False),
    pa.field("highest", pa.float32(), nullable=False),
    pa.field("none", pa.float32(), nullable=False),
    pa.field("expected", pa.float32(), nullable=False),
]
POSTINGS = pa.schema(_FIELDS)


@dataclass(frozen=True, eq=False)
class Postings:
    """What a part holds of each class: entries sorted by class, then by image.

    Rounding never makes a bound too tight: `none` is rounded down, `highest` and `expected` are rounded up.

    Attributes:
        label: (n,) class codes.
        image: (n,) uint32, index of the image in its part.
        count: (n,) uint32, detections that may be of the class.
        highest: (n,) float32, the highest of their probabilities.
        none: (n,) float32, the logarithm of the probability that none of them is of the class; -inf where one is sure.
        expected: (n,) float32, the sum of their probabilities.
    """

    label: IntArray
    image: NDArray[np.uint32]
    count: NDArray[np.uint32]
    highest: NDArray[np.float32]
    none: NDArray[np.float32]
    expected: NDArray[np.float32]

    @classmethod
    def of(
        cls,
        image: IntArray,
        label: NDArray[np.integer[Any]],
        probability: FloatArray,
        images: int,
    ) -> Postings:
        """Of the facts of a part: image, class code and probability of each."""
        label = label.astype(np.int64)
        there = probability > 0.0
        key = (label * max(images, 1) + image)[there]
        order = np.argsort(key, kind="stable")
        key, chance = key[order], np.minimum(probability[there][order], 1.0)
        first = np.flatnonzero(np.diff(key, prepend=-1))
        with np.errstate(divide="ignore"):
            none = np.add.reduceat(np.log1p(-chance), first) if len(first) else np.empty(0)
        expected = np.add.reduceat(chance, first) if len(first) else np.empty(0)
        highest = np.maximum.reduceat(chance, first) if len(first) else np.empty(0)
        return cls(
            label=key[first] // max(images, 1),
            image=(key[first] % max(images, 1)).astype(np.uint32),
            count=np.diff(np.append(first, len(key))).astype(np.uint32),
            highest=_rounded(highest, np.inf),
            none=np.minimum(_rounded(none, -np.inf), -np.finfo(np.float32).smallest_subnormal),
            expected=_rounded(expected, np.inf),
        )

    def batches(self, classes: int) -> Iterator[pa.RecordBatch]:
        """One record batch for each class."""
        bounds = np.searchsorted(self.label, np.arange(classes + 1))
        for low, high in pairwise(bounds):
            columns = [pa.array(getattr(self, name)[low:high]) for name in POSTINGS.names]
            yield pa.RecordBatch.from_arrays(columns, schema=POSTINGS)


@dataclass
class PostingsBuilder:
    """Collects the detections of a part as they are written."""

    images: int = 0
    plain: bool = True
    _image: list[IntArray] = field(default_factory=list)
    _label: list[NDArray[np.integer[Any]]] = field(default_factory=list)
    _probability: list[FloatArray] = field(default_factory=list)
    _meetings: list[Meetings] = field(default_factory=list)

    def add(
        self,
        counts: Sequence[int] | IntArray,
        label: NDArray[np.integer[Any]],
        probability: FloatArray,
        vectors: FloatArray | None,
        corners: NDArray[np.float32],
    ) -> None:
        """The next images: how many detections each has, and their columns; a row of NaN is no class vector."""
        image = np.repeat(np.arange(self.images, self.images + len(counts)), counts)
        self.images += len(counts)
        self.add_rows(image, label, probability, vectors, corners)

    def add_rows(
        self,
        image: IntArray,
        label: NDArray[np.integer[Any]],
        probability: FloatArray,
        vectors: FloatArray | None,
        corners: NDArray[np.float32],
    ) -> None:
        """All detections of some images that are counted elsewhere, by index."""
        rows = np.arange(len(label))
        if vectors is not None:
            wide = np.logical_not(np.isnan(vectors).any(axis=1))
            self.plain = self.plain and not wide.any()
            row, code = np.nonzero(np.where(wide[:, None], vectors, 0.0) > 0.0)
            image = np.concatenate([image[~wide], image[row]])
            label = np.concatenate([label[~wide].astype(np.int64), code])
            probability = np.concatenate([probability[~wide], vectors[row, code]])
            rows = np.concatenate([rows[~wide], row])
        self._meetings.append(meetings(image, label.astype(np.int64), probability, corners.astype(np.float64), rows))
        self._image.append(image.astype(np.uint32))
        self._label.append(label.astype(np.int16))
        self._probability.append(probability)

    def build(self) -> Postings:
        """The index of everything that was added."""
        return Postings.of(
            np.concatenate([np.empty(0, dtype=np.int64), *self._image]).astype(np.int64),
            np.concatenate([np.empty(0, dtype=np.int16), *self._label]),
            np.concatenate([np.empty(0), *self._probability]),
            self.images,
        )

    def build_meetings(self) -> Meetings:
        """How near what was added is to each other."""
        return Meetings.joined(self._meetings)


class PostingsFile(ArrowFile):
    """The index being written."""

    def write(
        self, postings: Postings, classes: int, images: int, *, plain: bool, sizes: Mapping[str, Any] | None = None
    ) -> PartFile:
        """Write everything and bring it to the disk."""
        about = {"images": images, "plain": plain} | ({} if sizes is None else {"sizes": sizes})
        return self.write_batches("index", list(postings.batches(classes)), POSTINGS, (METADATA_KEY, about))


def _rounded(values: FloatArray, towards: float) -> NDArray[np.float32]:
    """As float32, rounded to the side given."""
    near = values.astype(np.float32)
    off = near < values if towards > 0 else near > values
    return np.where(off, np.nextafter(near, np.float32(towards)), near).astype(np.float32)
