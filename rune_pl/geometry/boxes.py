"""Oriented boxes as columns: what every geometry function reads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# A box whose sides differ by less than this share has no longer side: corners are stored as float32.
SQUARE_TOLERANCE = 1e-5


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
        middle: FloatArray = self.corners.mean(axis=1)
        return middle

    @cached_property
    def area(self) -> FloatArray:
        """(N,) float64, square pixels."""
        return polygon_area(self.corners)

    @cached_property
    def _side_pairs(self) -> FloatArray:
        """(N, 2) float64, mean lengths of sides 1 and 3 and of sides 2 and 4, pixels."""
        edges = np.roll(self.corners, -1, axis=1) - self.corners
        length: FloatArray = np.hypot(edges[..., 0], edges[..., 1])
        return (length[:, :2] + length[:, 2:]) / 2

    @cached_property
    def sides(self) -> FloatArray:
        """(N, 2) float64, mean lengths of the two pairs of opposite sides, the longer first, pixels."""
        return -np.sort(-self._side_pairs, axis=1)

    @cached_property
    def extent(self) -> FloatArray:
        """(N, 4) float64, x_min, y_min, x_max, y_max, pixels."""
        a, b, c, d = (self.corners[:, k] for k in range(4))
        low, high = np.minimum(np.minimum(a, b), np.minimum(c, d)), np.maximum(np.maximum(a, b), np.maximum(c, d))
        return np.concatenate([low, high], axis=1)

    @cached_property
    def long_axis(self) -> FloatArray:
        """(N, 2) float64, unit vector along the longer sides in image axes (x right, y down); NaN for a square."""
        c = self.corners
        first = c[:, 1] - c[:, 0] + c[:, 2] - c[:, 3]
        second = c[:, 2] - c[:, 1] + c[:, 3] - c[:, 0]
        pairs = self._side_pairs
        axis = np.where((pairs[:, 0] >= pairs[:, 1])[:, None], first, second)
        long, short = self.sides.T
        axis[long - short <= SQUARE_TOLERANCE * long] = np.nan
        return axis / np.hypot(axis[:, 0], axis[:, 1])[:, None]

    @cached_property
    def ground(self) -> FloatArray:
        """(M, 6) float64, affine pixel -> (east, north): a, b, c, d, e, f as in `transform`.

        The coordinate reference system's own units where it is projected. Metres from the middle of the image (from its
        first pixel where the size is unknown) where it is geographic: degrees times the length of a degree there on the
        WGS 84 ellipsoid. Where the image is not georeferenced, up is north: (x, -y).
        """
        affine = self.transform.copy()
        known = np.isfinite(affine).all(axis=1)
        affine[~known] = (1.0, 0.0, 0.0, 0.0, -1.0, 0.0)
        degrees = known & self.geographic
        if degrees.any():
            a, b, c, d, e, f = affine[degrees].T
            x, y = (np.nan_to_num(size[degrees] / 2) for size in (self.width, self.height))
            longitude, latitude = a * x + b * y + c, d * x + e * y + f
            east, north = _metres_per_degree(latitude)
            scaled = (a * east, b * east, (c - longitude) * east, d * north, e * north, (f - latitude) * north)
            affine[degrees] = np.stack(scaled, axis=1)
        return affine


def polygon_area(corners: FloatArray) -> FloatArray:
    """(N,) area of the polygons `corners` (N, K, 2): positive where clockwise as seen on the image (y down)."""
    # Relative to the first corner: far from the origin the products would cancel.
    x, y = np.moveaxis(corners - corners[:, :1], -1, 0)
    doubled: FloatArray = (x * np.roll(y, -1, axis=1) - np.roll(x, -1, axis=1) * y).sum(axis=1)
    return doubled / 2


def _metres_per_degree(latitude: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Length of a degree of longitude and of latitude in metres on the WGS 84 ellipsoid."""
    radius, flattening = 6378137.0, 1 / 298.257223563
    eccentricity = flattening * (2 - flattening)
    phi = np.radians(latitude)
    w = 1 - eccentricity * np.sin(phi) ** 2
    east = np.radians(1.0) * radius * np.cos(phi) / np.sqrt(w)
    north = np.radians(1.0) * radius * (1 - eccentricity) / w**1.5
    return east, north
