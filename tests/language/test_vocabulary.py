"""Words for classes: the built-in ontology, a user's own, and what an archive adds."""

from __future__ import annotations

from pathlib import Path

import pytest

from rune_pl.errors import UnknownClassError, VocabularyError
from rune_pl.language import Vocabulary

DOTA_V2 = [
    *("plane", "ship", "storage_tank", "baseball_diamond", "tennis_court", "basketball_court", "ground_track_field"),
    *("harbor", "bridge", "large_vehicle", "small_vehicle", "helicopter", "roundabout", "soccer_ball_field"),
    *("swimming_pool", "container_crane", "airport", "helipad"),
]

VOCABULARY = Vocabulary.load()


def test_the_classes_are_those_of_dota_v2() -> None:
    assert list(VOCABULARY.classes) == DOTA_V2


@pytest.mark.parametrize(
    ("word", "classes"),
    [
        ("plane", "plane"),
        ("Planes", "plane"),
        ("airplane", "plane"),
        ("aeroplanes", "plane"),
        ("boats", "ship"),
        ("vessel", "ship"),
        ("Storage Tank", "storage_tank"),
        ("storage-tanks", "storage_tank"),
        ("STORAGE_TANKS", "storage_tank"),
        ("storagetank", "storage_tank"),
        ("  oil   tanks ", "storage_tank"),
        ("harbour", "harbor"),
        ("ports", "harbor"),
        ("ferries", "ship"),
        ("lorries", "large_vehicle"),
        ("buses", "large_vehicle"),
        ("bus", "large_vehicle"),
        ("wharves", "harbor"),
        ("football pitches", "soccer_ball_field"),
        ("running track", "ground_track_field"),
        ("ground_track_fields", "ground_track_field"),
        ("vehicles", "small_vehicle large_vehicle"),
        ("aircraft", "plane helicopter"),
        ("court", "tennis_court basketball_court"),
    ],
)
def test_words_of_the_built_in_ontology(word: str, classes: str) -> None:
    assert VOCABULARY.resolve(word) == tuple(classes.split())
    assert VOCABULARY.knows(word)


@pytest.mark.parametrize("name", [*VOCABULARY.classes, *VOCABULARY.groups])
def test_labels_and_plurals_lead_back_to_the_class(name: str) -> None:
    expected = VOCABULARY.groups.get(name, (name,))
    assert VOCABULARY.resolve(VOCABULARY.label(name)) == expected
    assert VOCABULARY.resolve(VOCABULARY.plural(name)) == expected
    assert VOCABULARY.singular(name) == VOCABULARY.label(name)


def test_labels() -> None:
    assert VOCABULARY.label("storage_tank") == "storage tank"
    assert VOCABULARY.plural("ferry") == "ships"
    assert VOCABULARY.plural("aircraft") == "aircraft"
    assert VOCABULARY.label("vehicles") == "vehicle"


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("airplne", "did you mean airplane?"),
        ("harbur", "did you mean harbour?"),
        ("storage tnak", "storage_tank"),
        ("qqq", "known classes: plane"),
    ],
)
def test_unknown_words_get_a_suggestion(word: str, hint: str) -> None:
    assert not VOCABULARY.knows(word)
    with pytest.raises(UnknownClassError, match=f"unknown class '{word}'") as caught:
        VOCABULARY.resolve(word)
    assert hint in str(caught.value)


def test_long_unknown_words_are_cut() -> None:
    with pytest.raises(UnknownClassError) as caught:
        VOCABULARY.resolve("x" * 10_000)
    assert len(caught.value.message) < 100


def test_label_of_an_unknown_class() -> None:
    with pytest.raises(UnknownClassError):
        VOCABULARY.label("qqq")


# --- what an archive adds


def test_new_classes_of_an_archive_are_words() -> None:
    vocabulary = VOCABULARY.with_classes(["ship", "solar_panel", "building"])
    assert vocabulary.classes == (*DOTA_V2, "solar_panel", "building")
    assert vocabulary.resolve("solar panels") == ("solar_panel",)
    assert vocabulary.label("solar_panel") == "solar panel"
    assert not VOCABULARY.knows("solar_panel")


