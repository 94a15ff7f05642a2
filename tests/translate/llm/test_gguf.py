"""Heads of GGUF files, whole and broken."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from rune_pl.errors import ModelError
from rune_pl.translate.llm.gguf import Head, check_pair, read_head
from tests.translate.llm.ggufs import ADAPTER, ARRAY, F32, INT32, MODEL, STRING, UINT32, gguf, named, pair, text


@pytest.fixture
def write(tmp_path):
    def call(content: bytes, name: str = "m.gguf") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return call


def refused(path: Path) -> str:
    """Why the file is refused, in the one line that names it."""
    with pytest.raises(ModelError) as caught:
        read_head(path)
    line = str(caught.value)
    assert line.startswith(f"{path}: ")
    assert "\n" not in line
    return line.removeprefix(f"{path}: ")


@pytest.mark.parametrize(("content", "kind"), [(MODEL, "model"), (ADAPTER, "adapter")])
def test_a_whole_file(write, content, kind):
    assert read_head(write(content)) == Head(kind, "llama", f"a tiny {kind}")


@pytest.mark.parametrize("version", [2, 3])
def test_both_versions_that_llama_cpp_loads(write, version):
    assert read_head(write(gguf(*named("model", "llama"), version=version))).kind == "model"


def test_a_file_that_says_nothing_of_itself_is_a_model(write):
    assert read_head(write(gguf())) == Head("model", "unknown", "")


@pytest.mark.parametrize("size", range(0, len(MODEL), 7))
def test_a_truncated_file(write, size):
    line = refused(write(MODEL[:size]))
    assert any(reason in line for reason in ("empty", "not a GGUF file", "truncated", "broken"))
    assert ("empty" in line, "not a GGUF file" in line) == (size == 0, size in range(1, 4))


def test_the_last_byte_counts(write):
    assert refused(write(MODEL[:-1])).startswith("the file is truncated: 1 bytes are missing")


def test_what_is_no_model_file(write, tmp_path):
    assert "no such model file (`rune-pl models list`" in refused(tmp_path / "none.gguf")
    assert "folder" in refused(tmp_path)
    assert "empty" in refused(write(b""))
    assert "not a GGUF file" in refused(write(b"PK\x03\x04" + bytes(100)))
    assert "not a GGUF file" in refused(write(gguf(magic=b"FUGG")))
    assert "cannot be read: File name too long" in refused(tmp_path / ("m" * 300 + ".gguf"))
    assert "cannot be read" in refused(write(MODEL) / "m.gguf") or os.name != "posix"


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.gguf")
    assert "not a file" in refused(tmp_path / "pipe.gguf")


@pytest.mark.parametrize("version", [0, 1, 4, 3 << 24])  # the last one is version 3 with its bytes the other way round
def test_an_unknown_version(write, version):
    assert f"GGUF version {version} is not known" in refused(write(gguf(version=version)))


HUGE = [1 << 20, 1 << 32, (1 << 63) - 1, (1 << 64) - 1]
HEAD = b"GGUF" + struct.pack("<I", 3)


@pytest.mark.parametrize("huge", HUGE)
@pytest.mark.parametrize(
    "content",
    [
        lambda n: HEAD + struct.pack("<QQ", n, 0),  # tensors
        lambda n: HEAD + struct.pack("<QQ", 0, n),  # pairs
        lambda n: HEAD + struct.pack("<QQQ", 0, 1, n) + b"key",  # bytes of a key
        lambda n: gguf(pair("k", STRING, struct.pack("<Q", n) + b"value")),
        lambda n: gguf(pair("k", ARRAY, struct.pack("<IQ", INT32, n))),
        lambda n: gguf(pair("k", ARRAY, struct.pack("<IQ", STRING, n))),
        lambda n: gguf(pair("k", ARRAY, struct.pack("<IQ", ARRAY, n))),
        lambda n: HEAD + struct.pack("<QQ", 1, 0) + text("t") + struct.pack("<I", n >> 1 & 0xFFFFFFFF),
        lambda n: HEAD + struct.pack("<QQ", 1, 0) + text("t") + struct.pack("<IQQIQ", 2, n, n, F32, 0) + bytes(64),
        lambda n: HEAD + struct.pack("<QQ", 1, 0) + text("t") + struct.pack("<IQIQ", 1, 1, F32, n) + bytes(64),
    ],
)  # fmt: skip
def test_huge_numbers_are_not_believed(write, content, huge):
    assert "broken" in (line := refused(write(content(huge) + bytes(64)))) or "truncated" in line


@pytest.mark.parametrize("kind", [13, 99, 0xFFFFFFFF])
def test_an_unknown_kind_of_value(write, kind):
    assert "broken" in refused(write(gguf(pair("k", kind, bytes(8)))))
    assert "broken" in refused(write(gguf(pair("k", ARRAY, struct.pack("<IQ", kind, 2) + bytes(16)))))


def test_arrays_in_arrays_end_somewhere(write):
    assert "broken" in refused(write(gguf(pair("k", ARRAY, struct.pack("<IQ", ARRAY, 1) * 1000))))


@pytest.mark.parametrize(("kind", "value"), [(UINT32, bytes(4)), (STRING, text("32")), (6, struct.pack("<f", 32.0))])
def test_an_alignment_that_is_none(write, kind, value):
    assert "broken" in refused(write(gguf(pair("general.alignment", kind, value))))


def test_any_bytes_are_a_name(write):
    odd = pair("general.architecture", STRING, struct.pack("<Q", 4) + b"\xff\xfe\n\x00")
    assert read_head(write(gguf(odd))).kind == "model"


def test_a_pair_that_fits(write):
    model, adapter = write(MODEL), write(ADAPTER, "a.gguf")
    check_pair(model, None)
    check_pair(model, adapter)


def test_a_pair_that_does_not_fit(write, tmp_path):
    model, adapter, other = (
        write(MODEL), write(ADAPTER, "a.gguf"), write(gguf(*named("adapter", "qwen2\n")), "o.gguf"),
    )  # fmt: skip
    refusals = {
        (adapter, None): "this is not a model but an adapter (give it with --adapter)",
        (adapter, model): "this is not a model but an adapter",
        (model, model): "this is a model, not an adapter (give it with --model)",
        (model, other): "the adapter is for 'qwen2\\n', the model is 'llama'",
        (model, write(ADAPTER[:-8], "t.gguf")): "the file is truncated",
        (model, tmp_path / "none.gguf"): "no such model file",
    }
    for given, expected in refusals.items():
        with pytest.raises(ModelError) as caught:
            check_pair(*given)
        assert expected in str(caught.value)
        assert "\n" not in str(caught.value)
