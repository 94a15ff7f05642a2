"""Archives of up to a million images: building, opening, asking, beside DuckDB and a scan of embeddings.

Archives are generated with DOTA's statistics, written as a stream into --folder and kept there for the next run. A
query gives its 10 best images. "cold" is the first time that a process asks it, "warm" are the times after that. DuckDB
answers the deterministic version (detections of at least 0.5) from the same Parquet files; the scan multiplies
512-dimensional embeddings with a query, as joint-embedding retrieval does.

    python benchmarks/million.py --images 10000 100000 --folder build/scale
    python benchmarks/million.py --images 1000000 --folder build/scale --json scale.json --plot docs/images/scale.svg
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from archives import pieces
from support import duration, machine, number, peak_memory, say, show, timed

import rune_pl
from rune_pl.archive import ArchiveWriter, Provenance
from rune_pl.inference import make_engine

QUERIES = {
    "class": "retrieve :- object(A, ship).",
    "count": "retrieve :- at_least(5, A, object(A, plane)).",
    "rare class": "retrieve :- object(A, airport).",
    "negation": "retrieve :- object(A, ship), \\+ object(_, bridge).",
    "two objects": "retrieve :- object(A, ship), object(B, harbor), near(A, B, px(100)).",
    "rare pair": "retrieve :- object(A, helicopter), object(B, helipad), near(A, B).",
}
_BOXES = """
WITH box AS (
  SELECT image, class, least(x1, x2, x3, x4) AS l, greatest(x1, x2, x3, x4) AS r,
         least(y1, y2, y3, y4) AS t, greatest(y1, y2, y3, y4) AS b
  FROM read_parquet('{files}') WHERE probability >= 0.5 AND class IN ('{one}', '{two}'))
