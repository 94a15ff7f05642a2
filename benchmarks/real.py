"""Real scenes: every pair of classes that occurs together, at three radii, in four shapes of rules."""

from __future__ import annotations

import os
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations_with_replacement, product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from support import Progress, ask, duration, number, say, show, timed

from rune_pl.archive import Archive
from rune_pl.archive.formats import import_archive
from rune_pl.archive.scenes import Scenes
from rune_pl.inference import Engine, Marginal

SHAPES = {
    "exists": "retrieve :- object(A, {a}), object(B, {b}), {near_ab}.",
    "at least 3": "retrieve :- at_least(3, A, (object(A, {a}), object(B, {b}), {near_ab})).",
    "negation": "retrieve :- object(A, {a}), \\+ (object(B, {b}), {near_ab}).",
    "chain of three": "retrieve :- object(A, {a}), object(B, {b}), object(C, {a}), {near_ab}, {near_bc}, A \\== C.",
}
# Pixels; None is near/2, twice the longest side of the two.
RADII = {"near": None, "px(100)": 100.0, "px(200)": 200.0}
SHOWN = 40


@dataclass(frozen=True)
class Rule:
    """One shape at one radius about one pair of classes."""

    shape: str
    radius: str
    a: str
    b: str

    @property
    def text(self) -> str:
        distance = "" if RADII[self.radius] is None else f", {self.radius}"
        return SHAPES[self.shape].format(
            a=self.a, b=self.b, near_ab=f"near(A, B{distance})", near_bc=f"near(B, C{distance})"
        )


@dataclass(frozen=True)
class Pair:
    """Two classes, and the images that have both (of a class with itself: at least two detections)."""

    a: str
    b: str
    images: NDArray[np.int64]

    def rules(self) -> Iterator[Rule]:
        """All shapes at all radii."""
        return (Rule(shape, radius, self.a, self.b) for shape, radius in product(SHAPES, RADII))


def find_dota(option: Path | None) -> Path | str:
    """The folder of `Task1_CLASS.txt` files of DOTA's validation set, or a line that says that there is none."""
    given = option or (Path(os.environ["RUNE_DOTA"]) if os.environ.get("RUNE_DOTA") else None)
    place = given or Path(__file__).resolve().parents[2] / "shared" / "data" / "dota-val"
    for folder in (place / "detections", place):
        if any(folder.glob("Task1_*.txt")):
            return folder
    said = f"{given} has no Task1_CLASS.txt files" if given else "no DOTA detections (give --dota DIR or set RUNE_DOTA)"
    return f"real scenes skipped: {said}"


def load_scenes(detections: Path) -> Scenes:
    """All images of a folder of detections, by way of an archive."""
    with tempfile.TemporaryDirectory() as folder:
        report = import_archive("dota-results", detections, Path(folder) / "scenes")
        say(f"imported {report.images:,} images with {report.detections:,} detections")
        archive = Archive.open(Path(folder) / "scenes")
        return archive.scenes(list(archive.image_ids))


def pairs_of(scenes: Scenes, *, ordered: bool = False) -> list[Pair]:
    """The pairs of classes that occur together, by name; `ordered` has both orders of two different ones."""
    counts = np.zeros((len(scenes), len(scenes.classes)), dtype=np.int64)
    np.add.at(counts, (scenes.image_of, scenes.label.astype(np.int64)), 1)
    names = sorted(scenes.classes)
    both = list(combinations_with_replacement(names, 2))
    if ordered:
        both = list(product(names, names))
    found = []
    for a, b in both:
        first, second = counts[:, scenes.classes.index(a)], counts[:, scenes.classes.index(b)]
        images = np.flatnonzero(first >= 2 if a == b else (first > 0) & (second > 0))
        if len(images):
            found.append(Pair(a, b, images))
    return found


@dataclass
class Group:
    """All instances of one shape at one radius."""

    rules: int = 0
    instances: int = 0
    wall: float = 0.0
    seconds: list[float] = field(default_factory=list)
    states: list[int] = field(default_factory=list)
    worst: tuple[float, str, str] = (-1.0, "", "")
    methods: Counter[str] = field(default_factory=Counter)
    unresolved: list[dict[str, Any]] = field(default_factory=list)
    refused: int = 0
    reason: str | None = None

    def add(self, rule: Rule, marginals: Sequence[Marginal], wall: float) -> None:
        """The answers for all images of one rule."""
        self.rules += 1
        self.instances += len(marginals)
        self.wall += wall
        for found in marginals:
            self.seconds.append(found.seconds)
            self.methods[found.method] += 1
            states = getattr(found, "states", None)
            if states is not None:
                self.states.append(int(states))
            if found.seconds > self.worst[0]:
                self.worst = (found.seconds, found.image, rule.text)
            if not found.exact:
                self.miss(rule, found.image, found.lower, found.upper, found.seconds, found.reason or found.method)

    def miss(self, rule: Rule, image: str, lower: float, upper: float, seconds: float, reason: str) -> None:
        """An instance without an exact answer."""
        self.unresolved.append(
            {
                "image": image,
                "rule": rule.text,
                "lower": lower,
                "upper": upper,
                "seconds": seconds,
                "reason": reason,
            }
        )

    def row(self) -> dict[str, Any]:
        """The summary, times in seconds: of inference alone per image, and of whole calls by their images."""
        times = np.array(self.seconds)
        measured = len(times) > 0
        return {
            "rules": self.rules,
            "instances": self.instances,
            "unresolved": len(self.unresolved),
            "refused": self.refused,
            "median": float(np.median(times)) if measured else None,
            "p99": float(np.quantile(times, 0.99)) if measured else None,
            "worst": self.worst[0] if measured else None,
            "worst_image": self.worst[1] or None,
            "worst_rule": self.worst[2] or None,
            "wall_per_image": self.wall / len(times) if measured else None,
            "median_states": float(np.median(self.states)) if self.states else None,
            "max_states": max(self.states) if self.states else None,
            "methods": dict(self.methods),
            "reason": self.reason,
        }


