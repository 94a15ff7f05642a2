"""Which probabilities rank: those of the archive, of a calibration, or cross-fitted ones."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from scenes import scenes

from rune_pl.evaluate.facts import prepared_detections

FOUND = scenes(("a", "ship", 0.5, 0, 0), ("b", "ship", 0.7, 0, 0))


def halved(found):
    return replace(found, probability=found.probability / 2)


@pytest.fixture
def calibration(monkeypatch):
    """A stand-in for the package that calibrates; gives what it was asked."""
    asked = []

    def cross_fit(detections, truth, *, folds, seed):
        asked.append((truth, folds, seed))
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
    assert prepared_detections(FOUND, FOUND) == (FOUND, "as they stand in the archive")


def test_cross_fitted(calibration):
    found, said = prepared_detections(FOUND, FOUND, folds=3, seed=8)
    assert found.probability == pytest.approx(np.array([0.25, 0.35]))
    assert calibration == [(FOUND, 3, 8)]
    assert "cross-fitted in 3 folds" in said


def test_calibrated(calibration):
    found, said = prepared_detections(FOUND, FOUND, calibration=Path("some/c.json"))
    assert found.probability == pytest.approx(np.array([0.25, 0.35]))
    assert calibration == [Path("some/c.json")]
    assert said == "calibrated with c.json"
