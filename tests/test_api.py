"""The public names, and the first lines that a newcomer writes."""

from __future__ import annotations

import subprocess
import sys

import pytest

import rune_pl
from rune_pl.resources import sample_path
from tests.retrieval.archives import PORT, write_archive


def test_all_is_exactly_the_public_api():
    assert rune_pl.__all__ == [
        "Budget",
        "Hit",
        "ImageArchive",
        "PlanReport",
        "Proof",
        "Results",
        "RuneError",
        "UserError",
        "__version__",
        "open_archive",
        "prove",
        "verify",
    ]
    assert dir(rune_pl) == sorted(rune_pl.__all__)
    for name in rune_pl.__all__:
        assert getattr(rune_pl, name) is not None


def test_other_names_are_refused():
    with pytest.raises(AttributeError, match="module 'rune_pl' has no attribute 'Archive'"):
        rune_pl.Archive  # noqa: B018


def test_import_star_gives_the_public_names():
    namespace: dict[str, object] = {}
    exec("from rune_pl import *", namespace)
    assert set(rune_pl.__all__) <= set(namespace)


def test_importing_loads_nothing_heavy():
    """The package costs nothing until it is used, and neither does asking for an error class."""
    code = "import sys, rune_pl; rune_pl.RuneError; print({'numpy', 'pyarrow', 'problog', 'click'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert found.stdout.strip() == "set()"


def test_public_classes_are_those_of_their_homes():
    from rune_pl import errors, inference, retrieval

    assert rune_pl.Budget is inference.Budget
    assert rune_pl.Hit is retrieval.Hit
    assert rune_pl.Results is retrieval.Results
    assert rune_pl.PlanReport is retrieval.PlanReport
    assert rune_pl.ImageArchive is retrieval.ImageArchive
    assert rune_pl.RuneError is errors.RuneError
    assert rune_pl.UserError is errors.UserError


def test_the_first_query(tmp_path):
    archive = rune_pl.open_archive(write_archive(tmp_path / "A", PORT))
    assert isinstance(archive, rune_pl.ImageArchive)
    assert archive.images == ("P1", "P2", "P3", "P4", "P5")
    hits = archive.query("a ship near a harbor", top=1)
    assert isinstance(hits, rune_pl.Results)
    assert isinstance(hits[0], rune_pl.Hit)
    assert (hits[0].image, hits[0].probability) == ("P1", pytest.approx(0.81))
    assert hits[0].interval == (hits[0].lower, hits[0].upper)
    with pytest.raises(rune_pl.UserError) as caught:
        archive.query(rule="retrieve :- object(A, shipp).")
    assert isinstance(caught.value, rune_pl.RuneError)


def test_the_bundled_sample_answers():
    archive = rune_pl.open_archive(sample_path() / "archive")
    results = archive.query("a ship near a harbor", top=0)
    assert len(results) == len(archive.images) == 40
    assert results.unanswered == 0
    assert all(h.upper - h.lower <= 1e-9 for h in results)
    assert results[0].probability > 0.9 > results[-1].probability
