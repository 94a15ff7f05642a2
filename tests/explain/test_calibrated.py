"""Proofs over facts that a calibration made: derived from the scores, checked with the calibration's file."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import rune_pl
from rune_pl.archive import Archive
from rune_pl.calibration import Calibration, calibrate_archive
from rune_pl.calibration.maps import Logistic
from rune_pl.calibration.presence import FEATURES, PresenceModel
from rune_pl.cli.main import cli
from rune_pl.errors import ProofError, UsageError
from rune_pl.explain import Proof, explain
from rune_pl.explain.document import digest
from rune_pl.explain.verify import verify
from tests.explain.conftest import RULES
from tests.retrieval.archives import box, write_archive

FLAT = Calibration({"ship": Logistic(0.5)}, Logistic(2.0), name="flat")
OTHER = Calibration({"ship": Logistic(0.6)}, Logistic(2.0), name="other")
PRESENT = Calibration({}, Logistic(1.0), PresenceModel(0.3, dict.fromkeys(FEATURES, 0.2), {}), name="present")
RULE = RULES["relation"]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    image = [("ship", 0.9, box(0)), ("harbor", 0.6, box(30)), ("ship", 0.3, box(60))]
    return write_archive(tmp_path_factory.mktemp("calibrated") / "a", {"P1": image})


def proved(path, calibration=FLAT, rule=RULE):
    opened = rune_pl.open_archive(path, calibration=calibration)
    return explain(opened, "P1", opened.prepare(rule=rule))


def test_it_says_what_made_its_facts_and_has_the_answer_of_the_query(path):
    content = proved(path).content
    assert content["calibration"]["sha256"] == FLAT.digest
    assert content["calibration"]["name"] == "flat"
    (hit,) = rune_pl.open_archive(path).query(rule=RULE, calibration=FLAT)
    assert content["answer"]["probability"] == pytest.approx(hit.probability, abs=1e-9)
    ship = content["scene"]["detections"][0]
    # Logistic(0.5) halves the log-odds: 0.9 is 9 to 1, and becomes 3 to 1.
    assert (ship["score"], ship["probability"]) == (pytest.approx(0.9), pytest.approx(0.75))


def test_it_is_verified_by_itself_and_against_archive_and_calibration(path):
    proof, archive = proved(path), Archive.open(path)
    assert verify(proof).valid
    found = verify(proof, archive, calibration=FLAT, problog=False)
    assert found.valid, found.problems
    assert "calibration" in found.checks
    without = verify(proof, archive, problog=False)
    assert [p.where for p in without.problems] == ["calibration"]
    assert "--calibration" in without.problems[0].message
    assert "calibration.sha256" in {p.where for p in verify(proof, archive, calibration=OTHER, problog=False).problems}
    plain = proved(path, None)
    assert "calibration" not in plain.content
    assert {p.where for p in verify(plain, archive, calibration=FLAT, problog=False).problems} >= {"calibration"}


def test_forged_facts_are_found(path):
    content = json.loads(proved(path, rule="retrieve :- object(A, harbor).").dump())
    honest = proved(path, OTHER, "retrieve :- object(A, ship).").content
    content |= {name: honest[name] for name in honest if name != "calibration"}
    content["digest"] = digest(content)
    found = verify(Proof(content), Archive.open(path), calibration=FLAT, problog=False)
    assert any(p.where.startswith("scene.detections") for p in found.problems)


def test_the_reliability_of_classes_is_refused_with_what_to_do(path):
    with pytest.raises(ProofError, match="reliability of classes") as refused:
        proved(path, PRESENT)
    assert "calibrate --no-reliability" in refused.value.hint


def test_twice_calibrated_is_refused(path, tmp_path):
    calibrate_archive(path, tmp_path / "b", FLAT)
    with pytest.raises(UsageError, match="calibrated already"):
        proved(tmp_path / "b")


def run(*args):
    return CliRunner().invoke(cli, [str(a) for a in args])


def test_from_the_command_line(path, tmp_path):
    for calibration in (FLAT, PRESENT):
        calibration.save(tmp_path / f"{calibration.name}.json")
    flat = tmp_path / "flat.json"
    made = run("prove", path, "P1", "--rule", RULE, "--calibration", flat, "-o", tmp_path / "p.json")
    assert made.exit_code == 0, made.stderr
    assert f"calibration: flat.json {FLAT.digest[:12]}" in made.stderr
    checked = run("verify", tmp_path / "p.json", "--archive", path, "--calibration", flat)
    assert (checked.exit_code, checked.stdout.startswith("valid: P1")) == (0, True), checked.stdout
    explained = run("query", path, "--rule", RULE, "--calibration", flat, "--explain", "--no-cache")
    assert "d1 is a ship  [0.7500, score 0.9000]" in explained.stdout
    for command in (("prove", path, "P1"), ("query", path, "--explain")):
        refused = run(*command, "--rule", RULE, "--calibration", tmp_path / "present.json")
        assert isinstance(refused.exception, ProofError)
        assert "calibrate --no-reliability" in refused.exception.hint


def test_the_toplevel_s_scenes_have_the_calibrated_facts(path):
    from rune_pl.repl.session import Session

    opened = rune_pl.open_archive(path, calibration=FLAT)
    session = Session(opened, ("P1",), lambda archive: None)
    assert [(d, c) for d, c, _ in session.facts(0)] == [("d1", "ship"), ("d2", "harbor"), ("d3", "ship")]
    assert next(session.facts(0))[2] == pytest.approx(0.75)
    (scene,) = session.load()
    assert "fact(d1,ship,0.7499999" in scene
