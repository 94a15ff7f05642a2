"""`rune-pl library`, and the reference page made with it."""

from __future__ import annotations

import json

import pytest

from rune_pl.cli.main import main
from rune_pl.geometry import REGISTRY


@pytest.fixture
def run(capsys, monkeypatch):
    """`run(*arguments)`: exit code, standard output and standard error of `rune-pl library`."""
    monkeypatch.setenv("NO_COLOR", "1")

    def call(*arguments):
        code = main(["library", *map(str, arguments)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_lists_every_section(run):
    code, out, err = run()
    assert (code, err) == (0, "")
    for words in ("Relations between objects", "Measures of boxes", "near(A, B, D)", "X =< Y", "at_least(N, X, Goal)"):
        assert words in out
    assert "count_lead" not in out  # internal
    assert not [line for line in out.splitlines() if len(line) > 120]


def test_explains_every_arity_of_a_name(run):
    code, out, _ = run("near")
    assert code == 0
    assert "near(A, B)\n" in out
    assert "near(A, B, D)\n" in out
    assert "D: distance (a number of metres, or `px(N)` for N pixels), given" in out
    assert "retrieve :- object(A, ship), object(B, harbor), near(A, B, 50)." in out
    assert "near(A, B, D) :- distinct(A, B), gap(A, B, G), pixels(D, P), G =< P." in out


@pytest.mark.parametrize("name", ["near/3", "<", "is", "true", "gap", "forall"])
def test_explains_one(run, name):
    code, out, err = run(name)
    assert (code, err) == (0, "")
    assert "Example" in out


def test_json_is_one_object_per_line(run):
    code, out, _ = run("--json")
    assert code == 0
    records = [json.loads(line) for line in out.splitlines()]
    by_name = {(r["name"], r["arity"]): r for r in records}
    assert len(by_name) == len(records)
    assert by_name.keys() >= REGISTRY.keys()
    near = by_name["near", 3]
    assert near["arguments"][2] == {"mode": "+", "name": "D", "kind": "distance"}
    assert (near["section"], near["file"], near["deterministic"]) == ("spatial", "spatial.pl", True)
    assert by_name["closest", 2]["deterministic"] is False
    assert run("near/3", "--json")[1] == next(line + "\n" for line in out.splitlines() if json.loads(line) == near)


def test_shows_relations_of_the_users_own(run, tmp_path):
    mine = tmp_path / "[bold]mine.pl"
    mine.write_text("moored(S, H) :- touching(S, H).\n")
    code, out, _ = run("--library", mine)
    assert code == 0
    assert out.startswith("[bold]mine\n moored(S, H)")
    code, out, _ = run("moored", "--library", mine)
    assert "It has no doc comment." in out
    assert "Definition ([bold]mine.pl:1)" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["naer"], "error: the library has no predicate 'naer' (did you mean near?)"),
        (["near/4"], "error: the library has no predicate 'near/4' (there is near/2 and near/3)"),
        (["count_lead"], "error: the library has no predicate 'count_lead'"),
        (["q" * 500], "`rune-pl library` lists all"),
        (["near", "--markdown"], "error: --markdown prints the whole reference"),
        (["--json", "--markdown"], "error: --markdown prints the whole reference"),
        (["--library", "/nowhere/mine.pl"], "error: /nowhere/mine.pl: No such file or directory"),
    ],
)
def test_mistakes(run, arguments, message):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1


def test_the_reference_page_is_current(run, repository):
    code, out, _ = run("--markdown")
    assert code == 0
    page = (repository / "docs" / "library.md").read_text(encoding="utf-8")
    assert page == out, "run `rune-pl library --markdown > docs/library.md`"
