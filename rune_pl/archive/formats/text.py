"""Text files read line by line in bounded memory, and the numbers in them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from rune_pl.archive.formats.base import MAX_COORDINATE, Origin, Problems, shown

MAX_LINE = 1_000_000  # bytes
MIN_GSD, MAX_GSD = 1e-6, 1e6  # metres per pixel, from microscopes to planets

_WIDE_MARKS = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
UTF8_MARK = b"\xef\xbb\xbf"


def wide_encoding(head: bytes) -> str | None:
    """The name of the encoding that the first bytes of a file announce, if it is not UTF-8."""
    return next((name for mark, name in _WIDE_MARKS.items() if head.startswith(mark)), None)


def text_lines(path: Path, problems: Problems) -> Iterator[tuple[Origin, str, int]]:
    """The lines of a UTF-8 file that are not blank: where each stands, its text, and how many bytes are read so far.

    A byte order mark is dropped, lines may end in CRLF. What is reported and left out: a line that is longer than
    `MAX_LINE` or not UTF-8 or has a NUL, and the whole file when it cannot be read or is UTF-16 or UTF-32.
    """
    number = position = 0
    try:
        with path.open("rb") as file:
            while raw := file.readline(MAX_LINE + 1):
                number += 1
                position += len(raw)
                origin = Origin(path, number)
                if number == 1 and (wide := wide_encoding(raw)):
                    problems.report(Origin(path).error(f"the file is {wide}", hint="save it as UTF-8"))
                    return
                if len(raw) > MAX_LINE:
                    while raw and not raw.endswith(b"\n"):
                        raw = file.readline(MAX_LINE)
                        position += len(raw)
                    problems.report(origin.error(f"the line is longer than {MAX_LINE:,} bytes"))
                    continue
                if number == 1:
                    raw = raw.removeprefix(UTF8_MARK)
                try:
                    text = raw.decode("utf-8")
                except UnicodeDecodeError as error:
                    hint = "save the file as UTF-8"
                    problems.report(origin.error(f"byte {error.start + 1} of the line is not UTF-8", hint=hint))
                    continue
                if "\0" in text:
                    problems.report(origin.error("the line has a NUL byte", hint="expected a text file in UTF-8"))
                    continue
                if text.strip():
                    yield origin, text, position
    except OSError as error:
        problems.report(Origin(path).error(f"the file cannot be read: {error.strerror or error}"))


def parse_number(text: str, what: str) -> float:
    """A finite decimal number; `what` names it in the error.

    Raises:
        ValueError: it is none. What Python takes beyond that (`1_000`, other scripts' digits) is refused as well.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or "_" in text or not text.isascii():
        raise ValueError(f"{what} is {shown(text)}, expected a number")
    return value


def parse_coordinates(fields: Sequence[str]) -> list[float]:
    """The numbers x1 y1 x2 y2 ...

    Raises:
        ValueError: one of them is not a finite number of at most `MAX_COORDINATE` pixels.
    """
    return check_coordinates(parse_points(fields))


def parse_points(fields: Sequence[str]) -> list[float]:
    """The numbers x1 y1 x2 y2 ..., finite.

    Raises:
        ValueError: one of them is not a finite number; it is named (`y2`).
    """
    text = "".join(fields)
    if text.isascii() and "_" not in text:  # the usual case, at the usual speed
        try:
            values = list(map(float, fields))
        except ValueError:
            values = [math.nan]
        if math.isfinite(sum(values)):
            return values
    return [parse_number(t, f"{'yx'[i % 2]}{(i + 1) // 2}") for i, t in enumerate(fields, 1)]


def check_coordinates(values: list[float]) -> list[float]:
    """The values themselves.

    Raises:
        ValueError: one of them is not finite or beyond `MAX_COORDINATE` pixels.
    """
    for value in values:
        if not abs(value) <= MAX_COORDINATE:
            raise ValueError(f"the coordinate {value:g} is beyond {MAX_COORDINATE:g} pixels")
    return values


def check_score(value: float) -> float:
    """The value itself.

    Raises:
        ValueError: it is not in [0, 1].
    """
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"the score {value:g} is not in [0, 1]")
    return value


def check_gsd(value: float) -> float:
    """The value itself.

    Raises:
        ValueError: it is not from `MIN_GSD` to `MAX_GSD` metres per pixel.
    """
    if not MIN_GSD <= value <= MAX_GSD:
        raise ValueError(
            f"the ground sampling distance {value:g} is not from {MIN_GSD:g} to {MAX_GSD:g} metres per pixel"
        )
    return value
