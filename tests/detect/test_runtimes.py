"""The runtimes on real files: a tiny network built from its description, and the detector that ships."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest

from rune_pl.detect import open_detector, shipped_detector
from rune_pl.errors import UsageError, WeightsError
from rune_pl.sample import generate_scene

pytest.importorskip("onnxruntime", reason="needs rune-pl[onnx]")

TINY = """
nc: 3
scales: {n: [0.33, 0.125, 128]}
backbone:
  - [-1, 1, Conv, [64, 3, 4]]
  - [-1, 1, Conv, [128, 3, 2]]
  - [-1, 1, Conv, [128, 3, 2]]
head:
  - [[1, 2], 1, HEAD, [nc]]
"""


@pytest.fixture(scope="module", params=["obb", "detect"])
def tiny(request, tmp_path_factory):
    """The same weights as .pt and as .onnx: oriented and upright, with random values."""
    torch = pytest.importorskip("torch", reason="needs rune-pl[vision]")
    from rune_pl.detect.torchvision_guard import guard_torchvision

    guard_torchvision()
    pytest.importorskip("ultralytics", reason="needs rune-pl[vision]")
    from ultralytics import YOLO

    folder = tmp_path_factory.mktemp("tiny")
    head = "[[1, 2], 1, OBB, [nc, 1]]" if request.param == "obb" else "[[1, 2], 1, Detect, [nc]]"
    (folder / "tinyn.yaml").write_text(TINY.replace("[[1, 2], 1, HEAD, [nc]]", head))
    torch.manual_seed(1)
    model = YOLO(str(folder / "tinyn.yaml"), task=request.param)
    with torch.no_grad():  # random features, spread enough that some places score high and some low
        for name, parameter in model.model.named_parameters():
            if name.endswith("bias") and "cv3" in name:
                parameter.fill_(-1.0)
            elif "cv3" in name and parameter.ndim == 4:
                parameter.mul_(6.0)
    model.model.names = {0: "plane", 1: "ship", 2: "storage tank"}
    model.save(str(folder / "tiny.pt"))
    again = YOLO(str(folder / "tiny.pt"))
    again.export(format="onnx", imgsz=128, opset=17, simplify=False, dynamic=False)
    return folder / "tiny.pt", folder / "tiny.onnx"


def test_both_runtimes_find_the_same(tiny):
    pt, exported = tiny
    torch_one, onnx_one = open_detector(pt, size=128), open_detector(exported)
    assert torch_one.classes == onnx_one.classes == ("plane", "ship", "storage tank")
    assert onnx_one.size == 128
    rng = np.random.default_rng(3)
    tiles = [rng.integers(0, 256, (128, 128, 3), dtype=np.uint8) for _ in range(3)]
    first, second = torch_one.find(tiles, 0.3), onnx_one.find(tiles, 0.3)
    assert sum(len(found.boxes) for found in first) > 10
    for one, other in zip(first, second, strict=True):
        assert one.boxes.shape == other.boxes.shape
        assert np.abs(one.boxes - other.boxes).max(initial=0) < 1e-2
        assert np.abs(one.probability - other.probability).max(initial=0) < 1e-4


def test_vectors_are_whole_and_above_the_least(tiny):
    found = open_detector(tiny[1]).find([np.full((128, 128, 3), 90, np.uint8)], 0.2)[0]
    assert found.probability.shape == (len(found.boxes), 3)
    assert (found.probability.max(axis=1) >= 0.2).all()


def test_the_shipped_detector_finds_what_is_in_a_generated_scene():
    """Four of five of the large things in a scene that it was not trained on."""
    from rune_pl.detect import Settings, detect_picture
    from rune_pl.detect.run import class_names
    from rune_pl.geometry.quads import overlap_of

    detector = open_detector(shipped_detector().path)
    names = class_names(detector)
    scene = generate_scene(77, "airfield", 512)

    class Drawn:
        width = height = 512
        note, place = None, None

        def window(self, x, y, width, height):
            pixels = np.asarray(scene.image)[y : y + height, x : x + width]
            return pixels, np.ones(pixels.shape[:2], dtype=np.bool_)

    found = detect_picture(Drawn(), detector, Settings(tile=512, overlap=100, confidence=0.3))
    labels = [names[code] for code in found.probability.argmax(axis=1)]
    planes = [k for k, name in enumerate(scene.objects.classes) if name == "plane"]
    assert planes
    hits = 0
    for plane in planes:
        both = np.concatenate([scene.objects.corners[plane][None], found.corners])
        rows = np.arange(1, len(both))
        shared = overlap_of(both, np.zeros(len(rows), np.int64), rows)
        hits += any(
            area > 0.5 * overlap_of(both, np.zeros(1, np.int64), np.zeros(1, np.int64))[0] and label == "plane"
            for area, label in zip(shared, labels, strict=True)
        )
    assert hits >= 0.8 * len(planes)


def test_the_shipped_detector_is_small_and_has_a_card():
    shipped = shipped_detector()
    assert shipped.path.stat().st_size <= 3_000_000
    card = shipped.card.read_text(encoding="utf-8")
    assert "AGPL-3.0" in card and "real photographs" in card
    assert json.loads((shipped.path.parent / "demo-detector.json").read_text())["classes"]


@pytest.mark.parametrize("content", [b"", b"no weights", b"\x08\x07" * 50], ids=["empty", "text", "protobuf"])
def test_broken_onnx_is_one_error(content, tmp_path):
    (tmp_path / "w.onnx").write_bytes(content)
    with pytest.raises(WeightsError) as caught:
        open_detector(tmp_path / "w.onnx")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"no weights", pickle.dumps({"model": None})], ids=["empty", "text", "other"])
def test_broken_pt_is_one_error(content, tmp_path):
    pytest.importorskip("ultralytics", reason="needs rune-pl[vision]")
    (tmp_path / "w.pt").write_bytes(content)
    with pytest.raises(WeightsError):
        open_detector(tmp_path / "w.pt")


def test_missing_and_unknown_weights(tmp_path):
    with pytest.raises(WeightsError, match="No such file"):
        open_detector(tmp_path / "w.onnx")
    (tmp_path / "w.bin").write_bytes(b"x")
    with pytest.raises(UsageError, match=r"neither \.onnx nor \.pt"):
        open_detector(tmp_path / "w.bin")


def test_a_size_or_device_that_is_not_there_is_refused():
    weights = shipped_detector().path
    with pytest.raises(UsageError, match="512 pixels only"):
        open_detector(weights, size=640)
    with pytest.raises(UsageError, match="no device 'tpu'"):
        open_detector(weights, device="tpu")
