"""Parquet files of an archive, opened and decoded; what is wrong with one becomes an error that names it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rune_pl.archive.files import footer_sha256
from rune_pl.archive.manifest import PartFile, read_manifest
from rune_pl.archive.remote import is_local
from rune_pl.archive.schema import CORNER_COLUMNS, DETECTIONS, IMAGES
from rune_pl.errors import ArchiveChangedError, ArchiveCorruptError, ArchiveError

IntArray = NDArray[np.int64]

RESTORE = "rune-pl archive check lists all damage; restore the file from a copy, or write the archive again"

_SCHEMAS = {"images": IMAGES, "detections": DETECTIONS}


@dataclass(frozen=True, eq=False)
class DetectionColumns:
    """Rows of a detections table as arrays; `label` indexes the classes of the archive.

    `vectors` is None where no row has a class vector, else (n, C) float64 with rows of NaN where there is none.
    """

    detection: NDArray[np.int32]
    label: NDArray[np.int16]
    score: NDArray[np.float32]
    probability: NDArray[np.float64]
    corners: NDArray[np.float32]
    vectors: NDArray[np.float64] | None


class PartTable:
    """One Parquet file of an archive. It is opened for each reading, so that many parts need no open files."""

    def __init__(self, folder: Path, entry: PartFile, listed: frozenset[str]) -> None:
        self._folder = folder
        self._entry = entry
        self._listed = listed
        self.path = folder / entry.file
        self._metadata: pq.FileMetaData | None = None

    def check_size(self) -> None:
        """Notice a missing or truncated file without reading it.

        Raises:
            ArchiveCorruptError: the file is missing or has another size than the manifest says.
            ArchiveChangedError: it is missing because the archive was replaced.
        """
        try:
            size = self.path.stat().st_size
        except OSError as error:
            raise self._unreadable(error) from None
        if size != self._entry.bytes:
            raise ArchiveCorruptError(
                f"{size:,} bytes, the manifest says {self._entry.bytes:,}", path=self.path, hint=RESTORE
            )

    @contextmanager
    def open(self) -> Iterator[pq.ParquetFile]:
        """The Parquet file, for reading and decoding and nothing else: errors in the block are taken for damage.

        The footer is verified and parsed the first time; files of parts never change.

        Raises:
            ArchiveCorruptError, ArchiveChangedError: as `check_size`, or the content is not what it should be.
        """
        kind = self._entry.file.partition("-")[0]
        with self._guarded():
            if self._metadata is None:
                self._check_footer()
            source = self.path if is_local(self.path) else self.path.open("rb")
            with pq.ParquetFile(source, metadata=self._metadata, page_checksum_verification=True) as file:
                if self._metadata is None:
                    if not file.schema_arrow.equals(_SCHEMAS[kind]):
                        raise self.corrupt("its columns are not those of this schema version")
                    if file.metadata.num_rows != self._entry.rows:
                        raise self.corrupt(f"{file.metadata.num_rows:,} rows, the manifest says {self._entry.rows:,}")
                    self._metadata = file.metadata
                yield file

    @contextmanager
    def mapped(self) -> Iterator[pa.RecordBatchFileReader]:
        """The Arrow file, mapped into memory where it is a local one; its batches may be used after the block.

        Raises:
            ArchiveCorruptError, ArchiveChangedError: as `open`.
        """
        with self._guarded():
            self._check_footer()
            if is_local(self.path):
                source: pa.NativeFile = pa.memory_map(str(self.path))
            else:
                source = pa.BufferReader(self.path.read_bytes())
            yield pa.ipc.open_file(source)

    def _check_footer(self) -> None:
        if footer_sha256(self.path) != self._entry.footer_sha256:
            raise self.corrupt("its footer was changed")

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Errors of the system and of decoding in the block become errors that name the file."""
        self.check_size()
        try:
            yield
        except (OSError, pa.ArrowException, LookupError, TypeError, ValueError, OverflowError) as error:
            # The last four: a damaged page header can make pyarrow hand out nonsense without noticing.
            raise self._unreadable(error) from None

    def corrupt(self, reason: str) -> ArchiveCorruptError:
        return ArchiveCorruptError(reason, path=self.path, hint=RESTORE)

    def _unreadable(self, error: Exception) -> ArchiveError:
        if isinstance(error, FileNotFoundError):
            try:
                now = read_manifest(self._folder).file_names
            except ArchiveError:
                now = self._listed
            if now != self._listed:
                return ArchiveChangedError(
                    "the archive was replaced while it was open", path=self._folder, hint="open it again"
                )
            return self.corrupt("the file is missing")
        reason = getattr(error, "strerror", None) or (str(error).splitlines() or [type(error).__name__])[0]
        return self.corrupt(f"cannot be read: {reason}")


def decode_detections(table: pa.Table, classes: Sequence[str]) -> DetectionColumns:
    """The columns of a detections table; the `image` column is not needed.

    Raises:
        ValueError: a class that is not in `classes`, or a class vector longer than it.
    """
    table = table.combine_chunks()
    rows = len(table)
    corners = np.empty((rows, 8), dtype=np.float32)
    for i, name in enumerate(CORNER_COLUMNS):
        corners[:, i] = table[name].to_numpy()
    return DetectionColumns(
        detection=table["detection"].to_numpy(),
        label=_labels(table["class"], classes),
        score=table["score"].to_numpy(),
        probability=table["probability"].to_numpy(),
        corners=corners.reshape(rows, 4, 2),
        vectors=_vectors(table["class_probability"], len(classes)),
    )


def dictionary_codes(column: pa.ChunkedArray[Any]) -> Iterator[tuple[list[str], NDArray[np.int32]]]:
    """For each chunk of a dictionary column its values and the rows' indices into them."""
    for chunk in cast("list[pa.DictionaryArray[Any, Any]]", column.chunks):
        yield cast("list[str]", chunk.dictionary.to_pylist()), chunk.indices.to_numpy(zero_copy_only=False)


def _labels(column: pa.ChunkedArray[Any], classes: Sequence[str]) -> NDArray[np.int16]:
    codes = {name: code for code, name in enumerate(classes)}
    pieces = [np.empty(0, dtype=np.int16)]
    for names, indices in dictionary_codes(column):
        table = np.array([codes.get(name, -1) for name in names], dtype=np.int16)
        pieces.append(table[indices])
        if (pieces[-1] < 0).any():
            unknown = names[int(indices[np.argmin(pieces[-1])])]
            raise ValueError(f"class {unknown!r} is not in the manifest")
    return np.concatenate(pieces)


def _vectors(column: pa.ChunkedArray[Any], classes: int) -> NDArray[np.float64] | None:
    if column.null_count == len(column):
        return None
    lists = cast("pa.ListArray[Any]", pa.concat_arrays(column.chunks))
    present = lists.is_valid().to_numpy(zero_copy_only=False)
    lengths = np.where(present, np.diff(lists.offsets.to_numpy()), 0)
    if lengths.max() > classes:
        raise ValueError(f"a class vector has {lengths.max()} entries, the manifest has {classes} classes")
    vectors = np.full((len(lists), classes), np.nan)
    vectors[present] = 0.0
    values = lists.flatten().to_numpy(zero_copy_only=False)
    ends = np.cumsum(lengths)
    row = np.repeat(np.arange(len(lists)), lengths)
    vectors[row, np.arange(len(values)) - np.repeat(ends - lengths, lengths)] = values
    return vectors
