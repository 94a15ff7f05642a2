"""Back from a proof document to what it was made from: library, query, scene, evidence."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pyproj import CRS
from pyproj.exceptions import CRSError

from rune_pl.archive.scenes import Scenes
from rune_pl.archive.sizes import SizeQuantiles
from rune_pl.explain.document import Question
from rune_pl.inference import Evidence, Observation, Query
from rune_pl.language.check import check_program
from rune_pl.language.library import Library
from rune_pl.language.parse import parse_program
from rune_pl.language.verbalize import verbalize
from rune_pl.language.vocabulary import Vocabulary

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Rebuilt:
    """What a document says that it was made from."""

    query: Query
    scenes: Scenes
    evidence: Evidence
    question: Question


def rebuild(content: Json) -> Rebuilt:
    """From a document that fits the schema.

    Raises:
        LanguageError: its rule or library is refused.
        VocabularyError: its ontology is.
        ValueError: its scene is none.
    """
    library, vocabulary = _language(content["library"], content["scene"]["classes"])
    asked = content["question"]
    checked = check_program(parse_program(asked["rule"]), library=library, vocabulary=vocabulary)
    question = Question(
        text=asked["text"],
        translator=asked["translator"],
        rule=str(checked.program),
        reading=verbalize(checked.program, vocabulary),
        notes=tuple(asked["notes"]),
        source=_source(content["clauses"]),
        ontology=content["library"]["ontology"],
        library_files=content["library"]["own_files"],
    )
    scenes = _scenes(content["scene"])
    observations = (
        Observation(scenes.images[0], int(entry["detection"][1:]), entry["holds"], entry["class"])
        for entry in content["evidence"]
    )
    query = Query(checked, library, _sizes(content["sizes"]))
    return Rebuilt(query, scenes, Evidence(tuple(observations)), question)


def _language(given: Json, classes: Sequence[str]) -> tuple[Library, Vocabulary]:
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for name, text in given["own_files"].items():
            files.append(Path(folder) / Path(name).name)
            files[-1].write_text(text, encoding="utf-8")
        library = Library.load(files)
        ontology = None
        if given["ontology"] is not None:
            ontology = Path(folder) / "ontology.yaml"
            ontology.write_text(given["ontology"], encoding="utf-8")
        return library, Vocabulary.of_archive(classes, ontology)


def _source(clauses: Sequence[Json]) -> str | None:
    """The file that the rule was said to come from: that of `retrieve`, the first clause of any tree."""
    named = [str(c["file"]) for c in clauses if str(c["text"]).startswith("retrieve")]
    return None if not named or named[0] == "rule" else named[0]


def _scenes(given: Json) -> Scenes:
    if given["crs"] is not None:
        try:
            CRS.from_user_input(given["crs"])
        except CRSError as error:
            raise ValueError(f"{given['crs']!r} is no coordinate reference system: {error}") from None
    found = given["detections"]
    if len({d["id"] for d in found}) < len(found):
        raise ValueError("two detections have the same id")
    classes = tuple(given["classes"])
    vectors = None
    if any("classes" in d for d in found):
        vectors = np.full((len(found), len(classes)), np.nan)
        for row, entry in enumerate(found):
            if "classes" in entry:
                vectors[row] = [entry["classes"].get(name, 0.0) for name in classes]
    return Scenes(
        classes=classes,
        images=(given["image"],),
        width=_column([given["width"]]),
        height=_column([given["height"]]),
        gsd=_column([given["gsd"]]),
        transform=np.array([given["transform"] or [np.nan] * 6], dtype=np.float64),
        crs=(given["crs"],),
        start=np.array([0, len(found)], dtype=np.int64),
        detection=np.array([int(d["id"][1:]) for d in found], dtype=np.int32),
        label=np.array([classes.index(d["class"]) for d in found], dtype=np.int16),
        score=np.array([d["score"] for d in found], dtype=np.float32),
        probability=np.array([d["probability"] for d in found], dtype=np.float64),
        corners=np.array([d["corners"] for d in found], dtype=np.float32).reshape(-1, 4, 2),
        class_probability=vectors,
    )


def _column(values: Sequence[float | None]) -> Any:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _sizes(given: Json | None) -> SizeQuantiles | None:
    if given is None:
        return None
    metres, pixels = (
        {name: np.array(table, dtype=np.float64) for name, table in given[unit].items()}
        for unit in ("square_metres", "square_pixels")
    )
    return SizeQuantiles(metres, pixels)
