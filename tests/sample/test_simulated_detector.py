"""The simulated detector: its rates are the stated ones, and its scores mean something."""

from __future__ import annotations

import math
from collections import Counter
from functools import lru_cache

import numpy as np
import pytest
from shapely.geometry import Polygon

from rune_pl.sample import (
    CLASSES,
    SampleScene,
    SimulatedDetections,
    expected_recall,
    generate_scene,
    simulate_detections,
)
from rune_pl.sample.detector import CONFUSIONS, LURES, PHANTOM_SHARE, PHANTOM_TRIALS, RECALL, THRESHOLD
from rune_pl.sample.objects import CLASS_DRAWERS, CLUTTER_DRAWERS
from rune_pl.sample.plan import Thing, outline_of

PLACES = ("marina", "airfield", "sports", "industrial", "port", "river")


@lru_cache(maxsize=1)
def _runs() -> tuple[tuple[SampleScene, SimulatedDetections], ...]:
    """Each of a dozen scenes seen by four detectors."""
    scenes = [generate_scene(seed, kind, 512) for kind in PLACES for seed in (1, 2)]
    return tuple((scene, simulate_detections(scene, seed)) for scene in scenes for seed in range(4))


def test_same_seed_same_detections() -> None:
    scene = generate_scene(3, "port", 512)
    one, two, other = simulate_detections(scene, 5), simulate_detections(scene, 5), simulate_detections(scene, 6)
    assert one.classes == two.classes
    assert np.array_equal(one.corners, two.corners) and np.array_equal(one.score, two.score)
    assert not np.array_equal(one.score, other.score)


def test_tables_name_classes_and_clutter_that_exist() -> None:
    assert set(RECALL) == set(CLASSES)
    assert set(CONFUSIONS) | {other for other, _ in CONFUSIONS.values()} <= set(CLASS_DRAWERS)
    assert set(LURES) <= set(CLUTTER_DRAWERS)
    assert {name for name, _ in LURES.values()} <= set(CLASS_DRAWERS)


def test_recall_is_the_expected_one() -> None:
    """Found objects are a sum of independent draws; reports below the threshold account for the small deficit."""
    expected = variance = found = 0.0
    for scene, detections in _runs():
        share = expected_recall(scene)
        expected, variance = expected + share.sum(), variance + (share * (1 - share)).sum()
        found += len(set(detections.origin[detections.origin >= 0].tolist()))
    assert expected > 2000
    lost = expected - found
    assert -4 * math.sqrt(variance) <= lost <= 4 * math.sqrt(variance) + 0.06 * expected


def test_larger_whole_objects_are_found_more_often() -> None:
    for scene, _ in _runs()[::4]:
        share, objects = expected_recall(scene), scene.objects
        edges = np.roll(objects.corners, -1, axis=1) - objects.corners
        long = np.hypot(edges[..., 0], edges[..., 1]).max(axis=1)
        base = np.array([RECALL[name] for name in objects.classes])
        plain = (long > 22) & ~objects.truncated
        assert np.allclose(share[plain], base[plain])
        assert (share <= base + 1e-12).all()
        assert (share[objects.difficult] < base[objects.difficult]).all()


def test_false_alarms_on_nothing_are_binomial() -> None:
    """A scene without clutter: open water without buoys and wakes has only phantoms."""
    scene = next(
        scene
        for scene in (generate_scene(seed, "anchorage", 128) for seed in range(100))
        if not any(thing.name in LURES for thing in scene.plan.things)
    )
    counts = [int((simulate_detections(scene, seed).origin < 0).sum()) for seed in range(300)]
    mean, deviation = PHANTOM_TRIALS * PHANTOM_SHARE, math.sqrt(PHANTOM_TRIALS * PHANTOM_SHARE * (1 - PHANTOM_SHARE))
    assert max(counts) <= PHANTOM_TRIALS
    # Some phantoms stay below the threshold: a quality of N(-1.7, 0.75) passes it with probability 0.75.
    assert np.mean(counts) == pytest.approx(0.75 * mean, abs=4 * deviation / math.sqrt(300) + 0.1)


