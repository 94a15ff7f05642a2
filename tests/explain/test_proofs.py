"""Proofs against enumeration: all of them together are the answer, and each is as probable as it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, reject, settings

from rune_pl.errors import EvidenceError, LanguageError
from rune_pl.explain.explanation import explain_scene
from rune_pl.inference import TOLERANCE
from rune_pl.language.library import Library
from tests.inference.cases import cases
from tests.inference.scenario import make_query, read_scenario
from tests.inference.worlds import TooLongError, WorldsEngine

LIBRARY = Library.load()
PROGRAMS = sorted((Path(__file__).parent.parent / "programs").glob("*.pl"))


def together(explanation):
    """The probability that some proof holds."""
    return explanation.proofs[-1].cumulative if explanation.proofs else 0.0


@pytest.mark.parametrize("path", PROGRAMS, ids=[path.stem for path in PROGRAMS])
def test_all_proofs_of_a_program_are_its_answer(path):
    scenario = read_scenario(path, LIBRARY)
    found = explain_scene(scenario.query, scenario.scenes, scenario.evidence, top=0)
    assert found.complete
    assert together(found) == pytest.approx(scenario.expected, abs=1e-6)  # the files have seven digits
    assert found.answer.probability == pytest.approx(together(found), abs=TOLERANCE)


@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(case=cases(depth=3, most=5, images=1))
def test_all_proofs_of_a_random_rule_are_its_answer(case):
    try:
        query = make_query(case.rule, LIBRARY)
        (expected,) = WorldsEngine(20_000).marginals(query, case.scenes, case.evidence)
    except TooLongError:
        reject()
    except (LanguageError, EvidenceError):
        assume(False)
    assume(expected.method != "undecidable")
    found = explain_scene(query, case.scenes, case.evidence, top=0)
    assert together(found) == pytest.approx(expected.probability, abs=TOLERANCE), case
    likely = [proof.found.probability for proof in found.proofs]
    assert likely == sorted(likely, reverse=True)
    # The first few are the first of all.
    few = explain_scene(query, case.scenes, case.evidence, top=2)
    assert [p.found.probability for p in few.proofs] == pytest.approx(likely[:2])
    assert len(likely) <= 2 or not few.complete
