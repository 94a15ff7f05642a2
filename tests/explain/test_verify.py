"""Proof documents: the same bytes, valid as made, and invalid once anything in them is changed."""

from __future__ import annotations

import contextlib
import copy
import json

import numpy as np
import pytest

from rune_pl.errors import ProofError
from rune_pl.explain import Proof, explain
from rune_pl.explain.document import digest
from rune_pl.explain.schema import schema, validate
from rune_pl.explain.verify import read_proof, verify
from tests.explain.conftest import RULES

IMAGE = "anchorage_012"
# What an answer does not follow from, or what may be asked otherwise: only the digest guards it.
GUARDED_BY_DIGEST = (
    *("question.text", "question.translator", "question.notes", "made_by", "decision.threshold", "top"),
    *("clauses.0.file", "clauses.0.line"),
)


def leaves(value, at=""):
    """The place of every field: keys and indices."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*at, key))
    elif isinstance(value, list) and value:
        for k, item in enumerate(value):
            yield from leaves(item, (*at, k))
    else:
        yield at


def changed(content, place):
    """A copy with one field changed to something of the same kind."""
    copied = copy.deepcopy(content)
    inner = copied
    for key in place[:-1]:
        inner = inner[key]
    value = inner[place[-1]]
    if isinstance(value, bool):
        new = not value
    elif isinstance(value, int):
        new = value + 1
    elif isinstance(value, float):
        new = value / 2 if value else 0.25
    elif isinstance(value, str):
        digits = {"0": "1", "1": "2"}
        new = value[:-1] + digits.get(value[-1], "0") if value else "x"
    elif value is None:
        new = "x" if place[-1] in ("text", "translator", "file", "crs", "reason", "ontology", "class") else 0.5
    else:
        new = [*value, "x"] if isinstance(value, list) else {**value, "x": 1}
    inner[place[-1]] = new
    return copied


def name_of(place):
    return ".".join(str(key) for key in place)


def valid(content, archive=None):
    return verify(Proof(content), archive, problog=False).valid


@pytest.fixture(scope="module")
def small(proof_of):
    """A proof of an image with few detections, as read from a file."""
    return json.loads(proof_of("negation", IMAGE, reject=["d2"]).dump())


@pytest.mark.parametrize("name", RULES)
def test_a_proof_is_valid(name, proof_of, sample):
    content = json.loads(proof_of(name).dump())
    found = verify(Proof(content), sample.archive)
    assert found.problems == ()
    assert found.probability == pytest.approx(content["answer"]["probability"], abs=1e-9)
    assert found.checks[-1] == "archive"


def test_the_same_bytes(proof_of, small):
    assert proof_of("count").dump() == proof_of("count").dump()
    assert Proof(small).dump() == proof_of("negation", IMAGE, reject=["d2"]).dump()


def test_schema_is_draft_7_and_strict(small):
    assert schema()["$schema"].startswith("http://json-schema.org/draft-07/")
    assert list(validate(small)) == []
    ((where, _),) = validate({**small, "more": 1})
    assert where == "document"
    del small["answer"]["lower"]
    assert [where for where, _ in validate(small)] == ["answer"]
    small["answer"]["lower"] = small["answer"]["probability"]


def test_any_field_changed_is_invalid(small):
    places = list(leaves(small))
    assert len(places) > 250
    for place in places:
        other = changed(small, place)
        assert list(validate(other)) or digest(other) != other["digest"], name_of(place)
    wrong = verify(Proof(changed(small, ("answer", "probability"))), problog=False)
    assert {"digest", "answer.probability"} <= {p.where for p in wrong.problems}


def test_any_field_missing_is_invalid(small):
    for place in leaves(small):
        copied = copy.deepcopy(small)
        inner = copied
        for key in place[:-1]:
            inner = inner[key]
        del inner[place[-1]]
        assert list(validate(copied)) or digest(copied) != copied["digest"], name_of(place)


def test_a_forged_digest_does_not_help(small, sample):
    """Whoever changes a field and the digest is found out by what follows from the rest, or by the archive."""
    places = [p for p in leaves(small) if p != ("digest",) and not name_of(p).startswith(GUARDED_BY_DIGEST)]
    # Of the numbers of the many detections and steps, which are all alike, every 17th.
    many = [p for p in places if p[0] in ("scene", "proofs") and isinstance(p[-1], int)]
    tried = [p for p in places if p not in many] + many[::17]
    for place in tried:
        other = changed(small, place)
        other["digest"] = digest(other)
        assert not valid(other, sample.archive), name_of(place)


def test_problems_say_where_and_what(proof_of):
    content = json.loads(proof_of("relation").dump())
    children = content["proofs"][0]["tree"]["children"]
    near = next(c for c in children if c["goal"].startswith("near("))
    gap = next(c for c in near["children"] if c["goal"].startswith("gap("))
    gap["values"] = [1.0]
    found = verify(Proof(content), problog=False)
    assert "proofs[0].tree.children[2].children[1].values" in {p.where for p in found.problems}
    assert any("which is [" in p.message for p in found.problems)


def test_problog_disagrees_with_a_wrong_answer(proof_of):
    content = json.loads(proof_of("relation").dump())
    content["answer"] |= {"probability": 0.5, "lower": 0.5, "upper": 0.5}
    found = verify(Proof(content))
    assert found.probability == pytest.approx(0.9989249104, abs=1e-9)
    assert any(p.where == "answer.probability" and "ProbLog says" in p.message for p in found.problems)


def test_another_archive_is_told(small, sample, tmp_path):
    from rune_pl.archive import Archive, ArchiveWriter, Provenance
    from rune_pl.archive.records import Detections, ImageRecord

    nothing = Detections((), np.empty(0), np.empty(0), np.empty((0, 4, 2)))
    with ArchiveWriter(tmp_path / "other", provenance=Provenance("test", "1")) as writer:
        writer.add(ImageRecord("elsewhere"), nothing)
    found = verify(Proof(small), Archive.open(tmp_path / "other"), problog=False)
    assert [p.where for p in found.problems] == ["scene.image"]


def test_own_library_and_ontology_are_in_the_document(sample, tmp_path):
    import rune_pl
    from tests.explain.conftest import SIMULATED

    library = tmp_path / "mine.pl"
    library.write_text("close(A, B) :- distinct(A, B), gap(A, B, G), G =< 100.\n", encoding="utf-8")
    archive = rune_pl.open_archive(SIMULATED, library=library)
    prepared = archive.prepare(rule="retrieve :- object(A, ship), object(B, ship), close(A, B).")
    content = json.loads(explain(archive, "marina_029", prepared).dump())
    assert list(content["library"]["own_files"]) == ["mine.pl"]
    assert "mine.pl" in {c["file"] for c in content["clauses"]}
    library.unlink()
    assert valid(content, archive.archive)
    content["library"]["own_files"]["mine.pl"] = "close(A, B) :- distinct(A, B).\n"
    content["digest"] = digest(content)
    assert not valid(content)


@pytest.mark.parametrize("text", ["", "{", "[1]", '"x"'], ids=["empty", "broken", "list", "text"])
def test_files_that_are_no_proof(text, tmp_path):
    path = tmp_path / "proof.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProofError):
        read_proof(path)


def test_rubbish_of_the_right_shape_is_invalid_and_no_crash(small):
    for where, value in (("rule", "retrieve :- shell(x)."), ("rule", ":- halt."), ("rule", "x")):
        other = copy.deepcopy(small)
        other["question"][where] = value
        other["digest"] = digest(other)
        found = verify(Proof(other), problog=False)
        assert any(p.where == "question" for p in found.problems)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("scene", "width"), float("nan")),
        (("scene", "width"), float("inf")),
        (("answer", "probability"), 1e400),
        (("scene", "detections", 0, "id"), "d99999999999999999999"),
        (("scene", "detections", 0, "class"), "nothing_known"),
        (("scene", "detections", 0, "corners"), [[0.0, 0.0]] * 4),
        (("library", "own_files"), {"..": "x(1)."}),
        (("library", "own_files"), {"a.pl": ":- initialization(halt)."}),
        (("library", "ontology"), "{"),
        (("question", "rule"), "retrieve :- " + "\\+ " * 5000 + "object(A, ship)."),
        (("top",), 10**30),
    ],
    ids=["nan", "inf", "overflow", "number", "class", "corners", "path", "directive", "ontology", "deep", "top"],
)
def test_hostile_documents_are_invalid_and_no_crash(small, sample, place, value):
    other = copy.deepcopy(small)
    inner = other
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    with contextlib.suppress(ValueError):
        other["digest"] = digest(other)
    assert not verify(Proof(other), sample.archive, problog=False).valid or place == ("top",)


def test_a_tree_without_end_is_invalid(small):
    other = copy.deepcopy(small)
    node = other["proofs"][0]["tree"]
    for _ in range(5000):
        node["children"] = [{"kind": "rule", "goal": "retrieve", "clause": 0, "bindings": {}, "children": []}]
        node = node["children"][0]
    found = verify(Proof(other), problog=False)
    assert not found.valid
