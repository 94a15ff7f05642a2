"""Language models behind a server with OpenAI's interface: llama-server, vLLM, Ollama, and others."""

from __future__ import annotations

import json
import os
import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit, urlunsplit

from rune_pl.errors import MissingExtraError, ModelError, UsageError
from rune_pl.translate.llm.model import Completion, Identity, LanguageModel, Prompt

if TYPE_CHECKING:
    import httpx

KEYS = ("RUNE_PL_API_KEY", "OPENAI_API_KEY")  # environment variables, in order

_CONNECT_SECONDS = 5.0
_PROBE_SECONDS = 5.0  # for what a server need not have
_MOST_BYTES = 1 << 20


class ServerModel:
    """A `LanguageModel` that is asked over HTTP.

    The grammar is sent as the server wants it, which its other answers tell; one that takes none is asked without, and
    `Completion.constrained` says so. `tuned` is for a server that runs a model with the shipped adapter.
    """

    def __init__(self, url: str, model: str | None, seconds: float, key: str | None, *, tuned: bool = False) -> None:
        try:
            import httpx
        except ImportError:
            raise MissingExtraError("httpx is not installed", hint="pip install 'rune-pl[llm-http]'") from None
        self._httpx = httpx
        self._base, user = _split(url)
        try:
            httpx.URL(self._base)
        except httpx.InvalidURL:
            raise _no_address() from None
        self._seconds = seconds
        self._secrets = [secret for secret in (key, user and user[1]) if secret]
        # httpx logs the addresses that it asks, so that a password must not be in them.
        headers = {"Authorization": f"Bearer {key}"} if key and user is None else {}
        limits = httpx.Timeout(seconds, connect=min(_CONNECT_SECONDS, seconds))
        self._client = httpx.Client(headers=headers, auth=user, timeout=limits, trust_env=False)
        self._model = model
        self.tuned = tuned
        self._grammar_field: str | bool | None = False  # False: not known yet

    @property
    def identity(self) -> Identity:
        return Identity(self._model or "default", self._base)

    def complete(
        self, prompt: Prompt, *, grammar: str | None, seed: int = 0, temperature: float = 0.0, max_tokens: int = 256
    ) -> Completion:
        """The answer of the server. Raises ModelError for whatever it does instead, within the time limit."""
        if self._model is None:
            self._model = self._first_model()
        body: dict[str, Any] = {
            "model": self._model,
            "temperature": temperature,
            "seed": seed,
            "max_tokens": max_tokens,
            "stream": False,
        }
        if self.tuned:
            body |= {"prompt": prompt.text, "stop": ["\n"]}
        else:
            body["messages"] = [{"role": m.role, "content": m.content} for m in prompt.messages]
        if grammar is not None and self._grammar_field is False:
            self._grammar_field = self._how_to_constrain()
        field = self._grammar_field if grammar is not None else None
        if field:
            try:
                return self._answer({**body, **_constraint(str(field), str(grammar))}, constrained=True)
            except _RefusedError:
                found = self._answer(body, constrained=False)
                self._grammar_field = None  # only where the request was wrong for its grammar
                return found
        return self._answer(body, constrained=False)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _answer(self, body: dict[str, Any], *, constrained: bool) -> Completion:
        found = self._ask("POST", "/completions" if self.tuned else "/chat/completions", body)
        try:
            choice = found["choices"][0]
            text = choice["text"] if self.tuned else choice["message"]["content"]
        except (KeyError, IndexError, TypeError):
            what = "text" if self.tuned else "a message"
            raise self._error(f"the answer has no choices with {what}") from None
        if not isinstance(text, str):
            raise self._error("the answer has no text")
        text = text.encode(errors="replace").decode()  # JSON can have halves of characters, which cannot be printed
        return Completion(text, choice.get("finish_reason") != "length", constrained)

    def _first_model(self) -> str:
        """The model of a server that has one; others have to be told which."""
        names = [m["id"] for m in self._models() if isinstance(m.get("id"), str)]
        if len(names) != 1:
            some = self._safe(", ".join(names[:8])) if names else "none"
            raise self._error(f"the server has these models: {some}", hint="choose one with --llm-model")
        return str(names[0])

    def _how_to_constrain(self) -> str | None:
        """llama-server has /props and vLLM /version beside OpenAI's paths; others would ignore a grammar in silence."""
        root = self._base.removesuffix("/v1")
        for path, field in (("/props", "grammar"), ("/version", "structured_outputs")):
            try:
                found = self._ask("GET", path, None, base=root, seconds=min(_PROBE_SECONDS, self._seconds))
            except ModelError:
                continue
            if path == "/props" and isinstance(found, dict) and "default_generation_settings" in found:
                return field
            if path == "/version" and isinstance(found, dict) and isinstance(found.get("version"), str):
                return _vllm_field(found["version"]) if self._is_vllm() else None
        return None

    def _is_vllm(self) -> bool:
        """Other servers have a /version too. vLLM says in the list of its models that they are its own."""
        try:
            return any(m.get("owned_by") == "vllm" for m in self._models(min(_PROBE_SECONDS, self._seconds)))
        except ModelError:
            return False

    def _models(self, seconds: float | None = None) -> list[dict[str, Any]]:
        """What the server says of its models."""
        found = self._ask("GET", "/models", None, seconds=seconds)
        listed = found.get("data") if isinstance(found, dict) else None
        return [m for m in listed if isinstance(m, dict)] if isinstance(listed, list) else []

    def _ask(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None,
        *,
        base: str | None = None,
        seconds: float | None = None,
    ) -> Any:
        """One request; the answer as JSON.

        It runs in a thread of its own: httpx limits each read, and a server that sends a byte now and then, or a name
        that is looked up for long, must not hold the caller.
        """
        limit = self._seconds if seconds is None else seconds
        deadline = time.monotonic() + limit
        future: Future[Any] = Future()

        def work() -> None:
            try:
                future.set_result(self._request(method, (base or self._base) + path, body, deadline))
            except Exception as error:  # noqa: BLE001 - raised where the answer is waited for
                future.set_exception(error)

        threading.Thread(target=work, daemon=True).start()
        try:
            return future.result(limit)
        except FutureTimeoutError:
            raise self._error(f"the server did not answer within {limit:g} s") from None

    def _request(self, method: str, url: str, body: dict[str, Any] | None, deadline: float) -> Any:
        """The answer as JSON. A kept connection that the server has closed meanwhile is opened again."""
        httpx = self._httpx
        for attempt in (1, 2):
            try:
                with self._client.stream(method, url, json=body) as response:
                    return self._read(response, deadline)
            except httpx.ConnectTimeout:
                raise self._error("there is no server that answers", hint="is the address right?") from None
            except httpx.ConnectError as error:
                if "ssl" in str(error).lower():
                    raise self._error("the server's certificate or its TLS is not valid") from None
                raise self._error("there is no server", hint="is it running, and is the port right?") from None
            except httpx.TimeoutException:
                raise self._error(f"the server did not answer within {self._seconds:g} s") from None
            except (httpx.RemoteProtocolError, httpx.NetworkError):
                if attempt == 2:
                    raise self._error("the server dropped the connection") from None
            except httpx.HTTPError as error:
                raise self._error(f"the connection failed: {type(error).__name__}") from None
        raise AssertionError

    def _read(self, response: httpx.Response, deadline: float) -> Any:
        received = bytearray()
        for block in response.iter_bytes():
            received += block
            if len(received) > _MOST_BYTES:
                raise self._error(f"the answer is longer than {_MOST_BYTES >> 20} MB")
            if time.monotonic() > deadline:
                raise self._error(f"the server did not finish within {self._seconds:g} s")
        if response.status_code != 200:
            raise self._status_error(response.status_code, bytes(received))
        try:
            return json.loads(received)
        except (ValueError, RecursionError):
            raise self._error(
                "the answer is not JSON", hint="is this an OpenAI-compatible server, and its path /v1?"
            ) from None

    def _status_error(self, status: int, body: bytes) -> ModelError:
        said = self._safe(_message_of(body))
        if status in (400, 422):
            return _RefusedError(f"the server refuses the request: {said}", where_from=self._base)
        if status in (401, 403):
            return self._error("the server refuses the key", hint=f"set {KEYS[0]}")
        if status == 404:
            return self._error("the server has no such path or model", hint="the address ends with /v1 mostly")
        if status == 429:
            return self._error("the server is asked too often", hint="try again later")
        if 300 <= status < 400:
            return self._error("the server sends elsewhere", hint="give the address that it sends to")
        return self._error(f"the server answers {status}: {said}")

    def _safe(self, said: str) -> str:
        """What a server said as one short line, without the secrets that it was sent."""
        for secret in self._secrets:
            said = said.replace(secret, "***")
        line = " ".join("".join(c if c.isprintable() else " " for c in said).split())
        return line[:200] or "no reason given"

    def _error(self, message: str, *, hint: str | None = None) -> ModelError:
        return ModelError(message, where_from=self._base, hint=hint)


