"""Real detections, end to end: imported, asked, and compared with ProbLog and with every world where there are few."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from rune_pl.cli.main import main
from rune_pl.inference import Budget, ProbLogEngine, Query
from rune_pl.language.terms import Call, Const
from rune_pl.retrieval import open_archive
from tests.inference.oracle import EnumerationEngine, Prolog

pytestmark = pytest.mark.slow

NEAR = "retrieve :- object(X, ship), object(Y, harbor), near(X, Y)."
CLASSES = ("ship", "harbor")
# Images with 12 to 30 ships and harbors, chosen by their numbers only.
SMALL = (
    *("P0110", "P0300", "P0348", "P0526", "P0558", "P0589"),
    *("P0604", "P0615", "P0964", "P0974", "P1246", "P1315"),
)


@pytest.fixture(scope="module")
def archive(dota, tmp_path_factory):
    path = tmp_path_factory.mktemp("dota") / "A"
    assert main(["import", "dota-results", str(dota / "detections"), "-o", str(path)]) == 0
    return open_archive(path)


@pytest.fixture(scope="module")
def answers(archive):
    """The whole archive asked once."""
    return archive.query(rule=NEAR, top=0)


def test_everything_is_imported(archive):
    assert len(archive.images) == 229
    assert archive.archive.manifest.detections == 53_808
    assert len(archive.classes) == 18


def test_every_image_has_an_exact_answer(answers):
    assert (answers.examined, len(answers), answers.unanswered) == (229, 229, 0)
    for hit in answers:
        assert hit.probability is not None
        assert 0.0 <= hit.lower <= hit.probability <= hit.upper <= 1.0
        assert hit.upper - hit.lower <= 1e-9
        # No more than the expected number of matches (Markov), no less than the best one alone.
        best = math.prod(b.probability for b in hit.best) if hit.best else 0.0
        assert best - 1e-9 <= hit.probability <= hit.expected_matches + 1e-9
    # All that is certain within 1e-9 is one tie.
    values = [min(round(hit.probability, 9), 1.0 - 1e-9) for hit in answers]
    assert values == sorted(values, reverse=True)
    assert [hit.rank for hit in answers] == list(range(1, 230))


def test_the_command_line_says_the_same(archive, answers, capfd):
    chosen = [hit.image for hit in answers[10:13]]
    options = [word for image in chosen for word in ("--image", image)]
    assert main(["query", str(archive.archive.path), "--rule", NEAR, "--json", *options]) == 0
    found = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [(line["image"], line["probability"]) for line in found] == [
        (hit.image, pytest.approx(hit.probability, abs=1e-9)) for hit in answers[10:13]
    ]


@pytest.mark.parametrize("prejoin", [True, False], ids=["joined before", "ProbLog alone"])
def test_problog_gives_the_same_where_it_finishes(archive, answers, prejoin):
    known = {hit.image: hit.probability for hit in answers}
    engine = ProbLogEngine(workers=1, prejoin=prejoin)
    chosen = SMALL if prejoin else SMALL[:4]
    found = archive.query(rule=NEAR, images=chosen, top=0, engine=engine, budget=Budget(seconds=5.0))
    engine.close()
    answered = {hit.image: hit.probability for hit in found if hit.answered}
    assert {hit.method for hit in found if not hit.answered} <= {"timeout"}
    assert len(answered) >= len(chosen) // 2
    assert answered == pytest.approx({image: known[image] for image in answered}, abs=1e-9)


def pairs(query: Query, scenes):
    """Which ships are near which harbors, by the oracle's Prolog: (ships, harbors) of booleans."""
    prolog = Prolog(query, scenes, frozenset())
    ships, harbors = (np.flatnonzero(scenes.label == scenes.classes.index(name)) for name in CLASSES)
    near = [
        [
            prolog.holds(Call("near", (Const(f"d{scenes.detection[s]}"), Const(f"d{scenes.detection[h]}"))))
            for h in harbors
        ]
        for s in ships
    ]
    return scenes.probability[ships], scenes.probability[harbors], np.array(near).reshape(len(ships), len(harbors))


def every_world(ship, harbor, near) -> float:
    """P(some ship that is there is near a harbor that is there), summed over all sets of harbors and ships."""
    total = []
    worlds = np.arange(1 << len(ship))
    present = (worlds[:, None] >> np.arange(len(ship))) & 1
    weight = np.where(present, ship, 1 - ship).prod(axis=1)
    for chosen in range(1 << len(harbor)):
        there = (chosen >> np.arange(len(harbor))) & 1
        share = np.where(there, harbor, 1 - harbor).prod()
        matched = (present & near[:, there == 1].any(axis=1)).any(axis=1)
        total.append(share * weight[matched].sum())
    return math.fsum(total)


def test_every_world_of_the_small_images(archive, answers):
    query = archive.prepare(rule=NEAR).query
    compared = []
    for hit in answers:
        scenes = archive.archive.scenes([hit.image], classes=CLASSES)
        count = len(scenes.detection)
        if not 2 <= count <= 14 or len(np.unique(scenes.label)) < 2:
            continue
        ship, harbor, near = pairs(query, scenes)
        assert hit.probability == pytest.approx(every_world(ship, harbor, near), abs=1e-9)
        assert hit.expected_matches == pytest.approx(ship @ near @ harbor, abs=1e-9)
        compared.append(hit.probability)
    assert len(compared) >= 12
    assert any(0.01 < p < 0.99 for p in compared)


def thinned(scenes, rows: int):
    """One image with at most so many of its detections, taken evenly."""
    chosen = np.unique(np.linspace(0, len(scenes.detection) - 1, rows).astype(int))
    return replace(
        scenes,
        start=np.array([0, len(chosen)], dtype=np.int64),
        **{name: getattr(scenes, name)[chosen] for name in ("detection", "label", "score", "probability", "corners")},
    )


@pytest.mark.parametrize(
    "rule",
    [
        "retrieve :- at_least(3, A, object(A, ship)).",
        "retrieve :- exactly(1, A, (object(A, ship), object(B, harbor), near(A, B))).",
        "retrieve :- object(A, ship), \\+ object(_, harbor).",
        "retrieve :- object(A, ship), \\+ (object(B, harbor), near(A, B)).",
        "retrieve :- forall(object(A, ship), (object(B, harbor), near(A, B))).",
        "retrieve :- more(S, object(S, ship), H, object(H, harbor)).",
        "retrieve :- object(H, harbor), at_least(2, S, (object(S, ship), near(S, H))).",
        "retrieve :- object(A, ship), object(B, ship), object(C, harbor), left_of(A, B), near(B, C), elongated(A).",
        "retrieve :- object(A, ship), largest(A, ship), object(B, harbor), near(A, B).",
    ],
)
def test_other_rules_on_a_few_detections(archive, rule):
    prepared = archive.prepare(rule=rule)
    engine = archive._engine("auto")
    for image in ("P0300", "P0526", "P0964"):
        scenes = thinned(archive.archive.scenes([image], classes=CLASSES), 7)
        assert set(scenes.label) == {scenes.classes.index(name) for name in CLASSES}
        (found,) = engine.marginals(prepared.query, scenes)
        (expected,) = EnumerationEngine().marginals(prepared.query, scenes)
        assert found.probability == pytest.approx(expected.probability, abs=1e-9)
