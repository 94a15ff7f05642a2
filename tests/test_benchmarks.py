"""The benchmarks run, and report what they say they do, on scenes that can be counted by hand."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

# Two boxes 10 pixels apart: near at every radius. Scores are the probabilities.
SHIP, HARBOR = "P1 0.9 0 0 20 0 20 10 0 10\n", "P1 0.8 30 0 50 0 50 10 30 10\n"
SHAPES = ["exists", "at least 3", "negation", "chain of three"]


@pytest.fixture
def module(repository, monkeypatch):
    """`module(name)`: a module of benchmarks/, imported as the scripts import each other."""
    monkeypatch.syspath_prepend(str(repository / "benchmarks"))
    return importlib.import_module


def run(repository, *options, dota):
    script = str(repository / "benchmarks" / "inference.py")
    command = [sys.executable, script, "--quick", "--engine", "auto", "--dota", str(dota), *options]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=repository, env=os.environ)


@pytest.fixture(scope="module")
def result(repository, tmp_path_factory):
    """All parts in the smallest size, as JSON."""
    folder = tmp_path_factory.mktemp("dota")
    (folder / "Task1_ship.txt").write_text(SHIP, encoding="utf-8")
    (folder / "Task1_harbor.txt").write_text(HARBOR, encoding="utf-8")
    sizes = ("--sizes", "5,10", "--repeat", "1", "--starts", "1", "--sample", "1", "--limit", "20")
    return json.loads(run(repository, *sizes, "--json", dota=folder).stdout)


@pytest.mark.slow
def test_instances_are_every_image_with_both_classes(result):
    # One image has ship and harbor; neither class occurs twice. Three radii, four shapes, one image.
    real = result["real"]
    assert (real["images"], real["detections"], real["pairs"], real["instances"]) == (1, 2, 1, 12)
    assert [(row["shape"], row["radius"]) for row in real["rows"]] == [
        (shape, radius) for shape in SHAPES for radius in ("near", "px(100)", "px(200)")
    ]
    for row in real["rows"]:
        assert (row["rules"], row["instances"], row["unresolved"], row["refused"]) == (1, 1, 0, 0)
        # What no detection can change takes no time of any image: "at least three" of a single ship.
        assert 0.0 <= row["median"] <= row["worst"] and row["worst_image"] == "P1"
        assert row["shape"] != "exists" or row["median"] > 0.0
        assert sum(row["methods"].values()) == 1
    assert real["unresolved"] == []


@pytest.mark.slow
def test_everyone_finds_the_same_probability(result):
    # A is the harbor (0.8), B the ship (0.9): both; three harbors; a harbor without the ship; a second harbor.
    samples = result["peers"]["samples"]
    assert [sample["shape"] for sample in samples] == SHAPES
    for sample, expected in zip(samples, (0.72, 0.0, 0.08, 0.0)):
        for who in ("native", "problog_best", "problog_natural"):
            assert sample[who]["probability"] == pytest.approx(expected, abs=1e-9), who
            assert sample[who]["seconds"] >= 0.0
        assert sample["detections"] == {"harbor": 1, "ship": 1}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("swipl") is None, reason="SWI-Prolog (swipl) is not installed")
def test_prolog_evaluates_the_rule_with_certain_facts(result):
    swi = [sample["swi"] for sample in result["peers"]["samples"]]
    assert [found["holds"] for found in swi] == [True, False, False, False]
    assert [found["native_certain"] for found in swi] == [1.0, 0.0, 0.0, 0.0]
    assert all(found["outcome"] == "finished" and found["seconds"] > 0.0 for found in swi)


@pytest.mark.slow
def test_peers_are_summed_up_by_shape(result):
    rows = result["peers"]["rows"]
    assert {row["shape"] for row in rows} == {*SHAPES, "all"}
    for row in rows:
        assert row["instances"] == row["finished"] == (4 if row["shape"] == "all" else 1)
        assert row["disagree"] == row["stopped"] == row["failed"] == 0


@pytest.mark.slow
def test_scale_and_cold_start(result):
    scale = result["scale"]
    assert [(row["query"], row["images"]) for row in scale["rows"]] == [
        (query, images) for images in (5, 10) for query in ("one class", "count", "two objects")
    ]
    for row in scale["rows"]:
        assert row["ratio"] == pytest.approx(row["seconds"] / row["scan"])
        assert row["failed"] is None
        assert row["unresolved"] == 0
    assert set(scale["exponents"]) == {"one class", "count", "two objects"}
    for peak in scale["memory"].values():
        assert 10.0 < peak["start"] <= peak["archive"] <= peak["peak"]
    assert len(result["cold"]["seconds"]) == 1
    assert result["cold"]["median"] > 0.0


@pytest.mark.slow
def test_a_quick_run_decides_no_target(result):
    assert len(result["targets"]) == 12
    assert {target["met"] for target in result["targets"]} == {None}


def test_without_real_detections_it_says_so(repository, tmp_path):
    done = run(repository, "--only", "real", "--json", dota=tmp_path)
    assert "real scenes skipped" in done.stderr
    assert "skipped" in json.loads(done.stdout)["real"]


def test_help_has_examples(repository):
    script = str(repository / "benchmarks" / "inference.py")
    text = subprocess.run([sys.executable, script, "--help"], capture_output=True, text=True, check=True).stdout
    assert "python benchmarks/inference.py --quick" in text
    assert "--json" in text


def test_growth_exponent(module):
    exponent = module("in_memory").exponent
    assert exponent([10, 100, 1000], [2.0, 20.0, 200.0]) == pytest.approx(1.0)
    assert exponent([10, 100, 1000], [3.0, 300.0, 30_000.0]) == pytest.approx(2.0)
    assert exponent([10], [1.0]) is None


def test_best_images_are_the_most_probable_with_the_unanswered_last(module):
    largest = module("in_memory").largest
    values = np.array([0.5, np.nan, np.inf, -np.inf, 7.0])
    assert largest(values, 3).tolist() == [2, 4, 0]
    assert largest(values, 10).tolist() == [2, 4, 0, 3, 1]


def test_the_columnar_call_of_an_engine_is_preferred(module):
    class Columnar:
        name = "columnar"

        def answers(self, query, scenes, evidence=None, budget=None):
            assert str(query.checked.program) == "retrieve :- object(A, ship)."
            return "columns"

    assert module("in_memory").answer(Columnar(), "retrieve :- object(A, ship).", None) == "columns"


def test_pairs_of_classes(module):
    from rune_pl.archive.scenes import Scenes

    quad = [(0, 0), (2, 0), (2, 1), (0, 1)]
    boxes = [("i", "ship"), ("i", "ship"), ("i", "harbor"), ("j", "ship"), ("j", "plane")]
    scenes = Scenes.from_detections([(image, label, 0.5, quad) for image, label in boxes])
    real = module("real")
    found = [(pair.a, pair.b, pair.images.tolist()) for pair in real.pairs_of(scenes)]
    assert found == [("harbor", "ship", [0]), ("plane", "ship", [1]), ("ship", "ship", [0])]
    both = [(pair.a, pair.b) for pair in real.pairs_of(scenes, ordered=True)]
    assert both == [("harbor", "ship"), ("plane", "ship"), ("ship", "harbor"), ("ship", "plane"), ("ship", "ship")]


def test_drawn_instances_are_different_and_the_same_each_time(module):
    peers, real = module("peers"), module("real")
    pairs = [real.Pair("harbor", "ship", np.array([3, 5])), real.Pair("plane", "plane", np.array([4]))]
    drawn = peers.draw(pairs, 5, seed=1)
    assert drawn == peers.draw(pairs, 5, seed=1)
    assert len(set(drawn)) == len(drawn) == 20
    everything = peers.draw(pairs, 100, seed=1)
    assert len(set(everything)) == len(everything) == 4 * 3 * 3
    assert {(i.rule.a, i.image) for i in everything} == {("harbor", 3), ("harbor", 5), ("plane", 4)}


def test_generated_archives_look_like_dota(module):
    from rune_pl.geometry import normalize_corners

    scenes = module("archives").generate(3000, seed=1)
    counts = np.diff(scenes.start)
    assert 60.0 < counts.mean() < 75.0
    assert 18 <= np.median(counts) <= 27
    assert 120 <= np.quantile(counts, 0.9) <= 190
    assert counts.max() <= 2000
    shares = [(scenes.probability < 0.3).mean(), (scenes.probability > 0.8).mean()]
    assert min(shares) > 0.3
    assert scenes.probability.min() >= 0.1 and scenes.probability.max() < 1.0
    # Already as the archive stores them: clockwise, convex.
    normal, ok = normalize_corners(scenes.corners[:2000])
    assert ok.all() and (normal == scenes.corners[:2000]).all()
    present = np.zeros((len(scenes), len(scenes.classes)), dtype=bool)
    present[scenes.image_of, scenes.label] = True
    ship, harbor, plane = (present[:, scenes.classes.index(name)] for name in ("ship", "harbor", "plane"))
    assert (ship & harbor).sum() > 2 * (ship & plane).sum()


def test_a_small_archive_is_the_beginning_of_a_large_one(module):
    generate = module("archives").generate
    small, large = generate(1100, seed=3), generate(2100, seed=3)
    rows = len(small.detection)
    assert small.images == large.images[:1100]
    for name in ("detection", "label", "probability", "corners"):
        assert (getattr(small, name) == getattr(large, name)[:rows]).all()
    assert (small.width == large.width[:1100]).all()
    assert not (generate(5, seed=4).probability[:5] == small.probability[:5]).all()


def retrieval(repository, *arguments):
    script = str(repository / "benchmarks" / "retrieval.py")
    return subprocess.run([sys.executable, script, *arguments], capture_output=True, text=True, check=True)


def test_retrieval_without_dota_says_so(repository, tmp_path):
    done = retrieval(repository, "--only", "dota", "--dota", str(tmp_path), "--json", str(tmp_path / "found.json"))
    assert "dota: skipped: no DOTA data" in done.stdout
    assert "no DOTA data" in json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))["dota"]["skipped"]


@pytest.mark.slow
def test_retrieval_on_generated_scenes(repository, tmp_path):
    out = tmp_path / "found.json"
    done = retrieval(
        repository,
        "--quick",
        "--only",
        "sample",
        "--facts",
        "raw",
        "--bootstrap",
        "5",
        "--json",
        str(out),
        "--output",
        str(tmp_path / "o"),
    )
    found = json.loads(out.read_text(encoding="utf-8"))["sample raw"]
    assert "| exact |" in done.stdout
    assert len(found["queries"]) >= 30 and found["images"] == 40
    exact, crude = (found["methods"][name]["mean"]["AP"]["value"] for name in ("exact", "threshold 0.1"))
    assert exact > crude
    assert (tmp_path / "o" / "sample-raw" / "report.html").is_file()
