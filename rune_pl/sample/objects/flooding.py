"""What is told apart after a flood: stretches of road and of water. The ground shows them; they only have an extent."""

from __future__ import annotations

import math

from rune_pl.sample.dice import Dice
from rune_pl.sample.plan import Thing
from rune_pl.sample.shapes import Light, Part, rectangle


def road(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """A stretch of road along x."""
    return [Part(rectangle(thing.length, thing.width), (0, 0, 0), alpha=0)]


def water(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """Standing water: an ellipse whose shore wavers by the factors that the variant lists."""
    shore = [float(factor) for factor in thing.variant.split(",")] if thing.variant else [1.0] * 16
    turns = [2 * math.pi * k / len(shore) for k in range(len(shore))]
    points = [
        (thing.length / 2 * r * math.cos(t), thing.width / 2 * r * math.sin(t))
        for t, r in zip(turns, shore, strict=True)
    ]
    return [Part(points, (0, 0, 0), alpha=0)]
