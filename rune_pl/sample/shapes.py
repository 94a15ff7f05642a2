"""Outlines as lists of points: everything drawn is a polygon. Units are metres, y points down."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Point = tuple[float, float]
Points = list[Point]
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Part:
    """One filled polygon of an object, in the frame of the object (x ahead, y to the right).

    Attributes:
        points: outline in metres.
        colour: sRGB.
        low, high: heights above ground in metres between which the part blocks the sun; no shadow where high is 0.
        alpha: opacity, 0 to 255.
    """

    points: Points
    colour: Colour
    low: float = 0.0
    high: float = 0.0
    alpha: int = 255


@dataclass(frozen=True)
class Light:
    """Unit vector towards the sun over the ground, in the frame of an object; `reach` is shadow per metre of height."""

    x: float
    y: float
    reach: float

    def on_slope(self, x: float, y: float) -> float:
        """Brightness of a roof face whose normal leans towards (x, y)."""
        return 1.0 + 0.2 * (self.x * x + self.y * y)


def rectangle(length: float, width: float, x: float = 0.0, y: float = 0.0) -> Points:
    """A rectangle around (x, y), its length along x."""
    a, b = length / 2, width / 2
    return [(x - a, y - b), (x + a, y - b), (x + a, y + b), (x - a, y + b)]


def ellipse(length: float, width: float, x: float = 0.0, y: float = 0.0, count: int = 40) -> Points:
    """An ellipse around (x, y). `count` is rounded up to a multiple of 4, so that the extreme points are on it."""
    count += -count % 4
    turns = (2 * math.pi * k / count for k in range(count))
    return [(x + length / 2 * math.cos(t), y + width / 2 * math.sin(t)) for t in turns]


def rounded(length: float, width: float, radius: float, x: float = 0.0, y: float = 0.0, steps: int = 5) -> Points:
    """A rectangle with round corners; radius of half the width gives a stadium."""
    radius = min(radius, length / 2, width / 2)
    a, b = length / 2 - radius, width / 2 - radius
    points = []
    for quarter, (cx, cy) in enumerate([(a, b), (-a, b), (-a, -b), (a, -b)]):
        for k in range(steps + 1):
            t = math.pi / 2 * (quarter + k / steps)
            points.append((x + cx + radius * math.cos(t), y + cy + radius * math.sin(t)))
    return points


def arc(radius: float, start: float, end: float, x: float = 0.0, y: float = 0.0, steps: int = 16) -> Points:
    """Points on a circle from angle start to end (radians)."""
    return [
        (
            x + radius * math.cos(start + (end - start) * k / steps),
            y + radius * math.sin(start + (end - start) * k / steps),
        )
        for k in range(steps + 1)
    ]


def stroke(path: Sequence[Point], width: float, closed: bool = False) -> Points:
    """The outline of a line of this width along a path, with mitred corners."""
    points = list(path) + ([path[0]] if closed else [])
    left, right = [], []
    last = len(points) - 1
    for k, (x, y) in enumerate(points):
        before = points[k - 1] if k else (points[-2] if closed else None)
        after = points[k + 1] if k < last else (points[1] if closed else None)
        normals = []
        for start, end in ((before, (x, y)), ((x, y), after)):
            if start is None or end is None:
                continue
            dx, dy = end[0] - start[0], end[1] - start[1]
            size = math.hypot(dx, dy) or 1.0
            normals.append((-dy / size, dx / size))
        nx, ny = sum(n[0] for n in normals) / len(normals), sum(n[1] for n in normals) / len(normals)
        square = max(nx * nx + ny * ny, 0.25)  # the mitre of a sharp corner is cut at twice the width
        left.append((x + nx / square * width / 2, y + ny / square * width / 2))
        right.append((x - nx / square * width / 2, y - ny / square * width / 2))
    return left + right[::-1]


def line(x1: float, y1: float, x2: float, y2: float, width: float) -> Points:
    """A straight line of this width."""
    return stroke([(x1, y1), (x2, y2)], width)


def move(points: Iterable[Point], x: float, y: float, angle: float = 0.0) -> Points:
    """The points turned by an angle (radians, from x towards y) and then moved by (x, y)."""
    c, s = math.cos(angle), math.sin(angle)
    return [(x + c * px - s * py, y + s * px + c * py) for px, py in points]


def mirrored(points: Sequence[Point]) -> Points:
    """The points and their mirror images in the x axis: half an outline from nose to tail becomes a whole one."""
    return list(points) + [(x, -y) for x, y in reversed(points)]


def shade(colour: Colour, factor: float) -> Colour:
    """The colour made brighter or darker."""
    red, green, blue = (min(255, max(0, round(v * factor))) for v in colour)
    return red, green, blue


def clip(points: Sequence[Point], width: float, height: float) -> Points:
    """The part of a polygon inside the window from (0, 0) to (width, height) (Sutherland and Hodgman 1974)."""
    result = list(points)
    for axis, limit, sign in ((0, 0.0, 1.0), (0, width, -1.0), (1, 0.0, 1.0), (1, height, -1.0)):
        inside = [(p[axis] - limit) * sign >= 0 for p in result]
        kept: Points = []
        for k, point in enumerate(result):
            if inside[k - 1] != inside[k]:
                a, b = result[k - 1], point
                t = (limit - a[axis]) / (b[axis] - a[axis])
                kept.append((a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])))
            if inside[k]:
                kept.append(point)
        result = kept
        if not result:
            break
    return result
