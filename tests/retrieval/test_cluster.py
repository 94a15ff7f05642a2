"""Queries on a cluster: real processes, one of which is killed in the middle."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

import rune_pl
from rune_pl.archive import ArchiveWriter, Detections, ImageRecord, Provenance
from rune_pl.errors import UsageError
from rune_pl.retrieval import cluster as clusters
from tests.retrieval.archives import NEAR, box, corners

# The last one is for ProbLog, which is asked here.
RULES = (NEAR, "retrieve :- at_least(2, A, object(A, ship)).", "0.5::lucky. retrieve :- object(A, ship), lucky.")


@pytest.fixture(scope="module")
def scattered(tmp_path_factory):
    """Six parts of ten images each."""
    path = tmp_path_factory.mktemp("cluster") / "a"
    for part in range(6):
        mode = "append" if part else "create"
        with ArchiveWriter(path, provenance=Provenance("tests", "1"), mode=mode) as writer:
            for k in range(10):
                p = (1 + (part * 10 + k) * 7 % 60) / 61
                where = [corners(box(0)), corners(box(30)), corners(box(60))]
                found = Detections(["ship", "harbor", "ship"], [p] * 3, [p, 0.9, p / 2], where)
                writer.add(ImageRecord(f"P{part}{k}"), found)
    return rune_pl.open_archive(path)


@pytest.fixture(scope="module")
def workers():
    with clusters.connect("local", 2) as found:
        yield found


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
def test_the_hits_are_those_of_one_process(scattered, workers, rule):
    prepared = scattered.prepare(rule=rule)
    for options in ({"top": 3}, {"top": 0}, {"top": 5, "min_probability": 0.5}, {"top": 3, "reject": ["P00/d1"]}):
        there = scattered.run(prepared, cluster=workers, **options)
        here = scattered.run(prepared, bounded=False, **options)
        assert [(h.image, h.best) for h in there] == [(h.image, h.best) for h in here]
        assert [h.probability for h in there] == pytest.approx([h.probability for h in here], abs=2e-9)
        assert there.total == 60


def slow_work(payload, floor, expected):
    """The work, so slow that there is time to kill who does it."""
    time.sleep(1.0)
    return clusters.work(payload, floor, expected)


@pytest.mark.slow
def test_a_worker_that_is_killed_changes_nothing(scattered, monkeypatch):
    prepared = scattered.prepare(rule=NEAR)
    expected = [h.image for h in scattered.run(prepared, top=4, bounded=False)]
    with clusters.connect("local", 2) as found:
        real = found._client.submit
        monkeypatch.setattr(found._client, "submit", lambda call, *a, **k: real(slow_work, *a, **k))
        processes = list(found._client.run(os.getpid).values())
        killer = threading.Timer(1.5, os.kill, (processes[0], signal.SIGKILL))
        killer.start()
        results = scattered.run(prepared, top=4, cluster=found)
        killer.join()
        assert processes[0] not in found._client.run(os.getpid).values()
    assert [h.image for h in results] == expected


def test_workers_of_another_version_are_refused():
    mine = clusters.versions()
    clusters.check_versions({"tcp://one:1": mine})
    with pytest.raises(UsageError, match=r"tcp://two:2 has rune-pl 0\.0\.1 with rule library abc"):
        clusters.check_versions({"tcp://one:1": mine, "tcp://two:2": ("0.0.1", "abc")})
    with pytest.raises(UsageError, match="same version"):
        clusters.check_versions({"tcp://two:2": (mine[0], "another library")})
    with pytest.raises(UsageError, match="no workers"):
        clusters.check_versions({})


def test_nobody_at_the_address(monkeypatch):
    monkeypatch.setattr("rune_pl.cluster._TIMEOUT", 1)
    with pytest.raises(UsageError, match="no cluster at"), clusters.connect("tcp://127.0.0.1:9"):
        pass


def test_threads_find_what_one_finds(scattered):
    prepared = scattered.prepare(rule=NEAR)
    one, two = (scattered.run(prepared, top=0, workers=n) for n in (1, 2))
    assert [(h.image, h.probability) for h in one] == [(h.image, h.probability) for h in two]
