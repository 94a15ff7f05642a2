from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rune_pl.archive import Archive, ArchiveWriter, Detections, ImageRecord, Provenance, Scenes
from rune_pl.archive.sizes import LEVELS, SizeSamples, _Sample, joined


def square(side: float) -> list[list[float]]:
    return [[0, 0], [side, 0], [side, side], [0, side]]


def test_areas_by_class_in_square_metres_and_in_square_pixels(tmp_path: Path, provenance: Provenance) -> None:
    with ArchiveWriter(tmp_path / "a", provenance=provenance, classes=["bridge"]) as writer:
        for image, gsd, sides in (("p", 0.5, [4, 2]), ("q", 2.0, [1]), ("r", None, [3])):
            n = len(sides)
            boxes = Detections(["ship"] * n, [0.5] * n, [0.5] * n, [square(s) for s in sides])  # type: ignore[arg-type]
            writer.add(ImageRecord(image, gsd=gsd), boxes)
    metres, pixels = Archive.open(tmp_path / "a").class_size_quantiles()
    assert {name: values.tolist() for name, values in metres.items()} == {"ship": [1.0, 4.0, 4.0]}
    assert {name: values.tolist() for name, values in pixels.items()} == {"ship": [9.0]}


def test_a_turned_box_has_the_area_of_its_corners() -> None:
    diamond = [[0, -2], [1, 0], [0, 2], [-1, 0]]  # diagonals 4 and 2
    samples = SizeSamples(["ship"])
    samples.add(Scenes.from_detections([("p", "ship", 0.5, diamond), ("p", "ship", 0.5, diamond[::-1])]))
    assert samples.quantiles().square_pixels["ship"].tolist() == [4.0, 4.0]


def test_many_boxes_give_a_hundred_and_one_quantiles() -> None:
    sample = _Sample(10_000)
    values = np.random.default_rng(0).permutation(1001).astype(np.float64)
    for piece in np.array_split(values, 13):
        sample.add(piece)
    assert np.allclose(sample.quantiles(), np.arange(0, 1001, 10), rtol=1e-12)


def test_beyond_its_limit_a_sample_keeps_every_second_then_every_fourth_value_and_the_extremes() -> None:
    sample = _Sample(8)
    for value in range(20):
        sample.add(np.array([float(value)]))
    assert sample._values.tolist() == [0, 4, 8, 12, 16]
    assert (sample.quantiles()[0], sample.quantiles()[-1]) == (0.0, 19.0)


@pytest.mark.parametrize("pieces", [1, 7, 50])
def test_a_sample_does_not_depend_on_how_the_values_come(pieces: int) -> None:
    values = np.random.default_rng(1).random(5000)
    sample, whole = _Sample(256), _Sample(256)
    for piece in np.array_split(values, pieces):
        sample.add(piece)
    for value in values:
        whole.add(np.array([value]))
    assert np.array_equal(sample._values, whole._values)
    assert len(sample._values) <= 256
    exact = np.quantile(values, np.linspace(0, 1, LEVELS))
    assert np.abs(sample.quantiles() - exact).max() < 0.15


def ships(sides: np.ndarray, gsd: float | None) -> Scenes:
    records = [(f"p{k}", "ship", 0.5, square(side)) for k, side in enumerate(sides)]
    return Scenes.from_detections(records, gsd=gsd)  # type: ignore[arg-type]


@pytest.mark.parametrize("gsd", [None, 0.5])
def test_the_index_knows_what_reading_all_finds(tmp_path: Path, provenance: Provenance, gsd: float | None) -> None:
    sides = np.random.default_rng(2).uniform(1, 50, 700)
    with ArchiveWriter(tmp_path / "a", provenance=provenance) as writer:
        writer.add_scenes(ships(sides, None))
    archive = Archive.open(tmp_path / "a")
    told = archive.class_size_quantiles(gsd)
    assert archive.index.sizes is not None
    archive.index.sizes = None  # as an archive of an older version
    read = archive.class_size_quantiles(gsd)
    table = "square_pixels" if gsd is None else "square_metres"
    assert np.allclose(getattr(told, table)["ship"], getattr(read, table)["ship"], rtol=1e-12)
    assert [len(t) for t in told] == [len(t) for t in read] == ([0, 1] if gsd is None else [1, 0])


def test_parts_are_pooled_by_how_many_boxes_they_have() -> None:
    rng = np.random.default_rng(3)
    sides = np.concatenate([rng.uniform(1, 10, 4_000), rng.uniform(5, 60, 1_000), rng.uniform(1, 99, 3)])
    parts, whole = [], SizeSamples(["ship"])
    for piece in (slice(0, 4_000), slice(4_000, 5_000), slice(5_000, None)):
        samples = SizeSamples(["ship"])
        samples.add(ships(sides[piece], 1.0))
        whole.add(ships(sides[piece], 1.0))
        parts.append(samples.as_json())
    pooled, exact = joined(parts, ["ship"]).square_metres["ship"], whole.quantiles().square_metres["ship"]
    ranks = np.searchsorted(np.sort(np.square(sides)), pooled) / len(sides)
    assert np.abs(ranks - np.linspace(0, 1, LEVELS)).max() < 0.02
    assert (pooled[0], pooled[-1]) == pytest.approx((exact[0], exact[-1]), rel=1e-6)
    few = joined([parts[2], parts[2]], ["ship"]).square_metres["ship"]
    assert np.allclose(few, np.repeat(np.sort(np.square(sides[5_000:])), 2), rtol=1e-6)
