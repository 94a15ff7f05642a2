from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from rune_pl.archive import ArchiveWriter, Detections, ImageRecord, Provenance
from rune_pl.errors import ArchiveLockedError

Write = Callable[..., None]
Content = Callable[[Path], dict[str, list[str]]]


def test_a_second_writer_in_the_same_process_is_refused(
    tmp_path: Path, write: Write, content: Content, provenance: Provenance
) -> None:
    write(tmp_path / "a", p=["ship"])
    with ArchiveWriter(tmp_path / "a", provenance=provenance, mode="append") as first:
        first.add(ImageRecord("q"), Detections([], [], [], []))  # type: ignore[arg-type]
        for mode in ("append", "replace"):
            with pytest.raises(ArchiveLockedError, match=r"another process is writing .*wait until it has finished"):
                write(tmp_path / "a", mode, r=["ship"])
        assert content(tmp_path / "a") == {"p": ["ship"]}, "readers are not blocked"
    assert content(tmp_path / "a") == {"p": ["ship"], "q": []}
    write(tmp_path / "a", "append", r=["ship"])
    assert list(content(tmp_path / "a")) == ["p", "q", "r"]


def test_a_second_writer_does_not_disturb_one_that_creates(
    tmp_path: Path, write: Write, content: Content, provenance: Provenance
) -> None:
    with ArchiveWriter(tmp_path / "a", provenance=provenance) as first:
        first.add(ImageRecord("p"), Detections([], [], [], []))  # type: ignore[arg-type]
        with pytest.raises(ArchiveLockedError):
            write(tmp_path / "a", q=["ship"])
    assert content(tmp_path / "a") == {"p": []}


HOLDER = textwrap.dedent("""
    import sys
    from rune_pl.archive import ArchiveWriter, Provenance
    with ArchiveWriter(sys.argv[1], provenance=Provenance("test", "1"), mode="append"):
        print("writing", flush=True)
        sys.stdin.read()
""")


def test_a_writer_in_another_process_is_refused_until_that_one_is_gone(
    tmp_path: Path, write: Write, content: Content
) -> None:
    write(tmp_path / "a", p=["ship"])
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "a")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "writing\n"
        with pytest.raises(ArchiveLockedError):
            write(tmp_path / "a", "append", q=["ship"])
        holder.kill()
        holder.wait()
    write(tmp_path / "a", "append", q=["ship"])
    assert content(tmp_path / "a") == {"p": ["ship"], "q": ["ship"]}
