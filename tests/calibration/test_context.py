"""Detections in context: features by hand, the fit against scikit-learn, files, and what it is for."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from rune_pl.archive.scenes import Scenes
from rune_pl.calibration import Calibration, cross_fit, fit_calibration, match_detections
from rune_pl.calibration.candidates import Candidates
from rune_pl.calibration.composite import _OFFSET, _OWN, _SHARED, Composite
from rune_pl.calibration.context import CONTEXT, ContextModel, context_features
from rune_pl.calibration.maps import Logistic
from rune_pl.errors import CalibrationError
from tests.calibration.simulated import simulated, square, with_vectors

pytest.importorskip("sklearn")
pytest.importorskip("scipy")


def crowds(images=80, seed=1):
    """Twelve ships of low scores in each image, all of them right in one half of the images and all wrong in the other:
    those where there is a sure one among them. Gives (detections, truth)."""
    rng = np.random.default_rng(seed)
    found, there = [], []
    for m in range(images):
        name, real = f"i{m:03d}", m % 2 == 0
        there.append((name, "plane", 1.0, square(-500.0)))
        for k in range(12):
            score = float(rng.uniform(0.1, 0.3)) if k or not real else 0.95
            found.append((name, "ship", score, square(20.0 * (k % 4), 20.0 * (k // 4))))
            if real:
                there.append((name, "ship", 1.0, square(20.0 * (k % 4), 20.0 * (k // 4))))
    return Scenes.from_detections(found), Scenes.from_detections(there)


def odds(p):
    return np.log(p / (1 - p))


def test_features_by_hand():
    found = Scenes.from_detections(
        [
            ("a", "ship", 0.5, [(0, 0), (20, 0), (20, 10), (0, 10)]),
            ("a", "ship", 0.8, square(50)),  # 30 away: within three lengths of the first, its own three are 30 too
            ("a", "ship", 0.2, square(500)),
            ("a", "plane", 0.9, square(0)),
            ("b", "ship", 0.7, square(0)),
        ]
    )
    rows = dict(zip(CONTEXT, context_features(Candidates.of(found)).T, strict=True))
    assert rows["score"] == pytest.approx(odds(np.array([0.5, 0.8, 0.2, 0.9, 0.7])), abs=1e-6)
    assert np.exp(rows["rank"]) == pytest.approx([2, 1, 3, 1, 1])
    assert np.exp(rows["count"]) == pytest.approx([3, 3, 3, 1, 1])
    assert rows["best_other"] == pytest.approx(odds(np.array([0.8, 0.5, 0.8, 0.01, 0.01])), abs=1e-6)
    assert np.exp(rows["length"]) == pytest.approx([20, 10, 10, 10, 10])
    assert np.exp(rows["elongation"]) == pytest.approx([2, 1, 1, 1, 1])
    assert np.exp(rows["nearby"]) - 0.05 == pytest.approx([0.8, 0.5, 0, 0, 0], abs=1e-6)
    assert rows["best_nearby"] == pytest.approx(odds(np.array([0.8, 0.5, 0.01, 0.01, 0.01])), abs=1e-6)
    assert np.exp(rows["detections"]) == pytest.approx([4, 4, 4, 4, 1])
    assert rows["other_class"] == pytest.approx(odds(np.array([0.9, 0.9, 0.9, 0.8, 0.01])), abs=1e-6)


def test_images_do_not_see_each_other():
    found, _ = simulated(images=4)
    alone = np.concatenate([context_features(Candidates.of(found.take([m]))) for m in range(len(found))])
    assert (context_features(Candidates.of(found)) == alone).all()
    assert context_features(Candidates.of(found.only(np.empty(0, dtype=np.int64)))).shape == (0, len(CONTEXT))


def problem(presence):
    rng = np.random.default_rng(5)
    label = np.sort(rng.integers(0, 3, 60))
    columns = np.concatenate([rng.normal(size=(60, 2)), np.ones((60, 1))], axis=1)
    right = rng.uniform(size=60) < 0.4
    group = np.unique(label * 4 + np.sort(rng.integers(0, 4, 60)), return_inverse=True)[1]
    there = np.bincount(group, right) > 0
    return Composite(columns, label, right, group, there, 3, presence), columns, label, right


@pytest.mark.parametrize("presence", [0.0, 1.0, 3.0])
def test_the_gradient_is_that_of_the_loss(presence):
    from scipy.optimize import check_grad

    loss = problem(presence)[0]
    theta = np.random.default_rng(6).normal(size=12)
    assert check_grad(lambda x: loss(x)[0], lambda x: loss(x)[1], theta) < 1e-4


def test_without_presence_it_is_the_logistic_regression_of_scikit_learn():
    from scipy.optimize import minimize
    from sklearn.linear_model import LogisticRegression

    loss, columns, label, right = problem(0.0)
    mine = minimize(loss, np.zeros(12), jac=True, method="L-BFGS-B", options={"gtol": 1e-9, "ftol": 1e-15}).x
    shared = np.sqrt([_SHARED, _SHARED, _OFFSET])
    own = [np.where(label[:, None] == code, columns, 0.0) / np.sqrt(_OWN) for code in range(3)]
    wide = np.concatenate([columns / shared, *own], axis=1)
    theirs = LogisticRegression(C=1.0, fit_intercept=False, tol=1e-10, max_iter=10_000)
    theirs.fit(wide, right, sample_weight=loss.weight)
    assert mine[:3] == pytest.approx(theirs.coef_[0, :3] / shared, abs=1e-4)
    assert mine[3:] == pytest.approx(theirs.coef_[0, 3:] / np.sqrt(_OWN), abs=1e-4)


def test_the_loss_by_hand():
    # Two even chances of one class in one image, of which one is right: each detection costs log 2 and weighs
    # 1 / sqrt(2); something is there with 1 - 1/4.
    args = np.ones((2, 1)), np.zeros(2, dtype=np.int64), np.array([True, False]), np.zeros(2, dtype=np.int64)
    loss = Composite(*args, np.array([True]), 1, presence=2.0)
    assert loss(np.zeros(2))[0] == pytest.approx(2 * np.log(2) / np.sqrt(2) - 2 * np.log(0.75))
    absent = Composite(*args, np.array([False]), 1, presence=2.0)
    assert absent(np.zeros(2))[0] == pytest.approx(2 * np.log(2) / np.sqrt(2) - 2 * np.log(0.25))


def test_crowds_of_an_absent_class_do_not_add_up():
    found, truth = crowds()
    some = {}
    for method in ("auto", "context"):
        made = cross_fit(found, truth, method=method)
        nothing = np.ones(len(made))
        np.multiply.at(nothing, made.image_of, 1.0 - made.probability)
        some[method] = 1.0 - nothing
    real = np.arange(len(found)) % 2 == 0
    assert some["auto"][~real].min() > 0.9  # each weak detection is right every other time
    assert some["context"][~real].max() < 0.5 and some["context"][real].min() > 0.9


def test_cross_fit_never_sees_the_image_it_calibrates():
    found, truth = crowds()
    before = cross_fit(found, truth, method="context")
    mine = truth.image_of == 6
    moved = replace(truth, corners=truth.corners + np.where(mine, 5000, 0)[:, None, None].astype(np.float32))
    after = cross_fit(found, moved, method="context")
    rows = found.image_of == 6
    assert (before.probability[rows] == after.probability[rows]).all()
    assert (before.probability != after.probability).any()


def test_the_order_of_images_does_not_matter():
    found, truth = simulated(images=20)
    order = np.random.default_rng(0).permutation(len(found))
    one, other = (cross_fit(part, truth, method="context") for part in (found, found.take(order)))
    assert np.allclose(one.take(order).probability, other.probability, atol=1e-6)


@pytest.mark.parametrize("reliability", [False, True])
def test_class_vectors_stay_distributions(reliability):
    found, truth = simulated(images=20)
    found = with_vectors(found)
    made = fit_calibration(found, truth, method="context", reliability=reliability).apply(found)
    assert (made.class_probability.sum(axis=1) <= 1.0 + 1e-12).all()
    assert (made.reliability is not None) == reliability


def test_a_file_gives_back_the_same(tmp_path):
    found, truth = crowds()
    fitted = fit_calibration(found, truth, method="context")
    assert [row.kind for row in fitted.summary] == ["context", "all"]
    assert fitted.summary[-1].brier[1] < fitted.summary[-1].brier[0]
    fitted.save(tmp_path / "c.json")
    loaded = Calibration.load(tmp_path / "c.json")
    assert loaded.digest == fitted.digest
    assert (loaded.apply(found).probability == fitted.apply(found).probability).all()
    body = json.loads((tmp_path / "c.json").read_text())
    assert body["version"] == 2


def test_a_file_without_context_is_one_of_version_1(tmp_path):
    made = Calibration({"ship": Logistic(2.0, -1.0)}, Logistic(0.5))
    made.save(tmp_path / "c.json")
    body = json.loads((tmp_path / "c.json").read_text())
    assert body["version"] == 1 and "context" not in body
    assert Calibration.load(tmp_path / "c.json").digest == body["sha256"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"features": ["score"]}, "context.features: score instead"),
        ({"mean": [0.0]}, "10 features"),
        ({"scale": [0.0] * 10}, "above 0"),
        ({"shared": [0.0] * 10}, "10 features"),
    ],
)
def test_a_wrong_model_is_told(tmp_path, change, message):
    model = ContextModel(np.zeros(10), np.ones(10), np.zeros(11), {"ship": np.ones(11)})

    class Wrong(ContextModel):
        def to_json(self):
            return {**super().to_json(), **change}

    Calibration({}, Logistic(1.0), context=Wrong(**vars(model))).save(tmp_path / "c.json")
    with pytest.raises(CalibrationError, match=message):
        Calibration.load(tmp_path / "c.json")


def test_detections_match_as_in_the_simulation():
    found, truth = crowds(images=2)
    assert match_detections(found, truth).tolist() == [True] * 12 + [False] * 12


def test_a_rough_box_has_found_its_object_in_context():
    """Bridges whose boxes are half a length off: what they share with the object is a third of the union."""
    found, there = [], []
    for m in range(40):
        shift = 0.0 if m % 2 else 200.0
        found.append((f"i{m}", "bridge", 0.3, [(0, 0), (20, 0), (20, 10), (0, 10)]))
        found.append((f"i{m}", "ship", 0.9, square(500.0)))
        there.append((f"i{m}", "bridge", 1.0, [(10 + shift, 0), (30 + shift, 0), (30 + shift, 10), (10 + shift, 10)]))
        there.append((f"i{m}", "ship", 1.0, square(500.0)))
    detections, truth = Scenes.from_detections(found), Scenes.from_detections(there)
    assert match_detections(detections, truth, iou=1 / 3).sum() == 60
    assert match_detections(detections, truth, iou=0.34).sum() == 40
    bridges = detections.label == detections.classes.index("bridge")
    strict = cross_fit(detections, truth, method="context", iou=0.5).probability[bridges]
    there_at_all = cross_fit(detections, truth, method="context").probability[bridges]
    assert there_at_all.mean() > strict.mean() + 0.2
    assert fit_calibration(detections, truth, method="context").about["iou"] == 0.1
    assert fit_calibration(detections, truth, method="platt").about["iou"] == 0.5
