"""`rune-pl doctor`: what is there and works, what is there and fails, what is missing."""

from __future__ import annotations

import json
import shutil

import pytest

from rune_pl import doctor
from rune_pl.cli.main import main


@pytest.fixture(scope="module")
def parts():
    return {part.name: part for part in doctor.examine()}


def test_the_core_works(parts):
    assert next(iter(parts)) == "rune-pl"
    assert parts["rune-pl"].works, parts["rune-pl"]


def test_programs_are_where_the_shell_finds_them(parts):
    for name, program in (("SWI-Prolog", "swipl"), ("Graphviz", "dot")):
        assert parts[name].where == shutil.which(program)
        assert parts[name].found == (shutil.which(program) is not None)
        if parts[name].found:
            assert parts[name].works
            assert parts[name].version[0].isdigit()


def test_what_is_missing_says_what_to_install(parts):
    for part in parts.values():
        assert part.found or part.note
        assert (part.works is None) == (not part.found)
        assert part.works is not False or part.note


def test_a_broken_part_breaks_nothing(monkeypatch, capfd):
    def broken():
        yield doctor.Part("rune-pl", "exact answers", True, True, "1")
        yield doctor._package("pytest", "pytest", "trying", "dev", "import sys; print('it is broken'); sys.exit(3)")
        yield doctor._package("nothing", "no-such-package", "trying", "dev", "import nothing")

    monkeypatch.setattr(doctor, "examine", broken)
    assert main(["doctor", "--json"]) == 0
    core, failing, missing = (json.loads(line) for line in capfd.readouterr().out.splitlines())
    assert (failing["found"], failing["works"], failing["note"]) == (True, False, "it is broken")
    assert (missing["found"], missing["works"], missing["note"]) == (False, None, "pip install 'rune-pl[dev]'")
    assert core["works"]
    assert main(["doctor"]) == 0
    assert "fails" in capfd.readouterr().out


def test_a_core_that_fails_is_our_fault(monkeypatch, capfd):
    monkeypatch.setattr(doctor, "examine", lambda: iter([doctor.Part("rune-pl", "", True, False, note="no")]))
    assert main(["doctor"]) == 1


def test_a_part_that_hangs_is_given_up(monkeypatch):
    assert doctor._tried("import time; time.sleep(60)", seconds=0.5) == "no answer within 0.5 s"
