"""Asking programs that answer in processes of their own, each for a limited time: one that is slow holds nobody up."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_READY_SECONDS = 600.0  # a million embeddings have to be made
_HERE = Path(__file__).resolve().parent


class TooSlowError(Exception):
    """No answer within the limit; the process is gone."""


class Host:
    """A process of `contestants.py`, started when it is first asked, and again after it was killed for being slow.

    Args:
        arguments: of `contestants.py`.

    Attributes:
        about: what the process said of itself when it was ready; `missing` says why it cannot take part.
    """

    def __init__(self, *arguments: object) -> None:
        self._command = [sys.executable, str(_HERE / "contestants.py"), *map(str, arguments)]
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str | None] = queue.Queue()
        self.about: dict[str, Any] = {}

    def __enter__(self) -> Host:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> dict[str, Any]:
        """What the process says of itself when it is ready."""
        if self._process is None:
            self._lines = queue.Queue()
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
            )
            threading.Thread(target=_read, args=(self._process, self._lines), daemon=True).start()
            self.about = self._answer(_READY_SECONDS)
        return self.about

    def ask(self, who: str, query: str, limit: float) -> dict[str, Any]:
        """Seconds and what else there is to say; `failed` instead of these where an error was raised.

        Raises:
            TooSlowError: after `limit` seconds.
        """
        self.start()
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.write(json.dumps({"who": who, "query": query}) + "\n")
        self._process.stdin.flush()
        return self._answer(limit)

    def stop(self) -> None:
        """End the process, at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answer(self, limit: float) -> dict[str, Any]:
        try:
            line = self._lines.get(timeout=limit)
        except queue.Empty:
            self.stop()
            raise TooSlowError(f"more than {limit:g} s") from None
        if line is None:
            self.stop()
            return {"failed": "its process ended"}
        found: dict[str, Any] = json.loads(line)
        return found


def run_json(command: Sequence[object]) -> dict[str, Any]:
    """The JSON that a script of this folder prints."""
    script, *arguments = map(str, command)
    run = subprocess.run(
        [sys.executable, str(_HERE / script), *arguments], stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def _read(process: subprocess.Popen[str], lines: queue.Queue[str | None]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line)
    lines.put(None)
