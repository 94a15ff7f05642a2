"""Writers that die, or whose disk fails, at every moment there is."""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rune_pl.archive import Archive, ArchiveWriter, Detections, ImageRecord, Provenance
from rune_pl.archive.files import HashedFile
from rune_pl.errors import ArchiveNotFoundError, ArchiveWriteError

Content = Callable[[Path], dict[str, list[str]]]
Boxes = Callable[..., Detections]
Run = Callable[[Path], None]

CALLS = ("open", "write", "fsync", "replace", "unlink", "rmdir", "mkdir")
OLD, NEW = {"p": ["ship"]}, {"q": ["plane", "harbor"], "r": []}


class Crash(BaseException):
    """The end of the process, as far as the code under test can tell."""


@contextmanager
def failing(
    monkeypatch: pytest.MonkeyPatch, folder: Path, at: int, error: Callable[[], BaseException], *, forever: bool
) -> Iterator[list[str]]:
    """Make the `at`-th system call on `folder` raise, and all later ones with `forever`; lists the calls made."""
    made: list[str] = []

    def wrap(name: str) -> Callable[..., Any]:
        real = getattr(os, name)

        def call(target: Any, *args: Any, **kwargs: Any) -> Any:
            ours = isinstance(target, int) or str(target).startswith(str(folder))
            if ours and (name != "open" or str(target).endswith(".tmp")):
                if len(made) == at or (forever and len(made) > at):
                    made.append(name)
                    raise error()
                made.append(name)
            return real(target, *args, **kwargs)

        return call

    with monkeypatch.context() as patch:
        for name in CALLS:
            patch.setattr(os, name, wrap(name))
        yield made


@dataclass(frozen=True)
class Scenario:
    """A writing under test: the archive before it (None: no archive), what runs, and the states before and after."""

    template: Path | None
    run: Run
    old: dict[str, list[str]] | None
    new: dict[str, list[str]]

    def start(self, path: Path) -> None:
        if self.template is not None:
            shutil.copytree(self.template, path)


@pytest.fixture
def scenario(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    provenance: Provenance,
    boxes: Boxes,
    monkeypatch: pytest.MonkeyPatch,
) -> Scenario:
    """Writing two parts in one of the modes."""
    monkeypatch.setattr("rune_pl.archive.part_writer.GROUP_IMAGES", 1)
    monkeypatch.setattr("rune_pl.archive.part_writer.PART_IMAGES", 1)

    def put(mode: str, images: dict[str, list[str]]) -> Run:
        def run(path: Path) -> None:
            with ArchiveWriter(path, provenance=provenance, mode=mode) as writer:  # type: ignore[arg-type]
                for name, classes in images.items():
                    writer.add(ImageRecord(name), boxes(*classes))

        return run

    mode = request.param
    if mode == "create":
        return Scenario(None, put(mode, NEW), None, NEW)
    put("create", OLD)(tmp_path / "template")
    return Scenario(tmp_path / "template", put(mode, NEW), OLD, NEW if mode == "replace" else {**OLD, **NEW})


