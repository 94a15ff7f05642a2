"""`rune-pl sample`."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rune_pl.archive import Archive
from rune_pl.cli.sample import command
from rune_pl.errors import UsageError


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments))


def test_generates_images_truth_and_detections(tmp_path: Path) -> None:
    result = _run(
        str(tmp_path / "new"), "--scenes", "3", "--seed", "1", "--size", "64", "--kind", "port", "--kind", "river"
    )
    assert result.exit_code == 0, result.output
    names = ["port_001", "port_003", "river_002"]
    assert sorted(file.stem for file in (tmp_path / "new" / "images").iterdir()) == names
    assert sorted(file.stem for file in (tmp_path / "new" / "truth").iterdir()) == names
    assert {file.name for file in (tmp_path / "new").iterdir()} == {"images", "truth", "detections"}
    assert "3 scenes" in result.output and "rune-pl import dota-results" in result.output


def test_prints_the_path_of_the_bundled_archive() -> None:
    result = _run("--path")
    assert result.exit_code == 0
    assert len(Archive.open(result.output.strip())) == 40


def test_copies_the_bundled_sample(tmp_path: Path) -> None:
    result = _run(str(tmp_path / "mine"), "--bundled")
    assert result.exit_code == 0, result.output
    assert len(Archive.open(tmp_path / "mine" / "archive")) == 40


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "no DIRECTORY"),
        (("new", "--bundled", "--seed", "1"), "do not go with it"),
        (("new", "--path"), "nothing else"),
        (("--path", "--bundled"), "nothing else"),
        (("new", "--kind", "moon"), "no kind of scene 'moon'"),
    ],
)
def test_options_that_do_not_go_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = _run(*arguments)
    assert isinstance(result.exception, UsageError)
    assert message in str(result.exception)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [("new", "--scenes", "0"), ("new", "--size", "8"), ("new", "--seed", "-1")])
def test_numbers_out_of_range(arguments: tuple[str, ...]) -> None:
    assert _run(*arguments).exit_code == 2


def test_help_has_examples() -> None:
    assert "Examples:" in _run("--help").output
