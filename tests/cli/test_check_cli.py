"""`rune-pl check`: what it prints for good and bad rules, and how it ends."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from rune_pl.cli.main import main

GOOD = "retrieve :- near(A, B), object(A, boat), object(B, harbour).\n"


class Result(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("NO_COLOR", "1")

    def call(*arguments: object) -> Result:
        code = main(["check", *map(str, arguments)])
        return Result(code, *capfd.readouterr())

    return call


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    monkeypatch.chdir(tmp_path)

    def put(name: str, text: str) -> Path:
        Path(name).write_text(text, encoding="utf-8")
        return Path(name)

    return put


def test_good_rule_is_printed_in_canonical_form_and_english(run: Run, write: Any) -> None:
    result = run(write("r.pl", GOOD))
    lines = result.out.splitlines()
    assert result.code == 0
    assert lines[0] == "r.pl: no errors"
    assert lines[1] == "  retrieve :- object(A, ship), object(B, harbor), near(A, B)."
    assert lines[2].startswith("  % ")
    assert "ship" in lines[2]
    assert "harbor" in lines[2]
    assert result.err == ""


def test_errors_have_place_line_and_caret(run: Run, write: Any) -> None:
    write("r.pl", "% ships\nretrieve :- object(A, shipp),\n    neer(A, B).\nb :- c d.\n")
    result = run("r.pl")
    assert result.code == 2
    assert result.out.splitlines() == [
        "r.pl:2:23: error: unknown class 'shipp' (did you mean ship?)",
        "    retrieve :- object(A, shipp),",
        "                          ^",
        "r.pl:4:8: error: unexpected 'd' (a comma, an operator or a full stop is missing before it)",
        "    b :- c d.",
        "           ^",
        "r.pl: 2 errors",
    ]


def test_warnings_do_not_fail(run: Run, write: Any) -> None:
    result = run(write("r.pl", "retrieve :- object(_, Class).\n"))
    assert result.code == 0
    assert "r.pl:1:23: warning: Class occurs once" in result.out


def test_needs_are_said(run: Run) -> None:
    result = run("--rule", "retrieve :- object(A, ship), in_region(A, top), longer_than(A, 50).")
    assert result.code == 0
    assert "ground sampling distance" in result.out
    assert "known size" in result.out


def test_several_files_and_rules_are_all_checked(run: Run, write: Any) -> None:
    write("good.pl", GOOD)
    write("bad.pl", "retrieve :- boats(A).\n")
    result = run("bad.pl", "good.pl", "missing.pl", "--rule", GOOD, "--rule", "retrieve")
    assert result.code == 2
    assert "bad.pl: 1 error\n" in result.out
    assert "good.pl: no errors\n" in result.out
    assert "missing.pl: error: cannot be read: No such file or directory" in result.out
    assert "rule 1: no errors\n" in result.out
    assert "rule 2:1:9: error: the last rule does not end" in result.out


def test_json(run: Run, write: Any) -> None:
    write("r.pl", GOOD)
    result = run("r.pl", "--rule", "retrieve :- object(A, shipp).", "--json")
    good, bad = map(json.loads, result.out.splitlines())
    assert result.code == 2
    assert good["source"] == "r.pl"
    assert good["ok"] is True
    assert good["program"] == "retrieve :- object(A, ship), object(B, harbor), near(A, B)."
    assert good["errors"] == []
    assert good["needs"] == []
    assert good["recursive"] is False
    assert bad["ok"] is False
    assert bad["program"] is None
    assert bad["errors"] == [
        {
            "type": "UnknownClassError",
            "line": 1,
            "column": 23,
            "message": "unknown class 'shipp'",
            "hint": "did you mean ship?",
        }
    ]


def test_own_classes_and_relations(run: Run, write: Any) -> None:
    write("classes.yaml", "extends: dota\nclasses:\n  kayak: {synonyms: [canoe]}\n")
    write("own.pl", "beside(A, B) :- object(A, _), object(B, _), near(A, B, px(5)).\n")
    rule = "retrieve :- object(A, canoes), object(B, ship), beside(A, B)."
    assert run("--rule", rule).code == 2
    result = run("--rule", rule, "--ontology", "classes.yaml", "--library", "own.pl")
    assert result.code == 0
    assert "object(A, kayak)" in result.out


def test_broken_ontology_is_one_line(run: Run, write: Any) -> None:
    write("classes.yaml", "classes: [a]\n")
    result = run("--rule", GOOD, "--ontology", "classes.yaml")
    assert result.code == 2
    assert result.err.startswith("error: classes.yaml:1: classes must be a mapping")


def test_nothing_to_check(run: Run) -> None:
    result = run()
    assert result.code == 2
    assert "nothing to check" in result.err


def test_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GOOD.encode())))
    result = run("-")
    assert result.code == 0
    assert result.out.startswith("stdin: no errors")


def test_files_that_are_no_rules(run: Run, tmp_path: Path) -> None:
    binary, huge, folder = tmp_path / "binary.pl", tmp_path / "huge.pl", tmp_path / "folder.pl"
    binary.write_bytes(b"retrieve :- \xff\xfe.")
    huge.write_bytes("é".encode() * 400_000)
    folder.mkdir()
    result = run(binary, huge, folder)
    assert result.code == 2
    assert "binary.pl: error: the file is not UTF-8 text" in result.out
    assert "more than 65,536" in result.out
    assert "folder.pl: error: cannot be read" in result.out


def test_nothing_from_a_file_controls_the_terminal(run: Run, write: Any) -> None:
    result = run(write("r.pl", "retrieve :- object(A, '\x1b[31mred'), x\x9b(A).\n"))
    assert result.code == 2
    assert "\x1b" not in result.out
    assert "\x9b" not in result.out


def test_long_lines_are_cut_around_the_error(run: Run, write: Any) -> None:
    goals = ", ".join(["object(_, ship)"] * 40)
    result = run(write("r.pl", f"retrieve :- {goals}, neer(A), {goals}.\n"))
    finding, line, caret, *_ = result.out.splitlines()
    assert "neer" in finding
    assert len(line) < 120
    assert line[caret.index("^") :].startswith("neer(A)")
