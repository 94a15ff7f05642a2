"""The real DOTA files, where they are; counted here by other means than the importer's."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import shapely

from rune_pl.archive import Archive
from rune_pl.archive.formats import import_archive

DOTA = Path(os.environ.get("RUNE_DOTA", Path(__file__).parents[4] / "shared/data/dota-val"))

pytestmark = pytest.mark.skipif(not DOTA.is_dir(), reason=f"no DOTA data in {DOTA} (set RUNE_DOTA)")


def test_detections(tmp_path):
    lines = {}
    for path in sorted((DOTA / "detections").glob("Task1_*.txt")):
        name = path.stem.removeprefix("Task1_").replace("-", "_")
        for line in path.read_text().splitlines():
            image, score, *corners = line.split()
            lines.setdefault(image, []).append((name, float(score), np.array(corners, dtype=float).reshape(4, 2)))
    report = import_archive("dota-results", DOTA / "detections", tmp_path / "A")
    assert report.images == len(lines)
    assert report.detections == sum(map(len, lines.values()))
    assert report.skipped == 0
    if "RUNE_DOTA" not in os.environ:
        assert (report.images, report.detections, report.widened) == (229, 53_808, 1)

    scenes = Archive.open(tmp_path / "A").scenes()
    assert scenes.images == tuple(sorted(lines))
    flat = [record for image in scenes.images for record in lines[image]]
    assert [scenes.classes[i] for i in scenes.label] == [name for name, _, _ in flat]
    np.testing.assert_allclose(scenes.probability, [score for _, score, _ in flat], rtol=0, atol=1e-12)
    given, stored = shapely.polygons([corners for _, _, corners in flat]), shapely.polygons(scenes.corners)
    same = shapely.area(shapely.symmetric_difference(given, stored)) < 1e-3 * np.maximum(shapely.area(given), 1)
    assert (~same).sum() == report.widened
    assert not shapely.is_ccw(shapely.get_exterior_ring(shapely.polygons(scenes.corners * [1, -1]))).any()


def test_annotations(tmp_path):
    boxes = {}
    for path in sorted((DOTA / "labelTxt").glob("*.txt")):
        rows = [line.split() for line in path.read_text().splitlines() if ":" not in line and line.strip()]
        boxes[path.stem] = rows
    report = import_archive("dota", DOTA / "labelTxt", tmp_path / "A")
    assert (report.images, report.detections) == (len(boxes), sum(map(len, boxes.values())))
    assert (report.skipped, report.widened) == (0, 0)

    scenes = Archive.open(tmp_path / "A").scenes()
    assert scenes.images == tuple(sorted(boxes))
    assert np.diff(scenes.start).tolist() == [len(boxes[image]) for image in scenes.images]
    assert (scenes.probability == 1).all()
    flat = [row for image in scenes.images for row in boxes[image]]
    assert [scenes.classes[i] for i in scenes.label] == [row[8].replace("-", "_") for row in flat]
    given = shapely.polygons(np.array([row[:8] for row in flat], dtype=float).reshape(-1, 4, 2))
    convex = np.isclose(shapely.area(given), shapely.area(shapely.convex_hull(given))) & shapely.is_valid(given)
    stored = shapely.polygons(scenes.corners)
    assert convex.mean() > 0.99
    assert shapely.area(shapely.symmetric_difference(given[convex], stored[convex])).max() < 1e-6
    assert shapely.covers(shapely.buffer(stored, 1e-2), shapely.convex_hull(given)).all()
    unknown = {p.stem for p in (DOTA / "labelTxt").glob("*.txt") if "gsd:null" in p.read_text()}
    assert {image for image, gsd in zip(scenes.images, scenes.gsd, strict=True) if np.isnan(gsd)} == unknown
