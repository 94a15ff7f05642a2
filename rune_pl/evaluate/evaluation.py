"""Running methods on queries and measuring them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive.scenes import Scenes
from rune_pl.errors import RuneError, UsageError
from rune_pl.evaluate.bootstrap import Estimate, mean_over, resamples
from rune_pl.evaluate.complexity import Complexity, complexity
from rune_pl.evaluate.data import aligned, certain, sizes_of
from rune_pl.evaluate.measures import ABOVE_CHANCE, AP, F1, MEASURES
from rune_pl.evaluate.methods import Method, Question, Scored
from rune_pl.evaluate.queries import QuerySet, RetrievalQuery
from rune_pl.evaluate.robustness import Robustness, robustness
from rune_pl.evaluate.ties import BoolArray, FloatArray
from rune_pl.evaluate.uncertainty import QUANTILES, image_uncertainty, quantile_of
from rune_pl.inference import NotInFragmentError, Query, make_engine
from rune_pl.language import Library, Vocabulary, check_program, parse_program
from rune_pl.translate import Translator

# The metrics whose robustness is reported.
ROBUST = (AP, ABOVE_CHANCE, F1)

Progress = Callable[[int, int], None]  # (done, in all)


@dataclass(frozen=True, eq=False)
class Asked:
    """One query with its truth.

    Attributes:
        query: as it was given.
        rule: the program whose truth counts.
        ranked_by: the program that ranks: the same, or what a translator made; None where that failed.
        failure: why it failed.
        complexity: of `rule`.
        truth: (M,) whether each image satisfies it.
        judged: (M,) whether that is known: metres are not known everywhere.
        quantile: (M,) of the image's uncertainty; -1 where the query touches no detection.
    """

    query: RetrievalQuery
    rule: str
    ranked_by: str | None
    failure: str | None
    complexity: Complexity
    truth: BoolArray
    judged: BoolArray
    quantile: NDArray[np.int64]

    @property
    def positives(self) -> int:
        """How many images satisfy it."""
        return int((self.truth & self.judged).sum())


@dataclass(frozen=True, eq=False)
class Measured:
    """What one method came to.

    Attributes:
        scored: of each query.
        values: by metric, (Q,).
        resampled: by metric, (Q, B).
        by_quantile: by metric of `ROBUST`, (Q, U) by quantile of uncertainty.
        by_quantile_resampled: the same, (Q, U, B).
    """

    scored: tuple[Scored, ...]
    values: Mapping[str, FloatArray]
    resampled: Mapping[str, FloatArray]
    by_quantile: Mapping[str, FloatArray]
    by_quantile_resampled: Mapping[str, FloatArray]

    def macro(self, metric: str) -> Estimate:
        """The mean over the queries in which the metric is defined."""
        return Estimate.of(float(mean_over(self.values[metric])), mean_over(self.resampled[metric]))


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The result: queries and methods, with everything that was measured."""

    images: tuple[str, ...]
    asked: tuple[Asked, ...]
    methods: Mapping[str, Measured]
    seed: int
    bootstrap: int
    notes: tuple[str, ...] = ()

    def difference(self, metric: str, one: str, other: str) -> Estimate:
        """How much larger the mean of a metric is with one method than with another, on the same images."""
        a, b = self.methods[one], self.methods[other]
        value = float(mean_over(a.values[metric]) - mean_over(b.values[metric]))
        return Estimate.of(value, mean_over(a.resampled[metric]) - mean_over(b.resampled[metric]))

    def rrqc(self, method: str, metric: str) -> Robustness:
        """Retrieval robustness to query complexity."""
        found = self.methods[method]
        level = np.array([asked.complexity.level for asked in self.asked])
        levels = sorted(set(level.tolist()))
        return robustness(
            levels,
            np.array([mean_over(found.values[metric][level == n]) for n in levels]),
            np.array([mean_over(found.resampled[metric][level == n]) for n in levels]),
        )

    def rriu(self, method: str, metric: str) -> Robustness:
        """Retrieval robustness to image uncertainty."""
        found = self.methods[method]
        return robustness(
            range(1, QUANTILES + 1),
            mean_over(found.by_quantile[metric]),
            mean_over(found.by_quantile_resampled[metric]),
        )


