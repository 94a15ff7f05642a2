"""The native engine and its peers side by side on a random sample of the real scenes.

- ProbLog at its best: geometry joined before, only the facts that matter, its process already running.
- ProbLog as it comes: the rules of the library, geometry through foreign predicates.
- SWI-Prolog without probabilities, see `swi.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
import swi
from real import SHAPES, Pair, Rule
from support import Progress, ask, duration, make_query, number, say, show, timed

from rune_pl.archive.scenes import Scenes
from rune_pl.inference import Engine, ProbLogEngine, make_boxes, make_facts
from rune_pl.inference.tables import plan_prejoin, tabulate

PEERS = {
    "problog_best": "ProbLog, best case",
    "problog_natural": "ProbLog, natural",
    "swi": "SWI-Prolog, certain facts",
}
_NATIVE_SECONDS = 1.0
_RUNS = 3
_LONG_SECONDS = 2.0


@dataclass(frozen=True)
class Instance:
    """One rule about one image."""

    rule: Rule
    image: int


def draw(pairs: Sequence[Pair], per_shape: int, seed: int) -> list[Instance]:
    """So many instances of each shape, all equally likely, none twice; all that there are where these are fewer."""
    rng = np.random.default_rng([seed, 2])
    chosen = []
    for shape in SHAPES:
        rules = [rule for pair in pairs for rule in pair.rules() if rule.shape == shape]
        images = [pair.images for pair in pairs for rule in pair.rules() if rule.shape == shape]
        ends = np.cumsum([len(each) for each in images])
        total = int(ends[-1]) if len(ends) else 0
        for number_ in np.sort(rng.choice(total, size=min(per_shape, total), replace=False)):
            position = int(np.searchsorted(ends, number_, side="right"))
            offset = int(number_ - (ends[position - 1] if position else 0))
            chosen.append(Instance(rules[position], int(images[position][offset])))
    return chosen


def measure(scenes: Scenes, instances: Sequence[Instance], engine: Engine, limit: float) -> dict[str, Any]:
    """One record per instance, with the times of the engine and of each peer that is there."""
    best, natural = ProbLogEngine(workers=1), ProbLogEngine(workers=1, prejoin=False)
    no_swi = swi.missing()
    if no_swi is not None:
        say(f"SWI-Prolog skipped: {no_swi}")
    progress = Progress("peers", len(instances), every=5.0)
    samples = []
    for instance in instances:
        single, rule = scenes.take([instance.image]), instance.rule
        record = {
            "shape": rule.shape,
            "radius": rule.radius,
            "rule": rule.text,
            "image": single.images[0],
            "detections": {name: _count(single, name) for name in (rule.a, rule.b)},
            "native": _native(engine, rule, single),
            "problog_best": _problog(best, rule, single, limit) | {"join": _join_seconds(rule, single)},
            "problog_natural": _problog(natural, rule, single, limit),
        }
        if no_swi is None:
            certain = _certain(engine, rule, single)
            record["swi"] = swi.ask(rule, single, limit) | {"native_certain": certain}
        samples.append(record | {"ratios": ratios(record)})
        progress.step()
    best.close()
    natural.close()
    return {"limit": limit, "swi_skipped": no_swi, "rows": summarize(samples), "samples": samples}


def _count(scenes: Scenes, label: str) -> int:
    return int((scenes.label == scenes.classes.index(label)).sum())


def _native(engine: Engine, rule: Rule, single: Scenes) -> dict[str, Any]:
    """The engine alone on the image, warm, best of three: inference alone, and with grounding."""
    seconds, wall, answer = [], [], None
    for _ in range(_RUNS + 1):
        took, found = timed(lambda: ask(engine, rule.text, single, _NATIVE_SECONDS))
        if isinstance(found, str):
            return {"outcome": found, "seconds": None, "with_grounding": None, "probability": None}
        (answer,) = found
        seconds.append(answer.seconds)
        wall.append(took)
    assert answer is not None
    return {
        "outcome": answer.method if answer.exact else "unresolved",
        "seconds": min(seconds[1:]),
        "with_grounding": min(wall[1:]),
        "probability": answer.probability if answer.exact else None,
    }


def _problog(engine: ProbLogEngine, rule: Rule, single: Scenes, limit: float) -> dict[str, Any]:
    """ProbLog on the image, after the same rule on a trivial scene: its process runs and has read the program.

    The best of three as for the native engine, but for what takes more than two seconds: that is asked once.
    """
    ask(engine, rule.text, _trivial(rule), limit)
    seconds = []
    for _ in range(_RUNS):
        found = ask(engine, rule.text, single, limit)
        if isinstance(found, str):
            return {"outcome": f"failed: {found}", "seconds": None, "probability": None}
        (answer,) = found
        seconds.append(answer.seconds)
        if answer.seconds > _LONG_SECONDS or not answer.exact:
            break
    outcome = "finished" if answer.exact else answer.method
    return {"outcome": outcome, "seconds": min(seconds), "probability": answer.probability}


def _trivial(rule: Rule) -> Scenes:
    """One detection of each class, far from each other."""
    labels = list(dict.fromkeys((rule.a, rule.b)))
    quads = [[(x, 0.0), (x + 10.0, 0.0), (x + 10.0, 5.0), (x, 5.0)] for x in (0.0, 10_000.0)]
    return Scenes.from_detections([("trivial", label, 0.5, quad) for label, quad in zip(labels, quads)])


def _join_seconds(rule: Rule, single: Scenes) -> float:
    """What joining the geometry costs, which is not ProbLog's work but is part of the time of its engine here."""
    query = make_query(rule.text)
    plan, facts, boxes = plan_prejoin(query), make_facts(single), make_boxes(single)
    names = {row: f"d{detection}" for row, detection in enumerate(single.detection)}

    def join() -> None:
        tabulate(plan, query, plan.relevant(facts, single.classes), single.classes, boxes, names)

    return min(timed(join)[0] for _ in range(_RUNS))


