"""Whether queries find the right images: exact marginals against other methods, on generated scenes and on real ones.

python benchmarks/retrieval.py                         # the sample's queries on 200 generated scenes, and DOTA-val
python benchmarks/retrieval.py --quick                 # 40 scenes, few resamples, raw scores and those in context
python benchmarks/retrieval.py --only dota --facts raw --facts cross-fit
python benchmarks/retrieval.py --json result.json

Tables go to standard output, reports with plots to build/retrieval/ (--output). DOTA's validation set (labelTxt/ and
detections/) is read from --dota, RUNE_DOTA or ../shared/data/dota-val, and skipped with a reason where there is none.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from support import Progress, say

from rune_pl._version import __version__
from rune_pl.archive import Archive, ArchiveWriter, ImageRecord, Provenance
from rune_pl.archive.formats.importing import import_archive
from rune_pl.archive.records import Detections
from rune_pl.archive.scenes import Scenes
from rune_pl.errors import RuneError
from rune_pl.evaluate import evaluate, read_queries
from rune_pl.evaluate.catalogue import methods_named
from rune_pl.evaluate.facts import has_scores, prepared_detections
from rune_pl.evaluate.report import write_report
from rune_pl.evaluate.report.markdown import table
from rune_pl.evaluate.report.tables import DIFFERENCES, HEADER, difference_rows, method_rows, robustness_rows
from rune_pl.evaluate.summary import summary
from rune_pl.inference import Budget
from rune_pl.sample import generate_scene, simulate_detections
from rune_pl.sample.bundle import scene_names

ROOT = Path(__file__).resolve().parents[1]
SETS = ("sample", "dota")
FACTS = ("raw", "cross-fit", "reliability", "context", "drawn")
FOLDS = 5
SECONDS = 0.5  # for one image: past it the exact method has the middle of its interval
SCENES, QUICK_SCENES, SEED = 200, 40, 11


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--only", action="append", choices=SETS, help="only this data; may be repeated")
    add(
        "--facts",
        action="append",
        choices=FACTS,
        help="raw scores, calibrated ones, those with reliability, those calibrated in context, and these with a truth "
        "that is drawn from them: what each method is worth where facts are exactly right",
    )
    add("--quick", action="store_true", help="few scenes and resamples, for a look or a test")
    add("--bootstrap", type=int, help="resamples of the images [1000]")
    add("--dota", type=Path, help="DOTA's validation set: a folder with labelTxt/ and detections/")
    add("--output", type=Path, default=ROOT / "build" / "retrieval", help="where reports go")
    add("--json", metavar="FILE", help="all results as JSON")
    options = parser.parse_args(arguments)
    options.only = options.only or SETS
    options.facts = options.facts or (("raw", "context") if options.quick else FACTS)
    options.bootstrap = options.bootstrap or (50 if options.quick else 1000)
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it."""
    options = parse(arguments)
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in options.only:
            data = _sample(Path(folder), options.quick) if name == "sample" else _dota(Path(folder), options.dota)
            if isinstance(data, str):
                print(f"{name}: skipped: {data}\n")
                results[name] = {"skipped": data}
                continue
            for facts in options.facts:
                results[f"{name} {facts}"] = _run(name, facts, *data, options)
    if options.json:
        Path(options.json).write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    return 0


def _sample(folder: Path, quick: bool) -> tuple[Scenes, Scenes]:
    """Detections and truth of generated scenes."""
    found, truth = folder / "sample", folder / "sample-truth"
    provenance = Provenance(tool="benchmarks/retrieval.py", version=__version__, command="")
    with ArchiveWriter(found, provenance=provenance) as detector, ArchiveWriter(truth, provenance=provenance) as there:
        for name, seed, kind in scene_names(QUICK_SCENES if quick else SCENES, SEED):
            # Its image is only drawn when it is asked for: nobody looks at it here.
            scene = generate_scene(seed, kind)
            image = ImageRecord(id=name, width=scene.size, height=scene.size, gsd=scene.gsd)
            detector.add(image, simulate_detections(scene, SEED).to_archive())
            objects = scene.objects
            certain = np.ones(len(objects.classes))
            there.add(image, Detections(list(objects.classes), certain.astype(np.float32), certain, objects.corners))
    return Archive.open(found).scenes(), Archive.open(truth).scenes()


def _dota(folder: Path, given: Path | None) -> tuple[Scenes, Scenes] | str:
    """Detections and truth of DOTA's validation set, or why there are none."""
    place = given or Path(os.environ.get("RUNE_DOTA") or ROOT.parent / "shared" / "data" / "dota-val")
    if not (place / "labelTxt").is_dir() or not (place / "detections").is_dir():
        return "no DOTA data with labelTxt/ and detections/ (give --dota DIR or set RUNE_DOTA)"
    import_archive("dota", place / "labelTxt", folder / "dota-truth")
    import_archive("dota-results", place / "detections", folder / "dota")
    return Archive.open(folder / "dota").scenes(), Archive.open(folder / "dota-truth").scenes()


def _run(name: str, facts: str, detections: Scenes, truth: Scenes, options: argparse.Namespace) -> dict[str, Any]:
    folds = None if facts == "raw" else FOLDS
    try:
        prepared, said = prepared_detections(
            detections, truth, folds=folds, reliability=facts == "reliability",
            method="context" if facts in ("context", "drawn") else "auto",
        )  # fmt: skip
        if facts == "drawn":
            draw = np.random.default_rng(SEED).random(len(prepared.probability))
            truth = prepared.only(np.flatnonzero(draw < prepared.probability))
            said += "; the truth drawn from them"
    except RuneError as error:
        print(f"{name}, {facts}: skipped: {error}\n")
        return {"skipped": str(error)}
    queries = read_queries(ROOT / "benchmarks" / "queries" / f"{name}.yaml")
    methods = methods_named((), Budget(seconds=SECONDS), scores=has_scores(prepared))
    bar = Progress(f"{name} {facts}", len(queries) * len(methods))
    found = evaluate(
        prepared, truth, queries, methods, bootstrap=options.bootstrap, progress=lambda done, total: bar.step("")
    )
    about = {"archive": name, "truth": name, "queries": queries.name, "facts": said, "translator": None}
    content = summary(found, about)
    for line in write_report(found, content, options.output / f"{name}-{facts}"):
        say(line)
    print(f"## {name}, {facts}: {len(queries)} queries, {len(found.images)} images; detections {said}\n")
    print("\n".join(table(HEADER, method_rows(found, intervals=False))), "\n")
    print("\n".join(table(DIFFERENCES, difference_rows(found))), "\n")
    for kind in ("rrqc", "rriu"):
        print("\n".join(table(*robustness_rows(found, kind, "AP above chance"))), "\n")
    return content


if __name__ == "__main__":
    sys.exit(main())
