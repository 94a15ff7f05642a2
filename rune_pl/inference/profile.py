"""Profiling: run a query as the native engine does, and keep count of what every step comes to."""

from __future__ import annotations

import os
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive.scenes import Scenes
from rune_pl.inference.answers import solve
from rune_pl.inference.clock import Clock
from rune_pl.inference.closed import Sentence, count_sentences, sentences
from rune_pl.inference.columns import NotColumnarError, Table
from rune_pl.inference.decidable import undecidable
from rune_pl.inference.engine import MEMORY, TOLERANCE, UNDECIDABLE, Budget
from rune_pl.inference.evidence import Evidence
from rune_pl.inference.facts import Facts
from rune_pl.inference.ground import StepCost
from rune_pl.inference.kernels.solve import Columns
from rune_pl.inference.lineage import Lineage
from rune_pl.inference.native import Run, chunks
from rune_pl.inference.outline import LOOK_UP, PAIRS, Line, Outline, make_outline
from rune_pl.inference.plan import Each, NotInFragmentError, Scan
from rune_pl.inference.prepared import Prepared
from rune_pl.inference.profiles import (
    CERTAIN,
    CLOSED_FORM,
    GROUND,
    IMPOSSIBLE,
    INTERVAL,
    KERNELS,
    METHODS,
    PLAN,
    SOLVE,
    SWEEP,
    Hardest,
    PlanProfile,
    Profile,
    StepProfile,
)
from rune_pl.inference.query import Query
from rune_pl.inference.rows import JoinSizeError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def make_profile(
    query: Query,
    scenes: Scenes,
    evidence: Evidence | None = None,
    budget: Budget | None = None,
    *,
    workers: int | None = None,
) -> Profile:
    """Answer a query as the native engine does, and say what it took.

    Compiled code is loaded (or, the first time on a machine, compiled) beforehand and counts by itself, so that the
    times of the steps are those of a program that is running already.

    Raises:
        EvidenceError: evidence that names no detection, or has probability zero.
    """
    observed = evidence if evidence is not None and evidence.observations else None
    run = Run(query, Prepared(scenes), observed)
    meter = _Meter(run, budget or Budget(), workers or os.cpu_count() or 1)
    try:
        return meter.profile()
    except (NotInFragmentError, NotColumnarError) as error:
        return Profile.of_none(len(scenes), sum(run.prepared.sizes().values()), str(error), meter.seconds)


