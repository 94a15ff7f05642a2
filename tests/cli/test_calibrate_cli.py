"""`rune-pl calibrate`, and asking with what it writes."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from rune_pl.archive import ArchiveWriter, ImageRecord, Provenance
from rune_pl.calibration import Calibration, calibrate_archive
from rune_pl.calibration.copying import detections_of
from rune_pl.cli.main import cli
from tests.calibration.simulated import simulated

pytest.importorskip("sklearn")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("calibrate")
    for name, scenes in zip(("scenes", "truth"), simulated(images=30), strict=True):
        with ArchiveWriter(path / name, provenance=Provenance("tests", "1")) as writer:
            for index, image in enumerate(scenes.images):
                writer.add(ImageRecord(image), detections_of(scenes, index))
    return path


def run(*args):
    return CliRunner().invoke(cli, [str(a) for a in args])


def calibrate(folder, name, *options):
    return run("calibrate", folder / "scenes", "--truth", folder / "truth", "-o", folder / name, *options)


def test_errors_by_class_are_printed(folder):
    result = calibrate(folder, "c.json")
    assert result.exit_code == 0, result.stderr
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["class", "plane", "ship", "all"]
    assert "wrote" in result.stderr
    assert Calibration.load(folder / "c.json").presence is None


def test_json_has_the_digest(folder):
    result = calibrate(folder, "d.json", "--json", "--reliability")
    body = json.loads(result.stdout)
    made = Calibration.load(folder / "d.json")
    assert body["sha256"] == made.digest and made.presence is not None
    assert body["classes"][-1]["detections"] == 600


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_a_diagram_is_drawn(folder, ending):
    pytest.importorskip("matplotlib")
    assert calibrate(folder, "e.json", "--plot", folder / f"plot.{ending}").exit_code == 0
    assert (folder / f"plot.{ending}").stat().st_size > 1000
    assert calibrate(folder, "f.json", "--plot", folder / "plot.doc").exit_code != 0


@pytest.mark.parametrize("reliability", [False, True])
def test_a_query_says_what_it_used(folder, reliability):
    calibrate(folder, "g.json", "--reliability" if reliability else "--no-reliability")
    rule = "retrieve :- at_least(2, A, object(A, ship)), \\+ object(B, plane)."
    raw = run("query", folder / "scenes", "--rule", rule, "--json", "--top", 1)
    assert json.loads(raw.stdout)["calibration"] == "uncalibrated scores"
    result = run("query", folder / "scenes", "--rule", rule, "--json", "--top", 1, "--calibration", folder / "g.json")
    said = f"g.json {Calibration.load(folder / 'g.json').digest[:12]}"
    assert json.loads(result.stdout)["calibration"] == said
    assert json.loads(result.stdout)["probability"] != json.loads(raw.stdout)["probability"]
    assert f"calibration: {said}" in result.stderr


def test_a_calibrated_archive_says_so_and_is_not_calibrated_again(folder):
    calibrate(folder, "h.json")
    calibrate_archive(folder / "scenes", folder / "made", Calibration.load(folder / "h.json"), mode="replace")
    rule = ("--rule", "retrieve :- object(A, ship).", "--top", 1, "--json")
    plain = json.loads(run("query", folder / "made", *rule).stdout)
    given = json.loads(run("query", folder / "scenes", *rule, "--calibration", folder / "h.json").stdout)
    assert plain["calibration"] == given["calibration"]
    assert plain["probability"] == pytest.approx(given["probability"])
    again = run("query", folder / "made", *rule, "--calibration", folder / "h.json")
    assert "calibrated already" in str(again.exception)
