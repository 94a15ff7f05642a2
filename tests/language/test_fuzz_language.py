"""A small run of the fuzzers for rules and ontology files; `make fuzz` runs more cases."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def fuzz() -> ModuleType:
    path = Path(__file__).parents[1] / "fuzz" / "fuzz_language.py"
    spec = importlib.util.spec_from_file_location("fuzz_language", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_mangled_rules_give_language_errors_or_nothing(fuzz: ModuleType) -> None:
    outcomes = fuzz.fuzz_language(500, seed=1_000_000)
    assert sum(outcomes.values()) == 500
    # Without accepted and refused cases of several kinds the fuzzer would not reach the check.
    assert outcomes["accepted"] >= 5
    assert len(outcomes) >= 5


def test_mangled_ontologies_give_vocabulary_errors_or_nothing(fuzz: ModuleType) -> None:
    outcomes = fuzz.fuzz_ontology(200, seed=1_000_000)
    assert set(outcomes) == {"accepted", "VocabularyError"}