@dataclass
class Evaluator:
    """Everything that evaluating takes.

    Attributes:
        detections: as they rank: calibrated, where they are to be.
        truth: the objects that are there.
    """

    detections: Scenes
    truth: Scenes
    library: Library = field(default_factory=Library.load)
    vocabulary: Vocabulary = field(default_factory=Vocabulary.load)
    translator: Translator | None = None
    bootstrap: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        if not len(self.truth):
            raise UsageError("the truth has no images")
        self.vocabulary = self.vocabulary.with_classes([*self.detections.classes, *self.truth.classes])
        self.detections = aligned(self.detections, self.truth)
        self.truth = certain(self.truth)
        self._sizes = sizes_of(self.detections), sizes_of(self.truth)
        self._engine = make_engine()
        self._weight = resamples(len(self.truth), self.bootstrap, self.seed)

    def run(self, queries: Sequence[RetrievalQuery], methods: Sequence[Method], progress: Progress) -> Evaluation:
        """Evaluate the methods on the queries."""
        asked: list[Asked] = []
        parts: dict[str, list[_Part]] = {method.name: [] for method in methods}
        notes: dict[str, None] = {}
        total = len(queries) * len(methods)
        for number, query in enumerate(queries):
            one, ranking = self._ask(query)
            asked.append(one)
            for position, method in enumerate(methods):
                scored = self._score(method, ranking, query, notes)
                parts[method.name].append(self._measure(one, scored))
                progress(number * len(methods) + position + 1, total)
        found = {name: _joined(of_method) for name, of_method in parts.items()}
        return Evaluation(self.truth.images, tuple(asked), found, self.seed, self.bootstrap, tuple(notes))

    def _ask(self, query: RetrievalQuery) -> tuple[Asked, Query | None]:
        ranked_by, failure = query.rule, None
        if self.translator is not None or query.rule is None:
            ranked_by, failure = self._translated(query)
        rule = query.rule or ranked_by
        if rule is None:
            raise UsageError(f"query {query.id} has no rule, and its English was refused: {failure}")
        meant = self._checked(rule, query)
        ranking = None
        if ranked_by is not None:
            try:
                ranking = replace(self._checked(ranked_by, query), sizes=self._sizes[0])
            except RuneError as error:
                if ranked_by == query.rule:
                    raise
                failure, ranked_by = str(error), None
        answers = list(self._engine.marginals(replace(meant, sizes=self._sizes[1]), self.truth))
        known = np.array([answer.probability is not None for answer in answers])
        holds = np.array([(answer.probability or 0.0) >= 0.5 for answer in answers])
        uncertainty = image_uncertainty(Question(meant, self.detections))
        program = meant.checked.program
        one = Asked(
            query, str(program), ranked_by, failure, complexity(program), holds & known, known,
            quantile_of(np.where(known, uncertainty, np.nan)),
        )  # fmt: skip
        return one, ranking

    def _translated(self, query: RetrievalQuery) -> tuple[str | None, str | None]:
        from rune_pl.translate import ControlledEnglish

        if query.text is None:
            raise UsageError(f"query {query.id} has no text to translate")
        try:
            return (self.translator or ControlledEnglish(self.vocabulary)).translate(query.text).rule, None
        except RuneError as error:
            return None, str(error)

    def _checked(self, rule: str, query: RetrievalQuery) -> Query:
        checked = check_program(parse_program(rule, source=query.id), library=self.library, vocabulary=self.vocabulary)
        return Query(checked, self.library)

    def _score(self, method: Method, ranking: Query | None, query: RetrievalQuery, notes: dict[str, None]) -> Scored:
        """What the method says; all images tied, and none of them found, where it has nothing to say."""
        if ranking is not None:
            try:
                return method.score(Question(ranking, self.detections, query.text))
            except NotInFragmentError as error:
                notes[f"{method.name} does not take {query.id}: {error}"] = None
        nothing = np.zeros(len(self.truth))
        return Scored(nothing, nothing)

    def _measure(self, asked: Asked, scored: Scored) -> _Part:
        weight, part = self._weight, _Part(scored)
        for name, measure in MEASURES.items():
            part.values[name] = float(measure(asked.truth, scored, asked.judged, None))
            part.resampled[name] = measure(asked.truth, scored, asked.judged, weight).astype(np.float32)
        for name in ROBUST:
            inside = [asked.judged & (asked.quantile == u) for u in range(QUANTILES)]
            part.by_quantile[name] = np.array([float(MEASURES[name](asked.truth, scored, m, None)) for m in inside])
            part.by_quantile_resampled[name] = np.array(
                [MEASURES[name](asked.truth, scored, m, weight) for m in inside], dtype=np.float32
            )
        return part


@dataclass
class _Part:
    """One method on one query."""

    scored: Scored
    values: dict[str, float] = field(default_factory=dict)
    resampled: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    by_quantile: dict[str, FloatArray] = field(default_factory=dict)
    by_quantile_resampled: dict[str, NDArray[np.float32]] = field(default_factory=dict)


def _joined(parts: Sequence[_Part]) -> Measured:
    return Measured(
        tuple(part.scored for part in parts),
        *(
            {name: np.array([getattr(part, field_)[name] for part in parts], dtype=np.float64) for name in names}
            for field_, names in (
                ("values", MEASURES), ("resampled", MEASURES),
                ("by_quantile", ROBUST), ("by_quantile_resampled", ROBUST),
            )
        ),
    )  # fmt: skip


def evaluate(
    detections: Scenes,
    truth: Scenes,
    queries: QuerySet,
    methods: Sequence[Method],
    *,
    library: Library | None = None,
    vocabulary: Vocabulary | None = None,
    translator: Translator | None = None,
    bootstrap: int = 1000,
    seed: int = 0,
    progress: Progress = lambda done, total: None,
) -> Evaluation:
    """Evaluate methods on queries.

    Args:
        detections: what a detector found, calibrated where it is to be; images that the truth lacks are left out.
        truth: the objects that are there. A query's truth is what its rule says of them.
        methods: see `rune_pl.evaluate.catalogue`.
        translator: rank by what it makes of the first wording, rather than by the rule.
        bootstrap: resamples of the images.
        seed: of the resamples.
        progress: called with the number of (query, method) pairs done and that of all.

    Raises:
        UserError: a rule is refused, or there is nothing to evaluate.
    """
    evaluator = Evaluator(
        detections, truth, library or Library.load(), vocabulary or Vocabulary.load(), translator, bootstrap, seed
    )
    return evaluator.run(queries.queries, methods, progress)
