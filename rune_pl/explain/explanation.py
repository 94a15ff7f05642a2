"""Explaining the answer for one image: from a query and the scene to proofs, influences and the decision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rune_pl.archive.scenes import Scenes
from rune_pl.errors import ProofError, UsageError
from rune_pl.explain.decision import Asker, Change, Influence, influences, smallest_change, value_of
from rune_pl.explain.formulas import Formulas
from rune_pl.explain.interpreter import Interpreter
from rune_pl.explain.nodes import detections_of
from rune_pl.explain.proving import Found, best_proofs
from rune_pl.explain.scene import Scene
from rune_pl.inference import Budget, Engine, Evidence, Marginal, Query, make_boxes, make_engine, make_facts
from rune_pl.inference.decidable import undecidable

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Explained:
    """One proof among the others.

    Attributes:
        found: the derivation and its probability.
        cumulative: the probability that this proof or one before it holds.
        adds: what that is more than without this one.
    """

    found: Found
    cumulative: float
    adds: float


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why one image has its answer.

    Attributes:
        answer: the exact marginal, or what is known of it.
        proofs: the most probable ones, best first; `complete` where these are known to be all.
        influences: of the facts that the answer hangs on, the strongest first.
        threshold: from what probability on the image counts as a hit.
        change: the facts to confirm or reject to turn that decision; empty where a few do not.
    """

    query: Query
    scene: Scene
    evidence: Evidence
    formulas: Formulas
    answer: Marginal
    proofs: tuple[Explained, ...]
    complete: bool
    influences: tuple[Influence, ...]
    threshold: float
    change: tuple[Change, ...]

    @property
    def value(self) -> float:
        """The probability, or the middle of its interval."""
        return value_of(self.answer)


def explain_scene(
    query: Query,
    scenes: Scenes,
    evidence: Evidence,
    *,
    top: int = 3,
    threshold: float = 0.5,
    budget: Budget | None = None,
    engine: Engine | None = None,
    progress: Progress | None = None,
) -> Explanation:
    """Explain the answer for scenes of a single image.

    Args:
        query: with size statistics, where it compares sizes.
        top: how many proofs, 0 for all.
        progress: called with the name of each stage that begins.

    Raises:
        UsageError: `top` or `threshold` is out of range.
        EvidenceError: the evidence does not fit.
        ProofError: the image cannot be decided, or the program has no proofs of this kind.
    """
    if top < 0 or not 0.0 < threshold < 1.0:
        raise UsageError(f"top {top}, threshold {threshold}", hint="top is at least 0, the threshold between 0 and 1")
    budget = budget or Budget()
    facts = make_facts(scenes, evidence)
    (reason,) = undecidable(query, scenes, facts) if query.checked.needs else (None,)
    if reason is not None:
        raise ProofError(f"{scenes.images[0]} cannot be decided: {reason}", hint="see --gsd")
    boxes = make_boxes(scenes, query.sizes, ranked=("size_rank", 2) in query.reachable)
    scene = Scene(scenes, facts, boxes)
    formulas = Formulas(facts, boxes.center, budget)
    tell = progress or _nobody
    tell("deriving proofs")
    proofs = best_proofs(Interpreter(query, scene, formulas), top)
    asker = Asker(engine or make_engine("auto", workers=1), query, scenes, evidence, facts, budget)
    tell("computing the answer")
    answer = asker.marginal()
    value = value_of(answer)
    tell("weighing each detection")
    rested_on = frozenset(fact for proof in proofs.found for fact in detections_of((proof.node,)))
    known = influences(asker, value, rested_on)
    tell("looking for what turns the decision")
    change = smallest_change(asker, value, known, threshold)
    tell("adding up the proofs")
    return Explanation(
        query=query,
        scene=scene,
        evidence=evidence,
        formulas=formulas,
        answer=answer,
        proofs=_added_up(formulas, proofs.found),
        complete=proofs.complete,
        influences=tuple(known),
        threshold=threshold,
        change=change,
    )


def _nobody(stage: str) -> None:
    """Hears of stages and says nothing."""


def _added_up(formulas: Formulas, found: tuple[Found, ...]) -> tuple[Explained, ...]:
    explained = []
    before = 0.0
    for k in range(len(found)):
        cumulative = formulas.probability(formulas.any_of((proof.formula for proof in found[: k + 1]), local=False))
        explained.append(Explained(found[k], cumulative, max(0.0, cumulative - before)))
        before = cumulative
    return tuple(explained)
