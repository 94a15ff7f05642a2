"""Fuzzy semantics by hand, by brute force over the definition, and where all facts are certain."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scenes import query, scenes

from rune_pl.evaluate.fuzzy import LUKASIEWICZ, MAX_PRODUCT, Fuzzy, Values
from rune_pl.evaluate.methods import Exact, Question
from rune_pl.inference.kernels.circuit import NO_LIMIT

# s1 (0.9) is near h (0.8), s2 (0.7) is not; there is a plane (0.4), and another ship (0.6) near the harbor.
ONE = scenes(
    ("a", "ship", 0.9, 100, 100), ("a", "harbor", 0.8, 110, 100), ("a", "ship", 0.7, 900, 100),
    ("a", "plane", 0.4, 500, 500), ("a", "ship", 0.6, 115, 105),
)  # fmt: skip
RULES = {
    # rule: (max-product, Lukasiewicz)
    "object(A, ship)": (0.9, 0.9),
    "\\+ object(A, plane)": (0.6, 0.6),
    "object(A, ship), object(B, harbor), near(A, B)": (0.72, 0.7),
    "object(A, ship), object(B, plane)": (0.36, 0.3),
    "(object(A, plane) ; object(A, harbor))": (0.8, 0.8),
    "at_least(2, A, object(A, ship))": (0.63, 0.6),
    "at_least(3, A, object(A, ship))": (0.378, 0.2),
    "at_least(4, A, object(A, ship))": (0.0, 0.0),
    "at_most(2, A, object(A, ship))": (1 - 0.378, 0.8),
    "exactly(2, A, object(A, ship))": (0.63 * (1 - 0.378), 0.6 + 0.8 - 1),
    "exactly(1, A, object(A, plane))": (0.4, 0.4),
    "at_least(2, A, (object(A, ship), object(B, harbor), near(A, B)))": (0.72 * 0.48, 0.7 + 0.4 - 1),
    # Not one ship that is not near a harbor: the ship far away counts against it.
    "forall(object(A, ship), (object(B, harbor), near(A, B)))": (1 - 0.7, 1 - 0.7),
    "object(A, ship), \\+ (object(B, harbor), near(A, B))": (0.7, 0.7),
    "object(A, plane), \\+ (object(B, ship), near(A, B))": (0.4, 0.4),
    # At least one harbor and no plane; two harbors there are not.
    "more(A, object(A, harbor), B, object(B, plane))": (0.8 * 0.6, 0.4),
    # The largest of: one ship and no harbor; two ships and at most one harbor, which is certain; three ships.
    "more(A, object(A, ship), B, object(B, harbor))": (max(0.9 * 0.2, 0.63, 0.378), 0.6),
    "more(A, object(A, helicopter), B, object(B, ship))": (0.0, 0.0),
    "object(A, helicopter)": (0.0, 0.0),
    "\\+ object(A, helicopter)": (1.0, 1.0),
    # The same fact twice counts once.
    "object(A, ship), object(B, ship), near(A, B), at_least(2, C, object(C, ship))": (0.54 * 0.63, 0.1),
    "true": (1.0, 1.0),
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("position", [0, 1])
def test_by_hand(rule, position):
    name = (MAX_PRODUCT, LUKASIEWICZ)[position]
    found = Fuzzy(name).score(Question(query(f"retrieve :- {rule}."), ONE))
    assert found.probability == pytest.approx([RULES[rule][position]], abs=1e-12)
    assert found.order is found.probability


@pytest.mark.parametrize("name", [MAX_PRODUCT, LUKASIEWICZ])
def test_counts_are_the_best_subset(name):
    generator = np.random.default_rng(2)

    def conjunction(values):
        return np.prod(values) if name == MAX_PRODUCT else max(0.0, sum(values) - (len(values) - 1))

    def at_least(k, values):
        return max((conjunction(chosen) for chosen in combinations(values, k)), default=0.0)

    for _ in range(20):
        group = np.sort(generator.integers(0, 3, 9))
        value = np.round(generator.random(9), 2)
        lineage = Values(9, value, name)
        low, high = 2, 3
        found = lineage.of(lineage.count(group, 2 * np.arange(9), 3, low, NO_LIMIT, local=False))
        both = lineage.of(lineage.count(group, 2 * np.arange(9), 3, low, high, local=False))
        sign = generator.choice([1, -1], 9)
        more = lineage.of(lineage.count(group, 2 * np.arange(9), 3, 1, NO_LIMIT, local=False, weight=sign))
        for g in range(3):
            mine = value[group == g]
            assert found[g] == pytest.approx(at_least(low, mine))
            assert both[g] == pytest.approx(conjunction([at_least(low, mine), 1 - at_least(high + 1, mine)]))
            plus, minus = (value[(group == g) & (sign == s)] for s in (1, -1))
            best = [conjunction([at_least(k, plus), 1 - at_least(k, minus)]) for k in range(1, len(plus) + 1)]
            assert more[g] == pytest.approx(max(best, default=0.0))


@pytest.mark.parametrize("rule", [r for r in RULES if r != "true"])
@pytest.mark.parametrize("name", [MAX_PRODUCT, LUKASIEWICZ])
def test_all_semantics_agree_on_what_is_certain(rule, name):
    generator = np.random.default_rng(3)
    for _ in range(5):
        kinds = generator.choice(["ship", "harbor", "plane", "helicopter"], 8)
        place = generator.integers(0, 300, (8, 2))
        # As good as certain, so that nothing is simplified away.
        image = scenes(*(("a", kind, 1 - 1e-12, x, y) for kind, (x, y) in zip(kinds, place)))
        question = Question(query(f"retrieve :- {rule}."), image)
        assert Fuzzy(name).score(question).probability == pytest.approx(Exact().score(question).probability, abs=1e-9)


def test_images_do_not_mix():
    many = scenes(
        ("a", "ship", 0.5, 0, 0), ("b", "harbor", 0.5, 0, 0), ("c", "ship", 0.5, 0, 0), ("c", "harbor", 0.5, 5, 0)
    )
    rule = "retrieve :- object(A, ship), object(B, harbor), near(A, B)."
    assert Fuzzy().score(Question(query(rule), many)).probability.tolist() == [0.0, 0.0, 0.25]
    assert len(Fuzzy().score(Question(query(rule), many.take([]))).order) == 0
