"""The images of an archive as columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rune_pl.archive.parts import PartTable
from rune_pl.archive.records import ImageRecord
from rune_pl.archive.schema import IMAGES

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ImageColumns:
    """M images in archive order.

    Attributes:
        table: the images tables of all parts, one after the other.
        width, height, gsd: (M,) float64, NaN where unknown.
        transform: (M, 6) float64, NaN where unknown.
        part: (M,) index of the part that each image is in.
        first: (M,) row of the image's first detection in the detections table of its part.
        count: (M,) number of its detections.
    """

    table: pa.Table
    width: FloatArray
    height: FloatArray
    gsd: FloatArray
    transform: FloatArray
    part: IntArray
    first: IntArray
    count: IntArray
    _met: dict[str, int] = field(default_factory=dict, repr=False)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """All image ids: a million of them take a second."""
        return cast("tuple[str, ...]", tuple(self.table["id"].to_pylist()))

    def ids_at(self, index: IntArray) -> tuple[str, ...]:
        """The ids of some images."""
        found = cast("tuple[str, ...]", tuple(self.table["id"].take(index).to_pylist()))
        self._met.update(zip(found, index.tolist(), strict=True))
        return found

    def find(self, image_id: str) -> int | None:
        """Where an image is, None where there is none; one that was met before is found at once."""
        met = self._met.get(image_id)
        return self.position.get(image_id) if met is None else met

    def crs_at(self, index: IntArray) -> tuple[str | None, ...]:
        """The coordinate reference systems of some images, None where unknown."""
        return cast("tuple[str | None, ...]", tuple(self.table["crs"].take(index).to_pylist()))

    @cached_property
    def position(self) -> dict[str, int]:
        """Index of each image id."""
        return {name: i for i, name in enumerate(self.ids)}

    def record(self, index: int) -> ImageRecord:
        """The image as it was added."""
        row = self.table.slice(index, 1).to_pylist()[0]
        del row["detections"]
        time: datetime | None = row["time"]
        transform = row["transform"]
        return ImageRecord(**{**row, "time": time, "transform": None if transform is None else tuple(transform)})


def read_images(parts: Sequence[PartTable], detections: Sequence[int]) -> ImageColumns:
    """The images of these images tables; `detections` is the number of rows of each part's detections table.

    Raises:
        ArchiveCorruptError: a file is damaged, or contradicts the rest of the archive.
        ArchiveChangedError: the archive was replaced since it was opened.
    """
    tables, firsts = [], [np.empty(0, dtype=np.int64)]
    for part, rows in zip(parts, detections, strict=True):
        with part.open() as file:
            table = file.read()
            table.validate(full=True)
        count = table["detections"].to_numpy().astype(np.int64)
        if (count < 0).any() or count.sum() != rows:
            raise part.corrupt(f"its images have {count.sum():,} detections, the manifest says {rows:,}")
        if not _transforms_fit(table):
            raise part.corrupt("a transform has not six numbers")
        tables.append(table)
        firsts.append(np.cumsum(count) - count)
    # In one piece, so that finding single rows does not mean looking for their piece.
    table = pa.concat_tables(tables).combine_chunks() if tables else IMAGES.empty_table()
    columns = ImageColumns(
        table=table,
        width=_floats(table["width"]),
        height=_floats(table["height"]),
        gsd=_floats(table["gsd"]),
        transform=_transforms(table),
        part=np.repeat(np.arange(len(tables)), [len(t) for t in tables]).astype(np.int64),
        first=np.concatenate(firsts),
        count=table["detections"].to_numpy().astype(np.int64),
    )
    if pc.count_distinct(table["id"]).as_py() != len(table):
        seen: set[str] = set()
        twice = next(name for name in columns.ids if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise parts[int(columns.part[columns.position[twice]])].corrupt(f"image {twice!r} occurs twice in the archive")
    return columns


def _floats(column: pa.ChunkedArray[Any]) -> FloatArray:
    return column.cast(pa.float64()).to_numpy().astype(np.float64)


def _transforms_fit(table: pa.Table) -> bool:
    lengths = pc.list_value_length(table["transform"]).drop_null().to_numpy()
    return bool((lengths == 6).all())


def _transforms(table: pa.Table) -> FloatArray:
    transform = np.full((len(table), 6), np.nan)
    chunks = table["transform"].chunks
    lists = cast("pa.ListArray[Any]", pa.concat_arrays([pa.array([], IMAGES.field("transform").type), *chunks]))
    transform[lists.is_valid().to_numpy(zero_copy_only=False)] = lists.flatten().to_numpy().reshape(-1, 6)
    return transform
