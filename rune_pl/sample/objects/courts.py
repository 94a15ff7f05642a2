"""Sports grounds, seen from above: painted surfaces that cast no shadow."""

from __future__ import annotations

import math

from rune_pl.sample.dice import Dice
from rune_pl.sample.plan import Thing
from rune_pl.sample.shapes import Colour, Light, Part, Points, arc, ellipse, line, rectangle, rounded, shade, stroke

WHITE: Colour = (236, 236, 232)


Look = tuple[Colour, Colour]


def _look(thing: Thing, dice: Dice, looks: tuple[Look, ...]) -> Look:
    """The colours that the variant numbers, so that a bank of courts is of one kind; any where it does not."""
    return looks[int(thing.variant) % len(looks)] if thing.variant else dice.choice(looks)


def _frame(length: float, width: float, thickness: float, x: float = 0.0) -> Part:
    return Part(stroke(rectangle(length, width, x), thickness, closed=True), WHITE)


def tennis_court(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """A doubles court with its run-off; hard court, clay or lawn."""
    length, width = thing.length, thing.width
    runoff, inner = _look(
        thing,
        dice,
        (
            ((74, 118, 88), (52, 92, 142)),
            ((70, 112, 86), (92, 136, 98)),
            ((178, 104, 76), (184, 98, 68)),
            ((58, 92, 140), (60, 122, 92)),
            ((150, 84, 70), (76, 122, 92)),
        ),
    )
    scale = min(length / 27, width / 13.5)
    long, wide, service, paint = 23.77 * scale, 10.97 * scale, 6.4 * scale, 0.16
    parts = [Part(rectangle(length, width), runoff), Part(rectangle(long, wide), inner), _frame(long, wide, paint)]
    for side in (-1, 1):
        y = side * wide * 0.375
        parts.append(Part(line(-long / 2, y, long / 2, y, paint), WHITE))
        parts.append(Part(line(side * service, -wide * 0.375, side * service, wide * 0.375, paint), WHITE))
    parts.append(Part(line(-service, 0, service, 0, paint), WHITE))
    return parts + [Part(line(0, -wide * 0.54, 0, wide * 0.54, 0.22), (58, 62, 60), 0, 1.1)]


def basketball_court(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """A full court with keys, arcs, centre circle and backboards."""
    length, width = thing.length, thing.width
    floor, key = _look(
        thing,
        dice,
        (
            ((70, 112, 152), (166, 78, 62)),
            ((84, 128, 98), (164, 92, 68)),
            ((126, 126, 124), (110, 110, 110)),
            ((168, 96, 72), (74, 116, 90)),
            ((176, 120, 84), (70, 92, 140)),
        ),
    )
    paint = 0.16
    long, wide = length - 1.6, width - 1.6
    parts = [
        Part(rectangle(length, width), shade(floor, 0.85)),
        Part(rectangle(long, wide), floor),
        _frame(long, wide, paint),
    ]
    parts.append(Part(ellipse(3.6, 3.6), key))
    parts.append(Part(stroke(ellipse(3.6, 3.6), paint, closed=True), WHITE))
    parts.append(Part(line(0, -wide / 2, 0, wide / 2, paint), WHITE))
    for side in (-1, 1):
        goal = side * long / 2
        parts.append(Part(rectangle(5.8, 4.9, goal - side * 2.9), key))
        parts.append(_frame(5.8, 4.9, paint, goal - side * 2.9))
        start = math.pi / 2 if side > 0 else -math.pi / 2
        hoop = goal - side * 1.6
        parts.append(Part(stroke(arc(1.8, start, start + math.pi, goal - side * 5.8), paint), WHITE))
        bow = arc(min(6.75, wide * 0.44), start, start + math.pi, hoop)
        parts.append(Part(stroke([(goal, bow[0][1]), *bow, (goal, bow[-1][1])], paint), WHITE))
        parts.append(Part(line(goal - side * 1.2, -0.9, goal - side * 1.2, 0.9, 0.3), (240, 240, 240), 2.9, 3.9))
    return parts


def soccer_ball_field(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """A pitch mown in stripes, with its lines and goals."""
    length, width = thing.length, thing.width
    green = dice.choice(((84, 122, 60), (76, 114, 62), (98, 126, 66), (68, 118, 74)))
    parts = [Part(rectangle(length, width), green)]
    count = dice.choice((10, 12, 14, 16))
    if dice.chance(0.8):
        for k in range(0, count, 2):
            stripe = rectangle(length / count, width, length * ((k + 0.5) / count - 0.5))
            parts.append(Part(stripe, shade(green, dice.uniform(1.05, 1.12))))
    long, wide, paint = length * 0.96, width * 0.93, max(0.16, length * 0.0026)
    ratio = long / 105
    parts += [_frame(long, wide, paint), Part(line(0, -wide / 2, 0, wide / 2, paint), WHITE)]
    circle = ellipse(18.3 * ratio, 18.3 * ratio)
    parts.append(Part(stroke(circle, paint, closed=True), WHITE))
    for side in (-1, 1):
        goal = side * long / 2
        for deep, broad in ((16.5, 40.3), (5.5, 18.3)):
            parts.append(_frame(deep * ratio, min(broad * ratio, wide * 0.8), paint, goal - side * deep * ratio / 2))
        if dice.chance(0.7):
            worn = ellipse(7 * ratio, 9 * ratio, goal - side * 3 * ratio, 0, 20)
            parts.append(Part(worn, (142, 128, 92), alpha=90))
        start = math.pi * 0.7 if side > 0 else -math.pi * 0.3
        parts.append(
            Part(stroke(arc(9.15 * ratio, start, start + math.pi * 0.6, goal - side * 11 * ratio), paint), WHITE)
        )
        parts.append(
            Part(rectangle(length * 0.016, 7.3 * ratio, goal + side * length * 0.009), (226, 228, 226), 0, 2.4)
        )
    return parts


def ground_track_field(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """A running track around an infield of grass; a pitch inside is an object of its own."""
    length, width = thing.length, thing.width
    track = dice.weighted(((164, 82, 62), (150, 72, 60), (62, 92, 138), (176, 104, 84)), (4, 3, 1, 2))
    lanes, lane = 8, width * 0.0135
    parts = [Part(_stadium(length, width), track)]
    for k in range(1, lanes + 1):
        ring = _stadium(length - 2 * lane * k, width - 2 * lane * k)
        parts.append(Part(stroke(ring, 0.16, closed=True), WHITE, alpha=190))
    inset = 2 * lane * lanes
    grass = dice.choice(((90, 120, 64), (82, 112, 62), (104, 124, 72)))
    parts.append(Part(_stadium(length - inset, width - inset), grass))
    straight = (length - width) / 2
    for side in (-1, 1):
        bay = rounded((width - inset) * 0.24, (width - inset) * 0.5, 3, side * (straight + (width - inset) * 0.2))
        parts.append(Part(bay, shade(track, 0.96) if dice.chance(0.6) else shade(grass, 1.06)))
    at = -straight * 0.9
    for k in range(2):
        parts.append(Part(line(at + 2 * k, width / 2 - inset / 2, at + 2 * k, width / 2 - 0.3, 0.3), WHITE))
    return parts


def _stadium(length: float, width: float) -> Points:
    return rounded(length, width, width / 2, steps=14)


def baseball_diamond(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """The infield and the arc of dirt around it; home plate is at the back (-x), the outfield lies ahead."""
    size = min(thing.length, thing.width / 1.28)
    home = -thing.length / 2 + size * 0.08
    dirt = dice.choice(((178, 136, 96), (168, 118, 82), (188, 152, 112)))
    grass = dice.choice(((88, 122, 62), (80, 112, 62), (100, 126, 70)))
    reach = size * 0.92
    base = reach * 0.6
    parts = [Part(ellipse(size * 0.16, size * 0.16, home, 0, 24), dirt)]
    parts.append(Part([(home, 0), *arc(reach, -0.76, 0.76, home, steps=24)], dirt))
    corner = base * math.sqrt(0.5)
    inner = [
        (home + corner * 2 * 0.12, 0),
        (home + corner, -corner * 0.88),
        (home + corner * 1.88, 0),
        (home + corner, corner * 0.88),
    ]
    parts.append(Part(inner, grass))
    parts.append(Part(ellipse(size * 0.1, size * 0.1, home + corner, 0, 20), dirt))
    for side in (-1, 1):
        far = reach * 0.99
        parts.append(Part(line(home, 0, home + far * math.cos(0.76), side * far * math.sin(0.76), 0.22), WHITE))
    for x, y in (
        (home, 0.0),
        (home + corner, corner),
        (home + corner, -corner),
        (home + 2 * corner, 0.0),
        (home + corner, 0.0),
    ):
        parts.append(Part(rectangle(0.9, 0.9, x, y), (244, 244, 240)))
    return parts
