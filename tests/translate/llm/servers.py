"""A server for tests that does as it is told."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

RULE = "retrieve :- object(A, ship)."


def answer(text: object = RULE, reason: str = "stop") -> dict[str, Any]:
    return {"choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": reason}]}


class Server:
    """Behaves as `reply` says: a function of the handler and what it was sent, or what to answer. `gets` are answers
    to GET by path. `asked` are the bodies of the questions, `paths` all paths, `keys` the Authorization of each."""

    def __init__(self) -> None:
        self.reply: Any = answer()
        self.gets: dict[str, Any] = {"/v1/models": {"data": [{"id": "only"}]}}
        self.asked: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.keys: list[str | None] = []
        self.over = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.paths.append(self.path)
                outer.keys.append(self.headers["Authorization"])
                found = outer.gets.get(self.path)
                if callable(found):
                    found(self)
                    return
                send(self, 404 if found is None else 200, {"detail": "Not Found"} if found is None else found)

            def do_POST(self) -> None:
                outer.paths.append(self.path)
                outer.keys.append(self.headers["Authorization"])
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.asked.append(body)
                if callable(outer.reply):
                    outer.reply(self, body)
                else:
                    send(self, 200, outer.reply)

            def log_message(self, *_: object) -> None: ...

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None: ...

        self._http = Quiet(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.port = self._http.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"

    def close(self) -> None:
        self.over.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def send(handler: BaseHTTPRequestHandler, status: int, body: object, **headers: str) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(data)))
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(data)


def status(code: int, body: object = b"", **headers: str) -> Any:
    return lambda handler, _: send(handler, code, body, **headers)
