from __future__ import annotations

import math
import sqlite3
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import pytest

import rune_pl
from rune_pl.archive import ArchiveWriter, Detections, ImageRecord, Provenance
from rune_pl.inference import NativeEngine
from rune_pl.retrieval.cache import QueryCache
from tests.retrieval.archives import NEAR, PORT, box, corners, write_archive


class Counting(NativeEngine):
    """Counts how often it is asked."""

    name = "native"
    asked = 0

    def marginals(self, *arguments, **options):
        self.asked += 1
        return super().marginals(*arguments, **options)


@pytest.fixture
def cache(tmp_path):
    return QueryCache(tmp_path / "cache" / "queries.sqlite")


def ask(path, cache, engine, rule=NEAR, **options):
    archive = rune_pl.open_archive(path)
    return archive.run(archive.prepare(rule=rule), engine=engine, cache=cache, **options)


def test_the_second_time_nothing_is_inferred(tmp_path, cache):
    path, engine = write_archive(tmp_path / "a", PORT), Counting()
    first = ask(path, cache, engine)
    asked = engine.asked
    again = ask(path, cache, engine)
    assert engine.asked == asked
    assert again == first
    assert again[-1].log_odds == -math.inf
    # Other options, evidence or rules are other questions.
    for options in ({"top": 1}, {"confirm": ["P1/d1"]}, {"images": ["P1"]}, {"gsd": 2.0}, {"min_probability": 0.2}):
        before = engine.asked
        ask(path, cache, engine, **options)
        assert engine.asked > before
    assert ask(path, cache, engine, "retrieve :- object(A, ship).")[0].image == "P1"


def test_an_append_makes_it_another_archive(tmp_path, cache):
    path, engine = write_archive(tmp_path / "a", PORT), Counting()
    assert ask(path, cache, engine, top=1)[0].image == "P1"
    with ArchiveWriter(path, provenance=Provenance("tests", "1"), mode="append") as writer:
        both = [corners(box(0)), corners(box(30))]
        writer.add(ImageRecord("new"), Detections(["ship", "harbor"], [1.0, 1.0], [1.0, 1.0], both))
    assert ask(path, cache, engine, top=1)[0].image == "new"


def test_it_stays_within_its_bounds_and_forgets_the_oldest(tmp_path):
    path, engine = write_archive(tmp_path / "a", PORT), Counting()
    results = ask(path, None, engine)
    cache = QueryCache(tmp_path / "queries.sqlite", max_bytes=60_000)
    for k in range(100):
        cache.put(f"{k:03}", results)
        assert cache.get("000") == results  # used all the time
    with sqlite3.connect(cache.path) as database:
        (size,) = database.execute("SELECT SUM(size) FROM answers").fetchone()
    assert 30_000 < size <= 60_000
    assert cache.get("001") is None
    assert cache.get("099") == results
    cache.put("large", replace(results, hits=results.hits * 100))
    assert cache.get("large") is None


def test_a_damaged_cache_is_no_cache(tmp_path, cache):
    path, engine = write_archive(tmp_path / "a", PORT), Counting()
    cache.path.parent.mkdir()
    cache.path.write_bytes(b"not a database" * 1000)
    assert ask(path, cache, engine)[0].image == "P1"
    assert cache.get("x") is None


def fill(path, number):
    archive = rune_pl.open_archive(path.parent / "a")
    results = archive.query(rule=NEAR)
    cache = QueryCache(path)
    for k in range(50):
        cache.put(f"{number}-{k}", results)
        cache.get(f"{1 - number}-{k}")
    return all(cache.get(f"{number}-{k}") == results for k in range(50))


def test_two_processes_at_once(tmp_path):
    write_archive(tmp_path / "a", PORT)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        assert all(pool.map(fill, [tmp_path / "queries.sqlite"] * 2, range(2)))
