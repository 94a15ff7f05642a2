"""`rune-pl detect` with the detector that ships."""

from __future__ import annotations

import json

import pytest
from PIL import Image

from rune_pl.archive import Archive
from rune_pl.cli.main import main
from rune_pl.detect import shipped_detector
from rune_pl.resources import sample_path

pytest.importorskip("onnxruntime", reason="needs rune-pl[onnx]")


@pytest.fixture
def run(capfd):
    """`run(*arguments)`: exit code, output and errors of `rune-pl detect`."""

    def call(*arguments: object) -> tuple[int, str, str]:
        code = main(["detect", *map(str, arguments)])
        return (code, *capfd.readouterr())

    return call


@pytest.fixture
def images(tmp_path):
    """Two images of the sample."""
    folder = tmp_path / "images"
    folder.mkdir()
    for path in sorted((sample_path() / "images").glob("*.jpg"))[:2]:
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def test_the_demo_detector_says_what_it_is(run, images, tmp_path):
    code, out, err = run(images, "-o", tmp_path / "out")
    assert code == 0
    assert "demo detector, which knows generated scenes only" in err and "yolo11n-obb.pt" in err
    archive = Archive.open(tmp_path / "out")
    count = len(archive.scenes().score)
    assert out == f"{tmp_path / 'out'}: {count:,} detections in 2 images, by demo-detector; uncalibrated scores\n"
    assert archive.image_path(archive.image_ids[0]) == f"../images/{archive.image_ids[0]}.jpg"


def test_weights_by_file_are_not_announced(run, images, tmp_path):
    code, out, err = run(images, "-o", tmp_path / "out", "--weights", shipped_detector().path, "--json", "--gsd", 0.4)
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert (found["images"], found["resumed"], found["skipped"]) == (2, 0, 0)
    assert Archive.open(tmp_path / "out").scenes().gsd.tolist() == [0.4, 0.4]


def test_unreadable_images_are_named_and_counted(run, images, tmp_path):
    (images / "bad.png").write_bytes(b"x")
    code, out, err = run(images, "-o", tmp_path / "out")
    assert (code, out) == (2, "")
    assert "bad.png: no image" in err and "--keep-going" in err
    code, out, err = run(images, "-o", tmp_path / "out", "--keep-going", "--resume", "--conf", "0.3")
    assert code == 2 and "conf was 0.05, is 0.3" in err
    code, out, err = run(images, "-o", tmp_path / "out", "--keep-going", "--resume")
    assert code == 0
    assert "bad.png" in err and out.endswith("; 1 could not be read and is left out\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--weights", "missing.pt"], "yolo11n-obb.pt"),
        (["--tile", "8"], "tiles of 8 pixels"),
        (["--overlap", "400"], "an overlap of 400 pixels"),
        (["--conf", "1.5"], "confidence is 1.5"),
        (["--gsd", "-1"], "ground sampling distance -1"),
        (["--runtime", "ultralytics"], ""),
    ],
)
def test_mistakes_are_one_line(options, message, run, images, tmp_path):
    code, out, err = run(images, "-o", tmp_path / "out", *options)
    assert (code, out) == (2, "")
    assert message in err and "Traceback" not in err
    assert not (tmp_path / "out").exists()


def test_large_images_go_tile_by_tile_and_count_objects_once(run, tmp_path):
    """The same scene alone, and as one of four in a larger image, whose tiles cut it elsewhere."""
    scene = Image.open(next((sample_path() / "images").glob("airfield_*.jpg")))
    large = Image.new("RGB", (1100, 1000), (114, 114, 114))
    large.paste(scene, (300, 250))
    folder = tmp_path / "images"
    folder.mkdir()
    scene.save(folder / "alone.png")
    large.save(folder / "large.png")
    assert run(folder, "-o", tmp_path / "out", "--conf", "0.5")[0] == 0
    scenes = Archive.open(tmp_path / "out").scenes()
    alone, inside = (scenes.take([k]) for k in range(2))
    assert alone.images == ("alone",) and len(alone.score) > 5
    assert abs(len(inside.score) - len(alone.score)) <= 0.2 * len(alone.score)
    assert inside.corners.min() >= 250 - 20  # a box may reach a little over the edge of the scene


def test_no_cluster_at_the_address_is_one_line(run, images, tmp_path, monkeypatch):
    pytest.importorskip("distributed", reason="needs rune-pl[cluster]")
    monkeypatch.setattr("rune_pl.cluster._TIMEOUT", 1)
    code, out, err = run(images, "-o", tmp_path / "out", "--cluster", "tcp://127.0.0.1:9")
    assert (code, out) == (2, "")
    assert "no cluster at tcp://127.0.0.1:9" in err and not (tmp_path / "out").exists()


@pytest.mark.slow
def test_local_workers_make_the_same_archive(run, images, tmp_path):
    pytest.importorskip("distributed", reason="needs rune-pl[cluster]")
    manifests = []
    for name, options in (("here", ()), ("there", ("--cluster", "local", "--workers", 2))):
        code, _, _ = run(images, "-o", tmp_path / name, *options)
        assert code == 0
        manifests.append((tmp_path / name / "manifest.json").read_bytes())
    assert manifests[0] == manifests[1]
