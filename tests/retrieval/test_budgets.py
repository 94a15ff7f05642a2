"""What an engine says when it cannot finish, and that it goes on after."""

from __future__ import annotations

import pytest

from rune_pl.errors import EngineError
from rune_pl.inference import Budget, ProbLogEngine
from rune_pl.inference.problog_engine import _Child
from rune_pl.retrieval import open_archive
from tests.retrieval.archives import box, write_archive

PAIR = "retrieve :- object(A, ship), object(B, ship), near(A, B, px(35))."
NEAR = "retrieve :- object(A, ship), object(B, harbor), near(A, B, px(400))."


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Two scenes that no solver gets through, and a small one after each."""
    # Every ship of the grid is near the four around it; ships and harbors of the crowd are near by chance.
    grid = [
        ("ship", 0.1 + 0.08 * ((7 * i + 3 * j) % 11), box(40.0 * i, 40.0 * j)) for i in range(20) for j in range(20)
    ]
    crowd = [
        (label, 0.1 + 0.8 * ((17 * i) % 60) / 59, box(37.0 * ((a * i) % 61), 37.0 * ((b * i) % 59)))
        for label, a, b in (("ship", 23, 41), ("harbor", 37, 16))
        for i in range(60)
    ]
    small = [("ship", 0.5, box(0)), ("ship", 0.5, box(30)), ("harbor", 0.5, box(60))]
    path = tmp_path_factory.mktemp("budgets") / "A"
    return open_archive(write_archive(path, {"grid": grid, "after": small, "crowd": crowd, "last": small}))


@pytest.fixture
def engine():
    made = ProbLogEngine(workers=1)
    yield made
    made.close()


def methods(results):
    return {h.image: (h.method, h.probability) for h in results}


def test_past_its_time_an_engine_gives_no_number_and_goes_on(archive, engine):
    found = archive.query(rule=PAIR, engine=engine, images=["grid", "after"], budget=Budget(seconds=1.0))
    assert methods(found) == {"grid": ("timeout", None), "after": ("problog", pytest.approx(0.25))}
    assert found.unanswered == 1
    (unanswered,) = [h for h in found if not h.answered]
    assert (unanswered.rank, unanswered.log_odds) == (1, None)  # somewhere in [0, 1], which is more than 0.25
    assert unanswered.interval == (0.0, pytest.approx(1.0))
    assert unanswered.reason == "ProbLog did not finish within 1 s"


def test_a_crowd_of_two_classes(archive, engine):
    found = archive.query(rule=NEAR, engine=engine, images=["crowd", "last"], budget=Budget(seconds=1.0))
    assert methods(found) == {"crowd": ("timeout", None), "last": ("problog", pytest.approx(0.375))}


def test_past_its_memory_an_engine_gives_no_number_and_goes_on(archive, engine):
    budget = Budget(seconds=5.0, memory_mb=256)
    found = archive.query(rule=PAIR, engine=engine, images=["grid", "after"], budget=budget)
    method, probability = methods(found)["grid"]
    assert method in ("memory", "timeout")
    assert probability is None
    assert methods(found)["after"] == ("problog", pytest.approx(0.25))


def test_where_the_solver_gives_up_the_native_engine_does_not(archive):
    found = archive.query(rule=PAIR, images=["grid"])
    assert found[0].method == "sweep"
    assert found[0].upper - found[0].lower <= 1e-9


def test_an_abandoned_call_starts_no_other_solver(archive, engine, monkeypatch):
    """A job that is still being prepared when the caller leaves must not run, for minutes perhaps, when it is."""
    launched = []
    launch = _Child._launch

    def counted(child):
        launched.append(child)
        return launch(child)

    query = archive.prepare(rule=PAIR).query
    scenes = archive.archive.scenes(["after", "last"])
    rows = engine.marginals(query, scenes, None, Budget(seconds=5.0))
    monkeypatch.setattr(_Child, "_launch", counted)
    assert next(rows).image == "after"
    rows.close()
    assert len(launched) == 1
    child = _Child(4096)
    child.retire()
    with pytest.raises(EngineError, match="abandoned"):
        child.ask(None, 1.0)
    assert len(launched) == 1
    # The engine itself is as good as new.
    assert [m.probability for m in engine.marginals(query, scenes)] == pytest.approx([0.25, 0.25])
