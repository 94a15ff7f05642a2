"""What is settled before llama.cpp is asked, and what its faults become; no model is needed."""

from __future__ import annotations

import os
from dataclasses import replace
from importlib.machinery import ModuleSpec

import pytest

from rune_pl.errors import MissingExtraError, ModelError, UsageError
from rune_pl.translate.llm import local, open_model
from rune_pl.translate.llm.local import RUNTIMES, LocalModel
from rune_pl.translate.llm.model import Completion, Identity, Message, Prompt
from rune_pl.translate.llm.store import KNOWN, model_path
from tests.translate.llm.ggufs import ADAPTER, MODEL
from tests.translate.llm.wheels import tiny

PROMPT = Prompt("Q: a ship\nR:", (Message("user", "a ship"),))


class Fake:
    """A package that runs models: keeps what it was asked, and answers or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.asked, self.closed = error, [], 0

    def continue_text(self, text, options):
        return self._answer(text, options)

    def answer(self, messages, options):
        return self._answer(messages, options)

    def close(self):
        self.closed += 1

    def _answer(self, asked, options):
        self.asked.append(asked)
        if self.error is not None:
            raise self.error
        return Completion("yes", constrained=options.grammar is not None)


@pytest.fixture
def installed(monkeypatch):
    """`installed(*modules)`: these can be imported, and no other that runs models."""

    def call(*modules: str) -> None:
        monkeypatch.setattr(local, "find_spec", lambda name: ModuleSpec(name, None) if name in modules else None)
        monkeypatch.setattr(local, "version", lambda name: "1.2")

    return call


@pytest.mark.parametrize(("tuned", "asked"), [(True, PROMPT.text), (False, [{"role": "user", "content": "a ship"}])])
def test_a_tuned_model_continues_and_any_other_answers(tuned, asked):
    fake = Fake()
    model = LocalModel(fake, Identity("m", "fake"), tuned=tuned)
    assert model.complete(PROMPT, grammar="root ::= [a-z]") == Completion("yes", constrained=True)
    assert not model.complete(PROMPT, grammar="").constrained
    assert fake.asked == [asked, asked]
    model.close()
    model.close()
    assert fake.closed == 1
    with pytest.raises(ModelError, match="the model was closed"):
        model.complete(PROMPT, grammar=None)


@pytest.mark.parametrize("given", [None, "active"])
def test_threads_wait_asleep_unless_the_user_says_otherwise(monkeypatch, given):
    """Spinning threads made a query take three minutes on two busy cores. OpenMP reads this when it is loaded."""
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    if given is not None:
        monkeypatch.setenv("OMP_WAIT_POLICY", given)
    with local._waiting_asleep():
        assert os.environ["OMP_WAIT_POLICY"] == (given or "passive")
    assert os.environ.get("OMP_WAIT_POLICY") == given


@pytest.mark.parametrize(
    ("cores", "allowed", "load", "threads"),
    [
        (2, 2, 0.1, 2),
        (2, 2, 1.0, 1),
        (2, 2, 9.0, 1),
        (1, 1, 0.0, 1),
        (16, 16, 2.0, 4),
        (64, 4, 32.0, 2),
        (4, 1, 0.0, 1),
    ],
)
def test_threads_are_as_many_as_cores_are_free(monkeypatch, cores, allowed, load, threads):
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(allowed)))
    monkeypatch.setattr(os, "getloadavg", lambda: (load, 0.0, 0.0))
    assert local._threads() == threads


def pieces(*found):
    """A call of xllamacpp that answers with these, as long as it may."""

    def handle(asked, take):
        assert asked["stream"]
        for piece in found:
            if take(piece):
                return

    return handle


def piece(text, reason=None):
    return {"choices": [{"text": text, "finish_reason": reason}]}


@pytest.mark.parametrize(("reason", "finished"), [("stop", True), ("length", False)])
def test_an_answer_in_pieces_is_put_together(reason, finished):
    handle = pieces(piece("a "), piece("ship"), piece("", reason), {"choices": [], "usage": {}})
    found = local._XLlamaCpp._ask(handle, {"stream": True, "grammar": "g"}, lambda choice: choice["text"])
    assert found == Completion("a ship", finished=finished, constrained=True)


def test_an_answer_in_pieces_that_fails():
    handle = pieces(piece("a "), {"error": {"code": 400, "message": "no more"}})
    with pytest.raises(ValueError, match="no more"):
        local._XLlamaCpp._ask(handle, {"stream": True}, lambda choice: choice["text"])
    with pytest.raises(IndexError):
        local._XLlamaCpp._ask(pieces(), {"stream": True}, lambda choice: choice["text"])


@pytest.mark.parametrize(
    "error", [RuntimeError("bad\nnews"), ValueError(""), KeyError("choices"), IndexError(), TypeError("x" * 999)]
)
def test_faults_of_llama_cpp_are_one_line(error):
    model = LocalModel(Fake(error), Identity("m", "fake"), tuned=True)
    with pytest.raises(ModelError, match="^m: llama.cpp cannot answer: ") as caught:
        model.complete(PROMPT, grammar=None)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_which_package_runs_it(installed):
    installed("llama_cpp", "xllamacpp")
    assert local._installed("auto") == "llama-cpp-python"
    assert local._installed("xllamacpp") == "xllamacpp"
    installed("xllamacpp")
    assert local._installed("auto") == "xllamacpp"


@pytest.mark.parametrize(
    ("runtime", "message"),
    [("auto", "no package that runs"), ("xllamacpp", "xllamacpp is"), ("llama-cpp-python", "llama-cpp-python is")],
)
def test_no_package_that_runs_it(installed, runtime, message):
    installed()
    extra = "llm-wheel" if runtime == "auto" else RUNTIMES[runtime][1]
    with pytest.raises(MissingExtraError, match=rf"{message}.* \(pip install 'rune-pl\[{extra}\]'\)"):
        open_model("smollm2-135m", runtime=runtime)


def test_a_package_that_is_not_known():
    with pytest.raises(UsageError, match="there is no runtime 'torch'"):
        open_model("smollm2-135m", runtime="torch")


def test_a_model_that_is_not_the_one_of_its_name(installed, monkeypatch, tmp_path):
    installed("xllamacpp")
    monkeypatch.setenv("RUNE_PL_CACHE", str(tmp_path))
    known = replace(tiny(), size=len(MODEL))
    monkeypatch.setitem(KNOWN, known.name, known)
    (tmp_path / "a.gguf").write_bytes(ADAPTER)
    model_path(known).parent.mkdir()
    model_path(known).write_bytes(MODEL)
    with pytest.raises(ModelError, match=r"the model is damaged \(rune-pl models install tiny\)"):
        open_model("tiny", adapter=tmp_path / "a.gguf")
