"""Answers that were given before: by archive version, question and everything else that they depend on.

The cache is one SQLite file in the user's cache folder, which several processes may use at once. What cannot be read or
written is as if it were not there: a cache never makes a query fail.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import platformdirs

from rune_pl._version import __version__
from rune_pl.inference import BoundObject
from rune_pl.retrieval.hits import Hit, Results

MAX_BYTES = 64 << 20  # of answers; the least recently used ones give way
_TIMEOUT = 2.0  # seconds to wait for another process
_SCHEMA = "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, body TEXT NOT NULL, size INTEGER, used REAL)"


@dataclass(frozen=True)
class QueryCache:
    """Results by key.

    Attributes:
        path: the SQLite file.
        max_bytes: how much may be kept.
    """

    path: Path
    max_bytes: int = MAX_BYTES

    @classmethod
    def default(cls) -> QueryCache:
        """That of the user."""
        return cls(Path(platformdirs.user_cache_dir("rune-pl")) / "queries.sqlite")

    def get(self, key: str) -> Results | None:
        """The results kept under the key, None where there are none."""
        try:
            with self._open() as database:
                row = database.execute("SELECT body FROM answers WHERE key = ?", (key,)).fetchone()
                if row is None:
                    return None
                database.execute("UPDATE answers SET used = ? WHERE key = ?", (time.time(), key))
            return _results(json.loads(row[0]))
        except (OSError, sqlite3.Error, ValueError, TypeError, KeyError):
            return None

    def put(self, key: str, results: Results) -> None:
        """Keep results, unless they alone are more than a tenth of what may be kept."""
        body = json.dumps(asdict(results))
        if len(body) > self.max_bytes // 10:
            return
        try:
            with self._open() as database:
                row = (key, body, len(body), time.time())
                database.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)", row)
                database.execute(
                    "DELETE FROM answers WHERE key IN (SELECT key FROM (SELECT key, SUM(size) OVER "
                    "(ORDER BY used DESC, key) AS total FROM answers) WHERE total > ?)",
                    (self.max_bytes,),
                )
        except (OSError, sqlite3.Error):
            return

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """One transaction."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.path, timeout=_TIMEOUT)) as database, database:
            database.execute(_SCHEMA)
            yield database


def cache_key(archive: bytes, parts: Mapping[str, Any]) -> str:
    """The key of a question: of the archive's manifest and of everything by name that the answer depends on."""
    text = json.dumps({**parts, "version": __version__, "code": _code()}, sort_keys=True, default=str)
    return hashlib.sha256(hashlib.sha256(archive).digest() + text.encode()).hexdigest()


@lru_cache(maxsize=1)
def _code() -> int:
    """When this package was last changed: in a checkout, what an older state of it answered is not to be mistaken."""
    return max(path.stat().st_mtime_ns for path in Path(__file__).parents[1].rglob("*.py"))


def _results(body: Mapping[str, Any]) -> Results:
    if set(body) != {field.name for field in fields(Results)}:
        raise ValueError("of another version")
    hits = tuple(Hit(**{**hit, "best": tuple(BoundObject(**bound) for bound in hit["best"])}) for hit in body["hits"])
    return Results(**{**body, "hits": hits, "notes": tuple(body["notes"])})
