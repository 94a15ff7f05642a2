"""Derivation trees: why a goal holds, step by step.

A node says which goal it is about and what its children have to do with it; `formula` is the event that its derivation
holds. `to_json` gives the objects of docs/proofs.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from rune_pl.language.terms import Clause, Goal, Substitution, substitute, term_variables, terms_of, variables, walk

Kind: TypeAlias = Literal["rule", "detection", "geometry", "comparison", "built_in", "either"]


@dataclass(frozen=True, eq=False)
class Step:
    """A goal that was derived.

    Attributes:
        kind: "rule" (by a clause), "detection", "geometry" (what a function measured), "comparison", "built_in", or
            "either" (one branch of a disjunction).
        goal: as the program has it.
        bindings: what its variables stand for.
        formula: the event that this derivation holds.
        children: of a rule the goals of its body, of a disjunction those of the branch.
        clause: of a rule.
        local: of a rule, what the variables of the clause stand for.
        fact: of a detection, the index of its fact.
        values: of a comparison its two sides, of a geometry function what it computed.
        branch: of a disjunction, from 1.
    """

    kind: Kind
    goal: Goal
    bindings: Substitution
    formula: int
    children: tuple[Node, ...] = ()
    clause: Clause | None = None
    local: Substitution | None = None
    fact: int = -1
    values: tuple[Any, ...] = ()
    branch: int = 0

    @property
    def text(self) -> str:
        """The goal with its variables filled in."""
        return ground_text(self.goal, self.bindings)


@dataclass(frozen=True)
class Miss:
    """A candidate that came to nothing: which relation did not hold, and the comparison that failed in it."""

    goal: str
    comparison: str
    left: float
    right: float

    @property
    def distance(self) -> float:
        """How far it is from holding, relative to the numbers compared."""
        return abs(self.left - self.right) / max(abs(self.left), abs(self.right), 1e-9)


@dataclass(frozen=True, eq=False)
class Option:
    """One way to satisfy a goal inside of a negation, a count or a universal."""

    nodes: tuple[Node, ...]
    formula: int


@dataclass(frozen=True, eq=False)
class Member:
    """A value that a count is about, or a case of a universal.

    `value` is empty for a negation. `options` are the ways in which it satisfies the goal that is counted, denied or
    the condition; `met` those in which a universal's consequence holds for it.
    """

    value: str
    options: tuple[Option, ...]
    formula: int
    met: tuple[Option, ...] = ()


@dataclass(frozen=True, eq=False)
class Collective:
    """A goal about all objects: a negation, a count, a comparison of counts, a universal.

    Attributes:
        kind: "not", "count", "more" or "forall".
        members: what would refute a negation, what is counted, or the cases of a universal; of `more` the first side.
        others: the second side of `more`.
        misses: candidates of a negation that came close, nearest first.
    """

    kind: Literal["not", "count", "more", "forall"]
    goal: Goal
    bindings: Substitution
    formula: int
    members: tuple[Member, ...] = ()
    others: tuple[Member, ...] = ()
    misses: tuple[Miss, ...] = ()

    @property
    def text(self) -> str:
        """The goal with its variables filled in."""
        return ground_text(self.goal, self.bindings)


Node: TypeAlias = Step | Collective


def ground_text(goal: Goal, bindings: Substitution) -> str:
    """The goal as text, with variables filled in."""
    names = {v.name for v in variables(goal)}
    return str(substitute(goal, {name: term for name, term in bindings.items() if name in names}))


def detections_of(nodes: tuple[Node, ...]) -> Iterator[int]:
    """The facts that derivations rest on, negations and counts left out."""
    for node in nodes:
        if isinstance(node, Step):
            if node.kind == "detection":
                yield node.fact
            yield from detections_of(node.children)


def names_in(goal: Goal) -> frozenset[str]:
    """The variables that a goal and all goals in it are about."""
    return frozenset(v.name for g in walk(goal) for t in terms_of(g) for v in term_variables(t))
