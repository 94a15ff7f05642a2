"""A short run of the fuzzer for `rune-pl query`."""

from __future__ import annotations

from fuzz_query import fuzz_query


def test_mangled_command_lines_end_in_an_answer_or_one_line() -> None:
    outcomes = fuzz_query(cases=200, seed=2)
    assert sum(outcomes.values()) == 200
    # Both ends are reached: the fuzzer has not become too wild, nor too tame.
    assert outcomes["exit code 0"] > 20
    assert outcomes["exit code 2"] > 50
