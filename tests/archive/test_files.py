from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from rune_pl.archive.files import HashedFile, file_sha256, footer_sha256


def test_a_hashed_file_knows_what_was_written(tmp_path: Path) -> None:
    with HashedFile(tmp_path / "a") as file:
        for piece in (b"one", b"", memoryview(b"two")):
            file.write(piece)
        assert (file.size, file.tell()) == (6, 6)
        assert file.sha256 == hashlib.sha256(b"onetwo").hexdigest() == file_sha256(tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"onetwo"


def test_a_system_that_takes_a_byte_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real(descriptor, data[:1]))
    with HashedFile(tmp_path / "a") as file:
        assert file.write(b"slow") == 4
    assert (tmp_path / "a").read_bytes() == b"slow"


def test_a_closed_file_does_not_write_into_the_file_that_has_its_descriptor_now(tmp_path: Path) -> None:
    stale = HashedFile(tmp_path / "a")
    stale.close()
    with HashedFile(tmp_path / "b") as file:
        with pytest.raises(ValueError, match="closed"):
            stale.write(b"footer")
        file.write(b"data")
    assert (tmp_path / "b").read_bytes() == b"data"


def test_what_is_written_after_discarding_goes_nowhere(tmp_path: Path) -> None:
    lost = HashedFile(tmp_path / "a")
    lost.write(b"data")
    lost.discard()
    with HashedFile(tmp_path / "b"):
        assert lost.write(b"footer") == 6
    lost.close()
    assert (tmp_path / "a").read_bytes() == b"data"
    assert (tmp_path / "b").read_bytes() == b""


def test_an_existing_file_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    with pytest.raises(FileExistsError):
        HashedFile(tmp_path / "a")


@pytest.mark.parametrize("data", [b"", b"PAR1", b"\xff" * 8, b"body" + b"meta" + b"\x04\0\0\0PAR1"])
def test_the_footer_is_the_metadata_its_length_and_the_magic_number(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a").write_bytes(data)
    assert footer_sha256(tmp_path / "a") == hashlib.sha256(data.removeprefix(b"body")).hexdigest()
