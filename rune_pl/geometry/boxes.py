"""Oriented boxes as columns: what every geometry function reads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Boxes:
    """N oriented boxes in M images.

    Attributes:
        corners: (N, 4, 2) float64, pixels, clockwise as seen on the image (y down), convex.
        image: (N,) int64, index of each box's image.
        width, height: (M,) float64, pixels, NaN where unknown.
        gsd: (M,) float64, metres per pixel, NaN where unknown.
        transform: (M, 6) float64, affine pixel -> coordinate reference system, NaN where not georeferenced.
        geographic: (M,) bool, True where the coordinate reference system is in degrees.
        probability: (N,) float64, probability of the box's own class.
        size_rank: (N,) float64 in [0, 1], rank of the box's area among the boxes of its class.
    """

    corners: FloatArray
    image: IntArray
    width: FloatArray
    height: FloatArray
    gsd: FloatArray
    transform: FloatArray
    geographic: NDArray[np.bool_]
    probability: FloatArray
    size_rank: FloatArray

    @cached_property
    def center(self) -> FloatArray:
        """(N, 2) float64, mean of the corners, pixels."""
        return self.corners.mean(axis=1)

    @cached_property
    def sides(self) -> FloatArray:
        """(N, 2) float64, mean lengths of the two pairs of opposite sides, the longer first, pixels."""
        edges = np.hypot(*np.moveaxis(np.roll(self.corners, -1, axis=1) - self.corners, -1, 0))
        pairs = (edges[:, :2] + edges[:, 2:]) / 2
        return -np.sort(-pairs, axis=1)
