"""A real server for each thing that a server may do."""

from __future__ import annotations

import logging
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from rune_pl.errors import ModelError, UsageError
from rune_pl.translate.llm import open_server
from rune_pl.translate.llm.model import Completion, Identity, Message, Prompt
from rune_pl.translate.llm.server import KEYS
from tests.translate.llm.servers import RULE, Server, answer, send, status

pytest.importorskip("httpx", reason="httpx is not installed")

PROMPT = Prompt("not sent", (Message("system", "a description"), Message("user", "Question: a ship")))
GRAMMAR = 'root ::= "retrieve"'
KEY, PASSWORD = "sk-very-secret-1234", "pass-word-5678"
LLAMA_SERVER = {"/props": {"default_generation_settings": {"n_ctx": 512}}}


def vllm(version: object) -> dict[str, Any]:
    return {"/version": {"version": version}, "/v1/models": {"data": [{"id": "m", "owned_by": "vllm"}]}}


@pytest.fixture(autouse=True)
def no_key(monkeypatch):
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server():
    found = Server()
    yield found
    found.close()


def ask(server: Server, *, grammar: str | None = None, seconds: float = 20.0, **options: Any) -> Completion:
    model = open_server(options.pop("url", server.url), model=options.pop("model", "m"), seconds=seconds)
    try:
        return model.complete(PROMPT, grammar=grammar, **options)
    finally:
        model.close()


def refused(server: Server, **options: Any) -> str:
    """Why the server was of no use, in one line that names it."""
    with pytest.raises(ModelError) as caught:
        ask(server, **options)
    line = str(caught.value)
    assert line.startswith(f"{server.url}: ")
    assert "\n" not in line
    assert line.isprintable()
    assert len(line) < 400
    return line.removeprefix(f"{server.url}: ")


# --- answers ----------------------------------------------------------------------------------------------------------


def test_a_good_answer(server):
    assert ask(server, seed=7, temperature=0.5, max_tokens=99) == Completion(RULE, finished=True, constrained=False)
    said = [{"role": "system", "content": "a description"}, {"role": "user", "content": "Question: a ship"}]
    assert server.asked == [
        {
            "model": "m",
            "messages": said,
            "temperature": 0.5,
            "seed": 7,
            "max_tokens": 99,
            "stream": False,
        }
    ]
    assert server.paths == ["/v1/chat/completions"]
    assert server.keys == [None]


def test_an_answer_that_was_cut_off(server):
    server.reply = answer(reason="length")
    assert not ask(server).finished


@pytest.mark.parametrize("end", ["/", "/chat/completions", "/chat/completions/", "?key=1#x"])
def test_addresses_are_read_kindly(server, end):
    assert ask(server, url=server.url + end).text == RULE
    assert server.paths == ["/v1/chat/completions"]


def test_an_address_without_v1(server):
    assert ask(server, url=f"http://localhost:{server.port}/api").text == RULE
    assert server.paths == ["/api/chat/completions"]


def test_a_connection_that_the_server_closed_is_opened_again(server):
    model = open_server(server.url, model="m")

    def once(handler: BaseHTTPRequestHandler, _: object) -> None:
        send(handler, 200, answer())
        handler.close_connection = True  # without saying so

    server.reply = once
    assert [model.complete(PROMPT, grammar=None).text for _ in range(3)] == [RULE] * 3
    model.close()
    model.close()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>hello</html>", "the answer is not JSON"),
        (b"", "the answer is not JSON"),
        (b"\xff\xfe{}", "the answer is not JSON"),
        (b"[" * 100_000, "the answer is not JSON"),
        ({}, "no choices"),
        ([], "no choices"),
        (None, "no choices"),
        ("text", "no choices"),
        ({"choices": []}, "no choices"),
        ({"choices": {}}, "no choices"),
        ({"choices": "text"}, "no choices"),
        ({"choices": [None]}, "no choices"),
        ({"choices": [{"text": RULE}]}, "no choices"),
        ({"choices": [{"message": None}]}, "no choices"),
        (answer(None), "no text"),
        (answer([{"type": "text"}]), "no text"),
        (b'{"choices": "' + b"x" * (2 << 20) + b'"}', "longer than 1 MB"),
    ],
)
def test_an_answer_that_is_none(server, body, reason):
    server.reply = status(200, body)
    assert reason in refused(server)


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (400, "refuses the request: no such thing"),
        (422, "refuses the request: no such thing"),
        (401, "refuses the key (set RUNE_PL_API_KEY)"),
        (403, "refuses the key"),
        (404, "no such path or model"),
        (429, "asked too often"),
        (500, "answers 500: no such thing"),
        (503, "answers 503: no such thing"),
        (201, "answers 201"),
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "no\nsuch \x1b thing", "code": 1}},
        {"error": "no such thing"},
        {"message": "no such thing"},
        b"no such\r\nthing",
    ],
)
def test_the_server_refuses(server, code, reason, body):
    server.reply = status(code, body)
    assert reason in refused(server)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"\xff" * 900, b"x" * 900, b'{"error": null}', b'{"error": [1]}']
)
def test_a_refusal_may_say_anything(server, body):
    server.reply = status(500, body)
    assert "the server answers 500: " in refused(server)


