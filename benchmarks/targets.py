"""What the native engine is meant to reach, and whether it did in this run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from support import duration, number, show

IMAGES = 100_000


@dataclass(frozen=True)
class Target:
    """A goal, what was measured as text (None: not measured), and whether that is enough."""

    goal: str
    measured: str | None
    met: bool | None

    def to_json(self) -> dict[str, Any]:
        return {"target": self.goal, "measured": self.measured, "met": self.met}


def targets(result: dict[str, Any], *, quick: bool) -> list[Target]:
    """All targets, in order. A quick run says what it measured, and leaves open whether that meets the target."""
    found = [*_real(result.get("real")), *_peers(result.get("peers")), *_scale(result.get("scale"))]
    found += _cold(result.get("cold"))
    return [Target(t.goal, t.measured, None) for t in found] if quick else found


def _real(real: dict[str, Any] | None) -> Iterator[Target]:
    unresolved, worst = "real scenes: no unresolved instance", "real scenes: worst image under 1 s"
    if real is None or "skipped" in real:
        yield Target(unresolved, None, None)
        yield Target(worst, None, None)
        return
    rows = real["rows"]
    open_, refused = (sum(row[key] for row in rows) for key in ("unresolved", "refused"))
    also = f", and {refused:,} not taken" if refused else ""
    yield Target(unresolved, f"{open_:,} of {real['instances']:,}{also}", open_ + refused == 0)
    slowest = max((row["worst"] for row in rows if row["worst"] is not None), default=None)
    yield Target(worst, None if slowest is None else duration(slowest), None if slowest is None else slowest < 1.0)


def _peers(peers: dict[str, Any] | None) -> Iterator[Target]:
    rows = {} if peers is None or "skipped" in peers else {r["peer"]: r for r in peers["rows"] if r["shape"] == "all"}
    for peer, name, factor in (("problog_best", "best case", 1_000), ("problog_natural", "natural", 10_000)):
        for key, how in (("ratio_inference", "inference alone"), ("ratio_all", "each with its grounding")):
            goal = f"ProbLog {name}: median ratio at least {factor:,} ({how})"
            ratio = rows[peer][key] if peer in rows else None
            if ratio is None:
                yield Target(goal, None, None)
            else:
                compared = rows[peer]["compared"]
                yield Target(goal, f"{number(ratio)} (of {compared:,} that finished)", ratio >= factor)


def _scale(scale: dict[str, Any] | None) -> Iterator[Target]:
    rows = {} if scale is None else {(row["query"], row["images"]): row for row in scale["rows"]}
    largest = max((images for _, images in rows), default=0)
    for query, most in (("one class", 1.0), ("count", 1.0), ("two objects", 3.0)):
        row = rows.get((query, largest))
        ratio = None if row is None else row["ratio"]
        goal = f"{IMAGES:,} images: {query} at most {most:g} times the embedding scan"
        yield _at_size(goal, None if ratio is None else f"{number(ratio)} times", ratio, most, largest)
    peak = None if scale is None else scale["memory"].get(str(largest), {}).get("peak")
    text = None if peak is None else f"{peak:,.0f} MB"
    yield _at_size(f"{IMAGES:,} images: peak memory under 2 GB", text, peak, 2000.0, largest)
    slopes = {} if scale is None else {k: v for k, v in scale["exponents"].items() if v is not None}
    steepest = max(slopes.values(), default=None)
    text = None if steepest is None else ", ".join(f"{name} {value:.2f}" for name, value in slopes.items())
    yield _at_size("time linear in images: exponent at most 1.05", text, steepest, 1.05, largest)


def _at_size(goal: str, measured: str | None, value: float | None, most: float, images: int) -> Target:
    """A target for the full size; at any other the number is shown and decides nothing."""
    if measured is None or value is None:
        return Target(goal, None, None)
    if images != IMAGES:
        return Target(goal, f"{measured} at {images:,} images", None)
    return Target(goal, measured, value <= most)


def _cold(cold: dict[str, Any] | None) -> Iterator[Target]:
    goal = "a query from a cold start under 1.5 s"
    yield Target(goal, None, None) if cold is None else Target(goal, duration(cold["median"]), cold["median"] < 1.5)


def report(found: list[Target]) -> None:
    """Print the table."""
    verdict = {True: "met", False: "not met", None: "-"}
    rows = [(t.goal, t.measured or "not measured", verdict[t.met]) for t in found]
    show("Targets", ("target", "measured", ""), rows, left=3)
