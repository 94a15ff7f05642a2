"""A generated scene as a picture that a detector can look at, without a file."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rune_pl.detect.detector import Pixels
from rune_pl.detect.pictures import Place
from rune_pl.sample.scene import SampleScene


class DrawnPicture:
    """See `rune_pl.detect.pictures.Picture`; where the scene lies is known."""

    note: str | None = None

    def __init__(self, scene: SampleScene) -> None:
        self._pixels = np.asarray(scene.image)
        self.height, self.width = self._pixels.shape[:2]
        self.place = Place(scene.crs, scene.transform, scene.gsd)

    def window(self, x: int, y: int, width: int, height: int) -> tuple[Pixels, NDArray[np.bool_]]:
        """See `Picture.window`."""
        pixels = self._pixels[y : y + height, x : x + width]
        return pixels, np.ones(pixels.shape[:2], dtype=np.bool_)
