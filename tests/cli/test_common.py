from __future__ import annotations

import io
import json
import math
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pytest

from rune_pl.cli import _common
from rune_pl.cli._common import console, err_console, json_line, progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """A function that makes standard output and error terminals, and returns them."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")

    def attach():  # called in the test: pytest has streams of its own for the fixtures' phase
        streams = Terminal(), Terminal()
        monkeypatch.setattr("sys.stdout", streams[0])
        monkeypatch.setattr("sys.stderr", streams[1])
        return streams

    return attach


def test_json_is_one_strict_line():
    line = json_line({"id": "Å\n", "odds": math.inf, "nan": [math.nan, -math.inf], "p": 0.1 + 0.2})
    assert "\n" not in line
    assert line.isascii()
    assert json.loads(line) == {"id": "Å\n", "odds": None, "nan": [None, None], "p": 0.1 + 0.2}


def test_json_of_arrays_paths_and_times():
    value = (np.float32(0.5), np.array([1, 2]), Path("a/b"), datetime(2024, 5, 6, tzinfo=timezone.utc), True, None)
    assert json.loads(json_line(value)) == [0.5, [1, 2], "a/b", "2024-05-06T00:00:00+00:00", True, None]


def test_json_refuses_what_it_does_not_know():
    with pytest.raises(TypeError, match="set has no JSON form"):
        json_line({"a": {1, 2}})


def test_names_from_outside_are_not_markup(capsys):
    console().print("[/bold] :smile: 17")
    assert capsys.readouterr().out == "[/bold] :smile: 17\n"


def test_a_terminal_has_colours_and_no_color_takes_them_away(terminal, monkeypatch):
    out, _ = terminal()
    console().print("red", style="red")
    assert "\x1b[31m" in out.getvalue()
    out.truncate(0)
    monkeypatch.setenv("NO_COLOR", "1")
    console().print("red", style="red")
    assert "\x1b[31m" not in out.getvalue()


def test_a_file_gets_no_colours_and_120_columns(capsys, monkeypatch):
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.delenv("COLUMNS", raising=False)
    console().print("x" * 120, style="red")
    assert capsys.readouterr().out == "x" * 120 + "\n"


def test_columns_is_heard(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    console().print("x" * 40)
    assert capsys.readouterr().out == "x" * 30 + "\n" + "x" * 10 + "\n"


def test_notices_go_to_standard_error(capsys):
    err_console().print("notice")
    assert capsys.readouterr() == ("", "notice\n")


def test_progress_on_a_terminal_is_a_bar_on_standard_error(terminal):
    out, err = terminal()
    with progress(4, "images") as advance:
        advance(2)
        advance.advance(2)
    assert out.getvalue() == ""
    assert "images" in err.getvalue()
    assert "4/4" in err.getvalue()


def test_progress_of_a_short_job_is_silent_elsewhere(capsys):
    with progress(2, "images") as advance:
        advance(1)
        advance(2, 2)
    assert capsys.readouterr() == ("", "")


def test_progress_of_a_long_job_is_a_line_now_and_then(capsys, monkeypatch):
    clock = iter([0.0, 1.0, 6.0, 6.0, 7.0, 40.0, 40.0, 80.0, 80.0])
    monkeypatch.setattr(_common.time, "monotonic", lambda: next(clock))
    with progress(None, "reading") as advance:
        for _ in range(4):
            advance.advance()
        advance(5, 9)
    assert capsys.readouterr().err == "reading: 2\nreading: 4\nreading: 5 of 9\n"


def test_a_rate_is_shown_where_a_unit_is_named(capsys, monkeypatch):
    clock = iter([0.0, 10.0, 10.0, 10.0])
    monkeypatch.setattr(_common.time, "monotonic", lambda: next(clock))
    with progress(100, "detecting", unit="images") as advance:
        advance(25, 100)
    assert capsys.readouterr().err == "detecting: 25 of 100, 2.5 images/s, 30 s left\n"
