"""A tiny known model, and the wheel that has it."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

from rune_pl.translate.llm.store import KnownModel

CONTENT = b"GGUF" + bytes(range(256)) * 10_000  # 2.5 MB: three blocks
MEMBER = "tiny/tiny.gguf"


def tiny(content: bytes = CONTENT, member: str = MEMBER) -> KnownModel:
    return KnownModel(
        name="tiny", summary="A model for tests", licence="none", package="tiny-model", version="1.0", member=member,
        size=len(content), sha256=hashlib.sha256(content).hexdigest(), adapter="tiny.lora.gguf",
    )  # fmt: skip


def make_wheel(path: Path, content: bytes = CONTENT, member: str = MEMBER) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("tiny/__init__.py", "raise SystemExit('no code of a wheel is run')")
        archive.writestr(member, content)
    return path