SELECT one.image, count(*) AS n FROM box one JOIN box two USING (image)
WHERE one.class = '{one}' AND two.class = '{two}' AND {near}
GROUP BY one.image ORDER BY n DESC LIMIT 10"""
_GAP = (
    "greatest(two.l - one.r, one.l - two.r, 0) ** 2 + greatest(two.t - one.b, one.t - two.b, 0) ** 2 "
    "<= ({distance}) ** 2"
)
_LONG = "2 * greatest(one.r - one.l, one.b - one.t, two.r - two.l, two.b - two.t)"
_COUNT = (
    "SELECT image, count(*) AS n FROM read_parquet('{files}') WHERE probability >= 0.5 AND class = '{one}' "
    "GROUP BY image HAVING n >= {least} ORDER BY n DESC LIMIT 10"
)
_ABSENT = (
    "SELECT image, count(*) FILTER (class = 'ship') AS n FROM read_parquet('{files}') "
    "WHERE probability >= 0.5 AND class IN ('ship', 'bridge') GROUP BY image "
    "HAVING n >= 1 AND count(*) FILTER (class = 'bridge') = 0 ORDER BY n DESC LIMIT 10"
)
SQL = {
    "class": _COUNT.replace("{one}", "ship").replace("{least}", "1"),
    "count": _COUNT.replace("{one}", "plane").replace("{least}", "5"),
    "rare class": _COUNT.replace("{one}", "airport").replace("{least}", "1"),
    "negation": _ABSENT,
    "two objects": _BOXES.replace("{one}", "ship").replace("{two}", "harbor").replace(
        "{near}", _GAP.replace("{distance}", "100")
    ),
    "rare pair": _BOXES.replace("{one}", "helicopter").replace("{two}", "helipad").replace(
        "{near}", _GAP.replace("{distance}", _LONG)
    ),
}  # fmt: skip
TOP, DIMENSIONS = 10, 512


def build(path: Path, images: int, seed: int) -> dict[str, Any]:
    """Write the archive, unless it is there."""
    if (path / "manifest.json").exists():
        return {}
    say(f"million: writing {images:,} images to {path}")

    def write() -> None:
        with ArchiveWriter(path, provenance=Provenance("benchmarks/million.py", "1", parameters={"seed": seed})) as out:
            for scenes in pieces(images, seed):
                out.add_scenes(scenes)

    took, _ = timed(write)
    return {"seconds": took, "images_per_second": images / took}


def ask(path: Path, workers: int, repeat: int) -> dict[str, Any]:
    """Opening and all queries, in this process."""
    opening, archive = timed(lambda: rune_pl.open_archive(path))
    engine = make_engine("native", workers=workers)
    found: dict[str, Any] = {"open": opening, "start_mb": peak_memory(), "queries": {}}
    for name, rule in QUERIES.items():
        prepared = archive.prepare(rule=rule)
        cold, results = timed(lambda prepared=prepared: archive.run(prepared, top=TOP, engine=engine))
        found["queries"][name] = {"cold": cold, "examined": results.examined, "warm": []}
    for _ in range(repeat):
        for name, rule in QUERIES.items():
            prepared = archive.prepare(rule=rule)
            took, _ = timed(lambda prepared=prepared: archive.run(prepared, top=TOP, engine=engine))
            found["queries"][name]["warm"].append(took)
    manifest = archive.archive.manifest
    size = sum(file.stat().st_size for file in path.iterdir())
    return found | {
        "images": manifest.images,
        "detections": manifest.detections,
        "bytes_per_image": size / manifest.images,
        "bytes_per_detection": size / manifest.detections,
        "parts": len(manifest.parts),
        "peak_mb": peak_memory(),
    }


def full(path: Path) -> dict[str, float]:
    """The same queries with every image looked at."""
    archive, engine = rune_pl.open_archive(path), make_engine("native")
    return {
        name: timed(lambda rule=rule: archive.run(archive.prepare(rule=rule), top=TOP, engine=engine, bounded=False))[0]
        for name, rule in QUERIES.items()
    }


def others(path: Path, images: int, repeat: int) -> dict[str, Any]:
    """DuckDB and the scans, in this process."""
    import duckdb

    files = str(path / "detections-*.parquet")
    database = duckdb.connect(config={"threads": 2})
    found: dict[str, Any] = {"duckdb": {}}
    for name, text in SQL.items():
        query = text.replace("{files}", files)
        times = [timed(lambda query=query: database.execute(query).fetchall())[0] for _ in range(max(2, repeat // 3))]
        found["duckdb"][name] = times
    database.close()
    rng = np.random.default_rng(0)
    embeddings = np.empty((images, DIMENSIONS), dtype=np.float32)
    for first in range(0, images, 10_000):
        part = embeddings[first : first + 10_000]
        part[:] = rng.standard_normal(part.shape, dtype=np.float32)
    wanted = rng.standard_normal(DIMENSIONS, dtype=np.float32)
    found["scan"] = [timed(lambda: _largest(embeddings @ wanted))[0] for _ in range(repeat)]
    try:
        import faiss
    except ImportError:
        return found
    flat = faiss.IndexFlatIP(DIMENSIONS)
    flat.add(embeddings)
    found["faiss"] = [timed(lambda: flat.search(wanted[None], TOP))[0] for _ in range(repeat)]
    return found


def _largest(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    chosen = np.argpartition(-values, TOP)[:TOP]
    return chosen[np.argsort(-values[chosen])]


def _alone(*arguments: object) -> dict[str, Any]:
    """A step in a process of its own, so that its memory and its first time are its own."""
    command = [sys.executable, str(Path(__file__).resolve()), *map(str, arguments)]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, Any] = json.loads(run.stdout)
    return result


def measure(sizes: Sequence[int], folder: Path, repeat: int, seed: int, full_up_to: int) -> list[dict[str, Any]]:
    """Everything, size by size."""
    rows = []
    for images in sizes:
        path = folder / f"{images}"
        built = build(path, images, seed)
        step: Callable[..., dict[str, Any]] = lambda *a, path=path: _alone("--step", *a, "--folder", path)  # noqa: E731
        row: dict[str, Any] = {"images": images, "build": built}
        for workers in (1, 2):
            say(f"million: {images:,} images, {workers} workers")
            row[f"workers_{workers}"] = step("ask", "--workers", workers, "--repeat", repeat)
        row["others"] = step("others", "--images", images, "--repeat", repeat)
        if images <= full_up_to:
            say(f"million: {images:,} images, full scans")
            row["full"] = step("full")
        rows.append(row)
    return rows


def report(rows: Sequence[dict[str, Any]]) -> None:
    """Print the tables."""
    sizes = []
    for row in rows:
        one = row["workers_1"]
        sizes.append(
            (
                number(row["images"]), number(one["detections"]), number(row["build"].get("images_per_second")),
                number(one["bytes_per_image"]), f"{one['bytes_per_detection']:.1f}", duration(one["open"]),
                f"{one['peak_mb']:,.0f} MB",
            )
        )  # fmt: skip
    columns = ("images", "detections", "images/s written", "bytes/image", "bytes/detection", "open", "peak memory")
    show("Archives", columns, sizes)
    for row in rows:
        scan = float(np.median(row["others"]["scan"]))
        lines = []
        for name in QUERIES:
            one, two = (row[f"workers_{w}"]["queries"][name] for w in (1, 2))
            p50, p95 = np.percentile(one["warm"], [50, 95])
            best = float(np.median(two["warm"]))
            duck = float(np.median(row["others"]["duckdb"][name]))
            lines.append(
                (
                    name, number(one["examined"]), duration(one["cold"]), duration(p50), duration(p95), duration(best),
                    duration(row["full"][name]) if "full" in row else "-", duration(duck), f"{best / scan:.2f}",
                    f"{best / duck:.3f}",
                )
            )  # fmt: skip
        columns = (
            "query",
            "looked at",
            "cold",
            "warm p50",
            "p95",
            "2 workers",
            "all images",
            "DuckDB",
            "/ scan",
            "/ DuckDB",
        )
        faiss = duration(float(np.median(row["others"]["faiss"]))) if "faiss" in row["others"] else "-"
        show(f"{row['images']:,} images; scan {duration(scan)} (numpy), {faiss} (faiss)", columns, lines)


def plot(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Growth of warm latency with images."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4.5))
    images = [row["images"] for row in rows]
    for name in QUERIES:
        axes.loglog(images, [np.median(r["workers_2"]["queries"][name]["warm"]) for r in rows], marker="o", label=name)
    axes.loglog(images, [np.median(r["others"]["scan"]) for r in rows], "k--", label="embedding scan")
    duck = [np.median(r["others"]["duckdb"]["two objects"]) for r in rows]
    axes.loglog(images, duck, "k:", label="DuckDB, two objects")
    axes.set(xlabel="images", ylabel="seconds for the 10 best, warm")
    axes.legend(fontsize=8)
    axes.grid(True, which="major", alpha=0.3)
    figure.tight_layout()
    figure.savefig(path)


def main() -> None:
    """Run a benchmark, or one step of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, nargs="+", default=[10_000, 100_000], metavar="N", help="sizes")
    parser.add_argument(
        "--folder", type=Path, default=Path("build/scale"), help="where archives are kept (build/scale)"
    )
    parser.add_argument("--repeat", type=int, default=10, help="warm runs of each query (10)")
    parser.add_argument("--seed", type=int, default=0, help="of the generated archives (0)")
    parser.add_argument("--full-up-to", type=int, default=100_000, help="largest archive that is also scanned in full")
    parser.add_argument("--workers", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--step", choices=("ask", "full", "others"), help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything that was measured to a file")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw how times grow (matplotlib)")
    options = parser.parse_args()
    if options.step == "ask":
        print(json.dumps(ask(options.folder, options.workers, options.repeat)))
    elif options.step == "full":
        print(json.dumps(full(options.folder)))
    elif options.step == "others":
        print(json.dumps(others(options.folder, options.images[0], options.repeat)))
    else:
        rows = measure(options.images, options.folder, options.repeat, options.seed, options.full_up_to)
        report(rows)
        if options.json:
            options.json.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1), encoding="utf-8")
        if options.plot:
            plot(rows, options.plot)


if __name__ == "__main__":
    main()
