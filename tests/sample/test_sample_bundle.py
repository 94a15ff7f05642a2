"""The bundled sample, and samples written by anyone."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rune_pl.archive import Archive
from rune_pl.archive.formats import import_archive
from rune_pl.calibration import Calibration
from rune_pl.detect import Settings, detect_archive, find_images, open_detector, shipped_detector
from rune_pl.errors import UsageError
from rune_pl.resources import sample_path
from rune_pl.sample import CLASSES, copy_sample, generate_scene, sample_archive_path, simulate_detections, write_sample
from rune_pl.sample.bundle import scene_names

SCENES, SEED = 40, 24
LIMIT = 3_000_000  # bytes


def _digest(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample(
        tmp_path_factory.mktemp("sample") / "new", 4, 3, size=96, kinds=("marina", "port"), archive=True
    )


def test_bundle_is_small() -> None:
    files = [file for file in sample_path().rglob("*") if file.is_file() and file.suffix not in (".py", ".pyc")]
    assert sum(file.stat().st_size for file in files) <= LIMIT


def test_bundle_has_forty_scenes_with_images_and_truth() -> None:
    names = {name for name, _, _ in scene_names(SCENES, SEED)}
    assert {file.stem for file in (sample_path() / "images").glob("*.jpg")} == names
    assert {file.stem for file in (sample_path() / "truth").glob("*.txt")} == names
    assert set(Archive.open(sample_archive_path()).image_ids) == names


def test_bundled_archive_checks_clean() -> None:
    report = Archive.open(sample_archive_path()).check()
    assert report.ok, report.problems
    assert not report.leftovers


def test_bundled_archive_says_what_it_knows() -> None:
    archive = Archive.open(sample_archive_path())
    scenes = archive.scenes()
    assert (scenes.width == 512).all() and (scenes.height == 512).all()
    assert ((scenes.gsd >= 0.15) & (scenes.gsd <= 0.6)).all()
    assert 8 <= sum(crs is not None for crs in scenes.crs) <= 20
    assert scenes.class_probability is not None
    assert 0.02 < (~np.isnan(scenes.class_probability).any(axis=1)).mean() < 0.5
    provenance = archive.manifest.parts[0].provenance
    assert provenance.tool == "detect" and provenance.weights_sha256 == shipped_detector().facts["sha256"]
    assert provenance.parameters["calibrated"]["sha256"] == Calibration.load(shipped_detector().calibration).digest
    assert archive.classes == CLASSES
    for image in archive.image_ids:
        path = archive.image(image).path
        assert path is not None and (sample_archive_path() / path).is_file()


def test_the_bundled_archive_is_what_the_detector_finds_in_the_bundled_images(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason="needs rune-pl[onnx]")
    detector = open_detector(shipped_detector().path, threads=1)
    images = find_images([sample_path() / "images"])[::8]
    calibration = Calibration.load(shipped_detector().calibration)
    settings = Settings(tile=512, overlap=102, confidence=0.1)
    detect_archive(images, tmp_path / "again", detector, settings, calibration=calibration)
    again = Archive.open(tmp_path / "again").scenes()
    bundled = Archive.open(sample_archive_path()).scenes([name for name, _ in images])
    assert np.array_equal(again.start, bundled.start)
    assert np.abs(again.probability - bundled.probability).max() < 1e-3
    assert np.abs(again.corners - bundled.corners).max() < 0.1


def test_all_classes_occur_in_the_bundled_truth() -> None:
    objects: Counter[str] = Counter()
    for file in (sample_path() / "truth").glob("*.txt"):
        objects.update(
            line.split()[8].replace("-", "_") for line in file.read_text().splitlines() if len(line.split()) == 10
        )
    assert set(objects) == set(CLASSES)
    assert min(objects.values()) >= 2
    for common in (
        "plane",
        "ship",
        "small_vehicle",
        "large_vehicle",
        "storage_tank",
        "harbor",
        "swimming_pool",
        "tennis_court",
    ):
        assert objects[common] >= 20


def test_bundled_truth_is_what_the_generator_makes(tmp_path: Path) -> None:
    """Layouts are equal on every machine: so are these files, character by character."""
    for name, seed, kind in scene_names(SCENES, SEED):
        scene = generate_scene(seed, kind, 512)
        rows = [line.split() for line in (sample_path() / "truth" / f"{name}.txt").read_text().splitlines()[2:]]
        assert [row[8].replace("-", "_") for row in rows] == list(scene.objects.classes)
        assert [[float(v) for v in row[:8]] for row in rows] == scene.objects.corners.reshape(-1, 8).tolist()


def test_bundled_images_are_what_their_names_say() -> None:
    for file in sorted((sample_path() / "images").glob("*.jpg"))[:3]:
        with Image.open(file) as image:
            assert image.size == (512, 512) and image.mode == "RGB"


def test_written_truth_imports_as_the_objects(written: Path, tmp_path: Path) -> None:
    import_archive("dota", written / "truth", tmp_path / "archive", size=(96, 96))
    archive = Archive.open(tmp_path / "archive")
    for name, seed, kind in scene_names(4, 3, ("marina", "port")):
        objects = generate_scene(seed, kind, 96).objects
        scenes = archive.scenes([name])
        assert [scenes.classes[code] for code in scenes.label] == list(objects.classes)
        ours = np.sort(objects.corners.astype(np.float32).view(np.complex64)[..., 0], axis=1)
        theirs = np.sort(np.ascontiguousarray(scenes.corners).view(np.complex64)[..., 0], axis=1)
        assert np.array_equal(ours, theirs)  # the same four corners, from whichever the order starts
        assert scenes.gsd[0] == pytest.approx(generate_scene(seed, kind, 96).gsd, abs=1e-6)


def test_written_detections_import_as_those_simulated(written: Path, tmp_path: Path) -> None:
    import_archive("dota-results", written / "detections", tmp_path / "archive", size=(96, 96))
    archive, own = Archive.open(tmp_path / "archive"), Archive.open(written / "archive")
    for name, seed, kind in scene_names(4, 3, ("marina", "port")):
        found = simulate_detections(generate_scene(seed, kind, 96), 3)
        assert Counter(archive.scenes([name]).score.tolist()) == Counter(found.score.astype(np.float32).tolist())
        assert np.array_equal(own.scenes([name]).score, found.score.astype(np.float32))
        assert Counter(own.classes[code] for code in own.scenes([name]).label) == Counter(found.classes)


def test_same_seed_same_files(written: Path, tmp_path: Path) -> None:
    again = write_sample(tmp_path / "again", 4, 3, size=96, kinds=("marina", "port"))
    first = {name: digest for name, digest in _digest(written).items() if not name.startswith("archive")}
    assert _digest(again) == first


def test_copy_has_every_file(tmp_path: Path) -> None:
    copy = copy_sample(tmp_path / "mine")
    assert Archive.open(copy / "archive").check().ok
    assert len(list((copy / "images").glob("*.jpg"))) == SCENES


def test_progress_is_told(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    write_sample(
        tmp_path / "new", 2, 0, size=64, kinds=("anchorage",), progress=lambda done, total: seen.append((done, total))
    )
    assert seen == [(1, 2), (2, 2)]


def test_empty_directory_is_taken(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    assert len(list((write_sample(tmp_path / "new", 1, 0, size=64) / "images").iterdir())) == 1


def test_directory_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "note").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        write_sample(tmp_path, 1)
    with pytest.raises(UsageError, match="not empty"):
        copy_sample(tmp_path / "note")
    assert [file.name for file in tmp_path.iterdir()] == ["note"]


def test_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        write_sample(tmp_path / "file" / "new", 1)


def test_failure_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(UsageError, match="No space left on device"):
        write_sample(tmp_path / "new", 1, size=64)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("scenes", "kinds", "message"),
    [(0, ("port",), "0 scenes"), (1, (), "no kind"), (1, ("moon",), "no kind of scene 'moon'")],
)
def test_bad_requests_are_refused(tmp_path: Path, scenes: int, kinds: tuple[str, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        write_sample(tmp_path / "new", scenes, kinds=kinds)
    assert list(tmp_path.iterdir()) == []
