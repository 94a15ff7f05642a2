"""Compiling everything before it is needed: `python -m rune_pl.inference.warm`, part of `make install`."""

from __future__ import annotations

import numpy as np

from rune_pl.archive.meetings import meetings
from rune_pl.archive.scenes import Scenes
from rune_pl.inference.native import NativeEngine
from rune_pl.inference.query import Query
from rune_pl.language.check import check_program
from rune_pl.language.library import Library
from rune_pl.language.parse import parse_program
from rune_pl.language.vocabulary import Vocabulary

# Between them these rules call every kernel that questions need.
_RULES = (
    "retrieve :- at_least(2, A, object(A, ship)).",
    "retrieve :- object(A, ship), object(B, harbor), near(A, B), \\+ inside(A, B).",
)


def warm_up() -> None:
    """Compile the kernels for this machine, or find that they are compiled; not those of derivatives."""
    library, vocabulary = Library.load(), Vocabulary.load()
    boxes = [[(x, 0), (x + 9, 0), (x + 9, 9), (x, 9)] for x in range(0, 120, 10)]
    records = [("image", ("ship", "harbor")[k % 2], 0.5, box) for k, box in enumerate(boxes)]
    scenes = Scenes.from_detections(records, size=(120, 120))
    engine = NativeEngine(workers=1)
    for rule in _RULES:
        program = check_program(parse_program(rule), library=library, vocabulary=vocabulary)
        engine.answers(Query(program, library), scenes)
    corners, rows = scenes.corners.astype(np.float64), np.arange(len(boxes))
    meetings(scenes.image_of, scenes.label.astype(np.int64), scenes.probability, corners, rows)


if __name__ == "__main__":
    warm_up()
