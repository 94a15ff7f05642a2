"""A generated scene: its picture, and the objects in it with their oriented boxes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rune_pl.errors import UsageError
from rune_pl.sample.dice import Dice
from rune_pl.sample.objects import CLASS_DRAWERS, FLOOD_DRAWERS
from rune_pl.sample.places import FIELD_PLACES, PLACES
from rune_pl.sample.plan import Plan
from rune_pl.sample.render import Sky, in_image, render
from rune_pl.sample.shapes import Points, clip, move

CLASSES: tuple[str, ...] = tuple(sorted(CLASS_DRAWERS))
FLOOD_CLASSES: tuple[str, ...] = tuple(sorted(FLOOD_DRAWERS))
KINDS: tuple[str, ...] = tuple(PLACES)
FIELD_KINDS: tuple[str, ...] = tuple(FIELD_PLACES)
LEAST_VISIBLE = (
    0.15  # of an object with less of its box in the image, nobody could say what it is: it is not in the truth
)
DIFFICULT_BELOW = 0.5


@dataclass(frozen=True, eq=False)
class Objects:
    """The n objects in a scene as columns.

    Attributes:
        classes: n class names.
        corners: (n, 4, 2) float64, pixels rounded to 0.01, clockwise as seen on the image; the first edge runs along
            the heading of the object, on its left. Of an object that the edge of the image cuts, the box is the
            tightest one around what is visible, in the direction of the object; a corner of it may still lie outside.
        heading: (n,) float64, radians from x towards y.
        visible: (n,) float64, share of the object's whole box that is in the image, 1 for objects not cut.
    """

    classes: tuple[str, ...]
    corners: NDArray[np.float64]
    heading: NDArray[np.float64]
    visible: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.classes)

    @property
    def truncated(self) -> NDArray[np.bool_]:
        """(n,) bool, True for objects whose whole box is not in the image; the boxes of all others are."""
        return self.visible < 1.0

    @property
    def difficult(self) -> NDArray[np.bool_]:
        """(n,) bool, True where less than half of the object is in the image; DOTA's `difficult` flag."""
        return self.visible < DIFFICULT_BELOW


