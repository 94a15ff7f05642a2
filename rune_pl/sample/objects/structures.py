"""Tanks, piers, bridges, roundabouts, helipads, pools and cranes, seen from above."""

from __future__ import annotations

import math

from rune_pl.sample.dice import Dice
from rune_pl.sample.plan import Thing
from rune_pl.sample.shapes import (
    Colour,
    Light,
    Part,
    Points,
    arc,
    ellipse,
    line,
    move,
    rectangle,
    rounded,
    shade,
    stroke,
)

CONCRETE: Colour = (178, 174, 164)


def storage_tank(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """A cylinder with a cone, dome or floating roof."""
    size = thing.length
    paint = dice.weighted(
        ((226, 224, 216), (206, 206, 202), (176, 168, 152), (150, 146, 140), (196, 184, 158)), (5, 4, 2, 1, 1)
    )
    variant = thing.variant or dice.weighted(("cone", "floating", "dome"), (5, 4, 2))
    high = size * dice.uniform(0.35, 0.6) if size < 18 else dice.uniform(9, 15)
    parts = [Part(ellipse(size, size), shade(paint, 0.86), high=high)]
    if variant == "floating":
        sunk = size * dice.uniform(0.05, 0.14)
        roof = size * 0.95
        parts.append(Part(ellipse(roof, roof), shade(paint, 0.62)))  # in the shadow of its own rim
        lit = _lens(roof / 2, light.x * sunk, light.y * sunk)
        parts.append(Part(lit, shade(paint, 0.95)))
        parts.append(Part(stroke(ellipse(roof * 0.8, roof * 0.8), size * 0.012, closed=True), shade(paint, 0.78)))
        parts.append(
            Part(move(line(0, 0, roof * 0.46, 0, size * 0.03), 0, 0, dice.uniform(0, 6.28)), shade(paint, 0.7))
        )
        return parts
    facets = 24
    for k in range(facets):
        a, b = 2 * math.pi * k / facets, 2 * math.pi * (k + 1) / facets
        slope = light.on_slope(math.cos((a + b) / 2), math.sin((a + b) / 2))
        lean = 0.45 if variant == "cone" else 0.7
        parts.append(Part([(0, 0), *arc(size * 0.485, a, b + 0.02, steps=2)], shade(paint, 1 + (slope - 1) * lean)))
    if variant == "dome":
        for ring, strength in ((0.72, 0.5), (0.45, 0.25), (0.2, 0.1)):
            shift = size * 0.07 * (1 - ring)
            disc = ellipse(size * ring, size * ring, light.x * shift, light.y * shift)
            parts.append(Part(disc, shade(paint, 1 + 0.12 * (1 - strength)), alpha=120))
    parts.append(Part(ellipse(size * 0.07, size * 0.07, 0, 0, 12), shade(paint, 0.75)))
    for _ in range(3):
        turn = dice.uniform(0, 2 * math.pi)
        spot = ellipse(size * 0.05, size * 0.05, size * 0.4 * math.cos(turn), size * 0.4 * math.sin(turn), 12)
        parts.append(Part(spot, shade(paint, 0.7)))
    stairs = dice.uniform(0, 2 * math.pi)
    parts.append(Part(stroke(arc(size * 0.492, stairs, stairs + 0.9), size * 0.016), (104, 104, 104)))
    return parts


def _lens(radius: float, x: float, y: float) -> Points:
    """Where the disc around the origin overlaps its copy moved away from (x, y), as a polygon."""
    points = []
    for px, py in arc(radius, 0, 2 * math.pi, steps=48)[:-1]:
        qx, qy = px + x, py + y  # outside the shifted disc: pull back onto it
        far = math.hypot(qx, qy)
        points.append((px, py) if far <= radius else (qx / far * radius - x, qy / far * radius - y))
    return points


def harbor(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """A pier with finger pontoons on both sides (`fingers`), or a solid jetty (`jetty`)."""
    length, width = thing.length, thing.width
    if thing.variant == "jetty":
        colour = dice.choice((CONCRETE, (162, 158, 150), (190, 184, 170)))
        parts = [
            Part(rectangle(length, width), shade(colour, 0.82), high=3),
            Part(rectangle(length - 0.8, width - 1.2), colour),
        ]
        parts.append(Part(line(-length / 2, 0, length / 2, 0, width * 0.3), shade(colour, 0.9)))
        for k in range(int(length / 12)):
            x = -length / 2 + 6 + 12 * k
            for side in (-1, 1):
                parts.append(Part(rectangle(0.9, 0.9, x, side * (width / 2 - 0.8)), (70, 68, 64), 3, 3.8))
        for k in range(int(length / 24)):
            shed = rectangle(
                dice.uniform(3, 7), width * 0.24, -length / 2 + 12 + 24 * k, dice.uniform(-0.2, 0.2) * width
            )
            if dice.chance(0.5):
                parts.append(Part(shed, dice.choice(((150, 84, 62), (96, 108, 116), (196, 192, 184))), 3, 6))
        return parts
    wood = dice.choice(((166, 152, 130), (150, 140, 124), (186, 180, 168), (198, 194, 184)))
    spine = 2.4
    pitch = float(dice.uniform(8.2, 9.6)) if not thing.variant else float(thing.variant.split(":")[1])
    parts = [Part(rectangle(length, spine), wood, high=0.9)]
    for k in range(max(1, int(length / pitch)) + 1):
        x = -length / 2 + 0.5 + k * pitch
        if x < length / 2:
            parts.append(Part(line(x, -width / 2, x, width / 2, 1.0), wood, high=0.8))
            parts += [Part(ellipse(0.6, 0.6, x, side * width / 2 * 0.98, 8), (92, 84, 72), 0, 2) for side in (-1, 1)]
    parts.append(Part(rectangle(length, spine * 0.86), shade(wood, 1.06)))
    for k in range(int(length / 2.2)):
        x = -length / 2 + 1.1 + 2.2 * k
        parts.append(Part(line(x, -spine * 0.43, x, spine * 0.43, 0.12), shade(wood, 0.82)))
    return parts


def bridge(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """A road or rail deck across water; it reaches from bank to bank."""
    length, width = thing.length, thing.width
    deck = dice.choice(((150, 148, 144), (134, 132, 130), (164, 158, 148)))
    rail = shade(CONCRETE, 1.06)
    parts = [Part(rectangle(length, width), shade(rail, 0.86), 4.0, 6.5), Part(rectangle(length, width * 0.94), rail)]
    walk = min(1.6, width * 0.14)
    parts.append(Part(rectangle(length, width - 2 * walk - 0.8), deck))
    if thing.variant == "rail":
        parts.append(Part(rectangle(length, width * 0.6), (124, 112, 98)))
        for k in range(int(length / 0.9)):
            x = -length / 2 + 0.45 + 0.9 * k
            parts.append(Part(line(x, -1.3, x, 1.3, 0.28), (92, 80, 68)))
        return parts + [Part(line(-length / 2, y, length / 2, y, 0.16), (188, 184, 178)) for y in (-0.75, 0.75)]
    for k in range(int(length / 9) + 1):
        x = -length / 2 + 9 * k
        parts.append(Part(line(x, 0, min(x + 3, length / 2), 0, 0.18), (232, 230, 220)))
    side = width / 2 - walk - 0.7
    parts += [Part(line(-length / 2, y, length / 2, y, 0.15), (226, 224, 216)) for y in (-side, side)]
    for k in range(1, int(length / 14)):
        x = -length / 2 + 14 * k
        parts.append(Part(line(x, -width * 0.46, x, width * 0.46, 0.3), shade(deck, 0.75)))
    return parts


def roundabout(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """A ring of road around an island; the roads that lead to it are not part of it."""
    size = thing.length
    road = dice.choice(((104, 104, 104), (116, 114, 112), (94, 94, 96)))
    island = dice.choice(((92, 118, 64), (106, 124, 74), (168, 152, 118), (84, 108, 62)))
    inner = size * dice.uniform(0.42, 0.56)
    parts = [
        Part(ellipse(size, size, count=56), shade(CONCRETE, 0.95)),
        Part(ellipse(size - 0.8, size - 0.8, count=56), road),
    ]
    if size > 26:
        lane = (size + inner) / 2
        ring = ellipse(lane, lane, count=64)
        for k in range(0, 64, 4):
            parts.append(Part(stroke(ring[k : k + 3], 0.16), (224, 222, 214), alpha=200))
    parts.append(Part(ellipse(inner + 2.4, inner + 2.4), (186, 160, 142)))
    parts.append(Part(ellipse(inner + 0.6, inner + 0.6), shade(CONCRETE, 1.1)))
    parts.append(Part(ellipse(inner, inner), island))
    look = dice.choice(("trees", "fountain", "beds", "trees"))
    if look == "fountain":
        parts.append(Part(ellipse(inner * 0.5, inner * 0.5), (208, 202, 190), 0, 0.6))
        parts.append(Part(ellipse(inner * 0.42, inner * 0.42), (96, 142, 156)))
        parts.append(Part(ellipse(inner * 0.1, inner * 0.1, count=12), (234, 238, 238), 0, 2))
    elif look == "beds":
        for k in range(6):
            bed = ellipse(inner * 0.2, inner * 0.12, inner * 0.3, 0, 16)
            colour = dice.choice(((150, 70, 86), (196, 170, 70), (110, 76, 130)))
            parts.append(Part(move(bed, 0, 0, k * math.pi / 3), colour, 0, 0.4))
    else:
        for _ in range(dice.integer(3, 7)):
            turn, away = dice.uniform(0, 2 * math.pi), inner * dice.uniform(0, 0.3)
            parts += _bush(away * math.cos(turn), away * math.sin(turn), inner * dice.uniform(0.12, 0.2), light, dice)
    return parts


def _bush(x: float, y: float, size: float, light: Light, dice: Dice) -> list[Part]:
    green = dice.choice(((58, 84, 46), (66, 92, 48), (74, 90, 54)))
    return [
        Part(ellipse(size, size, x, y, 12), shade(green, 0.75), 0.4, 3.5),
        Part(ellipse(size * 0.7, size * 0.7, x + light.x * size * 0.12, y + light.y * size * 0.12, 12), green),
        Part(
            ellipse(size * 0.35, size * 0.35, x + light.x * size * 0.2, y + light.y * size * 0.2, 12), shade(green, 1.3)
        ),
    ]


def helipad(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """A round or square pad with a circle and the letter H."""
    size = thing.length
    pad, paint = dice.choice(
        (
            ((112, 112, 112), (236, 236, 230)),
            ((72, 116, 88), (238, 238, 232)),
            ((150, 148, 142), (222, 190, 70)),
            ((134, 70, 58), (240, 238, 232)),
        )
    )
    square = dice.chance(0.5)
    outline = rectangle(size, size) if square else ellipse(size, size)
    parts = [Part(outline, pad)]
    rim = rectangle(size * 0.93, size * 0.93) if square else ellipse(size * 0.94, size * 0.94)
    parts.append(Part(stroke(rim, size * 0.025, closed=True), paint))
    if square:
        parts.append(Part(stroke(ellipse(size * 0.7, size * 0.7), size * 0.03, closed=True), paint))
    letter, bar = size * 0.34, size * 0.06
    for x in (-0.32, 0.32):
        parts.append(Part(line(-letter / 2, letter * x * 1.2, letter / 2, letter * x * 1.2, bar), paint))
    return parts + [Part(line(0, -letter * 0.4, 0, letter * 0.4, bar), paint)]


def swimming_pool(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """A pool with its coping: rectangular, rounded, oval or kidney-shaped."""
    length, width = thing.length, thing.width
    variant = thing.variant or dice.choice(("rectangle", "rounded", "oval", "kidney"))
    shape: Points
    if variant == "rectangle":
        shape = rectangle(length, width)
    elif variant == "rounded":
        shape = rounded(length, width, width * 0.3)
    elif variant == "oval":
        shape = ellipse(length, width)
    else:
        shape = []
        for x, y in ellipse(length, width):
            dent = width * 0.22 * math.exp(-((x / (length * 0.16)) ** 2)) if y > 0 else 0.0
            shape.append((x, y - dent))
    rim = 0.45 / (min(length, width) / 2)
    blue = dice.choice(((84, 186, 212), (70, 166, 206), (102, 198, 210), (62, 150, 190)))
    water = [(x * (1 - rim), y * (1 - rim)) for x, y in shape]
    deep = [(x * 0.5 - length * 0.18, y * 0.72) for x, y in water]
    parts = [
        Part(shape, dice.choice(((222, 214, 200), (206, 198, 186), (232, 230, 224)))),
        Part(water, blue),
        Part(deep, shade(blue, 0.86), alpha=150),
    ]
    if length > 20:
        for k in range(1, 6):
            y = width * (k / 6 - 0.5) * (1 - rim)
            parts.append(Part(line(-length * 0.46, y, length * 0.46, y, 0.25), (46, 92, 140)))
    edge = [(x * 0.97, y * 0.97) for x, y in water]
    dark = [(px - light.x * 0.0, py) for px, py in edge if px * light.x + py * light.y > 0]
    if len(dark) > 2:
        parts.append(Part(stroke(dark, 0.3), shade(blue, 0.68), alpha=130))
    return parts


def container_crane(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """A quay crane: portal, machine house and a boom that reaches out along x."""
    length, width = thing.length, thing.width
    paint = dice.choice(((206, 120, 44), (60, 96, 150), (178, 52, 44), (220, 216, 206)))
    back, front = -length / 2, length / 2
    legs = (back + length * 0.22, back + length * 0.52)
    parts = []
    for x in legs:
        parts.append(Part(line(x, -width / 2, x, width / 2, 1.5), shade(paint, 0.8), 0, 12))
    for side in (-1, 1):
        parts.append(
            Part(line(legs[0], side * width * 0.42, legs[1], side * width * 0.42, 1.1), shade(paint, 0.9), 12, 14)
        )
        parts.append(Part(line(back, side * width * 0.12, front, side * width * 0.12, 1.0), paint, 26, 28))
    for k in range(int(length / 4)):
        x = back + 2 + 4 * k
        parts.append(Part(line(x, -width * 0.12, x, width * 0.12, 0.5), shade(paint, 0.85)))
    parts.append(Part(rectangle(length * 0.13, width * 0.4, back + length * 0.18), (226, 224, 218), 26, 32))
    parts.append(
        Part(rectangle(length * 0.06, width * 0.26, front - length * dice.uniform(0.12, 0.4)), (70, 72, 76), 24, 27)
    )
    return parts
