"""A few detections of a crowd stand for all where they show that the image is as good as certain, and only there."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from rune_pl.archive.scenes import Scenes
from rune_pl.inference import NativeEngine, crowds
from rune_pl.inference.plan import make_plan
from rune_pl.inference.query import Query
from rune_pl.language.check import check_program
from rune_pl.language.library import Library
from rune_pl.language.parse import parse_program
from rune_pl.language.vocabulary import Vocabulary

LIBRARY, VOCABULARY = Library.load(), Vocabulary.load()
NEAR = "object(A, ship), object(B, harbor), near(A, B)"


def query(body):
    checked = check_program(parse_program(f"retrieve :- {body}."), library=LIBRARY, vocabulary=VOCABULARY)
    return Query(checked, LIBRARY)


def port(rng, count, chance):
    """Ships in a field, and harbors among them."""
    boxes = []
    for _ in range(count):
        x, y = rng.uniform(0, 900), rng.uniform(0, 900)
        label = rng.choice(["ship", "ship", "ship", "harbor"])
        boxes.append((label, chance, [(x, y), (x + 9, y), (x + 9, y + 5), (x, y + 5)]))
    return boxes


def scenes():
    rng = Random(4)
    images = {"small": port(rng, 40, 0.5), "sure": port(rng, 400, 0.9), "doubtful": port(rng, 300, 0.004)}
    images["nothing"] = [(label, p, box) for label, p, box in port(rng, 400, 0.9) if label == "ship"]
    return Scenes.from_detections([(name, *item) for name, items in images.items() for item in items])


@pytest.mark.parametrize("body", [NEAR, f"at_least(3, A, ({NEAR}))", f"{NEAR}, \\+ object(_, plane)"])
def test_the_answers_are_the_same(monkeypatch, body):
    asked, given = query(body), scenes()
    some = list(NativeEngine(workers=1).marginals(asked, given))
    monkeypatch.setattr(crowds, "CROWD", 10**9)
    whole = list(NativeEngine(workers=1).marginals(asked, given))
    for one, other in zip(some, whole, strict=True):
        assert one.image == other.image
        assert one.probability == pytest.approx(other.probability, abs=2e-9)
        assert one.lower <= other.upper + 1e-12
        assert other.lower <= one.upper + 1e-12
        assert one.exact
    assert some[1].log_odds > 20.3
    assert some[2].log_odds == pytest.approx(whole[2].log_odds)


@pytest.mark.parametrize(
    ("body", "can"),
    [
        (NEAR, True),
        (f"at_least(3, A, ({NEAR}))", True),
        (f"({NEAR} ; object(C, plane), object(D, ship), touching(C, D))", True),
        ("object(A, ship)", False),  # products, which are precise at both ends
        (f"{NEAR}, \\+ object(_, plane)", False),
        (f"{NEAR}, large(A)", False),
        (f"at_most(3, A, ({NEAR}))", False),
        ("forall(object(A, ship), (object(B, harbor), near(A, B)))", False),
        ("object(A, Class), near(A, d7)", False),
    ],
)
def test_what_can_be_shown_by_few(body, can):
    asked = query(body)
    assert crowds.can_be_shown_by_few(make_plan(asked, {}), asked) is can


def test_the_few_are_the_likeliest_of_each_class(monkeypatch):
    monkeypatch.setattr(crowds, "_FEW", 2)
    box = [(0, 0), (9, 0), (9, 5), (0, 5)]
    given = Scenes.from_detections(
        [("a", "ship", 0.2, box)]
        + [("b", label, p, box) for label, p in (("ship", 0.1), ("ship", 0.9), ("harbor", 0.3), ("ship", 0.5))]
    )
    found = crowds.few_of(given, np.array([1]))
    assert (found.images, found.detection.tolist(), found.probability.tolist()) == (("b",), [2, 3, 4], [0.9, 0.3, 0.5])
