"""Fitting, applying, saving and judging calibrations."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from rune_pl.archive import Archive, ArchiveWriter, Provenance
from rune_pl.calibration import Calibration, calibrate_archive, cross_fit, fit_calibration, match_detections
from rune_pl.calibration.copying import calibrated_with, detections_of
from rune_pl.calibration.maps import Curve, Logistic
from rune_pl.errors import CalibrationError, UsageError
from tests.calibration.simulated import simulated, with_vectors

sklearn = pytest.importorskip("sklearn")


@pytest.fixture(scope="module")
def data():
    return simulated()


@pytest.mark.parametrize("method", ["auto", "isotonic", "platt", "temperature"])
def test_the_true_probability_is_found(data, method):
    fitted = fit_calibration(*data, method=method)
    p = np.linspace(0.1, 0.9, 9)
    error = np.abs(fitted.maps["ship"](p) - p**2).max()
    assert error < (0.4 if method == "temperature" else 0.1)
    everything = fitted.summary[-1]
    assert everything.name is None
    # One number for each class cannot bring all scores right at once, but it does not make them worse.
    assert everything.error[1] < everything.error[0] + (0.01 if method == "temperature" else 0.0)
    assert everything.brier[1] < everything.brier[0]


def test_platt_agrees_with_scikit_learn(data):
    from sklearn.linear_model import LogisticRegression

    from rune_pl.calibration.learning import fit_logistic
    from rune_pl.calibration.maps import logit

    score, right = data[0].score.astype(np.float64), match_detections(*data)
    mine = fit_logistic(score, right)
    theirs = LogisticRegression(C=1e6, tol=1e-10).fit(logit(score)[:, None], right)
    assert mine.slope == pytest.approx(theirs.coef_[0, 0], abs=1e-3)
    assert mine.offset == pytest.approx(theirs.intercept_[0], abs=1e-3)


def test_isotonic_is_never_certain(data):
    made = fit_calibration(*data, method="isotonic").apply(data[0])
    assert made.probability.min() > 0.0 and made.probability.max() < 1.0


def test_classes_with_few_images_take_the_pooled_map():
    found, truth = simulated(images=8)
    assert fit_calibration(found, truth, folds=4).maps == {}


def test_cross_fit_never_sees_the_image_it_calibrates(data):
    found, truth = data
    before = cross_fit(found, truth, folds=5, seed=3)
    # Turning around what is right in one image changes nothing of what that image gets.
    mine = truth.image_of == 7
    moved = replace(truth, corners=truth.corners + np.where(mine, 5000, 0)[:, None, None].astype(np.float32))
    after = cross_fit(found, moved, folds=5, seed=3)
    rows = found.image_of == 7
    assert (before.probability[rows] == after.probability[rows]).all()
    assert (before.probability != after.probability).any()
    assert before.images == found.images and (before.score == found.score).all()


def test_cross_fit_does_not_hang_on_the_order_of_images(data):
    found, truth = data
    order = np.random.default_rng(0).permutation(len(found))
    one, other = cross_fit(found, truth), cross_fit(found.take(order), truth)
    assert np.allclose(one.take(order).probability, other.probability, atol=1e-9)


def test_class_vectors_stay_distributions(data):
    found, truth = with_vectors(data[0]), data[1]
    for reliability in (False, True):
        made = fit_calibration(found, truth, reliability=reliability).apply(found)
        assert (made.class_probability.sum(axis=1) <= 1.0 + 1e-12).all()
        rows = np.arange(len(made.detection))
        assert np.allclose(made.class_probability[rows, made.label], made.probability)
        assert (made.reliability is not None) == reliability


def test_reliability_is_at_least_what_each_detection_has(data):
    made = cross_fit(*data, reliability=True)
    assert (made.probability <= made.reliability[made.image_of, made.label] + 1e-12).all()
    assert ((made.reliability >= 0) & (made.reliability <= 1)).all()


@pytest.mark.parametrize("reliability", [False, True])
def test_a_file_gives_back_the_same(data, tmp_path, reliability):
    fitted = fit_calibration(*data, reliability=reliability)
    fitted.save(tmp_path / "one.json")
    loaded = Calibration.load(tmp_path / "one.json")
    assert loaded.digest == fitted.digest and len(loaded.digest) == 64 and loaded.name == "one.json"
    assert (loaded.apply(data[0]).probability == fitted.apply(data[0]).probability).all()
    loaded.save(tmp_path / "two.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "else"}, "format: not a calibration"),
        ({"version": 3}, "version: version 3"),
        ({"pooled": {"kind": "spline"}}, "pooled.kind"),
        ({"pooled": {"kind": "isotonic", "score": [0.1], "probability": [2]}}, r"pooled.probability\[0\]"),
        ({"about": 3}, "about"),
        ({"about": {"x": 1}}, "sha256: it was changed"),
    ],
)
def test_a_wrong_file_is_told_with_its_field(data, tmp_path, change, message):
    path = tmp_path / "c.json"
    fit_calibration(*data).save(path)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(CalibrationError, match=message) as told:
        Calibration.load(path)
    assert told.value.path == path


def test_curves_have_to_rise(tmp_path):
    for curve in (Curve(np.array([0.5, 0.5]), np.array([0.1, 0.2])), Curve(np.array([0.1, 0.2]), np.array([0.5, 0.4]))):
        Calibration({}, curve).save(tmp_path / "c.json")
        with pytest.raises(CalibrationError, match=r"do not rise|fall"):
            Calibration.load(tmp_path / "c.json")
    with pytest.raises(CalibrationError, match="cannot be read"):
        Calibration.load(tmp_path / "none.json")
    (tmp_path / "c.json").write_text('{"format": NaN}')
    with pytest.raises(CalibrationError, match="not valid JSON"):
        Calibration.load(tmp_path / "c.json")


def test_what_cannot_be_learnt_is_told(data):
    found, truth = data
    with pytest.raises(UsageError, match="no method"):
        fit_calibration(found, truth, method="magic")
    with pytest.raises(UsageError, match="folds"):
        cross_fit(found, truth, folds=1)
    with pytest.raises(CalibrationError, match="fewer than the 5 folds"):
        fit_calibration(found.take([0, 1]), truth)
    away = replace(truth, corners=truth.corners + np.float32(9999))
    with pytest.raises(CalibrationError, match="none of the"):
        fit_calibration(found, away)


def test_a_calibrated_copy_says_so(tmp_path):
    found, _ = simulated(images=3)
    with ArchiveWriter(tmp_path / "raw", provenance=Provenance("tests", "1")) as writer:
        from rune_pl.archive import ImageRecord

        for index, image in enumerate(found.images):
            writer.add(ImageRecord(image), detections_of(found, index))
    calibration = Calibration({"ship": Logistic(2.0, -1.0)}, Logistic(0.5))
    made = calibrate_archive(tmp_path / "raw", tmp_path / "made", calibration)
    raw = Archive.open(tmp_path / "raw")
    assert calibrated_with(raw) is None
    assert calibrated_with(made) == f"calibration {calibration.digest[:12]}"
    assert np.allclose(made.scenes().probability, calibration.apply(raw.scenes()).probability)
    assert (made.scenes().score == raw.scenes().score).all()
    with pytest.raises(UsageError, match="calibrated already"):
        calibrate_archive(tmp_path / "made", tmp_path / "again", calibration)


def test_one_box_by_hand():
    # sigmoid(2 * log-odds(0.8)) = 16 / 17
    found, _ = simulated(images=1, each=1)
    found = replace(found, score=np.array([0.8], dtype=np.float32))
    made = Calibration({}, Logistic(2.0)).apply(found)
    assert made.probability[0] == pytest.approx(16 / 17, abs=1e-6)
