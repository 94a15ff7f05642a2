"""A short run of the fuzzers for inference."""

from __future__ import annotations

from fuzz_inference import fuzz_circuits, fuzz_inference


def test_random_rules_have_the_answers_of_enumeration() -> None:
    outcomes = fuzz_inference(cases=150, seed=3)
    assert sum(outcomes.values()) == 150
    # The fuzzer has not become too tame: many answers are neither 0 nor 1.
    assert outcomes["open"] > 50


def test_random_circuits_have_the_answers_of_enumeration() -> None:
    outcomes = fuzz_circuits(cases=150, seed=3)
    assert outcomes["open"] > 150