def test_a_synonym_that_is_a_class_of_the_archive_is_a_kind_of_the_class() -> None:
    vocabulary = VOCABULARY.with_classes(["car"])
    assert vocabulary.resolve("cars") == ("car",)
    assert vocabulary.resolve("small_vehicle") == ("small_vehicle", "car")
    assert vocabulary.resolve("automobile") == ("small_vehicle", "car")
    assert vocabulary.resolve("vehicle") == ("small_vehicle", "large_vehicle", "car")
    assert vocabulary.label("vehicle") == "vehicle"


def test_nothing_new_changes_nothing() -> None:
    assert VOCABULARY.with_classes(["ship", "plane"]) is VOCABULARY


# --- a user's own file


def write(folder: Path, text: str) -> Path:
    path = folder / "classes.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_own_ontology_replaces_the_built_in_one(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "classes:\n"
        "  solar_panel: {label: PV panel, synonyms: [photovoltaic panel, PV]}\n"
        "  wind_turbine:\n"
        "  sheep: {plural: sheep}\n"
        "  no:\n"
        "groups:\n"
        "  power_plant: {members: [solar_panel, wind_turbine], synonyms: [power works / power works]}\n",
    )
    vocabulary = Vocabulary.load(path)
    assert vocabulary.classes == ("solar_panel", "wind_turbine", "sheep", "no")
    assert vocabulary.resolve("pvs") == ("solar_panel",)
    assert vocabulary.resolve("wind turbines") == ("wind_turbine",)
    assert vocabulary.resolve("Power Works") == ("solar_panel", "wind_turbine")
    assert vocabulary.plural("sheep") == "sheep"
    assert vocabulary.label("solar_panel") == "PV panel"
    assert not vocabulary.knows("ship")


