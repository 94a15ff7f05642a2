"""Counts of independent detections against the distribution of their number, worked out one by one."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rune_pl.inference.counts import count_class

CHANCE = st.one_of(st.sampled_from([0.0, 1.0, 0.5]), st.floats(0.001, 0.999))


def count(chances, low, high=-1):
    """(log_true, log_false) of each image; -inf and 0 for those that have no detections."""
    yes, no = np.full(len(chances), -np.inf), np.zeros(len(chances))
    image = np.repeat(np.arange(len(chances), dtype=np.int32), [len(c) for c in chances])
    with np.errstate(divide="ignore"):
        count_class(image, np.array([p for c in chances for p in c]), low, high, yes, no)
    return list(zip(yes.tolist(), no.tolist(), strict=True))


def distribution(chances):
    mass = [1.0]
    for p in chances:
        mass = [a * (1 - p) + b * p for a, b in zip([*mass, 0.0], [0.0, *mass], strict=True)]
    return mass


@settings(max_examples=200, deadline=None)
@given(
    chances=st.lists(st.lists(CHANCE, max_size=8), min_size=1, max_size=4),
    low=st.integers(0, 9),
    width=st.one_of(st.none(), st.integers(0, 9)),
)
def test_counts_have_their_distribution(chances, low, width):
    high = -1 if width is None else low + width
    for own, (yes, no) in zip(chances, count(chances, low, high), strict=True):
        if not own:
            continue  # left as it was
        inside = [m for n, m in enumerate(distribution(own)) if low <= n and (high < 0 or n <= high)]
        outside = [m for n, m in enumerate(distribution(own)) if not (low <= n and (high < 0 or n <= high))]
        for log, parts in ((yes, inside), (no, outside)):
            whole = math.fsum(parts)
            assert log == -math.inf if whole == 0.0 else log == pytest.approx(math.log(whole), abs=1e-12)


def test_both_sides_are_precise_where_a_double_ends():
    ((yes, no),) = count([[0.999] * 400], 1)
    assert no == pytest.approx(400 * math.log(0.001), rel=1e-12)
    assert yes == pytest.approx(0.0, abs=1e-12)
    ((yes, no),) = count([[0.999] * 400], 3)
    none, one, two = (math.comb(400, k) * 999.0**k for k in range(3))
    assert no == pytest.approx(400 * math.log(0.001) + math.log(none + one + two), rel=1e-12)
    assert yes == pytest.approx(0.0, abs=1e-12)
    ((yes, no),) = count([[0.001] * 90], 90)
    assert yes == pytest.approx(90 * math.log(0.001), rel=1e-12)
    ((yes, no),) = count([[0.5] * 3000], 1, 1)
    assert yes == pytest.approx(math.log(3000) - 3000 * math.log(2), rel=1e-12)
    ((yes, no),) = count([[0.5] * 900], 0, 899)
    assert no == pytest.approx(-900 * math.log(2), rel=1e-12)
    assert yes == pytest.approx(0.0, abs=1e-12)


def test_half_of_many():
    ((yes, no),) = count([[0.5] * 2001], 1001)
    assert yes == pytest.approx(math.log(0.5), abs=1e-12)
    assert no == pytest.approx(math.log(0.5), abs=1e-12)


def test_a_large_number_costs_no_more_than_there_are_detections():
    started = time.perf_counter()
    found = count([[0.5, 0.25]] * 20_000, 100_000) + count([[0.5, 0.25]] * 20_000, 0, 100_000)
    assert (
        found
        == [(-math.inf, pytest.approx(0.0, abs=1e-15))] * 20_000 + [(pytest.approx(0.0, abs=1e-15), -math.inf)] * 20_000
    )
    assert time.perf_counter() - started < 10  # a hundred thousand numbers for every image would be minutes
