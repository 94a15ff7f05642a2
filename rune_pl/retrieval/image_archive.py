"""The public face of an archive: open it, ask it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rune_pl.archive import Archive
from rune_pl.archive.remote import is_local
from rune_pl.calibration.calibration import Calibration
from rune_pl.calibration.copying import calibrated_with
from rune_pl.errors import UsageError
from rune_pl.inference import (
    ENGINES,
    Budget,
    Engine,
    Query,
    make_engine,
)
from rune_pl.inference.plan import NotInFragmentError, make_plan
from rune_pl.inference.profile import make_profile
from rune_pl.inference.profiles import Profile
from rune_pl.language.check import check_program
from rune_pl.language.library import Library
from rune_pl.language.parse import parse_program
from rune_pl.language.verbalize import verbalize
from rune_pl.language.vocabulary import Vocabulary, ontology_path
from rune_pl.retrieval.cache import QueryCache
from rune_pl.retrieval.hits import UNCALIBRATED, Results, make_hit, rank
from rune_pl.retrieval.planned import CHECK, READ, PlanReport, Stopwatch
from rune_pl.retrieval.scan import Scan
from rune_pl.retrieval.search import look
from rune_pl.retrieval.selection import Selection
from rune_pl.translate import ControlledEnglish, Translator

if TYPE_CHECKING:
    from rune_pl.retrieval.cluster import Cluster

_MAX_SECONDS = 7 * 24 * 3600.0
# What the solver needs to start at all, and more than any machine has.
_MIN_MEMORY_MB, _MAX_MEMORY_MB = 256, 1 << 30

Progress = Callable[[int, int], None]  # (images done, images in all)


@dataclass(frozen=True)
class Prepared:
    """A question that is ready to run: checked, and said back.

    `text` is the English of it, `source` the file that the rule comes from; None where there is none.
    """

    query: Query
    rule: str
    reading: str
    translator: str | None
    notes: tuple[str, ...]
    text: str | None = None
    source: str | None = None

    @property
    def said(self) -> dict[str, Any]:
        """What results tell of the question."""
        return {name: getattr(self, name) for name in ("rule", "reading", "translator", "notes")}


class ImageArchive:
    """An archive of detections that can be asked.

    Args:
        path: a folder written by `rune-pl import`.
        library: further `.pl` files with relations of the user's own.
        ontology: a YAML file with the user's own classes and synonyms.
        calibration: what makes probabilities of the scores, or its file; None takes the archive's probabilities.

    Raises:
        ArchiveError: there is no archive there, or it cannot be read.
        LanguageError: a library file is wrong.
        VocabularyError: the ontology file is wrong.
        CalibrationError: the calibration file is wrong.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        library: str | Path | Iterable[str | Path] = (),
        ontology: str | Path | None = None,
        calibration: Calibration | str | Path | None = None,
    ) -> None:
        self.archive = Archive.open(path)
        extra = (library,) if isinstance(library, str | Path) else library
        self._files = tuple(Path(p) for p in extra)
        self.library = Library.load(self._files)
        self.ontology = None if ontology is None else ontology_path(ontology)
        self.vocabulary = Vocabulary.of_archive(self.archive.classes, self.ontology)
        self.calibration = _loaded(calibration)
        self._engines: dict[str, Engine] = {}

    def with_library(self, path: str | Path) -> ImageArchive:
        """The same archive with one more `.pl` file. Raises LanguageError where that file is wrong."""
        found = copy(self)
        found._files = (*self._files, Path(path))
        found.library = Library.load(found._files)
        found._engines = {}
        return found

    @property
    def facts(self) -> str:
        """Where the probabilities of the facts come from: a calibration's name and short digest, or raw scores."""
        return self._described(None)

    def _described(self, calibration: Calibration | None) -> str:
        chosen = calibration or self.calibration
        before = calibrated_with(self.archive)
        if chosen is None:
            return before or UNCALIBRATED
        if before is not None:
            raise UsageError(f"the archive is calibrated already ({before})", hint="ask it without a calibration")
        return f"{chosen.name} {chosen.digest[:12]}"

    @property
    def images(self) -> tuple[str, ...]:
        """All image ids, in archive order."""
        return tuple(self.archive.image_ids)

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that occur."""
        return tuple(self.archive.classes)

    def prepare(
        self,
        text: str | None = None,
        *,
        rule: str | None = None,
        translator: Translator | None = None,
        source: str | None = None,
    ) -> Prepared:
        """Translate and check a question without running it; exactly one of `text` and `rule` is given.

        Raises:
            TranslationError: the English is not understood.
            LanguageError: the rule is refused.
        """
        if (text is None) == (rule is None):
            raise UsageError("give either a question in English or a rule")
        name: str | None = None
        notes: tuple[str, ...] = ()
        if text is not None:
            translation = (translator or ControlledEnglish(self.vocabulary)).translate(text)
            rule, name, notes = translation.rule, translation.translator, tuple(translation.notes)
        assert rule is not None
        checked = check_program(parse_program(rule, source=source), library=self.library, vocabulary=self.vocabulary)
        return Prepared(
            query=Query(checked, self.library),
            rule=str(checked.program),
            reading=verbalize(checked.program, self.vocabulary),
            translator=name,
            notes=notes + tuple(str(w) for w in checked.warnings),
            text=text,
            source=source,
        )

    def query(
        self,
        text: str | None = None,
        *,
        rule: str | None = None,
        top: int = 10,
        min_probability: float = 0.0,
        images: Sequence[str] | None = None,
        confirm: Iterable[str] = (),
        reject: Iterable[str] = (),
        gsd: float | None = None,
        engine: str | Engine = "auto",
        budget: Budget | None = None,
        translator: Translator | None = None,
        calibration: Calibration | str | Path | None = None,
        progress: Progress | None = None,
    ) -> Results:
        """Rank images by the probability that they satisfy a question or a rule.

        Args:
            text: a question in English, or
            rule: a program in the rule language that defines `retrieve`.
            top: how many hits to give, 0 for all.
            min_probability: leave out images below it.
            images: look at these only.
            confirm, reject: evidence, `IMAGE/d7` or `IMAGE/d7=ship`; `d7` alone where `images` is a single one.
            gsd: metres per pixel for images that do not know theirs.
            engine: "auto", "native", "problog", or an engine.
            budget: time and memory for one image.
            translator: for `text`; controlled English by default.
            calibration: what makes probabilities of the scores, or its file; default: as opened.
            progress: called with (images done, images in all).

        Raises:
            UserError: the question, the rule, the evidence or an image id is wrong.
            EngineError: inference failed.
        """
        return self.run(
            self.prepare(text, rule=rule, translator=translator),
            top=top, min_probability=min_probability, images=images, confirm=confirm, reject=reject, gsd=gsd,
            engine=engine, budget=budget, calibration=calibration, progress=progress,
        )  # fmt: skip

    def run(
        self,
        prepared: Prepared,
        *,
        top: int = 10,
        min_probability: float = 0.0,
        images: Sequence[str] | None = None,
        confirm: Iterable[str] = (),
        reject: Iterable[str] = (),
        gsd: float | None = None,
        engine: str | Engine = "auto",
        budget: Budget | None = None,
        calibration: Calibration | str | Path | None = None,
        progress: Progress | None = None,
        bounded: bool = True,
        cache: QueryCache | None = None,
        workers: int = 1,
        cluster: Cluster | None = None,
    ) -> Results:
        """Run a prepared question; the arguments are those of `query`, and more.

        Args:
            bounded: look only at images that can be among the hits; the hits are the same. With a calibration all are
                looked at: what is known without looking holds for the archive's own probabilities.
            cache: where to look for the answer first, and to keep it.
            workers: threads that look at chunks of images; more than one is worth it where all images are looked at.
            cluster: many machines, see `rune_pl.retrieval.cluster.connect`; not for chosen `images`.
        """
        if top < 0:
            raise UsageError(f"top is {top}", hint="0 means all images")
        if not 0.0 <= min_probability <= 1.0:
            raise UsageError(f"min_probability is {min_probability}, not a probability")
        _check_budget(budget or Budget())
        if isinstance(engine, str):
            engine = self._engine(engine)
        given = _loaded(calibration)
        facts = self._described(given)
        asked = Selection.of(
            self.archive, images=images, confirm=confirm, reject=reject, gsd=gsd, calibration=given or self.calibration
        )
        total = len(asked)
        key = None
        if cache is not None and engine.name in ENGINES:
            options = {"top": top, "least": min_probability, "budget": vars(budget or Budget()), "bounded": bounded}
            key = asked.cache_key(prepared.query, {**options, "engine": engine.name, "path": str(self.archive.path)})
            kept = cache.get(key)
            if kept is not None:
                return replace(kept, **prepared.said)
        query = asked.sized(prepared.query)
        if cluster is not None and images is None and _is_native(query):  # ProbLog needs processes of its own
            name = engine.name if engine.name in ENGINES else "auto"
            found = cluster.ask(
                asked, query, engine=name, budget=budget, top=top, least=min_probability, progress=progress
            )
        else:
            tell = None if progress is None else lambda done: progress(done, total)
            scan = Scan(engine, asked, query, budget, workers)
            found = look(scan, top, min_probability, bounded=bounded and engine.name in ENGINES, progress=tell)
        known = dict(found.summaries)
        rest = [m.image for m in found.marginals if m.image not in known]
        known.update(zip(rest, Scan(engine, asked, query, budget).summaries(rest), strict=True))
        hits = [make_hit(m, known[m.image], self._path(m.image), facts) for m in found.marginals]
        results = Results(
            hits=rank(hits, top=top, min_probability=min_probability),
            **prepared.said,
            examined=found.examined,
            unanswered=found.unanswered,
            total=total,
            calibration=facts,
        )
        if cache is not None and key is not None and not results.unanswered:  # without an answer this time
            cache.put(key, results)
        return results

    def plan(
        self,
        text: str | None = None,
        *,
        rule: str | None = None,
        images: Sequence[str] | None = None,
        confirm: Iterable[str] = (),
        reject: Iterable[str] = (),
        gsd: float | None = None,
        budget: Budget | None = None,
        translator: Translator | None = None,
        source: str | None = None,
        progress: Progress | None = None,
    ) -> PlanReport:
        """Answer a question and say what it took: its plan, with rows and time of each step, and the methods.

        The arguments are those of `query`; `source` is the file that the rule comes from. Programs that the native
        engine does not take are not run, and the report says why.

        Raises:
            UserError: the question, the rule, the evidence or an image id is wrong.
        """
        watch = Stopwatch()
        prepared = self.prepare(text, rule=rule, translator=translator, source=source)
        watch.lap(CHECK)
        _check_budget(budget or Budget())
        self._described(None)
        asked = Selection.of(
            self.archive, images=images, confirm=confirm, reject=reject, gsd=gsd, calibration=self.calibration
        )
        query = asked.sized(prepared.query)
        parts: list[Profile] = []
        for scenes, evidence in asked.scenes():
            watch.lap(READ)
            parts.append(make_profile(query, scenes, evidence, budget))
            if progress is not None:
                progress(sum(part.images for part in parts), len(asked))
            watch.lap()
        whole = Profile.joined([*parts, Profile.of_none(0, 0, None, watch.seconds)])
        return PlanReport(prepared.rule, prepared.reading, prepared.translator, prepared.notes, whole)

    def _engine(self, name: str) -> Engine:
        """Engines are kept, so that the processes of one serve the next question."""
        if name not in self._engines:
            self._engines[name] = make_engine(name)
        return self._engines[name]

    def _path(self, image: str) -> str | None:
        """Where an image is: a relative path in the archive starts at the archive."""
        path = self.archive.image_path(image)
        if path is None or not is_local(self.archive.path):
            return path
        return os.path.normpath(self.archive.path / path)


def _is_native(query: Query) -> bool:
    """Whether the native engine has a plan for it."""
    try:
        make_plan(query, {})
    except NotInFragmentError:
        return False
    return True


def _check_budget(budget: Budget) -> None:
    if not 0.0 < budget.seconds <= _MAX_SECONDS:
        raise UsageError(f"a budget of {budget.seconds} seconds", hint="more than 0, at most a week")
    if not _MIN_MEMORY_MB <= budget.memory_mb <= _MAX_MEMORY_MB:
        raise UsageError(f"a budget of {budget.memory_mb} MB", hint=f"from {_MIN_MEMORY_MB} to {_MAX_MEMORY_MB}")


def _loaded(calibration: Calibration | str | Path | None) -> Calibration | None:
    return Calibration.load(calibration) if isinstance(calibration, str | Path) else calibration


def open_archive(
    path: str | Path,
    *,
    library: str | Path | Iterable[str | Path] = (),
    ontology: str | Path | None = None,
    calibration: Calibration | str | Path | None = None,
) -> ImageArchive:
    """Open an archive for asking; see `ImageArchive`."""
    return ImageArchive(path, library=library, ontology=ontology, calibration=calibration)
