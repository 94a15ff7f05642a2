"""Generated archives of any size, straight into columns: as crowded, as themed and as clustered as DOTA's images.

Images are made a thousand at a time, each thousand from a seed of its own: a small archive is the beginning of a large
one, and making it needs no more memory than it has.

python benchmarks/archives.py scenes/ --images 100000     # write one
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import numpy as np
from numpy.typing import NDArray
from support import peak_memory, say, timed

from rune_pl.archive import ArchiveWriter, Provenance
from rune_pl.archive.scenes import Scenes

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Median long side in pixels, and short side as a share of it.
CLASSES = {
    "airport": (250.0, 0.7),
    "baseball_diamond": (49.0, 0.92),
    "basketball_court": (51.0, 0.8),
    "bridge": (40.0, 0.45),
    "container_crane": (63.0, 0.67),
    "ground_track_field": (90.0, 0.6),
    "harbor": (64.0, 0.43),
    "helicopter": (53.0, 0.54),
    "helipad": (25.0, 0.9),
    "large_vehicle": (32.0, 0.41),
    "plane": (56.0, 0.84),
    "roundabout": (46.0, 0.94),
    "ship": (35.0, 0.4),
    "small_vehicle": (20.0, 0.52),
    "soccer_ball_field": (107.0, 0.56),
    "storage_tank": (25.0, 0.9),
    "swimming_pool": (36.0, 0.67),
    "tennis_court": (97.0, 0.6),
}
# How frequent a kind of place is, and what is there.
THEMES: tuple[tuple[float, dict[str, float]], ...] = (
    (0.16, {"ship": 0.68, "harbor": 0.22, "small_vehicle": 0.07, "large_vehicle": 0.02, "bridge": 0.01}),
    (0.12, {"plane": 0.7, "helicopter": 0.04, "storage_tank": 0.08, "small_vehicle": 0.14, "large_vehicle": 0.03,
            "airport": 0.01}),
    (0.32, {"small_vehicle": 0.74, "large_vehicle": 0.2, "roundabout": 0.02, "bridge": 0.02, "swimming_pool": 0.02}),
    (0.14, {"tennis_court": 0.25, "basketball_court": 0.08, "soccer_ball_field": 0.1, "ground_track_field": 0.12,
            "baseball_diamond": 0.1, "small_vehicle": 0.35}),
    (0.10, {"storage_tank": 0.55, "large_vehicle": 0.25, "ship": 0.1, "harbor": 0.07, "container_crane": 0.03}),
    (0.16, {"small_vehicle": 0.62, "swimming_pool": 0.3, "tennis_court": 0.06, "helipad": 0.02}),
)  # fmt: skip
# Detections per image: log-normal, with a mean of 67 after the cut, a median of 22 and a ninth decile of 150.
_MEDIAN, _SPREAD, _MOST = 22.5, 1.4958, 2000
_PER_CLUSTER = 12
_CHUNK = 1000
_TELL_SECONDS = 10.0


def generate(images: int, seed: int = 0) -> Scenes:
    """An archive of so many images, in memory."""
    counts = np.concatenate([_counts(chunk, images, seed) for chunk in _chunks(images)])
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    rows = int(start[-1])
    size = np.empty((images, 2))
    label, probability = np.empty(rows, dtype=np.int16), np.empty(rows)
    corners = np.empty((rows, 4, 2), dtype=np.float32)
    for chunk in _chunks(images):
        here = slice(chunk * _CHUNK, min((chunk + 1) * _CHUNK, images))
        mine = slice(int(start[here.start]), int(start[here.stop]))
        # A whole chunk is always made, so that the last, shorter one begins like any other.
        full = _counts(chunk, (chunk + 1) * _CHUNK, seed)
        made = _chunk(full, np.random.default_rng([seed, chunk, 1]))
        size[here] = made[0][: here.stop - here.start]
        for column, values in zip((label, probability, corners), made[1:], strict=True):
            column[mine] = values[: mine.stop - mine.start]
    return Scenes(
        classes=tuple(CLASSES),
        images=tuple(f"G{index:06d}" for index in range(images)),
        width=size[:, 0].copy(),
        height=size[:, 1].copy(),
        gsd=np.full(images, 0.3),
        transform=np.full((images, 6), np.nan),
        crs=(None,) * images,
        start=start,
        detection=(np.arange(rows, dtype=np.int64) - np.repeat(start[:-1], counts) + 1).astype(np.int32),
        label=label,
        score=probability.astype(np.float32),
        probability=probability,
        corners=corners,
    )


def pieces(images: int, seed: int = 0) -> Iterator[Scenes]:
    """The same archive a thousand images at a time: it never has to be in memory."""
    for chunk in _chunks(images):
        counts = _counts(chunk, images, seed)
        start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        full = _counts(chunk, (chunk + 1) * _CHUNK, seed)
        size, label, probability, corners = _chunk(full, np.random.default_rng([seed, chunk, 1]))
        rows = int(start[-1])
        yield Scenes(
            classes=tuple(CLASSES),
            images=tuple(f"G{index:06d}" for index in range(chunk * _CHUNK, chunk * _CHUNK + len(counts))),
            width=size[: len(counts), 0].copy(),
            height=size[: len(counts), 1].copy(),
            gsd=np.full(len(counts), 0.3),
            transform=np.full((len(counts), 6), np.nan),
            crs=(None,) * len(counts),
            start=start,
            detection=(np.arange(rows, dtype=np.int64) - np.repeat(start[:-1], counts) + 1).astype(np.int32),
            label=label[:rows],
            score=probability[:rows].astype(np.float32),
            probability=probability[:rows],
            corners=corners[:rows],
        )


def _chunks(images: int) -> range:
    return range(-(-images // _CHUNK))


def _counts(chunk: int, images: int, seed: int) -> IntArray:
    """Detections of each image of a chunk of an archive."""
    drawn = np.random.default_rng([seed, chunk, 0]).lognormal(np.log(_MEDIAN), _SPREAD, _CHUNK)
    counts: IntArray = np.minimum(np.rint(drawn), _MOST).astype(np.int64)
    return counts[: images - chunk * _CHUNK]


def _chunk(
    counts: IntArray, rng: np.random.Generator
) -> tuple[FloatArray, NDArray[np.int16], FloatArray, NDArray[np.float32]]:
    """Image sizes, and labels, probabilities and corners of the detections of a chunk of images."""
    images, rows = len(counts), int(counts.sum())
    size = np.rint(np.clip(rng.lognormal(np.log(1800.0), 0.5, (images, 2)), 1000.0, 4000.0))
    theme = rng.choice(len(THEMES), size=images, p=[share for share, _ in THEMES])
    image = np.repeat(np.arange(images), counts)

    per_image = 1 + counts // _PER_CLUSTER
    first = np.cumsum(per_image) - per_image
    of_cluster = np.repeat(np.arange(images), per_image)
    middle = rng.random((len(of_cluster), 2)) * size[of_cluster]
    main_class = _classes(theme[of_cluster], rng)
    direction = rng.uniform(0.0, np.pi, len(of_cluster))
    reach = rng.uniform(1.5, 5.0, len(of_cluster)) * _sides()[main_class, 0]

    cluster = first[image] + (rng.random(rows) * per_image[image]).astype(np.int64)
    kind = rng.random(rows)
    label = np.where(kind < 0.8, main_class[cluster], _classes(theme[image], rng))
    stray = kind >= 0.97
    label = np.where(stray, rng.integers(len(CLASSES), size=rows), label)
    center = middle[cluster] + rng.normal(size=(rows, 2)) * reach[cluster, None]
    center = np.clip(center, 0.0, size[image])
    angle = direction[cluster] + rng.normal(scale=0.1, size=rows)
    return size, label.astype(np.int16), _scores(stray, rng), _boxes(center, angle, label, rng)


def _sides() -> FloatArray:
    return np.array(list(CLASSES.values()))


def _classes(theme: IntArray, rng: np.random.Generator) -> IntArray:
    """A class for each of these themes, by what is there."""
    names = list(CLASSES)
    shares = np.array([[there.get(name, 0.0) for name in names] for _, there in THEMES])
    until = np.cumsum(shares, axis=1)
    drawn = rng.random(len(theme))
    return np.minimum((drawn[:, None] >= until[theme]).sum(axis=1), len(names) - 1)


def _scores(stray: NDArray[np.bool_], rng: np.random.Generator) -> FloatArray:
    """Half of them doubtful and close to the detector's threshold of 0.1, four in ten all but certain, few between."""
    rows = len(stray)
    kind = np.where(stray, 0.0, rng.random(rows))
    low = 0.1 + 0.25 * rng.beta(1.0, 2.5, rows)
    high = 0.99 - 0.25 * rng.beta(1.0, 3.0, rows)
    between = rng.uniform(0.3, 0.8, rows)
    scores: FloatArray = np.round(np.select([kind < 0.5, kind < 0.6], [low, between], high), 4)
    return scores


