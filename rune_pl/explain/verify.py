"""Verifying a proof document: does the answer follow from the rules and facts in it, and are those of the archive?

Five checks, none of which trusts another: the schema and the digest; each step of each tree replayed; everything that
was derived derived anew; the probability by plain ProbLog, on the facts in the document; the archive that it names.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rune_pl.archive import Archive
from rune_pl.archive.files import file_sha256
from rune_pl.calibration.calibration import Calibration
from rune_pl.errors import ProofError, RuneError, UserError
from rune_pl.explain.document import Proof, digest, make_document, scene_json
from rune_pl.explain.explanation import explain_scene
from rune_pl.explain.rebuild import Rebuilt, rebuild
from rune_pl.explain.replay import Replay
from rune_pl.explain.schema import validate
from rune_pl.inference import Budget, ProbLogEngine, make_boxes, make_facts
from rune_pl.resources import library_sha256

_CLOSE = 1e-9
_MOST_PAIRS = 20_000  # beyond that ProbLog does not get to ask for every distance by itself
_NOT_DERIVED = ("archive", "calibration", "made_by", "digest")

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Problem:
    """Something that differs: where in the document, and what is wrong there."""

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


@dataclass(frozen=True)
class Verification:
    """The outcome.

    Attributes:
        problems: what differs; none where the document is valid.
        probability: what ProbLog says, None where it did not come to an answer.
        checks: what was checked, in words.
    """

    problems: tuple[Problem, ...]
    probability: float | None
    checks: tuple[str, ...]

    @property
    def valid(self) -> bool:
        return not self.problems


def read_proof(path: str | Path) -> Proof:
    """A proof document from a file.

    Raises:
        ProofError: it cannot be read, or is no JSON object.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ProofError(f"cannot read {path}: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise ProofError(
            f"{path} is not JSON: {error}", hint="verify takes what `rune-pl prove -o FILE.json` writes"
        ) from None
    if not isinstance(content, dict):
        raise ProofError(f"{path} is no JSON object", hint="verify takes what `rune-pl prove -o FILE.json` writes")
    return Proof(content)


def verify(
    proof: Proof,
    archive: Archive | None = None,
    *,
    calibration: Calibration | None = None,
    budget: Budget | None = None,
    problog: bool = True,
) -> Verification:
    """Check a document. Wrong content makes problems, never an error.

    Args:
        archive: compare with what it has.
        calibration: that of a proof whose facts are calibrated; with it and the archive they are derived anew.
        budget: for ProbLog.
        problog: whether to ask it; the other checks take a fraction of its time.
    """
    content = proof.content
    try:
        problems = [Problem(where, message) for where, message in validate(content)]
        stated = digest(content)
    except (ValueError, RecursionError) as error:  # what is no number in JSON, or a tree without end
        problems = [Problem("document", f"cannot be read: {error}")]
    if problems:
        return Verification(tuple(problems), None, ("schema",))
    checks = ["schema", "digest", "library"]
    if content["digest"] != stated:
        problems.append(Problem("digest", f"{content['digest']} is not that of the content, {stated}"))
    if content["library"]["sha256"] != library_sha256():
        problems.append(Problem("library.sha256", "made with another rule library than that of this rune-pl"))
    probability = None
    try:
        rebuilt = rebuild(content)
        problems += _replayed(content, rebuilt)
        checks.append("steps")
        problems += _derived(content, rebuilt)
        checks.append("derivation")
        if problog:
            probability, wrong = _asked(content, rebuilt, budget or Budget())
            problems += wrong
            checks.append("probability by ProbLog")
    except (UserError, ValueError, OverflowError, RecursionError, OSError) as error:
        problems.append(Problem("question", f"cannot be asked again: {error}"))
    except RuneError as error:
        problems.append(Problem("answer", f"cannot be computed again: {error}"))
    if calibration is not None:
        problems += _of_calibration(content, calibration)
        checks.append("calibration")
    if archive is not None:
        problems += _in_archive(content, archive, calibration)
        checks.append("archive")
    return Verification(tuple(dict.fromkeys(problems)), probability, tuple(checks))


def _replayed(content: Json, rebuilt: Rebuilt) -> list[Problem]:
    scenes = rebuilt.scenes
    facts = make_facts(scenes, rebuilt.evidence)
    numbers = [f"d{n}" for n in scenes.detection.tolist()]
    table = {
        (numbers[row], scenes.classes[label]): p
        for row, label, p in zip(facts.row.tolist(), facts.label.tolist(), facts.probability.tolist(), strict=True)
    }
    replay = Replay(content["clauses"], table, numbers, make_boxes(scenes, rebuilt.query.sizes))
    trees = ((f"proofs[{k}].tree", entry["tree"]) for k, entry in enumerate(content["proofs"]))
    return [Problem(where, message) for at, tree in trees for where, message in replay.node(tree, at)]


