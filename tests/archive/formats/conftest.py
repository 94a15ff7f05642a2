"""Readers without an archive behind them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from rune_pl.archive.formats import FORMATS, ImportOptions, Problems
from rune_pl.archive.records import Detections, ImageRecord


class Read(NamedTuple):
    images: dict[str, ImageRecord]
    detections: dict[str, Detections]
    problems: list[str]
    notes: list[str]


@pytest.fixture
def read() -> Callable[..., Read]:
    """`read(format, source, **options)`: what the format reads, with bad lines skipped; places are file names only."""

    def run(name: str, source: Path, *, skip: bool = True, **options: Any) -> Read:
        problems = Problems(skip=skip)
        found = list(FORMATS[name].read(source, ImportOptions(**options), problems, lambda done, total: None))
        problems.finish()
        ids = [image.id for image, _ in found]
        assert ids == sorted(set(ids)), "images come once each, in order of their id"
        return Read(
            {image.id: image for image, _ in found},
            {image.id: detections for image, detections in found},
            [str(e).replace(f"{e.path.parent}/", "") for e in problems.kept],
            [str(e).replace(f"{e.path.parent}/", "") for e in problems.notes],
        )

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """`folder({name: text or bytes})`: a new folder with these files."""

    def make(files: dict[str, str | bytes], name: str = "source") -> Path:
        place = tmp_path / name
        for file, content in files.items():
            (place / file).parent.mkdir(parents=True, exist_ok=True)
            (place / file).write_bytes(content if isinstance(content, bytes) else content.encode())
        return place

    return make