def test_a_redirect_is_not_followed(server):
    server.reply = status(307, b"", Location="http://127.0.0.1:1/v1/chat/completions")
    assert "sends elsewhere" in refused(server)
    assert len(server.asked) == 1


def test_no_server(server):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
    with pytest.raises(ModelError, match=r"^http://127.0.0.1:\d+/v1: there is no server \(is it running"):
        ask(server, url=url)


def test_a_server_that_speaks_no_http(server):
    with socket.create_server(("127.0.0.1", 0)) as other:

        def greet() -> None:
            for _ in range(2):
                connection, _ = other.accept()
                connection.sendall(b"220 mail.example ready\r\n")
                connection.close()

        threading.Thread(target=greet, daemon=True).start()
        with pytest.raises(ModelError, match="dropped the connection"):
            ask(server, url=f"http://127.0.0.1:{other.getsockname()[1]}/v1")


def test_the_connection_is_dropped(server):
    server.reply = lambda handler, _: handler.connection.shutdown(socket.SHUT_RDWR)
    assert "dropped the connection" in refused(server)


def test_the_connection_is_dropped_within_the_answer(server):
    def half(handler: BaseHTTPRequestHandler, _: object) -> None:
        handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"choices"')
        handler.wfile.flush()
        handler.connection.shutdown(socket.SHUT_RDWR)

    server.reply = half
    assert "dropped the connection" in refused(server)


# --- time -------------------------------------------------------------------------------------------------------------


def trickle(server: Server, start: bytes) -> Any:
    """After `start`, a byte now and then, without an end."""

    def reply(handler: BaseHTTPRequestHandler, _: object) -> None:
        handler.wfile.write(start)
        while not server.over.wait(0.1):
            handler.wfile.write(b" ")

    return reply


@pytest.mark.parametrize(
    "start",
    [None, b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Slow: "],
    ids=["hangs", "trickles", "trickles in its headers"],
)
def test_a_server_that_takes_too_long(server, start):
    server.reply = (lambda *_: server.over.wait(60)) if start is None else trickle(server, start)
    began = time.monotonic()
    assert "within 1 s" in refused(server, seconds=1)
    assert time.monotonic() - began < 5


def test_a_server_that_hangs_at_what_it_need_not_have_is_asked_all_the_same(server, monkeypatch):
    monkeypatch.setattr("rune_pl.translate.llm.server._PROBE_SECONDS", 0.3)
    server.gets |= dict.fromkeys(("/props", "/version"), lambda _: server.over.wait(60))
    began = time.monotonic()
    assert ask(server, grammar=GRAMMAR, seconds=60) == Completion(RULE)
    assert time.monotonic() - began < 30


# --- grammars ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gets", "field"),
    [
        (LLAMA_SERVER, {"grammar": GRAMMAR}),
        (vllm("0.12.0"), {"structured_outputs": {"grammar": GRAMMAR}}),
        (vllm("0.11.0rc1"), {"structured_outputs": {"grammar": GRAMMAR}}),
        (vllm("1.0"), {"structured_outputs": {"grammar": GRAMMAR}}),
        (vllm("dev"), {"structured_outputs": {"grammar": GRAMMAR}}),
        (vllm("0.10.2"), {"guided_grammar": GRAMMAR}),
        (vllm("0.6.3.post1"), {"guided_grammar": GRAMMAR}),
        ({}, {}),
        ({"/version": {"version": "0.12.0"}}, {}),  # some other server that has a version
        (vllm("0.12.0") | {"/v1/models": b"<html>"}, {}),
        (vllm(3) | {"/props": {"other": 1}}, {}),
        ({"/props": [], "/version": "1"}, {}),
        ({"/props": b"<html>", "/version": b"<html>"}, {}),
    ],
)
def test_how_the_server_takes_a_grammar(server, gets, field):
    server.gets |= gets
    assert ask(server, grammar=GRAMMAR) == Completion(RULE, constrained=bool(field))
    names = {"grammar", "structured_outputs", "guided_grammar"}
    assert {k: v for k, v in server.asked[0].items() if k in names} == field


