"""Time and memory as archives grow, beside a scan of embeddings: what joint-embedding retrieval does with a query.

python benchmarks/in_memory.py --memory 100000              # the most memory that the queries need at this size
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from archives import generate
from numpy.typing import NDArray
from support import duration, make_query, number, one_line, peak_memory, say, show, timed

from rune_pl.archive.scenes import Scenes
from rune_pl.inference import TOLERANCE, Budget, Engine, make_engine

QUERIES = {
    "one class": "retrieve :- object(A, ship).",
    "count": "retrieve :- at_least(5, A, object(A, ship)).",
    "two objects": "retrieve :- object(A, ship), object(B, harbor), near(A, B, px(100)).",
}
DIMENSIONS = 512
TOP = 10
# A call that takes longer than this is not repeated.
_LONG_SECONDS = 20.0
_BUDGET = Budget(seconds=1.0)


@dataclass(frozen=True)
class Answers:
    """The answers for all images, as columns; NaN where there is none."""

    probability: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    log_odds: NDArray[np.float64]


def answer(engine: Engine, rule: str, scenes: Scenes) -> Answers:
    """All images at once, through the engine's columnar call where it has one."""
    query = make_query(rule)
    if hasattr(engine, "answers"):
        found: Answers = engine.answers(query, scenes, budget=_BUDGET)
        return found
    marginals = list(engine.marginals(query, scenes, budget=_BUDGET))
    columns = ("probability", "lower", "upper", "log_odds")
    return Answers(*(np.array([getattr(m, name) for m in marginals], dtype=np.float64) for name in columns))


def best_images(answers: Answers, top: int = TOP) -> NDArray[np.int64]:
    """The best images, best first, by log-odds: these keep an order where probabilities are 1. No answer comes last."""
    return largest(answers.log_odds, top)


def largest(values: NDArray[Any], top: int = TOP) -> NDArray[np.int64]:
    """Where the largest values are, the largest first; NaN is less than any other."""
    descending = -values
    if top < len(values):
        chosen = np.argpartition(descending, top)[:top]
        return chosen[np.argsort(descending[chosen], kind="stable")]
    return np.argsort(descending, kind="stable")


def measure(sizes: Sequence[int], engine_name: str, repeat: int, seed: int, *, memory: bool = True) -> dict[str, Any]:
    """One row per size and query, growth exponents per query, and peak memory per size."""
    engine = make_engine(engine_name)
    rows: list[dict[str, Any]] = []
    peaks = {}
    for images in sizes:
        took, scenes = timed(lambda images=images: generate(images, seed))
        say(f"scale: made {images:,} images with {len(scenes.detection):,} detections in {took:.1f} s")
        rows += _measure_size(scenes, engine, repeat, seed)
        del scenes
        if memory:
            peaks[str(images)] = _memory_of(images, engine_name, seed)
    exponents = {name: _growth(rows, name) for name in QUERIES}
    return {"rows": rows, "exponents": exponents, "memory": peaks}


def _measure_size(scenes: Scenes, engine: Engine, repeat: int, seed: int) -> list[dict[str, Any]]:
    """Each query and the scan in turn, so that whatever else the machine does hits them alike."""
    rng = np.random.default_rng([seed, 3])
    embeddings = rng.standard_normal((len(scenes), DIMENSIONS), dtype=np.float32)
    wanted = rng.standard_normal(DIMENSIONS, dtype=np.float32)
    calls: dict[str, Callable[[], Any]] = {
        name: lambda rule=rule: _ranked(engine, rule, scenes) for name, rule in QUERIES.items()
    }
    first, failed, unresolved = {}, {}, {}
    for name, call in calls.items():
        try:
            first[name], (found, _) = timed(call)
        except Exception as error:  # noqa: BLE001 - whatever an engine raises is a result, and not the end of the others
            failed[name] = one_line(error)
        else:
            unresolved[name] = int(np.logical_not(found.upper - found.lower <= TOLERANCE).sum())
        say(f"scale: {len(scenes):,} images, {name}: {failed.get(name) or duration(first[name])}")
    times: dict[str, list[float]] = {name: [] for name in (*first, "scan")}
    for _ in range(repeat):
        for name in first:
            if first[name] <= _LONG_SECONDS:
                times[name].append(timed(calls[name])[0])
            times["scan"].append(timed(lambda: largest(embeddings @ wanted))[0])
        times["scan"].append(timed(lambda: largest(embeddings @ wanted))[0])
    scan = min(times["scan"])
    rows = []
    for name in QUERIES:
        best = min(times[name] or [first[name]]) if name in first else None
        rows.append(
            {
                "images": len(scenes),
                "detections": len(scenes.detection),
                "query": name,
                "seconds": best,
                "first": first.get(name),
                "scan": scan,
                "ratio": best / scan if best is not None else None,
                "unresolved": unresolved.get(name),
                "failed": failed.get(name),
            }
        )
    return rows


