"""One part being written: images and their detections, streamed to two temporary Parquet files."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rune_pl.archive.files import HashedFile, footer_sha256
from rune_pl.archive.manifest import PartFile
from rune_pl.archive.records import Detections, ImageRecord
from rune_pl.archive.schema import (
    DETECTION_OPTIONS,
    DETECTIONS,
    IMAGE_OPTIONS,
    IMAGES,
    SCHEMA_VERSION,
    detections_table,
    images_table,
)

# A row group is what is held in memory on either side, and the smallest piece a reader fetches.
GROUP_DETECTIONS = 1 << 16
GROUP_IMAGES = 1 << 14
GROUP_VECTOR_CELLS = 1 << 22
PART_DETECTIONS = 1 << 23
PART_IMAGES = 1 << 20


class TableFile:
    """A Parquet file that grows by row groups under a temporary name, and is then named after its content."""

    def __init__(self, folder: Path, kind: str, schema: pa.Schema, options: Mapping[str, Any]) -> None:
        self.kind = kind
        self.rows = 0
        self.path = folder / f"{kind}-{uuid.uuid4().hex}.tmp"
        self._file = HashedFile(self.path)
        try:
            metadata = {"rune_pl.schema_version": str(SCHEMA_VERSION)}
            self._schema = schema.with_metadata(metadata)
            self._writer = pq.ParquetWriter(cast("IO[bytes]", self._file), self._schema, **options)
        except BaseException:
            self._file.discard()
            raise

    def write(self, table: pa.Table) -> None:
        """Append the rows as one row group."""
        self._writer.write_table(table.cast(self._schema), max(len(table), 1))
        self.rows += len(table)

    def finish(self) -> PartFile:
        """Close the file, on the disk; it still has its temporary name."""
        self._writer.close()
        self._file.sync()
        self._file.close()
        name = f"{self.kind}-{self._file.sha256[:32]}.parquet"
        return PartFile(
            file=name,
            rows=self.rows,
            bytes=self._file.size,
            sha256=self._file.sha256,
            footer_sha256=footer_sha256(self.path),
        )

    def abandon(self) -> None:
        """Close without finishing; the temporary file is left to the caller."""
        self._file.discard()
        with suppress(Exception):
            self._writer.close()


@dataclass
class _Buffer:
    """Images that wait for their row group."""

    images: list[ImageRecord] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    labels: list[NDArray[np.int32]] = field(default_factory=list)
    scores: list[NDArray[np.float32]] = field(default_factory=list)
    probabilities: list[NDArray[np.float64]] = field(default_factory=list)
    corners: list[NDArray[np.float32]] = field(default_factory=list)
    vectors: list[NDArray[np.float64] | None] = field(default_factory=list)
    rows: int = 0
    cells: int = 0

    @property
    def full(self) -> bool:
        return self.rows >= GROUP_DETECTIONS or len(self.images) >= GROUP_IMAGES or self.cells >= GROUP_VECTOR_CELLS


class PartWriter:
    """Writes one part. Nothing of it can be seen under its final names until `place`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._buffer = _Buffer()
        self._images = TableFile(folder, "images", IMAGES, IMAGE_OPTIONS)
        try:
            self._detections = TableFile(folder, "detections", DETECTIONS, DETECTION_OPTIONS)
        except BaseException:
            self._images.abandon()
            raise

    @property
    def full(self) -> bool:
        """Whether the next image should go to another part."""
        return self._detections.rows >= PART_DETECTIONS or self._images.rows >= PART_IMAGES

    def add(self, image: ImageRecord, detections: Detections, codes: Mapping[str, int]) -> None:
        """Take one image; `codes` numbers all classes there are so far.

        Raises:
            OSError, pyarrow.ArrowException: it cannot be written.
        """
        buffer = self._buffer
        buffer.images.append(image)
        buffer.counts.append(len(detections))
        buffer.labels.append(np.array([codes[name] for name in detections.classes], dtype=np.int32))
        buffer.scores.append(detections.score.copy())  # copies: the caller may use its arrays again
        buffer.probabilities.append(detections.probability.copy())
        buffer.corners.append(detections.corners.copy())
        vectors = _spread(detections, codes)
        buffer.vectors.append(vectors)
        buffer.rows += len(detections)
        buffer.cells += 0 if vectors is None else vectors.size
        if buffer.full:
            self._flush(codes)

    def finish(self, codes: Mapping[str, int]) -> tuple[PartFile, PartFile]:
        """Write what waits and bring both files to the disk: the images file and the detections file."""
        self._flush(codes)
        return self._images.finish(), self._detections.finish()

    def place(self, images: PartFile, detections: PartFile) -> None:
        """Give the finished files their final names."""
        os.replace(self._images.path, self._folder / images.file)
        os.replace(self._detections.path, self._folder / detections.file)

    def abandon(self) -> None:
        """Close the files without finishing them."""
        self._images.abandon()
        self._detections.abandon()

    def _flush(self, codes: Mapping[str, int]) -> None:
        buffer, self._buffer = self._buffer, _Buffer()
        if not buffer.images:
            return
        self._images.write(images_table(buffer.images, buffer.counts))
        if buffer.rows:
            table = detections_table(
                images=[image.id for image in buffer.images],
                counts=buffer.counts,
                classes=list(codes),
                label=np.concatenate(buffer.labels),
                score=np.concatenate(buffer.scores),
                probability=np.concatenate(buffer.probabilities),
                corners=np.concatenate(buffer.corners),
                vectors=buffer.vectors,
            )
            self._detections.write(table)


def _spread(detections: Detections, codes: Mapping[str, int]) -> NDArray[np.float64] | None:
    """(n, len(codes)) class vectors over all classes known so far, NaN in rows without one; None if no row has one."""
    vectors = detections.class_probability
    if vectors is None or np.isnan(vectors).all():
        return None
    spread = np.zeros((len(detections), len(codes)))
    spread[:, [codes[name] for name in detections.class_names or ()]] = vectors
    spread[np.isnan(vectors).all(axis=1)] = np.nan
    return spread
