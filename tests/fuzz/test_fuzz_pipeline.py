"""The fuzzer of the translation pipeline, for a short while."""

from __future__ import annotations

from fuzz_pipeline import fuzz_pipeline


def test_a_short_run():
    fuzz_pipeline(cases=300, seed=1)
