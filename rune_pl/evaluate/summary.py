"""An evaluation as JSON, the content of `results.json` (docs/evaluation.md)."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from rune_pl._version import __version__
from rune_pl.evaluate.evaluation import ROBUST, Asked, Evaluation
from rune_pl.evaluate.measures import AP, BRIER, F1, MEASURES

EXACT = "exact"
COMPARED = (AP, F1, BRIER)  # of which differences to the exact method are told


def summary(found: Evaluation, about: dict[str, Any]) -> dict[str, Any]:
    """Everything but the rankings.

    Args:
        about: what was evaluated: archive, truth, queries, calibration.
    """
    return {
        "rune_pl": __version__,
        "about": about,
        "images": len(found.images),
        "queries": [_query(asked) for asked in found.asked],
        "bootstrap": found.bootstrap,
        "seed": found.seed,
        "notes": list(found.notes),
        "methods": {name: _method(found, name) for name in found.methods},
    }


def _query(asked: Asked) -> dict[str, Any]:
    return {
        "id": asked.query.id,
        "text": list(asked.query.texts),
        "rule": asked.rule,
        "ranked_by": asked.ranked_by,
        "failure": asked.failure,
        "tags": list(asked.query.tags),
        "complexity": {**asdict(asked.complexity), "total": asked.complexity.total},
        "level": asked.complexity.level,
        "images": int(asked.judged.sum()),
        "positives": asked.positives,
    }


def _method(found: Evaluation, name: str) -> dict[str, Any]:
    measured = found.methods[name]
    return {
        "mean": {metric: measured.macro(metric).to_json() for metric in MEASURES},
        "exact_minus_this": (
            {metric: found.difference(metric, EXACT, name).to_json() for metric in COMPARED}
            if EXACT in found.methods and name != EXACT
            else {}
        ),
        "rrqc": {metric: found.rrqc(name, metric).to_json() for metric in ROBUST},
        "rriu": {metric: found.rriu(name, metric).to_json() for metric in ROBUST},
        "queries": {
            asked.query.id: {metric: _number(measured.values[metric][at]) for metric in MEASURES}
            for at, asked in enumerate(found.asked)
        },
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
