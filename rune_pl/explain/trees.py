"""Derivation trees as JSON objects; docs/proofs.md describes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rune_pl.explain.formulas import Formulas
from rune_pl.explain.nodes import Collective, Member, Node, Option, Step
from rune_pl.explain.scene import Scene
from rune_pl.language.terms import Clause, Const, Term

_SHOWN = 25  # members of a count or a negation that are shown with their derivation; the others with their numbers

Json = dict[str, Any]


class Trees:
    """Makes JSON of nodes. `clause` gives the number of a clause in the document."""

    def __init__(self, scene: Scene, formulas: Formulas, clause: Callable[[Clause], int]) -> None:
        self._scene, self._formulas, self._clause = scene, formulas, clause

    def node(self, node: Node) -> Json:
        """One node with all below it."""
        return self._collective(node) if isinstance(node, Collective) else self._step(node)

    def nodes(self, nodes: Iterable[Node]) -> list[Json]:
        return [self.node(node) for node in nodes]

    def _step(self, step: Step) -> Json:
        found: Json = {"kind": step.kind, "goal": step.text}
        if step.kind == "rule":
            assert step.clause is not None
            assert step.local is not None
            found["clause"] = self._clause(step.clause)
            if step.clause.probability is not None:
                found["probability"] = step.clause.probability
            found["bindings"] = {name: _plain(term) for name, term in sorted(step.local.items())}
        elif step.kind == "detection":
            found["detection"] = self._scene.atom(step.fact)
            found["class"] = self._scene.label(step.fact)
            found["probability"] = float(self._scene.facts.probability[step.fact])
        elif step.kind == "geometry":
            found["values"] = list(step.values)
        elif step.kind == "comparison":
            found["left"], found["right"] = step.values
        elif step.kind == "either":
            found["branch"] = step.branch
        if step.kind in ("rule", "either"):
            found["children"] = self.nodes(step.children)
        return found

    def _collective(self, node: Collective) -> Json:
        found: Json = {
            "kind": node.kind,
            "goal": node.text,
            "probability": significant(self._formulas.probability(node.formula)),
        }
        if node.kind == "not":
            found["against"] = self._members(node.members)
            found["misses"] = [
                {"goal": m.goal, "comparison": m.comparison, "left": m.left, "right": m.right} for m in node.misses
            ]
        elif node.kind == "forall":
            found["cases"] = self._members(node.members)
        else:
            found["members"] = self._members(node.members)
            if node.kind == "more":
                found["others"] = self._members(node.others)
        return found

    def _members(self, members: Sequence[Member]) -> list[Json]:
        likely = self._formulas.intervals([m.formula for m in members])
        order = sorted(range(len(members)), key=lambda k: -sum(likely[k]))
        found = []
        for position, k in enumerate(order):
            member = members[k]
            entry: Json = {"probability": significant(sum(likely[k]) / 2)}
            if member.value:
                entry["value"] = member.value
            if position < _SHOWN:
                entry["children"] = self._best(member.options)
                if member.met:
                    entry["met"] = self._best(member.met)
            found.append(entry)
        return found

    def _best(self, options: Sequence[Option]) -> list[Json]:
        """The most probable derivation among several."""
        likely = self._formulas.intervals([option.formula for option in options])
        best = max(range(len(options)), key=lambda k: (sum(likely[k]), -k))
        return self.nodes(options[best].nodes)


def significant(value: float) -> float:
    """Rounded to twelve significant digits: what is exact to 1e-9 need not differ in its last bits."""
    return float(f"{value:.12g}")


def _plain(term: Term) -> Any:
    """A term as JSON: numbers as they are, all else as text."""
    return term.value if isinstance(term, Const) else str(term)
