"""Those who answer the mix of questions, each in a process of its own that a referee asks (`referee.py`).

Requests and answers are lines of JSON. The first line that is written says that all is ready. Seconds are measured
here, so that the way between the processes does not count.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from mix import RULES, SQL, TOP
from support import one_line, peak_memory, timed

Ask = Callable[[str, str], tuple[float, dict[str, Any]]]  # (who, query) -> seconds, and what else there is to say

DIMENSIONS = 512
DUCKDB_THREADS = 2
_FILL = 10_000  # rows of embeddings that are drawn at once


def archive(path: Path, _images: int) -> tuple[dict[str, Any], Ask]:
    """rune-pl; who is the number of workers, or `all` for looking at every image."""
    import rune_pl
    from rune_pl.inference import make_engine

    opening, opened = timed(lambda: rune_pl.open_archive(path))
    engines = {workers: make_engine("native", workers=workers) for workers in (1, 2)}

    def ask(who: str, query: str) -> tuple[float, dict[str, Any]]:
        prepared = opened.prepare(rule=RULES[query])
        workers, bounded = (2, False) if who == "all" else (int(who), True)
        took, found = timed(
            lambda: opened.run(prepared, top=TOP, engine=engines[workers], workers=workers, bounded=bounded)
        )
        return took, {
            "examined": found.examined,
            "unanswered": found.unanswered,
            "hits": [(hit.image, hit.probability) for hit in found],
        }

    return {"open": opening, "images": len(opened.archive)}, ask


def duckdb(path: Path, _images: int) -> tuple[dict[str, Any], Ask]:
    """DuckDB on the archive's own Parquet files."""
    import duckdb as database

    connection = database.connect(config={"threads": DUCKDB_THREADS})
    files = str(path / "detections-*.parquet").replace("'", "''")

    def ask(_who: str, query: str) -> tuple[float, dict[str, Any]]:
        text = SQL[query].replace("{files}", files)
        took, rows = timed(lambda: connection.execute(text).fetchall())
        return took, {"hits": [(str(image), int(count)) for image, count in rows]}

    return {"version": database.__version__}, ask


def scan(_path: Path, images: int) -> tuple[dict[str, Any], Ask]:
    """As joint-embedding retrieval does with a query: the product with every image's embedding, and the best of these.

    Who is `numpy` or `faiss`; faiss works on the same array.
    """
    rng = np.random.default_rng(0)
    embeddings = np.empty((images, DIMENSIONS), dtype=np.float32)
    for first in range(0, images, _FILL):
        part = embeddings[first : first + _FILL]
        part[:] = rng.standard_normal(part.shape, dtype=np.float32)
    wanted = rng.standard_normal(DIMENSIONS, dtype=np.float32)
    top = min(TOP, images)
    try:
        import faiss
    except ImportError:
        faiss = None

    def by_numpy() -> list[int]:
        values = embeddings @ wanted
        best = np.argpartition(-values, top - 1)[:top]
        return [int(k) for k in best[np.argsort(-values[best], kind="stable")]]

    def by_faiss() -> list[int]:
        _, best = faiss.knn(wanted[None], embeddings, top, metric=faiss.METRIC_INNER_PRODUCT)
        return [int(k) for k in best[0]]

    def ask(who: str, _query: str) -> tuple[float, dict[str, Any]]:
        took, hits = timed(by_faiss if who == "faiss" else by_numpy)
        return took, {"hits": hits}

    return {"faiss": None if faiss is None else faiss.__version__}, ask


HOSTS = {"archive": archive, "duckdb": duckdb, "scan": scan}


def main() -> None:
    """Answer until there are no more requests."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("host", choices=HOSTS, help="who answers")
    parser.add_argument("path", type=Path, help="the archive")
    parser.add_argument("--images", type=int, required=True, help="how many it has")
    options = parser.parse_args()
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever a library prints is no answer

    def reply(**found: Any) -> None:
        print(json.dumps(found), file=answers, flush=True)

    try:
        about, ask = HOSTS[options.host](options.path, options.images)
    except ImportError as error:
        reply(missing=str(error))
        return
    reply(**about, peak_mb=peak_memory())
    for line in sys.stdin:
        request = json.loads(line)
        try:
            took, found = ask(request["who"], request["query"])
        except Exception as error:  # noqa: BLE001 - whatever is raised is a result, and not the end of the others
            reply(failed=one_line(error))
        else:
            reply(seconds=took, **found, peak_mb=peak_memory())


if __name__ == "__main__":
    main()
