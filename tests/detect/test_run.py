from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from PIL import Image

from rune_pl.archive import Archive
from rune_pl.detect import Settings, detect_archive, find_images
from rune_pl.detect.run import class_names
from rune_pl.errors import ArchiveError, PictureError, UsageError

from .conftest import BrightSpots, dark

SETTINGS = Settings(tile=128, overlap=32)


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "images"
    place.mkdir()
    for k in range(4):
        Image.fromarray(dark(128, 128, (10 + k, 10, 50, 40))).save(place / f"image_{k}.png")
    return place


def detect(folder, output, detector=None, **options):
    return detect_archive(find_images([folder]), output, detector or BrightSpots(128), SETTINGS, **options)


def manifest(archive):
    return (archive / "manifest.json").read_bytes()


class Breaks(BrightSpots):
    """Stops as Ctrl-C does, at the third tile."""

    def find(self, tiles, least):
        if self.tiles == 2:
            raise KeyboardInterrupt
        return super().find(tiles, least)


def test_an_archive_has_images_sizes_classes_and_where_it_comes_from(folder, tmp_path):
    report = detect(folder, tmp_path / "out", gsd=0.5, sources=["images"], weights="w.onnx")
    assert (report.images, report.detections, report.resumed, report.problems) == (4, 4, 0, ())
    archive = Archive.open(tmp_path / "out")
    assert archive.image_ids[:2] == ["image_0", "image_1"] or tuple(archive.image_ids[:2]) == ("image_0", "image_1")
    assert tuple(archive.classes) == ("plane", "large_vehicle")
    scenes = archive.scenes()
    assert scenes.width.tolist() == [128] * 4 and scenes.gsd.tolist() == [0.5] * 4
    provenance = archive.manifest.parts[0].provenance
    assert provenance.weights_sha256 == "0" * 64
    assert provenance.parameters["calibrated"] is False
    assert provenance.command.startswith("rune-pl detect images --weights w.onnx --conf 0.05")
    assert not list(tmp_path.glob(".out*"))


def test_the_same_input_gives_the_same_archive(folder, tmp_path):
    detect(folder, tmp_path / "one")
    detect(folder, tmp_path / "two")
    assert manifest(tmp_path / "one") == manifest(tmp_path / "two")


def test_an_interrupted_run_goes_on_where_it_was(folder, tmp_path):
    detect(folder, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        detect(folder, tmp_path / "out", Breaks(128))
    assert not (tmp_path / "out" / "manifest.json").exists()
    detector = BrightSpots(128)
    report = detect(folder, tmp_path / "out", detector, resume=True)
    assert (report.resumed, detector.tiles) == (2, 2)
    assert manifest(tmp_path / "out") == manifest(tmp_path / "whole")


def test_without_resume_it_begins_anew(folder, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        detect(folder, tmp_path / "out", Breaks(128))
    detector = BrightSpots(128)
    assert detect(folder, tmp_path / "out", detector).resumed == 0
    assert detector.tiles == 4


def test_other_settings_cannot_be_resumed(folder, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        detect(folder, tmp_path / "out", Breaks(128))
    with pytest.raises(UsageError, match=r"conf was 0\.05, is 0\.2"):
        detect_archive(
            find_images([folder]), tmp_path / "out", BrightSpots(128),
            Settings(tile=128, overlap=32, confidence=0.2), resume=True,
        )  # fmt: skip


def test_a_changed_image_is_looked_at_anew(folder, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        detect(folder, tmp_path / "out", Breaks(128))
    Image.fromarray(dark(128, 128)).save(folder / "image_0.png")
    report = detect(folder, tmp_path / "out", resume=True)
    assert (report.resumed, report.detections) == (1, 3)


def test_a_damaged_entry_of_the_journal_is_done_again(folder, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        detect(folder, tmp_path / "out", Breaks(128))
    entry = next((tmp_path / ".out.detect").glob("*.npz"))
    entry.write_bytes(entry.read_bytes()[:100])
    assert detect(folder, tmp_path / "out", resume=True).resumed == 1


def test_an_unreadable_image_ends_the_run_unless_it_may_go_on(folder, tmp_path):
    (folder / "image_1.png").write_bytes(b"")
    with pytest.raises(PictureError, match="--keep-going"):
        detect(folder, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    report = detect(folder, tmp_path / "out", keep_going=True)
    assert report.images == 3
    assert [problem.path.name for problem in report.problems] == ["image_1.png"]


def test_nothing_readable_writes_nothing(tmp_path):
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(PictureError, match="none of the images"):
        detect_archive([("a", tmp_path / "a.png")], tmp_path / "out", BrightSpots(128), SETTINGS, keep_going=True)
    assert not (tmp_path / "out").exists()


def test_an_archive_that_is_there_is_kept_before_any_work(folder, tmp_path):
    detect(folder, tmp_path / "out")
    before = manifest(tmp_path / "out")
    detector = BrightSpots(128)
    with pytest.raises(ArchiveError, match="archive already"):
        detect(folder, tmp_path / "out", detector)
    assert detector.tiles == 0 and manifest(tmp_path / "out") == before
    assert detect(folder, tmp_path / "out", mode="replace").images == 4


@pytest.mark.parametrize(
    "values",
    [
        {"tile": 31, "overlap": 0},
        {"tile": 128, "overlap": 65},
        {"tile": 128, "overlap": -1},
        {"tile": 128, "overlap": 0, "confidence": 0.0},
        {"tile": 128, "overlap": 0, "iou": float("nan")},
        {"tile": 128, "overlap": 0, "batch": 0},
    ],
)
def test_settings_out_of_range_are_refused(values):
    with pytest.raises(UsageError):
        Settings(**values)


def test_two_classes_of_one_atom_are_refused():
    detector = BrightSpots(128)
    detector.classes = ("Storage tank", "storage-tank")
    with pytest.raises(UsageError, match="two classes called storage_tank"):
        class_names(detector)


@pytest.mark.slow
def test_a_killed_process_is_resumed_to_the_same_archive(tmp_path):
    """The real command with the detector that ships, killed with SIGKILL when some images are done."""
    pytest.importorskip("onnxruntime", reason="needs rune-pl[onnx]")
    images = tmp_path / "images"
    images.mkdir()
    for k in range(12):
        Image.fromarray(dark(900, 600, (10 + k, 10, 50, 40))).save(images / f"{k:02}.png")

    def command(name, *options):
        return [
            sys.executable,
            "-m",
            "rune_pl",
            "detect",
            "images",
            "-o",
            name,
            "--threads",
            "1",
            "--conf",
            "0.3",
            "--json",
            *options,
        ]

    whole = subprocess.run(command("whole"), cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(whole.stdout)["images"] == 12
    killed = subprocess.Popen(command("out"), cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    journal = tmp_path / ".out.detect"
    deadline = time.monotonic() + 120
    while len(list(journal.glob("*.npz"))) < 3 and killed.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    assert not (tmp_path / "out" / "manifest.json").exists()
    resumed = subprocess.run(
        command("out", "--resume"), cwd=tmp_path, capture_output=True, text=True, check=True, timeout=250
    )
    assert json.loads(resumed.stdout)["resumed"] >= 3
    assert manifest(tmp_path / "out") == manifest(tmp_path / "whole")
    assert not journal.exists()
