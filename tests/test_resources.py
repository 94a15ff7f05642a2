from __future__ import annotations

import pytest

from rune_pl import resources
from rune_pl.resources import ResourceError, prolog_files, prompt_file, sample_path


def test_the_rule_library_is_found():
    names = [path.name for path in prolog_files()]
    assert names == sorted(names)
    assert {"spatial.pl", "counting.pl", "attributes.pl"} <= set(names)


def test_the_prompts_are_found():
    assert prompt_file("system.md").name == "system.md"


def test_the_sample_has_its_four_parts():
    assert {"archive", "images", "truth", "detections"} <= {path.name for path in sample_path().iterdir()}


def test_a_damaged_installation_is_one_line_with_the_fix(monkeypatch, tmp_path):
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "rune_pl")
    with pytest.raises(ResourceError, match=r"no \*\.pl files in .*damaged \(install rune-pl again\)") as caught:
        prolog_files()
    assert caught.value.exit_code == 1
