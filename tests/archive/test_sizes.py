from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rune_pl.archive import Archive, ArchiveWriter, Detections, ImageRecord, Provenance, Scenes
from rune_pl.archive.sizes import LEVELS, SizeSamples, _Sample


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
