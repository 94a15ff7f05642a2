"""Houses, halls, sheds, containers: what stands about and is not an object of a class."""

from __future__ import annotations

from rune_pl.sample.dice import Dice
from rune_pl.sample.plan import Thing
from rune_pl.sample.shapes import Colour, Light, Part, Points, ellipse, line, rectangle, shade, stroke

ROOFS: tuple[Colour, ...] = (
    (158, 92, 66),
    (140, 78, 60),
    (176, 116, 84),
    (112, 104, 98),
    (90, 88, 90),
    (132, 124, 114),
    (122, 72, 58),
    (150, 140, 128),
)
FLAT: tuple[Colour, ...] = (
    (196, 194, 188),
    (176, 176, 172),
    (150, 150, 148),
    (214, 212, 206),
    (128, 130, 132),
    (170, 160, 146),
    (142, 152, 160),
)
BOXES: tuple[Colour, ...] = (
    (150, 58, 46),
    (52, 84, 134),
    (196, 128, 54),
    (92, 122, 84),
    (206, 204, 198),
    (120, 72, 60),
    (64, 112, 122),
)


def _gable(length: float, width: float, colour: Colour, light: Light, x: float, y: float, high: float) -> list[Part]:
    """A ridge along the longer side."""
    a, b = length / 2, width / 2
    parts = [Part(rectangle(length, width, x, y), colour, high=high)]
    faces: list[tuple[Points, float, float]]
    if length >= width:
        faces = [
            ([(x - a, y - b), (x + a, y - b), (x + a, y), (x - a, y)], 0, -1),
            ([(x - a, y), (x + a, y), (x + a, y + b), (x - a, y + b)], 0, 1),
        ]
        ridge = line(x - a, y, x + a, y, 0.35)
    else:
        faces = [
            ([(x - a, y - b), (x, y - b), (x, y + b), (x - a, y + b)], -1, 0),
            ([(x, y - b), (x + a, y - b), (x + a, y + b), (x, y + b)], 1, 0),
        ]
        ridge = line(x, y - b, x, y + b, 0.35)
    parts += [Part(face, shade(colour, light.on_slope(nx, ny))) for face, nx, ny in faces]
    parts.append(Part(ridge, shade(colour, 0.9), high=high + min(length, width) * 0.3))
    return parts


def _hip(length: float, width: float, colour: Colour, light: Light, high: float) -> list[Part]:
    """Four faces that meet in a ridge."""
    a, b = length / 2, width / 2
    run = max(a - b, 0.3)
    corners = [(-a, -b), (a, -b), (a, b), (-a, b)]
    left, right = (-run, 0.0), (run, 0.0)
    faces: list[tuple[Points, float, float]] = [
        ([corners[0], corners[1], right, left], 0, -1),
        ([corners[1], corners[2], right], 1, 0),
        ([corners[2], corners[3], left, right], 0, 1),
        ([corners[3], corners[0], left], -1, 0),
    ]
    parts = [Part(rectangle(length, width), colour, high=high)]
    parts += [Part(face, shade(colour, light.on_slope(nx, ny))) for face, nx, ny in faces]
    ridges = [line(-run, 0, run, 0, 0.3)] + [
        line(*corner, *end, 0.25) for corner, end in zip(corners, (left, right, right, left))
    ]
    return parts + [Part(ridge, shade(colour, 0.88)) for ridge in ridges]


