"""The worked example of docs/engine.md, number by number, against the sum over all of its worlds."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from rune_pl.archive.formats import import_archive
from rune_pl.inference.kernels.circuit import NO_LIMIT, Gates
from rune_pl.inference.native import Run
from rune_pl.inference.prepared import Prepared
from rune_pl.retrieval import open_archive
from tests.docs.sessions import ROOT, steps
from tests.retrieval.archives import box, write_archive

PAGE = (ROOT / "docs" / "engine.md").read_text(encoding="utf-8")
TEXT = " ".join(PAGE.split())  # wherever its lines end
PICTURE = ROOT / "docs" / "images" / "engine-sweep.svg"
QUESTION = "a ship within 10 pixels of a harbor"
PAIRS = ((1, 3), (2, 3), (2, 4))  # which ship is near which harbor
ROW = re.compile(
    r"^\| (?:(?P<decided>d\d) )?\|(?P<masses>(?: (?:[\d.]+ )?\|){4}) (?P<found>[\d.]+) \| (?P<range>.*) \|$", re.M
)
COLUMNS = ((), (3,), (3, 4), (4,))  # what waits


@pytest.fixture(scope="module")
def chances() -> dict[int, float]:
    """The probability of each detection, as the page gives them."""
    (scene,) = [step for step in steps(PAGE) if step.kind == "pier.json"]
    return {n: a["score"] for n, a in enumerate(json.loads(scene.source)["annotations"], start=1)}


@pytest.fixture(scope="module")
def pier(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pier")
    (scene,) = [step for step in steps(PAGE) if step.kind == "pier.json"]
    (folder / "pier.json").write_text(scene.source, encoding="utf-8")
    import_archive("coco", folder / "pier.json", folder / "archive")
    return open_archive(folder / "archive")


def weight(world: dict[int, bool], chances: dict[int, float]) -> float:
    return math.prod(chances[d] if right else 1.0 - chances[d] for d, right in world.items())


def worlds(detections):
    for truth in itertools.product([True, False], repeat=len(detections)):
        yield dict(zip(detections, truth, strict=True))


def residues(decided: int, chances: dict[int, float]) -> dict[object, float]:
    """The masses after so many detections: by what waits, and under "found"."""
    masses: defaultdict[object, float] = defaultdict(float)
    known = range(1, decided + 1)
    for world in worlds(known):
        found = any(world.get(a) and world.get(b) for a, b in PAIRS)
        waiting = tuple(sorted({b for a, b in PAIRS if world.get(a) and b not in world}))
        masses["found" if found else waiting] += weight(world, chances)
    return dict(masses)


def test_the_answer_is_the_sum_over_all_worlds(pier, chances):
    expected = sum(weight(world, chances) for world in worlds(chances) if any(world[a] and world[b] for a, b in PAIRS))
    assert expected == pytest.approx(0.858, abs=1e-12)
    (hit,) = pier.query(QUESTION)
    assert hit.probability == pytest.approx(expected, abs=1e-12)
    assert hit.log_odds == pytest.approx(math.log(0.858 / 0.142), abs=1e-12)
    assert "gives 0.858" in TEXT


def test_every_row_of_the_table_is_the_sum_over_the_worlds_so_far(chances):
    rows = list(ROW.finditer(PAGE))
    assert [row["decided"] for row in rows] == [None, "d1", "d2", "d3", "d4"]
    for decided, row in enumerate(rows):
        shown = [float(cell) if cell.strip() else 0.0 for cell in row["masses"].split("|")[:-1]]
        expected = residues(decided, chances)
        assert set(expected) <= {*COLUMNS, "found"}
        assert shown == pytest.approx([expected.get(waiting, 0.0) for waiting in COLUMNS], abs=1e-12)
        assert float(row["found"]) == pytest.approx(expected.get("found", 0.0), abs=1e-12)
        assert sum(shown) + float(row["found"]) == pytest.approx(1.0, abs=1e-12)
        lower, upper = map(float, row["range"].split(" to "))
        assert lower == pytest.approx(expected.get("found", 0.0), abs=1e-12)
        assert upper == pytest.approx(lower if decided == len(chances) else 1.0, abs=1e-12)


def test_every_sum_that_the_page_writes_out_is_right():
    written = re.findall(r"((?:[\d.()]+ [×+−] )+[\d.()]+) = (\d+(?:\.\d+)?)", TEXT)
    assert len(written) >= 9
    for left, right in written:
        value = eval(left.replace("×", "*").replace("−", "-"))
        assert value == pytest.approx(float(right), abs=1e-12), left


def test_the_states_are_those_that_the_sweep_visits(pier, chances):
    visited = [len(residues(decided, chances).keys() - {"found"}) for decided in range(len(chances))]
    assert visited == [1, 2, 3, 2]
    assert "(1 + 2 + 3 + 2)" in TEXT
    # With the harbors summed up: the start, and then whether d1 is there.
    assert pier.plan(QUESTION).profile.states == 3
    assert "The plan above says three states" in TEXT


def test_the_picture_has_the_same_masses(chances):
    shown = sorted(float(text.text or "") for text in ElementTree.parse(PICTURE).iter() if text.get("class") == "mass")
    expected = [mass for decided in range(len(chances) + 1) for mass in residues(decided, chances).values()]
    assert shown == pytest.approx(sorted(expected), abs=1e-12)


def test_the_moves_of_the_picture_are_masses_times_chances(chances):
    """Each state splits in two; where both halves end in the same state the picture has one arrow for them."""
    expected = []
    for decided in range(len(chances)):
        p = chances[decided + 1]
        for waiting, mass in residues(decided, chances).items():
            met = waiting != "found" and decided + 1 in waiting
            starts = waiting != "found" and any(a == decided + 1 for a, _ in PAIRS)
            expected += [mass * p, mass * (1.0 - p)] if met or starts else [mass]
    moves = [float(e.text or "") for e in ElementTree.parse(PICTURE).iter() if e.get("class") == "move"]
    assert sorted(moves) == pytest.approx(sorted(expected), abs=1e-12)


def gate_lines(gates: Gates, root: int, facts: int) -> list[str]:
    """The gates in the words of the page."""
    names = [f"d{n}" for n in range(1, facts + 1)] + [
        "root" if g == root else f"g{g + 1}" for g in range(len(gates.low))
    ]
    lines = []
    for g in range(len(gates.low)):
        literals = gates.literal[gates.start[g] : gates.start[g + 1]]
        inputs = ", ".join(names[node] for node in literals >> 1)
        if (gates.low[g], gates.high[g]) == (1, NO_LIMIT) and not (literals & 1).any():
            lines.append(f"| {names[facts + g]} | at least 1 of {inputs} |")
        elif gates.low[g] <= 0 and gates.high[g] == 0 and (literals & 1).all():
            lines.append(f"| {names[facts + g]} | all of {inputs} |")
    return lines


def test_the_gates_are_those_of_the_lineage(pier):
    scenes = pier.archive.scenes(pier.images)
    run = Run(pier.prepare(QUESTION).query, Prepared(scenes), None)
    grounder = run.grounder()
    (root,) = grounder.ground(run.plan, np.arange(1))
    lines = gate_lines(grounder.lineage.gates(), (int(root) >> 1) - len(run.facts), len(run.facts))
    assert len(lines) == len(grounder.lineage) == 4
    assert [line for line in lines if line not in PAGE] == []


def test_a_long_quay_takes_two_states_at_a_time(tmp_path: Path):
    quay = {"quay": [("ship", 0.01, box(25.0 * n)) for n in range(100)]}
    archive = open_archive(write_archive(tmp_path / "A", quay))
    profile = archive.plan(rule="retrieve :- object(A, ship), object(B, ship), near(A, B, px(6)).").profile
    assert profile.methods == {"sweep": 1}
    assert 150 <= profile.states <= 2 * 100
    assert "takes two at a time" in TEXT
