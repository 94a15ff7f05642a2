"""Language models in this process, through llama.cpp: the same model behind either of two packages.

llama-cpp-python compiles llama.cpp when it is installed, xllamacpp comes as a wheel. Both get the same numbers of
context, threads and seeds, and both are silent: what llama.cpp would print is its users' affair, not ours.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from rune_pl.errors import MissingExtraError, ModelError, UsageError
from rune_pl.translate.llm.gguf import check_pair
from rune_pl.translate.llm.model import Completion, Identity, LanguageModel, Prompt
from rune_pl.translate.llm.store import adapter_path, find_model, sha256

RUNTIMES = {"llama-cpp-python": ("llama_cpp", "llm"), "xllamacpp": ("xllamacpp", "llm-wheel")}

_TUNED_CONTEXT, _CHAT_CONTEXT = 1024, 8192  # tokens: a query with its rule; a description of the language with examples
_MOST_THREADS = 4  # more do not help a model of this size


class _Runtime(Protocol):
    """What is asked of a package that runs models."""

    def continue_text(self, text: str, options: _Options) -> Completion: ...

    def answer(self, messages: list[dict[str, str]], options: _Options) -> Completion: ...

    def close(self) -> None: ...


class _Options:
    """How to sample."""

    def __init__(self, grammar: str | None, seed: int, temperature: float, max_tokens: int) -> None:
        # llama.cpp takes an empty grammar for none.
        self.grammar, self.seed, self.temperature, self.max_tokens = grammar or None, seed, temperature, max_tokens


class LocalModel:
    """A `LanguageModel` in this process."""

    def __init__(self, runtime: _Runtime, identity: Identity, *, tuned: bool) -> None:
        self._runtime: _Runtime | None = runtime
        self.identity = identity
        self.tuned = tuned

    def complete(
        self, prompt: Prompt, *, grammar: str | None, seed: int = 0, temperature: float = 0.0, max_tokens: int = 256
    ) -> Completion:
        """The answer; the grammar is always applied."""
        if self._runtime is None:
            raise ModelError("the model was closed", where_from=self.identity.name)
        options = _Options(grammar, seed, temperature, max_tokens)
        try:
            if self.tuned:
                return self._runtime.continue_text(prompt.text, options)
            return self._runtime.answer([{"role": m.role, "content": m.content} for m in prompt.messages], options)
        except (RuntimeError, ValueError, KeyError, IndexError, TypeError) as error:
            raise ModelError(f"llama.cpp cannot answer: {_one_line(error)}", where_from=self.identity.name) from None

    def close(self) -> None:
        """Give the memory back."""
        if self._runtime is not None:
            self._runtime.close()
        self._runtime = None


def open_model(
    name_or_path: str | Path, *, adapter: str | Path | None = None, runtime: str = "auto", threads: int | None = None
) -> LanguageModel:
    """A model in this process: a known one with its adapter, or a GGUF file, with an adapter or without.

    `runtime` is a key of RUNTIMES, or "auto" for the first that is installed.

    Raises:
        MissingExtraError: no package that runs models is installed.
        ModelError: the file is missing, broken, or does not fit the adapter.
    """
    chosen = _installed(runtime)
    path, known = find_model(name_or_path)
    if adapter is None and known is not None:
        adapter = adapter_path(known)
    lora = None if adapter is None else Path(adapter)
    check_pair(path, lora)
    name = known.name if known is not None else path.stem
    identity = Identity(name, f"{chosen} {version(chosen)}", sha256(path), None if lora is None else sha256(lora))
    if known is not None and identity.model_sha256 != known.sha256:
        raise ModelError("the model is damaged", where_from=path, hint=f"rune-pl models install {known.name}")
    make = _LlamaCppPython if chosen == "llama-cpp-python" else _XLlamaCpp
    context = _CHAT_CONTEXT if lora is None else _TUNED_CONTEXT
    try:
        with _waiting_asleep():
            made = make(path, lora, context, threads or _threads())
    except (RuntimeError, ValueError, AttributeError, OSError) as error:
        message = f"llama.cpp cannot load the model: {_one_line(error)}"
        raise ModelError(
            message, where_from=path, hint="is it of a kind that this version of llama.cpp knows?"
        ) from None
    return LocalModel(made, identity, tuned=lora is not None)


def _installed(runtime: str) -> str:
    if runtime != "auto" and runtime not in RUNTIMES:
        raise UsageError(f"there is no runtime {runtime!r}", hint=f"the runtimes are auto, {', '.join(RUNTIMES)}")
    for name in RUNTIMES if runtime == "auto" else (runtime,):
        if find_spec(RUNTIMES[name][0]) is not None:
            return name
    if runtime == "auto":
        message, extra = "no package that runs language models is installed", "llm-wheel"
    else:
        message, extra = f"{runtime} is not installed", RUNTIMES[runtime][1]
    raise MissingExtraError(message, hint=f"pip install 'rune-pl[{extra}]'")


def _threads() -> int:
    """As many as there are cores that this process may use and others leave free.

    Each step of the model waits for its slowest thread. Beside one busy process, two threads on two cores take twice as
    long as one.
    """
    free = 1 - os.getloadavg()[0] / (os.cpu_count() or 1)
    return max(1, min(_MOST_THREADS, round(free * len(os.sched_getaffinity(0)))))


@contextmanager
def _waiting_asleep() -> Iterator[None]:
    """Have the threads of OpenMP sleep while they wait for one another.

    By default they spin, and where other work is on the cores a query takes minutes and not a second. OpenMP reads the
    environment when it is loaded, which is when llama.cpp is imported. What the user has set stays.
    """
    name = "OMP_WAIT_POLICY"
    if name in os.environ:
        yield
        return
    os.environ[name] = "passive"
    try:
        yield
    finally:
        del os.environ[name]


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


class _LlamaCppPython:
    def __init__(self, model: Path, lora: Path | None, context: int, threads: int) -> None:
        import llama_cpp

        self._module = llama_cpp
        self._grammars: dict[str, Any] = {}
        self._llama = llama_cpp.Llama(
            str(model), lora_path=None if lora is None else str(lora), n_ctx=context, n_threads=threads,
            n_threads_batch=threads, verbose=False,
        )  # fmt: skip

    def continue_text(self, text: str, options: _Options) -> Completion:
        found = self._llama.create_completion(text, stop=["\n"], **self._sampling(options))["choices"][0]
        return Completion(found["text"], found["finish_reason"] != "length", options.grammar is not None)

    def answer(self, messages: list[dict[str, str]], options: _Options) -> Completion:
        found = self._llama.create_chat_completion(messages, **self._sampling(options))["choices"][0]
        text = found["message"]["content"] or ""
        return Completion(text, found["finish_reason"] != "length", options.grammar is not None)

    def close(self) -> None:
        self._llama.close()

    def _sampling(self, options: _Options) -> dict[str, Any]:
        self._llama.reset()  # what is left of the prompt before would change the last digits of the next answer
        return {
            "temperature": options.temperature,
            "seed": options.seed,
            "max_tokens": options.max_tokens,
            "grammar": self._grammar(options.grammar),
        }

    def _grammar(self, text: str | None) -> Any:
        if text is None:
            return None
        if text not in self._grammars:
            self._try(text)
            self._grammars[text] = self._module.LlamaGrammar.from_string(text, verbose=False)
        return self._grammars[text]

    def _try(self, grammar: str) -> None:
        """Raises ValueError for a grammar that is none: the package would sample with it, and crash the process."""
        vocabulary = self._module.llama_model_get_vocab(self._llama.model)
        sampler = self._module.llama_sampler_init_grammar(vocabulary, grammar.encode(), b"root")
        if not sampler:
            raise ValueError("failed to parse grammar")
        self._module.llama_sampler_free(sampler)


class _XLlamaCpp:
    def __init__(self, model: Path, lora: Path | None, context: int, threads: int) -> None:
        import xllamacpp

        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(model)
        parameters.n_ctx = context
        parameters.n_parallel = 1
        parameters.cpuparams.n_threads = threads
        parameters.cpuparams_batch.n_threads = threads
        parameters.verbosity = -1
        parameters.warmup = False
        # States that are kept for prompts to come would take memory without end, and the prompts have little in common.
        parameters.cache_ram_mib = parameters.n_ctx_checkpoints = 0
        parameters.cache_idle_slots = False
        parameters.fit_params = False  # to the memory of a graphics card
        parameters.endpoint_slots = False
        parameters.n_threads_http = 1
        # The package opens a port of this machine as well; nobody is told its key.
        parameters.api_keys = [secrets.token_hex(32)]
        if lora is not None:
            adapter = xllamacpp.CommonAdapterLoraInfo()
            adapter.path, adapter.scale = str(lora), 1.0
            parameters.lora_adapters = [adapter]
        self._server: Any = xllamacpp.Server(parameters)

    def continue_text(self, text: str, options: _Options) -> Completion:
        asked = {"prompt": text, "stop": ["\n"], **self._sampling(options)}
        return self._ask(self._server.handle_completions, asked, lambda choice: choice["text"])

    def answer(self, messages: list[dict[str, str]], options: _Options) -> Completion:
        asked = {"messages": messages, **self._sampling(options)}
        return self._ask(self._server.handle_chat_completions, asked, lambda choice: choice["delta"].get("content"))

    def close(self) -> None:
        self._server = None

    @staticmethod
    def _sampling(options: _Options) -> dict[str, Any]:
        # What is left of the prompt before would change the last digits, and with them answers of the same seed.
        sampling = {
            "temperature": options.temperature,
            "seed": options.seed,
            "max_tokens": options.max_tokens,
            "cache_prompt": False,
            "stream": True,
        }
        return sampling if options.grammar is None else {**sampling, "grammar": options.grammar}

    @staticmethod
    def _ask(
        handle: Callable[..., object], asked: dict[str, Any], text_of: Callable[[dict[str, Any]], str | None]
    ) -> Completion:
        """The answer, taken piece by piece in a thread: in this one, Ctrl-C would not be heard before the end."""
        pieces: list[dict[str, Any]] = []
        stopped = threading.Event()

        def take(piece: dict[str, Any]) -> bool:
            pieces.append(piece)
            return stopped.is_set()  # True ends the answer

        with ThreadPoolExecutor(1) as thread:
            answering = thread.submit(handle, asked, take)
            try:
                answering.result()
            except BaseException:
                stopped.set()
                raise
        for piece in pieces:
            if "error" in piece:
                raise ValueError(piece["error"]["message"])
        choices = [piece["choices"][0] for piece in pieces if piece.get("choices")]
        text = "".join(text_of(choice) or "" for choice in choices)
        return Completion(text, choices[-1]["finish_reason"] != "length", "grammar" in asked)
