"""Choosing an engine: the native one wherever the program is in its fragment, ProbLog otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock

from rune_pl.archive.scenes import Scenes
from rune_pl.errors import UsageError
from rune_pl.inference.engine import Budget, Engine, Marginal
from rune_pl.inference.evidence import Evidence
from rune_pl.inference.native import NativeEngine
from rune_pl.inference.plan import NotInFragmentError
from rune_pl.inference.problog_engine import ProbLogEngine
from rune_pl.inference.query import Query
from rune_pl.inference.reliability import ReliableEngine

ENGINES = ("auto", "native", "problog")


class AutoEngine:
    """The native engine, and ProbLog for the programs that it does not take. Every result says which it was."""

    name = "auto"

    def __init__(self, *, workers: int | None = None) -> None:
        self._native = NativeEngine(workers=workers)
        self._problog = ProbLogEngine(workers=workers)
        self._one = Lock()  # its processes serve one question at a time

    def marginals(
        self, query: Query, scenes: Scenes, evidence: Evidence | None = None, budget: Budget | None = None
    ) -> Iterator[Marginal]:
        """One `Marginal` per image; see `rune_pl.inference.engine.Engine`."""
        answered = 0
        try:
            for marginal in self._native.marginals(query, scenes, evidence, budget):
                answered += 1
                yield marginal
        except NotInFragmentError:
            # Mostly nothing is answered by then; what turns out in the middle is about the images from there on.
            rest = scenes.take(range(answered, len(scenes))) if answered else scenes
            here = set(rest.images)
            mine = None if evidence is None else Evidence(tuple(o for o in evidence.observations if o.image in here))
            with self._one:
                answers = list(self._problog.marginals(query, rest, mine, budget))
            yield from answers


def make_engine(name: str = "auto", *, workers: int | None = None) -> Engine:
    """The engine of that name, one of `ENGINES`.

    Raises:
        UsageError: there is none.
    """
    if name == "auto":
        return ReliableEngine(AutoEngine(workers=workers))
    if name == "native":
        return ReliableEngine(NativeEngine(workers=workers))
    if name == "problog":
        return ReliableEngine(ProbLogEngine(workers=workers))
    raise UsageError(f"no engine is called '{name}'", hint=f"one of {', '.join(ENGINES)}")
