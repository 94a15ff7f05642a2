"""Looking at images on a cluster: real processes, one of which is killed in the middle."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from rune_pl import cluster as clusters
from rune_pl.detect import Settings, detect_archive, find_images, open_detector, shipped_detector
from rune_pl.detect import cluster as detecting
from rune_pl.detect.weights import DEMO
from rune_pl.errors import PictureError, UsageError
from rune_pl.resources import sample_path

pytest.importorskip("distributed", reason="needs rune-pl[cluster]")
pytest.importorskip("onnxruntime", reason="needs rune-pl[onnx]")

SETTINGS = Settings(tile=512, overlap=102, confidence=0.1)


@pytest.fixture(scope="module")
def detector():
    return open_detector(shipped_detector().path, device="cpu", threads=1)


@pytest.fixture(scope="module")
def network(detector):
    return detecting.Network.of(DEMO, detector, device="cpu", threads=1)


@pytest.fixture(scope="module")
def client():
    with clusters.connect_client("local", 2) as found:
        yield found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Twelve images, one of which is none."""
    place = tmp_path_factory.mktemp("images")
    bundled = sorted(path for path in sample_path().rglob("*.jpg"))[:11]
    assert len(bundled) == 11
    for path in bundled:
        with Image.open(path) as image:
            image.crop((0, 0, 300, 300)).save(place / f"{path.stem}.png")
    (place / "harm.png").write_bytes(b"no image")
    return place


@pytest.fixture(scope="module")
def whole(folder, detector, tmp_path_factory):
    """The archive of a run in this process, and its report."""
    return run(folder, tmp_path_factory.mktemp("whole") / "out", detector)


def run(folder, output, detector, look=None, **options):
    options = {"keep_going": True, "sources": ["images"], "weights": DEMO, **options}
    report = detect_archive(find_images([folder]), output, detector, SETTINGS, look=look, **options)
    return (output / "manifest.json").read_bytes(), report


@pytest.mark.slow
def test_the_archive_is_that_of_one_process(folder, detector, network, client, whole, tmp_path):
    seen = []
    look = detecting.looking_on(client, network, SETTINGS)
    manifest, report = run(folder, tmp_path / "out", detector, look, progress=lambda *done: seen.append(done))
    assert manifest == whole[0]  # which has the SHA-256 of all other files
    assert (report.images, report.detections) == (11, whole[1].detections) and report.detections > 11
    assert [str(problem) for problem in report.problems] == [str(problem) for problem in whole[1].problems]
    assert seen == [(k, 12) for k in range(1, 13)]
    with pytest.raises(PictureError, match="no image.*--keep-going"):
        run(folder, tmp_path / "other", detector, look, keep_going=False)
    assert not (tmp_path / "other").exists()


class Tiresome:
    """A client whose tasks are slow: there is time to kill who does them."""

    def __init__(self, client, per_task):
        self._client, self._per_task = client, per_task

    def __getattr__(self, name):
        return getattr(self._client, name)

    def submit(self, work, *arguments, **options):
        return self._client.submit(_slowly, work, self._per_task, *arguments, **options)


def _slowly(work, seconds, *arguments):
    time.sleep(seconds)
    return work(*arguments)


@pytest.mark.slow
def test_a_worker_that_is_killed_changes_nothing(folder, detector, network, whole, tmp_path):
    with clusters.connect_client("local", 2) as client:
        victim = next(iter(client.run(os.getpid).values()))

        def kill(done, total):
            if done == 3:
                os.kill(victim, signal.SIGKILL)

        look = detecting.looking_on(Tiresome(client, 0.3), network, SETTINGS)
        manifest, report = run(folder, tmp_path / "out", detector, look, progress=kill)
        assert victim not in client.run(os.getpid).values()
    assert manifest == whole[0] and report.images == 11


@pytest.mark.slow
def test_an_interrupted_run_goes_on_with_or_without_a_cluster(folder, detector, network, client, whole, tmp_path):
    def interrupt(done, total):
        if done == 5:
            raise KeyboardInterrupt

    look = detecting.looking_on(client, network, SETTINGS)
    for number, resumed_by in enumerate((look, None)):
        with pytest.raises(KeyboardInterrupt):
            run(folder, tmp_path / f"{number}", detector, look, progress=interrupt)
        manifest, report = run(folder, tmp_path / f"{number}", detector, resumed_by, resume=True)
        assert manifest == whole[0] and report.resumed in (4, 5)  # the file that is none is asked again


def test_workers_with_other_versions_weights_or_files_are_refused(folder, network, tmp_path):
    files = [(str(path), path.stat().st_size) for _, path in find_images([folder])[:2]]
    mine = clusters.versions()
    assert [seen.found is not None for seen in detecting.work(files, network, SETTINGS, mine)] == [True, True]
    with pytest.raises(UsageError, match="same version"):
        detecting.work(files, network, SETTINGS, ("0.0.1", mine[1]))
    with pytest.raises(UsageError, match="the weights demo-detector have SHA-256"):
        detecting.work(files, replace(network, sha256="f" * 64), SETTINGS, mine)
    with pytest.raises(UsageError, match="on a worker: there are no weights '/nowhere/best.onnx'"):
        detecting.work(files, replace(network, weights="/nowhere/best.onnx"), SETTINGS, mine)
    bad = tmp_path / "bad.onnx"
    bad.write_bytes(b"no weights")
    with pytest.raises(UsageError, match=r"on a worker: .*bad\.onnx"):
        detecting.work(files, replace(network, weights=str(bad)), SETTINGS, mine)
    with pytest.raises(UsageError, match=r"on a worker .*gone\.png is not there"):
        detecting.work([(str(Path(folder) / "gone.png"), 5)], network, SETTINGS, mine)
    with pytest.raises(UsageError, match="has another size"):
        detecting.work([(files[0][0], 5)], network, SETTINGS, mine)


@pytest.mark.slow
def test_what_a_worker_refuses_ends_the_run(folder, detector, network, client, tmp_path):
    look = detecting.looking_on(client, replace(network, sha256="f" * 64), SETTINGS)
    with pytest.raises(UsageError, match="on a worker the weights demo-detector have SHA-256") as caught:
        run(folder, tmp_path / "out", detector, look)
    assert "same file" in caught.value.hint and not (tmp_path / "out").exists()
