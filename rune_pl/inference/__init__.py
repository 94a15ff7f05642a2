"""Inference: a checked rule and scenes in, the exact marginal probability per image out."""

from __future__ import annotations

from rune_pl.inference.auto import ENGINES, AutoEngine, make_engine
from rune_pl.inference.boxes import make_boxes
from rune_pl.inference.engine import TOLERANCE, Budget, Engine, Marginal
from rune_pl.inference.evidence import Evidence, Observation
from rune_pl.inference.facts import Facts, make_facts
from rune_pl.inference.matches import BoundObject, Summary, summarize
from rune_pl.inference.native import NativeEngine
from rune_pl.inference.plan import NotInFragmentError
from rune_pl.inference.problog_engine import ProbLogEngine
from rune_pl.inference.query import Query

__all__ = [
    "ENGINES",
    "TOLERANCE",
    "AutoEngine",
    "BoundObject",
    "Budget",
    "Engine",
    "Evidence",
    "Facts",
    "Marginal",
    "NativeEngine",
    "NotInFragmentError",
    "Observation",
    "ProbLogEngine",
    "Query",
    "Summary",
    "make_boxes",
    "make_engine",
    "make_facts",
    "summarize",
]