def test_own_ontology_may_extend_the_built_in_one(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "extends: dota\n"
        "classes:\n"
        "  truck: {synonyms: [lorry]}\n"
        "  harbor: {label: haven}\n"
        "  large_vehicle: {synonyms: [road train]}\n"
        "groups:\n"
        "  vehicle: {members: [small_vehicle, large_vehicle, truck]}\n",
    )
    vocabulary = Vocabulary.load(path)
    assert vocabulary.resolve("lorries") == ("truck",)
    assert vocabulary.resolve("road trains") == ("large_vehicle",)
    assert vocabulary.resolve("bus") == ("large_vehicle",)
    assert vocabulary.resolve("motor vehicle") == ("small_vehicle", "large_vehicle", "truck")
    assert vocabulary.resolve("port") == ("harbor",)
    assert vocabulary.resolve("havens") == ("harbor",)
    assert vocabulary.plural("harbor") == "havens"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", None, "empty"),
        ("[a, b]", 1, "the file must be a mapping"),
        ("extends: dota", 1, "defines no classes"),
        ("extends: coco\nclasses: {a: }", 1, "no built-in ontology 'coco'"),
        ("classes:\n  ship:\nclass: 3", 3, "unknown key 'class'"),
        ("classes: [ship]", 1, "classes must be a mapping"),
        ("classes:\n  Storage Tank:", 2, "cannot name a class"),
        ("classes:\n  ship:\n  ship:", 3, "stands twice"),
        ("classes:\n  ship:\n    synonym: [boat]", 3, "unknown key 'synonym'"),
        ("classes:\n  ship:\n    synonyms: boat", 3, "must be a list"),
        ("classes:\n  ship:\n    synonyms: [[boat]]", 3, "must be a word"),
        ("classes:\n  ship:\n    synonyms: [boat /]", 3, "singular / plural"),
        ("classes:\n  ship: 3", 2, "ship must be a mapping"),
        ("classes:\n  ship:\n    label: ''", 3, "label must be a word"),
        ("classes:\n  ship: {members: [a]}", 2, "unknown key 'members'"),
        ("classes:\n  ship: {synonyms: [boat]}\n  canoe:\n    synonyms: [boat]", 4, "stands for both ship and canoe"),
        ("classes: {ship: }\ngroups:\n  all: {synonyms: [x]}", 3, "has no members"),
        ("classes: {ship: }\ngroups:\n  all: {members: [boat]}", 3, "'boat' that is no class"),
        ("extends: dota\ngroups:\n  ship: {members: [plane]}", 3, "ship is a class already"),
        ("classes: {? [a] : b}", 1, "not a name"),
        ("classes:\n  a: {\n", 3, "not YAML"),
        ("a: \x01", None, "not YAML"),
        ("[" * 100_000, None, "nested too deeply"),
    ],
)
def test_mistakes_in_an_ontology_file_have_a_line(tmp_path: Path, text: str, line: int | None, words: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(VocabularyError) as caught:
        Vocabulary.load(path)
    assert words in str(caught.value)
    assert caught.value.line == line
    assert str(caught.value).startswith(str(path))


def test_ontology_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "classes.yaml"
    path.write_bytes(b"classes:\n  \xff\xfe:\n")
    with pytest.raises(VocabularyError, match="not UTF-8"):
        Vocabulary.load(path)


def test_ontology_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(VocabularyError, match="cannot be read"):
        Vocabulary.load(tmp_path / "none.yaml")


def test_ontology_file_that_is_too_large(tmp_path: Path) -> None:
    with pytest.raises(VocabularyError, match="bytes"):
        Vocabulary.load(write(tmp_path, "#" * 1_100_000))


# --- floods


FLOOD = Vocabulary.load("flood")


@pytest.mark.parametrize(
    ("word", "classes"),
    [
        ("houses", FLOOD.groups["building"]),
        ("road", ("flooded_road", "non_flooded_road")),
        ("dry streets", ("non_flooded_road",)),
        ("non-flooded buildings", ("non_flooded_building",)),
        ("submerged house", ("flooded_building",)),
        ("floodwater", ("water",)),
        ("severely damaged building", ("major_damage_building",)),
        ("damaged houses", ("minor_damage_building", "major_damage_building", "destroyed_building")),
        ("boats", ("ship",)),
        ("cars", ("small_vehicle",)),
    ],
)
def test_words_of_floods(word, classes):
    assert FLOOD.resolve(word) == classes


def test_an_archive_about_floods_brings_their_words():
    assert Vocabulary.of_archive(["ship", "plane"]) == VOCABULARY
    assert not Vocabulary.of_archive(["water", "tree"]).knows("flooded_building")
    vocabulary = Vocabulary.of_archive(["flooded_road", "vehicle", "rescue_dog"])
    assert vocabulary.resolve("streets") == ("flooded_road", "non_flooded_road")
    assert vocabulary.resolve("rescue dogs") == ("rescue_dog",)
    # A class that is called like a group joins it.
    assert vocabulary.resolve("vehicles") == ("small_vehicle", "large_vehicle", "vehicle")
    assert vocabulary.label("vehicle") == "vehicle"


def test_a_file_of_the_users_own_may_extend_the_words_of_floods(tmp_path):
    own = write(tmp_path, "extends: flood\nclasses:\n  sandbag:\n  tree:\n    synonyms: [palm]\n")
    vocabulary = Vocabulary.of_archive(["ship"], own)
    assert vocabulary.resolve("palms") == ("tree",)
    assert vocabulary.resolve("street") == ("flooded_road", "non_flooded_road")
    # Without that line the file means what it says, whatever the archive has.
    alone = Vocabulary.of_archive(["flooded_road"], write(tmp_path, "extends: dota\nclasses:\n  sandbag:\n"))
    assert not alone.knows("street")


def test_a_file_wins_over_an_ontology_of_its_name(tmp_path, monkeypatch):
    write(tmp_path, "classes:\n  sandbag:\n").rename(tmp_path / "flood")
    monkeypatch.chdir(tmp_path)
    assert Vocabulary.load("flood").classes == ("sandbag",)
    assert Vocabulary.of_archive(["flooded_road"]).knows("street")
