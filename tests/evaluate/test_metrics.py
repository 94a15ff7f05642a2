"""Metrics against hand-worked examples, scikit-learn, and the expectation over all orders of tied images."""

from __future__ import annotations

from functools import partial
from itertools import permutations

import numpy as np
import pytest

from rune_pl.evaluate import metrics
from rune_pl.evaluate.bootstrap import Estimate, mean_over, resamples
from rune_pl.evaluate.ties import tie_groups

RANKED = {
    "average_precision": metrics.average_precision,
    "r_precision": metrics.r_precision,
    "recall_at_2": partial(metrics.recall_at, 2),
    "ndcg": metrics.ndcg,
}


def plain(name, truth):
    """The metric of an order without ties, worked out from its definition."""
    relevant = np.flatnonzero(truth) + 1
    if name == "average_precision":
        return np.mean([(k + 1) / place for k, place in enumerate(relevant)])
    if name == "r_precision":
        return np.mean(truth[: len(relevant)])
    if name == "recall_at_2":
        return np.sum(truth[:2]) / len(relevant)
    return np.sum(1 / np.log2(1 + relevant)) / np.sum(1 / np.log2(1 + np.arange(1, len(relevant) + 1)))


def test_by_hand():
    truth = np.array([True, False, True, False])
    score = np.array([0.9, 0.8, 0.7, 0.1])
    assert metrics.average_precision(truth, score) == pytest.approx((1 / 1 + 2 / 3) / 2)
    assert metrics.r_precision(truth, score) == 0.5
    assert metrics.recall_at(1, truth, score) == 0.5
    assert metrics.recall_at(9, truth, score) == 1.0
    assert metrics.ndcg(truth, score) == pytest.approx((1 + 1 / 2) / (1 + 1 / np.log2(3)))
    assert metrics.f1_at(0.5, truth, score) == pytest.approx(2 * 2 / (3 + 2))
    assert metrics.f1_at(0.95, truth, score) == 0.0
    assert metrics.best_f1(truth, score) == pytest.approx(0.8)
    assert metrics.brier(truth, score) == pytest.approx((0.01 + 0.64 + 0.09 + 0.01) / 4)
    # Four bins with one image each.
    assert metrics.calibration_error(truth, score) == pytest.approx((0.1 + 0.8 + 0.3 + 0.1) / 4)


def test_calibration_error_of_images_in_one_bin():
    truth = np.array([True, False, False, True])
    assert metrics.calibration_error(truth, np.full(4, 0.55)) == pytest.approx(0.05)
    assert metrics.bin_of(np.array([0.0, 0.1, 0.95, 1.0])).tolist() == [0, 1, 9, 9]


def test_two_tied_images_by_hand():
    # First or second, each half of the time.
    truth = np.array([True, False])
    assert metrics.average_precision(truth, np.zeros(2)) == pytest.approx((1 + 1 / 2) / 2)
    assert metrics.r_precision(truth, np.zeros(2)) == 0.5


@pytest.mark.parametrize("name", RANKED)
def test_ties_are_the_expectation_over_all_orders(name):
    generator = np.random.default_rng(5)
    for _ in range(25):
        size = int(generator.integers(2, 7))
        truth = generator.random(size) < 0.5
        truth[generator.integers(size)] = True
        score = generator.integers(0, 3, size)
        orders = [o for o in permutations(range(size)) if (np.diff(score[list(o)]) <= 0).all()]
        expected = np.mean([plain(name, truth[list(o)]) for o in orders])
        assert RANKED[name](truth, score) == pytest.approx(expected, abs=1e-12), (truth, score)