def _certain(engine: Engine, rule: Rule, single: Scenes) -> float | None:
    """The engine's answer where every detection is certain: 1 where the rule holds in Prolog, and 0 where not."""
    ones = np.ones_like(single.probability)
    fields = {name: getattr(single, name) for name in single.__dataclass_fields__}
    found = ask(engine, rule.text, Scenes(**(fields | {"probability": ones})), _NATIVE_SECONDS)
    return None if isinstance(found, str) else found[0].probability


def ratios(record: dict[str, Any]) -> dict[str, dict[str, float | None]]:
    """How many times faster the native engine is, where it and the peer finished.

    `inference` leaves out the native engine's grounding, and what joining the geometry takes ahead of ProbLog's best
    case; `all` has them in both. SWI-Prolog is given its geometry, and has no such time.
    """
    native, found = record["native"], {}
    if native["probability"] is None or native["outcome"] == "problog":
        return {}
    for peer in PEERS:
        times = record.get(peer)
        if times and times["outcome"] == "finished":
            alone = max(times["seconds"] - times.get("join", 0.0), 0.0)
            found[peer] = {
                "inference": alone / max(native["seconds"], 1e-9),
                "all": None if peer == "swi" else times["seconds"] / max(native["with_grounding"], 1e-9),
            }
    return found


def summarize(samples: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row per shape and peer, and one per peer over all shapes."""
    rows = []
    for shape in (*SHAPES, "all"):
        mine = [s for s in samples if shape in ("all", s["shape"])]
        for peer in PEERS:
            asked = [s for s in mine if peer in s]
            if asked:
                rows.append({"shape": shape, "peer": peer, **_row(asked, peer)})
    return rows


def _row(samples: Sequence[dict[str, Any]], peer: str) -> dict[str, Any]:
    finished = [s for s in samples if s[peer]["outcome"] == "finished"]
    compared = [s for s in finished if peer in s["ratios"]]
    stopped = sum(s[peer]["outcome"] in ("timeout", "memory") for s in samples)
    return {
        "instances": len(samples),
        "finished": len(finished),
        "stopped": stopped,
        "failed": len(samples) - len(finished) - stopped,
        "compared": len(compared),
        "disagree": sum(_disagree(s, peer) for s in finished),
        "median": _median([s[peer]["seconds"] for s in finished]),
        "native_median": _median([s["native"]["seconds"] for s in compared]),
        "native_with_grounding": _median([s["native"]["with_grounding"] for s in compared]),
        "ratio_inference": _median([s["ratios"][peer]["inference"] for s in compared]),
        "ratio_all": _median([s["ratios"][peer]["all"] for s in compared]),
    }


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(median(known)) if known else None


def _disagree(sample: dict[str, Any], peer: str) -> bool:
    """Whether both have an answer and these differ by more than rounding (ProbLog's own is about 1e-12)."""
    if peer == "swi":
        certain = sample["swi"]["native_certain"]
        return certain is not None and abs(certain - float(sample["swi"]["holds"])) > 1e-9
    mine, theirs = sample["native"]["probability"], sample[peer]["probability"]
    return mine is not None and abs(mine - theirs) > 2e-9


def report(result: dict[str, Any]) -> None:
    """Print the table."""
    columns = ("shape", "peer", "instances", "finished", f"stopped ({result['limit']:g} s)", "failed", "disagree")
    columns += ("median", "native", "with grounding", "ratio", "ratio with grounding")
    rows = [
        (
            row["shape"], PEERS[row["peer"]],
            *(number(row[key]) for key in ("instances", "finished", "stopped", "failed", "disagree")),
            *(duration(row[key]) for key in ("median", "native_median", "native_with_grounding")),
            number(row["ratio_inference"]), number(row["ratio_all"]),
        )
        for row in result["rows"]
    ]  # fmt: skip
    show("Peers on the same images, one at a time: medians where both finished", columns, rows, left=2)
    if result["swi_skipped"]:
        print(f"SWI-Prolog skipped: {result['swi_skipped']}\n")
    outcomes = {f"{PEERS[peer]} {s[peer]['outcome']}" for s in result["samples"] for peer in PEERS if peer in s}
    for outcome in sorted(outcome for outcome in outcomes if " failed: " in outcome):
        print(f"{outcome}\n")
