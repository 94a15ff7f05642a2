"""Durable files: hashed while written, synced, and put in place by renaming."""

from __future__ import annotations

import hashlib
import io
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

ARROW_MAGIC = b"ARROW1"


class HashedFile(io.RawIOBase):
    """A new file that knows the SHA-256 and the size of what was written to it. Writing is sequential."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._descriptor: int | None = None
        self._digest = hashlib.sha256()
        self.size = 0
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        """Write all of `data`, however often the system takes only a piece of it; after `discard` do nothing.

        Raises:
            OSError: it cannot be written.
            ValueError: the file is closed.
        """
        if self.closed:
            raise ValueError("write to a closed file")
        view = memoryview(data).cast("B")
        if self._descriptor is None:
            return len(view)
        done = 0
        while done < len(view):
            done += os.write(self._descriptor, view[done:])
        self._digest.update(view)
        self.size += len(view)
        return len(view)

    def tell(self) -> int:
        return self.size

    def sync(self) -> None:
        """Return only when the data is on the disk."""
        if self._descriptor is not None:
            os.fsync(self._descriptor)

    @property
    def sha256(self) -> str:
        """Of everything written so far, in hexadecimal."""
        return self._digest.hexdigest()

    def discard(self) -> None:
        """Give the file up: what is written from now on goes nowhere.

        pyarrow writes the footer of a file that failed when the writer is collected, at any later time. An error then
        would come up in unrelated code, and a write would go to whatever file has the descriptor by then.
        """
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with suppress(OSError):
                os.close(descriptor)

    def close(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        try:
            if descriptor is not None:
                os.close(descriptor)
        finally:
            super().close()


def sync_folder(path: Path) -> None:
    """Return only when the names in the folder are on the disk; nothing to do where folders cannot be opened."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def footer_sha256(path: Path) -> str:
    """SHA-256 in hexadecimal of the footer of a Parquet or Arrow file: metadata, its length (4 bytes), magic number."""
    with path.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(size - len(ARROW_MAGIC), 0))
        magic = len(ARROW_MAGIC) if stream.read() == ARROW_MAGIC else 4
        stream.seek(max(size - magic - 4, 0))
        length = int.from_bytes(stream.read(4), "little") + 4 + magic
        stream.seek(max(size - length, 0))
        return hashlib.sha256(stream.read(length)).hexdigest()


def file_sha256(path: Path) -> str:
    """SHA-256 of a file in hexadecimal, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
