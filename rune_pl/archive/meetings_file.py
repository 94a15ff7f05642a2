"""The meetings of a part as an Arrow file: one record batch for each class, compressed, read when first asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rune_pl.archive.arrow_file import ArrowFile, checksum
from rune_pl.archive.manifest import PartFile
from rune_pl.archive.meetings import COLUMNS, LEAST, REACHES, SIDES, Meetings
from rune_pl.archive.parts import PartTable

METADATA_KEY = b"rune_pl.meetings"
VERSION = 1

_FIELDS: list[pa.Field[Any]] = [
    pa.field("other", pa.uint16(), nullable=False),
    pa.field("image", pa.uint32(), nullable=False),
    *(pa.field(f"pairs_{k}", pa.uint16(), nullable=False) for k in range(COLUMNS)),
]
SCHEMA = pa.schema(_FIELDS)


def batches(found: Meetings, classes: int) -> Iterator[pa.RecordBatch]:
    """One record batch for each class: its pairs with classes of the same code or a higher one."""
    bounds = np.searchsorted(found.one, np.arange(classes + 1))
    for code in range(classes):
        rows = slice(int(bounds[code]), int(bounds[code + 1]))
        columns = [found.two[rows], found.image[rows], *(found.code[rows, k] for k in range(COLUMNS))]
        yield pa.RecordBatch.from_arrays([pa.array(np.ascontiguousarray(c)) for c in columns], schema=SCHEMA)


class MeetingsFile(ArrowFile):
    """The meetings being written."""

    def write(self, found: Meetings, classes: int, images: int) -> PartFile:
        """Write everything and bring it to the disk."""
        about = {"version": VERSION, "images": images, "reaches": list(REACHES), "sides": SIDES, "least": LEAST}
        codec = pa.Codec("zstd", compression_level=3)
        return self.write_batches("pairs", list(batches(found, classes)), SCHEMA, (METADATA_KEY, about), codec)


class PartMeetings:
    """The meetings of one part, class by class.

    Attributes:
        known: whether this version can read the file; another version's is as if it were not there.
    """

    def __init__(self, table: PartTable, images: int) -> None:
        self._table = table
        self._images = images
        with table.mapped() as reader:
            metadata = reader.schema.metadata or {}
            if METADATA_KEY not in metadata:
                raise table.corrupt("it does not say what is in it")
            about = json.loads(metadata[METADATA_KEY])
            same = (about.get("version"), about.get("reaches"), about.get("sides")) == (VERSION, list(REACHES), SIDES)
            self.known = same and reader.schema.equals(SCHEMA)
            if about.get("images") != images or len(about["crc32"]) != reader.num_record_batches:
                raise table.corrupt("it is not of its part")
            self._reader = reader
            self._checksums = list(about["crc32"])

    def pairs(self, one: int, two: int, reach: int) -> tuple[NDArray[np.int64], NDArray[np.uint16]]:
        """The images that have an entry for two classes, the first at most the second, and what it says of a reach.

        Raises:
            ArchiveCorruptError: the file is damaged.
        """
        if not self.known or one >= len(self._checksums):
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.uint16)
        try:
            batch = self._reader.get_batch(one)
            intact = checksum(batch) == self._checksums[one]
        except (pa.ArrowException, OSError, ValueError):
            intact = False
        if not intact:
            raise self._table.corrupt(f"the entries of class number {one} were changed")
        low, high = np.searchsorted(batch.column(0).to_numpy(), [two, two + 1])
        image = batch.column(1).to_numpy()[low:high].astype(np.int64)
        if len(image) and int(image.max()) >= self._images:
            raise self._table.corrupt("its entries are of images that its part does not have")
        codes = cast("NDArray[np.uint16]", batch.column(2 + reach).to_numpy()[low:high])
        return image, codes
