"""Trees, hay bales, rocks, ponds and the wakes of ships: clutter that grew or flows."""

from __future__ import annotations

import math

from rune_pl.sample.dice import Dice
from rune_pl.sample.plan import Thing
from rune_pl.sample.shapes import Colour, Light, Part, Points, ellipse, line, rectangle, shade

LEAVES: tuple[Colour, ...] = ((62, 84, 46), (54, 78, 48), (74, 92, 50), (82, 98, 56), (66, 80, 54), (92, 100, 54))


def _blob(radius: float, ragged: float, dice: Dice, x: float = 0.0, y: float = 0.0, count: int = 11) -> Points:
    """A closed outline around (x, y) whose radius wavers by a share `ragged`."""
    points = []
    for k in range(count):
        turn = 2 * math.pi * k / count
        reach = radius * (1 - ragged * dice.uniform(0, 1))
        points.append((x + reach * math.cos(turn), y + reach * math.sin(turn)))
    return points


def tree(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """A crown of leaves: dark below, with tufts that catch the sun; `conifer` is smaller, darker and taller."""
    radius = thing.length / 2
    conifer = thing.variant == "conifer"
    green = (44, 66, 46) if conifer else shade(dice.choice(LEAVES), dice.uniform(0.88, 1.1))
    high = thing.length * (1.3 if conifer else 0.75)
    parts = [Part(_blob(radius, 0.3, dice, count=13), shade(green, 0.8), high * 0.3, high)]
    tufts = 12 if radius > 2.2 else 7
    for k in range(tufts):
        turn, away = 2 * math.pi * (k * 0.382 + dice.uniform(0, 0.1)), radius * math.sqrt((k + 0.5) / tufts) * 0.74
        x, y = away * math.cos(turn), away * math.sin(turn)
        facing = (x * light.x + y * light.y) / radius
        tuft = _blob(radius * dice.uniform(0.2, 0.34), 0.35, dice, x, y, 6)
        parts.append(Part(tuft, shade(green, 1.04 + 0.42 * facing + dice.uniform(-0.09, 0.09)), alpha=225))
    return parts


def hedge(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """A clipped hedge along x."""
    green = shade(dice.choice(LEAVES), 0.86)
    side = thing.width * 0.2 * (1 if light.y > 0 else -1)
    body = Part(rectangle(thing.length, thing.width), shade(green, 0.8), high=1.6)
    return [body, Part(line(-thing.length / 2, side, thing.length / 2, side, thing.width * 0.5), shade(green, 1.12))]


def bale(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """A round bale of hay."""
    size = thing.length
    return [
        Part(ellipse(size, size * 0.86, count=16), (176, 152, 98), high=1.3),
        Part(ellipse(size * 0.6, size * 0.5, light.x * size * 0.12, light.y * size * 0.12, 12), (206, 184, 128)),
    ]


def rock(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """A boulder of a breakwater."""
    grey = shade((142, 136, 126), dice.uniform(0.75, 1.15))
    radius = thing.length / 2
    return [
        Part(_blob(radius, 0.35, dice, count=8), shade(grey, 0.8), high=1.2),
        Part(_blob(radius * 0.6, 0.3, dice, light.x * radius * 0.2, light.y * radius * 0.2, 6), shade(grey, 1.15)),
    ]


def pond(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """A pond with a muddy rim: blue and round, but no swimming pool."""
    radius = thing.length / 2
    shape = _blob(radius, 0.3, dice, count=14)
    inner = [(x * 0.84, y * 0.84) for x, y in shape]
    return [
        Part(shape, (112, 108, 74)),
        Part(inner, (62, 84, 84)),
        Part([(x * 0.6, y * 0.6) for x, y in inner], (48, 70, 76), alpha=170),
    ]


def buoy(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """A buoy."""
    return [
        Part(
            ellipse(thing.length, thing.length, count=12),
            dice.choice(((206, 60, 40), (224, 190, 60), (60, 130, 80))),
            high=1.5,
        )
    ]


def wake(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """The wake behind a ship under way: foam at the stern that spreads and fades. The bow of the ship is at +x."""
    length, width = thing.length, thing.width
    parts = []
    for _ in range(70):
        share = dice.uniform(0, 1) ** 1.4
        x, y = length * (0.5 - share), dice.normal(0, 0.3) * width * (0.16 + 0.3 * share)
        foam = _blob(width * dice.uniform(0.05, 0.16) * (1 + share), 0.4, dice, x, y, 7)
        parts.append(
            Part([(x + (px - x) * 2.2, py) for px, py in foam], (206, 218, 220), alpha=round(78 * (1 - share) ** 1.3))
        )
    for side in (-1, 1):
        for k in range(12):
            share = k / 12
            x0, y0 = length * (0.5 - share), side * width * (0.1 + 0.4 * share)
            x1, y1 = length * (0.5 - share - 0.083), side * width * (0.1 + 0.4 * (share + 0.083))
            parts.append(
                Part(line(x0, y0, x1, y1, width * 0.05), (214, 226, 228), alpha=round(120 * (1 - share) ** 1.3))
            )
    return parts


def stain(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """Oil, rubber or damp on a hard surface."""
    return [Part(_blob(thing.length / 2, 0.5, dice, count=10), (62, 60, 58), alpha=dice.integer(18, 46))]
