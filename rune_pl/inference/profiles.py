"""What a query took, as plain data: the rows and the time of every step of its plan, and how images were answered."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TypeVar

from rune_pl.inference.engine import MEMORY, UNDECIDABLE

PLAN, KERNELS, GROUND, SOLVE = "plan", "kernels", "ground", "solve"
STAGES = (PLAN, KERNELS, GROUND, SOLVE)
IMPOSSIBLE, CERTAIN, CLOSED_FORM, SWEEP, INTERVAL = "impossible", "certain", "closed form", "sweep", "interval"
METHODS = (IMPOSSIBLE, CERTAIN, CLOSED_FORM, SWEEP, INTERVAL, UNDECIDABLE, MEMORY)

_Number = TypeVar("_Number", int, float)


@dataclass(frozen=True)
class StepProfile:
    """One step of a plan.

    Attributes:
        text: the step in the words of the rule language, or a heading.
        detections: of a scan, the facts that it goes through.
        passing: of a scan, those of them that pass the conditions on the object alone.
        join: of a scan, how its objects were found: "look-up", "index A" (by a spatial index around each A), "all
            pairs"; None where it is the first and for other steps.
        rows_in, rows_out: bindings before and after; None where the step was not run.
        seconds: time, inner steps included.
        steps: the steps in it.
    """

    text: str
    detections: int | None = None
    passing: int | None = None
    join: str | None = None
    rows_in: int | None = None
    rows_out: int | None = None
    seconds: float | None = None
    steps: tuple[StepProfile, ...] = ()

    def plus(self, other: StepProfile) -> StepProfile:
        """The same step over the images of both."""
        return replace(
            self,
            detections=_sum(self.detections, other.detections),
            passing=_sum(self.passing, other.passing),
            join=self.join or other.join,
            rows_in=_sum(self.rows_in, other.rows_in),
            rows_out=_sum(self.rows_out, other.rows_out),
            seconds=_sum(self.seconds, other.seconds),
            steps=tuple(a.plus(b) for a, b in zip(self.steps, other.steps, strict=True)),
        )

    def says_the_same(self, other: StepProfile) -> bool:
        """Whether both are the same step."""
        inner = zip_longest(self.steps, other.steps)
        return self.text == other.text and all(a and b and a.says_the_same(b) for a, b in inner)


@dataclass(frozen=True)
class PlanProfile:
    """A plan, and the images that it was made for: which class is looked for first depends on how many there are.

    Attributes:
        images: how many images.
        counted: whether the answers were counted class by class, without bindings and gates.
        steps: the steps of the rule.
    """

    images: int
    counted: bool
    steps: tuple[StepProfile, ...]


@dataclass(frozen=True)
class Hardest:
    """The image that took the most states."""

    image: str
    states: int
    detections: int
    seconds: float


@dataclass(frozen=True)
class Profile:
    """What a query took.

    Attributes:
        images: how many images were looked at.
        refused: why the native engine does not take the program, which is then ProbLog's; None where it does.
        plans: the plans; one, unless images that are read later have other classes in number.
        facts: how many facts the images have.
        touched: how many of them the lineage mentions.
        gates: how many gates the lineage has.
        methods: how many images were answered in which of the ways in `METHODS`; those that occur.
        states: how many states the sweeps visited, all images together.
        hardest: the image with the most states; None where no image took a sweep.
        seconds: time of each stage.
    """

    images: int
    refused: str | None
    plans: tuple[PlanProfile, ...]
    facts: int
    touched: int
    gates: int
    methods: Mapping[str, int]
    states: int
    hardest: Hardest | None
    seconds: Mapping[str, float]

    @classmethod
    def of_none(cls, images: int, facts: int, refused: str | None, seconds: Mapping[str, float]) -> Profile:
        """One without a plan: that of a program which the native engine does not take, or of other work."""
        return cls(images, refused, (), facts, 0, 0, {}, 0, None, dict(seconds))

    @classmethod
    def joined(cls, parts: Sequence[Profile]) -> Profile:
        """One profile for the images of several."""
        plans: list[PlanProfile] = []
        methods: Counter[str] = Counter()
        seconds: defaultdict[str, float] = defaultdict(float)
        for part in parts:
            methods.update(part.methods)
            for stage, spent in part.seconds.items():
                seconds[stage] += spent
            for plan in part.plans:
                _add(plans, plan)
        hardest = [part.hardest for part in parts if part.hardest is not None]
        return cls(
            images=sum(part.images for part in parts),
            refused=next((part.refused for part in parts if part.refused is not None), None),
            plans=tuple(plans),
            facts=sum(part.facts for part in parts),
            touched=sum(part.touched for part in parts),
            gates=sum(part.gates for part in parts),
            methods={method: methods[method] for method in METHODS if methods[method]},
            states=sum(part.states for part in parts),
            hardest=max(hardest, key=lambda h: h.states, default=None),
            seconds=dict(seconds),
        )


def _add(plans: list[PlanProfile], plan: PlanProfile) -> None:
    for at, known in enumerate(plans):
        pairs = zip_longest(known.steps, plan.steps)
        if known.counted == plan.counted and all(a and b and a.says_the_same(b) for a, b in pairs):
            steps = tuple(a.plus(b) for a, b in zip(known.steps, plan.steps, strict=True))
            plans[at] = PlanProfile(known.images + plan.images, known.counted, steps)
            return
    plans.append(plan)


def _sum(a: _Number | None, b: _Number | None) -> _Number | None:
    return b if a is None else a if b is None else a + b
