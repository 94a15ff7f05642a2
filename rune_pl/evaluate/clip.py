"""Joint-embedding retrieval, to compare with: images by the cosine of their embedding with that of the question.

The model is one that the user has, a checkpoint file for open_clip (CLIP, RemoteCLIP, GeoRSCLIP). None is downloaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rune_pl.errors import MissingExtraError, ModelError, UsageError
from rune_pl.evaluate.methods import Question, Scored

FloatArray = NDArray[np.float64]
_BATCH = 16


class Encoder(Protocol):
    """Texts and images as vectors of one space."""

    def text(self, text: str) -> FloatArray:
        """(D,) the vector of a text."""
        ...

    def images(self, paths: Sequence[Path]) -> FloatArray:
        """(N, D) the vectors of image files."""
        ...


@dataclass(frozen=True, eq=False)
class JointEmbedding:
    """Ranks images by the cosine between image and text. It has no probabilities.

    Attributes:
        encoder: the model.
        paths: the file of each image, by id; images without one come last.
    """

    encoder: Encoder
    paths: Mapping[str, Path]
    name: str = "clip"
    _known: dict[str, FloatArray] = field(default_factory=dict)

    def score(self, question: Question) -> Scored:
        """The cosines.

        Raises:
            UsageError: the query has no English, or no image has a file.
        """
        if question.text is None:
            raise UsageError("a joint embedding ranks by English, and a query has only a rule")
        self._embed(question.scenes.images)
        wanted = _unit(self.encoder.text(question.text))
        cosine = [float(self._known[i] @ wanted) if i in self._known else -2.0 for i in question.scenes.images]
        return Scored(np.array(cosine), None)

    def _embed(self, images: Sequence[str]) -> None:
        new = [image for image in images if image in self.paths and image not in self._known]
        for first in range(0, len(new), _BATCH):
            batch = new[first : first + _BATCH]
            vectors = self.encoder.images([self.paths[image] for image in batch])
            self._known.update(zip(batch, map(_unit, vectors), strict=True))
        if not self._known:
            raise UsageError("a joint embedding needs images, and the archive knows no image file")


def _unit(vector: FloatArray) -> FloatArray:
    found: FloatArray = np.asarray(vector, dtype=np.float64) / max(float(np.linalg.norm(vector)), 1e-12)
    return found


def load_encoder(model: str, checkpoint: Path) -> Encoder:
    """The encoder of an open_clip checkpoint.

    Args:
        model: its architecture as open_clip calls it, such as ViT-B-32.
        checkpoint: the file of its weights.

    Raises:
        MissingExtraError: open_clip is not installed.
        ModelError: there is no such architecture, or the file does not fit it.
    """
    if not checkpoint.is_file():
        raise ModelError("there is no checkpoint", where_from=checkpoint)
    try:
        import open_clip
    except ModuleNotFoundError:
        raise MissingExtraError("open_clip is not installed", hint="pip install 'rune-pl[clip]'") from None
    if model not in open_clip.list_models():
        raise ModelError(f"open_clip has no architecture {model!r}", where_from=checkpoint, hint="see --clip-model")
    try:
        network, _, preprocess = open_clip.create_model_and_transforms(model, pretrained=str(checkpoint))
    except Exception as error:  # noqa: BLE001 - torch raises all kinds for a file that does not fit
        raise ModelError(f"does not load as {model}: {str(error).splitlines()[0]}", where_from=checkpoint) from None
    return OpenClip(network.eval().requires_grad_(False), preprocess, open_clip.get_tokenizer(model))


@dataclass(frozen=True, eq=False)
class OpenClip:
    """A model of open_clip with its preparation of images and its tokenizer."""

    network: Any
    preprocess: Any
    tokenizer: Any

    def text(self, text: str) -> FloatArray:
        """(D,) the vector of a text."""
        found: FloatArray = _array(self.network.encode_text(self.tokenizer([text])))[0]
        return found

    def images(self, paths: Sequence[Path]) -> FloatArray:
        """(N, D) the vectors of image files. Raises UsageError where one cannot be read."""
        # One by one, so that memory does not depend on how many there are.
        return np.concatenate([_array(self.network.encode_image(picture[None])) for picture in self._pictures(paths)])

    def _pictures(self, paths: Sequence[Path]) -> Iterator[Any]:
        from PIL import Image

        for path in paths:
            try:
                with Image.open(path) as picture:
                    yield self.preprocess(picture.convert("RGB"))
            except OSError as error:
                raise UsageError(f"{path} cannot be read: {error.strerror or 'not an image'}") from None


def _array(tensor: Any) -> FloatArray:
    found: FloatArray = tensor.float().cpu().numpy().astype(np.float64)
    return found
