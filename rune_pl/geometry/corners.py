"""Four corners as other tools write them, made into the convex clockwise quadrilaterals that all else expects."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from rune_pl.geometry.boxes import FloatArray, polygon_area

# A quadrilateral thinner than this share of its length has no area worth the name.
_THINNEST = 1e-6


def normalize_corners(corners: ArrayLike) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The quadrilaterals (N, 4, 2) as convex ones, clockwise as seen on the image (y down), and which are usable.

    Corners may come in any order; the first stays the first. A quadrilateral with a corner inside the triangle of the
    others becomes the smallest rectangle around it. The second array (N,) is False where a coordinate is not finite
    or the area is zero; such rows come back as they are. Corners are rounded to float32, as archives store them.
    """
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and is refused
        stored = np.array(corners, dtype=np.float64).astype(np.float32)
    if stored.ndim != 3 or stored.shape[1:] != (4, 2):
        raise ValueError(f"corners have shape {stored.shape}, expected (N, 4, 2)")
    usable = np.asarray(np.isfinite(stored).all(axis=(1, 2)), dtype=np.bool_)
    quads = stored[usable].astype(np.float64)
    offset = quads - quads.mean(axis=1, keepdims=True)
    order = np.argsort(np.arctan2(offset[..., 1], offset[..., 0]), axis=1, kind="stable")
    first = np.argmax(order == 0, axis=1)
    order = np.take_along_axis(order, (first[:, None] + np.arange(4)) % 4, axis=1)
    quads = np.take_along_axis(quads, order[..., None], axis=1)
    concave = np.flatnonzero(_is_concave(quads))
    if len(concave):
        quads[concave] = _rectangles_around(quads[concave])
    quads = quads.astype(np.float32).astype(np.float64)
    reach = np.ptp(quads, axis=1).max(axis=1)
    flat = ~(polygon_area(quads) > _THINNEST * reach**2)
    rows = np.flatnonzero(usable)
    stored[rows[~flat]] = quads[~flat]
    usable[rows[flat]] = False
    return stored, usable


def _is_concave(quads: FloatArray) -> NDArray[np.bool_]:
    edge = np.roll(quads, -1, axis=1) - quads
    following = np.roll(edge, -1, axis=1)
    turn = edge[..., 0] * following[..., 1] - edge[..., 1] * following[..., 0]
    lengths = np.hypot(edge[..., 0], edge[..., 1]) * np.hypot(following[..., 0], following[..., 1])
    return np.asarray((turn < -_THINNEST * lengths).any(axis=1), dtype=np.bool_)


def _rectangles_around(quads: FloatArray) -> FloatArray:
    """The smallest rectangles around the points of `quads`, clockwise, each from the corner nearest to its first."""
    around = shapely.oriented_envelope(shapely.multipoints(quads))
    result = quads.copy()
    for row, polygon in enumerate(around):
        if polygon.geom_type != "Polygon":
            continue  # the points lie on a line: the area test refuses them
        ring = shapely.get_coordinates(polygon)[:4]
        ring = ring if polygon_area(ring[None])[0] > 0 else ring[::-1]
        start = int(np.argmin(np.hypot(*(ring - quads[row, 0]).T)))
        result[row] = np.roll(ring, -start, axis=0)
    return result
