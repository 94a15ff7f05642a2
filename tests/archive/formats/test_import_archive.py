from __future__ import annotations

import sqlite3

import numpy as np
import pytest
from PIL import Image

from rune_pl.archive import Archive
from rune_pl.archive.formats import FORMATS, import_archive, spill
from rune_pl.errors import ArchiveError, ArchiveExistsError, FormatError, ImportRefusedError, RuneError, UsageError

BOX = "0 0 4 0 4 2 0 2 small-vehicle 0\n"


@pytest.fixture
def source(folder):
    return folder({"P1.txt": "gsd:0.5\n" + BOX, "P2.txt": "", "P3.txt": "bad\n" + BOX + "worse\n"})


@pytest.fixture
def good(folder):
    return folder({"P1.txt": "gsd:0.5\n" + BOX, "P2.txt": ""}, "good")


def test_what_is_imported_comes_out_of_the_archive(good, tmp_path):
    seen: list[tuple[int, int]] = []
    report = import_archive("dota", good, tmp_path / "A", progress=lambda done, total: seen.append((done, total)))
    assert (report.images, report.detections, report.skipped, report.widened) == (2, 1, 0, 0)
    archive = Archive.open(tmp_path / "A")
    scenes = archive.scenes()
    assert scenes.images == ("P1", "P2")
    assert scenes.gsd[0] == 0.5 and np.isnan(scenes.gsd[1])
    assert [scenes.classes[i] for i in scenes.label] == ["small_vehicle"]
    assert scenes.corners.tolist() == [[[0, 0], [4, 0], [4, 2], [0, 2]]]
    assert seen == [(0, 2), (1, 2), (2, 2)]


def test_bad_lines_are_all_told_and_nothing_is_written(source, tmp_path):
    with pytest.raises(ImportRefusedError) as error:
        import_archive("dota", source, tmp_path / "A")
    assert [(e.path.name, e.line) for e in error.value.problems] == [("P3.txt", 1), ("P3.txt", 3)]
    assert error.value.complete
    assert str(error.value).startswith(f"{source}/P3.txt:1: the line has 1 fields")
    assert "and 1 other problem)" in str(error.value)
    assert not (tmp_path / "A").exists() or not list((tmp_path / "A").rglob("*.parquet"))
    with pytest.raises(ArchiveError):
        Archive.open(tmp_path / "A")


def test_skip_bad_imports_the_rest_and_counts(source, tmp_path):
    report = import_archive("dota", source, tmp_path / "A", skip_bad=True)
    assert (report.images, report.detections, report.skipped) == (3, 2, 2)
    assert [p.line for p in report.problems] == [1, 3]
    assert Archive.open(tmp_path / "A").scenes().images == ("P1", "P2", "P3")


def test_reading_stops_after_twenty_bad_lines(folder, tmp_path):
    place = folder({"P1.txt": "bad\n" * 50})
    with pytest.raises(ImportRefusedError) as error:
        import_archive("dota", place, tmp_path / "A")
    assert len(error.value.problems) == 20
    assert not error.value.complete
    assert "and 19 or more other problems" in str(error.value)
    with pytest.raises(FormatError, match="nothing to import; 50 bad lines or files were left out"):
        import_archive("dota", place, tmp_path / "A", skip_bad=True)


def test_a_failed_import_leaves_the_archive_that_was_there(source, good, tmp_path):
    import_archive("dota", good, tmp_path / "A")
    before = Archive.open(tmp_path / "A").scenes().images
    for mode in ("replace", "append"):
        with pytest.raises(ImportRefusedError):
            import_archive("dota", source, tmp_path / "A", mode=mode)
        assert Archive.open(tmp_path / "A").scenes().images == before


def test_modes(good, folder, tmp_path):
    other = folder({"P7.txt": BOX}, "other")
    import_archive("dota", good, tmp_path / "A")
    with pytest.raises(ArchiveExistsError):
        import_archive("dota", other, tmp_path / "A")
    import_archive("dota", other, tmp_path / "A", mode="append")
    assert sorted(Archive.open(tmp_path / "A").scenes().images) == ["P1", "P2", "P7"]
    import_archive("dota", other, tmp_path / "A", mode="replace")
    assert Archive.open(tmp_path / "A").scenes().images == ("P7",)


def test_an_image_that_the_archive_has_already_cannot_be_added(good, tmp_path):
    import_archive("dota", good, tmp_path / "A")
    with pytest.raises(ImportRefusedError, match="image 'P1' is in the archive already"):
        import_archive("dota", good, tmp_path / "A", mode="append")
    (good / "P7.txt").write_text(BOX)
    report = import_archive("dota", good, tmp_path / "A", mode="append", skip_bad=True)
    assert (report.images, report.skipped) == (1, 2)
    assert Archive.open(tmp_path / "A").scenes().images == ("P1", "P2", "P7")


def test_options_that_mean_nothing_to_the_format_are_refused(good, tmp_path):
    with pytest.raises(UsageError, match="the format dota takes no --classes .it takes --gsd, --images, --size"):
        import_archive("dota", good, tmp_path / "A", classes="names.txt")
    with pytest.raises(
        UsageError, match="there is no format 'voc' .choose one of dota, dota-results, yolo-obb, coco, geojson"
    ):
        import_archive("voc", good, tmp_path / "A")
    for wrong in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(UsageError, match="ground sampling distance"):
            import_archive("dota", good, tmp_path / "A", gsd=wrong)
    for size in ((0, 5), (5, -1), (5, 10**9)):
        with pytest.raises(UsageError, match="the size"):
            import_archive("dota", good, tmp_path / "A", size=size)
    assert not (tmp_path / "A").exists()


def test_the_archive_tells_where_its_data_came_from(good, tmp_path):
    import_archive("dota", good, tmp_path / "A", gsd=2.0, size=(5, 6), command="rune-pl import dota")
    text = "".join(p.read_text() for p in (tmp_path / "A").glob("*.json"))
    for words in ("import dota", str(good), "rune-pl import dota", "skip_bad"):
        assert words in text


def test_a_full_temporary_folder_is_told_in_one_line(folder, tmp_path, monkeypatch):
    class Full:
        def __init__(self, *args, **more):
            raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(spill.sqlite3, "connect", Full)
    place = folder({"Task1_ship.txt": "P1 0.5 0 0 4 0 4 2 0 2\n"})
    with pytest.raises(RuneError, match="the temporary store of the import failed: database or disk is full .*TMPDIR"):
        import_archive("dota-results", place, tmp_path / "A")
    assert not list((tmp_path / "A").rglob("*.parquet"))


def test_formats_cannot_be_changed_by_accident():
    assert list(FORMATS) == ["dota", "dota-results", "yolo-obb", "coco", "geojson", "xbd", "floodnet"]
    with pytest.raises(TypeError):
        FORMATS["x"] = FORMATS["dota"]


def test_image_paths_are_seen_from_the_archive(tmp_path, monkeypatch):
    images, labels = tmp_path / "pictures", tmp_path / "labels"
    images.mkdir()
    labels.mkdir()
    Image.new("RGB", (40, 30)).save(images / "P1.png")
    (labels / "P1.txt").write_text("0 0 9 0 9 9 0 9 ship 0\n")
    monkeypatch.chdir(tmp_path)
    import_archive("dota", "labels", "made/scenes", images="pictures")
    assert Archive.open("made/scenes").image_path("P1") == "../../pictures/P1.png"
