"""Simulated detections with known truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rune_pl.archive.scenes import Scenes


def square(left: float, top: float = 0.0, side: float = 10.0):
    return [(left, top), (left + side, top), (left + side, top + side), (left, top + side)]


def simulated(images=60, each=20, seed=0, classes=("plane", "ship"), power=2.0):
    """Detections side by side; each is right with probability score ** power. Gives (detections, truth)."""
    rng = np.random.default_rng(seed)
    found, there = [], []
    for m in range(images):
        there.append((f"i{m:03d}", "bridge", 1.0, square(-100.0)))
        for k in range(each):
            name, score = classes[k % len(classes)], float(rng.uniform(0.05, 0.99))
            found.append((f"i{m:03d}", name, score, square(20.0 * k)))
            if rng.uniform() < score**power:
                there.append((f"i{m:03d}", name, 1.0, square(20.0 * k)))
    return Scenes.from_detections(found), Scenes.from_detections(there)


def with_vectors(scenes: Scenes) -> Scenes:
    """The same with class vectors: the score for the own class, half of the rest for the first other class."""
    vectors = np.zeros((len(scenes.detection), len(scenes.classes)))
    rows = np.arange(len(vectors))
    vectors[rows, scenes.label] = scenes.probability
    other = (scenes.label + 1) % len(scenes.classes)
    vectors[rows, other] = (1.0 - scenes.probability) / 2
    return replace(scenes, class_probability=vectors)
