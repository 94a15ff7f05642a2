"""The indexes of an archive's parts as columns over all its images, read class by class when first asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rune_pl.archive.parts import PartTable
from rune_pl.archive.postings import METADATA_KEY, POSTINGS, checksum

FloatColumn = NDArray[np.float32]


class ArchiveIndex:
    """What an archive holds of each class, image by image, without reading its detections.

    Args:
        tables: the index of each part, None for a part without one.
        images: how many images each part has.
        classes: class names in the order of their codes.

    Attributes:
        known: (M,) bool, images of parts that have an index; the columns say nothing of the others.
        plain: whether no detection of these parts has a class vector.
    """

    def __init__(self, tables: Sequence[PartTable | None], images: Sequence[int], classes: Sequence[str]) -> None:
        self._classes = tuple(classes)
        self._offsets = np.concatenate([[0], np.cumsum(images)]).astype(np.int64)
        self._parts: list[tuple[int, int, PartTable, list[pa.RecordBatch], list[int]]] = []
        self._columns: dict[tuple[str, str], FloatColumn] = {}
        self.known = np.repeat([table is not None for table in tables], images).astype(np.bool_)
        self.plain = True
        for part, table in enumerate(tables):
            if table is not None:
                self._load(part, table, images[part])

    def __len__(self) -> int:
        return int(self._offsets[-1])

    def column(self, label: str, name: str) -> FloatColumn:
        """(M,) float32, a column of the postings of a class, see `Postings`; 0 for images without the class.

        Raises:
            ArchiveCorruptError: an index is damaged.
        """
        key = (label, name)
        if key not in self._columns:
            if label not in self._classes:
                return np.zeros(len(self), dtype=np.float32)
            self._read(label)
        return self._columns[key]

    def _load(self, part: int, table: PartTable, images: int) -> None:
        with table.mapped() as reader:
            metadata = reader.schema.metadata or {}
            if not reader.schema.equals(POSTINGS) or METADATA_KEY not in metadata:
                raise table.corrupt("its columns are not those of this schema version")
            about = json.loads(metadata[METADATA_KEY])
            plain, checksums = bool(about["plain"]), list(about["crc32"])
            batches = [reader.get_batch(k) for k in range(reader.num_record_batches)]
        if about["images"] != images or len(batches) != len(checksums):
            raise table.corrupt("it is not the index of its part")
        self.plain = self.plain and plain
        self._parts.append((part, images, table, batches, checksums))

    def _read(self, label: str) -> None:
        """The columns of a class, after a look at its checksums: an error in an index would hide images."""
        code = self._classes.index(label)
        found = {name: np.zeros(len(self), dtype=np.float32) for name in POSTINGS.names if name != "image"}
        for part, images, table, batches, checksums in self._parts:
            if code >= len(batches):
                continue
            batch = batches[code]
            try:
                intact = checksum(batch) == checksums[code]
            except (pa.ArrowException, ValueError):
                intact = False
            if not intact:
                raise table.corrupt(f"the entries of class {label} were changed")
            image = cast("NDArray[np.uint32]", batch.column(0).to_numpy()).astype(np.int64)
            if len(image) and int(image.max()) >= images:
                raise table.corrupt(f"the entries of class {label} are of images that its part does not have")
            at = self._offsets[part] + image
            for k, name in enumerate(POSTINGS.names[1:], start=1):
                found[name][at] = batch.column(k).to_numpy()
        self._columns.update({(label, name): column for name, column in found.items()})
