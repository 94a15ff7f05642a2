"""From an archive, an image and a question to a proof document."""

from __future__ import annotations

from collections.abc import Iterable

from rune_pl.calibration.calibration import Calibration
from rune_pl.calibration.copying import calibrated_with
from rune_pl.errors import ProofError, UsageError
from rune_pl.explain.document import Proof, Question, make_document, own_files
from rune_pl.explain.explanation import Progress, explain_scene
from rune_pl.inference import Budget
from rune_pl.retrieval import ImageArchive, Prepared
from rune_pl.retrieval.selection import Selection
from rune_pl.translate import Translator


def prove(
    archive: ImageArchive,
    image: str,
    text: str | None = None,
    *,
    rule: str | None = None,
    translator: Translator | None = None,
    confirm: Iterable[str] = (),
    reject: Iterable[str] = (),
    gsd: float | None = None,
    top: int = 3,
    threshold: float = 0.5,
    budget: Budget | None = None,
) -> Proof:
    """The proof of what the answer to a question, or to a rule, is for one image; see `explain`.

    Raises:
        UserError: the question, the rule, the image, the evidence or an option is wrong.
        ProofError: the rule cannot be decided for the image, or has no proofs of this kind.
    """
    prepared = archive.prepare(text, rule=rule, translator=translator)
    return explain(
        archive, image, prepared, confirm=confirm, reject=reject, gsd=gsd, top=top, threshold=threshold, budget=budget
    )


def explain(
    archive: ImageArchive,
    image: str,
    prepared: Prepared,
    *,
    confirm: Iterable[str] = (),
    reject: Iterable[str] = (),
    gsd: float | None = None,
    top: int = 3,
    threshold: float = 0.5,
    budget: Budget | None = None,
    progress: Progress | None = None,
) -> Proof:
    """The proof of what a question's answer is for one image.

    Args:
        prepared: the question, as `ImageArchive.prepare` makes it.
        confirm, reject, gsd: what the one who asks knows, as in `ImageArchive.query`.
        top: how many proof trees, the most probable ones; 0 for all.
        threshold: from what probability on the image counts as a hit.
        budget: time and memory for each probability.
        progress: called with the name of each stage that begins.

    Raises:
        UserError: the image, the evidence or an option is wrong.
        ProofError: the rule cannot be decided for the image, or has no proofs of this kind.
    """
    calibration = provable(archive)
    asked = Selection.of(
        archive.archive, images=[image], confirm=confirm, reject=reject, gsd=gsd, calibration=calibration
    )
    query = asked.sized(prepared.query)
    ((scenes, evidence),) = asked.scenes()
    explanation = explain_scene(query, scenes, evidence, top=top, threshold=threshold, budget=budget, progress=progress)
    question = Question(
        text=prepared.text,
        translator=prepared.translator,
        rule=prepared.rule,
        reading=prepared.reading,
        notes=prepared.notes,
        source=prepared.source,
        ontology=None if archive.ontology is None else archive.ontology.read_text(encoding="utf-8"),
        library_files=own_files(archive.library),
    )
    return make_document(explanation, question, top, archive.archive, calibration)


def provable(archive: ImageArchive) -> Calibration | None:
    """The calibration by which an archive was opened.

    Raises:
        ProofError: its facts would not be independent of each other, which proofs are about.
        UsageError: the archive is calibrated already.
    """
    calibration = archive.calibration
    if calibration is None:
        return None
    if calibration.presence is not None:
        raise ProofError(
            f"{calibration.name} has the reliability of classes, which proofs do not take",
            hint="fit one for proofs with `rune-pl calibrate --no-reliability`; its probabilities are others",
        )
    if (before := calibrated_with(archive.archive)) is not None:
        raise UsageError(f"the archive is calibrated already ({before})", hint="ask it without a calibration")
    return calibration
