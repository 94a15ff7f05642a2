"""A proof as a graph, through the graphviz package: DOT text, and SVG where Graphviz itself is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rune_pl.errors import MissingExtraError
from rune_pl.explain.document import Proof
from rune_pl.explain.export.report import answer_text
from rune_pl.explain.export.view import Line, View, chance

if TYPE_CHECKING:
    from graphviz import Digraph

_SHAPES = {"detection": "box", "geometry": "plain", "comparison": "plain", "note": "plain"}
_COLOURS = {"detection": "#d7ecd9", "not": "#f6d9d5", "count": "#dbe6f7", "more": "#dbe6f7", "forall": "#dbe6f7"}


def dot(proof: Proof) -> str:
    """DOT text. Raises MissingExtraError without the graphviz package."""
    return str(_graph(proof).source)


def svg(proof: Proof) -> bytes:
    """An SVG picture. Raises MissingExtraError without the graphviz package or Graphviz's `dot`."""
    graph = _graph(proof)
    from graphviz import ExecutableNotFound

    try:
        found: bytes = graph.pipe(format="svg")
    except ExecutableNotFound:
        raise MissingExtraError(
            "SVG needs Graphviz, and there is no `dot`",
            hint="Debian: apt-get install graphviz; .dot files need only Python",
        ) from None
    return found


def _graph(proof: Proof) -> Digraph:
    try:
        from graphviz import Digraph
    except ImportError:
        raise MissingExtraError("the graphviz package is not installed", hint="pip install 'rune-pl[graph]'") from None
    content, view = proof.content, View(proof.content)
    graph = Digraph("proof", graph_attr={"rankdir": "LR", "label": f"{proof.image}: {answer_text(content)}"})
    graph.attr("node", fontname="sans-serif", fontsize="11", style="filled,rounded", fillcolor="#f3f3f3", shape="box")
    for k, entry in enumerate(content["proofs"], start=1):
        with graph.subgraph(
            name=f"cluster_{k}", graph_attr={"label": f"proof {k}: {chance(entry['probability'])}"}
        ) as part:
            _add(part, view.tree(entry["tree"]), f"p{k}")
    return graph


def _add(graph: Digraph, line: Line, name: str) -> None:
    from graphviz import escape

    label = escape(line.text + (f"\n{line.detail}" if line.detail else ""))
    graph.node(name, label, shape=_SHAPES.get(line.kind, "box"), fillcolor=_COLOURS.get(line.kind, "#f3f3f3"))
    for k, child in enumerate(line.children):
        _add(graph, child, f"{name}_{k}")
        graph.edge(name, f"{name}_{k}")
