"""The tables and the drawing of what `scale.py` measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from measured import Measured
from mix import RULES
from support import duration, number, show
from targets import Target
from targets import report as report_targets

FULL_SIZE = 1_000_000
_RATIOS = (
    ("class", "numpy", 0.5), ("count", "numpy", 0.5), ("two objects", "numpy", 1.0), ("two objects", "DuckDB", 1.0),
)  # fmt: skip
_ONE, _TWO, _DUCK = "rune-pl 1", "rune-pl 2", "DuckDB"


def report(measured: Measured) -> None:
    """Print the tables."""
    show(
        "Archives",
        (
            "images", "detections", "parts", "images/s written", "bytes/image", "bytes/detection", "with index", "open",
            "peak memory",
        ),
        [_archive(measured, images) for images in measured.sizes],
    )  # fmt: skip
    for images in measured.sizes:
        asked = {record.get("query") for record in measured.records if record["images"] == images}
        rows = [_line(measured, images, query) for query in RULES if query in asked]
        scans = ", ".join(f"{who} {duration(_scan(measured, images, who))}" for who in ("numpy", "faiss"))
        columns = (
            "query", "looked at", "cold p50", "p95", "warm p50", "p95", "2 workers", "p95", "every image",
            "DuckDB cold", "DuckDB", "/ numpy", "/ faiss", "/ DuckDB",
        )  # fmt: skip
        show(f"{images:,} images; embedding scan: {scans}", columns, rows)
    report_targets(targets(measured))


def _archive(measured: Measured, images: int) -> tuple[str, ...]:
    size, built = measured.find(images, "size"), measured.find(images, "build")
    if size is None:
        return (number(images), *["-"] * 8)
    data, index = _bytes(size)
    opening, peak = _opening(measured, images), _peak(measured, images)
    return (
        number(images),
        number(size["detections"]),
        number(size["parts"]),
        number(None if built is None else built["per_second"]),
        number((data + index) / images),
        f"{data / size['detections']:.1f}",
        f"{(data + index) / size['detections']:.1f}",
        duration(opening),
        "-" if peak is None else f"{peak:,.0f} MB",
    )


def _bytes(size: dict[str, Any]) -> tuple[int, int]:
    """Of detections, images and manifest, and of everything else: what is there to answer quickly."""
    data = sum(size["bytes"].get(kind, 0) for kind in ("detections", "images", "manifest"))
    return data, sum(size["bytes"].values()) - data


def _opening(measured: Measured, images: int) -> float | None:
    times = [t for r in measured.of(images, "cold") if r["who"] == _ONE for t in r["open"]]
    return float(np.median(times)) if times else None


def _peak(measured: Measured, images: int) -> float | None:
    """The most that a process needed that was asked all queries, several times."""
    peaks = [r["peak_mb"] for r in measured.of(images, "warm") if r["who"] in (_ONE, _TWO) and "peak_mb" in r]
    return max(peaks, default=None)


def _line(measured: Measured, images: int, query: str) -> tuple[str, ...]:
    cold, duck_cold = (measured.find(images, "cold", query, who) for who in (_ONE, _DUCK))
    one, two, duck = (measured.find(images, "warm", query, who) for who in (_ONE, _TWO, _DUCK))
    every = measured.find(images, "all", query)
    ratios = [_ratio(measured, images, query, who) for who in ("numpy", "faiss", _DUCK)]
    return (
        query,
        number((one or {}).get("examined")),
        *(_shown(cold, share) for share in (50, 95)),
        *(_shown(one, share) for share in (50, 95)),
        *(_shown(two, share) for share in (50, 95)),
        _shown(every, 50),
        _shown(duck_cold, 50),
        _shown(duck, 50),
        *("-" if ratio is None else f"{ratio:.2f}" if ratio >= 0.01 else f"{ratio:.4f}" for ratio in ratios),
    )


def _shown(record: dict[str, Any] | None, share: int) -> str:
    """A percentile of what was measured, or why there is none."""
    if record is None or "missing" in record:
        return "-"
    if "over" in record:
        return f"> {record['over']:g} s"
    return "failed" if "failed" in record else duration(_percentile(record, share))


def _percentile(record: dict[str, Any] | None, share: int = 50) -> float | None:
    times = None if record is None or "over" in record else record.get("seconds")
    return None if times in (None, []) else float(np.percentile(times, share))


def _best(measured: Measured, images: int, query: str) -> float | None:
    """Of one worker and two, whichever is quicker."""
    found = [_percentile(measured.find(images, "warm", query, who)) for who in (_ONE, _TWO)]
    return min((seconds for seconds in found if seconds is not None), default=None)


def _ratio(measured: Measured, images: int, query: str, who: str) -> float | None:
    """To what another one took in the same rounds; at most that where the other passed the limit."""
    record = measured.find(images, "warm", query, who) or {}
    best, other = _best(measured, images, query), record.get("over") or _percentile(record)
    return None if best is None or other is None else best / other


def _scan(measured: Measured, images: int, who: str) -> float | None:
    times = [t for r in measured.of(images, "warm") if r["who"] == who for t in r["seconds"]]
    return float(np.median(times)) if times else None


def targets(measured: Measured) -> list[Target]:
    """The targets, at a million images; of another size it is shown, and decides nothing."""
    images = max(measured.sizes, default=0)
    found = []
    goals = [
        ("class", "numpy", 0.5),
        ("count", "numpy", 0.5),
        ("two objects", "numpy", 1.0),
        ("two objects", _DUCK, 1.0),
    ]
    for query, who, most in goals:
        ratio = _ratio(measured, images, query, who)
        late = ratio is None and any(
            "over" in (measured.find(images, "warm", query, rune) or {}) for rune in (_ONE, _TWO)
        )
        found.append((f"{query}: under {most:g} of {who}", "no answer within the limit" if late else None, ratio, most))
    size, peak, opening = measured.find(images, "size"), _peak(measured, images), _opening(measured, images)
    found.append(("peak memory in MB: under 4,000", None, peak, 4000.0))
    each = None if size is None else _bytes(size)[0] / size["detections"]
    found.append(("bytes per detection, index apart: under 40", None, each, 40.0))
    whole = None if size is None else sum(_bytes(size)) / size["detections"]
    found.append(("bytes per detection, with index: under 40", None, whole, 40.0))
    found.append(("seconds to open: under 1", None, opening, 1.0))
    return [_target(goal, reason, value, most, images) for goal, reason, value, most in found]


def _target(goal: str, reason: str | None, value: float | None, most: float, images: int) -> Target:
    full = images >= FULL_SIZE
    where = "" if full else f" at {images:,} images"
    if value is None:
        return Target(goal, None if reason is None else reason + where, False if reason and full else None)
    return Target(goal, number(value) + where, value < most if full else None)


def plot(measured: Measured, name: Path) -> list[Path]:
    """Draw how warm times, and the number of images that are looked at, grow with the archive; PNG and SVG."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.6))
    sizes = measured.sizes
    for query in (query for query in RULES if any(record.get("query") == query for record in measured.records)):
        times = [(n, _best(measured, n, query)) for n in sizes]
        line = left.plot(*_known(times), marker="o", label=query)[0]
        looked = [(n, (measured.find(n, "warm", query, _ONE) or {}).get("examined")) for n in sizes]
        right.plot(*_known(looked), marker="o", label=query, color=line.get_color())
    left.plot(*_known([(n, _scan(measured, n, "numpy")) for n in sizes]), "k--", label="embedding scan (numpy)")
    left.plot(*_known([(n, _scan(measured, n, "faiss")) for n in sizes]), "k-.", label="embedding scan (faiss)")
    duck = [(n, _percentile(measured.find(n, "warm", "two objects", _DUCK))) for n in sizes]
    left.plot(*_known(duck), "k:", label="DuckDB, two objects")
    right.plot(sizes, sizes, color="0.7", label="all images")
    left.set(ylabel="seconds for the 10 best, warm", title="time")
    right.set(ylabel="images", title="looked at")
    for axes in (left, right):
        axes.set(xlabel="images in the archive", xscale="log", yscale="log")
        axes.grid(True, which="major", alpha=0.3)
        axes.legend(fontsize=8)
    figure.tight_layout()
    paths = [name.with_name(f"{name.name}.{kind}") for kind in ("png", "svg")]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path)
        if path.suffix == ".svg":
            _describe(path)
    pyplot.close(figure)
    return paths


def _describe(path: Path) -> None:
    """Say in an SVG what it shows, for those who cannot see it."""
    told = (
        "<title>Time and images looked at</title><desc>Seconds for the 10 best, and images looked at, by size.</desc>"
    )
    text = path.read_text(encoding="utf-8")
    end = text.index(">", text.index("<svg")) + 1
    path.write_text(text[:end] + told + text[end:], encoding="utf-8")


def _known(points: list[tuple[int, float | None]]) -> tuple[list[int], list[float]]:
    known = [(n, value) for n, value in points if value is not None]
    return [n for n, _ in known], [value for _, value in known]
