"""Asking many machines: one Dask task for each part of an archive, which all share how good an image has to be.

Tasks change nothing, so that one whose worker dies is run again elsewhere, and the answer is the same.
"""

from __future__ import annotations

import copyreg
import io
import pickle
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from rune_pl.archive import Archive, Manifest
from rune_pl.archive.remote import archive_folder
from rune_pl.calibration.calibration import Calibration
from rune_pl.cluster import check_versions, connect_client, versions
from rune_pl.inference import Budget, Evidence, Query, make_engine
from rune_pl.retrieval.leaders import NOWHERE, Reached
from rune_pl.retrieval.scan import Scan
from rune_pl.retrieval.search import Found, look
from rune_pl.retrieval.selection import Selection


@dataclass(frozen=True)
class Task:
    """What a worker needs to know to look at one part."""

    path: str
    manifest: Manifest  # of this part alone
    query: Query
    evidence: Evidence
    gsd: float | None
    calibration: Calibration | None
    engine: str
    budget: Budget | None
    top: int
    least: float


class Cluster:
    """Workers that are ready to be asked; `connect` makes one."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def ask(
        self,
        asked: Selection,
        query: Query,
        *,
        engine: str,
        budget: Budget | None,
        top: int,
        least: float,
        progress: Callable[[int, int], None] | None = None,
    ) -> Found:
        """The answers that can be among the first `top` of all parts, in archive order.

        Raises:
            UsageError: workers of other versions.
            ArchiveError: a worker cannot read the archive.
        """
        from distributed import Variable, as_completed

        parts = asked.archive.manifest.parts
        tasks = [
            Task(
                str(asked.archive.path), Manifest(asked.archive.classes, (part,)), query, asked.evidence, asked.gsd,
                asked.calibration, engine, budget, top, least,
            )
            for part in parts
        ]  # fmt: skip
        name = f"rune-pl-{uuid.uuid4().hex}"
        floor = Variable(name, client=self._client)
        floor.set(NOWHERE)
        futures = [
            self._client.submit(work, _dumps(task), name if top else None, versions(), pure=False, retries=3)
            for task in tasks
        ]
        position = {future.key: k for k, future in enumerate(futures)}
        found: list[Found | None] = [None] * len(parts)
        best: list[Reached] = []
        done = 0
        try:
            for future, result in as_completed(futures, with_results=True):
                number = position[future.key]
                found[number] = result
                best = sorted([*best, *result.reached], reverse=True)[: top or None]
                if top and len(best) == top:
                    floor.set(best[-1])
                done += parts[number].images.rows
                if progress is not None:
                    progress(done, len(asked))
        finally:
            self._client.cancel(futures)
            with suppress(Exception):
                floor.delete()
        whole = [part for part in found if part is not None]
        return Found(
            [m for part in whole for m in part.marginals],
            sum(part.examined for part in whole),
            sum(part.unanswered for part in whole),
            {image: summary for part in whole for image, summary in part.summaries.items()},
            best,
        )


@contextmanager
def connect(address: str, workers: int | None = None) -> Iterator[Cluster]:
    """The workers of a scheduler (`tcp://host:8786`), or processes of this machine (`local`).

    Raises:
        MissingExtraError: Dask is not installed.
        UsageError: nothing answers at the address, or its workers have another version of rune-pl or its rule library.
    """
    with connect_client(address, workers) as client:
        yield Cluster(client)


def work(payload: bytes, floor: str | None, expected: tuple[str, str]) -> Found:
    """Look at one part, on a worker."""
    check_versions({"": expected})
    task: Task = pickle.loads(payload)
    archive = Archive(archive_folder(task.path), task.manifest)
    asked = Selection(archive, None, task.evidence, task.gsd, task.calibration)
    scan = Scan(make_engine(task.engine, workers=1), asked, task.query, task.budget)
    return look(scan, task.top, task.least, floor=_floor(floor))


def _floor(name: str | None) -> Callable[[], Reached]:
    if name is None:
        return lambda: NOWHERE
    from distributed import Variable

    shared = Variable(name)

    def read() -> Reached:
        try:
            odds, matches = shared.get(timeout=2)
            return float(odds), float(matches)
        except Exception:  # noqa: BLE001 - it only saves work; whatever is wrong with it, the answer is the same
            return NOWHERE

    return read


def _dumps(task: Task) -> bytes:
    stream = io.BytesIO()
    pickler = pickle.Pickler(stream)
    pickler.dispatch_table = copyreg.dispatch_table.copy()
    pickler.dispatch_table[MappingProxyType] = lambda proxy: (_read_only, (dict(proxy),))
    pickler.dump(task)
    return stream.getvalue()


def _read_only(items: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    """How a read-only mapping is made again on the other side: pickle does not know them."""
    return MappingProxyType(items)
