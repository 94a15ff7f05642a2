"""Four corners in any order, turned into what the archive stores: a convex quadrilateral, clockwise as seen."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

# Below either the shape counts as having no area: the second is the rounding of float32 along a thin line.
MIN_AREA = 1e-6  # square pixels
MIN_RELATIVE_AREA = 1e-7  # of the squared extent of the shape


def normalize_corners(corners: ArrayLike) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Convex quadrilaterals, clockwise as seen on the image (y down), from four corners in any order.

    A convex quadrilateral stays as it is and keeps its first corner; only its sense of rotation may change. One that is
    not convex or crosses itself becomes the minimum-area rotated rectangle of its convex hull, from the corner that is
    nearest to the first one given.

    Args:
        corners: (n, 4, 2), pixels. They are rounded to float32 first, which is how the archive stores them.

    Returns:
        (n, 4, 2) float64, and an (n,) mask that is False where the corners are not finite or span no area; the corners
        of those rows mean nothing.
    """
    with np.errstate(over="ignore"):
        quads = np.asarray(corners, dtype=np.float64).reshape(-1, 4, 2).astype(np.float32).astype(np.float64)
    ok: NDArray[np.bool_] = np.asarray(np.isfinite(quads).all(axis=(1, 2)))
    quads[~ok] = 0.0

    # Seen from its first corner: the products below would lose a small box far from the origin to cancellation.
    edges = np.roll(quads, -1, axis=1) - quads
    turns = _cross(edges, np.roll(edges, -1, axis=1))
    ok &= _hull_area_suffices(quads)
    counter = (turns <= 0).all(axis=1) & (turns < 0).any(axis=1)
    quads[counter] = quads[counter][:, [0, 3, 2, 1]]

    mixed = np.flatnonzero(ok & (turns > 0).any(axis=1) & (turns < 0).any(axis=1))
    for row in mixed:
        rectangle = minimum_rectangle(quads[row])
        if rectangle is None:
            ok[row] = False
        else:
            quads[row] = rectangle
    return quads, ok


def minimum_rectangle(points: ArrayLike) -> FloatArray | None:
    """The minimum-area rotated rectangle around points, or None where they span no area.

    Args:
        points: (n, 2), pixels, finite.

    Returns:
        (4, 2) float64, rounded to float32, clockwise as seen (y down), from the corner nearest to the first point.
    """
    given = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    if len(given) < 3:
        return None
    origin = given[0]
    envelope = shapely.oriented_envelope(shapely.multipoints(given - origin))
    ring = shapely.get_coordinates(envelope)
    if len(ring) != 5:
        return None
    corners = (ring[:4] + origin).astype(np.float32).astype(np.float64)
    if _signed_area(corners[None])[0] < 0:
        corners = corners[::-1]
    first = int(np.argmin(((corners - origin) ** 2).sum(axis=1)))
    corners = np.roll(corners, -first, axis=0)
    return corners if _hull_area_suffices(corners[None])[0] else None


def widen_lines(corners: ArrayLike) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Rectangles one pixel wide along boxes that are flat, as rounding makes of thin ones: nothing seen is thinner.

    Args:
        corners: (n, 4, 2), pixels, finite, of boxes that span no area.

    Returns:
        (n, 4, 2) float64, rounded to float32, clockwise as seen, and an (n,) mask that is False where the four corners
        lie within one pixel: that is no box.
    """
    quads = np.asarray(corners, dtype=np.float64).reshape(-1, 4, 2)
    rows = np.arange(len(quads))
    between = quads[:, :, None] - quads[:, None]
    lengths = np.hypot(between[..., 0], between[..., 1]).reshape(-1, 16)
    widest = lengths.argmax(axis=1)
    start, end = quads[rows, widest // 4], quads[rows, widest % 4]
    length = lengths[rows, widest]
    ok: NDArray[np.bool_] = length >= 1.0
    along = (end - start) / np.maximum(length, 1.0)[:, None]
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) / 2
    ring = np.stack([start - across, end - across, end + across, start + across], axis=1)
    wide, usable = normalize_corners(ring)
    return wide, ok & usable


def _cross(a: FloatArray, b: FloatArray) -> FloatArray:
    product: FloatArray = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return product


def _signed_area(quads: FloatArray) -> FloatArray:
    """(n,) area of quadrilaterals, positive where they run clockwise as seen with y down."""
    return _cross(quads[:, 2] - quads[:, 0], quads[:, 3] - quads[:, 1]) / 2


def _hull_area_suffices(quads: FloatArray) -> NDArray[np.bool_]:
    """(n,) True where the four points span more than a line.

    The largest triangle of the four points stands for their hull: it has at least half of its area.
    """
    a, b, c, d = (quads[:, i] for i in range(4))
    triangles = np.stack([_cross(b - a, c - a), _cross(c - a, d - a), _cross(b - a, d - a), _cross(c - b, d - b)])
    largest = np.abs(triangles).max(axis=0) / 2
    extent = np.ptp(quads, axis=1).max(axis=1)
    enough: NDArray[np.bool_] = largest > np.maximum(MIN_AREA / 2, MIN_RELATIVE_AREA * extent**2)
    return enough
