"""The retrieval queries of `benchmarks/queries/`: rules in levels, with wordings, neither rare nor common."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest
import yaml
from scenes import LIBRARY, VOCABULARY

from rune_pl.archive import Archive
from rune_pl.archive.formats.importing import import_archive
from rune_pl.errors import RuneError
from rune_pl.evaluate import read_queries
from rune_pl.evaluate.complexity import complexity
from rune_pl.evaluate.data import sizes_of
from rune_pl.inference import NativeEngine, Query
from rune_pl.language import check_program, parse_program
from rune_pl.language.equivalence import Normalizer
from rune_pl.translate import ControlledEnglish

DOTA_V1 = {
    "plane", "ship", "storage_tank", "baseball_diamond", "tennis_court", "basketball_court", "ground_track_field",
    "harbor", "bridge", "large_vehicle", "small_vehicle", "helicopter", "roundabout", "soccer_ball_field",
    "swimming_pool",
}  # fmt: skip
LEAST, MOST = 0.02, 0.60
SETS = {"dota": 120, "sample": 30}


@pytest.fixture(params=SETS)
def name(request):
    return request.param


def entries(repository, name):
    path = repository / "benchmarks" / "queries" / f"{name}.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))["queries"]


def checked(rule):
    return check_program(parse_program(rule), library=LIBRARY, vocabulary=VOCABULARY)


def test_the_files_are_read(repository, name):
    found = read_queries(repository / "benchmarks" / "queries" / f"{name}.yaml")
    assert len(found) >= SETS[name]
    assert all(query.rule and query.texts and query.tags for query in found.queries)


def test_rules_check_and_differ(repository, name):
    forms = Counter()
    normalizer = Normalizer(LIBRARY)
    for entry in entries(repository, name):
        program = checked(entry["rule"])
        assert not program.warnings, entry["id"]
        assert entry["level"] == complexity(program.program).level, entry["id"]
        forms[normalizer.normal_form(program.program)] += 1
    assert [form for form, times in forms.items() if times > 1] == []


def test_there_are_six_levels(repository, name):
    levels = Counter(entry["level"] for entry in entries(repository, name))
    assert sorted(levels) == [1, 2, 3, 4, 5, 6]
    assert min(levels.values()) >= (15 if name == "dota" else 4)


def test_there_are_three_wordings_and_no_text_twice(repository, name):
    texts = Counter(" ".join(re.findall(r"\w+", t.casefold())) for e in entries(repository, name) for t in e["text"])
    assert all(len(entry["text"]) == 3 for entry in entries(repository, name))
    assert [text for text, times in texts.items() if times > 1] == []


def test_controlled_english_means_the_rule(repository, name):
    translator, normalizer = ControlledEnglish(VOCABULARY), Normalizer(LIBRARY)
    taken = 0
    for entry in entries(repository, name):
        meant = normalizer.normal_form(checked(entry["rule"]).program)
        for position, text in enumerate(entry["text"]):
            try:
                rule = translator.translate(text).rule
            except RuneError:
                assert position, text  # the first wording is controlled English
                continue
            taken += 1
            assert normalizer.normal_form(checked(rule).program) == meant, text
    assert taken > len(entries(repository, name))


def test_dota_queries_are_about_the_classes_of_dota_v1(repository):
    for entry in entries(repository, "dota"):
        assert set(re.findall(r"\bobject\(\w+, (\w+)\)", entry["rule"])) <= {*DOTA_V1, *VOCABULARY.groups}, entry["id"]
        assert checked(entry["rule"]).needs <= {"gsd"}, entry["id"]


def test_neither_rare_nor_common_on_dota(repository, dota, tmp_path):
    import_archive("dota", dota / "labelTxt", tmp_path / "truth")
    scenes = Archive.open(tmp_path / "truth").scenes()
    engine, sizes = NativeEngine(), sizes_of(scenes)
    for entry in entries(repository, "dota"):
        answers = engine.answers(Query(checked(entry["rule"]), LIBRARY, sizes), scenes)
        part = np.nanmean(answers.probability >= 0.5)
        usual = LEAST <= part <= MOST
        assert usual != ("exception" in entry), f"{entry['id']}: {part:.1%} of the images"
