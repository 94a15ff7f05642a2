"""Looking at images on many machines: one Dask task for each batch of files, which sends back what it saw.

Tasks write nothing, so that one whose worker dies is run again elsewhere, and the archive is the same.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from rune_pl.cluster import check_versions, versions
from rune_pl.detect.detector import Detector, open_detector
from rune_pl.detect.looking import Answers, Look, Seen, Settings, look_at
from rune_pl.detect.weights import DEMO, find_weights
from rune_pl.errors import UsageError, UserError

_BATCH = 16  # files of a task at most: what is lost with a worker
_AHEAD = 4  # tasks for each thread of the workers that wait, so that neither they nor this process have to


@dataclass(frozen=True)
class Network:
    """Which detector the workers load.

    Attributes:
        weights: the name of the one that ships, or a file that all machines see under the same path.
        sha256: of that file, as it is here.
        runtime, device, threads: of `open_detector`.
    """

    weights: str
    sha256: str
    runtime: str = "auto"
    device: str = "auto"
    threads: int | None = None

    @classmethod
    def of(cls, name: str, detector: Detector, *, device: str = "auto", threads: int | None = None) -> Network:
        """The one that is loaded here; `name` as `find_weights` gives it."""
        where = name if name == DEMO else str(Path(name).absolute())
        return cls(where, detector.sha256, detector.runtime, device, threads)


def looking_on(client: Any, network: Network, settings: Settings) -> Look:
    """Who looks at files with the workers of a `distributed.Client`, for `detect_archive`.

    Looking raises UsageError where a worker has other weights or another version, or does not see the files.
    """
    return lambda files: _look(client, network, settings, [file.absolute() for file in files])


def _look(client: Any, network: Network, settings: Settings, files: Sequence[Path]) -> Answers:
    from distributed import KilledWorker, as_completed

    threads = max(1, sum(client.nthreads().values()))
    size = max(1, min(_BATCH, len(files) // (_AHEAD * threads)))
    batches = iter([range(low, min(low + size, len(files))) for low in range(0, len(files), size)])
    running: dict[Any, range] = {}

    def submit(batch: range) -> Any:
        about = [(str(files[k]), _size(files[k])) for k in batch]
        future = client.submit(work, about, network, settings, versions(), pure=False, retries=2)
        running[future.key] = batch
        return future

    waiting = as_completed([submit(batch) for batch in itertools.islice(batches, _AHEAD * threads)])
    try:
        for future in waiting:
            try:
                seen = future.result()
            except KilledWorker:
                lost = files[running[future.key][0]]
                raise UsageError(
                    f"workers died again and again while they looked at {lost} and what follows it",
                    hint="they may lack memory; go on with --resume",
                ) from None
            yield from zip(running.pop(future.key), seen, strict=True)
            future.release()
            for batch in itertools.islice(batches, 1):
                waiting.add(submit(batch))
    finally:
        client.cancel(list(waiting.futures))


def work(
    files: Sequence[tuple[str, int | None]], network: Network, settings: Settings, expected: tuple[str, str]
) -> list[Seen]:
    """Look at some files, on a worker.

    Args:
        files: paths, and sizes in bytes as they are where the work is given out.
        expected: the versions there.

    Raises:
        UsageError: the versions, the weights or the files are others here.
    """
    check_versions({"": expected})
    detector = _detector(network)
    seen = []
    for name, size in files:
        file = Path(name)
        if size is not None and _size(file) != size:
            state = "has another size" if file.exists() else "is not there"
            raise UsageError(
                f"on a worker {name} {state}", hint="images have to be where all machines see them, under the same path"
            )
        seen.append(look_at(file, detector, settings))
    return seen


@lru_cache(maxsize=1)
def _detector(network: Network) -> Detector:
    """Loaded once in each worker."""
    try:
        _, path = find_weights(network.weights)
        detector = open_detector(path, runtime=network.runtime, device=network.device, threads=network.threads)
    except UserError as error:
        where = f"{error.where}: " if error.where else ""
        raise UsageError(f"on a worker: {where}{error.message}", hint=error.hint) from None
    if detector.sha256 != network.sha256:
        raise UsageError(
            f"on a worker the weights {network.weights} have SHA-256 {detector.sha256[:12]}, here they have "
            f"{network.sha256[:12]}",
            hint="give all machines the same file, or the same version of rune-pl",
        )
    return detector


def _size(file: Path) -> int | None:
    try:
        return file.stat().st_size
    except OSError:
        return None
