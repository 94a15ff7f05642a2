"""The best images with bounds are those of the full scan, order and ties included."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rune_pl
from rune_pl.archive import Archive, ArchiveWriter, Provenance
from rune_pl.archive.manifest import Manifest
from rune_pl.archive.scenes import Scenes
from rune_pl.errors import UserError
from rune_pl.inference import NativeEngine, make_facts, summarize
from rune_pl.inference.bounds import Bounds
from rune_pl.inference.most import FactSums, most_matches
from rune_pl.inference.normal_form import witnesses
from rune_pl.retrieval import topk
from rune_pl.retrieval.selection import Selection
from tests.inference.cases import CLASSES, make_evidence, make_rule, make_scenes
from tests.retrieval.archives import NEAR, PORT, box, write_archive

ENGINE = NativeEngine(workers=1)


def renumbered(scenes: Scenes) -> Scenes:
    """With the numbers that an archive gives to detections."""
    first = np.repeat(scenes.start[:-1], np.diff(scenes.start))
    return replace(scenes, detection=(np.arange(len(scenes.detection)) - first + 1).astype(np.int32))


def write_scenes(path: Path, *parts: Scenes) -> None:
    for number, scenes in enumerate(parts):
        mode = "append" if number else "create"
        with ArchiveWriter(path, provenance=Provenance("tests", "1"), classes=CLASSES, mode=mode) as writer:
            writer.add_scenes(replace(scenes, images=tuple(f"{number}-{name}" for name in scenes.images)))


def as_before(path: Path, part: int, **less: None) -> None:
    """As a version of rune-pl that knew less wrote it."""
    manifest = Archive.open(path).manifest
    parts = [replace(p, **less) if k == part else p for k, p in enumerate(manifest.parts)]
    (path / "manifest.json").write_bytes(Manifest(manifest.classes, tuple(parts)).dump())


def outcome(archive, rule, *, engine=ENGINE, **options):
    """The hits in order, or the error; images that are looked at together may share a plan, and so round alike."""
    try:
        found = archive.run(archive.prepare(rule=rule), engine=engine, **options)
    except UserError as error:
        return str(error)
    return [
        (h.image, h.method, h.best)
        if h.probability is None
        else (h.image, pytest.approx(h.probability, abs=2e-9), h.best)
        for h in found
    ]


class Hasty(NativeEngine):
    """An engine that comes to an interval for some of the images, the same each time."""

    def marginals(self, query, scenes, evidence=None, budget=None):
        for m in super().marginals(query, scenes, evidence, budget):
            rng = Random(m.image)
            if m.probability is None or rng.random() < 0.6:
                yield m
            else:
                low, high = rng.random() * m.probability, 1 - rng.random() * (1 - m.probability)
                yield replace(m, probability=None, log_odds=None, lower=low, upper=high, method="sweep")


HASTY = Hasty(workers=1)


@pytest.fixture(autouse=True)
def small_steps(monkeypatch):
    """So few images at a time that it matters where the search stops."""
    monkeypatch.setattr(topk, "_MORE", 1)
    monkeypatch.setattr(topk, "_GROUPS", (2, 5))


@settings(deadline=None, max_examples=20, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=True), st.integers(0, 2), st.sampled_from([0, 1, 2, 5]), st.sampled_from([0, 0, 0.3]))
def test_the_hits_are_those_of_the_full_scan(rng: Random, depth: int, top: int, least: float):
    parts = [renumbered(make_scenes(rng, 6, 20)) for _ in range(2)]
    folder = Path(tempfile.mkdtemp())
    try:
        write_scenes(folder / "a", *parts)
        if rng.random() < 0.2:
            as_before(folder / "a", part=1, index=None)
        archive = rune_pl.open_archive(folder / "a")
        evidence = make_evidence(rng, parts[0])
        told = {
            "confirm": [f"0-{o}" for o in evidence.observations if o.holds],
            "reject": [f"0-{o}" for o in evidence.observations if not o.holds],
            "gsd": rng.choice([None, 0.5]),
        }
        rule = make_rule(rng, depth)
        options = {"top": top, "min_probability": least, **told}
        for engine in (ENGINE, HASTY):
            some, every = (
                outcome(archive, rule, engine=engine, bounded=bounded, **options) for bounded in (True, False)
            )
            assert some == every, (rule, options)
    finally:
        shutil.rmtree(folder)


RULES = (
    NEAR,
    "retrieve :- object(A, ship).",
    "retrieve :- at_least(3, A, object(A, ship)).",
    "retrieve :- at_most(1, A, object(A, ship)).",
    "retrieve :- exactly(2, A, object(A, ship)).",
    "retrieve :- object(A, ship), \\+ object(_, harbor).",
    "retrieve :- object(A, aircraft), object(B, ship), near(A, B).",
    "retrieve :- at_least(2, A, object(A, aircraft)).",
    "retrieve :- forall(object(A, ship), (object(B, harbor), near(A, B))).",
    "0.5::lucky. retrieve :- object(A, ship), lucky.",
)


@pytest.mark.parametrize("rule", RULES)
def test_crowded_images_that_are_all_but_certain_keep_their_order(tmp_path, rule):
    rng = Random(1)
    images = {
        f"P{k}": [
            (rng.choice(["ship", "ship", "harbor", "plane", "helicopter"]), rng.choice([0.3, 0.9, 0.97]), box(x * 30.0))
            for x in range(rng.randint(0, 60))
        ]
        for k in range(120)
    }
    write_archive(tmp_path / "a", images)
    archive = rune_pl.open_archive(tmp_path / "a")
    options = {"top": 5, "engine": "auto"}
    prepared = archive.prepare(rule=rule)
    some, every = archive.run(prepared, **options), archive.run(prepared, bounded=False, **options)
    assert [h.image for h in some] == [h.image for h in every]
    assert (every.examined, every.total, some.total) == (120, 120, 120)
    assert some.examined <= 120
    if rule == RULES[1]:
        assert some.examined <= 20


@pytest.mark.parametrize("chance", [0.01, 0.5, 0.99])
def test_both_ends_of_a_bound_hold(tmp_path, chance):
    images = {"P": [("ship", chance, box(0)), ("plane", chance, box(30)), ("harbor", chance, box(60))]}
    archive = rune_pl.open_archive(write_archive(tmp_path / "a", images))
    prepared = archive.prepare(rule="retrieve :- (object(A, ship) ; object(B, plane)), object(C, harbor).")
    (hit,) = archive.run(prepared, bounded=False)
    bound = Bounds(archive.archive.index, 1).of(prepared.query, archive.classes)
    assert bound is not None
    assert hit.probability == pytest.approx((1 - (1 - chance) ** 2) * chance)
    assert np.exp(bound.yes[0]) >= hit.probability - 1e-9
    assert np.exp(bound.no[0]) <= 1 - hit.probability + 1e-6
    assert bound.log_odds[0] >= hit.log_odds - 1e-5


def test_a_user_s_library_has_bounds_as_well(tmp_path):
    (tmp_path / "mine.pl").write_text(
        "%!  berth(+A:object, +B:object) is semidet.\n%\n%   A is a ship near B.\n"
        "berth(A, B) :- object(A, ship), near(A, B).\n"
    )
    images = {f"P{k}": [("ship", 0.1 + k / 100, box(0)), ("harbor", 0.9, box(30))] for k in range(80)}
    write_archive(tmp_path / "a", images)
    archive = rune_pl.open_archive(tmp_path / "a", library=tmp_path / "mine.pl")
    found = archive.query(rule="retrieve :- object(A, ship), object(B, harbor), berth(A, B).", top=2)
    assert [h.image for h in found] == ["P79", "P78"]
    assert found.examined < 20


def test_min_probability_leaves_out_what_cannot_reach_it(tmp_path):
    write_archive(tmp_path / "a", {f"P{k}": [("ship", k / 100, box(0))] for k in range(100)})
    found = rune_pl.open_archive(tmp_path / "a").query(rule="retrieve :- object(A, ship).", top=0, min_probability=0.95)
    assert [h.image for h in found] == ["P99", "P98", "P97", "P96", "P95"]
    assert (found.examined, found.total) == (5, 100)


def test_impossible_images_fill_the_ranking_as_in_the_full_scan(tmp_path):
    archive = rune_pl.open_archive(write_archive(tmp_path / "a", PORT))
    for top in range(1, 6):
        some, every = (archive.run(archive.prepare(rule=NEAR), top=top, bounded=b) for b in (True, False))
        assert [h.image for h in some] == [h.image for h in every]


def test_what_is_known_without_looking_is_read_from_the_index_alone(tmp_path):
    archive = Archive.open(write_archive(tmp_path / "a", PORT))
    index = archive.index
    # P1 has ships of 0.8, 0.5 and 0.6.
    assert index.column("ship", "count").tolist() == [3, 1, 1, 0, 0]
    assert np.exp(index.column("ship", "none")) == pytest.approx([0.04, 0.3, 0.1, 1, 1], rel=1e-6)
    assert index.column("ship", "expected") == pytest.approx([1.9, 0.7, 0.9, 0, 0], rel=1e-6)
    assert index.column("ship", "highest") == pytest.approx([0.8, 0.7, 0.9, 0, 0], rel=1e-6)
    assert np.isneginf(index.column("plane", "none")).tolist() == [False, False, False, False, True]
    assert index.column("nothing", "count").tolist() == [0] * 5
    assert index.plain


def test_a_changed_byte_in_an_index_is_noticed(tmp_path):
    path = write_archive(tmp_path / "a", PORT)
    (file,) = path.glob("index-*.arrow")
    before = file.read_bytes()
    found = 0
    for at in range(len(before)):
        file.write_bytes(before[:at] + bytes([before[at] ^ 1]) + before[at + 1 :])
        try:
            archive = Archive.open(path)
            changed = any(archive.index.column(c, "count").sum() is None for c in archive.classes)
        except UserError:
            found += 1
        else:
            assert not changed
    assert found > len(before) / 4  # the rest is padding


PAIRS = (
    "object(A, ship), object(B, harbor), near(A, B)",
    "object(A, ship), object(B, harbor), near(A, B, px(20))",
    "object(A, ship), object(B, plane), near(A, B, 12)",
    "object(A, ship), object(B, ship), near(A, B)",
    "object(A, ship), object(B, ship), near(A, B, px(5)), left_of(A, B)",
    "object(A, ship), object(B, ship), gap(A, B, G), G < 3",
    "object(A, aircraft), object(B, ship), adjacent(A, B)",
    "object(A, vehicle), object(B, harbor), touching(A, B)",
    "object(A, ship), object(B, harbor), overlaps(A, B), \\+ object(_, plane)",
    "object(A, ship), object(B, harbor), near(A, B), \\+ (object(C, plane), near(B, C))",
    "object(A, ship), object(B, harbor), object(C, plane), near(A, B), near(B, C, 30)",
    "object(A, ship), object(B, harbor), object(C, ship), near(A, B, px(30)), distinct(A, C)",
    "object(A, ship), (object(B, harbor) ; object(B, plane)), near(A, B, px(25))",
    "object(A, Class), object(B, harbor), near(A, B, px(10))",
    "object(A, ship), closest(A, B), object(B, harbor)",
    "at_least(2, A, (object(A, ship), object(B, harbor), near(A, B, px(30))))",
    "object(A, ship), left_of(A, B), object(B, harbor)",
)


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(
    st.randoms(use_true_random=True),
    st.sampled_from(PAIRS),
    st.sampled_from([1, 2, 5, 20]),
    st.sampled_from([0, 0, 0, 0.3]),
    st.integers(0, 2),
)
def test_the_hits_of_relations_are_those_of_the_full_scan(rng: Random, body: str, top: int, least: float, old: int):
    """Groups of classes, negations, class vectors, images without a scale; parts without pairs, or without an index."""
    parts = [renumbered(make_scenes(rng, rng.choice([6, 12, 20]), 10)) for _ in range(2)]
    folder = Path(tempfile.mkdtemp())
    try:
        write_scenes(folder / "a", *parts)
        if old:
            as_before(folder / "a", part=1, **({"pairs": None} if old == 1 else {"pairs": None, "index": None}))
        archive = rune_pl.open_archive(folder / "a")
        options = {"top": top, "min_probability": least, "gsd": rng.choice([None, 0.5])}
        rule = f"retrieve :- {body}."
        assert outcome(archive, rule, **options) == outcome(archive, rule, bounded=False, **options), (rule, options)
    finally:
        shutil.rmtree(folder)


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=True), st.sampled_from(PAIRS))
def test_no_image_has_more_matches_than_the_index_says(rng: Random, body: str):
    folder = Path(tempfile.mkdtemp())
    try:
        write_scenes(folder / "a", renumbered(make_scenes(rng, 20, 8)))
        archive = rune_pl.open_archive(folder / "a")
        query = archive.prepare(rule=f"retrieve :- {body}.").query
        asked = Selection.of(archive.archive, images=None, confirm=(), reject=(), gsd=None)
        outlook = topk.Outlook.of(asked, query)
        assert outlook is not None
        ((scenes, evidence),) = asked.scenes()
        facts = make_facts(scenes, evidence)
        sums = FactSums(facts, scenes.classes, len(scenes))
        without = most_matches(witnesses(query, scenes.classes), query.relations, sums, len(scenes))
        answers = list(ENGINE.marginals(query, scenes))
        for m, summary in enumerate(summarize(query, scenes, facts)):
            for most in (outlook.matches[m], without[m]):
                assert most >= (summary.expected or 0.0) * (1 - 1e-6)
                assert not outlook.enough or answers[m].probability is None or answers[m].probability <= most + 1e-6
    finally:
        shutil.rmtree(folder)


def test_relations_leave_out_images_where_nothing_is_near(tmp_path):
    images = {f"P{k}": [("ship", 0.9, box(0)), ("harbor", 0.9, box(30 if k % 10 == 0 else 5000))] for k in range(100)}
    archive = rune_pl.open_archive(write_archive(tmp_path / "a", images))
    prepared = archive.prepare(rule=NEAR)
    some, every = archive.run(prepared, top=5), archive.run(prepared, top=5, bounded=False)
    assert [h.image for h in some] == [h.image for h in every] == ["P0", "P10", "P20", "P30", "P40"]
    assert some.examined <= 10


def test_of_images_that_are_as_good_as_certain_those_with_more_matches_come_first(tmp_path):
    images = {f"P{k}": [("ship", 0.97, box(x * 30.0)) for x in range(k)] for k in range(40)}
    archive = rune_pl.open_archive(write_archive(tmp_path / "a", images))
    prepared = archive.prepare(rule="retrieve :- object(A, ship).")
    some, every = archive.run(prepared, top=3), archive.run(prepared, top=3, bounded=False)
    assert [h.image for h in some] == [h.image for h in every] == ["P39", "P38", "P37"]
    assert some[0].expected_matches == pytest.approx(39 * 0.97)
    assert some.examined < 10


def test_sizes_come_from_the_index(tmp_path, monkeypatch):
    images = {f"P{k}": [("ship", 0.4 + k / 200, box(0, width=20.0 + k))] for k in range(100)}
    archive = rune_pl.open_archive(write_archive(tmp_path / "a", images))
    prepared = archive.prepare(rule="retrieve :- object(A, ship), large(A).")
    every = archive.run(prepared, top=3, bounded=False)
    monkeypatch.setattr(Archive, "iter_scenes", None)  # nothing reads everything
    some = archive.run(prepared, top=3)
    assert [h.image for h in some] == [h.image for h in every]
    assert some.examined < 100
