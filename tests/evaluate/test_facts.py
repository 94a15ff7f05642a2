"""Which probabilities rank: those of the archive, of a calibration, or cross-fitted ones."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from scenes import scenes

from rune_pl.evaluate.facts import has_scores, prepared_detections

FOUND = scenes(("a", "ship", 0.5, 0, 0), ("b", "ship", 0.7, 0, 0))


def halved(found):
    return replace(found, probability=found.probability / 2)


@pytest.fixture
def calibration(monkeypatch):
    """A stand-in for the package that calibrates; gives what it was asked."""
    asked = []

    def cross_fit(detections, truth, *, folds, seed, reliability=False, method="auto", iou=None):
        asked.append((truth, folds, seed, iou))
        return halved(detections)

    def load(path):
        asked.append(path)
        return SimpleNamespace(apply=halved)

    monkeypatch.setitem(
        sys.modules,
        "rune_pl.calibration",
        SimpleNamespace(cross_fit=cross_fit, Calibration=SimpleNamespace(load=load)),
    )
    return asked


def test_as_they_stand():
    found, said = prepared_detections(FOUND, scenes(("b", "ship", 1.0, 0, 0), ("c", "ship", 1.0, 0, 0)))
    assert found.images == ("b", "c")
    assert found.probability.tolist() == [0.7]
    assert said == "as they stand in the archive"


def test_cross_fitted(calibration):
    found, said = prepared_detections(FOUND, FOUND, folds=3, seed=8, iou=0.3)
    assert found.probability == pytest.approx(np.array([0.25, 0.35]))
    assert [(truth is FOUND, *rest) for truth, *rest in calibration] == [(True, 3, 8, 0.3)]
    assert said.endswith("cross-fitted in 3 folds")
    _, said = prepared_detections(FOUND, FOUND, folds=3, reliability=True)
    assert said.endswith("with the reliability of classes")
    assert prepared_detections(FOUND, FOUND, folds=3, method="context")[1].endswith("in 3 folds, in context")


def test_calibrated(calibration):
    found, said = prepared_detections(FOUND, FOUND, calibration=Path("some/c.json"))
    assert found.probability == pytest.approx(np.array([0.25, 0.35]))
    assert calibration == [Path("some/c.json")]
    assert said == "calibrated with c.json"


def test_scores_that_are_not_the_probabilities():
    assert not has_scores(FOUND)
    assert has_scores(halved(FOUND))
