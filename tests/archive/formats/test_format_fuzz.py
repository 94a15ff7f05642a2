from __future__ import annotations

import importlib.util
from pathlib import Path

from rune_pl.archive.formats import FORMATS


def test_mangled_files_import_or_raise_a_rune_error():
    path = Path(__file__).parents[2] / "fuzz" / "fuzz_formats.py"
    spec = importlib.util.spec_from_file_location("fuzz_formats", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    outcomes = module.fuzz_formats(700, seed=1_000_000)
    assert sum(outcomes.values()) == 700
    for name in FORMATS:  # the damage is neither harmless nor total
        assert outcomes[name, "imported"] >= 10
        assert sum(count for (format_name, _), count in outcomes.items() if format_name == name) == 100
        assert outcomes[name, "imported"] <= 90