def moments(scenario: Scenario, path: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The system calls of a run to disturb: every fourth write, all others, and one that does not come."""
    scenario.start(path)
    with failing(monkeypatch, path, 10**9, Crash, forever=True) as made:
        scenario.run(path)
    shutil.rmtree(path)
    writes = [at for at, name in enumerate(made) if name == "write"]
    return sorted({*range(len(made) + 1)} - {*writes} | {*writes[::4]})


def tidy(path: Path) -> bool:
    """Whether there is nothing in the folder but the archive."""
    names = {entry.name for entry in path.iterdir()}
    return names == {".lock", "manifest.json", *Archive.open(path).manifest.file_names}


@pytest.mark.parametrize("scenario", ["create", "append", "replace"], indirect=True)
def test_a_crash_at_any_system_call_leaves_the_old_archive_or_the_new_one(
    tmp_path: Path, scenario: Scenario, provenance: Provenance, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # another test looks at the order; this one is long
    outcomes = []
    for at in moments(scenario, tmp_path / "dry", monkeypatch):
        path = tmp_path / str(at)
        scenario.start(path)
        with failing(monkeypatch, path, at, Crash, forever=True) as made, suppress(Crash):
            scenario.run(path)
        try:
            found: dict[str, list[str]] | None = content(path)
        except ArchiveNotFoundError:
            found = None
        assert found in (scenario.old, scenario.new), made
        outcomes.append(found == scenario.new)
        with ArchiveWriter(path, provenance=provenance, mode="create" if found is None else "append") as writer:
            writer.add(ImageRecord("next"), Detections([], [], [], []))  # type: ignore[arg-type]
        assert content(path) == {**(found or {}), "next": []}, "the next writer works"
        assert tidy(path), "and leaves nothing of the dead one behind"
    assert outcomes == sorted(outcomes), "once the new state is there it stays"
    assert outcomes.count(False) > 15
    assert outcomes[-1]


@pytest.mark.parametrize(
    ("scenario", "code"),
    [("create", errno.EIO), ("append", errno.ENOSPC), ("replace", errno.EACCES)],
    indirect=["scenario"],
)
def test_an_error_at_any_system_call_leaves_the_old_archive_and_no_temporaries(
    tmp_path: Path, scenario: Scenario, content: Content, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    failures = 0
    for at in moments(scenario, tmp_path / "dry", monkeypatch):
        path = tmp_path / str(at)
        scenario.start(path)
        failed = None
        with failing(monkeypatch, path, at, lambda: OSError(code, os.strerror(code)), forever=False) as made:
            try:
                scenario.run(path)
            except ArchiveWriteError as error:
                failed = error
        name = made[at] if at < len(made) else "end"
        last_sync = name == "fsync" and made[:at].count("replace") == 9  # eight files of parts and the manifest
        if failed is None or last_sync:
            assert content(path) == scenario.new
            assert last_sync or name in ("unlink", "mkdir", "end"), (
                "cleaning up may fail, and the lock's folder is there"
            )
            assert not last_sync or "perhaps not yet on the disk" in str(failed)
            continue
        failures += 1
        assert os.strerror(code) in str(failed)
        if scenario.old is None:
            assert not path.exists()
        else:
            assert content(path) == scenario.old
            assert tidy(path)
    assert failures > 15


@pytest.mark.parametrize("scenario", ["append"], indirect=True)
def test_parts_are_on_the_disk_before_the_manifest_names_them(
    tmp_path: Path, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    real_fsync, real_replace = os.fsync, os.replace

    def fsync(descriptor: int) -> None:
        events.append("sync folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "sync file")
        real_fsync(descriptor)

    def replace(source: Path, target: Path) -> None:
        events.append("name manifest" if Path(target).name == "manifest.json" else "name part")
        real_replace(source, target)

    if not Path("/proc/self/fd").exists():
        pytest.skip("needs /proc to tell folders from files")
    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    scenario.start(tmp_path / "a")
    scenario.run(tmp_path / "a")
    assert events == [
        *["sync file"] * 8,
        *["name part"] * 8,
        "sync file",
        "sync folder",
        "name manifest",
        "sync folder",
    ]  # fmt: skip


def test_a_failure_in_add_cannot_be_committed_by_ignoring_it(
    tmp_path: Path, provenance: Provenance, boxes: Boxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rune_pl.archive.part_writer.GROUP_IMAGES", 1)
    with pytest.raises(ArchiveWriteError, match="No space left"):  # noqa: PT012, SIM117
        with ArchiveWriter(tmp_path / "a", provenance=provenance) as writer:
            writer.add(ImageRecord("p"), boxes("ship"))
            with monkeypatch.context() as patch:
                patch.setattr(HashedFile, "write", _full)
                with pytest.raises(ArchiveWriteError, match="free some space"):
                    writer.add(ImageRecord("q"), boxes("ship"))
            with pytest.raises(ArchiveWriteError):
                writer.add(ImageRecord("r"), boxes("ship"))
    assert not (tmp_path / "a").exists()


def _full(self: HashedFile, data: Any) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("a file system can be mounted by root only")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("mode", ["append", "replace"])
def test_a_disk_that_is_really_full(
    small_disk: Path, provenance: Provenance, boxes: Boxes, content: Content, mode: str
) -> None:
    with ArchiveWriter(small_disk / "a", provenance=provenance) as writer:
        writer.add(ImageRecord("p"), boxes("ship"))
    before = {entry.name for entry in (small_disk / "a").iterdir()}
    with pytest.raises(ArchiveWriteError, match="No space left"):  # noqa: PT012, SIM117
        with ArchiveWriter(small_disk / "a", provenance=provenance, mode=mode) as writer:  # type: ignore[arg-type]
            for i in range(40):
                writer.add(ImageRecord(f"q{i}"), boxes(*["ship"] * 5000))
    assert content(small_disk / "a") == {"p": ["ship"]}
    assert {entry.name for entry in (small_disk / "a").iterdir()} == before


WRITER = textwrap.dedent("""
    import sys
    import numpy as np
    from rune_pl.archive import Archive, ArchiveWriter, Detections, ImageRecord, Provenance
    from rune_pl.errors import ArchiveNotFoundError

    path, first = sys.argv[1], int(sys.argv[2])
    print("ready", flush=True)
    for version in range(first, first + 10_000):
        probability = np.full(2000, 1 / version)
        boxes = Detections([f"c{version}"] * 2000, probability, probability, np.full((2000, 4, 2), version))
        provenance = Provenance("test", str(version))
        with ArchiveWriter(path, provenance=provenance, mode="replace") as writer:
            for image in range(5):
                writer.add(ImageRecord(f"v{version}-{image}"), boxes)
        print(version, flush=True)
""")


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_sigkill_at_random_moments(tmp_path: Path) -> None:
    """A process replaces an archive over and over until it is killed.

    What is left is the last state that it reported, or the one that it was about to report.
    """
    path = tmp_path / "a"
    chance = random.Random(7)
    reported = 0
    pace = 0.0  # seconds for one version on this machine, now: kills fall before, in and after a commit
    for attempt in range(21):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(reported + 2)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        first = reported + 2
        seen = ""
        if not attempt:
            start = time.monotonic()
            seen = child.stdout.readline()
            pace = time.monotonic() - start
        try:
            child.wait(chance.uniform(0.0, 3 * pace))
            pytest.fail("the writer ended by itself")
        except subprocess.TimeoutExpired:
            child.kill()
        lines = (seen + child.stdout.read()).split()
        child.stdout.close()
        assert child.wait() == -signal.SIGKILL
        allowed = [int(lines[-1]), int(lines[-1]) + 1] if lines else [reported, first]
        try:
            archive = Archive.open(path)
        except ArchiveNotFoundError:
            assert 0 in allowed
            continue
        assert archive.check().ok
        version = int(archive.manifest.parts[0].provenance.version)
        assert version in allowed
        scenes = archive.scenes()
        assert scenes.images == tuple(f"v{version}-{image}" for image in range(5))
        assert scenes.classes == (f"c{version}",)
        assert (scenes.corners == version).all()
        assert len(scenes.label) == 10_000
        reported = version
    assert reported > 0
    with ArchiveWriter(path, provenance=Provenance("test", "last"), mode="append") as writer:
        writer.add(ImageRecord("last"), Detections([], [], [], []))  # type: ignore[arg-type]
    archive = Archive.open(path)
    assert archive.check().ok
    assert {entry.name for entry in path.iterdir()} == {".lock", "manifest.json", *archive.manifest.file_names}
