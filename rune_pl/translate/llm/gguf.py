"""The head of a GGUF file, read before llama.cpp loads the file: a broken one would crash it, or end in riddles.

The format is described in the ggml project's docs/gguf.md: magic, version, counts, key-value pairs, tensor directory,
then the tensors, all little-endian. Only the head is read, and nothing in it is believed before it was compared with
the size of the file.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from rune_pl.errors import ModelError

_MOST_PAIRS, _MOST_TENSORS, _MOST_DIMENSIONS = 10_000, 100_000, 8
_LONGEST_STRING = 16 << 20
_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_STRING, _ARRAY = 8, 9
# Bytes of a block and values in it, by type of tensor; what is not here is not checked for its size.
_BLOCKS = {
    0: (4, 1), 1: (2, 1), 2: (18, 32), 3: (20, 32), 6: (22, 32), 7: (24, 32), 8: (34, 32), 10: (84, 256),
    11: (110, 256), 12: (144, 256), 13: (176, 256), 14: (210, 256), 15: (292, 256), 24: (1, 1), 25: (2, 1), 26: (4, 1),
    30: (2, 1),
}  # fmt: skip


@dataclass(frozen=True)
class Head:
    """What a GGUF file says of itself. `kind` is "model" or "adapter"."""

    kind: str
    architecture: str
    name: str


def read_head(path: Path) -> Head:
    """The head of a whole GGUF file.

    Raises ModelError: the file is missing, no GGUF file, truncated, or of a version that is not known.
    """
    try:
        if path.is_dir():
            raise ModelError("this is a folder, a model is one .gguf file", where_from=path)
        if path.exists() and not path.is_file():  # to open a pipe would wait for its writer
            raise ModelError("this is not a file", where_from=path)
        size = path.stat().st_size
        with path.open("rb") as file:
            return _Reader(file, size, path).head()
    except FileNotFoundError:
        raise ModelError(
            "there is no such model file", where_from=path, hint="`rune-pl models list` shows what is installed"
        ) from None
    except OSError as error:
        raise ModelError(f"cannot be read: {error.strerror}", where_from=path) from None


def check_pair(model: Path, adapter: Path | None) -> None:
    """Raises ModelError unless both files are whole, one a model and the other an adapter for its architecture."""
    head = read_head(model)
    if head.kind != "model":
        raise ModelError(f"this is not a model but an {head.kind}", where_from=model, hint="give it with --adapter")
    if adapter is None:
        return
    other = read_head(adapter)
    if other.kind != "adapter":
        raise ModelError("this is a model, not an adapter", where_from=adapter, hint="give it with --model")
    if other.architecture != head.architecture:
        message = f"the adapter is for {other.architecture!r}, the model is {head.architecture!r}"
        raise ModelError(message, where_from=adapter, hint="use the adapter with the model that it was made for")


class _Reader:
    def __init__(self, file: BinaryIO, size: int, path: Path) -> None:
        self._file, self._size, self._path = file, size, path

    def head(self) -> Head:
        if self._size == 0:
            raise ModelError("the file is empty", where_from=self._path)
        if self._file.read(4) != b"GGUF":
            raise ModelError("this is not a GGUF file", where_from=self._path, hint="llama.cpp loads .gguf files")
        version = self._number("<I")
        if version not in (2, 3):
            raise ModelError(f"GGUF version {version} is not known", where_from=self._path)
        tensors, pairs = self._number("<Q"), self._number("<Q")
        if tensors > _MOST_TENSORS or pairs > _MOST_PAIRS:
            raise self._broken()
        found: dict[str, Any] = {}
        for _ in range(pairs):
            key = self._string()
            found[key] = self._value(self._number("<I"))
        end = max((self._tensor() for _ in range(tensors)), default=0)
        alignment = found.get("general.alignment", 32)
        if not isinstance(alignment, int) or not 0 < alignment <= 1 << 20:
            raise self._broken()
        start = -(-self._file.tell() // alignment) * alignment
        if start + end > self._size:
            missing = start + end - self._size
            raise ModelError(
                f"the file is truncated: {missing:,} bytes are missing", where_from=self._path, hint="get it again"
            )
        kind, name = (str(found.get(f"general.{key}", "")) for key in ("type", "name"))
        return Head(
            "adapter" if kind == "adapter" else "model", str(found.get("general.architecture", "unknown")), name
        )

    def _tensor(self) -> int:
        """Where the tensor ends, from the start of all tensors."""
        self._string()
        dimensions = self._number("<I")
        if dimensions > _MOST_DIMENSIONS:
            raise self._broken()
        values = 1
        for _ in range(dimensions):
            values *= self._number("<Q")
        block, per_block = _BLOCKS.get(self._number("<I"), (0, 1))
        return int(self._number("<Q")) + values // per_block * block

    def _value(self, kind: int, depth: int = 0) -> Any:
        if kind in _SCALARS:
            return self._number(_SCALARS[kind])
        if kind == _STRING:
            return self._string()
        if kind != _ARRAY or depth > 2:
            raise self._broken()
        inner, length = self._number("<I"), self._number("<Q")
        if inner in _SCALARS:
            self._skip(length * struct.calcsize(_SCALARS[inner]))
        else:
            if length > self._size:
                raise self._broken()
            for _ in range(length):
                self._value(inner, depth + 1)
        return None

    def _string(self) -> str:
        length = self._number("<Q")
        if length > min(_LONGEST_STRING, self._size):
            raise self._broken()
        return self._read(length).decode("utf-8", errors="replace")

    def _number(self, form: str) -> Any:
        return struct.unpack(form, self._read(struct.calcsize(form)))[0]

    def _skip(self, count: int) -> None:
        if count > self._size - self._file.tell():
            raise self._broken()
        self._file.seek(count, 1)

    def _read(self, count: int) -> bytes:
        found = self._file.read(count)
        if len(found) < count:
            raise ModelError("the file is truncated", where_from=self._path, hint="get it again")
        return found

    def _broken(self) -> ModelError:
        return ModelError("the head of the file is broken", where_from=self._path, hint="get it again")
