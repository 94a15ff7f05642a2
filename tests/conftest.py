"""What the tests share: the checkout, and real detections where they are at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def dota() -> Path:
    """Real DOTA validation data (labelTxt/, detections/): `RUNE_DOTA`, or shared/data/dota-val beside the checkout."""
    place = Path(os.environ.get("RUNE_DOTA") or ROOT.parent / "shared" / "data" / "dota-val")
    if not place.is_dir():
        pytest.skip(f"no DOTA data in {place} (set RUNE_DOTA)")
    return place
