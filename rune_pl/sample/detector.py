"""A simulated detector: what a fair detector could have said about a generated scene.

It misses small and cut objects more than others, shakes corners, mistakes classes for their likes, sees objects in
clutter and in nothing, and is more sure of what is right than of what is wrong, without being calibrated.
Everything is drawn from the scene and a seed of its own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive import Detections
from rune_pl.sample.dice import Dice
from rune_pl.sample.places import FIELD_PLACES
from rune_pl.sample.plan import outline_of
from rune_pl.sample.scene import SampleScene
from rune_pl.sample.shapes import Points, move, rectangle

THRESHOLD = 0.1  # detections with a lower score are not reported

# Share of whole objects, large enough in the image, that are found.
RECALL: Mapping[str, float] = MappingProxyType(
    {
        "plane": 0.97,
        "ship": 0.93,
        "storage_tank": 0.94,
        "harbor": 0.85,
        "small_vehicle": 0.9,
        "large_vehicle": 0.9,
        "tennis_court": 0.96,
        "basketball_court": 0.88,
        "soccer_ball_field": 0.86,
        "ground_track_field": 0.9,
        "baseball_diamond": 0.92,
        "swimming_pool": 0.88,
        "bridge": 0.82,
        "roundabout": 0.86,
        "helicopter": 0.85,
        "helipad": 0.84,
        "container_crane": 0.8,
    }
)

# The same of the classes of scenes after a flood.
FLOOD_RECALL: Mapping[str, float] = MappingProxyType(
    {
        "flooded_building": 0.9,
        "non_flooded_building": 0.93,
        "flooded_road": 0.84,
        "non_flooded_road": 0.88,
        "water": 0.92,
        "tree": 0.75,
    }
)

# What is taken for what, and in what share of the cases.
CONFUSIONS: Mapping[str, tuple[str, float]] = MappingProxyType(
    {
        "small_vehicle": ("large_vehicle", 0.03),
        "large_vehicle": ("small_vehicle", 0.07),
        "tennis_court": ("basketball_court", 0.06),
        "basketball_court": ("tennis_court", 0.1),
        "plane": ("helicopter", 0.03),
        "helicopter": ("plane", 0.15),
        "soccer_ball_field": ("ground_track_field", 0.05),
        "harbor": ("bridge", 0.04),
        "bridge": ("harbor", 0.06),
        "helipad": ("roundabout", 0.08),
        "roundabout": ("helipad", 0.05),
        "storage_tank": ("roundabout", 0.01),
    }
)

# Whether a building or a road is flooded is hard to see: the detector is often of two minds.
FLOOD_CONFUSIONS: Mapping[str, tuple[str, float]] = MappingProxyType(
    {
        "flooded_building": ("non_flooded_building", 0.1),
        "non_flooded_building": ("flooded_building", 0.06),
        "flooded_road": ("water", 0.08),
        "non_flooded_road": ("flooded_road", 0.06),
        "water": ("flooded_road", 0.05),
    }
)

# Clutter that looks like a class, and the share of it that is taken for one.
LURES: Mapping[str, tuple[str, float]] = MappingProxyType(
    {
        "container": ("large_vehicle", 0.05),
        "silo": ("storage_tank", 0.45),
        "pond": ("swimming_pool", 0.3),
        "shed": ("small_vehicle", 0.12),
        "bale": ("small_vehicle", 0.06),
        "buoy": ("ship", 0.25),
        "wake": ("ship", 0.1),
        "hedge": ("large_vehicle", 0.03),
        "pipes": ("bridge", 0.1),
        "house": ("large_vehicle", 0.015),
        "hall": ("basketball_court", 0.03),
    }
)

# Where there is nothing: the classes a detector sees there, with a typical length in metres and width as a share of it.
_PHANTOMS: tuple[tuple[str, float, float], ...] = (
    ("small_vehicle", 4.5, 0.42),
    ("small_vehicle", 4.5, 0.42),
    ("large_vehicle", 11, 0.24),
    ("ship", 14, 0.3),
    ("storage_tank", 12, 1.0),
    ("swimming_pool", 9, 0.55),
    ("harbor", 40, 0.4),
    ("bridge", 40, 0.25),
    ("plane", 18, 0.9),
    ("helicopter", 12, 0.7),
)
_FLOOD_PHANTOMS: tuple[tuple[str, float, float], ...] = (
    ("small_vehicle", 4.5, 0.42),
    ("small_vehicle", 4.5, 0.42),
    ("ship", 6, 0.36),
    ("tree", 6, 1.0),
    ("non_flooded_building", 12, 0.7),
    ("flooded_building", 12, 0.7),
    ("flooded_road", 40, 0.16),
    ("water", 30, 0.5),
    ("swimming_pool", 9, 0.55),
)
PHANTOM_TRIALS, PHANTOM_SHARE = 8, 0.4  # per image: binomial
DOUBLE_SHARE = 0.03  # of the objects found are found a second time, a little beside


@dataclass(frozen=True, eq=False)
class SimulatedDetections:
    """n detections in one scene, the most certain first.

    Attributes:
        classes: n class names.
        score: (n,) float64 in [THRESHOLD, 1).
        corners: (n, 4, 2) float64, pixels.
        class_names: the classes that the detector tells apart: those of the scene.
        class_probability: (n, len(class_names)) float64 over them; rows of NaN where the detector is of one mind. A row
            sums to less than 1; the rest is "nothing there". Its largest entry is the score.
        origin: (n,) int64, index of the object that was seen, or -1 for a false alarm.
    """

    classes: tuple[str, ...]
    score: NDArray[np.float64]
    corners: NDArray[np.float64]
    class_probability: NDArray[np.float64]
    origin: NDArray[np.int64]
    class_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.classes)

    def to_archive(self) -> Detections:
        """As the archive takes them. Scores stand for probabilities: nothing is calibrated yet."""
        vectors = not bool(np.isnan(self.class_probability).all())
        return Detections(
            classes=list(self.classes),
            score=self.score.astype(np.float32),
            probability=self.score,
            corners=self.corners.astype(np.float32),
            class_probability=self.class_probability if vectors else None,
            class_names=self.class_names if vectors else None,
        )


def expected_recall(scene: SampleScene) -> NDArray[np.float64]:
    """(n,) float64, the probability that each object of the scene is seen at all (under any class, with any score)."""
    edges = (
        scene.objects.corners[:, 1] - scene.objects.corners[:, 0],
        scene.objects.corners[:, 2] - scene.objects.corners[:, 1],
    )
    long = np.maximum(np.hypot(*edges[0].T), np.hypot(*edges[1].T)) if len(scene.objects) else np.zeros(0)
    recall = {**RECALL, **FLOOD_RECALL}
    base = np.array([recall[name] for name in scene.objects.classes], dtype=np.float64)
    return base * np.clip(0.45 + long / 22, 0, 1) * np.clip(0.25 + scene.objects.visible, 0, 1)


@dataclass
class _Report:
    """Detections as they are made."""

    rows: list[tuple[float, str, Points, dict[str, float], int]]
    dice: Dice

    def add(self, name: str, corners: Points, quality: float, origin: int, other: str | None, doubt: float) -> None:
        """One detection. `other` is a second class in its class vector, which there is with probability `doubt`."""
        total = round(min(0.995, 1 / (1 + math.exp(-quality))), 4)
        vector: dict[str, float] = {}
        score = total
        if other is not None and self.dice.chance(doubt):
            score = round(total * self.dice.uniform(0.56, 0.92), 4)
            vector = {name: score, other: round(total - score, 4)}
        if score >= THRESHOLD:
            self.rows.append((score, name, corners, vector, origin))


def simulate_detections(scene: SampleScene, seed: int = 0) -> SimulatedDetections:
    """What the simulated detector reports for a scene; the same for the same scene and seed."""
    dice = Dice(f"detector/{seed}/{scene.seed}/{scene.kind}")
    report = _Report([], dice)
    _seen(scene, dice, report)
    _imagined(scene, dice, report)
    report.rows.sort(key=lambda row: -row[0])
    vectors = np.full((len(report.rows), len(scene.classes)), np.nan)
    for k, (_, _, _, vector, _) in enumerate(report.rows):
        if vector:
            vectors[k] = [vector.get(name, 0.0) for name in scene.classes]
    return SimulatedDetections(
        tuple(row[1] for row in report.rows),
        np.array([row[0] for row in report.rows], dtype=np.float64),
        np.array([[[round(x, 2), round(y, 2)] for x, y in row[2]] for row in report.rows], dtype=np.float64).reshape(
            -1, 4, 2
        ),
        vectors,
        np.array([row[4] for row in report.rows], dtype=np.int64),
        scene.classes,
    )


def _seen(scene: SampleScene, dice: Dice, report: _Report) -> None:
    """Objects that are found, perhaps under a wrong name, perhaps twice."""
    objects, confusions = scene.objects, {**CONFUSIONS, **FLOOD_CONFUSIONS}
    for k, (name, found) in enumerate(zip(objects.classes, expected_recall(scene))):
        if not dice.chance(float(found)):
            continue
        corners: Points = [(float(x), float(y)) for x, y in objects.corners[k]]
        other, share = confusions.get(name, (None, 0.0))
        doubt = 0.4 if name in FLOOD_CONFUSIONS else 0.08
        quality = dice.normal(2.2, 1.25) - 1.6 * (1 - float(found))
        if other is not None and dice.chance(share):
            report.add(other, _shaken(corners, dice, 1.2), quality - 1.8, k, name, 0.7)
        else:
            report.add(
                name, _shaken(corners, dice, 1.0), quality, k, other, max(0.3, doubt) if quality < 1.5 else doubt
            )
        if dice.chance(DOUBLE_SHARE):
            report.add(name, _shaken(corners, dice, 4.0), dice.normal(-1.0, 0.7), k, None, 0)


def _imagined(scene: SampleScene, dice: Dice, report: _Report) -> None:
    """False alarms, on clutter and on nothing."""
    scale = scene.size / scene.plan.extent
    for thing in scene.plan.things:
        name, share = LURES.get(thing.name, ("", 0.0))
        if not name or not dice.chance(share):
            continue
        if 0 < thing.x < scene.plan.extent and 0 < thing.y < scene.plan.extent:
            corners = [(x * scale, y * scale) for x, y in outline_of(thing)]
            report.add(
                name, _shaken(corners, dice, 1.5), dice.normal(-0.9, 1.0), -1, CONFUSIONS.get(name, (None,))[0], 0.2
            )
    for _ in range(PHANTOM_TRIALS):
        if dice.chance(PHANTOM_SHARE):
            name, length, aspect = dice.choice(_FLOOD_PHANTOMS if scene.kind in FIELD_PLACES else _PHANTOMS)
            long = length * scale * dice.uniform(0.7, 1.4)
            at = dice.uniform(0, scene.size), dice.uniform(0, scene.size), dice.uniform(-math.pi, math.pi)
            report.add(name, move(rectangle(long, long * aspect), *at), dice.normal(-1.7, 0.75), -1, None, 0)


def _shaken(corners: Points, dice: Dice, strength: float) -> Points:
    """The box moved, stretched and turned a little, in proportion to its size."""
    x, y = sum(p[0] for p in corners) / 4, sum(p[1] for p in corners) / 4
    (ax, ay), (bx, by), (cx, cy) = corners[0], corners[1], corners[2]
    long, wide, angle = math.hypot(bx - ax, by - ay), math.hypot(cx - bx, cy - by), math.atan2(by - ay, bx - ax)
    spread = 0.025 * strength
    x, y = x + dice.normal(0, spread * long + 0.25), y + dice.normal(0, spread * wide + 0.25)
    long, wide = long * (1 + dice.normal(0, 1.4 * spread)), wide * (1 + dice.normal(0, 1.8 * spread))
    return move(rectangle(max(long, 2.0), max(wide, 2.0)), x, y, angle + dice.normal(0, 0.018 * strength))