def _derived(content: Json, rebuilt: Rebuilt) -> list[Problem]:
    explanation = explain_scene(
        rebuilt.query,
        rebuilt.scenes,
        rebuilt.evidence,
        top=content["top"],
        threshold=content["decision"]["threshold"],
    )
    anew = make_document(explanation, rebuilt.question, content["top"], None).content
    anew["scene"]["file"] = content["scene"]["file"]
    # The rule of a document is in canonical form, and its clauses are where they were in the user's file.
    of_rule = rebuilt.question.source or "rule"
    for stated_clause, clause in zip(content["clauses"], anew["clauses"], strict=False):
        if clause["file"] == of_rule and stated_clause["text"] == clause["text"]:
            clause["line"] = stated_clause["line"]
    stated = {key: value for key, value in content.items() if key not in _NOT_DERIVED}
    return [Problem(where, message) for where, message in differences(stated, {key: anew[key] for key in stated}, "")]


def differences(stated: Any, found: Any, at: str) -> Iterator[tuple[str, str]]:
    """Where two JSON values differ; numbers may by 1e-9."""
    if isinstance(stated, dict) and isinstance(found, dict):
        for key in sorted(stated.keys() | found.keys()):
            where = f"{at}.{key}" if at else key
            if key not in found or key not in stated:
                yield where, "should not be there" if key not in found else "is missing"
            else:
                yield from differences(stated[key], found[key], where)
    elif isinstance(stated, list) and isinstance(found, list):
        if len(stated) != len(found):
            yield at, f"{len(stated)} entries, derived anew {len(found)}"
        for k, (one, other) in enumerate(zip(stated, found, strict=False)):
            yield from differences(one, other, f"{at}[{k}]")
    elif _number(stated) and _number(found):
        if abs(stated - found) > _CLOSE * max(1.0, abs(stated), abs(found)):
            yield at, f"{stated!r}, derived anew {found!r}"
    elif stated != found or type(stated) is not type(found):
        yield at, f"{_short(stated)}, derived anew {_short(found)}"


def _asked(content: Json, rebuilt: Rebuilt, budget: Budget) -> tuple[float | None, list[Problem]]:
    """What ProbLog says of the same program and facts."""
    relevant = len(rebuilt.scenes.detection)
    with_tables = relevant * relevant > _MOST_PAIRS
    engine = ProbLogEngine(workers=1, prejoin=with_tables)
    try:
        (answer,) = engine.marginals(rebuilt.query, rebuilt.scenes, rebuilt.evidence, budget)
    finally:
        engine.close()
    if answer.probability is None:
        return None, [Problem("answer.probability", f"could not be checked: ProbLog: {answer.reason}")]
    stated = content["answer"]
    if not stated["lower"] - _CLOSE <= answer.probability <= stated["upper"] + _CLOSE:
        said = stated["probability"] if stated["probability"] is not None else [stated["lower"], stated["upper"]]
        return answer.probability, [Problem("answer.probability", f"{said}, ProbLog says {answer.probability!r}")]
    return answer.probability, []


def _of_calibration(content: Json, calibration: Calibration) -> list[Problem]:
    stated = content.get("calibration")
    if stated is None:
        return [Problem("calibration", "the document names none: its facts are the archive's own")]
    if stated["sha256"] != calibration.digest:
        return [
            Problem("calibration.sha256", f"{stated['sha256']}, that of {calibration.name} is {calibration.digest}")
        ]
    return []


def _in_archive(content: Json, archive: Archive, calibration: Calibration | None) -> list[Problem]:
    named = content["archive"]
    if named is None:
        return [Problem("archive", "the document names no archive")]
    image = content["scene"]["image"]
    try:
        part = archive.part_of(image)
        gsd = content["scene"]["gsd"]
        scenes = archive.scenes([image])
        found = scene_json(scenes if calibration is None else calibration.apply(scenes), archive)
    except UserError as error:
        return [Problem("scene.image", str(error))]
    applied = content.get("calibration")
    if applied is not None and calibration is None:
        return [Problem("calibration", f"the facts are calibrated by {applied['name']}: give it with --calibration")]
    if found["gsd"] is None:
        found["gsd"] = gsd  # given by the one who asked
    problems = [Problem(w, m) for w, m in differences(content["scene"], found, "scene")]
    for name, file in (("images", part.images), ("detections", part.detections)):
        stated = named[name]
        if stated != {"file": file.file, "sha256": file.sha256}:
            problems.append(Problem(f"archive.{name}", f"{stated}, the archive has {file.file} with {file.sha256}"))
        elif file_sha256(archive.path / file.file) != file.sha256:
            problems.append(Problem(f"archive.{name}", f"{file.file} in the archive is damaged"))
    provenance = part.provenance.as_json()
    problems += [
        Problem(w, m)
        for w, m in differences(
            named["provenance"], {key: provenance[key] for key in named["provenance"]}, "archive.provenance"
        )
    ]
    return problems


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
