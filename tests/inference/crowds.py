"""Questions that are too large, one for each run of this file: its name, and one line of JSON about what came of it."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rune_pl.archive.scenes import Scenes
from rune_pl.inference import Budget, NativeEngine
from tests.inference.scenario import make_query

SECONDS = 1.0


@dataclass(frozen=True)
class Crowd:
    rule: str
    scenes: Callable[[], Scenes]


def heap(count: int, chance: float | None = None, classes: tuple[str, ...] = ("harbor", "ship")) -> Scenes:
    """Boxes of 20 by 8 pixels on top of each other, in a square of 200 pixels."""
    return _scenes(np.random.default_rng(1).uniform(0, 200, (count, 2)), chance, classes)


def field(count: int, chance: float | None = None, classes: tuple[str, ...] = ("harbor", "ship")) -> Scenes:
    """The same boxes, with room between them."""
    return _scenes(np.random.default_rng(1).uniform(0, 40 * count**0.5, (count, 2)), chance, classes)


def _scenes(middle: np.ndarray, chance: float | None, classes: tuple[str, ...]) -> Scenes:
    rng, count = np.random.default_rng(2), len(middle)
    probability = rng.uniform(0.05, 0.95, count) if chance is None else np.full(count, chance)
    return Scenes(
        classes=classes,
        images=("crowd",),
        width=np.array([1e4]),
        height=np.array([1e4]),
        gsd=np.array([0.5]),
        transform=np.full((1, 6), np.nan),
        crs=(None,),
        start=np.array([0, count]),
        detection=np.arange(1, count + 1, dtype=np.int32),
        label=rng.integers(0, len(classes), count).astype(np.int16),
        score=probability.astype(np.float32),
        probability=probability,
        corners=(middle[:, None] + np.array([[-10, -4], [10, -4], [10, 4], [-10, 4]])).astype(np.float32),
    )


PAIR = "retrieve :- object(A, ship), object(B, harbor), near(A, B{})."
ALONE = "retrieve :- object(A, ship), \\+ (object(B, harbor), near(A, B))."
CHAIN = (
    "retrieve :- object(A, ship), object(B, harbor), object(C, ship), object(D, harbor), object(E, ship), "
    "near(A, B), near(B, C), near(C, D), near(D, E)."
)
APART = (
    "retrieve :- object(A, ship), object(B, ship), object(C, ship), object(D, ship), object(E, ship), "
    "near(A, B), near(B, C), near(C, D), near(D, E), "
    "A \\== C, A \\== D, A \\== E, B \\== D, B \\== E, C \\== E."
)
BERTHED = "at_least(500, A, (object(A, ship), object(B, harbor), near(A, B)))"
NESTED = (
    "retrieve :- at_least(3, A, (object(A, ship), at_least(3, B, (object(B, ship), near(A, B), "
    "at_least(3, C, (object(C, harbor), near(B, C), at_most(2, D, (object(D, ship), near(C, D)))))))))."
)
SHIPS = ("ship",)

CROWDS = {
    "ten thousand, each near each": Crowd(PAIR.format(", px(1000)"), lambda: heap(10_000)),
    "ten thousand in a heap": Crowd(PAIR.format(""), lambda: heap(10_000)),
    "ten thousand in a heap, hardly any of them there": Crowd(PAIR.format(""), lambda: heap(10_000, 1e-5)),
    "three thousand in a heap, none near another": Crowd(ALONE, lambda: heap(3_000, 1e-3)),
    "ten thousand in a field": Crowd(PAIR.format(""), lambda: field(10_000, 1e-3)),
    "a chain of five in a heap of 300": Crowd(CHAIN, lambda: heap(300, 0.02)),
    "a chain of five in a field of 300": Crowd(CHAIN, lambda: field(300)),
    "a chain of five that differ, in a heap of 300": Crowd(APART, lambda: heap(300, 0.02, SHIPS)),
    "a chain of five that differ, in a field of 300": Crowd(APART, lambda: field(300, 0.02, SHIPS)),
    "500 of 2,000": Crowd("retrieve :- at_least(500, A, object(A, ship)).", lambda: heap(2_000, 0.25, SHIPS)),
    "500 of 2,000, of a size": Crowd(
        "retrieve :- at_least(500, A, (object(A, ship), \\+ longer_than(A, px(90)))).",
        lambda: heap(2_000, 0.25, SHIPS),
    ),
    "500 of 2,000 near another": Crowd(f"retrieve :- {BERTHED}.", lambda: heap(2_000)),
    "100,000 of 10,000": Crowd("retrieve :- at_least(100000, A, object(A, ship)).", lambda: heap(10_000)),
    "counts within counts": Crowd(NESTED, lambda: field(2_000)),
    "counts within counts, in a heap": Crowd(NESTED, lambda: heap(300)),
    "more of these than of those": Crowd(
        "retrieve :- more(A, (object(A, ship), object(B, harbor), near(A, B)), "
        "C, (object(C, harbor), \\+ (object(D, ship), near(C, D)))).",
        lambda: field(2_000),
    ),
    "between two of a thousand": Crowd(
        "retrieve :- object(A, ship), object(B, harbor), object(C, harbor), between(A, B, C).",
        lambda: field(1_000, 0.01),
    ),
}


def main(name: str) -> None:
    """Ask, and write method, interval, reason, seconds and the peak of memory in megabytes."""
    crowd = CROWDS[name]
    query, scenes = make_query(crowd.rule), crowd.scenes()
    started = time.perf_counter()
    (found,) = NativeEngine(workers=2).marginals(query, scenes, None, Budget(seconds=SECONDS))
    seconds = time.perf_counter() - started
    told = {
        "probability": found.probability,
        "lower": found.lower,
        "upper": found.upper,
        "exact": found.exact,
        "method": found.method,
        "reason": found.reason,
        "seconds": seconds,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