def test_without_a_grammar_nobody_asks_how_to_send_one(server):
    server.gets |= LLAMA_SERVER
    assert ask(server) == Completion(RULE)
    assert server.paths == ["/v1/chat/completions"]
    assert "grammar" not in server.asked[0]


def test_the_server_is_asked_once_how_it_takes_a_grammar(server):
    server.gets |= LLAMA_SERVER
    model = open_server(server.url, model="m")
    assert [model.complete(PROMPT, grammar=GRAMMAR).constrained for _ in range(3)] == [True] * 3
    assert server.paths.count("/props") == 1
    model.close()


def test_a_grammar_that_is_refused_is_left_out(server):
    server.gets |= LLAMA_SERVER

    def reply(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        send(handler, *((400, {"error": "grammar?"}) if "grammar" in body else (200, answer())))

    server.reply = reply
    model = open_server(server.url, model="m")
    assert [model.complete(PROMPT, grammar=GRAMMAR) for _ in range(2)] == [Completion(RULE)] * 2
    assert ["grammar" in body for body in server.asked] == [True, False, False]
    model.close()


def test_a_request_that_is_wrong_anyway_says_nothing_of_the_grammar(server):
    server.gets |= LLAMA_SERVER
    server.reply = status(400, {"error": {"message": "the context is full"}})
    model = open_server(server.url, model="m")
    with pytest.raises(ModelError, match="the context is full"):
        model.complete(PROMPT, grammar=GRAMMAR)
    server.reply = answer()
    assert model.complete(PROMPT, grammar=GRAMMAR).constrained
    model.close()


# --- the fine-tuned model behind a server -----------------------------------------------------------------------------


def test_a_fine_tuned_model_continues_the_text(server):
    server.gets |= LLAMA_SERVER
    server.reply = {"choices": [{"text": " object(A, ship).", "finish_reason": "length"}]}
    model = open_server(f"{server.url}/completions", model="m", tuned=True)
    assert model.tuned
    asked = Prompt("Q: a ship\nR: retrieve :-", (Message("user", "not sent"),))
    assert model.complete(asked, grammar=GRAMMAR) == Completion(" object(A, ship).", finished=False, constrained=True)
    assert server.paths[-1] == "/v1/completions"
    (body,) = server.asked
    assert (body["prompt"], body["stop"], body["grammar"]) == (asked.text, ["\n"], GRAMMAR)
    assert "messages" not in body
    server.reply = answer()
    with pytest.raises(ModelError, match="no choices with text"):
        model.complete(asked, grammar=None)
    model.close()


def test_half_a_character_is_replaced(server):
    server.reply = lambda handler, _: send(handler, 200, answer("a \ud83d ship"))
    assert ask(server).text == "a ? ship"


# --- which model ------------------------------------------------------------------------------------------------------


def test_the_only_model_is_chosen(server):
    model = open_server(server.url)
    assert model.identity == Identity("default", server.url)
    assert not model.tuned
    assert model.complete(PROMPT, grammar=None).text == RULE
    assert model.identity == Identity("only", server.url)
    assert server.asked[0]["model"] == "only"
    model.complete(PROMPT, grammar=None)
    assert server.paths.count("/v1/models") == 1
    model.close()


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        ({"data": [{"id": "a"}, {"id": "b"}]}, "the server has these models: a, b (choose one with --llm-model)"),
        ({"data": [{"id": "a\nb\x1b"}, {"id": "c"}]}, "these models: a b , c"),
        ({"data": [{"id": "x" * 9000}, {"id": "c"}]}, "these models: xxx"),
        ({"data": []}, "these models: none (choose"),
        ({"data": None}, "none"),
        ({"data": 5}, "none"),
        ({"data": {"id": "a"}}, "none"),
        ({"data": [1, None, {"id": 2}, {"name": "a"}]}, "none"),
        ([], "none"),
        (b"<html>", "not JSON"),
        (None, "no such path"),
    ],
)
def test_a_model_has_to_be_chosen(server, found, reason):
    server.gets["/v1/models"] = found
    assert reason in refused(server, model=None)
    assert server.asked == []


