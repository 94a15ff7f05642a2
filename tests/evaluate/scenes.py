"""Small scenes that can be counted by hand."""

from __future__ import annotations

from rune_pl.archive.scenes import Scenes
from rune_pl.inference import Query
from rune_pl.language import Library, Vocabulary, check_program, parse_program

LIBRARY, VOCABULARY = Library.load(), Vocabulary.load()


def box(x, y, side=10.0):
    """A square about a point."""
    h = side / 2
    return [(x - h, y - h), (x + h, y - h), (x + h, y + h), (x - h, y + h)]


def scenes(*detections):
    """Scenes of (image, class, probability, x, y)."""
    return Scenes.from_detections(
        [(image, name, p, box(x, y)) for image, name, p, x, y in detections], size=(1000, 1000), gsd=1.0
    )


def query(rule):
    """A checked query."""
    return Query(check_program(parse_program(rule), library=LIBRARY, vocabulary=VOCABULARY), LIBRARY)
