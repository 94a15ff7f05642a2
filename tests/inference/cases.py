"""Random scenes and rules for hypothesis: small enough to enumerate, odd enough to find what is wrong."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from hypothesis import strategies as st

from rune_pl.archive.scenes import Scenes
from rune_pl.inference import Evidence

CLASSES = ("harbor", "plane", "ship")
IMAGE = "scene"


@dataclass(frozen=True)
class Case:
    rule: str
    scenes: Scenes
    evidence: Evidence


_PROBABILITIES = st.one_of(st.sampled_from([0.0, 1.0, 0.5]), st.floats(0.01, 0.99))
# Few places and sizes, so that boxes coincide, touch and nest.
_BOXES = st.tuples(
    st.sampled_from([0.0, 15.0, 40.0, 90.0, 200.0]),
    st.sampled_from([0.0, 12.0, 60.0, 200.0]),
    st.sampled_from([6.0, 20.0, 45.0]),
    st.sampled_from([6.0, 15.0]),
    st.sampled_from([0.0, 30.0, 90.0, 135.0]),
)


def _corners(x: float, y: float, width: float, height: float, degrees: float) -> list[tuple[float, float]]:
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    half = [(-width / 2, -height / 2), (width / 2, -height / 2), (width / 2, height / 2), (-width / 2, height / 2)]
    return [(x + a * c - b * s, y + a * s + b * c) for a, b in half]


@st.composite
def scenes(draw: st.DrawFn, most: int = 6) -> Scenes:
    count = draw(st.integers(1, most))
    records = [
        (IMAGE, draw(st.sampled_from(CLASSES)), draw(_PROBABILITIES), _corners(*draw(_BOXES))) for _ in range(count)
    ]
    made = Scenes.from_detections(records, classes=CLASSES, size=(220, 220), gsd=draw(st.sampled_from([None, 0.5])))
    if not draw(st.booleans()):
        return made
    vectors = np.full((count, len(CLASSES)), np.nan)
    label, probability = made.label.copy(), made.probability.copy()
    for row in draw(st.sets(st.integers(0, count - 1), max_size=2)):
        parts = np.array([draw(st.integers(0, 4)) for _ in range(len(CLASSES) + 1)], dtype=float)
        if parts[:-1].sum() == 0:
            continue
        vectors[row] = (parts / parts.sum())[:-1]
        label[row] = np.argmax(vectors[row])
        probability[row] = vectors[row].max()
    return replace(made, class_probability=vectors, label=label, probability=probability)


_RELATIONS = (
    "near({a}, {b})",
    "near({a}, {b}, px(20))",
    "near({a}, {b}, 12)",
    "left_of({a}, {b})",
    "above({a}, {b})",
    "north_of({a}, {b})",
    "overlaps({a}, {b})",
    "inside({a}, {b})",
    "touching({a}, {b})",
    "adjacent({a}, {b})",
    "parallel({a}, {b})",
    "aligned({a}, {b})",
    "same_row({a}, {b})",
    "farther_than({a}, {b}, px(30))",
    "closest({a}, {b})",
    "surrounded_by({a}, {b})",
    "{a} \\== {b}",
)
_ATTRIBUTES = (
    "large({a})",
    "small({a})",
    "elongated({a})",
    "in_region({a}, left)",
    "in_region({a}, center)",
    "longer_than({a}, px(18))",
    "area_above({a}, 60)",
    "confident({a}, 0.5)",
    "largest({a}, ship)",
    "smallest({a}, plane)",
)


@st.composite
def _conjunction(draw: st.DrawFn, outer: tuple[str, ...], depth: int, fresh: list[int]) -> str:
    """Objects, then conditions over them and over the variables from outside."""
    names = []
    goals = []
    for _ in range(draw(st.integers(1, 2))):
        fresh[0] += 1
        name = f"V{fresh[0]}"
        names.append(name)
        goals.append(f"object({name}, {draw(st.sampled_from(CLASSES))})")
    bound = (*outer, *names)
    for _ in range(draw(st.integers(0, 2))):
        goals.append(draw(_condition(bound, depth, fresh)))
    return ", ".join(goals)


@st.composite
def _condition(draw: st.DrawFn, bound: tuple[str, ...], depth: int, fresh: list[int]) -> str:
    kinds = ["relation", "attribute"] if len(bound) > 1 else ["attribute"]
    if depth > 0:
        kinds += ["not", "count", "forall", "more", "or", "not relation"]
    kind = draw(st.sampled_from(kinds))
    if kind in ("relation", "not relation"):
        if len(bound) < 2:
            return draw(st.sampled_from(_ATTRIBUTES)).format(a=bound[0])
        a, b = draw(st.permutations(bound))[:2]
        text = draw(st.sampled_from(_RELATIONS)).format(a=a, b=b)
        return text if kind == "relation" else f"\\+ {text}"
    if kind == "attribute":
        return draw(st.sampled_from(_ATTRIBUTES)).format(a=draw(st.sampled_from(bound)))
    if kind == "or":
        left, right = draw(_condition(bound, depth - 1, fresh)), draw(_condition(bound, depth - 1, fresh))
        return f"({left} ; {right})"
    inner = draw(_conjunction(bound, depth - 1, fresh))
    if kind == "not":
        return f"\\+ ({inner})"
    first = inner.split("(")[1].split(",")[0]
    if kind == "count":
        counter = draw(st.sampled_from(["at_least", "at_most", "exactly"]))
        return f"{counter}({draw(st.integers(0, 3))}, {first}, ({inner}))"
    other = draw(_conjunction(bound, depth - 1, fresh))
    second = other.split("(")[1].split(",")[0]
    if kind == "more":
        return f"more({first}, ({inner}), {second}, ({other}))"
    return f"forall(({inner}), ({draw(_condition((*bound, first), depth - 1, fresh))}))"


@st.composite
def rules(draw: st.DrawFn, depth: int = 2) -> str:
    """One or two clauses for `retrieve`, some with only a condition and no object of their own."""
    fresh = [0]
    clauses = []
    for _ in range(draw(st.sampled_from([1, 1, 1, 2]))):
        body = draw(_conjunction((), depth, fresh))
        if depth and draw(st.integers(0, 3)) == 0:
            body = f"\\+ ({body})"
        clauses.append(f"retrieve :- {body}.")
    return "\n".join(clauses)


@st.composite
def cases(draw: st.DrawFn, depth: int = 2) -> Case:
    made = draw(scenes())
    confirm, reject = [], []
    for row in draw(st.sets(st.integers(0, len(made.detection) - 1), max_size=2)):
        mass = made.probability[row]
        if made.class_probability is not None and not np.isnan(made.class_probability[row]).any():
            mass = made.class_probability[row].sum()
        if draw(st.booleans()) and made.probability[row] > 0:
            confirm.append(f"d{row + 1}")
        elif mass < 1 - 1e-9:
            reject.append(f"d{row + 1}")
    return Case(draw(rules(depth)), made, Evidence.parse(confirm, reject, images=[IMAGE]))
