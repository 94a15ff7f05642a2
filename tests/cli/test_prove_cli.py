"""`rune-pl prove`, `verify` and `schema`, and the proofs of `rune-pl query`."""

from __future__ import annotations

import json
import os

import pytest

from rune_pl.cli.main import main
from tests.retrieval.archives import PORT, box, write_archive

NEAR = "retrieve :- object(A, ship), object(B, harbor), near(A, B)."
# Forty ships in a row, each near the next: the answer takes the engine no time, and ProbLog more than a second.
ROW = [("ship", 0.1 + 0.02 * k, box(40.0 * (k % 10), 40.0 * (k // 10))) for k in range(40)]


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    return str(write_archive(tmp_path_factory.mktemp("scenes") / "A", {**PORT, "row": ROW}))


@pytest.fixture(scope="module")
def image(scenes):
    import rune_pl

    return rune_pl.open_archive(scenes).query(rule=NEAR, top=1)[0].image


@pytest.fixture
def run(capfd):
    def call(*arguments: object):
        code = main([*map(str, arguments)])
        return (code, *capfd.readouterr())

    return call


def test_a_proof_is_printed_as_a_tree(run, scenes, image):
    code, out, err = run("prove", scenes, image, "a ship near a harbor")
    assert code == 0
    assert out.startswith(f"{image}: probability ")
    assert "├─ " in out
    assert err.startswith("rule (controlled-english): retrieve :- ")


def test_files_are_written_and_verify(run, scenes, image, tmp_path):
    json_file, page = tmp_path / "p.json", tmp_path / "p.html"
    code, out, err = run("prove", scenes, image, "--rule", NEAR, "-o", json_file, "-o", page)
    assert (code, out) == (0, "")
    assert err.splitlines()[-2:] == [f"wrote {json_file}", f"wrote {page}"]
    code, out, _ = run("verify", json_file, "--archive", scenes)
    assert code == 0
    assert out.startswith(f"valid: {image}, probability 0.")
    code, out, _ = run("verify", json_file, "--json")
    assert json.loads(out)["valid"] is True
    content = json.loads(json_file.read_text(encoding="utf-8"))
    content["answer"]["probability"] = 0.123
    json_file.write_text(json.dumps(content), encoding="utf-8")
    code, out, _ = run("verify", json_file)
    assert code == 1
    assert out.startswith("invalid: ")
    assert "  answer.probability: 0.123, derived anew 0." in out


def test_json_on_standard_output_is_the_file(run, scenes, image, tmp_path):
    _, out, _ = run("prove", scenes, image, "--rule", NEAR, "--json", "-o", tmp_path / "p.json")
    assert out == (tmp_path / "p.json").read_text(encoding="utf-8")
    _, schema, _ = run("schema", "proof")
    assert json.loads(schema)["title"] == "rune-pl proof"


def test_evidence_counts(run, scenes, image):
    _, out, _ = run("prove", scenes, image, "--rule", "retrieve :- object(A, ship).", "--json")
    first = json.loads(out)["influence"][0]["detection"]
    _, out, _ = run("prove", scenes, image, "--rule", "retrieve :- object(A, ship).", "--json", "--confirm", first)
    assert json.loads(out)["answer"]["probability"] == 1.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere", "--rule", NEAR], "there is no image 'nowhere'"),
        (["IMAGE"], "give a question in English, --rule or --rule-file"),
        (["IMAGE", "--rule", "retrieve :- object(A, shipp)."], "did you mean ship"),
        (["IMAGE", "--rule", NEAR, "-o", "proof.pdf"], "one of .json, .html"),
        (["IMAGE", "--rule", NEAR, "--confirm", "d99"], "none is d99"),
        (["IMAGE", "--rule", NEAR, "--threshold", "1"], "0.0<x<1.0"),
        (["IMAGE", "--rule", "retrieve :- object(A, ship), object(B, ship), near(A, B, 50)."], "--gsd"),
    ],
    ids=["image", "question", "rule", "suffix", "evidence", "threshold", "undecidable"],
)
def test_mistakes_are_one_line(run, scenes, image, arguments, message):
    code, out, err = run("prove", scenes, *[image if a == "IMAGE" else a for a in arguments])
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


def test_what_is_no_proof(run, tmp_path):
    (tmp_path / "x.json").write_text("{", encoding="utf-8")
    assert run("verify", tmp_path / "x.json")[0] == 2
    assert run("verify", tmp_path / "missing.json")[0] == 2
    (tmp_path / "x.json").write_text("{}", encoding="utf-8")
    code, out, _ = run("verify", tmp_path / "x.json")
    assert code == 1
    assert out.startswith("invalid: 1 difference\n  document: ")


def test_problog_out_of_time_is_not_valid(run, scenes, tmp_path):
    rule = "retrieve :- object(A, ship), object(B, ship), near(A, B, px(35))."
    run("prove", scenes, "row", "--rule", rule, "-o", tmp_path / "p.json")
    code, out, _ = run("verify", tmp_path / "p.json", "--budget", "0.05")
    assert code == 1
    assert "could not be checked: ProbLog" in out


def test_a_query_explains_and_reports(run, scenes, image, tmp_path):
    report = tmp_path / "report.html"
    code, out, err = run("query", scenes, "--rule", NEAR, "--top", 2, "--explain", "--report", report)
    assert code == 0
    assert f"\n{image}: probability " in out
    assert "  ├─ " in out
    assert f"wrote {report}" in err
    assert report.read_text(encoding="utf-8").count("<article>") == 2
    assert run("query", scenes, "--rule", NEAR, "--explain", "--json")[0] == 2
    assert run("query", scenes, "--rule", NEAR, "--report", "x.pdf")[0] == 2
    assert not os.path.exists("x.pdf")
