"""A person at the prompt of `rune-pl repl`: a pseudo-terminal that types goals and reads answers."""

from __future__ import annotations

import os
import re
import sys

import pexpect

PROMPT = r"\?- "
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """A session. `ask` types a goal and gives what is printed until the next prompt; `more` answers are asked for."""

    def __init__(self, *arguments: object, **environment: str) -> None:
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "rune_pl", "repl", *map(str, arguments)],
            encoding="utf-8",
            timeout=60,
            dimensions=(50, 200),
            env={**os.environ, "TERM": "dumb", "NO_COLOR": "1", **environment},
        )

    def start(self) -> str:
        """What is said before the first prompt."""
        self.child.expect(PROMPT)
        return self.child.before

    def ask(self, goal: str, more: int = 0) -> str:
        self.child.sendline(goal)
        self.child.expect_exact(goal)
        text = ""
        # An answer that may be followed by another one ends without a full stop, and waits.
        while True:
            ended = self.child.expect([r"\r\n\d* ?\?- $", r" $"], timeout=60)
            text += self.child.before
            if ended == 0:
                return _ANSI.sub("", text).strip()
            if not _waits(text):
                text += " "
                continue
            if more == 0:
                self.child.send(".")
            else:
                more -= 1
                self.child.send(";")

    def leave(self) -> int:
        """Wait for the end and give the exit code."""
        self.child.expect(pexpect.EOF)
        self.child.close()
        assert self.child.signalstatus is None
        return self.child.exitstatus


def _waits(text: str) -> bool:
    last = text.rstrip().splitlines()[-1] if text.strip() else ""
    return " = " in last or last.endswith("true")
