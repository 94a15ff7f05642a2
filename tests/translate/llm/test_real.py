"""The real model: through each package that runs it, and behind a real server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent

import pytest

from rune_pl.errors import LanguageError, ModelError, TranslationError
from rune_pl.language import Library, Vocabulary, check_program, parse_program
from rune_pl.translate import make_translator
from rune_pl.translate.llm import open_model, open_server
from rune_pl.translate.llm.local import RUNTIMES
from rune_pl.translate.llm.model import Message, Prompt
from rune_pl.translate.llm.server import KEYS
from rune_pl.translate.llm.store import KNOWN, adapter_path, is_installed, model_path
from rune_pl.translate.pipeline.grammar import make_grammar
from rune_pl.translate.pipeline.prompts import PromptBook
from rune_pl.translate.pipeline.translator import ModelTranslator

MODEL = KNOWN["smollm2-135m"]
EASY = {
    "a ship near a harbor": "retrieve :- object(A, ship), object(B, harbor), near(A, B).",
    "a small plane": "retrieve :- object(A, plane), small(A).",
    "a bridge next to a roundabout": "retrieve :- object(A, bridge), object(B, roundabout), near(A, B).",
}
THREADS = 1  # the tests share the machine, and threads of llama.cpp wait for each other

pytestmark = [
    pytest.mark.llm,
    pytest.mark.slow,
    pytest.mark.skipif(
        not is_installed(MODEL), reason=f"the model is not installed: rune-pl models install {MODEL.name}"
    ),
]


@pytest.fixture(scope="module")
def library():
    return Library.load()


@pytest.fixture(scope="module")
def vocabulary():
    return Vocabulary.load()


@pytest.fixture(scope="module", params=RUNTIMES)
def runtime(request):
    module, extra = RUNTIMES[request.param]
    if find_spec(module) is None:
        pytest.skip(f"{request.param} is not installed: pip install 'rune-pl[{extra}]'")
    return request.param


@pytest.fixture(scope="module")
def model(runtime):
    found = open_model(MODEL.name, runtime=runtime, threads=THREADS)
    yield found
    found.close()
    found.close()


def test_it_says_what_it_is(model, runtime):
    assert model.tuned
    assert model.identity.name == "smollm2-135m"
    assert model.identity.runtime.startswith(f"{runtime} ")
    assert model.identity.model_sha256 == MODEL.sha256
    assert len(model.identity.adapter_sha256) == 64


def test_nobody_else_on_this_machine_is_answered(model, runtime):
    httpx = pytest.importorskip("httpx")
    if runtime != "xllamacpp":
        pytest.skip(f"{runtime} opens no port")
    address = model._runtime._server.listening_address
    for path, body in (("/completion", {"prompt": "a"}), ("/v1/chat/completions", {"messages": []})):
        assert httpx.post(address + path, json=body, trust_env=False).status_code == 401


@pytest.mark.parametrize(("text", "rule"), EASY.items())
def test_it_translates(model, library, vocabulary, text, rule):
    translator = ModelTranslator(model, library=library, vocabulary=vocabulary)
    first, second = translator.translate(text), translator.translate(text)
    assert first.rule == second.rule == rule
    assert first.notes == ()
    (attempt,) = first.trace["attempts"]
    assert attempt == second.trace["attempts"][0]


def test_samples_of_the_same_seed_are_the_same(model):
    def answers(seed: int) -> list[str]:
        prompt = Prompt("Once upon a time there was", ())
        return [
            model.complete(prompt, grammar=None, seed=seed + i, temperature=1.5, max_tokens=12).text for i in range(3)
        ]

    first = answers(1)
    assert first == answers(1)
    assert first != answers(100)
    assert len(set(first)) > 1


def test_a_grammar_is_kept_to_whatever_is_asked(model, library, vocabulary):
    found = model.complete(
        Prompt("Once upon a time", ()), grammar=make_grammar(library, with_head=True), temperature=1.5, max_tokens=128
    )
    assert found.constrained
    if found.finished:
        parse_program(found.text)
    else:
        assert found.text.startswith("retrieve :- ")


def test_a_small_grammar(model):
    found = model.complete(Prompt("Q: yes or no?\nR:", ()), grammar='root ::= "yes" | "no"', max_tokens=8)
    assert (found.text in ("yes", "no"), found.finished, found.constrained) == (True, True, True)
    for none in (None, ""):
        found = model.complete(Prompt("Q: a ship\nR: retrieve :-", ()), grammar=none, max_tokens=2)
        assert (found.finished, found.constrained) == (False, False)


@pytest.mark.parametrize("grammar", ["root := [", 'other ::= "a"'])
def test_a_grammar_that_is_none(model, grammar):
    with pytest.raises(ModelError, match="llama.cpp cannot answer") as caught:
        model.complete(Prompt("Q: a ship\nR: retrieve :-", ()), grammar=grammar, max_tokens=4)
    assert "\n" not in str(caught.value)
    assert model.complete(Prompt("Q: a ship\nR: retrieve :-", ()), grammar=None, max_tokens=4).text


def test_a_prompt_that_is_too_long(model):
    with pytest.raises(ModelError, match="llama.cpp cannot answer"):
        model.complete(Prompt("a ship " * 2000, ()), grammar=None)


def test_ctrl_c_is_heard_within_an_answer(model):
    prompt, endless = Prompt("Once upon a time", ()), "root ::= [a-z ] root"
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        model.complete(prompt, grammar=endless, temperature=1.0, max_tokens=1000)
    assert time.monotonic() - began < 5  # to the end it takes ten seconds and more
    assert model.complete(Prompt("Q: a ship\nR: retrieve :-", ()), grammar=None).text == " object(A, ship)."


def test_the_base_model_answers_a_conversation(runtime):
    found = open_model(model_path(MODEL), runtime=runtime, threads=THREADS)
    assert not found.tuned
    assert found.identity.adapter_sha256 is None
    messages = (Message("system", "You answer yes or no."), Message("user", "Is water wet?"))
    answer = found.complete(Prompt("", messages), grammar='root ::= "yes" | "no"', max_tokens=8)
    assert answer.text in ("yes", "no")
    found.close()


# --- files that are wrong ---------------------------------------------------------------------------------------------


def test_a_truncated_copy(runtime, tmp_path):
    path = tmp_path / "half.gguf"
    with model_path(MODEL).open("rb") as source:
        path.write_bytes(source.read(20 << 20))
    with pytest.raises(ModelError, match=r"half.gguf: the file is truncated: \S+ bytes are missing"):
        open_model(path, runtime=runtime)


def test_an_adapter_is_no_model(runtime):
    with pytest.raises(ModelError, match="not a model but an adapter"):
        open_model(adapter_path(MODEL), runtime=runtime)


def test_a_head_without_a_model(runtime, tmp_path):
    path = tmp_path / "empty.gguf"
    path.write_bytes(b"GGUF" + (3).to_bytes(4, "little") + bytes(16) + bytes(8))
    with pytest.raises(ModelError, match="llama.cpp cannot load the model") as caught:
        open_model(path, runtime=runtime)
    assert "\n" not in str(caught.value)


def test_a_damaged_model(runtime, tmp_path, monkeypatch):
    monkeypatch.setenv("RUNE_PL_CACHE", str(tmp_path))
    source = model_path(MODEL)
    source.parent.mkdir()
    with source.open("wb") as file:
        file.truncate(MODEL.size)
    with pytest.raises(ModelError, match="not a GGUF file"):
        open_model(MODEL.name, runtime=runtime)


# --- behind a server --------------------------------------------------------------------------------------------------

SERVE = dedent(
    """
    import sys
    import xllamacpp
    parameters = xllamacpp.CommonParams()
    parameters.model.path, path = sys.argv[1], sys.argv[2]
    parameters.n_ctx, parameters.n_parallel, parameters.verbosity, parameters.warmup = 8192, 1, -1, False
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    adapter = xllamacpp.CommonAdapterLoraInfo()
    adapter.path, adapter.scale = path, 1.0
    parameters.lora_adapters = [adapter]
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)
    sys.stdin.read()
    """
)


@pytest.fixture(scope="module")
def server():
    """The address of llama.cpp's own server, in a process of its own, with the model and its adapter."""
    if find_spec("xllamacpp") is None:
        pytest.skip("xllamacpp is not installed")
    command = [sys.executable, "-c", SERVE, str(model_path(MODEL)), str(adapter_path(MODEL))]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as process:
        yield process.stdout.readline().strip() + "/v1"
        process.stdin.close()
        process.wait(30)


