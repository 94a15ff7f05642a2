"""The child process that runs ProbLog, so that a solver that blows up can be stopped. Run by `problog_engine`, never
by hand.

Its arguments are a file descriptor and a limit in megabytes. It reads `Job`s from the connection on that descriptor
and answers each with (P, 1 - P), or with a text that says what failed.
"""

from __future__ import annotations

import math
import resource
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from rune_pl.geometry import REGISTRY, Boxes
from rune_pl.inference.arithmetic import FUNCTIONS, compute
from rune_pl.inference.problog_text import PREFIX, REFUTED
from rune_pl.inference.query import GOAL

READY = "ready"
_STACK_BYTES = 512 * 1024 * 1024
_RECURSION_LIMIT = 1_000_000
_GRACE_SECONDS = 10
_UNKNOWN_BYTES = 1024 * 1024 * 1024


@dataclass(frozen=True)
class Job:
    """One image.

    Attributes:
        text: the program, see `problog_text`.
        detections: (atom, row of `boxes`) of every detection.
        countable: the atoms of those that can be objects of the rule, in the order in which counters visit them.
        facts: for each of these, its atom and its (class, probability) pairs, which exclude each other.
        tables: true facts of the relations joined before, as texts.
        boxes: the geometry of the image.
        seconds: the time budget. The parent keeps it; the child only makes sure that it does not outlive a dead
        parent for long.
    """

    text: str
    detections: tuple[tuple[str, int], ...]
    countable: tuple[str, ...]
    facts: tuple[tuple[str, tuple[tuple[str, float], ...]], ...]
    tables: Mapping[tuple[str, int], frozenset[tuple[str, ...]]]
    boxes: Boxes
    seconds: float


class Solver:
    """ProbLog with its program prepared once for all images that share it."""

    def __init__(self) -> None:
        import problog.sdd_formula  # noqa: F401 - loaded before memory is limited
        from problog.engine import DefaultEngine

        self._engine = DefaultEngine(unknown=DefaultEngine.UNKNOWN_FAIL)
        for name, arity in FUNCTIONS:
            self._engine.functions[PREFIX + name, arity] = _function(name)
        self._text: str | None = None
        self._base: Any = None
        self._job: Job | None = None
        self._rows: dict[str, int] = {}

    def solve(self, job: Job) -> tuple[float, float]:
        """P(retrieve) and P(not retrieve)."""
        from problog.logic import AnnotatedDisjunction, Constant, Term
        from problog.sdd_formula import SDD

        if job.text != self._text:
            self._prepare(job.text)
        self._job, self._rows = job, dict(job.detections)
        db = self._base.extend()
        for atom, _ in job.detections:
            db.add_fact(Term(f"{PREFIX}detection", Term(atom)))
        for position, atom in enumerate(job.countable, start=1):
            db.add_fact(Term(f"{PREFIX}countable", Constant(float(position)), Term(atom)))
        db.add_fact(Term(f"{PREFIX}countable_total", Constant(float(len(job.countable)))))
        for atom, classes in job.facts:
            heads = [
                Term(f"{PREFIX}object", Term(atom), Term(c), p=Constant(p) if p < 1.0 else None) for c, p in classes
            ]
            if len(heads) == 1:
                db.add_fact(heads[0])
            else:
                db.add_clause(AnnotatedDisjunction(heads, Term("true")))
        texts = {text for rows in job.tables.values() for row in rows for text in row}
        terms = {text: Term.from_string(text) for text in texts}
        for (name, _), rows in job.tables.items():
            for row in sorted(rows):
                db.add_fact(Term(PREFIX + name, *(terms[text] for text in row)))
        goals = [Term(PREFIX + GOAL.name), Term(PREFIX + REFUTED.name)]
        found = SDD.create_from(self._engine.ground_all(db, queries=goals, evidence=[])).evaluate()
        return float(found[goals[0]]), float(found[goals[1]])

    def _prepare(self, text: str) -> None:
        from problog.program import PrologString

        self._base = self._engine.prepare(PrologString(f"{PREFIX}nothing :- fail."))
        # Foreign predicates have to be there before the clauses that call them.
        for name, arity in REGISTRY:
            self._base.add_extern(PREFIX + name, arity, self._foreign(name, arity))
        for clause in PrologString(text):
            self._base += clause
        self._text = text

    def _foreign(self, name: str, arity: int) -> Callable[..., list[tuple[Any, ...]]]:
        from problog.engine_unify import UnifyError, unify_value
        from problog.logic import Constant, Term

        function = REGISTRY[name, arity]

        def call(*args: Any, **_: Any) -> list[tuple[Any, ...]]:
            job = self._job
            assert job is not None
            ids = args[: function.inputs]
            if not all(isinstance(i, Term) and i.functor in self._rows for i in ids):
                return []
            rows = [np.array([self._rows[i.functor]]) for i in ids]
            result = function.call(job.boxes, np.zeros(1, dtype=np.int64), *rows)
            outputs = result if isinstance(result, tuple) else (result,)
            values = [float(column[0]) for column in outputs]
            if any(np.isnan(values)):
                return []
            try:
                bound = [unify_value(Constant(v), a, {}) for v, a in zip(values, args[function.inputs :], strict=True)]
            except UnifyError:
                return []
            return [(*ids, *bound)]

        return call


def _function(name: str) -> Callable[..., float | None]:
    """A function of `rune_pl.inference.arithmetic` as ProbLog calls it: None, where undefined, fails."""

    def call(*args: Any) -> float | None:
        value = float(compute(name, *map(float, args)))
        return None if math.isnan(value) else value

    return call


def serve(connection: Connection, solver: Solver) -> None:
    """Answer jobs until the other side hangs up."""
    connection.send(READY)
    while True:
        try:
            job = connection.recv()
        except EOFError:
            return
        used = time.process_time()
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used + job.seconds) + _GRACE_SECONDS, hard))
        try:
            answer: tuple[float, float] | str = solver.solve(job)
        except MemoryError:
            answer = "memory"
        except Exception as error:  # noqa: BLE001 - whatever ProbLog raises is for the parent to report
            answer = f"{type(error).__name__}: {error}"
        connection.send(answer)


def _address_space() -> int:
    """Bytes that this process has mapped; a guess where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:
        return _UNKNOWN_BYTES
    return pages * resource.getpagesize()


def main() -> None:
    """Entry point of the child process."""
    descriptor, memory_mb = int(sys.argv[1]), int(sys.argv[2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business, which then closes us
    warnings.filterwarnings("ignore", category=UserWarning, module="problog")  # its advice on style, about our own text
    solver = Solver()
    # The budget is for the image: what Python, numpy and ProbLog take up themselves is not charged to it.
    limit = memory_mb * 1024 * 1024 + _STACK_BYTES + _address_space()
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    # ProbLog recurses over its formulas; a deep one needs a deep stack.
    sys.setrecursionlimit(_RECURSION_LIMIT)
    threading.stack_size(_STACK_BYTES)
    thread = threading.Thread(target=serve, args=(Connection(descriptor), solver))
    thread.start()
    thread.join()
