"""Answers with a calibration: nothing is left out on the word of an index of other probabilities, or of a cache."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import rune_pl
from rune_pl.archive import Archive, ArchiveWriter, Provenance
from rune_pl.calibration import Calibration, calibrate_archive
from rune_pl.calibration.maps import Logistic
from rune_pl.calibration.presence import FEATURES, PresenceModel
from rune_pl.errors import UsageError
from rune_pl.retrieval.cache import QueryCache
from tests.retrieval.archives import box, write_archive

SHIP = "retrieve :- object(A, ship)."
RULES = (
    SHIP,
    "retrieve :- object(A, ship), object(B, harbor), near(A, B).",
    "retrieve :- object(A, harbor), \\+ object(_, ship).",
    "retrieve :- at_least(2, A, object(A, ship)).",
)
# Of ships the lowest scores become the highest probabilities: what the index says is all wrong then.
TURNED = Calibration({"ship": Logistic(-2.0)}, Logistic(1.0), name="turned")
STEEP = Calibration({}, Logistic(3.0, -1.0), name="steep")
PRESENT = Calibration(
    {}, Logistic(1.0), PresenceModel(0.3, dict.fromkeys(FEATURES, 0.2), {"ship": -0.4}), name="present"
)


@pytest.fixture
def path(tmp_path):
    images = {
        f"P{k:02}": [
            ("ship", (k % 37 + 1) / 40, box(0)),
            ("harbor", (k % 11 + 1) / 12, box(30)),
            ("ship", (k % 5 + 1) / 20, box(60)),
        ]
        for k in range(70)
    }
    return write_archive(tmp_path / "a", images)


@pytest.fixture
def cache(tmp_path):
    return QueryCache(tmp_path / "cache" / "queries.sqlite")


def listed(results):
    return [(h.image, h.probability, h.best, h.calibration) for h in results]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("calibration", [TURNED, STEEP, PRESENT], ids=lambda c: c.name)
@pytest.mark.parametrize("least", [0.0, 0.4])
def test_they_are_those_of_the_full_scan_without_cache(path, cache, rule, calibration, least):
    options = {"top": 3, "min_probability": least}
    opened = rune_pl.open_archive(path, calibration=calibration)
    prepared = opened.prepare(rule=rule)
    full = opened.run(prepared, bounded=False, **options)
    assert (full.examined, full.total) == (70, 70)
    raw = rune_pl.open_archive(path)
    raw.run(prepared, cache=cache, **options)  # what must not be mistaken for it
    for archive, given in ((opened, {}), (raw, {"calibration": calibration})):
        for _ in range(2):  # the second time from the cache
            found = archive.run(prepared, cache=cache, **options, **given)
            assert listed(found) == listed(full)
            assert (found.examined, found.total, found.calibration) == (70, 70, full.calibration)


def test_bounds_of_the_scores_would_find_others(path):
    raw, turned = (rune_pl.open_archive(path, calibration=c).query(rule=SHIP, top=3) for c in (None, TURNED))
    assert raw.examined < 70
    assert not {h.image for h in raw} & {h.image for h in turned}


def test_two_calibrations_share_no_answers(path, cache):
    found = []
    for calibration in (None, TURNED, STEEP, PRESENT):
        archive = rune_pl.open_archive(path, calibration=calibration)
        mine = archive.run(archive.prepare(rule=SHIP), top=3, cache=cache)
        assert listed(mine) == listed(archive.query(rule=SHIP, top=3))
        found.append(listed(mine))
    assert all(one != other for k, one in enumerate(found) for other in found[:k])


def test_a_calibrated_copy_has_an_index_of_its_own(path, tmp_path):
    calibrate_archive(path, tmp_path / "b", TURNED)
    copied = rune_pl.open_archive(tmp_path / "b")
    prepared = copied.prepare(rule=SHIP)
    some, every = copied.run(prepared, top=3), copied.run(prepared, top=3, bounded=False)
    assert [h.image for h in some] == [h.image for h in every]
    assert some.examined < 70
    asked = rune_pl.open_archive(path).run(prepared, top=3, calibration=TURNED)
    assert [(h.image, h.probability) for h in some] == [
        (h.image, pytest.approx(h.probability, abs=1e-9)) for h in asked
    ]
    with pytest.raises(UsageError, match="calibrated already"):
        copied.run(prepared, calibration=TURNED)


def test_the_index_of_a_copy_is_of_its_probabilities(path, tmp_path):
    calibrate_archive(path, tmp_path / "b", STEEP)
    archive = Archive.open(tmp_path / "b")
    scenes = archive.scenes()
    code = archive.classes.index("ship")
    for image in range(len(scenes)):
        rows = slice(scenes.start[image], scenes.start[image + 1])
        chance = scenes.probability[rows][scenes.label[rows] == code]
        assert archive.index.column("ship", "expected")[image] == pytest.approx(chance.sum(), rel=1e-6)
        assert np.exp(archive.index.column("ship", "none")[image]) == pytest.approx(np.prod(1 - chance), rel=1e-5)


def test_images_appended_with_other_probabilities_have_theirs(path):
    with ArchiveWriter(path, provenance=Provenance("tests", "2"), mode="append") as writer:
        scenes = TURNED.apply(Archive.open(path).scenes(["P00"]))
        writer.add_scenes(replace(scenes, images=("Z",)))
    archive = rune_pl.open_archive(path)
    prepared = archive.prepare(rule=SHIP)
    some, every = archive.run(prepared, top=2), archive.run(prepared, top=2, bounded=False)
    assert [h.image for h in some] == [h.image for h in every]
    assert some[0].image == "Z"
