"""Proofs as text, Markdown, DOT, SVG and files."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from rune_pl.errors import UsageError
from rune_pl.explain.export import dot, html, markdown, svg, text, write
from rune_pl.explain.export.view import chance, number, shorter


def test_text_is_a_tree_with_the_numbers(proof_of):
    lines = text(proof_of("relation")).splitlines()
    assert lines[0] == "marina_029: probability 0.998925, a hit at a threshold of 0.5"
    assert "├─ d1 is a ship  [0.9923]" in lines
    assert "   ├─ gap(d1, d13) = 167.9 px (36.9 m)" in lines
    assert "   └─ 167.9 =< 2 * max(42, 178.7) = 357.4" in lines
    assert not any("distinct" in line or "detection(" in line for line in lines)
    assert lines[-1].startswith("Rejecting d13 (harbor) and rejecting d23 (harbor) turns it")


def test_a_negation_says_what_came_close(proof_of):
    shown = text(proof_of("negation"), most=1)
    assert "holds with" in shown
    assert "fails  [" in shown
    assert "is false]" in shown


def test_a_count_lists_its_members_and_a_universal_its_cases(proof_of):
    assert "counts d1, ship  [" in text(proof_of("count"))
    assert "case" in text(proof_of("universal", "marina_011"))
    assert "counts against d13, harbor" in text(proof_of("more"))


def test_areas_are_in_square_metres_too_where_the_image_knows_its_scale(sample):
    from rune_pl.explain import explain

    proof = explain(sample, "marina_029", sample.prepare(rule="retrieve :- object(A, harbor), area_above(A, 1000)."))
    found = re.search(r"area\(d\d+\) = ([0-9.]+) px² \(([0-9.]+) m²\)", text(proof))
    gsd = proof.content["scene"]["gsd"]
    assert float(found[2]) == pytest.approx(float(found[1]) * gsd**2, rel=1e-3)


def test_an_image_without_a_proof_says_so(proof_of):
    shown = text(proof_of("relation", "countryside_027"))
    assert "There is no proof" in shown
    assert "probability 0.000000, no hit" in shown


def test_markdown_is_a_list_with_a_table(proof_of):
    lines = markdown(proof_of("relation")).splitlines()
    assert "- retrieve (rule:1)" in lines
    assert "    - gap(d1, d13) = 167.9 px (36.9 m)" in lines
    assert "| d13 | harbor | 0.9675 | 0.9669 | 1.0000 |" in lines
    assert lines[-1].startswith("Digest: `sha256:")


def test_dot_is_read_by_graphviz(proof_of):
    source = dot(proof_of("count"))
    assert source.startswith("digraph proof {")
    if shutil.which("dot") is None:
        pytest.skip("Graphviz is not installed")
    assert subprocess.run(["dot", "-Tplain"], input=source, text=True, capture_output=True, check=True).stdout
    tree = ElementTree.fromstring(svg(proof_of("count")))
    words = " ".join(element.text or "" for element in tree.iter())
    assert "d1 is a ship" in words


def test_files_are_written_whole_or_not_at_all(proof_of, tmp_path):
    proof = proof_of("relation")
    for name in ("a.json", "a.html", "a.md", "a.dot", "a.txt"):
        write(proof, tmp_path / name)
    assert json.loads((tmp_path / "a.json").read_bytes()) == proof.content
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == html(proof)
    with pytest.raises(UsageError, match=r"\.json, \.html"):
        write(proof, tmp_path / "a.pdf")
    with pytest.raises(UsageError, match="there is no folder"):
        write(proof, tmp_path / "missing" / "a.json")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.dot", "a.html", "a.json", "a.md", "a.txt"]


def test_a_missing_package_is_named(proof_of, monkeypatch):
    monkeypatch.setitem(sys.modules, "graphviz", None)
    with pytest.raises(Exception, match="rune-pl\\[graph\\]"):
        dot(proof_of("relation"))


def test_a_page_keeps_texts_from_outside_as_text(sample):
    from rune_pl.explain import Proof, explain

    proof = explain(sample, "marina_029", sample.prepare(rule="retrieve :- object(A, ship)."))
    proof.content["question"]["text"] = "<script>alert(1)</script>"
    shown = html(Proof(proof.content))
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert" in shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0.0000"), (1.0, "1.0000"), (1e-9, "1.0e-09"), (1 - 1e-6, "1 - 1.0e-06"), (0.5, "0.5000")],
)
def test_probabilities(value, shown):
    assert chance(value) == shown


def test_numbers():
    assert number(123456.78) == "123457"
    assert number(0.123456) == "0.1235"
    assert shorter("12.345678 =< 2 * max(1.5, 99.98765)") == "12.35 =< 2 * max(1.5, 99.99)"