@dataclass
class _Meter:
    """Runs a query and keeps count."""

    run: Run
    budget: Budget
    workers: int
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    costs: dict[int, StepCost] = field(default_factory=lambda: defaultdict(StepCost))
    touched: int = 0
    gates: int = 0
    methods: Counter[str] = field(default_factory=Counter)
    states: int = 0
    hardest: Hardest | None = None

    def profile(self) -> Profile:
        """Run all images."""
        run, sizes = self.run, self.run.prepared.sizes()
        with self._timed(PLAN):
            plan = run.plan
        outline = make_outline(plan, lambda a, b: _shared(run.prepared.scenes, a, b))
        counted = sentences(plan) if run.plain else None
        if counted is not None:
            self._count(counted)
            self.touched = sum(sizes.get(sentence.label, 0) for sentence in counted)
        else:
            self._ground()
        return Profile(
            images=len(run.scenes),
            refused=None,
            plans=(PlanProfile(len(run.scenes), counted is not None, self._steps(outline.lines, outline)),),
            facts=sum(sizes.values()),
            touched=self.touched,
            gates=self.gates,
            methods={method: self.methods[method] for method in METHODS if self.methods[method]},
            states=self.states,
            hardest=self.hardest,
            seconds=dict(self.seconds),
        )

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] += time.perf_counter() - start

    # --- running

    def _count(self, counted: tuple[Sentence, ...]) -> None:
        """Answer all images without grounding."""
        prepared = self.run.prepared
        with self._timed(KERNELS):
            count_sentences(counted, Prepared(prepared.only(())), 1)
        with self._timed(SOLVE):
            columns = count_sentences(counted, prepared, self.workers)
        self._note(columns, np.zeros(len(prepared.scenes)), np.arange(len(prepared.scenes)), None)

    def _ground(self) -> None:
        """Answer all images, as many at a time as the engine would."""
        run = self.run
        with self._timed(GROUND):
            missing = undecidable(run.query, run.scenes, run.facts)
            grounder = run.grounder()  # boxes are made here
        lacking = np.array([reason is not None for reason in missing], dtype=np.bool_)
        with self._timed(KERNELS):
            _load_solver()
            grounder.ground(run.plan, _small_image(run))
        for chunk in chunks(run.facts, len(run.scenes)):
            self._answer(chunk, lacking)

    def _answer(self, images: IntArray, lacking: NDArray[np.bool_]) -> None:
        clock = Clock(self.budget.seconds / 2, len(self.run.scenes))
        grounder = self.run.grounder(clock=clock)
        try:
            with self._timed(GROUND):
                roots = grounder.ground(self.run.plan, images)
                gates = grounder.lineage.gates()
        except JoinSizeError:
            if len(images) == 1:
                self.methods[MEMORY] += 1
                return
            half = len(images) // 2
            self._answer(images[:half], lacking)
            self._answer(images[half:], lacking)
            return
        for step, cost in grounder.costs.items():
            self.costs[step].add(cost)
        facts = self.run.facts
        with self._timed(SOLVE):
            center, spent = self.run.boxes.center, clock.spent[images]
            columns, seconds = solve(roots, gates, facts, center, self.budget, self.workers, spent)
            clock.widen(columns, images)
        nodes = np.unique(np.concatenate([gates.literal, roots[roots >= 0]]) >> 1)
        self.touched += int((nodes < len(facts)).sum())
        self.gates += len(gates.low)
        self._note(columns, seconds, images, lacking[images])

    def _note(self, columns: Columns, seconds: FloatArray, images: IntArray, lacking: NDArray[np.bool_] | None) -> None:
        """Which way each image took, and the hardest of them."""
        known = (columns.left == 0.0) & (columns.states == 0)
        # The first that fits.
        fits = [
            (UNDECIDABLE, np.zeros(len(images), dtype=np.bool_) if lacking is None else lacking),
            (INTERVAL, columns.left > TOLERANCE),
            (IMPOSSIBLE, known & np.isneginf(columns.log_true)),
            (CERTAIN, known & np.isneginf(columns.log_false)),
            (CLOSED_FORM, columns.closed),
        ]
        chosen = np.select([mask for _, mask in fits], np.arange(len(fits)), len(fits))
        for code, count in zip(*np.unique(chosen, return_counts=True), strict=True):
            self.methods[fits[code][0] if code < len(fits) else SWEEP] += int(count)
        self.states += int(columns.states.sum())
        most = int(columns.states.argmax()) if len(images) else 0
        if len(images) and columns.states[most] > (self.hardest.states if self.hardest else 0):
            self.hardest = Hardest(
                self.run.scenes.images[images[most]],
                int(columns.states[most]),
                int(columns.detections[most]),
                float(seconds[most]),
            )

    # --- telling

    def _steps(self, lines: tuple[Line, ...], outline: Outline) -> tuple[StepProfile, ...]:
        return tuple(self._step(line, outline) for line in lines)

    def _step(self, line: Line, outline: Outline) -> StepProfile:
        detections, passing = self._sizes(line)
        cost = self.costs.get(id(line.step))
        join = line.join
        if join == PAIRS and cost is not None and cost.index is not None:
            join = f"index {outline.names.get(cost.index, cost.index)}"
        return StepProfile(
            text=line.text,
            detections=detections,
            passing=passing,
            join=None if join == PAIRS and cost is None else join,
            rows_in=None if cost is None else cost.rows_in,
            rows_out=None if cost is None else cost.rows_out,
            seconds=None if cost is None else cost.seconds,
            steps=self._steps(line.inner, outline),
        )

    def _sizes(self, line: Line) -> tuple[int | None, int | None]:
        """How many facts a scan goes through, and how many of them pass the conditions on the object alone."""
        step, run = line.step, self.run
        if not isinstance(step, Scan | Each) or line.join == LOOK_UP:
            return None, None
        if isinstance(step, Scan) and step.is_class and not line.conditions:
            return run.prepared.sizes().get(step.label, 0), None
        if isinstance(step, Each):
            rows = np.arange(len(run.scenes.detection))
        elif step.is_class:
            code = run.scenes.classes.index(step.label) if step.label in run.scenes.classes else -1
            rows = run.facts.row[run.facts.label == code]
        else:
            rows = run.facts.row
        table = Table({step.variable: rows}, run.boxes.image[rows])
        kept: IntArray = np.arange(len(rows))
        try:
            for goal in line.conditions:
                passed, table = run.grounder().solver.solve(goal, table)
                kept = kept[passed]
        except NotColumnarError:
            return len(rows), None
        return len(rows), len(kept) if line.conditions else None


def _shared(scenes: Scenes, some: frozenset[str], others: frozenset[str]) -> bool:
    """Whether a detection may be of one of some classes and of one of the others."""
    if scenes.class_probability is None or some & others:
        return bool(some & others)
    mine, theirs = (
        (scenes.class_probability[:, [name in labels for name in scenes.classes]] > 0.0).any(axis=1)
        for labels in (some, others)
    )
    return bool((mine & theirs).any())


def _small_image(run: Run) -> IntArray:
    """The image with the fewest facts among those that have most of the classes: running it loads what others need."""
    images = len(run.scenes)
    classes = np.zeros((images, len(run.scenes.classes)), dtype=np.bool_)
    classes[run.facts.image, run.facts.label] = True
    count = np.bincount(run.facts.image, minlength=images)
    order = np.lexsort((count, -classes.sum(axis=1)))
    return order[:1].astype(np.int64)


def _load_solver() -> None:
    """Compile the solver or load what is compiled, by way of the smallest problem that needs a sweep."""
    rows = np.arange(3, dtype=np.int64)
    facts = Facts(rows, np.zeros_like(rows), np.full(3, 0.5), np.zeros_like(rows))
    lineage = Lineage(len(facts))
    pairs = lineage.all_of([2 * rows[[0, 0]], 2 * rows[[1, 2]]], 2, local=True)
    roots = lineage.any_of(np.zeros(2, dtype=np.int64), pairs, 1, local=False)
    solve(roots, lineage.gates(), facts, np.zeros((3, 2)), Budget(), 1)
