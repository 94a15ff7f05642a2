"""Replaying a proof tree: is every step one that its clause, its numbers and the facts allow?

This looks at each node of a document by itself, with the clause texts and facts of the document. It shares no code with
what makes trees, but for reading Prolog, arithmetic and the geometry functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from rune_pl.errors import LanguageError
from rune_pl.explain.arithmetic import evaluate
from rune_pl.geometry import REGISTRY, Boxes, as_columns
from rune_pl.language.limits import LIBRARY_LIMITS
from rune_pl.language.parse import parse_program
from rune_pl.language.terms import (
    And,
    Call,
    Clause,
    Compare,
    Const,
    Count,
    Forall,
    Goal,
    More,
    Not,
    Or,
    Struct,
    Term,
    Var,
    conjuncts,
    substitute,
)

_CLOSE = 1e-9
_COLLECTIVE = {"not": Not, "count": Count, "more": More, "forall": Forall}

Json = Mapping[str, Any]
Wrong = tuple[str, str]  # where, what


@dataclass(frozen=True)
class Replay:
    """Replays trees.

    Attributes:
        clauses: the clauses of the document.
        facts: probability by detection and class, evidence included.
        boxes: of the image, in the order of `atoms`.
    """

    clauses: Sequence[Json]
    facts: Mapping[tuple[str, str], float]
    atoms: Sequence[str]
    boxes: Boxes

    @cached_property
    def _read(self) -> list[Clause]:
        return [parse_program(entry["text"], limits=LIBRARY_LIMITS).clauses[0] for entry in self.clauses]

    def node(self, node: Json, at: str) -> Iterator[Wrong]:
        """What is wrong with a node or below it."""
        kind = node["kind"]
        try:
            goal = read_goal(node["goal"])
        except LanguageError as error:
            yield f"{at}.goal", f"no goal: {error}"
            return
        if kind == "rule":
            yield from self._rule(node, goal, at)
        elif kind == "either":
            yield from self._either(node, goal, at)
        elif kind in _COLLECTIVE:
            if not isinstance(goal, _COLLECTIVE[kind]):
                yield f"{at}.goal", f"{node['goal']} is no goal of the kind {kind}"
            for name in ("against", "cases", "members", "others"):
                for k, entry in enumerate(node.get(name, ())):
                    for part in ("children", "met"):
                        yield from self.nodes(entry.get(part, ()), f"{at}.{name}[{k}].{part}")
        else:
            yield from self._leaf(node, goal, at)

    def nodes(self, nodes: Sequence[Json], at: str) -> Iterator[Wrong]:
        for k, node in enumerate(nodes):
            yield from self.node(node, f"{at}[{k}]")

    def _rule(self, node: Json, goal: Goal, at: str) -> Iterator[Wrong]:
        if not 0 <= node["clause"] < len(self._read):
            yield f"{at}.clause", f"there is no clause {node['clause']}"
            return
        clause = self._read[node["clause"]]
        by = {name: _term(value) for name, value in node["bindings"].items()}
        head = substitute(clause.head, by)
        if not matches(head, goal):
            yield f"{at}.goal", f"{node['goal']} is not {head}, the head of its clause under its bindings"
        if node.get("probability") != clause.probability:
            yield f"{at}.probability", f"{node.get('probability')}, the clause has {clause.probability}"
        body = [substitute(g, by) for g in conjuncts(clause.body)]
        yield from self._body(body, node["children"], at)

    def _either(self, node: Json, goal: Goal, at: str) -> Iterator[Wrong]:
        if not isinstance(goal, Or) or not 1 <= node["branch"] <= len(goal.goals):
            yield f"{at}.branch", f"{node['goal']} has no branch {node['branch']}"
            return
        yield from self._body(conjuncts(goal.goals[node["branch"] - 1]), node["children"], at)

    def _body(self, body: Sequence[Goal], children: Sequence[Json], at: str) -> Iterator[Wrong]:
        if len(body) != len(children):
            yield f"{at}.children", f"{len(children)} steps for the {len(body)} goals of the clause"
        for k, (goal, child) in enumerate(zip(body, children, strict=False)):
            try:
                fits = matches(goal, read_goal(child["goal"]))
            except LanguageError:
                continue  # said where the child is looked at
            if not fits:
                yield f"{at}.children[{k}].goal", f"{child['goal']} stands where the clause has {goal}"
        yield from self.nodes(children, f"{at}.children")

    def _leaf(self, node: Json, goal: Goal, at: str) -> Iterator[Wrong]:
        kind = node["kind"]
        if kind == "comparison":
            yield from _comparison(node, goal, at)
        elif not isinstance(goal, Call):
            yield f"{at}.goal", f"{node['goal']} is no goal of the kind {kind}"
        elif kind == "detection":
            stated = (node["detection"], node["class"])
            if goal != Call("object", (Const(stated[0]), Const(stated[1]))):
                yield f"{at}.goal", f"{node['goal']} is not about {stated[0]} as {stated[1]}"
            probability = self.facts.get(stated)
            if probability is None:
                yield f"{at}.detection", f"no fact says that {stated[0]} is {stated[1]}"
            elif abs(probability - node["probability"]) > _CLOSE:
                yield f"{at}.probability", f"{node['probability']} for a fact with {probability}"
        elif kind == "geometry":
            yield from self._geometry(node, goal, at)
        elif goal.name == "detection" and str(goal.args[0]) not in self.atoms:
            yield f"{at}.goal", f"there is no detection {goal.args[0]}"
        elif goal.name not in ("detection", "true", "number"):
            yield f"{at}.goal", f"{node['goal']} is not built in"

    def _geometry(self, node: Json, goal: Call, at: str) -> Iterator[Wrong]:
        function = REGISTRY.get(goal.indicator)
        if function is None:
            yield f"{at}.goal", f"there is no geometry function {goal.name}/{len(goal.args)}"
            return
        ids = [str(arg) for arg in goal.args[: function.inputs]]
        if any(atom not in self.atoms for atom in ids):
            yield f"{at}.goal", f"{node['goal']} is about a detection that is not there"
            return
        rows = [np.array([self.atoms.index(atom)]) for atom in ids]
        columns = as_columns(function.call(self.boxes, np.zeros(1, dtype=np.int64), *rows))
        values = [float(column[0]) for column in columns]
        stated = [arg.value for arg in goal.args[function.inputs :] if isinstance(arg, Const)]
        for name, given in (("goal", stated), ("values", node["values"])):
            if len(given) != len(values) or not all(map(_close, given, values)):
                yield f"{at}.{name}", f"{given} for {goal.name}({', '.join(ids)}), which is {values}"


def _comparison(node: Json, goal: Goal, at: str) -> Iterator[Wrong]:
    if not isinstance(goal, Compare):
        yield f"{at}.goal", f"{node['goal']} is no comparison"
        return
    if goal.op in ("==", "\\==", "=", "\\="):
        if (str(goal.left), str(goal.right)) != (str(node["left"]), str(node["right"])):
            yield f"{at}.left", f"{node['left']} and {node['right']} are not the sides of {node['goal']}"
        if matches(goal.left, goal.right) != (goal.op in ("==", "=")):
            yield f"{at}.goal", f"{node['goal']} does not hold"
        return
    left, right = evaluate(goal.left), evaluate(goal.right)
    for name, value in (("left", left), ("right", right)):
        if value is None or not _close(node[name], value):
            yield f"{at}.{name}", f"{node[name]}, but that side of {node['goal']} is {value}"
            return
    assert left is not None
    assert right is not None
    holds = {
        "<": left < right, ">": left > right, "=<": left <= right, ">=": left >= right,
        "=:=": left == right, "=\\=": left != right, "is": left == right,
    }[goal.op]  # fmt: skip
    if not holds:
        yield f"{at}.goal", f"{node['goal']} does not hold"


def read_goal(text: str) -> Goal:
    """A goal from its text. Raises LanguageError."""
    clause = parse_program(f"goal :- {text}.", limits=LIBRARY_LIMITS).clauses[0]
    assert clause.body is not None
    return clause.body


def _term(value: Any) -> Term:
    if not isinstance(value, str):
        return Const(value)
    return parse_program(f"term({value}).", limits=LIBRARY_LIMITS).clauses[0].head.args[0]


def matches(pattern: Goal | Term, found: Goal | Term) -> bool:
    """Whether `found` is `pattern` with its variables filled in; names of variables do not count."""
    return _match(_shape(pattern), _shape(found), {})


def _match(pattern: Any, found: Any, by: dict[str, Any]) -> bool:
    if isinstance(pattern, Var):
        return bool(by.setdefault(pattern.name, found) == found)
    if isinstance(pattern, tuple) and isinstance(found, tuple):
        return len(pattern) == len(found) and all(_match(p, f, by) for p, f in zip(pattern, found, strict=True))
    return bool(pattern == found)


def _shape(node: Any) -> Any:
    """A goal or term as nested tuples with variables at the leaves."""
    if isinstance(node, Const):
        return float(node.value) if node.is_number else node.value
    if isinstance(node, Struct):
        return ("term", node.functor, *map(_shape, node.args))
    if isinstance(node, Call):
        return ("call", node.name, *map(_shape, node.args))
    if isinstance(node, Compare):
        return ("compare", node.op, _shape(node.left), _shape(node.right))
    if isinstance(node, And | Or):
        return (type(node).__name__, *map(_shape, node.goals))
    if isinstance(node, Not):
        return ("not", _shape(node.goal))
    if isinstance(node, Count):
        return ("count", node.kind, node.number, _shape(node.template), _shape(node.goal))
    if isinstance(node, Forall):
        return ("forall", _shape(node.condition), _shape(node.goal))
    if isinstance(node, More):
        return ("more", *map(_shape, (node.template, node.goal, node.other_template, node.other)))
    return node


def _close(one: Any, other: Any) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return bool(one == other)
    return bool(abs(one - other) <= _CLOSE * max(1.0, abs(one), abs(other)))
