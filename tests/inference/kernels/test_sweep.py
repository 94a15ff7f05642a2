"""The sweep over arbitrary circuits against enumeration of all worlds."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.inference.kernels.circuits import agree, random_draft

RANDOM = st.randoms(use_true_random=False)


@settings(max_examples=200, deadline=None)
@given(rng=RANDOM)
def test_every_gate_of_a_small_circuit_agrees_with_enumeration(rng):
    draft, gates = random_draft(rng, 7)
    for found, (yes, no) in zip(draft.solve(gates), draft.enumerate(gates), strict=True):
        agree(found, yes, no)


@pytest.mark.parametrize("seed", range(40))
def test_circuits_large_enough_to_choose_an_order(seed):
    draft, gates = random_draft(Random(seed), 12)
    for found, (yes, no) in zip(draft.solve(gates), draft.enumerate(gates), strict=True):
        agree(found, yes, no)
