"""One writer at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from rune_pl.errors import ArchiveLockedError, ArchiveWriteError

LOCK_NAME = ".lock"


@contextmanager
def writer_lock(folder: Path) -> Iterator[None]:
    """Hold the writers' lock of an archive folder. The system frees it when the process ends, however it ends.

    Raises:
        ArchiveLockedError: another writer, in this process or another, holds it.
        ArchiveWriteError: the lock file cannot be made.
    """
    lock = FileLock(folder / LOCK_NAME, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise ArchiveLockedError(
            "another process is writing to this archive", path=folder, hint="wait until it has finished, then try again"
        ) from None
    except OSError as error:
        raise ArchiveWriteError(f"cannot make the lock file: {error.strerror or error}", path=folder) from None
    try:
        yield
    finally:
        lock.release()