def house(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """A dwelling with a pitched roof, some with a wing, a chimney or solar panels."""
    length, width = thing.length, thing.width
    colour = shade(dice.choice(ROOFS), dice.uniform(0.88, 1.12))
    high = dice.uniform(4, 7)
    look = dice.choice(("gable", "hip", "wing", "wing"))
    if look == "hip" and length > width:
        parts = _hip(length, width, colour, light, high)
    elif look == "wing":
        side = dice.choice((-1, 1))
        parts = _gable(length, width * 0.62, colour, light, 0, -side * width * 0.19, high)
        parts += _gable(
            length * 0.42,
            width * 0.6,
            colour,
            light,
            dice.choice((-1, 1)) * length * 0.29,
            side * width * 0.2,
            high * 0.92,
        )
    else:
        parts = _gable(length, width, colour, light, 0, 0, high)
    if dice.chance(0.6):
        stack = rectangle(0.9, 0.9, dice.uniform(-0.3, 0.3) * length, dice.uniform(-0.15, 0.15) * width)
        parts.append(Part(stack, shade((150, 96, 80), dice.uniform(0.8, 1.1)), high, high + 2))
    if dice.chance(0.22):
        side = 1 if light.y > 0 else -1
        parts.append(Part(rectangle(length * 0.4, width * 0.2, 0, side * width * 0.2), (38, 48, 70)))
    return parts


def hall(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """A large flat or low-pitched roof: warehouse, terminal, hangar, with skylights and machines."""
    length, width = thing.length, thing.width
    colour = shade(dice.choice(FLAT), dice.uniform(0.92, 1.06))
    high = dice.uniform(7, 12)
    parts = [
        Part(rectangle(length, width), shade(colour, 0.82), high=high),
        Part(rectangle(length - 1, width - 1), colour),
    ]
    look = thing.variant or dice.choice(("ribs", "skylights", "gable", "machines"))
    if look == "gable":
        for y, side in ((-width / 4, -1), (width / 4, 1)):
            parts.append(
                Part(rectangle(length - 1, width / 2 - 0.5, 0, y), shade(colour, light.on_slope(0, side) * 0.5 + 0.5))
            )
    if look in ("ribs", "gable"):
        for k in range(1, int(length / 4)):
            x = -length / 2 + 4 * k
            parts.append(Part(line(x, -width / 2 + 0.6, x, width / 2 - 0.6, 0.3), shade(colour, 0.9)))
    if look in ("skylights", "ribs"):
        columns, rows = max(1, int(length / 9)), max(1, int(width / 12))
        for i in range(columns):
            for j in range(rows):
                x, y = length * ((i + 0.5) / columns - 0.5), width * ((j + 0.5) / rows - 0.5)
                parts.append(Part(rectangle(1.2, 5, x, y), shade((206, 220, 226), dice.uniform(0.85, 1.1))))
    for _ in range(int(length * width / 260) if look != "skylights" else 2):
        x, y = dice.uniform(-0.42, 0.42) * length, dice.uniform(-0.4, 0.4) * width
        unit = dice.uniform(1.2, 3)
        parts.append(
            Part(rectangle(unit, unit * 0.8, x, y), shade((200, 200, 198), dice.uniform(0.7, 1.1)), high, high + 1.6)
        )
    if dice.chance(0.25):
        for k in range(4):
            panel = rectangle(length * 0.3, 1.4, -length * 0.2, -width * 0.3 + 2.1 * k)
            if abs(-width * 0.3 + 2.1 * k) < width * 0.44:
                parts.append(Part(panel, (40, 52, 78)))
    return parts


def block(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """A block of flats or offices: flat roof with a parapet, stairs and machines; tall, with a long shadow."""
    length, width = thing.length, thing.width
    colour = shade(dice.choice(FLAT), dice.uniform(0.85, 1.05))
    high = dice.uniform(10, 18)
    parts = [
        Part(rectangle(length, width), shade(colour, 1.12), high=high),
        Part(rectangle(length - 0.9, width - 0.9), shade(colour, 0.88)),
    ]
    for _ in range(dice.integer(2, 4)):
        x, y = dice.uniform(-0.36, 0.36) * length, dice.uniform(-0.26, 0.26) * width
        box = rectangle(dice.uniform(2.5, 5), dice.uniform(2, 4), x, y)
        parts.append(Part(box, shade(colour, 1.15), high, high + 2.6))
    return parts


def shed(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """A garden shed or garage."""
    colour = dice.choice(((140, 126, 108), (120, 120, 118), (168, 158, 140), (110, 86, 68)))
    return _gable(thing.length, thing.width, colour, light, 0, 0, 2.6)


def container(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """A freight container, or a stack of them."""
    length, width = thing.length, thing.width
    colour = shade(dice.choice(BOXES), dice.uniform(0.82, 1.12))
    parts = [Part(rectangle(length, width), colour, high=dice.choice((2.6, 5.2, 7.8)))]
    for k in range(1, int(length / 1.5)):
        x = -length / 2 + 1.5 * k
        parts.append(Part(line(x, -width * 0.46, x, width * 0.46, 0.14), shade(colour, 0.86)))
    return parts


def silo(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """A tall round bin: looks like a small storage tank but belongs to a farm or works."""
    size = thing.length
    colour = dice.choice(((190, 190, 186), (150, 152, 152), (172, 164, 148)))
    parts = [Part(ellipse(size, size, count=24), shade(colour, 0.8), high=size * 2.2)]
    for k, ring in enumerate((0.8, 0.5, 0.25)):
        shift = size * 0.08 * (k + 1)
        parts.append(
            Part(
                ellipse(size * ring, size * ring, light.x * shift, light.y * shift, 20), shade(colour, 0.95 + 0.08 * k)
            )
        )
    return parts


def wall(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """A wall or bund around a rectangle."""
    return [Part(stroke(rectangle(thing.length, thing.width), 0.8, closed=True), (164, 156, 140), 0, 1.6)]


def pipes(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """A rack of pipes along x."""
    length, width = thing.length, thing.width
    count = max(2, int(width / 0.7))
    colours = ((190, 186, 176), (150, 146, 140), (206, 200, 190), (134, 112, 92))
    return [
        Part(
            line(-length / 2, width * ((k + 0.5) / count - 0.5), length / 2, width * ((k + 0.5) / count - 0.5), 0.4),
            dice.choice(colours),
            1,
            1.8,
        )
        for k in range(count)
    ]
