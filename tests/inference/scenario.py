"""Program files: facts, boxes, rules and the expected probability, in the form that ProbLog keeps its own tests in.

0.8::object(d1, ship).
0.3::object(d2, plane); 0.6::object(d2, helicopter).
box(d1, 0, 0, 20, 10).        left, top, right, bottom in pixels
image(640, 480).  gsd(0.5).
confirm(d1).  reject(d2).
retrieve :- object(A, ship).
%Expected outcome:
% retrieve 0.8
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from rune_pl.archive.scenes import Scenes
from rune_pl.inference import Evidence, Query
from rune_pl.language.check import check_program
from rune_pl.language.library import Library
from rune_pl.language.parse import parse_program
from rune_pl.language.vocabulary import Vocabulary

IMAGE = "scene"
_FACT = re.compile(r"([0-9.e-]+)::object\(d(\d+), (\w+)\)")
_GROUND = re.compile(r"^(box|image|gsd|confirm|reject)\((.*?)\)\.", re.MULTILINE)


@dataclass(frozen=True)
class Scenario:
    query: Query
    scenes: Scenes
    evidence: Evidence
    expected: float


def make_query(rule: str, library: Library | None = None) -> Query:
    """A checked query in the default vocabulary."""
    library = library or Library.load()
    return Query(check_program(parse_program(rule), library=library, vocabulary=_vocabulary()), library)


@cache
def _vocabulary() -> Vocabulary:
    return Vocabulary.load()


def read_scenario(path: Path, library: Library) -> Scenario:
    program, _, outcome = path.read_text(encoding="utf-8").partition("%Expected outcome:")
    vectors: dict[int, dict[str, float]] = {}
    rules = []
    for line in program.splitlines():
        text = line.split("%")[0].strip()
        if "::object" in text:
            for probability, number, label in _FACT.findall(text):
                vectors.setdefault(int(number), {})[label] = float(probability)
        elif text and not _GROUND.match(text):
            rules.append(text)
    boxes: dict[int, tuple[float, ...]] = {}
    size, gsd, confirm, reject = None, None, [], []
    for functor, arguments in _GROUND.findall(program):
        parts = [p.strip() for p in arguments.split(",")]
        if functor == "box":
            boxes[int(parts[0][1:])] = tuple(map(float, parts[1:]))
        elif functor == "image":
            size = (float(parts[0]), float(parts[1]))
        elif functor == "gsd":
            gsd = float(parts[0])
        else:
            (confirm if functor == "confirm" else reject).append(parts[0])
    scenes = scenes_of(vectors, boxes, size=size, gsd=gsd)
    expected = re.search(r"retrieve\s+([0-9.e-]+)", outcome)
    assert expected, f"{path} has no expected outcome"
    return Scenario(
        make_query("\n".join(rules), library),
        scenes,
        Evidence.parse(confirm, reject, images=[IMAGE]),
        float(expected[1]),
    )


def scenes_of(
    vectors: dict[int, dict[str, float]],
    boxes: dict[int, tuple[float, ...]],
    *,
    size: tuple[float, float] | None = None,
    gsd: float | None = None,
) -> Scenes:
    """One image; detections without a box of their own stand far apart in a row."""
    assert list(vectors) == list(range(1, len(vectors) + 1)), "detections are numbered from 1"
    classes = tuple(sorted({label for vector in vectors.values() for label in vector}))
    records = []
    for number, vector in vectors.items():
        left, top, right, bottom = boxes.get(number, (1000.0 * number, 0.0, 1000.0 * number + 20, 10.0))
        label = max(vector, key=lambda name: vector[name])
        records.append((IMAGE, label, vector[label], [(left, top), (right, top), (right, bottom), (left, bottom)]))
    scenes = Scenes.from_detections(records, classes=classes, size=size, gsd=gsd)
    if all(len(vector) == 1 for vector in vectors.values()):
        return scenes
    table = np.full((len(vectors), len(classes)), np.nan)
    for row, vector in enumerate(vectors.values()):
        if len(vector) > 1:
            table[row] = [vector.get(name, 0.0) for name in classes]
    fields = {name: getattr(scenes, name) for name in scenes.__dataclass_fields__}
    return Scenes(**(fields | {"class_probability": table}))
