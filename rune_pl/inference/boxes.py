"""From scenes to the columns that geometry functions read."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive.scenes import Scenes
from rune_pl.archive.sizes import SizeQuantiles
from rune_pl.geometry import Boxes, polygon_area

FloatArray = NDArray[np.float64]


def make_boxes(scenes: Scenes, sizes: SizeQuantiles | None = None, *, ranked: bool = True) -> Boxes:
    """The boxes of the scenes; `sizes` is what `large` and `small` compare with, by default the scenes themselves.

    Without `ranked` all boxes are of middling size: nobody is going to ask.
    """
    corners = scenes.corners.astype(np.float64)
    image = scenes.image_of
    return Boxes(
        corners=corners,
        image=image,
        width=scenes.width,
        height=scenes.height,
        gsd=scenes.gsd,
        transform=scenes.transform,
        geographic=np.array([_is_geographic(crs) for crs in scenes.crs], dtype=np.bool_),
        probability=scenes.probability,
        size_rank=_ranks(scenes, corners, sizes) if ranked else np.full(len(corners), 0.5),
    )


def boxes_of_image(boxes: Boxes, rows: NDArray[np.int64], image: int) -> Boxes:
    """The boxes in these rows, all of one image, as boxes of a single image with index 0."""
    only = slice(image, image + 1)
    return Boxes(
        corners=boxes.corners[rows],
        image=np.zeros(len(rows), dtype=np.int64),
        width=boxes.width[only],
        height=boxes.height[only],
        gsd=boxes.gsd[only],
        transform=boxes.transform[only],
        geographic=boxes.geographic[only],
        probability=boxes.probability[rows],
        size_rank=boxes.size_rank[rows],
    )


def _ranks(scenes: Scenes, corners: FloatArray, sizes: SizeQuantiles | None) -> FloatArray:
    """(N,) the rank of each box by area among the boxes of its class, in metres where the image knows them."""
    gsd = scenes.gsd[scenes.image_of]
    metric = ~np.isnan(gsd)
    area = polygon_area(corners) * np.square(np.where(metric, gsd, 1.0))
    rank = np.full(len(area), 0.5)
    for code, name in enumerate(scenes.classes):
        for known, table in (
            (metric, None if sizes is None else sizes.square_metres),
            (~metric, None if sizes is None else sizes.square_pixels),
        ):
            rows = np.flatnonzero((scenes.label == code) & known)
            quantiles = np.sort(area[rows]) if table is None else table.get(name, np.empty(0))
            rank[rows] = _rank(area[rows], quantiles)
    return rank


def _rank(area: FloatArray, quantiles: FloatArray) -> FloatArray:
    """The share of the class that is smaller; 0.5, neither large nor small, where there is nothing to compare with."""
    if len(quantiles) < 2:
        return np.full(len(area), 0.5)
    first, last = (np.searchsorted(quantiles, area, side=side) for side in ("left", "right"))
    # Boxes of the very same size share the middle of their ranks.
    rank: FloatArray = np.where(
        last > first,
        (first + last - 1) / 2 / (len(quantiles) - 1),
        np.interp(area, quantiles, np.linspace(0.0, 1.0, len(quantiles))),
    )
    return rank


def _is_geographic(crs: str | None) -> bool:
    if crs is None:
        return False
    from pyproj import CRS

    return bool(CRS.from_user_input(crs).is_geographic)
