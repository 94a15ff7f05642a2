"""Proofs in the forms that people and other programs read: JSON, text, Markdown, DOT, SVG and HTML."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from rune_pl.errors import ProofError, UsageError
from rune_pl.explain.document import Proof
from rune_pl.explain.export.graph import dot, svg
from rune_pl.explain.export.html import html, page
from rune_pl.explain.export.text import markdown, text

_THUMBNAIL = 640  # pixels of the longer side of the pictures in a report
FORMATS = (".json", ".html", ".svg", ".dot", ".md", ".txt")

__all__ = ["FORMATS", "check_file", "dot", "html", "markdown", "svg", "text", "write", "write_report"]


def check_file(path: str | Path, formats: Sequence[str] = FORMATS) -> Path:
    """The path, where its suffix is one of the formats and its folder is there. Raises UsageError."""
    path = Path(path)
    if path.suffix.lower() not in formats:
        raise UsageError(f"{path} has none of the endings that can be written", hint=f"one of {', '.join(formats)}")
    if not path.parent.is_dir():
        raise UsageError(f"cannot write {path}: there is no folder {path.parent}")
    return path


def write(proof: Proof, path: str | Path) -> None:
    """Write a proof to a file in the format that its suffix says; the file is whole or not there.

    Raises:
        UsageError: another suffix, or no such folder.
        MissingExtraError: the format needs a package that is not installed.
        ProofError: the file cannot be written.
    """
    path = check_file(path)
    kind = path.suffix.lower()
    if kind == ".json":
        data = proof.dump()
    elif kind == ".svg":
        data = svg(proof)
    else:
        data = {".html": html, ".dot": dot, ".md": markdown, ".txt": text}[kind](proof).encode()
    _save(path, data)


def write_report(proofs: Sequence[Proof], path: Path) -> None:
    """Write a page of the proofs of one question, in the order given. Raises ProofError."""
    count = f"{len(proofs)} image{'' if len(proofs) == 1 else 's'}, the most probable first."
    _save(path, page(proofs, title="rune-pl report", note=count, largest=_THUMBNAIL).encode())


def _save(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise ProofError(f"cannot write {path}: {error.strerror or error}") from None