@dataclass(frozen=True, eq=False)
class SampleScene:
    """One generated scene. The layout depends on seed and kind alone; `size` only says how finely it is drawn.

    Attributes:
        seed, kind, size: what it was made from; `size` in pixels a side.
        plan, sky: what is where, and how it is lit.
        gsd: ground sampling distance, metres per pixel.
        objects: the truth.
        crs, transform: coordinate reference system and affine (a, b, c, d, e, f) from pixels to it, or None.
    """

    seed: int
    kind: str
    size: int
    plan: Plan
    sky: Sky
    objects: Objects
    crs: str | None
    transform: tuple[float, float, float, float, float, float] | None

    @property
    def gsd(self) -> float:
        """Ground sampling distance in metres per pixel."""
        return self.plan.extent / self.size

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that are told apart in a scene of this kind."""
        return classes_of(self.kind)

    @cached_property
    def image(self) -> Image.Image:
        """The picture, RGB; drawn when first asked for."""
        return render(self.plan, self.sky, self.size)


def generate_scene(
    seed: int, kind: str | None = None, size: int = 512, *, georeferenced: bool | None = None
) -> SampleScene:
    """The scene of a seed.

    `kind` is one of `KINDS`, chosen by the seed where None, or one of `FIELD_KINDS`. `size` is the side of the image in
    pixels, at least 64. `georeferenced` gives the scene a place on Earth or none; where None, a third of the scenes
    have one.

    Raises:
        UsageError: unknown kind, or a size out of range.
    """
    if kind is not None and kind not in PLACES and kind not in FIELD_PLACES:
        hint = f"choose from {', '.join((*KINDS, *FIELD_KINDS))}"
        raise UsageError(f"there is no kind of scene {kind!r}", hint=hint)
    if not 64 <= size <= 4096:
        raise UsageError(f"a scene of {size} pixels cannot be drawn", hint="give a size from 64 to 4096")
    dice = Dice(f"scene/{seed}")
    chosen = kind or dice.child("kind").choice(KINDS)
    place = PLACES[chosen] if chosen in PLACES else FIELD_PLACES[chosen]
    frame = dice.child("frame")
    extent = round(frame.uniform(place.smallest, place.largest), 3)
    plan = Plan(chosen, extent, round(frame.uniform(-math.pi, math.pi), 4), dice.child(chosen))
    place.lay_out(plan)
    # Pixel grids of most aerial images look north; a few are turned. The sun stands in the south (northern hemisphere).
    turned = frame.uniform(-0.6, 0.6) if frame.chance(0.3) else 0.0
    azimuth = math.pi / 2 + turned + frame.uniform(-1.2, 1.2)
    located = frame.chance(1 / 3)
    crs, transform = _somewhere(frame, extent / size, turned)
    if georeferenced is False or (georeferenced is None and not located):
        crs, transform = None, None
    sky = Sky.draw(dice.child("sky"), round(azimuth, 5))
    return SampleScene(seed, chosen, size, plan, sky, objects_of(plan, sky, size), crs, transform)


def classes_of(kind: str) -> tuple[str, ...]:
    """The classes that are told apart in scenes of a kind."""
    return (*CLASSES, *FLOOD_CLASSES) if kind in FIELD_PLACES else CLASSES


def _somewhere(
    dice: Dice, gsd: float, turned: float
) -> tuple[str | None, tuple[float, float, float, float, float, float] | None]:
    """A UTM zone of the northern hemisphere and the transform of an image whose north is `turned` from straight up."""
    zone = dice.integer(29, 36)
    east, north = round(dice.uniform(320_000, 680_000)), round(dice.uniform(4_200_000, 6_300_000))
    c, s = gsd * math.cos(turned), gsd * math.sin(turned)
    a, b, d, e = (round(value, 9) for value in (c, s, s, -c))
    return f"EPSG:326{zone}", (a, b, float(east), d, e, float(north))


def objects_of(plan: Plan, sky: Sky, size: int) -> Objects:
    """Boxes around what the drawers draw, in the direction of each object."""
    scale = size / plan.extent
    told_apart = frozenset(classes_of(plan.kind))
    classes, corners, headings, visible = [], [], [], []
    for thing in plan.things:
        if thing.name not in told_apart:
            continue
        outlines = [part.points for part in in_image(thing, sky)]
        whole, _ = _box(outlines, thing.angle)
        kept = [cut for cut in (clip(points, plan.extent, plan.extent) for points in outlines) if cut]
        if not kept:
            continue
        box, area = _box(kept, thing.angle)
        share = 1.0
        if any(not (0 <= x <= plan.extent and 0 <= y <= plan.extent) for x, y in whole):
            share = min(0.999, _area(clip(whole, plan.extent, plan.extent)) / _area(whole))
        if share < LEAST_VISIBLE or area <= 0:
            continue
        classes.append(thing.name)
        corners.append([[round(x * scale, 2), round(y * scale, 2)] for x, y in box])
        headings.append(round(math.remainder(thing.angle, 2 * math.pi), 5))
        visible.append(round(share, 3))
    return Objects(
        tuple(classes),
        np.array(corners, dtype=np.float64).reshape(-1, 4, 2),
        np.array(headings, dtype=np.float64),
        np.array(visible, dtype=np.float64),
    )


def _box(outlines: list[Points], angle: float) -> tuple[Points, float]:
    """The tightest rectangle in this direction around all points, and its area."""
    points = [point for outline in outlines for point in move(outline, 0.0, 0.0, -angle)]
    x0, x1 = min(x for x, _ in points), max(x for x, _ in points)
    y0, y1 = min(y for _, y in points), max(y for _, y in points)
    return move([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], 0.0, 0.0, angle), (x1 - x0) * (y1 - y0)


def _area(points: Points) -> float:
    """Area of a polygon (shoelace)."""
    return (
        abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1]))) / 2
        if points
        else 0.0
    )
