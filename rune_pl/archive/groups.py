"""Detections of chosen images, read by row groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive.parts import DetectionColumns, PartTable, decode_detections
from rune_pl.archive.schema import DETECTIONS

IntArray = NDArray[np.int64]

_COLUMNS = [name for name in DETECTIONS.names if name != "image"]  # the images table says whose rows they are


class GroupReader:
    """Reads runs of rows from the detections tables of an archive.

    The row groups of one call stay decoded for the next: a row group that several consecutive calls touch is decoded
    once, and memory is bounded by what one call touches. `kept` is how many rows of others may stay decoded as well,
    those that were read last.
    """

    def __init__(self, parts: Sequence[PartTable], classes: Sequence[str], *, kept: int = 0) -> None:
        self._kept = kept
        self._parts = parts
        self._classes = classes
        self._bounds: dict[int, IntArray] = {}
        self._groups: dict[tuple[int, int], DetectionColumns] = {}

    def read(self, part: IntArray, first: IntArray, count: IntArray) -> DetectionColumns:
        """The rows `first[i]:first[i] + count[i]` of part `part[i]`, one run after the other.

        Raises:
            ArchiveCorruptError, ArchiveChangedError: a file cannot be read, or is not what it should be.
        """
        runs = [  # (part, row group, rows in it) for every piece of a run
            (int(p), group, slice(max(int(f), low) - low, min(int(f + c), high) - low))
            for p, f, c in zip(part, first, count, strict=True)
            if c
            for group, low, high in self._touched(int(p), int(f), int(f + c))
        ]
        runs = _merged(runs)
        needed = dict.fromkeys((p, group) for p, group, _ in runs)
        groups = {key: value for key, value in self._groups.items() if key not in needed}
        rows = sum(len(group.label) for group in groups.values())
        for key in list(groups):  # those that were not used for longest come first
            if rows > self._kept:
                rows -= len(groups.pop(key).label)
        self._groups = groups | {key: self._groups[key] for key in needed if key in self._groups}
        for key in needed:
            if key not in self._groups:
                self._groups[key] = self._decode(*key)
        return _join([(self._groups[p, group], rows) for p, group, rows in runs], len(self._classes))

    def _touched(self, part: int, begin: int, end: int) -> list[tuple[int, int, int]]:
        """The row groups that hold rows begin:end of a part: (group, its first row, its end)."""
        if part not in self._bounds:
            with self._parts[part].open() as file:
                metadata = file.metadata
                rows = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
            self._bounds[part] = np.concatenate([[0], np.cumsum(rows)]).astype(np.int64)
        bounds = self._bounds[part]
        low = int(np.searchsorted(bounds, begin, side="right")) - 1
        high = int(np.searchsorted(bounds, end, side="left"))
        return [(group, int(bounds[group]), int(bounds[group + 1])) for group in range(low, high)]

    def _decode(self, part: int, group: int) -> DetectionColumns:
        with self._parts[part].open() as file:
            return decode_detections(file.read_row_group(group, columns=_COLUMNS), self._classes)


def _merged(runs: Sequence[tuple[int, int, slice]]) -> list[tuple[int, int, slice]]:
    """The same rows with neighbouring runs of one row group put together."""
    merged: list[tuple[int, int, slice]] = []
    for part, group, rows in runs:
        if merged and merged[-1][:2] == (part, group) and merged[-1][2].stop == rows.start:
            rows = slice(merged.pop()[2].start, rows.stop)
        merged.append((part, group, rows))
    return merged


def _join(pieces: Sequence[tuple[DetectionColumns, slice]], classes: int) -> DetectionColumns:
    """Pieces of row groups, one after the other."""
    empty = DetectionColumns(
        detection=np.empty(0, dtype=np.int32),
        label=np.empty(0, dtype=np.int16),
        score=np.empty(0, dtype=np.float32),
        probability=np.empty(0, dtype=np.float64),
        corners=np.empty((0, 4, 2), dtype=np.float32),
        vectors=None,
    )
    columns = {
        field.name: np.concatenate([getattr(empty, field.name), *(getattr(c, field.name)[rows] for c, rows in pieces)])
        for field in fields(DetectionColumns)
        if field.name != "vectors"
    }
    vectors = None
    if any(c.vectors is not None for c, _ in pieces):
        none = np.empty((0, classes))
        vectors = np.concatenate(
            [
                none,
                *(
                    np.full((rows.stop - rows.start, classes), np.nan) if c.vectors is None else c.vectors[rows]
                    for c, rows in pieces
                ),
            ]
        )
    return DetectionColumns(**columns, vectors=vectors)
