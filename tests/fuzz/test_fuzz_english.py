"""A short run of the fuzzer for English."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from fuzz_english import fuzz_english

sys.path.pop(0)


def test_mangled_english_is_understood_or_refused() -> None:
    assert 10 < fuzz_english(cases=300, seed=1) < 300
