"""Proofs as documents: all that it takes to check an answer, in one JSON object that is the same byte for byte.

`rune_pl/explain/data/proof.schema.json` is the schema. A document has the rules and facts that an answer follows from,
the answer, its best proofs, what each detection does to it, and where the facts come from.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import Any

import numpy as np

from rune_pl._version import __version__
from rune_pl.archive import Archive
from rune_pl.archive.scenes import Scenes
from rune_pl.calibration.calibration import Calibration
from rune_pl.explain.explanation import Explanation
from rune_pl.explain.trees import Trees, significant
from rune_pl.language.library import Library
from rune_pl.language.terms import Clause
from rune_pl.resources import library_sha256, prolog_files

FORMAT, VERSION = "rune-pl proof", 1
CALIBRATED = (
    "The probability of a detection is what the calibration's map of its class makes of its score; with a class "
    "vector, of each entry, scaled down where they add up to more than 1."
)

Json = dict[str, Any]


@dataclass(frozen=True)
class Question:
    """What was asked.

    Attributes:
        text: in English, None where a rule was given.
        translator: what made the rule, None where it was given.
        rule: the program that ran, canonical text.
        reading: the rule said back in English.
        notes: what a user should know.
        source: the file that the rule comes from, None where it was given directly.
        ontology: text of the user's own ontology file, None where there is none.
        library_files: name and text of the user's own `.pl` files.
    """

    text: str | None
    translator: str | None
    rule: str
    reading: str
    notes: tuple[str, ...] = ()
    source: str | None = None
    ontology: str | None = None
    library_files: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Proof:
    """A proof document.

    Attributes:
        content: the JSON object, digest included.
        picture: the image file, where it is known; no part of the document.
    """

    content: Json
    picture: Path | None = None

    def to_json(self) -> Json:
        """The JSON object."""
        return self.content

    def dump(self) -> bytes:
        """The bytes of its file, the same for the same content."""
        return (json.dumps(self.content, indent=1, sort_keys=True, allow_nan=False) + "\n").encode("ascii")

    @property
    def image(self) -> str:
        return str(self.content["scene"]["image"])

    @property
    def probability(self) -> float | None:
        """The exact marginal, None where there is none."""
        found: float | None = self.content["answer"]["probability"]
        return found


def make_document(
    explanation: Explanation,
    question: Question,
    top: int,
    archive: Archive | None,
    calibration: Calibration | None = None,
) -> Proof:
    """The document of an explanation with `top` proofs.

    Args:
        archive: where the scene is from.
        calibration: what made its probabilities of the scores in the archive, None where they are the archive's own.
    """
    numbering = _Numbering(question)
    scene = explanation.scene
    trees = Trees(scene, explanation.formulas, numbering)
    content: Json = {
        "format": FORMAT,
        "version": VERSION,
        "made_by": {"name": "rune-pl", "version": __version__, "method": explanation.answer.method},
        "question": {
            "text": question.text,
            "translator": question.translator,
            "rule": question.rule,
            "reading": question.reading,
            "notes": list(question.notes),
        },
        "library": {
            "sha256": library_sha256(),
            "own_files": dict(question.library_files),
            "ontology": question.ontology,
        },
        "scene": scene_json(scene.scenes, archive),
        "sizes": _sizes(explanation),
        "evidence": [
            {"detection": f"d{o.detection}", "class": o.label, "holds": o.holds}
            for o in explanation.evidence.observations
        ],
        "answer": _answer(explanation),
        "proofs": [
            {
                "probability": significant(proof.found.probability),
                "cumulative": significant(proof.cumulative),
                "adds": significant(proof.adds),
                "tree": trees.node(proof.found.node),
            }
            for proof in explanation.proofs
        ],
        "top": top,
        "complete": explanation.complete,
        "influence": [
            {
                "detection": scene.atom(i.fact),
                "class": scene.label(i.fact),
                "probability": float(scene.facts.probability[i.fact]),
                "gradient": significant(i.gradient),
                "if_confirmed": significant(i.if_confirmed),
                "if_rejected": significant(i.if_rejected),
            }
            for i in explanation.influences
        ],
        "decision": {
            "threshold": explanation.threshold,
            "holds": explanation.value >= explanation.threshold,
            "change": [
                {
                    "detection": scene.atom(c.fact),
                    "class": scene.label(c.fact),
                    "confirmed": c.confirmed,
                    "likelihood": significant(c.likelihood),
                    "probability": significant(c.probability),
                }
                for c in explanation.change
            ],
        },
        "clauses": numbering.clauses,
        "archive": None if archive is None else _archive(archive, scene.image),
    }
    if calibration is not None:
        content["calibration"] = {"name": calibration.name, "sha256": calibration.digest, "facts": CALIBRATED}
    path = None if archive is None else archive.image_path(scene.image)
    # A relative path starts at the archive.
    picture = None if archive is None or path is None else archive.path / path
    return Proof({**content, "digest": digest(content)}, picture)


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical form of a document without its digest: sorted keys, no blanks, ASCII."""
    body = {key: value for key, value in content.items() if key != "digest"}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return f"sha256:{hashlib.sha256(text.encode('ascii')).hexdigest()}"


