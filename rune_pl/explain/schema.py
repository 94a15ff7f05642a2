"""The JSON Schema of proof documents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any


def schema() -> dict[str, Any]:
    """The published schema."""
    found: dict[str, Any] = json.loads(files("rune_pl.explain").joinpath("data/proof.schema.json").read_text("utf-8"))
    return found


def validate(content: Any) -> Iterator[tuple[str, str]]:
    """Where content does not fit the schema, and how: the first place, or nothing."""
    import fastjsonschema

    try:
        fastjsonschema.validate(schema(), content)
    except fastjsonschema.JsonSchemaValueException as error:
        where = str(error.name).removeprefix("data").removeprefix(".") or "document"
        yield where, str(error.message).removeprefix(str(error.name)).strip()
