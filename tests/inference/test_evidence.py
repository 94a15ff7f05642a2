"""Evidence on detections, as text and as weights."""

from __future__ import annotations

import numpy as np
import pytest

from rune_pl.archive.scenes import Scenes
from rune_pl.errors import EvidenceError
from rune_pl.inference import Evidence, Observation, make_facts
from tests.inference.scenario import scenes_of

BOX = [(0, 0), (9, 0), (9, 9), (0, 9)]


def weights(scenes, evidence):
    facts = make_facts(scenes, evidence)
    return {
        (int(r) + 1, scenes.classes[c]): p for r, c, p in zip(facts.row, facts.label, facts.probability, strict=True)
    }


def test_text_names_image_detection_and_class():
    evidence = Evidence.parse(["a/b/d7=ship"], ["P0003/d12"])
    assert evidence.observations == (Observation("a/b", 7, True, "ship"), Observation("P0003", 12, False))


def test_a_bare_detection_belongs_to_the_only_image():
    assert Evidence.parse(["d7"], images=["P0003"]).observations == (Observation("P0003", 7, True),)


@pytest.mark.parametrize("text", ["7", "d0", "dx", "", "P0003/", "P0003/d7=", "P0003/d7=Ship"])
def test_what_is_no_detection_is_refused(text):
    with pytest.raises(EvidenceError, match="is not a detection"):
        Evidence.parse([text])


@pytest.mark.parametrize("images", [[], ["P1", "P2"]])
def test_a_bare_detection_needs_one_image(images):
    with pytest.raises(EvidenceError, match="does not say in which image"):
        Evidence.parse(["d7"], images=images)


def test_without_evidence_facts_are_the_detections():
    scenes = scenes_of({1: {"ship": 0.8}, 2: {"plane": 0.3, "helicopter": 0.6}, 3: {"ship": 0.0}}, {})
    assert weights(scenes, None) == {(1, "ship"): 0.8, (2, "plane"): 0.3, (2, "helicopter"): 0.6}


def test_confirming_makes_certain_and_excludes_the_other_classes():
    scenes = scenes_of({1: {"ship": 0.8}, 2: {"plane": 0.3, "helicopter": 0.6}}, {})
    assert weights(scenes, Evidence.parse(["scene/d1", "scene/d2=plane"])) == {(1, "ship"): 1.0, (2, "plane"): 1.0}


def test_rejecting_one_class_renormalises_the_others():
    scenes = scenes_of({1: {"plane": 0.3, "helicopter": 0.6}}, {})
    # P(helicopter | not plane) = 0.6 / 0.7
    assert weights(scenes, Evidence.parse((), ["scene/d1=plane"])) == {(1, "helicopter"): pytest.approx(0.6 / 0.7)}


def test_rejecting_a_detection_removes_it():
    scenes = scenes_of({1: {"plane": 0.3, "helicopter": 0.6}, 2: {"ship": 0.5}}, {})
    assert weights(scenes, Evidence.parse((), ["scene/d1"])) == {(2, "ship"): 0.5}


@pytest.mark.parametrize(
    ("confirm", "reject", "message"),
    [
        (["other/d1"], [], "image 'other' is not among"),
        (["scene/d9"], [], "has 2 detections and none is d9"),
        (["scene/d1=plane"], [], "the archive has no class 'plane'"),
        (["scene/d2"], [], "cannot be confirmed: its probability is 0"),
        ([], ["scene/d1"], "cannot be rejected: its probability is 1"),
        (["scene/d1"], ["scene/d1"], "cannot be rejected"),
    ],
)
def test_impossible_evidence_is_refused(confirm, reject, message):
    scenes = scenes_of({1: {"ship": 1.0}, 2: {"ship": 0.0}}, {})
    with pytest.raises(EvidenceError, match=message):
        make_facts(scenes, Evidence.parse(confirm, reject))


def test_facts_are_sorted_and_know_their_image():
    scenes = Scenes.from_detections([("b", "ship", 0.5, BOX), ("a", "ship", 0.4, BOX), ("b", "plane", 0.3, BOX)])
    facts = make_facts(scenes)
    assert scenes.images == ("b", "a")
    assert facts.image.tolist() == [0, 0, 1]
    assert np.all(np.diff(facts.row) >= 0)
    assert facts.probability.tolist() == [0.5, 0.3, 0.4]


def test_what_a_rejected_class_leaves_is_at_most_certain():
    # In floats 1 - (1 - 7e-12) is less than 7e-12, and ProbLog refuses classes that add up to more than 1.
    scenes = scenes_of({1: {"ship": 1 - 7e-12, "plane": 3e-12, "harbor": 4e-12}}, {})
    found = weights(scenes, Evidence.parse(reject=["d1=ship"], images=["scene"]))
    assert found == pytest.approx({(1, "plane"): 3 / 7, (1, "harbor"): 4 / 7})
    assert sum(found.values()) <= 1.0 + 1e-15
