"""Calibrations as files: JSON with a version and a digest, checked by a schema."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import Any, NoReturn

from rune_pl.errors import CalibrationError

FORMAT, VERSION = "rune-pl calibration", 2

_AGAIN = "rune-pl calibrate writes it anew"


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical form of the content: sorted keys, no blanks, ASCII."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def write_calibration(path: Path, content: Mapping[str, Any]) -> None:
    """Write it, all or nothing. Raises CalibrationError."""
    # Version 2 has `context`; a file without it is one that older releases read too.
    version = VERSION if "context" in content else 1
    body = {"format": FORMAT, "version": version, "sha256": digest(content), **content}
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(json.dumps(body, indent=1, allow_nan=False) + "\n", encoding="ascii")
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise CalibrationError(f"cannot be written: {error.strerror or error}", path=path) from None


@contextmanager
def read_calibration(path: Path) -> Iterator[dict[str, Any]]:
    """The checked content of a file; what does not fit together in it within the block is an error of the file.

    Raises:
        CalibrationError: it cannot be read, or a field is wrong.
    """
    body = _read(path)
    version = body.get("version")
    if body.get("format") != FORMAT:
        raise CalibrationError("not a calibration of rune-pl", path=path, field="format", hint=_AGAIN)
    if isinstance(version, int) and version > VERSION:
        raise CalibrationError(
            f"version {version}, this rune-pl reads up to {VERSION}", path=path, field="version", hint="upgrade rune-pl"
        )
    _validate(body, path)
    content = {key: value for key, value in body.items() if key not in ("format", "version", "sha256")}
    if digest(content) != body["sha256"]:
        raise CalibrationError(
            "it was changed after it was written: its own digest differs", path=path, field="sha256", hint=_AGAIN
        )
    try:
        yield content
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise CalibrationError(str(error), path=path, hint=_AGAIN) from None


def _read(path: Path) -> dict[str, Any]:
    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is no JSON number")

    try:
        body = json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
    except OSError as error:
        raise CalibrationError(f"cannot be read: {error.strerror or error}", path=path) from None
    except (ValueError, RecursionError) as error:
        raise CalibrationError(f"not valid JSON: {error}", path=path, hint=_AGAIN) from None
    if not isinstance(body, dict):
        raise CalibrationError("not a calibration of rune-pl", path=path, hint=_AGAIN)
    return body


def _validate(body: Mapping[str, Any], path: Path) -> None:
    import fastjsonschema

    schema = json.loads(files("rune_pl.calibration").joinpath("data/calibration.schema.json").read_text("utf-8"))
    try:
        fastjsonschema.validate(schema, body)
    except fastjsonschema.JsonSchemaValueException as error:
        where = str(error.name).removeprefix("data").removeprefix(".")
        message = str(error.message).removeprefix(str(error.name)).strip()
        raise CalibrationError(message, path=path, field=where or None, hint=_AGAIN) from None
