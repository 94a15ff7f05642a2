"""ProbLog as an inference engine: the reference for every other, and the one that runs whatever the language can say.

Deterministic relations are joined over columns first, and only the facts that the rule can touch are passed on, so
that this is as fast as ProbLog can be. Each image runs in a child process under a budget of time and memory.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection

import numpy as np

from rune_pl.archive.scenes import Scenes
from rune_pl.errors import ArgumentError, EngineError
from rune_pl.geometry import Boxes
from rune_pl.inference.boxes import boxes_of_image, make_boxes
from rune_pl.inference.decidable import undecidable
from rune_pl.inference.engine import MEMORY, TIMEOUT, UNDECIDABLE, Budget, Marginal
from rune_pl.inference.evidence import Evidence
from rune_pl.inference.facts import Facts, make_facts
from rune_pl.inference.problog_text import problog_text
from rune_pl.inference.problog_worker import READY, Job
from rune_pl.inference.query import Query
from rune_pl.inference.tables import plan_prejoin, tabulate

_START_SECONDS = 120.0
_AHEAD = 4  # images prepared per worker before their answers are taken


class ProbLogEngine:
    """Exact marginals by ProbLog 2 with sentential decision diagrams.

    Args:
        workers: child processes; the number of cores by default.
        prejoin: False hands rules and geometry to ProbLog as they are, which is how ProbLog is used by itself.
    """

    name = "problog"

    def __init__(self, *, workers: int | None = None, prejoin: bool = True) -> None:
        self.workers = workers or os.cpu_count() or 1
        self.prejoin = prejoin
        self._idle: list[_Child] = []
        weakref.finalize(self, _close_all, self._idle)

    def close(self) -> None:
        """End the child processes; the next call starts new ones."""
        _close_all(self._idle)

    def marginals(
        self, query: Query, scenes: Scenes, evidence: Evidence | None = None, budget: Budget | None = None
    ) -> Iterator[Marginal]:
        """One `Marginal` per image; see `rune_pl.inference.engine.Engine`."""
        facts = make_facts(scenes, evidence)
        run = _Run(query, scenes, facts, make_boxes(scenes, query.sizes), self.prejoin, budget or Budget())
        missing = undecidable(query, scenes, facts)
        children = self._take(min(self.workers, len(scenes)), run.budget.memory_mb)
        free: queue.SimpleQueue[_Child] = queue.SimpleQueue()
        for child in children:
            free.put(child)

        def answer(index: int) -> Marginal:
            reason = missing[index]
            if reason is not None:
                return Marginal.unanswered(scenes.images[index], UNDECIDABLE, reason)
            child = free.get()
            try:
                return run.answer(index, child)
            finally:
                free.put(child)

        pool = ThreadPoolExecutor(max(1, len(children)))
        pending: deque[Future[Marginal]] = deque()
        finished = False
        try:
            for index in range(len(scenes)):
                pending.append(pool.submit(answer, index))
                if len(pending) >= len(children) * _AHEAD:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
            finished = True
        finally:
            # An abandoned call leaves its children in the middle of a job: they are of no use to the next.
            for future in pending:
                future.cancel()
            if not finished:
                for child in children:
                    child.retire()
            pool.shutdown(wait=True)
            if finished:
                self._idle += children

    def _take(self, count: int, memory_mb: int) -> list[_Child]:
        """This many children with this memory limit, those that wait before new ones."""
        fitting = [child for child in self._idle if child.memory_mb == memory_mb][:count]
        for child in fitting:
            self._idle.remove(child)
        return fitting + [_Child(memory_mb) for _ in range(count - len(fitting))]


class _Run:
    """What all images of one call share."""

    def __init__(self, query: Query, scenes: Scenes, facts: Facts, boxes: Boxes, prejoin: bool, budget: Budget) -> None:
        self.query, self.scenes, self.facts, self.boxes, self.budget = query, scenes, facts, boxes, budget
        plan = plan_prejoin(query)
        self.plan = plan if prejoin else replace(plan, sites={})
        self._texts: dict[frozenset[tuple[str, int]], str] = {}

    def answer(self, index: int, child: _Child) -> Marginal:
        start = time.perf_counter()
        image = self.scenes.images[index]
        job = self._job(index)
        answer = child.ask(job, self.budget.seconds)
        seconds = time.perf_counter() - start
        if answer == TIMEOUT:
            return Marginal.unanswered(
                image, TIMEOUT, f"ProbLog did not finish within {self.budget.seconds:g} s", seconds
            )
        if answer == MEMORY:
            return Marginal.unanswered(image, MEMORY, f"ProbLog needed more than {self.budget.memory_mb} MB", seconds)
        if isinstance(answer, str) and answer.startswith("ArithmeticError"):
            raise ArgumentError(f"the rule's arithmetic fails on image '{image}': {answer.partition(': ')[2]}")
        if isinstance(answer, str):
            raise EngineError(f"ProbLog failed on image '{image}': {answer}")
        return Marginal.of(image, *answer, "problog", seconds)

    def _job(self, index: int) -> Job:
        scenes = self.scenes
        first, last = np.searchsorted(self.facts.image, [index, index + 1])
        facts = self.plan.relevant(self.facts.select(np.arange(first, last)), scenes.classes)
        # Relations are between boxes: a detection that cannot be any of the rule's objects is still there to be near.
        rows = np.arange(scenes.start[index], scenes.start[index + 1])
        names = {int(row): f"d{scenes.detection[row]}" for row in rows}
        tables = tabulate(self.plan, self.query, facts, scenes.classes, self.boxes, names)
        by_row: dict[int, list[tuple[str, float]]] = {}
        for row, label, probability in zip(facts.row, facts.label, facts.probability, strict=True):
            by_row.setdefault(int(row), []).append((scenes.classes[label], float(probability)))
        return Job(
            text=self._text(frozenset(tables)),
            detections=tuple((names[int(row)], position) for position, row in enumerate(rows)),
            countable=tuple(names.values() if self.plan.any_detection else (names[row] for row in by_row)),
            facts=tuple((names[row], tuple(classes)) for row, classes in by_row.items()),
            tables={indicator: frozenset(found) for indicator, found in tables.items()},
            boxes=boxes_of_image(self.boxes, rows, index),
            seconds=self.budget.seconds,
        )

    def _text(self, tabulated: frozenset[tuple[str, int]]) -> str:
        if tabulated not in self._texts:
            self._texts[tabulated] = problog_text(self.query, tabulated)
        return self._texts[tabulated]


class _Child:
    """A child process that runs one job at a time; started when first needed, and again after it was stopped."""

    def __init__(self, memory_mb: int) -> None:
        self.memory_mb = memory_mb
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._retired = False
        self._lock = threading.Lock()  # of the three above: a child is closed by another thread than the one that asks

    def ask(self, job: Job, seconds: float) -> tuple[float, float] | str:
        """(P, 1 - P), or `TIMEOUT`, `MEMORY`, or what failed."""
        connection = self._start()
        try:
            connection.send(job)
            if not connection.poll(seconds):
                self.close()
                return TIMEOUT
            answer: tuple[float, float] | str = connection.recv()
        except (EOFError, OSError):
            # The solver's C code does not survive a failed allocation.
            status = self._process.wait() if self._process is not None else 0
            self.close()
            return MEMORY if status < 0 else f"the solver process ended with status {status}"
        if answer == MEMORY:
            self.close()
        return answer

    def close(self) -> None:
        """Stop the process, whatever it is doing."""
        with self._lock:
            process, self._process = self._process, None
            connection, self._connection = self._connection, None
        if process is not None:
            process.kill()
            process.wait()
        if connection is not None:
            with suppress(OSError):
                connection.close()

    def retire(self) -> None:
        """Stop the process for good: whoever is about to ask does not start another."""
        with self._lock:
            self._retired = True
        self.close()

    def _start(self) -> Connection:
        if self._connection is None:
            with self._lock:
                if self._retired:
                    raise EngineError("the call was abandoned")
                ours = self._launch()
            # Importing ProbLog takes a second that no image should be charged for.
            try:
                started = ours.poll(_START_SECONDS) and ours.recv() == READY
            except EOFError:
                started = False
            if not started:
                self.close()
                raise EngineError("the ProbLog process did not start", hint="is the memory budget large enough?")
            return ours
        return self._connection

    def _launch(self) -> Connection:
        ours, theirs = Pipe()
        arguments = [str(theirs.fileno()), str(self.memory_mb)]
        command = [sys.executable, "-c", "from rune_pl.inference.problog_worker import main; main()", *arguments]
        # In a session of its own: Ctrl-C in the terminal is for us, and a starting child knows no better.
        self._process = subprocess.Popen(
            command, pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL, start_new_session=True
        )
        theirs.close()
        self._connection = ours
        return ours


def _close_all(children: list[_Child]) -> None:
    for child in children:
        child.close()