def _ranked(engine: Engine, rule: str, scenes: Scenes) -> tuple[Answers, NDArray[np.int64]]:
    found = answer(engine, rule, scenes)
    return found, best_images(found)


def _growth(rows: Sequence[dict[str, Any]], query: str) -> float | None:
    mine = [row for row in rows if row["query"] == query and row["seconds"] is not None]
    return exponent([row["images"] for row in mine], [row["seconds"] for row in mine])


def exponent(images: Sequence[int], seconds: Sequence[float]) -> float | None:
    """The slope of log time over log images, least squares: 1 where time is linear. None from fewer than two sizes."""
    if len(set(images)) < 2:
        return None
    return float(np.polyfit(np.log(images), np.log(seconds), 1)[0])


def _memory_of(images: int, engine: str, seed: int) -> dict[str, Any]:
    """What a process of its own needs for the archive and all queries, see `main`."""
    command = [sys.executable, str(Path(__file__).resolve()), "--memory", str(images)]
    command += ["--engine", engine, "--seed", str(seed)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        return {"failed": (run.stderr.strip().splitlines() or [f"status {run.returncode}"])[-1]}
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def report(result: dict[str, Any], engine: str) -> None:
    """Print the tables."""
    columns = ("query", "images", "detections", "time", "first call", "embedding scan", "time / scan", "unresolved")
    rows = [
        (
            row["query"], number(row["images"]), number(row["detections"]), duration(row["seconds"]),
            duration(row["first"]), duration(row["scan"]), number(row["ratio"]), number(row["unresolved"]),
        )
        for row in result["rows"]
    ]  # fmt: skip
    title = f"Generated archives: engine {engine}, with the choice of the best {TOP}, in one process"
    show(title, columns, rows)
    for reason in dict.fromkeys(f"{row['query']}: {row['failed']}" for row in result["rows"] if row["failed"]):
        print(f"not taken: {reason}\n")
    growth = [(name, number(value)) for name, value in result["exponents"].items()]
    show("Growth of time with images", ("query", "exponent"), growth)
    if result["memory"]:
        peaks = [
            (
                number(int(images)),
                *(f"{found[key]:,.0f} MB" if key in found else "-" for key in ("start", "archive", "peak")),
                found.get("failed", ""),
            )
            for images, found in result["memory"].items()
        ]
        columns = ("images", "after imports", "with the archive", "after all queries", "")
        show("Peak memory of a process that makes the archive and asks all queries", columns, peaks)


def main() -> None:
    """Make an archive, ask every query once, print the peak memory in megabytes after each step as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--memory", type=int, required=True, metavar="IMAGES", help="size of the archive")
    parser.add_argument("--engine", default="native", help="native, auto or problog (native)")
    parser.add_argument("--seed", type=int, default=0, help="of the generated archive (0)")
    options = parser.parse_args()
    engine, found = make_engine(options.engine), {"start": peak_memory()}
    scenes = generate(options.memory, options.seed)
    found["archive"] = peak_memory()
    for name, rule in QUERIES.items():
        try:
            _ranked(engine, rule, scenes)
        except Exception as error:  # noqa: BLE001 - the memory that it took until then is measured all the same
            say(f"{name}: {one_line(error)}")
    print(json.dumps(found | {"peak": peak_memory()}))


if __name__ == "__main__":
    main()
