"""Calibration errors, by hand and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest

from rune_pl.calibration import brier, calibration_error


def test_by_hand():
    p, right = np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, True, True, True])
    # Two bins of two: |0.15 - 0.5| and |0.85 - 1|, each with half of the weight.
    assert calibration_error(p, right, bins=2) == pytest.approx(0.25)
    assert brier(p, right) == pytest.approx((0.01 + 0.64 + 0.04 + 0.01) / 4)


def test_order_and_ties_do_not_matter():
    rng = np.random.default_rng(0)
    p = rng.choice([0.2, 0.5, 0.7], 300)
    right = rng.uniform(size=300) < p
    order = rng.permutation(300)
    assert calibration_error(p, right) == pytest.approx(calibration_error(p[order], right[order]))
    by_value = sum(abs(right[p == v].mean() - v) * (p == v).mean() for v in (0.2, 0.5, 0.7))
    assert calibration_error(p, right, bins=100) == pytest.approx(by_value)


def test_against_scikit_learn():
    pytest.importorskip("sklearn")
    from sklearn.calibration import calibration_curve
    from sklearn.metrics import brier_score_loss

    rng = np.random.default_rng(1)
    p = rng.uniform(size=1500)
    right = rng.uniform(size=1500) < p**2
    assert brier(p, right) == pytest.approx(brier_score_loss(right, p))
    share, mean = calibration_curve(right, p, n_bins=15, strategy="quantile")
    assert calibration_error(p, right) == pytest.approx(np.abs(share - mean).mean(), abs=1e-3)


def test_nothing_has_no_error_and_wrong_arguments_are_refused():
    assert np.isnan(calibration_error(np.empty(0), np.empty(0)))
    with pytest.raises(ValueError, match="bins"):
        calibration_error(np.ones(1), np.ones(1), bins=0)
    with pytest.raises(ValueError, match="outcomes"):
        calibration_error(np.ones(1), np.ones(2))
