"""Joint embeddings: ranking with an encoder that can be worked out by hand, and the plumbing of open_clip.

The model of open_clip here is tiny and has random weights: it says nothing about how well such models retrieve.
"""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from scenes import query, scenes

from rune_pl.errors import MissingExtraError, ModelError, UsageError
from rune_pl.evaluate.clip import JointEmbedding, load_encoder
from rune_pl.evaluate.methods import Question

SCENES = scenes(("red", "ship", 0.5, 0, 0), ("green", "ship", 0.5, 0, 0), ("gone", "ship", 0.5, 0, 0))
RULE = query("retrieve :- object(A, ship).")


class Colours:
    """Images and texts as colours."""

    def __init__(self):
        self.read = []

    def text(self, text):
        return np.array([3.0, 0.0, 0.0]) if "red" in text else np.array([0.0, 1.0, 0.0])

    def images(self, paths):
        self.read += paths
        return np.array([np.array(Image.open(path).convert("RGB"), dtype=float).mean((0, 1)) for path in paths])


@pytest.fixture
def paths(tmp_path):
    for name, colour in (("red", (250, 10, 0)), ("green", (0, 200, 0))):
        Image.new("RGB", (40, 40), colour).save(tmp_path / f"{name}.png")
    return {name: tmp_path / f"{name}.png" for name in ("red", "green")}


def test_images_are_ranked_by_their_cosine(paths):
    encoder = Colours()
    method = JointEmbedding(encoder, paths)
    found = method.score(Question(RULE, SCENES, "a red thing"))
    assert found.order == pytest.approx([250 / np.hypot(250, 10), 0.0, -2.0])
    assert found.probability is None
    assert np.argmax(method.score(Question(RULE, SCENES, "grass")).order) == 1
    assert len(encoder.read) == 2  # each image is looked at once


def test_what_it_needs(paths):
    with pytest.raises(UsageError, match="only a rule"):
        JointEmbedding(Colours(), paths).score(Question(RULE, SCENES))
    with pytest.raises(UsageError, match="no image file"):
        JointEmbedding(Colours(), {}).score(Question(RULE, SCENES, "red"))


def test_a_checkpoint_that_is_not_there(tmp_path):
    with pytest.raises(ModelError, match="no checkpoint"):
        load_encoder("ViT-B-32", tmp_path / "none.pt")


def test_without_open_clip_the_extra_is_named(tmp_path, monkeypatch):
    import sys

    (tmp_path / "weights.pt").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "open_clip", None)
    with pytest.raises(MissingExtraError, match="clip"):
        load_encoder("ViT-B-32", tmp_path / "weights.pt")


def test_plumbing_of_open_clip(paths, tmp_path):
    open_clip = pytest.importorskip("open_clip", reason="open_clip is not installed (the extra clip)")
    torch = pytest.importorskip("torch", reason="torch is not installed")
    size = {
        "embed_dim": 8,
        "vision_cfg": {"image_size": 32, "layers": 1, "width": 16, "head_width": 8, "patch_size": 16},
        "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
    }
    (tmp_path / "rune-pl-tiny.json").write_text(json.dumps(size), encoding="utf-8")
    open_clip.add_model_config(tmp_path / "rune-pl-tiny.json")
    torch.manual_seed(0)
    torch.save(open_clip.create_model("rune-pl-tiny").state_dict(), tmp_path / "weights.pt")
    encoder = load_encoder("rune-pl-tiny", tmp_path / "weights.pt")
    assert encoder.images(list(paths.values())).shape == (2, 8)
    found = JointEmbedding(encoder, paths).score(Question(RULE, SCENES, "a red thing"))
    again = JointEmbedding(load_encoder("rune-pl-tiny", tmp_path / "weights.pt"), paths)
    assert again.score(Question(RULE, SCENES, "a red thing")).order == pytest.approx(found.order)
    assert (np.abs(found.order[:2]) <= 1.0).all()
    with pytest.raises(ModelError, match="no architecture"):
        load_encoder("no-such-model", tmp_path / "weights.pt")
    (tmp_path / "broken.pt").write_bytes(b"rubbish")
    with pytest.raises(ModelError, match="does not load"):
        load_encoder("rune-pl-tiny", tmp_path / "broken.pt")
