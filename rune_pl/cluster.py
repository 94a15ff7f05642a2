"""Workers of a Dask cluster that run this version: who is asked on many machines is reached through here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from rune_pl._version import __version__
from rune_pl.errors import MissingExtraError, UsageError
from rune_pl.resources import library_sha256

LOCAL = "local"
_SAME = "install the same version on all machines"
_TIMEOUT = 20  # seconds to reach a scheduler


@contextmanager
def connect_client(address: str, workers: int | None = None) -> Iterator[Any]:
    """A `distributed.Client` of a scheduler (`tcp://host:8786`), or of processes of this machine (`local`).

    Raises:
        MissingExtraError: Dask is not installed.
        UsageError: nothing answers at the address, or its workers have another version of rune-pl or its rule library.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise MissingExtraError("a cluster needs Dask", hint="pip install 'rune-pl[cluster]'") from None
    if address == LOCAL:
        count = workers or os.cpu_count() or 1
        with (
            LocalCluster(count, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0") as local,
            Client(local) as client,
        ):
            yield client
        return
    try:
        client = Client(address, timeout=_TIMEOUT)
    except (OSError, ValueError) as error:
        raise UsageError(f"no cluster at {address}: {error}", hint="tcp://HOST:8786 of a dask scheduler") from None
    with client:
        try:
            found = client.run(versions)
        except (ImportError, AttributeError) as error:
            raise UsageError(f"a worker has no rune-pl of this version: {error}", hint=_SAME) from None
        check_versions(found)
        yield client


def check_versions(found: dict[str, Any]) -> None:
    """Refuse workers that would answer otherwise. Raises UsageError."""
    if not found:
        raise UsageError("the cluster has no workers", hint="dask worker tcp://HOST:8786")
    mine = versions()
    for worker, theirs in found.items():
        if theirs != mine:
            raise UsageError(
                f"worker {worker} has rune-pl {theirs[0]} with rule library {theirs[1][:12]}, here it is {mine[0]} "
                f"with {mine[1][:12]}",
                hint=_SAME,
            )


@lru_cache(maxsize=1)
def versions() -> tuple[str, str]:
    """The version of rune-pl, and the SHA-256 of the rule library that comes with it."""
    return __version__, library_sha256()