def measure(scenes: Scenes, pairs: Sequence[Pair], engine: Engine, budget: float) -> dict[str, Any]:
    """Every instance (image, rule) once; see `Group.row` for what is reported per shape and radius."""
    groups: dict[tuple[str, str], Group] = defaultdict(Group)
    warm_up(scenes, pairs[:1], engine, budget)
    progress = Progress("real scenes", sum(1 for pair in pairs for _ in pair.rules()))
    for pair in pairs:
        here = scenes.take(pair.images)
        for rule in pair.rules():
            _measure_rule(rule, here, engine, budget, groups[rule.shape, rule.radius])
            progress.step(f"{sum(len(g.unresolved) for g in groups.values()):,} unresolved")
    rows = [{"shape": shape, "radius": radius, **group.row()} for (shape, radius), group in groups.items()]
    return {
        "images": len(scenes),
        "detections": len(scenes.detection),
        "pairs": len(pairs),
        "instances": sum(row["instances"] for row in rows),
        "rows": rows,
        "unresolved": [miss for group in groups.values() for miss in group.unresolved],
    }


def warm_up(scenes: Scenes, pairs: Sequence[Pair], engine: Engine, budget: float) -> None:
    """Ask about one image in every shape, so that no measurement pays for compilation."""
    for pair in pairs:
        for rule in pair.rules():
            ask(engine, rule.text, scenes.take(pair.images[:1]), budget)


def _measure_rule(rule: Rule, scenes: Scenes, engine: Engine, budget: float, group: Group) -> None:
    wall, found = timed(lambda: ask(engine, rule.text, scenes, budget))
    if not isinstance(found, str):
        group.add(rule, found, wall)
    elif found.startswith("NotInFragment"):
        group.rules += 1
        group.instances += len(scenes)
        group.refused += len(scenes)
        group.reason = found
    else:
        _one_by_one(rule, scenes, engine, budget, group)


def _one_by_one(rule: Rule, scenes: Scenes, engine: Engine, budget: float, group: Group) -> None:
    """Which images it was that the engine could not take all at once."""
    answers, total = [], 0.0
    for index, image in enumerate(scenes.images):
        single = scenes.take([index])
        wall, found = timed(lambda single=single: ask(engine, rule.text, single, budget))
        total += wall
        if isinstance(found, str):
            group.instances += 1
            group.reason = found
            group.miss(rule, image, 0.0, 1.0, wall, found)
        else:
            answers += found
    if answers:
        group.add(rule, answers, total)


def report(result: dict[str, Any], engine: str) -> None:
    """Print the tables."""
    title = (
        f"Real scenes: engine {engine}, {result['images']:,} images with {result['detections']:,} detections, "
        f"{result['pairs']:,} pairs of classes, {result['instances']:,} instances"
    )
    columns = ("shape", "radius", "rules", "instances", "unresolved", "not taken", "median", "p99", "worst")
    columns += ("worst image", "wall per image", "states median", "states max", "found by")
    show(title, columns, [_cells(row) for row in result["rows"]], left=2)
    for reason in dict.fromkeys(row["reason"] for row in result["rows"] if row["reason"]):
        print(f"not taken: {reason}\n")
    missed = result["unresolved"]
    if missed:
        more = "" if len(missed) <= SHOWN else f", the first {SHOWN} of them (--json has all)"
        cells = [
            (m["image"], m["rule"], f"[{m['lower']:.9f}, {m['upper']:.9f}]", duration(m["seconds"]))
            for m in missed[:SHOWN]
        ]
        show(f"{len(missed):,} instances without an exact answer{more}", ("image", "rule", "interval", "time"), cells)


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    counted = (number(row[key]) for key in ("rules", "instances", "unresolved", "refused"))
    times = (duration(row[key]) for key in ("median", "p99", "worst"))
    methods = ", ".join(f"{name} {count:,}" for name, count in sorted(row["methods"].items()))
    states = (number(row["median_states"]), number(row["max_states"]))
    return (
        row["shape"], row["radius"], *counted, *times, row["worst_image"] or "-", duration(row["wall_per_image"]),
        *states, methods or "-",
    )  # fmt: skip
