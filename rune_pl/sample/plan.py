"""The plan of a scene: which surface lies where and what stands on it, in metres, before anything is drawn.

Places lay out a scene in a local frame centred on the image, where streets and quays run along the axes; the plan turns
it to the orientation of the scene. After that, x runs to the right and y down from the top left corner of the image.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from rune_pl.sample.dice import Dice
from rune_pl.sample.shapes import Colour, Points, move, rectangle, stroke

Tint = tuple[float, float, float]
PLAIN: Tint = (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Surface:
    """A patch of ground.

    Attributes:
        material: a name in `rune_pl.sample.background.MATERIALS`.
        outline: polygon in metres.
        grain: direction of slabs, rows and waves, radians.
        tint: factors on red, green and blue.
        rough: width in metres of a ragged edge; 0 is a clean cut.
    """

    material: str
    outline: Points
    grain: float = 0.0
    tint: Tint = PLAIN
    rough: float = 0.0


@dataclass(frozen=True)
class Marking:
    """Paint on the ground."""

    outline: Points
    colour: Colour
    alpha: int = 255


@dataclass(frozen=True)
class Thing:
    """One object of a class, or one piece of clutter.

    Attributes:
        name: a name in `rune_pl.sample.objects.DRAWERS`.
        x, y: centre in metres.
        angle: heading in radians, from x towards y.
        length, width: nominal size in metres along and across the heading.
        style: seed of everything that is left to chance in how it looks.
        variant: which of the looks of its kind, chosen by the style where empty.
    """

    name: str
    x: float
    y: float
    angle: float
    length: float
    width: float
    style: str
    variant: str = ""


@dataclass(frozen=True)
class _Block:
    """An oriented rectangle that is taken."""

    x: float
    y: float
    angle: float
    length: float
    width: float

    def meets(self, other: _Block) -> bool:
        """Do the two rectangles overlap? (separating axes)"""
        dx, dy = other.x - self.x, other.y - self.y
        if math.hypot(dx, dy) > (math.hypot(self.length, self.width) + math.hypot(other.length, other.width)) / 2:
            return False
        for angle in (self.angle, self.angle + math.pi / 2, other.angle, other.angle + math.pi / 2):
            c, s = math.cos(angle), math.sin(angle)
            if abs(dx * c + dy * s) > self._half(angle) + other._half(angle):
                return False
        return True

    def _half(self, angle: float) -> float:
        turn = self.angle - angle
        return (self.length * abs(math.cos(turn)) + self.width * abs(math.sin(turn))) / 2


@dataclass
class Plan:
    """What a place puts into a scene: `extent` is the image's side in metres, `turn` the angle of the local frame."""

    kind: str
    extent: float
    turn: float
    dice: Dice
    base: str = "grass"
    surfaces: list[Surface] = field(default_factory=list)
    markings: list[Marking] = field(default_factory=list)
    things: list[Thing] = field(default_factory=list)
    _bodies: list[_Block] = field(default_factory=list)
    _ground: list[_Block] = field(default_factory=list)

    @property
    def reach(self) -> float:
        """Half the side of a square, turned any way, that covers the image."""
        return self.extent * 0.72

    def place(self, points: Sequence[tuple[float, float]]) -> Points:
        """Points of the local frame in the image."""
        return move(points, self.extent / 2, self.extent / 2, self.turn)

    def surface(
        self,
        material: str,
        points: Sequence[tuple[float, float]],
        *,
        rough: float = 0.0,
        tint: Tint = PLAIN,
        grain: float = 0.0,
    ) -> None:
        """Cover a polygon of the local frame with a material."""
        self.surfaces.append(Surface(material, self.place(points), self.turn + grain, tint, rough))

    def patch(
        self,
        material: str,
        u0: float,
        v0: float,
        u1: float,
        v1: float,
        *,
        rough: float = 0.0,
        tint: Tint = PLAIN,
        grain: float = 0.0,
    ) -> None:
        """Cover a rectangle of the local frame with a material."""
        corners = [(u0, v0), (u1, v0), (u1, v1), (u0, v1)]
        self.surface(material, corners, rough=rough, tint=tint, grain=grain)

    def mark(self, points: Sequence[tuple[float, float]], colour: Colour = (232, 230, 222), alpha: int = 215) -> None:
        """Paint a polygon of the local frame on the ground."""
        self.markings.append(Marking(self.place(points), colour, alpha))

    def dashes(self, u0: float, v0: float, u1: float, v1: float, *, width: float = 0.15, dash: float = 3.0) -> None:
        """A dashed white line with gaps twice as long as the dashes."""
        span = math.hypot(u1 - u0, v1 - v0)
        du, dv = (u1 - u0) / span, (v1 - v0) / span
        for k in range(int(span / (3 * dash)) + 1):
            a, b = 3 * dash * k, min(3 * dash * k + dash, span)
            self.mark(stroke([(u0 + du * a, v0 + dv * a), (u0 + du * b, v0 + dv * b)], width))

    def reserve(self, u0: float, v0: float, u1: float, v1: float) -> None:
        """Keep a rectangle of the local frame free of everything that is not meant for it."""
        self._ground.append(self._block((u0 + u1) / 2, (v0 + v1) / 2, 0.0, abs(u1 - u0), abs(v1 - v0)))

    def add(
        self,
        name: str,
        u: float,
        v: float,
        angle: float,
        length: float,
        width: float,
        *,
        variant: str = "",
        margin: float = 0.3,
        ground: bool = True,
        force: bool = False,
    ) -> bool:
        """Put a thing at (u, v) of the local frame, heading `angle` in it, unless something is there already.

        `ground=False` allows it on reserved ground (a car on a road, a ship on water). `force=True` puts it there in
        any case. Returns whether it was put, which is False also where it would be out of sight.
        """
        block = self._block(u, v, angle, length + 2 * margin, width + 2 * margin)
        away = math.hypot(length, width) / 2
        if not (-away < block.x < self.extent + away and -away < block.y < self.extent + away):
            return False
        if not force:
            taken = self._bodies + (self._ground if ground else [])
            if any(block.meets(other) for other in taken):
                return False
        self._bodies.append(block)
        style = f"{self.dice.key}/{name}{len(self.things)}"
        x, y = round(block.x, 4), round(block.y, 4)
        self.things.append(Thing(name, x, y, round(block.angle, 5), round(length, 4), round(width, 4), style, variant))
        return True

    def backdrop(
        self, name: str, u: float, v: float, angle: float, length: float, width: float, variant: str = ""
    ) -> None:
        """Put a thing that takes no room (a wake, a stain)."""
        (x, y), style = self.place([(u, v)])[0], f"{self.dice.key}/{name}{len(self.things)}"
        self.things.append(Thing(name, x, y, self.turn + angle, length, width, style, variant))

    def scatter(
        self,
        name: str,
        region: tuple[float, float, float, float],
        count: int,
        low: float,
        high: float,
        *,
        aspect: float = 1.0,
        margin: float = 0.0,
        variant: str = "",
    ) -> None:
        """Try to put `count` things of lengths from low to high at random places of a rectangle (u0, v0, u1, v1)."""
        for _ in range(count):
            size = self.dice.uniform(low, high)
            u, v = self.dice.uniform(region[0], region[2]), self.dice.uniform(region[1], region[3])
            angle = self.dice.uniform(-math.pi, math.pi)
            self.add(name, u, v, angle, size, size * aspect, margin=margin, variant=variant)

    def _block(self, u: float, v: float, angle: float, length: float, width: float) -> _Block:
        x, y = self.place([(u, v)])[0]
        return _Block(x, y, self.turn + angle, length, width)


def outline_of(thing: Thing) -> Points:
    """The nominal rectangle of a thing in the image, metres."""
    return move(rectangle(thing.length, thing.width), thing.x, thing.y, thing.angle)
