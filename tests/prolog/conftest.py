"""Runs library predicates on small scenes, in every system that reads the library: ProbLog, SWI-Prolog, columns."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from problog.engine import DefaultEngine
from problog.logic import Constant, Term
from problog.program import PrologString
from problog.sdd_formula import SDD

from rune_pl.geometry import REGISTRY, Boxes, as_columns
from rune_pl.inference.columns import ColumnSolver, Table
from rune_pl.language.library import Library
from rune_pl.language.parse import parse_goal
from rune_pl.resources import prolog_files


@lru_cache
def _library() -> Library:
    return Library.load()


@dataclass(frozen=True)
class Scene:
    """Boxes d1, d2, ... of one image, each (x, y, length, width, degrees clockwise from the x axis)."""

    boxes: tuple[tuple[float, ...], ...]
    size: tuple[float, float] = (300.0, 300.0)
    gsd: float = math.nan
    transform: tuple[float, ...] = (math.nan,) * 6
    geographic: bool = False
    probability: tuple[float, ...] = ()
    size_rank: tuple[float, ...] = ()

    @property
    def names(self) -> list[str]:
        return [f"d{i + 1}" for i in range(len(self.boxes))]

    def columns(self) -> Boxes:
        n = len(self.boxes)
        x, y, length, width, degrees = np.array([(*b, 0.0)[:5] for b in self.boxes], dtype=np.float64).reshape(n, 5).T
        along = np.stack([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], axis=1) * length[:, None] / 2
        across = np.stack([-np.sin(np.radians(degrees)), np.cos(np.radians(degrees))], axis=1) * width[:, None] / 2
        middle = np.stack([x, y], axis=1)
        corners = [middle - along - across, middle + along - across, middle + along + across, middle - along + across]
        return Boxes(
            corners=np.stack(corners, axis=1),
            image=np.zeros(n, dtype=np.int64),
            width=np.array([self.size[0]]),
            height=np.array([self.size[1]]),
            gsd=np.array([self.gsd]),
            transform=np.array([self.transform]),
            geographic=np.array([self.geographic]),
            probability=np.array(self.probability or (0.5,) * n),
            size_rank=np.array(self.size_rank or (0.5,) * n),
        )


def _problog(scene: Scene, facts: str) -> tuple[DefaultEngine, object]:
    """The library and the scene as a ProbLog database. It has a between/3 of its own: ours is is_between/3 there."""
    engine = DefaultEngine()
    text = "\n".join(map(str, _library().program.clauses)).replace("between(", "is_between(")
    given = "".join(f"detection({name}).\n" for name in scene.names)
    boxes = scene.columns()
    database = engine.prepare(PrologString("nothing :- fail."))

    def foreign(indicator: tuple[str, int]) -> Callable[..., list[tuple[object, ...]]]:
        function = REGISTRY[indicator]

        def call(*args: object, **_: object) -> list[tuple[object, ...]]:
            ids = args[: function.inputs]
            rows = [np.array([int(str(i)[1:]) - 1]) for i in ids]
            values = [float(v[0]) for v in as_columns(function.call(boxes, np.zeros(1, dtype=np.int64), *rows))]
            return [] if any(map(math.isnan, values)) else [(*ids, *map(Constant, values))]

        return call

    for name, arity in REGISTRY:
        database.add_extern(name, arity, foreign((name, arity)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # its advice against \\==, which is what the library means
        for clause in PrologString(text + "\n" + given + facts):
            database += clause
    return engine, database


def _ask_problog(scene: Scene, goal: str) -> bool:
    engine, database = _problog(scene, f"answer :- {goal.replace('between(', 'is_between(')}.")
    return bool(engine.query(database, Term("answer")))


def _ask_columns(scene: Scene, goal: str) -> bool:
    library = _library()
    clauses = {i: p.clauses for i, p in library.predicates.items() if p.clauses and library.deterministic(*i)}
    objects = {f"D{i + 1}": np.array([i]) for i in range(len(scene.boxes))}
    parsed = parse_goal(re.sub(r"\bd(\d+)\b", r"D\1", goal))
    rows, _ = ColumnSolver(clauses, scene.columns()).solve(parsed, Table(objects, np.zeros(1, dtype=np.int64)))
    return len(rows) == 1


def _swi(scene: Scene, goals: list[str]) -> list[bool]:
    """Which goals hold in SWI-Prolog, with the unchanged library files and the geometry as facts."""
    boxes = scene.columns()
    lines = [f":- consult('{path}')." for path in map(str, prolog_files())]
    facts = {f"detection({name})" for name in scene.names}
    for (name, arity), function in REGISTRY.items():
        lines.append(f":- dynamic({name}/{arity}).")
        for rows in product(range(len(scene.boxes)), repeat=function.inputs):
            ids = [np.array([r]) for r in rows]
            values = [float(v[0]) for v in as_columns(function.call(boxes, np.zeros(1, dtype=np.int64), *ids))]
            if not any(map(math.isnan, values)):
                facts.add(f"{name}({', '.join([f'd{r + 1}' for r in rows] + [repr(v) for v in values])})")
    lines += [":- dynamic((detection/1, object/2, countable/2, countable_total/1))."]
    lines += [f":- assertz({fact})." for fact in sorted(facts)]
    lines += [f":- (({goal}) -> write(yes) ; write(no)), nl." for goal in goals]
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "scene.pl"
        script.write_text("\n".join(lines) + "\n", encoding="utf-8")
        run = subprocess.run(["swipl", "-q", "-g", "halt", str(script)], capture_output=True, text=True, check=True)
    assert not run.stderr, run.stderr
    return [line == "yes" for line in run.stdout.split()]


def _ask_swi(scene: Scene, goal: str) -> bool:
    return _swi(scene, [goal])[0]


_SYSTEMS = {"problog": _ask_problog, "columns": _ask_columns, "swipl": _ask_swi}


def _need_swipl() -> None:
    if shutil.which("swipl") is None:
        pytest.skip("SWI-Prolog (swipl) is not installed")


@pytest.fixture(params=list(_SYSTEMS))
def ask(request: pytest.FixtureRequest) -> Callable[..., bool]:
    """`ask(boxes, goal, **scene)`: whether the goal holds, in each of the systems in turn."""
    if request.param == "swipl":
        _need_swipl()
    return lambda boxes, goal, **scene: _SYSTEMS[request.param](Scene(tuple(boxes), **scene), goal)


@pytest.fixture
def swi_answers() -> Callable[..., list[bool]]:
    """`swi_answers(boxes, goals, **scene)`: which of the goals hold in SWI-Prolog."""
    _need_swipl()
    return lambda boxes, goals, **scene: _swi(Scene(tuple(boxes), **scene), goals)


@pytest.fixture
def column_answer() -> Callable[..., bool]:
    """`column_answer(boxes, goal, **scene)`: whether the goal holds over columns."""
    return lambda boxes, goal, **scene: _ask_columns(Scene(tuple(boxes), **scene), goal)


@pytest.fixture
def marginal() -> Callable[..., float]:
    """`marginal(boxes, facts, goal, **scene)`: the probability of the goal in ProbLog, given probabilistic facts."""

    def compute(boxes: Sequence[tuple[float, ...]], facts: str, goal: str, **scene: Any) -> float:
        engine, database = _problog(Scene(tuple(boxes), **scene), f"{facts}\nanswer :- {goal}.\n")
        ground = engine.ground_all(database, queries=[Term("answer")])
        return float(SDD.create_from(ground).evaluate()[Term("answer")])

    return compute
