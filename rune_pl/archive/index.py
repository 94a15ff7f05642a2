"""The indexes of an archive's parts as columns over all its images, read class by class when first asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rune_pl.archive.arrow_file import checksum
from rune_pl.archive.meetings import decode
from rune_pl.archive.meetings_file import PartMeetings
from rune_pl.archive.parts import PartTable
from rune_pl.archive.postings import METADATA_KEY, POSTINGS

FloatColumn = NDArray[np.float32]

_KEPT_PAIRS = 32  # columns of pairs of classes that stay in memory, four bytes an image each


class ArchiveIndex:
    """What an archive holds of each class, image by image, without reading its detections.

    Args:
        tables: the index of each part, None for a part without one.
        images: how many images each part has.
        classes: class names in the order of their codes.
        pairs: how near the objects of each part are to each other, None for a part without.

    Attributes:
        known: (M,) bool, images of parts that have an index; the columns say nothing of the others.
        plain: whether no detection of these parts has a class vector.
        sizes: how large the boxes of each part are, see `rune_pl.archive.sizes.joined`; None where a part does not say.
    """

    def __init__(
        self,
        tables: Sequence[PartTable | None],
        images: Sequence[int],
        classes: Sequence[str],
        pairs: Sequence[PartTable | None] = (),
    ) -> None:
        self._classes = tuple(classes)
        self._offsets = np.concatenate([[0], np.cumsum(images)]).astype(np.int64)
        self._parts: list[tuple[int, int, PartTable, list[pa.RecordBatch], list[int]]] = []
        self._columns: dict[tuple[str, str], FloatColumn] = {}
        self._pairs = [(part, table, images[part]) for part, table in enumerate(pairs) if table is not None]
        self._opened: dict[int, PartMeetings] = {}
        self._near: dict[tuple[str, str, int], FloatColumn] = {}
        self.known = np.repeat([table is not None for table in tables], images).astype(np.bool_)
        self.plain = True
        sizes: list[dict[str, Any]] = []
        for part, table in enumerate(tables):
            if table is not None:
                about = self._load(part, table, images[part])
                sizes += [about["sizes"]] if "sizes" in about else []
        self.sizes = sizes if len(sizes) == len(tables) else None

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

    def pairs(self, one: str, two: str, reach: int) -> FloatColumn:
        """(M,) float32, at least the expected number of pairs of objects of two classes within a reach of each other.

        Args:
            one, two: classes; of the same one all pairs of different objects are meant, in one order only.
            reach: a column of `rune_pl.archive.meetings`.

        Raises:
            ArchiveCorruptError: an index is damaged.
        """
        one, two = sorted((one, two), key=lambda name: self._classes.index(name) if name in self._classes else -1)
        key = (one, two, reach)
        if one not in self._classes:
            return np.zeros(len(self), dtype=np.float32)
        if key not in self._near:
            if len(self._near) >= _KEPT_PAIRS:
                del self._near[next(iter(self._near))]
            self._near[key] = self._read_pairs(one, two, reach)
        return self._near[key]

    def _read_pairs(self, one: str, two: str, reach: int) -> FloatColumn:
        """Where there is no entry, each may be with each."""
        found = self.column(one, "expected") * self.column(two, "expected") * np.float32(1.0 + 1e-6)
        if one == two:
            found /= 2
        first, second = self._classes.index(one), self._classes.index(two)
        for part, table, images in self._pairs:
            if part not in self._opened:
                self._opened[part] = PartMeetings(table, images)
            image, codes = self._opened[part].pairs(first, second, reach)
            at = self._offsets[part] + image
            found[at] = np.minimum(found[at], decode(codes))
        return found

    def _load(self, part: int, table: PartTable, images: int) -> dict[str, Any]:
        with table.mapped() as reader:
            metadata = reader.schema.metadata or {}
            if not reader.schema.equals(POSTINGS) or METADATA_KEY not in metadata:
                raise table.corrupt("its columns are not those of this schema version")
            about: dict[str, Any] = json.loads(metadata[METADATA_KEY])
            plain, checksums = bool(about["plain"]), list(about["crc32"])
            batches = [reader.get_batch(k) for k in range(reader.num_record_batches)]
        if about["images"] != images or len(batches) != len(checksums):
            raise table.corrupt("it is not the index of its part")
        self.plain = self.plain and plain
        self._parts.append((part, images, table, batches, checksums))
        return about

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
