"""What the tests share: the checkout, and real detections where they are at hand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from rune_pl.inference.warm import warm_up
from rune_pl.retrieval.cache import QueryCache

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session", autouse=True)
def compiled() -> None:
    """Every kernel is compiled before the first test, so that none waits for it and no command says that it does."""
    warm_up()


@pytest.fixture(scope="session", autouse=True)
def no_kept_answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Commands neither find nor leave answers in the cache folder of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        cache = QueryCache(tmp_path_factory.mktemp("cache") / "queries.sqlite")
        patch.setattr(QueryCache, "default", lambda: cache)
        yield


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
