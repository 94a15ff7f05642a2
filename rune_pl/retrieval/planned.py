"""How a question was understood, and what it took to answer it."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from rune_pl.inference.profiles import STAGES as ENGINE_STAGES
from rune_pl.inference.profiles import PlanProfile, Profile, StepProfile

CHECK, READ = "check", "read"
STAGES = (CHECK, READ, *ENGINE_STAGES)


@dataclass(frozen=True)
class PlanReport:
    """A question, the plan that it became, and what each part of it took.

    Attributes:
        rule: the program that ran, canonical text.
        reading: the rule said back in English.
        translator: who made the rule from English, None where it was given.
        notes: what a user should know: warnings of the check, notes of the translator.
        profile: plan, rows, methods and times; see `rune_pl.inference.profiles.Profile`. Its seconds have two stages
            more: "check" (translating and checking the question) and "read" (reading detections from the archive).
    """

    rule: str
    reading: str
    translator: str | None
    notes: tuple[str, ...]
    profile: Profile

    @property
    def engine(self) -> str:
        """The engine that takes the program: "native" or "problog"."""
        return "native" if self.profile.refused is None else "problog"

    def to_json(self) -> dict[str, Any]:
        """A JSON object, see docs/plan.md."""
        profile = self.profile
        hardest = profile.hardest
        return {
            "rule": self.rule,
            "reading": self.reading,
            "translator": self.translator,
            "notes": list(self.notes),
            "engine": self.engine,
            "reason": profile.refused,
            "images": profile.images,
            "plans": [_plan(plan) for plan in profile.plans],
            "facts": {"all": profile.facts, "touched": profile.touched},
            "gates": profile.gates,
            "methods": dict(profile.methods),
            "states": profile.states,
            "hardest": None
            if hardest is None
            else {
                "image": hardest.image,
                "states": hardest.states,
                "detections": hardest.detections,
                "seconds": _rounded(hardest.seconds),
            },
            "stages": [
                {"stage": stage, "seconds": _rounded(profile.seconds[stage])}
                for stage in STAGES
                if stage in profile.seconds
            ],
        }


def _plan(plan: PlanProfile) -> dict[str, Any]:
    return {"images": plan.images, "counted": plan.counted, "steps": [_step(step) for step in plan.steps]}


def _step(step: StepProfile) -> dict[str, Any]:
    return {
        "step": step.text,
        "detections": step.detections,
        "passing": step.passing,
        "join": step.join,
        "rows_in": step.rows_in,
        "rows_out": step.rows_out,
        "seconds": _rounded(step.seconds),
        "steps": [_step(inner) for inner in step.steps],
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 6)


class Stopwatch:
    """Seconds by stage, from lap to lap."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._since = time.perf_counter()

    def lap(self, stage: str | None = None) -> None:
        """The time since the last lap went into this stage; without one it is counted elsewhere."""
        now = time.perf_counter()
        if stage is not None:
            self.seconds[stage] += now - self._since
        self._since = now
