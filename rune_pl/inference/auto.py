"""Choosing an engine: the native one wherever the program is in its fragment, ProbLog otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rune_pl.archive.scenes import Scenes
from rune_pl.archive.sizes import SizeSamples
from rune_pl.errors import UsageError
from rune_pl.inference.engine import Budget, Engine, Marginal
from rune_pl.inference.evidence import Evidence
from rune_pl.inference.ground import JoinSizeError
from rune_pl.inference.native import NativeEngine
from rune_pl.inference.normal_form import NotInFragmentError
from rune_pl.inference.problog_engine import ProbLogEngine
from rune_pl.inference.query import Query

ENGINES = ("auto", "native", "problog")


class AutoEngine:
    """The native engine, and ProbLog for programs or images that it does not take. Every result says which it was."""

    name = "auto"

    def __init__(self, *, workers: int | None = None) -> None:
        self._native = NativeEngine()
        self._problog = ProbLogEngine(workers=workers)

    def marginals(
        self, query: Query, scenes: Scenes, evidence: Evidence | None = None, budget: Budget | None = None
    ) -> Iterator[Marginal]:
        """One `Marginal` per image; see `rune_pl.inference.engine.Engine`."""
        try:
            yield from self._native.marginals(query, scenes, evidence, budget)
        except NotInFragmentError:
            yield from self._problog.marginals(query, scenes, evidence, budget)
        except JoinSizeError:
            yield from self._one_by_one(query, scenes, evidence, budget)

    def _one_by_one(
        self, query: Query, scenes: Scenes, evidence: Evidence | None, budget: Budget | None
    ) -> Iterator[Marginal]:
        if query.sizes is None and ("size_rank", 2) in query.reachable:
            # Sizes are compared over all the scenes, also where these are looked at one by one.
            samples = SizeSamples(scenes.classes)
            samples.add(scenes)
            query = replace(query, sizes=samples.quantiles())
        for index, image in enumerate(scenes.images):
            single = scenes.take([index])
            mine = None if evidence is None else Evidence(evidence.for_image(image))
            try:
                yield from self._native.marginals(query, single, mine, budget)
            except JoinSizeError:
                yield from self._problog.marginals(query, single, mine, budget)


def make_engine(name: str = "auto", *, workers: int | None = None) -> Engine:
    """The engine of that name, one of `ENGINES`.

    Raises:
        UsageError: there is none.
    """
    if name == "auto":
        return AutoEngine(workers=workers)
    if name == "native":
        return NativeEngine()
    if name == "problog":
        return ProbLogEngine(workers=workers)
    raise UsageError(f"no engine is called '{name}'", hint=f"one of {', '.join(ENGINES)}")
