"""What a proof says beside its trees, in words; every export shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rune_pl.explain.export.view import chance

Json = Mapping[str, Any]


def answer_text(content: Json) -> str:
    """The answer and what it means for the decision."""
    answer, decision = content["answer"], content["decision"]
    if answer["probability"] is None:
        return f"between {answer['lower']:.6f} and {answer['upper']:.6f}: {answer['reason']}"
    verdict = "a hit" if decision["holds"] else "no hit"
    return f"probability {_exact(content)}, {verdict} at a threshold of {decision['threshold']:g}"


def _exact(content: Json) -> str:
    value = content["answer"]["probability"]
    return f"{value:.6f}" if 5e-7 <= value <= 1 - 5e-7 or value in (0.0, 1.0) else chance(value)


def change_text(content: Json) -> str:
    """What would turn the decision."""
    change = content["decision"]["change"]
    if not change:
        return "No handful of detections, confirmed or rejected, turns this decision."
    steps = [
        f"{'confirming' if c['confirmed'] else 'rejecting'} {c['detection']} ({c['class'].replace('_', ' ')})"
        for c in change
    ]
    listed = steps[0] if len(steps) == 1 else f"{', '.join(steps[:-1])} and {steps[-1]}"
    return f"{listed[0].upper()}{listed[1:]} turns it: the probability becomes {chance(change[-1]['probability'])}."


def proofs_text(content: Json) -> str:
    """How many proofs there are, and what they come to."""
    shown = len(content["proofs"])
    if not shown:
        return "There is no proof: the rule cannot hold here."
    together = chance(content["proofs"][-1]["cumulative"])
    if content["complete"]:
        return f"{'The only proof' if shown == 1 else f'All {shown} proofs'} together: {together}."
    return f"The {shown} most probable proofs, together {together}." if shown > 1 else "The most probable proof."