def test_clutter_lures_the_detector() -> None:
    yards = (generate_scene(seed, "port", 512) for seed in range(20))
    scene = next(scene for scene in yards if sum(thing.name == "container" for thing in scene.plan.things) > 100)
    clutter = [Polygon(_corners(thing, scene)) for thing in scene.plan.things if thing.name == "container"]
    seen: Counter[bool] = Counter()
    for seed in range(4):
        detections = simulate_detections(scene, seed)
        for name, corners, origin in zip(detections.classes, detections.corners, detections.origin):
            if origin < 0 and name == "large_vehicle":
                seen[any(Polygon(corners).intersects(shape) for shape in clutter)] += 1
    assert seen[True] > 10


def _corners(thing: Thing, scene: SampleScene) -> list[tuple[float, float]]:
    return [(x / scene.gsd, y / scene.gsd) for x, y in outline_of(thing)]


def test_detections_of_an_object_lie_on_it() -> None:
    overlaps = []
    for scene, detections in _runs():
        for corners, origin in zip(detections.corners, detections.origin):
            if origin >= 0:
                truth, box = Polygon(scene.objects.corners[origin]), Polygon(corners)
                overlaps.append(truth.intersection(box).area / truth.union(box).area)
    assert 0.7 < np.mean(overlaps) < 0.95
    assert np.mean(np.array(overlaps) > 0.5) > 0.93


def test_confusions_are_those_stated_and_rare() -> None:
    wrong: Counter[tuple[str, str]] = Counter()
    right = 0
    for scene, detections in _runs():
        for name, origin in zip(detections.classes, detections.origin):
            if origin >= 0:
                truth = scene.objects.classes[origin]
                if truth == name:
                    right += 1
                else:
                    wrong[truth, name] += 1
    assert wrong
    assert all(CONFUSIONS[truth][0] == name for truth, name in wrong)
    assert 0.01 < sum(wrong.values()) / right < 0.08


def test_scores_tell_right_from_wrong_but_are_not_calibrated() -> None:
    score, correct = [], []
    for scene, detections in _runs():
        used: set[int] = set()
        for name, value, origin in zip(detections.classes, detections.score, detections.origin):
            hit = bool(origin >= 0 and scene.objects.classes[origin] == name and origin not in used)
            if hit:
                used.add(int(origin))
            score.append(value)
            correct.append(hit)
    scores, hits = np.array(score), np.array(correct)
    ranks = scores.argsort().argsort()
    auc = (ranks[hits].mean() - (hits.sum() - 1) / 2) / (~hits).sum()
    assert 0.8 < auc < 0.98
    bins = np.clip((scores * 10).astype(int), 0, 9)
    gap = sum(
        (bins == k).mean() * abs(scores[bins == k].mean() - hits[bins == k].mean())
        for k in range(10)
        if (bins == k).any()
    )
    assert gap > 0.02


def test_class_vectors_are_annotated_disjunctions() -> None:
    vectors = np.concatenate([detections.class_probability for _, detections in _runs()])
    names = [name for _, detections in _runs() for name in detections.classes]
    scores = np.concatenate([detections.score for _, detections in _runs()])
    has = ~np.isnan(vectors).any(axis=1)
    assert 0.03 < has.mean() < 0.5
    assert (np.isnan(vectors).all(axis=1) == ~has).all()
    rows = vectors[has]
    assert (rows >= 0).all() and (rows.sum(axis=1) <= 1 + 1e-12).all()
    assert ((rows > 0).sum(axis=1) >= 2).mean() > 0.95
    top = [CLASSES[k] for k in rows.argmax(axis=1)]
    assert top == [name for name, flag in zip(names, has) if flag]
    assert np.allclose(rows.max(axis=1), scores[has])


def test_scores_are_sorted_and_above_the_threshold() -> None:
    for _, detections in _runs():
        assert (np.diff(detections.score) <= 0).all()
        assert (detections.score >= THRESHOLD).all() and (detections.score < 1).all()
        assert np.isfinite(detections.corners).all()


def test_archive_gets_scores_as_probabilities() -> None:
    scene = generate_scene(1, "airfield", 512)
    found = simulate_detections(scene, 2)
    columns = found.to_archive()
    assert tuple(columns.classes) == found.classes
    assert np.array_equal(columns.probability, found.score)
    assert columns.class_names == CLASSES
    assert np.allclose(columns.corners, found.corners, atol=1e-4)
