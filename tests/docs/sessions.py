"""Runs what the documentation shows, and writes the outputs anew: `python -m tests.docs.sessions README.md docs/*.md`.

Three kinds of fenced blocks are run, in the order of the page, in one working directory:

- ```console: lines that begin with `$ ` are `rune-pl` commands (a backslash continues them), the rest is what they
  print, standard error first where both are written. `"$(rune-pl sample --path)"` is the bundled archive, and
  `| python -m json.tool` may follow.
- ```python with `>>>`: an interactive session, all blocks of a page share their variables.
- ```prolog title=NAME (or any other language): the block is written to the file NAME.

A line of three dots stands for any lines. Numbers may differ by rounding; `"seconds"` and times in ms are not
compared.
"""

from __future__ import annotations

import ast
import doctest
import io
import json
import math
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rune_pl.cli.main import main as rune_pl_main
from rune_pl.resources import sample_path

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
# Child processes have to find the package too where it is not installed.
ENVIRONMENT = {"COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb", "PYTHONPATH": str(ROOT)}

_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_TITLE = re.compile(r"\btitle=(\S+)")
_JSON_TOOL = " | python -m json.tool"
# Written now and then where standard error is no terminal, and where the engine is used for the first time.
_PROGRESS = re.compile(
    r"[a-z ]+: \d+( of \d+)?(, [\d.e+]+ [a-z]+/s, \d+ s left)?\Z|[a-z ]+ \.\.\.\Z|compiling the engine "
)
_NUMBER = re.compile(r"\d+\.\d+(?:e[-+]\d+)?")
_SECONDS = re.compile(r'"seconds": [\d.e-]+')
_MILLISECONDS = re.compile(r" *[\d.,]+ ms\b")


@dataclass(frozen=True)
class Step:
    """One input of a page and the output that the page shows for it."""

    source: str
    shown: str
    line: int
    kind: str  # "command", "python" or the name of the file to write


def steps(text: str) -> Iterator[Step]:
    """The steps of a page, in order."""
    for block in _FENCE.finditer(text):
        info, body = block["info"].strip(), block["body"]
        line = text.count("\n", 0, block.start()) + 2
        title = _TITLE.search(info)
        if title is not None:
            yield Step(body, "", line, title[1])
        elif info == "console":
            yield from _commands(body, line)
        elif info == "python" and ">>>" in body:
            for example in doctest.DocTestParser().get_examples(body):
                yield Step(example.source, example.want, line + example.lineno, "python")


def _commands(body: str, first: int) -> Iterator[Step]:
    command, start, continued = "", first, False
    shown: list[str] = []
    for number, line in enumerate(body.splitlines(), start=first):
        if continued:
            command += "\n" + line
        elif line.startswith("$ "):
            if command:
                yield Step(command, "\n".join(shown), start, "command")
            command, shown, start = line, [], number
        else:
            shown.append(line)
        continued = (continued or line.startswith("$ ")) and line.endswith("\\")
    if command:
        yield Step(command, "\n".join(shown), start, "command")


class Session:
    """One page being run: its variables, in the current directory."""

    def __init__(self) -> None:
        self._variables: dict[str, Any] = {"__name__": "__main__"}

    def run(self, step: Step) -> str:
        """What the step prints."""
        if step.kind == "command":
            return run_command(step.source)
        if step.kind == "python":
            return self._python(step.source)
        Path(step.kind).write_text(step.source, encoding="utf-8")
        return ""

    def _python(self, source: str) -> str:
        out = io.StringIO()
        with redirect_stdout(out):
            tree = ast.parse(source)
            exec(compile(ast.Interactive(tree.body), "<docs>", "single"), self._variables)
        return out.getvalue()


def run_command(command: str) -> str:
    """The output of a `rune-pl` command line; a line with its exit code follows where that is not 0."""
    text = command.removeprefix("$ ").replace("\\\n", " ")
    pretty = text.endswith(_JSON_TOOL)
    text = text.removesuffix(_JSON_TOOL)
    words = [word.replace("$(rune-pl sample --path)", str(sample_path() / "archive")) for word in shlex.split(text)]
    if words[0] != "rune-pl":
        raise ValueError(f"not a rune-pl command: {command}")
    out, err = io.StringIO(), io.StringIO()
    with patch.object(sys, "argv", words), redirect_stdout(out), redirect_stderr(err):
        code = rune_pl_main(words[1:])
    printed = json.dumps(json.loads(out.getvalue()), indent=4) if pretty else out.getvalue().rstrip("\n")
    notices = [line for line in err.getvalue().splitlines() if not _PROGRESS.match(line)]
    # What follows the results is written after them; all else before.
    after = [line for line in notices if "no exact answer" in line]
    before = [line for line in notices if line not in after]
    lines = [*before, *printed.splitlines(), *after, *([f"(exit code {code})"] if code else [])]
    return "\n".join(line.rstrip() for line in lines)


def agrees(shown: str, printed: str) -> bool:
    """Whether the page shows what was printed."""
    return _match(_comparable(shown), _comparable(printed))


def _comparable(text: str) -> list[str]:
    lines = (_SECONDS.sub('"seconds": 0', line.rstrip()) for line in text.rstrip("\n").split("\n"))
    return [_MILLISECONDS.sub(" 0 ms", line) for line in lines]


def _match(shown: Sequence[str], printed: Sequence[str]) -> bool:
    if not shown:
        return not printed
    if shown[0] == "...":
        return any(_match(shown[1:], printed[k:]) for k in range(len(printed) + 1))
    return bool(printed) and _same(shown[0], printed[0]) and _match(shown[1:], printed[1:])


def _same(shown: str, printed: str) -> bool:
    """Equal up to rounding: half a unit of the last of up to nine decimals."""
    if _NUMBER.sub("#", shown) != _NUMBER.sub("#", printed):
        return False
    pairs = zip(_NUMBER.findall(shown), _NUMBER.findall(printed), strict=True)
    return all(math.isclose(float(a), float(b), rel_tol=1e-9, abs_tol=1.5 * _unit(a)) for a, b in pairs)


def _unit(number: str) -> float:
    return 0.0 if "e" in number else 10.0 ** -min(9, len(number.partition(".")[2]))


@contextmanager
def workplace(folder: Path) -> Iterator[None]:
    """Run in `folder`, with a terminal of fixed width and no colour."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        with patch.dict(os.environ, ENVIRONMENT):
            yield
    finally:
        os.chdir(before)


def update(page: Path) -> int:
    """Write the outputs of a page anew where they are not what is printed; the number that changed."""
    text, changed = page.read_text(encoding="utf-8"), 0
    lines, session = text.split("\n"), Session()
    edits: list[tuple[int, int, list[str]]] = []
    for step in steps(text):
        printed = session.run(step).rstrip("\n")
        shown = step.shown.rstrip("\n")
        if step.kind in ("command", "python") and not agrees(shown, printed):
            start = step.line - 1 + step.source.rstrip("\n").count("\n") + 1
            edits.append((start, start + len(shown.split("\n")) * bool(shown), printed.split("\n") if printed else []))
            changed += 1
    for start, end, new in reversed(edits):
        lines[start:end] = new
    page.write_text("\n".join(lines), encoding="utf-8")
    return changed


def main(pages: Sequence[str]) -> None:
    """Update the pages."""
    for name in pages:
        page = Path(name).resolve()
        with tempfile.TemporaryDirectory() as folder, workplace(Path(folder)):
            print(f"{name}: {update(page)} outputs changed")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
