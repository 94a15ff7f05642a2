"""How fast exact inference is: on real scenes, against its peers, on large archives, from a cold start.

real   every pair of DOTA's classes x three radii x four shapes of rules, on real detections
peers  a random sample of these against ProbLog and SWI-Prolog, side by side
scale  generated archives of 1,000 to 100,000 images beside a scan of 512-d embeddings
cold   a fresh process of the command line tool

python benchmarks/inference.py --quick                  # a small version of everything: minutes
python benchmarks/inference.py                          # everything: hours, most of them ProbLog's
python benchmarks/inference.py --only scale             # one part; --only may be repeated
python benchmarks/inference.py --only real --dota DIR   # DIR/detections/Task1_CLASS.txt, or DIR/Task1_CLASS.txt
python benchmarks/inference.py --quick --json           # JSON to standard output, without tables
python benchmarks/inference.py --json result.json       # tables, and JSON into a file

Real detections come from --dota, from RUNE_DOTA, or from ../shared/data/dota-val beside the checkout; without them the
first two parts are skipped. Every choice is drawn from --seed.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cold
import in_memory
import numpy as np
import peers
import real
from support import machine, say
from targets import report as report_targets
from targets import targets

from rune_pl.inference import ENGINES, make_engine

PARTS = ("real", "peers", "scale", "cold")
# What the options are where they are not given: in full, and for --quick. No pairs or images: all of them.
FULL = {"pairs": None, "images": None, "sample": 20, "limit": 60.0, "sizes": (1_000, 10_000, 100_000), "starts": 5}
QUICK = {"pairs": 8, "images": 40, "sample": 3, "limit": 5.0, "sizes": (300, 1_000, 3_000), "starts": 3}


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The options, all of them set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--only", action="append", choices=PARTS, help="only this part; may be repeated")
    add("--quick", action="store_true", help="smaller defaults for all sizes")
    add("--engine", default="native", choices=ENGINES, help="the engine that is measured (native)")
    add("--dota", type=Path, metavar="DIR", help="folder of real detections")
    add("--pairs", type=int, metavar="N", help="real: so many pairs of classes, drawn (all; quick: 8)")
    add("--images", type=int, metavar="N", help="real: so many images, drawn (all; quick: 40)")
    add("--ordered", action="store_true", help="real: a pair of two classes in both orders")
    add("--budget", type=float, default=1.0, metavar="SECONDS", help="real: per image (1)")
    add("--sample", type=int, metavar="N", help="peers: instances of each shape (20; quick: 3)")
    add("--limit", type=float, metavar="SECONDS", help="peers: for one instance (60; quick: 5)")
    add("--sizes", type=_sizes, metavar="N,N,...", help="scale: images (1000,10000,100000; quick: 300,1000,3000)")
    add("--repeat", type=int, default=5, metavar="N", help="scale: the best of so many calls (5)")
    add("--starts", type=int, metavar="N", help="cold: processes (5; quick: 3)")
    add("--seed", type=int, default=0, metavar="N", help="of all that is drawn (0)")
    add("--json", nargs="?", const="-", metavar="FILE", help="JSON into a file, or instead of the tables")
    options = parser.parse_args(arguments)
    for name, value in (QUICK if options.quick else FULL).items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    options.only = tuple(options.only or PARTS)
    return options


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def run(options: argparse.Namespace, *, tables: bool) -> dict[str, Any]:
    """All parts that are asked for; each prints its tables as soon as it is done."""
    result: dict[str, Any] = {"machine": machine(), "options": _shown(options)}
    if {"real", "peers"} & set(options.only):
        result |= _real_scenes(options, tables=tables)
    if "scale" in options.only:
        result["scale"] = in_memory.measure(options.sizes, options.engine, options.repeat, options.seed)
        if tables:
            in_memory.report(result["scale"], options.engine)
    if "cold" in options.only:
        result["cold"] = cold.measure(options.starts)
        if tables:
            cold.report(result["cold"])
    found = targets(result, quick=options.quick)
    if tables:
        report_targets(found)
    return result | {"targets": [target.to_json() for target in found]}


def _real_scenes(options: argparse.Namespace, *, tables: bool) -> dict[str, Any]:
    """The parts that need real detections, or why they are skipped."""
    place = real.find_dota(options.dota)
    if isinstance(place, str):
        say(place)
        return {part: {"skipped": place} for part in ("real", "peers") if part in options.only}
    scenes = real.load_scenes(place)
    rng = np.random.default_rng([options.seed, 1])
    if options.images is not None and options.images < len(scenes):
        scenes = scenes.take(np.sort(rng.choice(len(scenes), options.images, replace=False)))
    pairs = real.pairs_of(scenes, ordered=options.ordered)
    if options.pairs is not None and options.pairs < len(pairs):
        pairs = [pairs[i] for i in np.sort(rng.choice(len(pairs), options.pairs, replace=False))]
    engine, result = make_engine(options.engine), {}
    if "real" in options.only:
        result["real"] = real.measure(scenes, pairs, engine, options.budget)
        if tables:
            real.report(result["real"], options.engine)
    if "peers" in options.only:
        instances = peers.draw(pairs, options.sample, options.seed)
        real.warm_up(scenes, pairs[:1], engine, options.budget)
        result["peers"] = peers.measure(scenes, instances, engine, options.limit)
        if tables:
            peers.report(result["peers"])
    return result


def _shown(options: argparse.Namespace) -> dict[str, Any]:
    """The options that decide what is measured; where the data are is nobody's business."""
    return {name: value for name, value in vars(options).items() if name not in ("dota", "json")}


def main() -> None:
    """Entry point."""
    options = parse()
    result = run(options, tables=options.json != "-")
    if options.json == "-":
        print(json.dumps(result, indent=2))
    elif options.json is not None:
        Path(options.json).write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
