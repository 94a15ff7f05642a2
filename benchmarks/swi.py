"""SWI-Prolog on one image: the rule and the rule library as they are, every detection certain, geometry as facts.

This is what reasoning costs without probabilities, at its best: loading and geometry are not measured, and gaps are
given only where a relation of the rule can hold. `ask` runs it in a process of its own, which is this file.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from real import RADII, Rule

from rune_pl.archive.scenes import Scenes
from rune_pl.geometry import REGISTRY, Boxes
from rune_pl.inference import make_boxes
from rune_pl.resources import prolog_files

# The rule library has a distinct/2 and a between/3 of its own. The first run makes the indexes and is the only one that
# may take too long; then come three times a hundred where that is quick, for the clock counts microseconds.
_PRELUDE = """
:- use_module(library(solution_sequences), [limit/2]).
:- use_module(library(aggregate)).
:- use_module(library(time)).
:- dynamic((detection/1, object/2, countable/2, countable_total/1)).
at_least(N, X, Goal) :- aggregate_all(count, limit(N, solution_sequences:distinct(X, user:Goal)), N).
holds(yes) :- retrieve, !.
holds(no).
timed(Runs, Seconds) :-
    get_time(Start), ( system:between(1, Runs, _), holds(_), fail ; true ), get_time(End),
    Seconds is (End - Start) / Runs.
measured(Limit, Seconds, Answer) :-
    catch(call_with_time_limit(Limit, timed(1, First)), time_limit_exceeded, Answer = timeout),
    ( Answer == timeout -> Seconds = Limit
    ; ( First > 0.005 -> Runs = 1 ; Runs = 100 ),
      timed(Runs, S1), timed(Runs, S2), timed(Runs, S3), Seconds is min(First, min(S1, min(S2, S3))), holds(Answer) ).
"""
_LOADING_SECONDS = 300.0


def missing() -> str | None:
    """Why there is no SWI-Prolog to measure, or None."""
    if shutil.which("swipl") is None:
        return "SWI-Prolog (swipl) is not installed"
    if importlib.util.find_spec("pyswip") is None:
        return "pyswip is not installed (the extra 'repl')"
    return None


def ask(rule: Rule, scenes: Scenes, limit: float) -> dict[str, Any]:
    """The answer for a single image: `outcome` ("finished", "timeout", or what failed), `seconds`, `holds`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scene.pl"
        path.write_text("\n".join(program(rule, scenes)) + "\n", encoding="utf-8")
        command = [sys.executable, __file__, str(path), str(limit)]
        try:
            run = subprocess.run(command, capture_output=True, text=True, timeout=limit + _LOADING_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return {"outcome": "failed: loading took too long", "seconds": None, "holds": None}
    wrong = [line for line in run.stderr.splitlines() if "ERROR" in line or "Warning" in line]
    if run.returncode != 0 or wrong:
        reason = (wrong or run.stderr.splitlines() or [f"status {run.returncode}"])[-1]
        return {"outcome": f"failed: {reason}", "seconds": None, "holds": None}
    found: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return found


def program(rule: Rule, scenes: Scenes) -> Iterator[str]:
    """The lines of a Prolog file: library, rule, and the facts of a single image that the rule can touch."""
    yield from (f":- consult('{path}')." for path in prolog_files())
    yield from (f":- dynamic({name}/{arity})." for name, arity in REGISTRY)
    yield _PRELUDE
    yield rule.text
    boxes = make_boxes(scenes)
    names = [f"d{detection}" for detection in scenes.detection]
    rows = {
        label: np.flatnonzero(scenes.label == scenes.classes.index(label)) for label in dict.fromkeys((rule.a, rule.b))
    }
    for label, mine in rows.items():
        yield from (f"object({names[row]}, {label})." for row in mine)
    every = np.concatenate(list(rows.values()))
    yield from (f"detection({names[row]})." for row in every)
    yield from (f"long_side({names[row]}, {float(boxes.sides[row, 0])!r})." for row in every)
    for a, b, gap in _gaps(rule, boxes, rows[rule.a], rows[rule.b]):
        yield f"gap({names[a]}, {names[b]}, {gap!r})."
        yield f"gap({names[b]}, {names[a]}, {gap!r})."


def _gaps(
    rule: Rule, boxes: Boxes, first: NDArray[np.int64], second: NDArray[np.int64]
) -> Iterator[tuple[int, int, float]]:
    """The pairs whose gap is within the rule's radius; of a class with itself each pair once."""
    radius = RADII[rule.radius]
    long_side = boxes.sides[:, 0]
    half_diagonal = np.hypot(*(boxes.corners - boxes.center[:, None]).transpose(2, 0, 1)).max(axis=1)
    for a in first:
        b = second[second > a] if rule.a == rule.b else second
        limit = 2 * np.maximum(long_side[a], long_side[b]) if radius is None else np.full(len(b), radius)
        apart = np.hypot(*(boxes.center[b] - boxes.center[a]).T) - half_diagonal[a] - half_diagonal[b]
        b, limit = b[apart <= limit], limit[apart <= limit]
        if len(b):
            gap = REGISTRY["gap", 3].call(boxes, np.zeros(len(b), dtype=np.int64), np.full(len(b), a), b)
            near = np.flatnonzero(gap <= limit)
            yield from ((int(a), int(b[k]), float(gap[k])) for k in near)


def main() -> None:
    """Load a file, run its `measured/3`, print the answer as a line of JSON."""
    from pyswip import Prolog

    path, limit = sys.argv[1:]
    Prolog.consult(path)
    found = next(iter(Prolog.query(f"measured({limit}, Seconds, Answer)")))
    answer = str(found["Answer"])
    outcome = "timeout" if answer == "timeout" else "finished"
    holds = None if answer == "timeout" else answer == "yes"
    print(json.dumps({"outcome": outcome, "seconds": float(found["Seconds"]), "holds": holds}))


if __name__ == "__main__":
    main()
