"""Tiny GGUF files, written by hand."""

from __future__ import annotations

import struct

UINT32, STRING, ARRAY, INT32, F32 = 4, 8, 9, 5, 0


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def pair(key: str, kind: int, value: bytes) -> bytes:
    return text(key) + struct.pack("<I", kind) + value


def strings(*values: str) -> bytes:
    return struct.pack("<IQ", STRING, len(values)) + b"".join(map(text, values))


def gguf(*pairs: bytes, version: int = 3, magic: bytes = b"GGUF", values: int = 24) -> bytes:
    """A file with one tensor of float32, 3 x `values / 3`, at the alignment of 32 bytes."""
    tensor = text("blk.0") + struct.pack("<IQQIQ", 2, 3, values // 3, F32, 0)
    head = magic + struct.pack("<IQQ", version, 1, len(pairs)) + b"".join(pairs) + tensor
    return head + bytes(-len(head) % 32) + bytes(4 * values)


def named(kind: str, architecture: str) -> list[bytes]:
    return [
        pair("general.architecture", STRING, text(architecture)),
        pair("general.type", STRING, text(kind)),
        pair("general.name", STRING, text(f"a tiny {kind}")),
        pair("tokens", ARRAY, strings("a", "b", "")),
        pair("scores", ARRAY, struct.pack("<IQ3i", INT32, 3, 1, 2, 3)),
        pair("nested", ARRAY, struct.pack("<IQ", ARRAY, 1) + struct.pack("<IQ2I", UINT32, 2, 1, 2)),
        pair("context", UINT32, struct.pack("<I", 2048)),
    ]


MODEL, ADAPTER = gguf(*named("model", "llama")), gguf(*named("adapter", "llama"))