def test_a_weight_counts_an_image_so_often():
    generator = np.random.default_rng(6)
    truth, score = generator.random(12) < 0.4, np.round(generator.random(12), 1)
    truth[0] = True
    weight = generator.integers(0, 3, (4, 12)).astype(float)
    weight[:, 0] = 1
    every = RANKED | {
        "f1": partial(metrics.f1_at, 0.5),
        "best": metrics.best_f1,
        "brier": metrics.brier,
        "ece": metrics.calibration_error,
    }
    for name, metric in every.items():
        found = metric(truth, score, weight)
        for row, one in zip(weight.astype(int), found):
            copies = np.repeat(np.arange(12), row)
            assert one == pytest.approx(float(metric(truth[copies], score[copies]))), name


def test_without_relevant_images_nothing_is_defined():
    truth, score = np.zeros(3, dtype=bool), np.array([0.1, 0.2, 0.9])
    for metric in (*RANKED.values(), partial(metrics.f1_at, 0.5), metrics.best_f1):
        assert np.isnan(metric(truth, score))
    assert metrics.brier(truth, score) == pytest.approx((0.01 + 0.04 + 0.81) / 3)
    nothing = np.empty(0)
    for metric in (*RANKED.values(), metrics.best_f1, metrics.brier, metrics.calibration_error):
        assert np.isnan(metric(nothing.astype(bool), nothing))


def test_against_scikit_learn():
    oracle = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    generator = np.random.default_rng(7)
    for _ in range(20):
        truth = generator.random(30) < 0.3
        truth[:2] = True, False
        score = generator.random(30)
        assert metrics.average_precision(truth, score) == pytest.approx(oracle.average_precision_score(truth, score))
        assert metrics.brier(truth, score) == pytest.approx(oracle.brier_score_loss(truth, score))
        assert metrics.f1_at(0.5, truth, score) == pytest.approx(oracle.f1_score(truth, score >= 0.5))
        tied = np.round(score, 1)
        assert metrics.ndcg(truth, tied) == pytest.approx(oracle.ndcg_score([truth], [tied]))
        precision, recall, _ = oracle.precision_recall_curve(truth, tied)
        best = np.max(2 * precision * recall / np.maximum(precision + recall, 1e-12))
        assert metrics.best_f1(truth, tied) == pytest.approx(best)
        mine = np.array(metrics.precision_recall(truth, tied))
        assert mine[0][::-1] == pytest.approx(precision[:-1])
        assert mine[1][::-1] == pytest.approx(recall[:-1])


def test_groups():
    groups = tie_groups(np.array([True, False, True, False]), np.array([1, 3, 1, 2]))
    assert groups.size.tolist() == [1, 1, 2]
    assert groups.relevant.tolist() == [0, 0, 2]
    assert groups.before.tolist() == [0, 1, 2]
    assert groups.relevant_before.tolist() == [0, 0, 0]


def test_resamples_draw_as_many_images_and_are_the_same_each_time():
    drawn = resamples(7, 50, seed=3)
    assert drawn.shape == (50, 7)
    assert (drawn.sum(axis=1) == 7).all()
    assert (drawn == resamples(7, 50, seed=3)).all()
    assert (drawn != resamples(7, 50, seed=4)).any()
    assert drawn.mean() == 1.0


def test_estimate():
    found = Estimate.of(0.5, np.r_[np.linspace(0, 1, 1001), np.nan])
    assert (found.value, found.lower, found.upper) == pytest.approx((0.5, 0.025, 0.975))
    assert str(found) == "0.500 [0.025, 0.975]"
    nothing = Estimate.of(float("nan"), np.array([np.nan]))
    assert str(nothing) == "-"
    assert nothing.to_json() == {"value": None, "lower": None, "upper": None}
    assert mean_over(np.array([[1.0, np.nan], [3.0, np.nan]])).tolist()[0] == 2.0


def test_the_interval_of_a_mean_is_that_of_theory():
    # 200 images, half of them right: a standard error of sqrt(0.25 / 200).
    truth = np.arange(200) % 2 == 0
    drawn = resamples(200, 4000, seed=0)
    found = Estimate.of(0.5, metrics.brier(truth, np.zeros(200), drawn))
    assert found.upper - found.lower == pytest.approx(2 * 1.96 * np.sqrt(0.25 / 200), rel=0.05)
