"""One part being written: images and their detections, streamed to two temporary Parquet files."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rune_pl.archive.files import HashedFile, footer_sha256
from rune_pl.archive.manifest import Part, PartFile
from rune_pl.archive.meetings_file import MeetingsFile
from rune_pl.archive.postings import PostingsBuilder, PostingsFile
from rune_pl.archive.records import Detections, ImageRecord, Provenance
from rune_pl.archive.scenes import Scenes
from rune_pl.archive.schema import (
    DETECTIONS,
    IMAGES,
    SCHEMA_VERSION,
    detection_options,
    detections_table,
    image_options,
    images_table,
)
from rune_pl.archive.sizes import SizeSamples

# A row group is what is held in memory on either side, and the smallest piece a reader fetches.
GROUP_DETECTIONS = 1 << 13
GROUP_IMAGES = 1 << 14
GROUP_VECTOR_CELLS = 1 << 22
PART_DETECTIONS = 1 << 23
PART_IMAGES = 1 << 20


class TableFile:
    """A Parquet file that grows by row groups under a temporary name, and is then named after its content."""

    def __init__(
        self, folder: Path, kind: str, schema: pa.Schema, options: Callable[[pa.Table], Mapping[str, Any]]
    ) -> None:
        self.kind = kind
        self.rows = 0
        self.path = folder / f"{kind}-{uuid.uuid4().hex}.tmp"
        self._file = HashedFile(self.path)
        self._schema = schema.with_metadata({"rune_pl.schema_version": str(SCHEMA_VERSION)})
        self._options = options
        self._writer: pq.ParquetWriter | None = None

    def write(self, table: pa.Table) -> None:
        """Append the rows as one row group; the first ones decide how all are encoded."""
        self._begun(table).write_table(table.cast(self._schema), max(len(table), 1))
        self.rows += len(table)

    def _begun(self, table: pa.Table) -> pq.ParquetWriter:
        if self._writer is None:
            self._writer = pq.ParquetWriter(cast("IO[bytes]", self._file), self._schema, **self._options(table))
        return self._writer

    def finish(self) -> PartFile:
        """Close the file, on the disk; it still has its temporary name."""
        self._begun(self._schema.empty_table()).close()
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
            if self._writer is not None:
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
        self._postings = PostingsBuilder()
        self._sizes = SizeSamples(())
        self._index: PostingsFile | None = None
        self._pairs: MeetingsFile | None = None
        self._images = TableFile(folder, "images", IMAGES, image_options)
        try:
            self._detections = TableFile(folder, "detections", DETECTIONS, detection_options)
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

    def finish(self, codes: Mapping[str, int], provenance: Provenance) -> Part:
        """Write what waits and the index, and bring the files to the disk."""
        self._flush(codes)
        self._index = PostingsFile(self._folder / f"index-{uuid.uuid4().hex}.tmp")
        postings = self._postings.build()
        index = self._index.write(
            postings, len(codes), self._postings.images, plain=self._postings.plain, sizes=self._sizes.as_json()
        )
        self._pairs = MeetingsFile(self._folder / f"pairs-{uuid.uuid4().hex}.tmp")
        pairs = self._pairs.write(self._postings.build_meetings(), len(codes), self._postings.images)
        return Part(self._images.finish(), self._detections.finish(), provenance, index, pairs)

    def place(self, part: Part) -> None:
        """Give the finished files their final names."""
        assert self._index is not None and part.index is not None
        assert self._pairs is not None and part.pairs is not None
        os.replace(self._images.path, self._folder / part.images.file)
        os.replace(self._detections.path, self._folder / part.detections.file)
        os.replace(self._index.path, self._folder / part.index.file)
        os.replace(self._pairs.path, self._folder / part.pairs.file)

    def abandon(self) -> None:
        """Close the files without finishing them."""
        self._images.abandon()
        self._detections.abandon()
        for file in (self._index, self._pairs):
            if file is not None:
                file.abandon()

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
        label = np.concatenate([np.empty(0, dtype=np.int32), *buffer.labels])
        corners = np.concatenate([np.empty((0, 4, 2), dtype=np.float32), *buffer.corners])
        self._postings.add(
            buffer.counts,
            label,
            np.concatenate([np.empty(0), *buffer.probabilities]),
            _joined(buffer.vectors, buffer.counts, len(codes)),
            corners,
        )
        gsd = np.array([np.nan if image.gsd is None else image.gsd for image in buffer.images])
        self._sizes.add_boxes(corners, label, np.repeat(gsd, buffer.counts))

    def add_scenes(self, images: pa.Table, scenes: Scenes) -> None:
        """Take many images at once: their rows of the images table, and their detections, in bounded row groups.

        Classes are numbered as in `scenes`. What `add` took before must have been of the same classes.

        Raises:
            OSError, pyarrow.ArrowException: it cannot be written.
        """
        self._flush({name: code for code, name in enumerate(scenes.classes)})
        self._images.write(images.cast(IMAGES))
        counts = np.diff(scenes.start)
        self._postings.add(counts, scenes.label, scenes.probability, scenes.class_probability, scenes.corners)
        self._sizes.add(scenes)
        for first, last in _groups(scenes.start):
            rows = slice(int(scenes.start[first]), int(scenes.start[last]))
            if rows.start == rows.stop:
                continue
            own = scenes.class_probability
            here = [slice(int(a), int(b)) for a, b in pairwise(scenes.start[first : last + 1])]
            table = detections_table(
                images=scenes.images[first:last],
                counts=counts[first:last].tolist(),
                classes=scenes.classes,
                label=scenes.label[rows].astype(np.int32),
                score=scenes.score[rows],
                probability=scenes.probability[rows],
                corners=scenes.corners[rows],
                vectors=[None if own is None or np.isnan(own[s]).all() else own[s] for s in here],
            )
            self._detections.write(table)


def _groups(start: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Runs of images with about as many detections as a row group has."""
    images, first = len(start) - 1, 0
    while first < images:
        last = int(np.searchsorted(start, start[first] + GROUP_DETECTIONS))
        last = min(max(last, first + 1), images)
        yield first, last
        first = last


def _joined(
    vectors: Sequence[NDArray[np.float64] | None], counts: Sequence[int], classes: int
) -> NDArray[np.float64] | None:
    """One table of the class vectors of several images, over all classes; None where there are none."""
    if all(vector is None for vector in vectors):
        return None
    table = np.full((sum(counts), classes), np.nan)
    first = 0
    for vector, count in zip(vectors, counts, strict=True):
        if vector is not None:
            table[first : first + count] = 0.0
            table[first : first + count, : vector.shape[1]] = vector
            table[first : first + count][np.isnan(vector).any(axis=1)] = np.nan
        first += count
    return table


def _spread(detections: Detections, codes: Mapping[str, int]) -> NDArray[np.float64] | None:
    """(n, len(codes)) class vectors over all classes known so far, NaN in rows without one; None if no row has one."""
    vectors = detections.class_probability
    if vectors is None or np.isnan(vectors).all():
        return None
    spread = np.zeros((len(detections), len(codes)))
    spread[:, [codes[name] for name in detections.class_names or ()]] = vectors
    spread[np.isnan(vectors).all(axis=1)] = np.nan
    return spread
