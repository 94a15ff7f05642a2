"""Derivatives by the probability of each detection against differences of answers that enumeration gives."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import assume, given, settings

from rune_pl.errors import LanguageError
from rune_pl.inference import NativeEngine
from rune_pl.language.library import Library
from tests.inference.cases import cases, make_scenes
from tests.inference.scenario import make_query
from tests.inference.worlds import TooLongError, WorldsEngine

LIBRARY = Library.load()


def with_chance(scenes, row, label, value):
    """The scenes with another probability of one detection and class."""
    if scenes.class_probability is not None and not np.isnan(scenes.class_probability[row]).any():
        vectors = scenes.class_probability.copy()
        vectors[row, label] = value
        return replace(scenes, class_probability=vectors)
    probability = scenes.probability.copy()
    probability[row] = value
    return replace(scenes, probability=probability)


@settings(max_examples=100, deadline=None)
@given(case=cases(depth=3, most=5, images=2))
def test_derivatives_are_differences(case):
    scenes = case.scenes
    # What a rule asks of the probability itself would change with it, and what an image lacks has no answer.
    assume("probability(" not in case.rule and "confident(" not in case.rule and not np.isnan(scenes.width).any())
    scenes = replace(scenes, gsd=np.full(len(scenes), 0.5))
    try:
        query = make_query(case.rule, LIBRARY)
        base = [m.probability for m in WorldsEngine(20_000).marginals(query, scenes)]
    except (LanguageError, TooLongError):
        assume(False)
    found = NativeEngine(workers=1).gradients(query, scenes)
    place = {(int(i), int(d)): row for row, (i, d) in enumerate(zip(scenes.image_of, scenes.detection, strict=True))}
    columns = (found.image.tolist(), found.detection.tolist(), found.label.tolist(), found.probability, found.value)
    for image, detection, label, chance, value in zip(*columns, strict=True):
        # The answer is linear in each probability: any step gives the derivative.
        other = with_chance(scenes, place[image, detection], label, chance / 2)
        (changed,) = [m.probability for m in WorldsEngine().marginals(query, other) if m.image == scenes.images[image]]
        assert value == pytest.approx((base[image] - changed) / (chance / 2), abs=1e-6), (case, detection)


def test_certain_detections_have_derivatives_too():
    scenes = make_scenes(Random(1), most=3, least=3)
    chances, ships = np.array([1.0, 0.5, 1.0]), np.full(3, scenes.classes.index("ship"), dtype=np.int16)
    scenes = replace(scenes, probability=chances, label=ships, class_probability=None)
    query = make_query("retrieve :- at_least(2, A, object(A, ship)).", LIBRARY)
    found = NativeEngine(workers=1).gradients(query, scenes)
    # Without d1 it takes d2 and d3; d2 changes nothing, since the other two are there.
    assert found.value.tolist() == pytest.approx([0.5, 0.0, 0.5])
