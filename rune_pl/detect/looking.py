"""Looking at images: what a detector finds in one of them, tile by tile."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rune_pl.detect.detector import Candidates, Detector
from rune_pl.detect.pictures import Picture, Place, open_picture
from rune_pl.detect.tiling import Fit, Found, Window, fit_square, merge_tiles, windows
from rune_pl.errors import PictureError, UsageError

CONFIDENCE, IOU = 0.05, 0.5


@dataclass(frozen=True)
class Settings:
    """What shapes the detections, beside the weights.

    Attributes:
        confidence: the least probability of a detection's best class.
        iou: boxes that share more than this of their union are one object.
        tile: side of the windows of an image, in pixels; they are scaled to the size that the network takes.
        overlap: pixels that neighbouring windows share.
        batch: how many windows the network is given at once; the detections are the same.

    Raises:
        UsageError: a value is out of its range.
    """

    tile: int
    overlap: int
    confidence: float = CONFIDENCE
    iou: float = IOU
    batch: int = 1

    def __post_init__(self) -> None:
        if not 32 <= self.tile <= 8192:
            raise UsageError(f"tiles of {self.tile} pixels", hint="from 32 to 8192")
        if not 0 <= self.overlap <= self.tile // 2:
            raise UsageError(f"an overlap of {self.overlap} pixels", hint=f"from 0 to half a tile, {self.tile // 2}")
        for name in ("confidence", "iou"):
            if not 0.0 < getattr(self, name) < 1.0:
                raise UsageError(f"{name} is {getattr(self, name)}", hint="between 0 and 1")
        if self.batch < 1:
            raise UsageError(f"batches of {self.batch}", hint="1 or more")


@dataclass(frozen=True, eq=False)
class Seen:
    """What was seen in an image file.

    Attributes:
        found: the objects, None where the file cannot be read.
        width, height: pixels.
        place: where the image is.
        note: what could not be read of it, or why it cannot be read at all; None where there is nothing to say.
        hint: what to do about that.
    """

    found: Found | None
    width: int = 0
    height: int = 0
    place: Place = Place()
    note: str | None = None
    hint: str | None = None


# Looks at image files and gives the position of each with what was seen, in any order.
Answers: TypeAlias = Generator[tuple[int, Seen], None, None]
Look: TypeAlias = Callable[[Sequence[Path]], Answers]


def look_here(files: Sequence[Path], detector: Detector, settings: Settings) -> Answers:
    """Look at image files one after the other, in this process."""
    for position, file in enumerate(files):
        yield position, look_at(file, detector, settings)


def look_at(file: Path, detector: Detector, settings: Settings) -> Seen:
    """What a detector finds in an image file; a file that cannot be read is no error."""
    try:
        with open_picture(file) as picture:
            found = detect_picture(picture, detector, settings)
            return Seen(found, picture.width, picture.height, picture.place, picture.note)
    except PictureError as error:
        return Seen(None, note=error.message, hint=error.hint)


def detect_picture(picture: Picture, detector: Detector, settings: Settings) -> Found:
    """The objects in one image, the most probable first.

    Raises:
        PictureError: the file is damaged.
    """
    tiles = list(windows(picture.width, picture.height, settings.tile, settings.overlap))
    parts: list[Found] = []
    for number, fit, answer in _answers(picture, tiles, detector, settings):
        found = Found.of(answer, fit, tiles[number], number)
        parts.append(found.without_duplicates(settings.iou))
    classes = len(detector.classes)
    found = Found.joined(parts, classes)
    return merge_tiles(found, tiles, picture.width, picture.height, settings.iou)


def _answers(
    picture: Picture, tiles: Sequence[Window], detector: Detector, settings: Settings
) -> Iterator[tuple[int, Fit, Candidates]]:
    """Number, fit and candidates of each tile that has data; what lies where there is no data is left out."""
    pending: list[tuple[int, Fit, NDArray[np.uint8], NDArray[np.bool_]]] = []
    for number, tile in enumerate(tiles):
        pixels, valid = picture.window(tile.x, tile.y, tile.width, tile.height)
        if valid.any():
            square, fit = fit_square(pixels, detector.size)
            pending.append((number, fit, square, valid))
        if pending and (len(pending) == settings.batch or number == len(tiles) - 1):
            answers = detector.find([square for _, _, square, _ in pending], settings.confidence)
            for (index, fit, _, mask), answer in zip(pending, answers, strict=True):
                yield index, fit, _on_data(answer, fit, mask)
            pending = []


def _on_data(found: Candidates, fit: Fit, valid: NDArray[np.bool_]) -> Candidates:
    """The candidates whose centre lies in the window, and on data."""
    centre = np.floor((found.boxes[:, :2] - [fit.left, fit.top]) / fit.scale).astype(np.int64)
    height, width = valid.shape
    inside = (centre >= 0).all(axis=1) & (centre[:, 0] < width) & (centre[:, 1] < height)
    inside[inside] = valid[centre[inside, 1], centre[inside, 0]]
    return Candidates(found.boxes[inside], found.probability[inside])
