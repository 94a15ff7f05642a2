"""Answers for many images as columns, and how the solver comes to them: with all cores, under a budget of time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rune_pl.inference.counts import to_probabilities
from rune_pl.inference.engine import MEMORY, TIMEOUT, TOLERANCE, UNDECIDABLE, Budget, Marginal
from rune_pl.inference.facts import Facts
from rune_pl.inference.kernels.circuit import Gates
from rune_pl.inference.kernels.solve import ATTEMPTS, Columns, solve_roots
from rune_pl.inference.lineage import FALSE, TRUE
from rune_pl.inference.readonce import solve_read_once

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

METHODS = ("closed form", "sweep", UNDECIDABLE, MEMORY, TIMEOUT)
CODES = {method: code for code, method in enumerate(METHODS)}
_COLUMNS = ("probability", "lower", "upper", "log_odds", "code", "states", "seconds")
_BEHIND = ", as not all candidates were looked at"
_QUICK = 1  # attempts that every image gets at once; those that need more get them one by one, against the clock
_BATCH = 128  # images that a thread takes at a time
_SMALL = 5_000  # inputs of gates that are worth no threads, and take no time that is worth a clock
_TICK = 0.02  # seconds between looks at the clock


@dataclass(frozen=True, eq=False)
class Answers:
    """The answers for M images.

    Attributes:
        images: their ids.
        probability: (M,) float64, NaN where there is no exact answer.
        lower, upper: (M,) float64, an interval that certainly holds it.
        log_odds: (M,) float64, accurate at both ends; NaN where there is no exact answer.
        code: (M,) int8, what `METHODS` calls the method.
        states: (M,) int64, states that the sweep visited.
        seconds: (M,) float64, time spent on the image: its share of the time of those solved together.
        reasons: why, for the images without an exact answer, by index.
    """

    images: tuple[str, ...]
    probability: FloatArray
    lower: FloatArray
    upper: FloatArray
    log_odds: FloatArray
    code: NDArray[np.int8]
    states: IntArray
    seconds: FloatArray
    reasons: dict[int, str]

    def __len__(self) -> int:
        return len(self.images)

    def marginals(self) -> Iterator[Marginal]:
        """The same, image by image."""
        for m, image in enumerate(self.images):
            known = not np.isnan(self.probability[m])
            yield Marginal(
                image=image,
                probability=float(self.probability[m]) if known else None,
                lower=float(self.lower[m]),
                upper=float(self.upper[m]),
                log_odds=float(self.log_odds[m]) if known else None,
                method=METHODS[self.code[m]],
                seconds=float(self.seconds[m]),
                reason=self.reasons.get(m),
                states=int(self.states[m]),
            )

    def take(self, index: IntArray) -> Answers:
        """The answers of some of the images, in this order."""
        place = {int(old): new for new, old in enumerate(index)}
        return Answers(
            images=tuple(self.images[m] for m in index),
            **{name: getattr(self, name)[index] for name in _COLUMNS},
            reasons={place[m]: reason for m, reason in self.reasons.items() if m in place},
        )

    def at_least(self) -> Answers:
        """Of images that hold with at least these probabilities, all within the tolerance of 1."""
        rest = np.maximum(1.0 - self.lower, 1e-12)
        return replace(
            self,
            probability=1.0 - rest / 2,
            upper=np.ones(len(self)),
            log_odds=np.log1p(-rest / 2) - np.log(rest / 2),
            code=np.full(len(self), CODES["sweep"], dtype=np.int8),
        )

    @classmethod
    def joined(cls, parts: Sequence[Answers]) -> Answers:
        """The answers of several groups of images, one after the other."""
        if len(parts) == 1:
            return parts[0]
        reasons, offset = {}, 0
        for part in parts:
            reasons.update({m + offset: reason for m, reason in part.reasons.items()})
            offset += len(part)
        return cls(
            images=tuple(image for part in parts for image in part.images),
            **{name: np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS},
            reasons=reasons,
        )

    @classmethod
    def unanswered(cls, images: Sequence[str], method: str, reason: str) -> Answers:
        """No answer for any of them, all for the same reason."""
        m = len(images)
        return cls(
            images=tuple(images),
            probability=np.full(m, np.nan),
            lower=np.zeros(m),
            upper=np.ones(m),
            log_odds=np.full(m, np.nan),
            code=np.full(m, CODES[method], dtype=np.int8),
            states=np.zeros(m, dtype=np.int64),
            seconds=np.zeros(m),
            reasons=dict.fromkeys(range(m), reason),
        )

    @classmethod
    def of(
        cls,
        images: Sequence[str],
        columns: Columns,
        seconds: FloatArray,
        budget: Budget,
        late: NDArray[np.bool_] | None = None,
    ) -> Answers:
        """From what the kernels found; `late` (M,) says for which images not all candidates were looked at."""
        out = np.empty((4, len(images)))
        to_probabilities(columns.log_true, columns.log_false, columns.left, TOLERANCE, out)
        probability, lower, upper, odds = out
        left = columns.left > TOLERANCE
        behind = left & late if late is not None else np.zeros_like(left)
        reasons = {
            int(m): f"not exact within {budget.seconds:g} s{_BEHIND if behind[m] else ''}: "
            f"between {lower[m]:.9f} and {upper[m]:.9f}"
            for m in np.flatnonzero(left)
        }
        code = np.where(columns.closed, np.int8(0), np.int8(1))
        code[behind] = CODES[TIMEOUT]
        return cls(
            images=images if isinstance(images, tuple) else tuple(images),
            probability=probability,
            lower=lower,
            upper=upper,
            log_odds=odds,
            code=code,
            states=columns.states,
            seconds=seconds,
            reasons=reasons,
        )


def solve(
    roots: IntArray,
    gates: Gates,
    facts: Facts,
    center: FloatArray,
    budget: Budget,
    workers: int,
    spent: FloatArray | None = None,
) -> tuple[Columns, FloatArray]:
    """The columns for the roots of images, which are literals, and the seconds of each, `spent` before included."""
    m = len(roots)
    columns = no_columns(m)
    columns.log_true[roots == TRUE] = 0.0
    columns.log_false[roots == FALSE] = 0.0
    columns.left[roots < 0] = 0.0
    nodes = roots >> 1
    single = np.flatnonzero((roots >= 0) & (nodes < len(facts)))
    with np.errstate(divide="ignore"):
        columns.log_true[single] = np.log(facts.probability[nodes[single]])
        columns.log_false[single] = np.log1p(-facts.probability[nodes[single]])
    columns.left[single] = 0.0
    gated = np.flatnonzero((roots >= 0) & (nodes >= len(facts)))
    seconds = np.zeros(m) if spent is None else spent.copy()
    if len(gated):
        solver = _Solver(nodes - len(facts), gates, facts, center, columns, seconds, budget, workers)
        solver.run(gated)
    negated = np.flatnonzero((roots >= 0) & (roots & 1 == 1))
    swap = columns.log_true[negated]
    columns.log_true[negated] = columns.log_false[negated]
    columns.log_false[negated] = swap
    return columns, seconds


def no_columns(m: int, *, certain: bool | None = None) -> Columns:
    """Columns of images of which nothing is known yet, or for which the query certainly holds or does not."""
    yes = np.full(m, 0.0 if certain else -np.inf)
    no = np.full(m, 0.0 if certain is False else -np.inf)
    left = np.ones(m) if certain is None else np.zeros(m)
    states, largest, detections = (np.zeros(m, dtype=np.int64) for _ in range(3))
    return Columns(yes, no, left, states, largest, detections, np.ones(m, dtype=np.bool_))


_Job: TypeAlias = tuple[Callable[[IntArray, NDArray[np.int8]], None], IntArray, float]


@dataclass
class _Solver:
    roots: IntArray
    gates: Gates
    facts: Facts
    center: FloatArray
    columns: Columns
    seconds: FloatArray
    budget: Budget
    workers: int

    def run(self, chosen: IntArray) -> None:
        """Solve the chosen roots: all of them quickly, then those that are left one by one until their time is up."""
        chosen = self._read_once(chosen)
        # Those that took long already are not quick.
        quick = chosen[self.seconds[chosen] < 0.1 * self.budget.seconds]
        batches = [quick[at : at + _BATCH] for at in range(0, len(quick), _BATCH)]
        if len(self.gates.literal) <= _SMALL and (len(batches) == 1 or self.workers == 1):
            stop = np.zeros(1, dtype=np.int8)
            for batch in batches:
                self._together(batch, stop)
        else:
            # A crowd of thousands is not quick either: what is stopped here gets its time alone, below.
            self._in_threads([(self._together, batch, self.budget.seconds) for batch in batches])
        hard = chosen[self.columns.left[chosen] > TOLERANCE]
        if len(hard):
            left = np.maximum(0.1 * self.budget.seconds, 0.98 * self.budget.seconds - _TICK - self.seconds[hard])
            self._in_threads([(self._alone, hard[k : k + 1], float(left[k])) for k in range(len(hard))])

    def _read_once(self, chosen: IntArray) -> IntArray:
        """Solve those that need no sweep; gives the others."""
        start = time.perf_counter()
        facts = self.facts
        solve_read_once(
            self.roots, self.gates, facts.row, facts.probability, len(self.center), self.columns, chosen
        )  # fmt: skip
        self.seconds[chosen] += (time.perf_counter() - start) / max(1, len(chosen))
        return chosen[self.columns.left[chosen] > 0.0]

    def _together(self, batch: IntArray, stop: NDArray[np.int8]) -> None:
        start = time.perf_counter()
        self._solve(batch, (0, _QUICK), stop)
        work = 16.0 + self.columns.detections[batch] + self.columns.states[batch]
        self.seconds[batch] += (time.perf_counter() - start) * work / work.sum()

    def _alone(self, batch: IntArray, stop: NDArray[np.int8]) -> None:
        start = time.perf_counter()
        tried = self.columns.states[batch[0]] > 0
        self._solve(batch, (_QUICK if tried else 0, ATTEMPTS), stop)
        self.seconds[batch] += time.perf_counter() - start

    def _solve(self, batch: IntArray, attempts: tuple[int, int], stop: NDArray[np.int8]) -> None:
        memory = self.budget.memory_mb * 1_000_000 // self.workers
        solve_roots(
            self.roots, self.gates, self.facts.row, self.facts.probability, self.center,
            attempts, TOLERANCE / 2, memory, stop, self.columns, batch,
        )  # fmt: skip

    def _in_threads(self, jobs: Sequence[_Job]) -> None:
        """Run the jobs on all cores, each until its time is up; whatever ends this early ends them too."""
        waiting = list(reversed(jobs))
        running: dict[Future[None], tuple[NDArray[np.int8], float]] = {}
        with ThreadPoolExecutor(self.workers) as pool:
            try:
                while waiting or running:
                    while waiting and len(running) < self.workers:
                        call, batch, allowed = waiting.pop()
                        stop = np.zeros(1, dtype=np.int8)
                        future = pool.submit(call, batch, stop)
                        running[future] = (stop, time.perf_counter() + allowed)
                    done, _ = wait(running, timeout=_TICK, return_when=FIRST_COMPLETED)
                    for future in done:
                        future.result()
                        del running[future]
                    for stop, deadline in running.values():
                        if time.perf_counter() > deadline:
                            stop[0] = 1
            finally:
                for stop, _ in running.values():
                    stop[0] = 1
