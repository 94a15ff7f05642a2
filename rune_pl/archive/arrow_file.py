"""Arrow files beside a part, of record batches with checksums: its index and its pairs."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from rune_pl.archive.files import HashedFile, footer_sha256
from rune_pl.archive.manifest import PartFile


class ArrowFile:
    """The file being written, under a temporary name until `PartWriter.place` renames it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = HashedFile(path)

    def write_batches(
        self,
        kind: str,
        batches: Sequence[pa.RecordBatch],
        schema: pa.Schema,
        about: tuple[bytes, Mapping[str, Any]],
        compression: pa.Codec | None = None,
    ) -> PartFile:
        """Write everything and bring it to the disk.

        Args:
            kind: what its name begins with.
            about: the key of the metadata, and what is said there; the checksums of the batches are added.
        """
        key, said = about
        told = {**said, "crc32": [checksum(batch) for batch in batches]}
        schema = schema.with_metadata({key: json.dumps(told).encode()})
        options = pa.ipc.IpcWriteOptions(compression=compression)
        with pa.ipc.new_file(self._file, schema, options=options) as writer:
            for batch in batches:
                writer.write_batch(batch.replace_schema_metadata(schema.metadata))
        self._file.sync()
        self._file.close()
        return PartFile(
            file=f"{kind}-{self._file.sha256[:32]}.arrow",
            rows=sum(batch.num_rows for batch in batches),
            bytes=self._file.size,
            sha256=self._file.sha256,
            footer_sha256=footer_sha256(self.path),
        )

    def abandon(self) -> None:
        """Close without finishing; the temporary file is left to the caller."""
        self._file.discard()


def checksum(batch: pa.RecordBatch) -> int:
    """CRC-32 over the values of the columns, one after the other."""
    value = 0
    for column in batch.columns:
        value = zlib.crc32(column.to_numpy().tobytes(), value)
    return value
