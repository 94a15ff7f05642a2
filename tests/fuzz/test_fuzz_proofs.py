"""A short run of the fuzzer for proofs."""

from __future__ import annotations

from fuzz_proofs import fuzz_proofs


def test_proofs_of_random_rules_are_their_answers_and_verify() -> None:
    outcomes = fuzz_proofs(cases=1000, seed=3)
    assert sum(outcomes.values()) == 50
    assert outcomes["open"] > 5
