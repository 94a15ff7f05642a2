"""Archives of versions that wrote no index open, and answer as they did; `data/without-index` is `PORT`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import rune_pl
from rune_pl.archive import Archive, ArchiveWriter, Detections, ImageRecord, Provenance
from rune_pl.archive.compact import compact
from tests.retrieval.archives import NEAR, NEAR_BY_HAND, box, corners

OLD = Path(__file__).parents[1] / "archive" / "data" / "without-index"


@pytest.fixture
def path(tmp_path):
    shutil.copytree(OLD, tmp_path / "a")
    return tmp_path / "a"


def answers(path, **options):
    return {h.image: h.probability for h in rune_pl.open_archive(path).query(rule=NEAR, **options)}


def test_it_opens_and_answers_as_it_did(path):
    archive = Archive.open(path)
    assert [part.index for part in archive.manifest.parts] == [None]
    assert archive.check().ok
    assert answers(path, top=0) == pytest.approx(NEAR_BY_HAND)
    found = rune_pl.open_archive(path).query(rule=NEAR, top=1)
    assert ([h.image for h in found], found.examined) == (["P1"], 5)


def test_compact_adds_an_index_and_changes_no_answer(path):
    compact(path)
    archive = Archive.open(path)
    assert all(part.index is not None for part in archive.manifest.parts)
    assert archive.check().ok
    assert answers(path, top=0) == pytest.approx(NEAR_BY_HAND)


def test_parts_with_and_without_an_index_go_together(path):
    with ArchiveWriter(path, provenance=Provenance("tests", "2"), mode="append") as writer:
        both = [corners(box(0)), corners(box(30))]
        writer.add(ImageRecord("N"), Detections(["ship", "harbor"], [0.9] * 2, [0.9, 0.5], both))
    archive = Archive.open(path)
    assert [part.index is None for part in archive.manifest.parts] == [True, False]
    assert archive.check().ok
    assert answers(path, top=2) == pytest.approx({"P1": 0.81, "N": 0.45})