def _boxes(center: FloatArray, angle: FloatArray, label: IntArray, rng: np.random.Generator) -> NDArray[np.float32]:
    """(N, 4, 2) rectangles, clockwise as seen."""
    long, share = _sides()[label].T
    half_long = long * rng.lognormal(0.0, 0.25, len(label)) / 2
    half_short = half_long * share
    along = np.stack([np.cos(angle), np.sin(angle)], axis=1) * half_long[:, None]
    across = np.stack([-np.sin(angle), np.cos(angle)], axis=1) * half_short[:, None]
    offsets = np.stack([-along - across, along - across, along + across, -along + across], axis=1)
    return (center[:, None] + offsets).astype(np.float32)


def write(path: Path, images: int, seed: int = 0, *, progress: Callable[[int], None] | None = None) -> None:
    """Write an archive of so many images at `path`, as a stream; `progress` is called with the images done.

    Raises:
        ArchiveError: there is an archive already, or it cannot be written.
    """
    stated = Provenance("benchmarks/archives.py", "1", parameters={"seed": seed, "images": images})
    done = 0
    with ArchiveWriter(path, provenance=stated) as out:
        for scenes in pieces(images, seed):
            out.add_scenes(scenes)
            done += len(scenes)
            if progress is not None:
                progress(done)


def main() -> None:
    """Write an archive; print how long that took, and the most memory that it needed, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path, help="where the archive will be")
    parser.add_argument("--images", type=int, required=True, metavar="N", help="how many")
    parser.add_argument("--seed", type=int, default=0, help="of all that is drawn (0)")
    options = parser.parse_args()
    started = last = monotonic()

    def tell(done: int) -> None:
        nonlocal last
        if monotonic() - last > _TELL_SECONDS or done == options.images:
            last = monotonic()
            say(f"archives: {done:,} of {options.images:,} images, {last - started:.0f} s")

    took, _ = timed(lambda: write(options.path, options.images, options.seed, progress=tell))
    print(json.dumps({"seconds": took, "peak_mb": peak_memory()}))


if __name__ == "__main__":
    main()
