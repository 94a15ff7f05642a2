"""Doc comments of rule files: PlDoc's `%!` comments, with the kind of every argument after a colon.

%!  near(+A:object, +B:object, +D:distance) is semidet.
%
%   The gap between A and B is at most D.
%
%   Example: `retrieve :- object(A, ship), object(B, harbor), near(A, B, 50).`
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rune_pl.errors import RuleSyntaxError

KINDS = frozenset(
    "object class region distance area angle number count template goal closure unknown".split()  # noqa: SIM905
)
DETERMINISMS = frozenset(["det", "semidet", "nondet", "multi", "failure"])

_HEAD = re.compile(r"(?P<head>.+?)(?:\s+is\s+(?P<determinism>[a-z]+))?\s*\.?\s*\Z", re.DOTALL)
_CALL = re.compile(r"(?P<name>[a-z]\w*)\s*(?:\((?P<args>.*)\))?\Z", re.DOTALL)
_INFIX = re.compile(r"(?P<left>\S+)\s+(?P<name>is|[<>=\\:]+)\s+(?P<right>\S+)\Z")
_ARGUMENT = re.compile(r"(?P<mode>\+\+|--|[-+?:@!]?)(?P<name>[A-Z_]\w*)(?::(?P<kind>.+))?\Z", re.DOTALL)
_EXAMPLE = re.compile(r"Examples?:((?:\s*`[^`]*`)+)")


@dataclass(frozen=True)
class Argument:
    """An argument: mode (`+` given, `-` computed, `?` either, `:` a goal), name and kind (one of `KINDS`)."""

    mode: str
    name: str
    kind: str

    def __str__(self) -> str:
        return f"{self.mode}{self.name}:{self.kind}"


@dataclass(frozen=True)
class DocComment:
    """What one `%!` head and the text below it say. `line` counts from 1; empty lines part the paragraphs of `doc`."""

    name: str
    arguments: tuple[Argument, ...]
    determinism: str
    doc: str
    examples: tuple[str, ...]
    internal: bool
    line: int

    @property
    def indicator(self) -> tuple[str, int]:
        return (self.name, len(self.arguments))


def read_doc_comments(text: str, source: str | None = None) -> tuple[DocComment, ...]:
    """The doc comments of a rule file, in order.

    Raises:
        RuleSyntaxError: a `%!` line that is no predicate head.
    """
    found: list[DocComment] = []
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        if not lines[at].startswith("%!"):
            at += 1
            continue
        first = at
        while at < len(lines) and lines[at].startswith("%!"):
            at += 1
        heads = range(first, at)
        while at < len(lines) and lines[at].startswith("%") and not lines[at].startswith("%!"):
            at += 1
        body = [line.lstrip("%").strip() for line in lines[heads.stop : at]]
        found.extend(_comment(lines[line][2:].strip(), body, line + 1, source) for line in heads)
    return tuple(found)


def _comment(head: str, body: list[str], line: int, source: str | None) -> DocComment:
    name, arguments, determinism = _head(head, line, source)
    internal = "@internal" in body
    text = "\n".join(b for b in body if not b.startswith("@"))
    paragraphs = [" ".join(p.split()) for p in re.split(r"\n\s*\n", text)]
    examples = [e for p in paragraphs for shown in _EXAMPLE.findall(p) for e in re.findall(r"`([^`]*)`", shown)]
    described = [_EXAMPLE.sub("", p).strip() for p in paragraphs]
    doc = "\n\n".join(p for p in described if p)
    return DocComment(name, arguments, determinism, doc, tuple(examples), internal, line)


def _head(head: str, line: int, source: str | None) -> tuple[str, tuple[Argument, ...], str]:
    def fail(why: str) -> RuleSyntaxError:
        hint = "write it like `%!  near(+A:object, +B:object) is semidet.`, or begin the comment with %%"
        return RuleSyntaxError(f"a doc comment {why}", line=line, column=1, source=source, hint=hint)

    infix = _INFIX.match(_without_determinism(head))
    whole = _HEAD.match(head)
    if whole is None:
        raise fail("without a predicate")
    determinism = whole["determinism"] or "nondet"
    if infix:
        name, parts = infix["name"], [infix["left"], infix["right"]]
    else:
        call = _CALL.match(whole["head"])
        if call is None:
            raise fail(f"whose head is no predicate: {head!r}")
        name, parts = call["name"], _split(call["args"] or "")
    if determinism not in DETERMINISMS:
        raise fail(f"with an unknown determinism '{determinism}'")
    arguments = []
    for part in parts:
        argument = _ARGUMENT.match(part.strip())
        if argument is None:
            raise fail(f"with an argument that is no variable: {part.strip()!r}")
        kind = (argument["kind"] or "unknown").strip()
        arguments.append(Argument(argument["mode"] or "?", argument["name"], kind if kind in KINDS else "unknown"))
    return name, tuple(arguments), determinism


def _without_determinism(head: str) -> str:
    """`-X is +Y is det.` has two: only the last one tells how often it succeeds."""
    return re.sub(r"\s+is\s+(?:" + "|".join(DETERMINISMS) + r")\s*\.?\s*\Z", "", head)


def _split(arguments: str) -> list[str]:
    """The arguments of a head, parted by commas that stand outside of parentheses and brackets."""
    parts, depth, last = [], 0, 0
    for position, character in enumerate(arguments):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            parts.append(arguments[last:position])
            last = position + 1
    return [*parts, arguments[last:]] if arguments.strip() else []