@pytest.fixture(autouse=True)
def no_key(monkeypatch):
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)


def test_a_real_server_takes_a_grammar(server):
    found = open_server(server, seconds=120)
    messages = (Message("user", "Is water wet?"),)
    answer = found.complete(Prompt("", messages), grammar='root ::= "yes" | "no"', max_tokens=8)
    assert (answer.text in ("yes", "no"), answer.finished, answer.constrained) == (True, True, True)
    assert Path(found.identity.name).name == model_path(MODEL).name  # its only model
    assert found.identity.runtime == server
    assert not found.complete(Prompt("", messages), grammar=None, max_tokens=1).constrained
    found.close()


@pytest.mark.parametrize(("text", "rule"), EASY.items())
def test_the_fine_tuned_model_behind_a_server(server, library, vocabulary, text, rule):
    model = open_server(server, seconds=120, tuned=True)
    found = ModelTranslator(model, library=library, vocabulary=vocabulary).translate(text)
    assert found.rule == rule
    assert found.trace["attempts"][0]["constrained"]
    model.close()


def test_a_real_server_says_what_is_too_long(server):
    found = open_server(server, seconds=120)
    with pytest.raises(ModelError, match="refuses the request: .*context") as caught:
        found.complete(Prompt("", (Message("user", "a ship " * 9000),)), grammar='root ::= "yes"', max_tokens=8)
    assert "\n" not in str(caught.value)
    found.close()


def test_from_a_query_to_a_rule_by_way_of_a_server(server, library, vocabulary, monkeypatch):
    """The model is weak where it is asked in conversation: a rule that passes the checks, or a refusal."""
    monkeypatch.setattr("rune_pl.translate.llm.open_server", partial(open_server, seconds=200))
    monkeypatch.setattr(PromptBook, "_system", lambda *_: "Answer with one Prolog rule, as in the examples.")
    monkeypatch.setattr("rune_pl.translate.pipeline.translator.ROUNDS", 0)
    monkeypatch.setattr("rune_pl.translate.pipeline.translator._MAX_TOKENS", 64)
    translator = make_translator("http", library=library, vocabulary=vocabulary, url=server)
    try:
        found = translator.translate("a ship near a harbor")
    except (TranslationError, LanguageError):
        return
    check_program(parse_program(found.rule), library=library, vocabulary=vocabulary)
    assert found.trace["attempts"][0]["constrained"]
    assert found.trace["model"]["runtime"] == server