class _RefusedError(ModelError):
    """The server took the request for wrong, perhaps for its grammar."""


def open_server(url: str, *, model: str | None = None, seconds: float = 60.0, tuned: bool = False) -> LanguageModel:
    """A model behind the server at `url`; without `model`, the only one that it has.

    The key comes from the environment (RUNE_PL_API_KEY, else OPENAI_API_KEY) and is sent to that server only. `seconds`
    limit each request. `tuned` says that the server runs a model with the shipped adapter: it is not asked in
    conversation but continues `Prompt.text`.

    Raises:
        UsageError: this is no HTTP address, or the key has characters that a key cannot have.
        MissingExtraError: httpx is not installed.
    """
    source = next((name for name in KEYS if os.environ.get(name, "").strip()), None)
    key = os.environ[source].strip() if source is not None else None  # files with a key end in a line feed
    if key is not None and not (key.isascii() and key.isprintable()):
        raise UsageError(f"the key in {source} has characters that no key has")
    return ServerModel(url, model, seconds, key, tuned=tuned)


def _split(url: str) -> tuple[str, tuple[str, str] | None]:
    """The address, and the user's name and password, which are not in it any more."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:  # a bracket too few, a port that is no number
        raise _no_address() from None
    if parts.scheme not in ("http", "https") or not host or " " in host:
        raise _no_address()
    path = parts.path.rstrip("/").removesuffix("/completions").removesuffix("/chat")
    shown = f"[{host}]" if ":" in host else host
    base = urlunsplit((parts.scheme, shown if port is None else f"{shown}:{port}", path, "", ""))
    user = (unquote(parts.username or ""), unquote(parts.password or "")) if "@" in parts.netloc else None
    return base, user


def _no_address() -> UsageError:
    # The text is not shown: there may be a password in it.
    return UsageError("the server's address is no HTTP address", hint="as in http://localhost:8080/v1")


def _constraint(field: str, grammar: str) -> dict[str, Any]:
    return {field: {"grammar": grammar}} if field == "structured_outputs" else {field: grammar}


def _vllm_field(version: str) -> str:
    numbers = [int(n) for n in version.split(".")[:2] if n.isdigit()]
    return "guided_grammar" if numbers and numbers < [0, 11] else "structured_outputs"


def _message_of(body: bytes) -> str:
    """What an error answer says."""
    try:
        found = json.loads(body)
        error = found.get("error", found)
        text = str(error.get("message", error) if isinstance(error, dict) else error)
    except (ValueError, AttributeError, RecursionError):
        text = body.decode("utf-8", errors="replace")
    return text
