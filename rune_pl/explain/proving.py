"""The proofs of one image, most probable first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rune_pl.errors import ProofError
from rune_pl.explain.interpreter import Interpreter
from rune_pl.explain.nodes import Node, detections_of
from rune_pl.inference.bindings import ground
from rune_pl.inference.columns import NotColumnarError
from rune_pl.inference.lineage import FALSE
from rune_pl.inference.normal_form import requirements
from rune_pl.inference.plan import NotInFragmentError
from rune_pl.inference.query import GOAL
from rune_pl.inference.rows import JoinSizeError

_MOST_LOOKED_AT = 20_000


@dataclass(frozen=True)
class Found:
    """A derivation of the goal: its tree, the event that it holds, and the probability of that."""

    node: Node
    formula: int
    probability: float


@dataclass(frozen=True)
class Proofs:
    """The most probable proofs, best first; `complete` where these are known to be all."""

    found: tuple[Found, ...]
    complete: bool


def best_proofs(interpreter: Interpreter, top: int) -> Proofs:
    """The `top` most probable proofs of `retrieve`, all of them for 0. Two that are the same event are one.

    What detections a proof may rest on is found over columns. The product of their probabilities is a bound of the
    proof's own, so that most need never be derived.

    Raises:
        ProofError: there are too many to look at.
    """
    found: list[Found] = []
    seen: set[int] = {FALSE}
    complete = True
    for looked, (weight, facts) in enumerate(_supports(interpreter)):
        if top and len(found) >= top and weight < found[top - 1].probability:
            complete = False
            break
        if looked >= _MOST_LOOKED_AT:
            complete = False
            break
        new = False
        for _, (node,) in interpreter.derive(GOAL, {}, facts):
            if frozenset(detections_of((node,))) == facts and node.formula not in seen:
                seen.add(node.formula)
                probability = interpreter.formulas.probability(node.formula)
                if probability > 0.0:
                    found.append(Found(node, node.formula, probability))
                    new = True
        if new:
            found.sort(key=lambda proof: -proof.probability)  # stable: of equal ones the first comes first
            if top and len(found) > top:
                complete = False
                del found[top:]
    return Proofs(tuple(found), complete)


def _supports(interpreter: Interpreter) -> Iterator[tuple[float, frozenset[int]]]:
    """The sets of facts that a proof may rest on, with the product of their probabilities, largest first."""
    query, scene = interpreter.query, interpreter.scene
    weights: dict[frozenset[int], float] = {}
    try:
        for alternative in requirements(query, scene.scenes.classes):
            matches = ground(alternative, scene.facts, scene.scenes.classes, query.relations, scene.boxes, 1)
            for row in set(map(tuple, matches.facts.tolist())):
                weights.setdefault(frozenset(row), 0.0)
    except (NotInFragmentError, NotColumnarError):
        for _, nodes in interpreter.derive(GOAL, {}):
            weights.setdefault(frozenset(detections_of(nodes)), 0.0)
    except JoinSizeError as error:
        raise ProofError(f"{error} are too many to be proved one by one") from None
    for facts in weights:
        product = 1.0
        for fact in facts:
            product *= float(scene.facts.probability[fact])
        weights[facts] = product
    ordered = sorted(weights.items(), key=lambda item: (-item[1], sorted(item[0])))
    return ((weight, facts) for facts, weight in ordered)
