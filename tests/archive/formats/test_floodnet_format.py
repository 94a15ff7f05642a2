from __future__ import annotations

import json

import pytest

from rune_pl.archive.formats import import_archive
from rune_pl.errors import FormatError
from rune_pl.retrieval import open_archive

FACTS = {
    "images": [
        {"image": "7162", "objects": {"flooded-building": 3, "non_flooded_road": 1, "vehicle": [0.9, 0.4]}},
        {"image": "6279", "width": 4000, "height": 3000, "gsd": 0.02, "objects": {"flooded_scene": 1, "tree": 0}},
        {"image": "10165", "objects": {}},
    ]
}


def write(folder, data):
    return folder({"facts.json": json.dumps(data)}) / "facts.json"


def test_counts_become_detections_over_the_whole_image(read, folder):
    found = read("floodnet", write(folder, FACTS))
    assert found.problems == []
    first = found.detections["7162"]
    assert first.classes == ("flooded_building",) * 3 + ("non_flooded_road", "vehicle", "vehicle")
    assert first.probability.tolist() == [1, 1, 1, 1, 0.9, 0.4]
    assert first.corners[0].tolist() == [[0, 0], [1, 0], [1, 1], [0, 1]]
    assert found.detections["6279"].corners.tolist() == [[[0, 0], [4000, 0], [4000, 3000], [0, 3000]]]
    assert (found.images["6279"].width, found.images["6279"].gsd) == (4000, 0.02)
    assert found.images["7162"].width is None
    assert found.detections["10165"].classes == ()


def test_sizes_may_be_given(read, folder):
    found = read("floodnet", write(folder, FACTS), size=(40, 30))
    assert found.detections["7162"].corners[0, 2].tolist() == [40, 30]
    assert found.images["6279"].width == 4000


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"objects": {}}, "image is"),
        ({"image": "a"}, "objects is"),
        ({"image": "a", "objects": {"tree": -1}}, "'tree' is -1, expected a whole number from 0 to 10,000 or a list"),
        ({"image": "a", "objects": {"tree": 1.5}}, "'tree' is 1.5"),
        ({"image": "a", "objects": {"tree": 10**15}}, "'tree' is 1e+15"),
        ({"image": "a", "objects": {"tree": [2]}}, "score"),
        ({"image": "a", "objects": {"tree": "many"}}, "'tree' is"),
        ({"image": "a", "objects": {"tree": True}}, "'tree' is"),
        ({"image": "a", "objects": {"7": 1}}, "'7' is not a class name"),
        ({"image": "a", "width": 0, "objects": {}}, "width is 0"),
        ({"image": "a", "gsd": -1, "objects": {}}, "gsd"),
        ({"image": "a", "colour": "red", "objects": {}}, "unknown key 'colour'"),
        ({"image": "7162", "objects": {}}, "the image '7162' is here twice"),
        (None, "the image is"),
    ],
)
def test_bad_records(read, folder, wrong, message):
    found = read("floodnet", write(folder, {"images": [FACTS["images"][0], wrong]}))
    assert set(found.images) == {"7162"}
    (problem,) = found.problems
    assert problem.startswith("facts.json:images[1]: ") and message in problem


@pytest.mark.parametrize(
    ("text", "message"),
    [("[]", "the file is a list"), ("{}", "images"), ('{"images": 7}', "images"), ('{"images": [', "not JSON")],
)
def test_bad_files(read, folder, text, message):
    with pytest.raises(FormatError, match=message):
        read("floodnet", folder({"facts.json": text}) / "facts.json")


def test_counts_and_conditions_can_be_asked(folder, tmp_path):
    import_archive("floodnet", write(folder, FACTS), tmp_path / "A")
    archive = open_archive(tmp_path / "A")

    def probability(rule):
        return {hit.image: round(hit.probability, 9) for hit in archive.query(rule=f"retrieve :- {rule}.", top=0)}

    assert probability("exactly(3, B, object(B, building))") == {"7162": 1, "6279": 0, "10165": 0}
    assert probability("exactly(1, V, object(V, vehicle))")["7162"] == pytest.approx(0.9 * 0.6 + 0.1 * 0.4)
    assert probability("object(_, flooded_scene)")["6279"] == 1
    assert probability("forall(object(R, road), dry(R)), object(_, road)")["7162"] == 1
