"""JSON files read record by record: a scan that refuses what would not fit in memory, then a streaming parser."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ijson
import numpy as np

from rune_pl.archive.formats.base import Origin, check_image_id, shown
from rune_pl.archive.formats.text import UTF8_MARK, wide_encoding

MAX_DEPTH = 64  # brackets within brackets
MAX_STRING = 1_000_000  # bytes
MAX_RECORD = 64 * 2**20  # bytes between two records of a list

_CHUNK = 2**20
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*("|\\?\Z)', re.DOTALL)
_STEP = np.zeros(256, dtype=np.int8)
_STEP[[ord("["), ord("{")]] = 1
_STEP[[ord("]"), ord("}")]] = -1
_STEP.setflags(write=False)


def scan_json(path: Path) -> str:
    """Read the file once without parsing it; returns its first character, `{` or `[`.

    Raises:
        FormatError: it cannot be read, is not JSON at first sight (empty, UTF-16), or goes beyond the limits of depth,
            string length and record size. The parser's memory grows with each of them.
    """
    origin = Origin(path)
    first = b""
    depth, carry, record = 0, b"", 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                if not first:
                    if wide := wide_encoding(chunk):
                        raise origin.error(f"the file is {wide}", hint="save it as UTF-8")
                    chunk = chunk.removeprefix(UTF8_MARK).lstrip()
                    first = chunk[:1]
                    if chunk and first not in (b"{", b"["):
                        raise origin.error(f"the file begins with {shown(first.decode('latin-1'))}, expected JSON")
                bare, carry = _without_strings(carry + chunk)
                if len(carry) > MAX_STRING:
                    raise origin.error(f"a string is longer than {MAX_STRING:,} bytes")
                steps = _STEP[np.frombuffer(bare, dtype=np.uint8)]
                depths = depth + np.cumsum(steps, dtype=np.int64)
                if len(depths):
                    depth = int(depths[-1])
                    if int(depths.max()) > MAX_DEPTH:
                        raise origin.error(f"the JSON is nested deeper than {MAX_DEPTH} levels")
                between = len(depths) > 0 and int(depths.min()) <= (2 if first == b"{" else 1)
                record = 0 if between else record + len(chunk)
                if record > MAX_RECORD:
                    raise origin.error(f"one record is larger than {MAX_RECORD // 2**20} MB")
    except OSError as error:
        raise origin.error(f"the file cannot be read: {error.strerror or error}") from error
    if not first:
        raise origin.error("the file is empty", hint="expected JSON")
    return first.decode("latin-1")


def _without_strings(data: bytes) -> tuple[bytes, bytes]:
    """The data without its strings, and the string that does not end in it."""
    kept = []
    start = 0
    for match in _STRING.finditer(data):
        kept.append(data[start : match.start()])
        start = match.end()
        if match[1] != b'"':
            return b"".join(kept), match[0]
    kept.append(data[start:])
    return b"".join(kept), b""


def json_items(path: Path, prefix: str) -> Iterator[tuple[Any, int]]:
    """The values at an ijson prefix (`annotations.item`), each with the number of bytes read so far.

    Raises:
        FormatError: the file cannot be read or is not JSON. NaN and Infinity are not.
    """
    origin = Origin(path)
    try:
        with path.open("rb") as file:
            if file.read(3) != UTF8_MARK:
                file.seek(0)
            for value in ijson.items(file, prefix, use_float=True):
                yield value, file.tell()
    except OSError as error:
        raise origin.error(f"the file cannot be read: {error.strerror or error}") from error
    except (ijson.JSONError, ValueError, ArithmeticError) as error:
        raise origin.error(f"the file is not JSON: {_one_line(error)}") from error


def check_list(path: Path, key: str) -> None:
    """For a file in which no item of the list `key` was found. Raises FormatError unless `key` is an empty list."""
    values = [value for value, _ in json_items(path, key)]
    if values != [[]]:
        found = kind(values[0]) if values else "missing"
        raise Origin(path, record=key).error(f"{key} is {found}, expected a list")


def _one_line(error: Exception) -> str:
    """The parser's message: what is wrong, and the text before the place where its arrow points."""
    text = error.args[0] if error.args else ""
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and "^" in lines[-1]:
        return f"{lines[0]} near {shown(lines[1], 80)}"
    return shown(lines[0], 80) if lines else type(error).__name__


def as_object(value: Any, what: str) -> dict[str, Any]:
    """The value, if it is a JSON object.

    Raises:
        ValueError: it is not.
    """
    if not isinstance(value, dict):
        raise ValueError(f"{what} is {kind(value)}, expected an object")
    return value


def as_number(value: Any, what: str) -> float:
    """The value as a float, if it is a finite JSON number.

    Raises:
        ValueError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{what} is {kind(value)}, expected a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{what} is too large a number")
    return number


def as_numbers(value: Any, what: str) -> list[float]:
    """The values of a list of finite JSON numbers.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(value, list):
        raise ValueError(f"{what} is {kind(value)}, expected a list of numbers")
    return [as_number(item, what) for item in value]


def as_text(value: Any, what: str) -> str:
    """The value, if it is a JSON string that is not empty.

    Raises:
        ValueError: it is not.
    """
    if not isinstance(value, str) or not value:
        raise ValueError(f"{what} is {kind(value)}, expected a text")
    return value


def as_id(value: Any, what: str) -> str:
    """A whole number or a text that names something, as text.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(f"{what} is {kind(value)}, expected a whole number or a text")
    return check_image_id(str(value))


def kind(value: Any) -> str:
    """What sort of JSON value this is, for messages."""
    if value is None:
        return "missing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:g}"
    if isinstance(value, str):
        return "a text" if value else "an empty text"
    return "a list" if isinstance(value, list) else "an object"
