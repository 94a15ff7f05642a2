"""The geometry functions of the rule language. Pixels and image axes (x right, y down) unless they say otherwise.

Each takes the boxes, the image of each of k rows and one array of k box rows per detection, and gives k values.
"""

from __future__ import annotations

import numpy as np

from rune_pl.geometry.boxes import Boxes, FloatArray, IntArray
from rune_pl.geometry.quads import gap_of, overlap_of
from rune_pl.geometry.registry import geometry_function, registry

Pair = tuple[FloatArray, FloatArray]


def _half_turn(east: FloatArray, north: FloatArray) -> FloatArray:
    """The direction of an axis, degrees clockwise from north, in [0, 180)."""
    degrees = np.degrees(np.arctan2(east, north)) % 180.0
    return np.where(degrees == 180.0, 0.0, degrees)  # what the remainder makes of -1e-15


@geometry_function("+id,+id,-float")
def gap(boxes: Boxes, image: IntArray, a: IntArray, b: IntArray) -> FloatArray:
    """Shortest distance between the edges of A and B in pixels; 0 where they meet."""
    return gap_of(boxes.corners, a, b)


@geometry_function("+id,+id,-float")
def overlap_area(boxes: Boxes, image: IntArray, a: IntArray, b: IntArray) -> FloatArray:
    """Area shared by A and B in square pixels; 0 where they only touch."""
    return overlap_of(boxes.corners, a, b)


@geometry_function("+id,+id,-float")
def cover(boxes: Boxes, image: IntArray, a: IntArray, b: IntArray) -> FloatArray:
    """Share of A's area that lies in B, 0 to 1."""
    share: FloatArray = overlap_of(boxes.corners, a, b) / boxes.area[a]
    return np.minimum(share, 1.0)


@geometry_function("+id,+id,-float")
def iou(boxes: Boxes, image: IntArray, a: IntArray, b: IntArray) -> FloatArray:
    """Intersection over union of A and B, 0 to 1."""
    shared = overlap_of(boxes.corners, a, b)
    share: FloatArray = shared / (boxes.area[a] + boxes.area[b] - shared)
    return np.minimum(share, 1.0)


@geometry_function("+id,-float,-float")
def center(boxes: Boxes, image: IntArray, a: IntArray) -> Pair:
    """X and Y of the middle of A in pixels."""
    return boxes.center[a, 0], boxes.center[a, 1]


@geometry_function("+id,-float,-float,-float,-float")
def extent(boxes: Boxes, image: IntArray, a: IntArray) -> tuple[FloatArray, ...]:
    """Left, top, right and bottom of the upright rectangle around A in pixels."""
    return tuple(boxes.extent[a].T)


@geometry_function("+id,-float")
def area(boxes: Boxes, image: IntArray, a: IntArray) -> FloatArray:
    """Area of A in square pixels."""
    return boxes.area[a]


@geometry_function("+id,-float")
def long_side(boxes: Boxes, image: IntArray, a: IntArray) -> FloatArray:
    """Length of the longer side of A in pixels."""
    return np.asarray(boxes.sides[a, 0])


@geometry_function("+id,-float")
def short_side(boxes: Boxes, image: IntArray, a: IntArray) -> FloatArray:
    """Length of the shorter side of A in pixels."""
    return np.asarray(boxes.sides[a, 1])


@geometry_function("+id,-float")
def angle(boxes: Boxes, image: IntArray, a: IntArray) -> FloatArray:
    """Direction of the long axis of A in degrees clockwise from image up, in [0, 180); undefined for a square."""
    x, y = boxes.long_axis[a].T
    return _half_turn(x, -y)


@geometry_function("+id,-float")
def azimuth(boxes: Boxes, image: IntArray, a: IntArray) -> FloatArray:
    """Direction of the long axis of A in degrees clockwise from north, in [0, 180); image up is north where the
    image is not georeferenced; undefined for a square."""
    x, y = boxes.long_axis[a].T
    to_east, across_east, _, to_north, across_north, _ = boxes.ground[image].T
    return _half_turn(to_east * x + across_east * y, to_north * x + across_north * y)


@geometry_function("+id,+id,-float,-float")
def offset(boxes: Boxes, image: IntArray, a: IntArray, b: IntArray) -> Pair:
    """Where the middle of B lies from the middle of A, in pixels along the long axis of A and across it; undefined
    where A is a square."""
    x, y = (boxes.center[b] - boxes.center[a]).T
    axis_x, axis_y = boxes.long_axis[a].T
    return x * axis_x + y * axis_y, y * axis_x - x * axis_y


@geometry_function("+id,-float,-float")
def position(boxes: Boxes, image: IntArray, a: IntArray) -> Pair:
    """Easting and northing of the middle of A: map coordinates where the image's coordinate reference system is
    projected, metres from the middle of the image where it is in degrees, pixels (X, -Y) where there is none."""
    x, y = boxes.center[a].T
    to_east, across_east, east, to_north, across_north, north = boxes.ground[image].T
    return to_east * x + across_east * y + east, to_north * x + across_north * y + north


@geometry_function("+id,+id,-float")
def bearing(boxes: Boxes, image: IntArray, a: IntArray, b: IntArray) -> FloatArray:
    """Direction from the middle of A to the middle of B in degrees clockwise from north, in [0, 360); image up is
    north where the image is not georeferenced; undefined where the middles are one point."""
    x, y = (boxes.center[b] - boxes.center[a]).T
    to_east, across_east, _, to_north, across_north, _ = boxes.ground[image].T
    degrees = np.degrees(np.arctan2(to_east * x + across_east * y, to_north * x + across_north * y)) % 360.0
    degrees = np.where(degrees == 360.0, 0.0, degrees)
    return np.where((x == 0) & (y == 0), np.nan, degrees)


@geometry_function("+id,-float")
def size_rank(boxes: Boxes, image: IntArray, a: IntArray) -> FloatArray:
    """Rank of the area of A among the detections of its class in the archive: 0 the smallest, 1 the largest."""
    return boxes.size_rank[a]


@geometry_function("+id,-float")
def probability(boxes: Boxes, image: IntArray, a: IntArray) -> FloatArray:
    """Probability that A is an object of its most probable class, 0 to 1."""
    return boxes.probability[a]


@geometry_function("-float,-float")
def image_size(boxes: Boxes, image: IntArray) -> Pair:
    """Width and height of the image in pixels; undefined where unknown."""
    return boxes.width[image], boxes.height[image]


@geometry_function("-float")
def gsd(boxes: Boxes, image: IntArray) -> FloatArray:
    """Ground sampling distance of the image in metres per pixel; undefined where unknown."""
    return boxes.gsd[image]


REGISTRY = registry(
    (
        gap,
        overlap_area,
        cover,
        iou,
        center,
        extent,
        area,
        long_side,
        short_side,
        angle,
        azimuth,
        offset,
        position,
        bearing,
        size_rank,
        probability,
        image_size,
        gsd,
    )
)
