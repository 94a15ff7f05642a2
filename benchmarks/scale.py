"""Archives of up to a million images: building, opening, asking, beside DuckDB and a scan of embeddings.

Archives are generated with DOTA's statistics and written as a stream, into a temporary folder or into --keep, where the
next run finds them. Every question gives its 10 best images; no answers are kept.

cold  a process that has just started, and an archive that the system has forgotten: opening and the first answer
warm  the same process again; all contestants take turns, so that whatever else the machine does hits them alike

DuckDB answers the deterministic version (detections of at least 0.5, SQL in mix.py) from the same Parquet files. The
scan multiplies 512-dimensional embeddings with a query, as joint-embedding retrieval does. Both need packages:
pip install duckdb faiss-cpu. Who takes longer than --limit for an answer is stopped, and that is the result.

python benchmarks/scale.py --quick                                # less than a minute on two free cores
python benchmarks/scale.py --sizes 10000,100000 --json found.json # a run that was cut goes on from the file
python benchmarks/scale.py --keep build/scale --json found.json --plot docs/images/scale
python benchmarks/scale.py --json found.json --report             # the tables again, without measuring
"""

from __future__ import annotations

import argparse
import os
import signal
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import Any

from measured import Measured
from mix import RULES, SQL
from referee import Host, TooSlowError, run_json
from scale_report import plot, report
from support import duration, machine, one_line, say

from rune_pl.archive import Archive
from rune_pl.archive.compact import compact
from rune_pl.errors import ArchiveError

# Who takes part in the warm rounds: (name, host, how the host calls it).
CONTESTANTS = (
    ("rune-pl 1", "archive", "1"),
    ("rune-pl 2", "archive", "2"),
    ("DuckDB", "duckdb", ""),
    ("numpy", "scan", "numpy"),
    ("faiss", "scan", "faiss"),
)
FULL = {"sizes": (10_000, 100_000, 1_000_000), "repeat": 20, "spend": 5.0, "cold": 3}
QUICK = {"sizes": (10_000,), "repeat": 5, "spend": 1.0, "cold": 1}
_AT_LEAST = 3  # warm runs, however long they take


def main() -> None:
    """Measure, and report whatever was measured when the run ends or is cut."""
    options = _options()
    about = {
        "machine": machine(),
        "options": {"seed": options.seed, "repeat": options.repeat, "limit": options.limit, "cold": options.cold},
        "queries": RULES,
        "sql": SQL,
    }
    measured = Measured(options.json, None if options.report else about, anew=options.anew)
    if measured.taken and not options.report:
        say(f"scale: {measured.taken} measurements of an earlier run are taken over")
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        if not options.report:
            _measure_all(measured, options)
    except KeyboardInterrupt:
        say("scale: interrupted; this is what was measured" + (" (go on with the same --json)" if options.json else ""))
    report(measured)
    if options.plot is not None:
        for path in plot(measured, options.plot):
            say(f"scale: wrote {path}")


def _measure_all(measured: Measured, options: argparse.Namespace) -> None:
    for images in options.sizes:
        with ExitStack() as stack:
            if options.keep is None:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rune-pl-scale-")))
            else:
                folder = options.keep
            path = folder / str(images)
            try:
                _build(measured, path, images, options)
                _measure(measured, path, images, options)
            except (ArchiveError, OSError) as error:
                say(f"scale: {images:,} images: {one_line(error)}")
                measured.add(images=images, what="failed", reason=one_line(error))


def _build(measured: Measured, path: Path, images: int, options: argparse.Namespace) -> None:
    """Write the archive, or take one that is there and bring it into the form of this version."""
    if not (path / "manifest.json").exists():
        say(f"scale: writing {images:,} images to {path}")
        path.parent.mkdir(parents=True, exist_ok=True)
        built = run_json(["archives.py", path, "--images", images, "--seed", options.seed])
        measured.add(images=images, what="build", **built, per_second=images / built["seconds"])
    elif options.compact or not _is_current(path):
        say(f"scale: compacting {path}")
        started = monotonic()
        compact(path)
        measured.add(images=images, what="compact", seconds=monotonic() - started)
    manifest = Archive.open(path).manifest
    if manifest.images != images:
        raise OSError(f"{path} has {manifest.images:,} images")
    sizes: Counter[str] = Counter()
    for file in path.iterdir():
        sizes[file.name.split("-")[0].split(".")[0]] += file.stat().st_size
    measured.add(
        images=images, what="size", detections=manifest.detections, parts=len(manifest.parts), bytes=dict(sizes)
    )


def _is_current(path: Path) -> bool:
    """Whether every part has an index that this version reads."""
    try:
        return bool(Archive.open(path).index.known.all())
    except ArchiveError:
        return False


def _measure(measured: Measured, path: Path, images: int, options: argparse.Namespace) -> None:
    for query in options.queries:
        for who, host, name in CONTESTANTS[:1] + CONTESTANTS[2:3]:
            if options.cold and measured.find(images, "cold", query, who) is None:
                measured.add(**_cold(path, images, query, (who, host, name), options))
    with ExitStack() as stack:
        hosts = {
            name: stack.enter_context(Host(name, path, "--images", images)) for name in ("archive", "duckdb", "scan")
        }
        for query in options.queries:
            if measured.find(images, "warm", query, CONTESTANTS[-1][0]) is None:
                for record in _warm(hosts, images, query, options):
                    measured.add(**record)
    if options.full:
        with Host("archive", path, "--images", images) as host:
            for query in options.queries:
                if measured.find(images, "all", query) is None:
                    found = _ask(host, "all", query, 10 * options.limit)
                    measured.add(images=images, what="all", query=query, **found)
                    say(f"scale: {images:,} images, {query}, every image: {_said(found)}")


