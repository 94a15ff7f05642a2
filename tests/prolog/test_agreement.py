"""SWI-Prolog, which runs the library text as it is, and columns give the same answers on random scenes."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

PAIRS = [
    *("near", "adjacent", "touching", "overlaps", "inside", "contains"),
    *("left_of", "right_of", "above", "below", "north_of", "south_of", "east_of", "west_of"),
    *("parallel", "aligned", "same_row"),
]


@pytest.mark.parametrize("seed", range(4))
def test_swi_prolog_and_columns_agree(column_answer, swi_answers, seed):
    rng = np.random.default_rng(seed)
    boxes = [
        (*rng.uniform(20, 120, 2), length, length * rng.uniform(0.2, 0.9), rng.uniform(0, 180))
        for length in rng.uniform(5, 60, 4)
    ]
    scene = {"gsd": 0.5, "transform": (0.3, 0.1, 5e5, 0.1, -0.3, 5e6), "size": (140.0, 140.0)}
    pairs = list(permutations(["d1", "d2", "d3", "d4"], 2))
    goals = [f"{relation}({a}, {b})" for relation in PAIRS for a, b in pairs]
    goals += [f"near({a}, {b}, {d}) ; farther_than({b}, {a}, px(20))" for a, b in pairs for d in (5, 30)]
    goals += [f"between({a}, {b}, {c})" for a, b, c in permutations(["d1", "d2", "d3", "d4"], 3)]
    over_columns = [column_answer(boxes, goal, **scene) for goal in goals]
    assert 0 < sum(over_columns) < len(goals)
    assert swi_answers(boxes, goals, **scene) == over_columns