def own_files(library: Library) -> dict[str, str]:
    """Name and text of the library files that do not ship with rune-pl."""
    shipped = {path.resolve() for path in prolog_files()}
    files = dict.fromkeys(p.file for p in library.predicates.values() if p.file.resolve() not in shipped)
    return {file.name: file.read_text(encoding="utf-8") for file in files}


def scene_json(scenes: Scenes, archive: Archive | None) -> Json:
    """Scenes of one image, as they are before any evidence."""
    path = None if archive is None else archive.image(scenes.images[0]).path
    transform = scenes.transform[0]
    return {
        "image": scenes.images[0],
        "file": None if path is None else PurePath(path).name,
        "width": _number(scenes.width[0]),
        "height": _number(scenes.height[0]),
        "gsd": _number(scenes.gsd[0]),
        "crs": scenes.crs[0],
        "transform": None if np.isnan(transform).any() else transform.tolist(),
        "classes": list(scenes.classes),
        "detections": [_detection(scenes, row) for row in range(len(scenes.detection))],
    }


def _detection(scenes: Scenes, row: int) -> Json:
    found: Json = {
        "id": f"d{scenes.detection[row]}",
        "class": scenes.classes[int(scenes.label[row])],
        "score": float(scenes.score[row]),
        "probability": float(scenes.probability[row]),
        "corners": scenes.corners[row].astype(float).tolist(),
    }
    if scenes.class_probability is not None and not np.isnan(scenes.class_probability[row]).any():
        vector = scenes.class_probability[row].tolist()
        found["classes"] = {name: p for name, p in zip(scenes.classes, vector, strict=True) if p > 0.0}
    return found


def _answer(explanation: Explanation) -> Json:
    answer = explanation.answer
    odds = answer.log_odds
    return {
        "probability": None if answer.probability is None else significant(answer.probability),
        "lower": significant(answer.lower),
        "upper": significant(answer.upper),
        "log_odds": None if odds is None or not math.isfinite(odds) else significant(odds),
        "reason": answer.reason,
    }


def _sizes(explanation: Explanation) -> Json | None:
    """What `large` and `small` compare with, for the classes that occur."""
    sizes = explanation.query.sizes
    if sizes is None:
        return None
    scenes = explanation.scene.scenes
    here = {scenes.classes[code] for code in np.unique(scenes.label)}
    return {
        unit: {name: table.tolist() for name, table in sorted(getattr(sizes, unit).items()) if name in here}
        for unit in ("square_metres", "square_pixels")
    }


def _archive(archive: Archive, image: str) -> Json:
    part = archive.part_of(image)
    return {
        "images": {"file": part.images.file, "sha256": part.images.sha256},
        "detections": {"file": part.detections.file, "sha256": part.detections.sha256},
        "provenance": {
            "tool": part.provenance.tool,
            "version": part.provenance.version,
            "parameters": dict(part.provenance.parameters),
            "weights_sha256": part.provenance.weights_sha256,
        },
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


class _Numbering:
    """Numbers the clauses of a document in the order in which trees use them."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._known: dict[int, int] = {}
        self.clauses: list[Json] = []

    def __call__(self, clause: Clause) -> int:
        number = self._known.get(id(clause))
        if number is None:
            number = self._known[id(clause)] = len(self.clauses)
            place = clause.location
            source = place.source if place is not None else None
            file = self._question.source if source is None else source
            self.clauses.append(
                {
                    "text": str(clause),
                    "file": "rule" if file is None else Path(file).name,
                    "line": 0 if place is None else place.line,
                }
            )
        return number