def _cold(path: Path, images: int, query: str, contestant: tuple[str, str, str], options: argparse.Namespace) -> Any:
    """Opening and the first answer of new processes, the archive's files not in the system's memory."""
    who, kind, name = contestant
    record: dict[str, Any] = {"images": images, "what": "cold", "query": query, "who": who, "seconds": [], "open": []}
    for _ in range(options.cold if kind == "archive" else 1):
        _forget(path)
        with Host(kind, path, "--images", images) as host:
            found = host.start()
            if "missing" not in found and "failed" not in found:
                opening = found.get("open", 0.0)
                found = _ask(host, name, query, options.limit)
        if "seconds" not in found:
            record |= {key: found[key] for key in ("missing", "failed", "over") if key in found}
            break
        record["seconds"].append(opening + found["seconds"])
        record["open"].append(opening)
        record |= {key: found[key] for key in ("examined", "peak_mb") if key in found}
    say(f"scale: {images:,} images, {query}, cold, {who}: {_said(record)}")
    return record


def _warm(hosts: dict[str, Host], images: int, query: str, options: argparse.Namespace) -> list[dict[str, Any]]:
    """All contestants in turns; the first answer of each is not counted."""
    records = {
        who: {"images": images, "what": "warm", "query": query, "who": who, "seconds": []} for who, _, _ in CONTESTANTS
    }
    for turn in range(options.repeat + 1):
        for who, kind, name in CONTESTANTS:
            record = records[who]
            times = record["seconds"]
            spent = sum(times)
            if {"missing", "failed", "over"} & set(record) or (len(times) >= _AT_LEAST and spent > options.spend):
                continue
            about = hosts[kind].start()
            if "missing" in about or (name == "faiss" and about.get("faiss") is None):
                record["missing"] = about.get("missing", "faiss is not installed")
                continue
            found = _ask(hosts[kind], name, query, options.limit)
            if "seconds" not in found:
                record |= found
            elif turn == 0:
                record["first"] = found["seconds"]
            else:
                times.append(found["seconds"])
            record |= {key: found[key] for key in ("examined", "unanswered", "hits", "peak_mb") if key in found}
    for who, record in records.items():
        say(f"scale: {images:,} images, {query}, warm, {who}: {_said(record)}")
    return list(records.values())


def _ask(host: Host, who: str, query: str, limit: float) -> dict[str, Any]:
    try:
        return host.ask(who, query, limit)
    except TooSlowError:
        return {"over": limit}


def _said(record: dict[str, Any]) -> str:
    if "over" in record:
        return f"no answer in {record['over']:g} s"
    for key in ("missing", "failed"):
        if key in record:
            return str(record[key])
    times = record["seconds"]
    if isinstance(times, float):
        return duration(times)
    return ", ".join(duration(f(times)) for f in (min, max)) if times else "-"


def _forget(path: Path) -> None:
    """Have the system drop the archive's files from its memory, where it can (Linux)."""
    if not hasattr(os, "posix_fadvise"):
        return
    for file in path.iterdir():
        handle = os.open(file, os.O_RDONLY)
        try:
            os.fdatasync(handle)
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(handle)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _sizes(text: str) -> Sequence[int]:
    return tuple(int(part) for part in text.split(","))


def _names(text: str) -> Sequence[str]:
    names = tuple(part.strip() for part in text.split(","))
    if unknown := [name for name in names if name not in RULES]:
        raise argparse.ArgumentTypeError(f"there is no query {unknown[0]!r}")
    return names


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--sizes", type=_sizes, metavar="N,N", help="images (10000,100000,1000000; quick: 10000)")
    add("--quick", action="store_true", help="fewer runs of everything, of a small archive")
    add("--queries", type=_names, default=tuple(RULES), metavar="A,B", help=f"of {', '.join(RULES)} (all)")
    add("--keep", type=Path, metavar="DIR", help="keep the archives in DIR/N, and use those that are there")
    add("--compact", action="store_true", help="write kept archives anew (done anyway where an index is missing)")
    add(
        "--json",
        type=Path,
        metavar="FILE",
        help="all that was measured, as it comes; goes on from a file that is there",
    )
    add("--anew", action="store_true", help="do not go on from the file")
    add("--report", action="store_true", help="only show what the file has")
    add("--plot", type=Path, metavar="NAME", help="draw NAME.png and NAME.svg (matplotlib)")
    add("--repeat", type=int, metavar="N", help="warm runs of each query (20; quick: 5)")
    add("--spend", type=float, metavar="S", help="no more of them after so many seconds, if there are 3 (5; quick: 1)")
    add("--cold", type=int, metavar="N", help="cold runs of each query (3; quick: 1)")
    add("--limit", type=float, default=60.0, metavar="S", help="for one answer (60)")
    add("--full", action="store_true", help="also look at every image, without bounds, once, for ten times the limit")
    add("--seed", type=int, default=0, help="of the generated archives (0)")
    options = parser.parse_args()
    for name, value in (QUICK if options.quick else FULL).items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    return options


if __name__ == "__main__":
    main()