# --- secrets ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KEYS)
def test_the_key_goes_to_the_server_and_nowhere_else(server, monkeypatch, caplog, name):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv(name, f" {KEY}\n")
    server.gets |= LLAMA_SERVER
    model = open_server(server.url)
    model.complete(PROMPT, grammar=GRAMMAR)
    assert set(server.keys) == {f"Bearer {KEY}"}
    server.reply = status(500, {"error": f"you sent Bearer {KEY}"})
    with pytest.raises(ModelError, match=r"you sent Bearer \*\*\*") as caught:
        model.complete(PROMPT, grammar=None)
    shown = [caplog.text, str(caught.value), repr(caught.value), repr(model), str(model.identity)]
    assert not any(KEY in text for text in shown)
    model.close()


def test_the_first_key_counts(server, monkeypatch):
    monkeypatch.setenv("RUNE_PL_API_KEY", "ours")
    monkeypatch.setenv("OPENAI_API_KEY", "theirs")
    ask(server)
    assert server.keys == ["Bearer ours"]


@pytest.mark.parametrize("key", ["schlüssel", "a\nb", "a\x01b"])
def test_a_key_that_cannot_be_sent(server, monkeypatch, key):
    monkeypatch.setenv("RUNE_PL_API_KEY", key)
    with pytest.raises(UsageError, match="the key in RUNE_PL_API_KEY has characters that no key has") as caught:
        open_server(server.url)
    assert key not in str(caught.value)


def test_name_and_password_in_the_address(server, caplog):
    caplog.set_level(logging.DEBUG)
    model = open_server(f"http://me%40home:{PASSWORD}@127.0.0.1:{server.port}/v1", model="m")
    assert model.complete(PROMPT, grammar=None).text == RULE
    assert server.keys == ["Basic bWVAaG9tZTpwYXNzLXdvcmQtNTY3OA=="]  # me@home:pass-word-5678
    server.reply = status(400, {"error": PASSWORD})
    with pytest.raises(ModelError) as caught:
        model.complete(PROMPT, grammar=None)
    assert caught.value.where == model.identity.runtime == server.url
    assert not any(PASSWORD in text for text in (caplog.text, str(caught.value), str(model.identity)))
    model.close()


@pytest.mark.parametrize(
    "url",
    ["", "localhost:8080/v1", "ftp://host/v1", "http://", "http:///v1", "http://[::1/v1", "http://h:99999/v1",
     "http://h:port/v1", f"file:///{PASSWORD}", f"me:{PASSWORD}@host", f"http://me:{PASSWORD}@a b/v1", "http://a\x01b/v1",
     f"http://me:{PASSWORD}@/v1", f"http://me:{PASSWORD}@h:x/v1"],
)  # fmt: skip
def test_what_is_no_address(url):
    with pytest.raises(UsageError, match="is no HTTP address") as caught:
        open_server(url)
    assert PASSWORD not in str(caught.value)


def test_an_address_of_ip_version_6():
    assert open_server("http://user:x@[::1]:8080/v1/").identity.runtime == "http://[::1]:8080/v1"
