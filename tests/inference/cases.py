"""Random scenes and rules: small enough to enumerate, odd enough to find what is wrong.

Everything is drawn from a `random.Random`. Hypothesis and the fuzzer give one with a seed: all it can shrink are
cases that repeat themselves, half of them about nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

import numpy as np
from hypothesis import strategies as st

from rune_pl.archive.scenes import Scenes
from rune_pl.inference import Evidence

CLASSES = ("harbor", "plane", "ship")
IMAGE = "scene"
Corners = list[tuple[float, float]]
Box = tuple[float, float, float, float, float]  # middle, width, height, degrees


@dataclass(frozen=True)
class Case:
    rule: str
    scenes: Scenes
    evidence: Evidence

    def __str__(self) -> str:
        """What a person needs to try it by hand."""
        s = self.scenes
        lines = [
            self.rule,
            f"evidence: {', '.join(('' if o.holds else 'not ') + str(o) for o in self.evidence.observations)}",
        ]
        for m, image in enumerate(s.images):
            lines.append(f"{image}: {s.width[m]} x {s.height[m]}, gsd {s.gsd[m]}")
            for row in range(s.start[m], s.start[m + 1]):
                vector = None if s.class_probability is None else s.class_probability[row]
                chance = s.probability[row] if vector is None or np.isnan(vector).any() else vector.tolist()
                corners = np.round(s.corners[row].astype(float), 3).tolist()
                lines.append(f"  d{s.detection[row]} {s.classes[s.label[row]]} {chance} {corners}")
        return "\n".join(lines)


# --- scenes

# Few places and sizes, so that boxes coincide, touch and nest.
_PLACES = ([0.0, 15.0, 40.0, 60.0, 90.0, 200.0], [0.0, 12.0, 30.0, 60.0, 200.0])
_SIZES = ([6.0, 20.0, 45.0], [6.0, 15.0])
_DEGREES = [0.0, 30.0, 90.0, 135.0]


def _corners(x: float, y: float, width: float, height: float, degrees: float) -> Corners:
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    half = [(-width / 2, -height / 2), (width / 2, -height / 2), (width / 2, height / 2), (-width / 2, height / 2)]
    return [(x + a * c - b * s, y + a * s + b * c) for a, b in half]


def _probability(rng: Random) -> float:
    return rng.choice([0.0, 1.0, 0.5, 0.5]) if rng.random() < 0.3 else round(rng.uniform(0.01, 0.99), 3)


def _boxes(rng: Random, count: int) -> list[Box]:
    """Boxes in few places, in clusters, in a row, or all in one place; some are there twice."""
    layout = rng.choice(["places", "places", "clusters", "row", "same"])
    heaps = [(rng.uniform(20, 200), rng.uniform(20, 200)) for _ in range(2)]
    found: list[Box] = []
    for k in range(count):
        size = (rng.choice(_SIZES[0]), rng.choice(_SIZES[1]), rng.choice(_DEGREES))
        if found and rng.random() < 0.15:
            found.append(rng.choice(found))
        elif layout == "places":
            found.append((rng.choice(_PLACES[0]), rng.choice(_PLACES[1]), *size))
        elif layout == "clusters":
            x, y = rng.choice(heaps)
            found.append((x + rng.uniform(-25, 25), y + rng.uniform(-25, 25), *size))
        elif layout == "row":
            found.append((30.0 * k, 40.0, 20.0, 6.0, 0.0))
        else:
            found.append((100.0, 100.0, *size))
    return found


def make_scenes(rng: Random, most: int = 6, images: int = 1, least: int = 0) -> Scenes:
    """Scenes of `least` to `most` detections, some with class vectors, some without the size or scale of the image."""
    sizes = [_count(rng, least, most) for _ in range(images)]
    total = sum(sizes)
    boxes = [box for size in sizes for box in _boxes(rng, size)]
    common = [rng.choice([1, 1, 4]) for _ in CLASSES]
    labels = rng.choices(range(len(CLASSES)), common, k=total)
    probability = np.array([_probability(rng) for _ in boxes])
    vectors = np.full((total, len(CLASSES)), np.nan)
    wide = rng.random() < 0.4
    for row in rng.sample(range(total), min(2, total)) if wide else ():
        parts = np.array([rng.randint(0, 4) for _ in range(len(CLASSES) + 1)], dtype=float)
        if parts[:-1].sum() > 0:
            vectors[row] = (parts / parts.sum())[:-1]
            labels[row] = int(np.argmax(vectors[row]))
            probability[row] = vectors[row].max()
    known = rng.random() < 0.9
    gsd = [rng.choice([np.nan, 0.5, 0.5, 0.5]) for _ in sizes]
    numbers = [n for size in sizes for n in _numbers(rng, size)]
    return Scenes(
        classes=CLASSES,
        images=tuple(IMAGE if images == 1 else f"{IMAGE}{m}" for m in range(images)),
        width=np.full(images, 220.0 if known else np.nan),
        height=np.full(images, 220.0 if known else np.nan),
        gsd=np.array(gsd),
        transform=np.full((images, 6), np.nan),
        crs=(None,) * images,
        start=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        detection=np.array(numbers, dtype=np.int32),
        label=np.array(labels, dtype=np.int16),
        score=probability.astype(np.float32),
        probability=probability,
        corners=np.array([_corners(*box) for box in boxes], dtype=np.float32).reshape(total, 4, 2),
        class_probability=vectors if wide else None,
    )


def _count(rng: Random, least: int, most: int) -> int:
    count = rng.choice([0, 1]) if rng.random() < 0.1 else rng.randint(min(3, most), most)
    return max(least, min(most, count))


def _numbers(rng: Random, size: int) -> list[int]:
    """Numbers of detections: from 1, now and then with gaps."""
    return sorted(rng.sample(range(1, size + 3), size)) if rng.random() < 0.1 else list(range(1, size + 1))


def make_evidence(rng: Random, scenes: Scenes) -> Evidence:
    """Observations of at most two detections, each with a probability that is not 0."""
    confirm, reject = [], []
    for row in rng.sample(range(len(scenes.detection)), min(len(scenes.detection), rng.choice([0, 0, 1, 2]))):
        atom = f"{scenes.images[scenes.image_of[row]]}/d{scenes.detection[row]}"
        vector = None if scenes.class_probability is None else scenes.class_probability[row]
        chances = {scenes.classes[scenes.label[row]]: float(scenes.probability[row])}
        if vector is not None and not np.isnan(vector).any():
            chances = {name: float(p) for name, p in zip(CLASSES, vector, strict=True) if p > 0}
        label = rng.choice(sorted(chances))
        whole = chances[scenes.classes[scenes.label[row]]], sum(chances.values())
        if rng.random() < 0.5:
            if rng.random() < 0.5 and whole[0] > 0:
                confirm.append(atom)
            elif chances[label] > 0:
                confirm.append(f"{atom}={label}")
        elif rng.random() < 0.5 and whole[1] < 1 - 1e-9:
            reject.append(atom)
        elif chances[label] < 1 - 1e-9:
            reject.append(f"{atom}={label}")
    return Evidence.parse(confirm, reject)


# --- rules

RELATIONS = (
    "near({a}, {b})",
    "near({a}, {b}, px(20))",
    "near({a}, {b}, 12)",
    "farther_than({a}, {b}, px(30))",
    "farther_than({a}, {b}, 20)",
    "adjacent({a}, {b})",
    "touching({a}, {b})",
    "overlaps({a}, {b})",
    "inside({a}, {b})",
    "contains({a}, {b})",
    "left_of({a}, {b})",
    "right_of({a}, {b})",
    "above({a}, {b})",
    "below({a}, {b})",
    "north_of({a}, {b})",
    "south_of({a}, {b})",
    "east_of({a}, {b})",
    "west_of({a}, {b})",
    "parallel({a}, {b})",
    "aligned({a}, {b})",
    "same_row({a}, {b})",
    "distinct({a}, {b})",
    "{a} \\== {b}",
    "{a} \\= {b}",
    "{a} == {b}",
    "{a} = {b}",
)
# Which objects are there decides them.
PRESENCE = ("closest({a}, {b})", "surrounded_by({a}, {b})")
ATTRIBUTES = (
    "large({a})",
    "small({a})",
    "elongated({a})",
    "in_region({a}, left)",
    "in_region({a}, center)",
    "in_region({a}, bottom_right)",
    "longer_than({a}, px(18))",
    "longer_than({a}, 5)",
    "area_above({a}, px(250))",
    "area_above({a}, 60)",
    "confident({a}, 0.5)",
)
EXTREMES = ("largest({a}, ship)", "smallest({a}, plane)")
# {n} and {m} are numbers that the goals bind.
MEASURES = (
    "area({a}, {n}), {n} > 200",
    "long_side({a}, {n}), {n} >= 20",
    "short_side({a}, {n}), {n} < 15",
    "heading({a}, {n}), {n} > 45, {n} =< 135",
    "angle({a}, {n}), abs({n} - 90) < 50",
    "azimuth({a}, {n}), {n} =\\= 90",
    "center({a}, {n}, {m}), {n} + {m} > 100",
    "extent({a}, {n}, _, {m}, _), {m} - {n} > 18",
    "position({a}, {n}, _), {n} > 50",
    "position({a}, _, {n}), {n} < -30",
    "size_rank({a}, {n}), {n} >= 0.5",
    "probability({a}, {n}), {n} > 0.4",
    "image_size({n}, _), center({a}, {m}, _), {m} > {n} / 2",
    "gsd({n}), long_side({a}, {m}), {m} * {n} > 8",
    "pixels(9, {n}), long_side({a}, {m}), {m} > {n}",
    "square_pixels(40, {n}), area({a}, {m}), {m} =< {n}",
    "area({a}, {n}), {m} is {n} / 40, {m} mod 2 < 1",
    "long_side({a}, {n}), short_side({a}, {m}), {n} =:= {m}",
)
PAIR_MEASURES = (
    "gap({a}, {b}, {n}), {n} < 30",
    "gap({a}, {b}, {n}), {n} > 30",
    "gap({a}, {b}, {n}), long_side({a}, {m}), {n} =< {m}",
    "iou({a}, {b}, {n}), {n} > 0.1",
    "cover({a}, {b}, {n}), {n} >= 0.5",
    "overlap_area({a}, {b}, {n}), {n} > 10",
    "offset({a}, {b}, {n}, {m}), abs({m}) =< abs({n})",
    "bearing({a}, {b}, {n}), {n} =< 180",
    "area({a}, {n}), area({b}, {m}), {n} > {m}",
    "heading({a}, {n}), heading({b}, {m}), abs({n} - {m}) < 20",
    "center({a}, {n}, _), center({b}, {m}, _), {n} =< {m}",
)
_NUMBERS = (0, *(1,) * 6, *(2,) * 6, *(3,) * 3, 4, 7, 100)


@dataclass
class _Scope:
    """The variables that are bound so far, by kind."""

    objects: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)

    def copy(self) -> _Scope:
        return _Scope(list(self.objects), list(self.numbers), list(self.classes))

    def reset(self, other: _Scope) -> None:
        self.objects, self.numbers, self.classes = list(other.objects), list(other.numbers), list(other.classes)


class _Writer:
    """Writes one program."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.helpers: list[str] = []  # heads, such as "u1({o}, {n})"
        self.clauses: list[str] = []
        self.start()

    def start(self) -> None:
        """The names of a new clause. Some are those of the library's own variables."""
        self.fresh = iter(["A", "B", "C", "X", "G", "M", "S", *(f"V{k}" for k in range(1, 1000))])
        self.free: list[str] = []

    def name(self) -> str:
        """A name for a number or a class."""
        return next(self.fresh)

    def new(self) -> str:
        """A name for an object."""
        return self.free.pop() if self.free else next(self.fresh)

    def close(self, inner: _Scope, outer: _Scope) -> None:
        """Objects of a scope that ends may lend their names to others."""
        if self.rng.random() < 0.3:
            self.free += sorted({n for n in inner.objects if n[0] != "d"} - {*outer.objects, *self.free})

    # --- conjunctions

    def body(self, outer: _Scope, depth: int, most: int = 2) -> tuple[str, _Scope]:
        """Objects, then conditions over them and over the variables from outside; and what is bound after it."""
        rng, scope, goals = self.rng, outer.copy(), []
        if rng.random() < 0.12:
            goals.append(self.apart(scope, most + 1))
        else:
            goals += [self.object(scope) for _ in range(rng.randint(1, most))]
        goals += [self.condition(scope, depth, bind=True) for _ in range(rng.choice([0, 1, 1, 2]))]
        if rng.random() < 0.1:
            rng.shuffle(goals)
        return ", ".join(goals), scope

    def object(self, scope: _Scope) -> str:
        """A goal that binds an object."""
        rng = self.rng
        kind = rng.choices(
            ["class", "variable", "known", "either", "group", "any", "named", "alias", "largest", "helper"],
            [60, 7, 5, 4, 4, 3, 4, 3, 2, 8],
        )[0]
        if kind == "helper" and self.helpers:
            return self.call(scope)
        if kind == "alias" and scope.objects:
            name = self.new()
            goal = f"{name} = {rng.choice(scope.objects)}"
            scope.objects.append(name)
            return goal
        if kind == "named":
            name = f"d{rng.randint(1, 4)}"
            scope.objects.append(name)
            return f"object({name}, {rng.choice(CLASSES)})"
        name = self.new()
        scope.objects.append(name)
        if kind == "variable":
            scope.classes.append(self.name())
            return f"object({name}, {scope.classes[-1]})"
        if kind == "known" and scope.classes:
            return f"object({name}, {rng.choice(scope.classes)})"
        if kind == "either":
            one, two = rng.sample(CLASSES, 2)
            return f"(object({name}, {one}) ; object({name}, {two}))"
        label = {"any": "_", "group": "aircraft"}.get(kind) or rng.choice((*CLASSES * 12, "bridge"))
        return f"largest({name}, ship)" if kind == "largest" else f"object({name}, {label})"

    def apart(self, scope: _Scope, most: int) -> str:
        """Objects that differ from each other, and of which the same is asked, or almost."""
        rng = self.rng
        names = [self.new() for _ in range(rng.randint(2, most))]
        label = rng.choice(CLASSES)
        goals = [f"object({name}, {label})" for name in names]
        differ = rng.choice(["{a} \\== {b}", "distinct({a}, {b})", "{a} \\= {b}"])
        goals += [differ.format(a=a, b=b) for i, a in enumerate(names) for b in names[i + 1 :]]
        if rng.random() < 0.5:
            asked = rng.choice(ATTRIBUTES)
            goals += [asked.format(a=name) for name in names]
        if scope.objects and rng.random() < 0.5:
            asked, b = rng.choice(RELATIONS[:-2]), rng.choice(scope.objects)
            both = [asked.format(a=name, b=b) for name in names]
            if rng.random() < 0.3:
                both[0] = asked.format(a=b, b=names[0])
            goals += both
        if rng.random() < 0.2:
            goals.pop(rng.randrange(len(names), len(goals)))
        scope.objects += names
        return ", ".join(goals)

    # --- conditions

    def condition(self, scope: _Scope, depth: int, *, bind: bool = False) -> str:
        """A goal over bound variables; one that `bind`s may leave numbers and objects behind for later goals."""
        rng = self.rng
        kinds = ["relation", "relation", "attribute", "measure", "small"]
        if depth > 0:
            kinds += ["not", "not", "count", "count", "count", "forall", "more", "or", "not relation"]
        kind = rng.choice(kinds)
        before = scope.copy()
        if kind == "not":
            text = f"\\+ ({self.inner(scope, depth)[0]})"
        elif kind == "count":
            counter = rng.choice(["at_least", "at_most", "exactly"])
            inner, own = self.inner(scope, depth)
            text = f"{counter}({rng.choice(_NUMBERS)}, {own}, ({inner}))"
        elif kind == "more":
            (one, own), (two, other) = self.inner(scope, depth), self.inner(scope, depth)
            text = f"more({own}, ({one}), {other}, ({two}))"
        elif kind == "forall":
            condition, inner = self.body(scope, depth - 1, 1)
            goal = self.condition(inner, depth - 1)
            text = f"forall(({condition}), ({goal}))"
        elif kind == "or":
            text = f"({self.condition(scope.copy(), depth - 1)} ; {self.condition(scope.copy(), depth - 1)})"
        elif kind == "not relation":
            text = f"\\+ ({self.relation(scope)})"
        elif kind == "relation":
            text = self.relation(scope)
        elif kind == "attribute":
            text = self.attribute(scope)
        elif kind == "measure":
            text = self.measure(scope)
        else:
            text = self.small(scope)
        if not bind:
            scope.reset(before)
        return text

    def inner(self, scope: _Scope, depth: int) -> tuple[str, str]:
        """A body of its own scope, and an object that it binds."""
        while True:
            text, inner = self.body(scope, depth - 1)
            own = [n for n in inner.objects if n not in scope.objects and n[0] != "d"]
            if own:
                self.close(inner, scope)
                return text, self.rng.choice(own)

    def two(self, scope: _Scope) -> Sequence[str] | None:
        different = sorted(set(scope.objects))
        if self.rng.random() < 0.05:
            different.append(f"d{self.rng.randint(1, 5)}")
            different = sorted(set(different))
        return self.rng.sample(different, 2) if len(different) > 1 else None

    def relation(self, scope: _Scope) -> str:
        rng, pair = self.rng, self.two(scope)
        if pair is None:
            return self.attribute(scope)
        three = sorted(set(scope.objects))
        if len(three) > 2 and rng.random() < 0.15:
            return "between({}, {}, {})".format(*rng.sample(three, 3))
        choice = rng.random()
        if choice < 0.15:
            return self.measured(scope, rng.choice(PAIR_MEASURES), *pair)
        relation = rng.choice(PRESENCE) if choice < 0.25 else rng.choice(RELATIONS)
        return relation.format(a=pair[0], b=pair[1])

    def attribute(self, scope: _Scope) -> str:
        a = self.rng.choice(scope.objects) if scope.objects else "d1"
        return self.rng.choice((*ATTRIBUTES, *EXTREMES)).format(a=a)

    def measure(self, scope: _Scope) -> str:
        a = self.rng.choice(scope.objects) if scope.objects else "d1"
        return self.measured(scope, self.rng.choice(MEASURES), a, a)

    def measured(self, scope: _Scope, text: str, a: str, b: str) -> str:
        n, m = self.name(), self.name()
        scope.numbers.append(n)
        return f"({text.format(a=a, b=b, n=n, m=m)})"

    def small(self, scope: _Scope) -> str:
        """What is said about classes and numbers that are known, and what is always so."""
        rng = self.rng
        a = rng.choice(scope.objects) if scope.objects else "d1"
        if self.helpers and rng.random() < 0.5:
            return self.call(scope)
        found = [f"object({a}, {rng.choice(CLASSES)})", f"\\+ object({a}, {rng.choice(CLASSES)})"] * 2 + [
            "true",
            "fail",
        ]
        if scope.numbers:
            n = rng.choice(scope.numbers)
            found += [f"{n} > 50", f"{n} =< {rng.choice(scope.numbers)} + 3", f"longer_than({a}, px({n}))"]
        if scope.classes:
            c = rng.choice(scope.classes)
            found += [
                f"{c} == ship",
                f"{c} \\== {rng.choice(scope.classes)}",
                f"object({a}, {c})",
                f"largest({a}, {c})",
            ]
        return rng.choice(found)

    # --- helpers

    def call(self, scope: _Scope) -> str:
        """A call of a helper, with objects that are bound or with new ones."""
        rng = self.rng
        head = rng.choice(self.helpers)
        name, kinds = head.split("/")
        args = []
        after = ""
        for kind in kinds:
            if kind == "o":
                known = scope.objects and rng.random() < 0.5
                args.append(rng.choice(scope.objects) if known else self.new())
                scope.objects.append(args[-1])
            elif kind == "n":
                args.append(
                    rng.choice(scope.numbers) if scope.numbers and rng.random() < 0.3 else rng.choice(["10", "18.5"])
                )
            elif kind == "d":
                args.append(rng.choice(["px(25)", "15", "px(0)"]))
            elif kind == "c":
                args.append(rng.choice(scope.classes) if scope.classes and rng.random() < 0.5 else rng.choice(CLASSES))
            elif kind == "r":
                args.append(self.name())
                scope.numbers.append(args[-1])
                after = f", {args[-1]} < 300"
        called = f"{name}({', '.join(args)})" if args else name
        return f"({called}{after})" if after else called

    def helper(self, number: int, depth: int) -> None:
        """A predicate of one or two clauses."""
        rng = self.rng
        kinds = rng.choice(["o", "o", "oo", "on", "od", "oc", "or", "same", ""])
        name, clauses = f"h{number}", []
        for _ in range(rng.choice([1, 1, 2])):
            self.start()
            scope = _Scope()
            text, scope = self.body(scope, depth, 2 if kinds == "oo" else 1)
            own = [n for n in scope.objects if n[0] != "d"]
            if not own:
                return
            a, n = own[0], self.name()
            if kinds == "o":
                clauses.append(f"{name}({a}) :- {text}.")
            elif kinds in ("oo", "same"):
                b = own[-1] if kinds == "oo" else a
                clauses.append(f"{name}({a}, {b}) :- {text}.")
            elif kinds == "on":
                clauses.append(f"{name}({a}, {n}) :- {text}, long_side({a}, {n}L), {n}L > {n}.")
            elif kinds == "od":
                other = self.new()
                clauses.append(
                    f"{name}({a}, {n}) :- {text}, object({other}, {rng.choice(CLASSES)}), near({a}, {other}, {n})."
                )
            elif kinds == "oc":
                label = rng.choice(CLASSES)
                if rng.random() < 0.4:
                    clauses.append(f"{name}({a}, {label}) :- {text}, object({a}, {label}).")
                else:
                    clauses.append(f"{name}({a}, {n}) :- {text}, object({a}, {n}).")
            elif kinds == "or":
                measure = rng.choice(
                    ["area({a}, {n})", "long_side({a}, {n})", "{n} is 40", "short_side({a}, {n}L), {n} is {n}L * 10"]
                )
                clauses.append(f"{name}({a}, {n}) :- {text}, {measure.format(a=a, n=n)}.")
            else:
                clauses.append(f"{name} :- {text}.")
        self.helpers.append(f"{name}/{'oo' if kinds == 'same' else kinds}")
        self.clauses += clauses

    def program(self, depth: int) -> str:
        """One or two clauses for `retrieve`, some with only a condition and no object of their own."""
        rng = self.rng
        for number in range(rng.choice([0, 0, 0, 1, 1, 2])):
            self.helper(number, max(0, depth - 2))
        clauses = []
        for _ in range(rng.choice([1, 1, 1, 2])):
            self.start()
            body = self.body(_Scope(), depth)[0] if rng.random() < 0.7 else self.bare(depth)
            clauses.append(f"retrieve :- {body}.")
        return "\n".join((*clauses, *self.clauses))

    def bare(self, depth: int) -> str:
        """Conditions without an object."""
        rng, goals = self.rng, []
        if not depth:
            return self.body(_Scope(), 0, 3)[0]
        for _ in range(rng.choice([1, 1, 2])):
            inner, own = self.inner(_Scope(), depth)
            counter = rng.choice(["\\+", "at_least", "at_most", "exactly", "more", "forall"])
            if counter == "\\+":
                goals.append(f"\\+ ({inner})")
            elif counter == "more":
                other, second = self.inner(_Scope(), depth)
                goals.append(f"more({own}, ({inner}), {second}, ({other}))")
            elif counter == "forall":
                body, scope = self.body(_Scope(), depth - 1)
                goals.append(f"forall(({body}), ({self.condition(scope, depth - 1)}))")
            else:
                goals.append(f"{counter}({rng.choice(_NUMBERS)}, {own}, ({inner}))")
        return ", ".join(goals)


def make_rule(rng: Random, depth: int = 2) -> str:
    """A random program for `retrieve`, with counts, negations and the like within each other up to that depth."""
    return _Writer(rng).program(depth)


def make_case(rng: Random, depth: int = 2, most: int = 6, images: int = 1) -> Case:
    """A rule, scenes and evidence."""
    scenes = make_scenes(rng, most, images)
    return Case(make_rule(rng, depth), scenes, make_evidence(rng, scenes))


# --- for hypothesis


def scenes(most: int = 6) -> st.SearchStrategy[Scenes]:
    """One scene of at least one detection."""
    return st.randoms(use_true_random=True).map(lambda rng: make_scenes(rng, most, least=1))


def cases(depth: int = 2, most: int = 6, images: int = 1) -> st.SearchStrategy[Case]:
    """Cases up to that depth, of up to so many images."""
    return st.builds(
        make_case, st.randoms(use_true_random=True), st.integers(0, depth), st.just(most), st.integers(1, images)
    )
