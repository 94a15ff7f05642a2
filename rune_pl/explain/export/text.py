"""A proof as plain text for a terminal, and as Markdown for a report."""

from __future__ import annotations

from rune_pl.explain.document import Proof
from rune_pl.explain.export.report import answer_text, change_text, proofs_text
from rune_pl.explain.export.view import Line, View, chance


def text(proof: Proof, *, most: int | None = None) -> str:
    """The answer, the first `most` trees, influences and the decision, as lines."""
    content = proof.content
    view = View(content)
    asked = content["question"]
    lines = [f"{proof.image}: {answer_text(content)}"]
    if asked["text"] is not None:
        lines.append(f"  {asked['text']}")
    lines += [f"  {line}" for line in (*asked["reading"].splitlines(), *asked["rule"].splitlines())]
    for k, entry in enumerate(content["proofs"][:most], start=1):
        lines += ["", f"proof {k}: {chance(entry['probability'])}, adds {chance(entry['adds'])}"]
        lines += tree_lines(view.tree(entry["tree"]))
    lines += ["", proofs_text(content)]
    if content["influence"]:
        lines += ["", "what it hangs on:"]
        lines += [
            f"  {i['detection']} {i['class']} {chance(i['probability'])}: "
            f"{chance(i['if_rejected'])} if rejected, {chance(i['if_confirmed'])} if confirmed"
            for i in content["influence"][:5]
        ]
    return "\n".join([*lines, change_text(content)]) + "\n"


def tree_lines(line: Line) -> list[str]:
    """A tree with branches drawn."""
    return list(_drawn(line, "", ""))


def _drawn(line: Line, first: str, rest: str) -> list[str]:
    found = [f"{first}{line.text}{f'  [{line.detail}]' if line.detail else ''}"]
    for k, child in enumerate(line.children):
        last = k == len(line.children) - 1
        found += _drawn(child, rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  "))
    return found


def markdown(proof: Proof) -> str:
    """A report."""
    content = proof.content
    asked, view = content["question"], View(content)
    lines = [f"# {proof.image}: {answer_text(content)}", ""]
    if asked["text"] is not None:
        lines += [f"Question: {_plain(asked['text'])}", ""]
    lines += [f"Reading: {_plain(asked['reading'])}", "", "```prolog", asked["rule"], "```", ""]
    for k, entry in enumerate(content["proofs"], start=1):
        lines += [f"## Proof {k}: {chance(entry['probability'])}", ""]
        for depth, line in view.tree(entry["tree"]).walk():
            detail = f" ({_plain(line.detail)})" if line.detail else ""
            lines.append(f"{'  ' * depth}- {_plain(line.text)}{detail}")
        lines.append("")
    lines += [proofs_text(content), "", "## What it hangs on", ""]
    if content["influence"]:
        lines += ["| detection | class | probability | if rejected | if confirmed |", "|---|---|---|---|---|"]
        lines += [
            f"| {i['detection']} | {_plain(i['class'])} | {chance(i['probability'])} | {chance(i['if_rejected'])} "
            f"| {chance(i['if_confirmed'])} |"
            for i in content["influence"][:20]
        ]
        lines.append("")
    lines += [change_text(content), "", f"Digest: `{content['digest']}`"]
    return "\n".join(lines) + "\n"


def _plain(words: str) -> str:
    """Text that Markdown shows as it is."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>#|" else c for c in words).replace("\n", " ")
