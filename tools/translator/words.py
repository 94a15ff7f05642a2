"""The word lists of `data/*.yaml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

_DATA = Path(__file__).parent / "data"


@cache
def word_lists(name: str) -> dict[str, list[str]]:
    """The lists of `data/NAME.yaml`. Those of a section are `section.key`: `relations.near`."""
    data = yaml.safe_load((_DATA / f"{name}.yaml").read_text(encoding="utf-8"))
    lists: dict[str, list[str]] = {}
    for key, value in data.items():
        entries = {f"{key}.{k}": v for k, v in value.items()} if isinstance(value, dict) else {key: value}
        lists.update({k: v.split("; ") for k, v in entries.items()})
    return lists
