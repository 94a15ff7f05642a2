"""Proofs as a page: self-contained, without network, for people and for printers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rune_pl.explain.document import Proof
from rune_pl.explain.export.picture import Picture, draw
from rune_pl.explain.export.report import answer_text, change_text, proofs_text
from rune_pl.explain.export.view import Line, View, chance


@dataclass(frozen=True)
class _Tree:
    probability: str
    adds: str
    line: Line


@dataclass(frozen=True)
class _Entry:
    """One image of a page."""

    title: str
    answer: str
    content: Any
    picture: Picture
    trees: tuple[_Tree, ...]
    proofs: str
    change: str


def html(proof: Proof) -> str:
    """The page of one proof."""
    return page([proof], title=f"{proof.image} - rune-pl proof")


def page(proofs: Sequence[Proof], *, title: str, note: str = "", largest: int = 1400) -> str:
    """A page of several proofs of one question, in the order given; pictures have at most `largest` pixels a side."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("rune_pl.explain", "data"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["chance"] = chance
    template = environment.get_template("proof.html.j2")
    asked = proofs[0].content["question"] if proofs else None
    return template.render(title=title, note=note, asked=asked, entries=[_entry(p, largest) for p in proofs]) + "\n"


def _entry(proof: Proof, largest: int) -> _Entry:
    content = proof.content
    view = View(content)
    trees = tuple(
        _Tree(chance(entry["probability"]), chance(entry["adds"]), view.tree(entry["tree"]))
        for entry in content["proofs"]
    )
    return _Entry(
        title=proof.image,
        answer=answer_text(content),
        content=content,
        picture=draw(content, proof.picture, [tree.line for tree in trees], largest=largest),
        trees=trees,
        proofs=proofs_text(content),
        change=change_text(content),
    )
