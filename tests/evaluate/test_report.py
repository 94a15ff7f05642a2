"""The report: tables, page and plots, and the command that writes them."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from scenes import scenes

from rune_pl.archive import ArchiveWriter, ImageRecord, Provenance
from rune_pl.archive.records import Detections
from rune_pl.cli.main import cli
from rune_pl.errors import MissingExtraError, UsageError
from rune_pl.evaluate import QuerySet, RetrievalQuery, evaluate
from rune_pl.evaluate.bootstrap import Estimate
from rune_pl.evaluate.catalogue import methods_named
from rune_pl.evaluate.report import plots, write_report
from rune_pl.evaluate.report.tables import cell
from rune_pl.evaluate.summary import summary

FOUND = scenes(
    ("one", "ship", 0.9, 100, 100), ("one", "harbor", 0.8, 110, 100),
    ("two", "ship", 0.6, 100, 100), ("two", "harbor", 0.7, 900, 900), ("three", "ship", 0.4, 100, 100),
)  # fmt: skip
TRUTH = scenes(
    ("one", "ship", 1.0, 100, 100), ("one", "harbor", 1.0, 110, 100), ("two", "ship", 1.0, 100, 100),
    ("three", "plane", 1.0, 500, 500),
)  # fmt: skip
QUERIES = QuerySet(
    "q",
    (
        RetrievalQuery("ship", ("a <b>ship</b> | boat",), "retrieve :- object(A, ship)."),
        RetrievalQuery("near", (), "retrieve :- object(A, ship), object(B, harbor), near(A, B)."),
        RetrievalQuery("none", (), "retrieve :- object(A, helipad)."),
    ),
)
ABOUT = {"archive": "scenes", "truth": "truth", "queries": "q.yaml", "facts": "as they stand", "translator": None}


@pytest.fixture(scope="module")
def found():
    return evaluate(FOUND, TRUTH, QUERIES, methods_named(()), bootstrap=20)


def test_the_report_is_complete(found, tmp_path):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    lines = list(write_report(found, summary(found, ABOUT), tmp_path))
    assert len(lines) == 1
    for name in plots.TITLES:
        assert Image.open(tmp_path / f"{name}.png").width > 500
        ElementTree.parse(tmp_path / f"{name}.svg")
    content = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert [query["positives"] for query in content["queries"]] == [2, 1, 0]
    text = (tmp_path / "results.md").read_text(encoding="utf-8")
    assert "| exact | 1.000" in text
    assert "\\| boat" in text
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "a &lt;b&gt;ship&lt;/b&gt; | boat" in page and "<b>" not in page
    assert page.count("<svg") == len(plots.TITLES)
    assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)=.(?!data:)", page)
    rows = re.findall(r"<tr>(.*?)</tr>", page)
    assert any("max-product" in row and row.count("<td>") == 9 for row in rows)


def test_the_same_results_give_the_same_files(found, tmp_path):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    for name in ("a", "b"):
        list(write_report(found, summary(found, ABOUT), tmp_path / name))
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes(), file.name


def test_without_matplotlib_there_are_no_plots(found, tmp_path, monkeypatch):
    def missing(*arguments):
        raise MissingExtraError("matplotlib is not installed", hint="pip install 'rune-pl[plot]'")
        yield

    monkeypatch.setattr("rune_pl.evaluate.report.write_plots", missing)
    lines = list(write_report(found, summary(found, ABOUT), tmp_path))
    assert "rune-pl[plot]" in lines[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "results.json", "results.md"]


def test_a_folder_that_cannot_be_written(found, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        list(write_report(found, summary(found, ABOUT), tmp_path / "file"))


def test_curves(found):
    # Both queries that have relevant images are answered perfectly.
    assert plots.mean_precision(found, "exact") == pytest.approx(np.ones(101))
    mean, part, count = plots.reliability(found, "exact")
    assert count.sum() == 9
    assert mean[-1] == pytest.approx(0.9) and part[-1] == 1.0


def test_cells():
    assert cell(Estimate(0.5, 0.25, 0.75)) == "0.500 [0.250, 0.750]"
    assert cell(Estimate(0.5, 0.25, 0.75), sign=True) == "+0.500 [+0.250, +0.750]"
    assert cell(Estimate(0.5, 0.25, 0.75), intervals=False) == "0.500"
    assert cell(Estimate(float("nan"), 0.0, 0.0)) == "-"


def archive(path, content):
    """An archive of scenes."""
    with ArchiveWriter(path, provenance=Provenance(tool="test", version="1", command=""), mode="create") as writer:
        for m, image in enumerate(content.images):
            rows = slice(content.start[m], content.start[m + 1])
            names = [content.classes[code] for code in content.label[rows]]
            writer.add(
                ImageRecord(image, width=1000, height=1000, gsd=1.0),
                Detections(names, content.score[rows], content.probability[rows], content.corners[rows]),
            )
    return str(path)


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    """The words of a command that evaluates two queries on these scenes."""
    folder = tmp_path_factory.mktemp("evaluate")
    queries = folder / "q.yaml"
    queries.write_text(
        "queries:\n"
        "- {id: ship, text: a ship, rule: 'retrieve :- object(A, ship).'}\n"
        "- {id: near, text: a ship near a harbor,"
        " rule: 'retrieve :- object(A, ship), object(B, harbor), near(A, B).'}\n",
        encoding="utf-8",
    )
    found, truth = archive(folder / "found", FOUND), archive(folder / "truth", TRUTH)
    return ["evaluate", found, "--truth", truth, "--queries", str(queries), "--bootstrap", "10"]


def run(words):
    return CliRunner().invoke(cli, words)


def test_command_prints_a_table(command):
    done = run(command)
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0].split()[:3] == ["method", "mean", "AP"]
    assert lines[1].split() == ["exact", "1.000", "1.000", "1.000", "1.000", "1.000", "1.000", *lines[1].split()[-2:]]
    assert len(lines) == 17


def test_command_prints_json_and_writes_the_report(command, tmp_path):
    done = run([*command, "--json", "--method", "exact", "-o", str(tmp_path / "out"), "--seed", "4"])
    assert done.exit_code == 0, done.output
    content = json.loads(done.stdout)
    assert content["seed"] == 4
    assert content["methods"]["exact"]["mean"]["AP"]["value"] == 1.0
    assert content == json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert (tmp_path / "out" / "report.html").is_file()


def test_command_ranks_by_english(command):
    done = run([*command, "--json", "--method", "exact", "--translator", "controlled"])
    content = json.loads(done.stdout)
    assert content["about"]["translator"] == "controlled-english"
    assert [query["failure"] for query in content["queries"]] == [None, None]
    assert json.loads(run([*command, "--json", "--method", "exact"]).stdout)["about"]["translator"] is None


def test_options_that_do_not_go_together(command):
    done = run([*command, "--calibration", "c.json", "--cross-fit", "5"])
    assert done.exit_code == 2
    assert "not both" in done.output
    done = run([*command, "--iou", "0.3"])
    assert done.exit_code == 2
    assert "--iou goes with --cross-fit" in done.output
