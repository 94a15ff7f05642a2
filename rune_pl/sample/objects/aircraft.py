"""Aeroplanes and helicopters, seen from above. They face along x."""

from __future__ import annotations

import math

from rune_pl.sample.dice import Dice
from rune_pl.sample.plan import Thing
from rune_pl.sample.shapes import Colour, Light, Part, Points, ellipse, line, mirrored, move, rounded, shade

LIVERY: tuple[Colour, ...] = (
    (36, 62, 128),
    (172, 40, 38),
    (30, 106, 96),
    (214, 150, 40),
    (92, 96, 104),
    (228, 228, 228),
)


def _fuselage(nose: float, tail: float, half: float) -> Points:
    """A tube from tail to nose (x) with a rounded front and a tapering back."""
    length = nose - tail
    profile = (
        (0, 0),
        (0.008, 0.3),
        (0.025, 0.6),
        (0.055, 0.85),
        (0.1, 1),
        (0.68, 1),
        (0.8, 0.8),
        (0.92, 0.42),
        (1, 0.1),
    )
    return mirrored([(nose - length * x, half * y) for x, y in profile])


def _wing(root: float, chord: float, tip: float, tip_chord: float, span: float) -> Points:
    """Both wings as one outline: leading edge at `root` on the axis and at `tip` at half the span."""
    half = span / 2
    return mirrored([(root, 0), (tip, half), (tip - tip_chord, half), (root - chord, half * 0.12), (root - chord, 0)])


def plane(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """An airliner with two or four jets, a business jet or a small propeller plane."""
    variant = thing.variant or ("airliner" if thing.length > 22 else dice.choice(("jet", "propeller")))
    length, span = thing.length, thing.width
    nose, tail = length / 2, -length / 2
    white = dice.choice(((236, 236, 234), (226, 228, 230), (242, 240, 234), (196, 200, 204)))
    trim = dice.choice(LIVERY)
    metal = shade(white, 0.87)
    if variant == "propeller":
        return _propeller_plane(length, span, white, trim, light)
    half = length * (0.052 if variant == "airliner" else 0.062)
    sweep = dice.uniform(0.19, 0.26)
    root = length * dice.uniform(0.1, 0.15) if variant == "airliner" else -length * 0.02
    lift = half * 1.2
    tip = root - length * sweep - length * 0.05
    parts = [Part(_wing(root, length * 0.2, tip, length * 0.035, span), metal, lift, lift + 0.5)]
    flap = mirrored(
        [(root - length * 0.16, half), (tip - length * 0.027, span * 0.47), (tip - length * 0.035, span * 0.47)]
    )
    parts.append(Part(flap, shade(metal, 0.86), alpha=150))
    if variant == "airliner":
        seats = (0.17, 0.31) if length > 50 and dice.chance(0.6) else (0.18,)
        for seat in seats:
            for side in (-1, 1):
                front = root - (length * sweep + length * 0.05) * 2 * seat + length * 0.045
                pod = rounded(length * 0.085, length * 0.042, length * 0.02, front - length * 0.03, side * span * seat)
                parts.insert(
                    0, Part(pod, shade(trim, 0.9) if dice.chance(0.3) else shade(white, 0.72), lift * 0.3, lift)
                )
    else:
        for side in (-1, 1):
            pod = rounded(length * 0.16, half * 0.9, half * 0.4, tail + length * 0.24, side * half * 1.5)
            parts.append(Part(pod, shade(white, 0.8), lift, lift + 0.8))
    back = tail + length * 0.02
    parts.append(
        Part(
            _wing(tail + length * 0.15, length * 0.1, back + length * 0.03, length * 0.03, span * 0.36),
            metal,
            lift,
            lift + 1,
        )
    )
    parts += _body(_fuselage(nose, tail, half), half, white, light, lift)
    parts.append(
        Part(mirrored([(nose - length * 0.035, half * 0.12), (nose - length * 0.045, half * 0.62)]), (52, 58, 66))
    )
    fin = mirrored(
        [(tail + length * 0.2, half * 0.05), (tail + length * 0.1, half * 0.2), (tail + length * 0.005, half * 0.12)]
    )
    parts.append(Part(fin, trim, lift, lift + half * 4))
    return parts


def _body(outline: Points, half: float, paint: Colour, light: Light, lift: float) -> list[Part]:
    """A tube that is brighter on the sunny side and darker on the other."""
    side = half * 0.22 * light.y
    return [
        Part(outline, shade(paint, 0.84), 0.0, lift + half),
        Part([(x * 0.985, y * 0.74 + side) for x, y in outline], shade(paint, 0.97)),
        Part([(x * 0.95, y * 0.34 + 1.6 * side) for x, y in outline], shade(paint, 1.08)),
    ]


def _propeller_plane(length: float, span: float, white: Colour, trim: Colour, light: Light) -> list[Part]:
    nose, tail, half = length / 2, -length / 2, length * 0.06
    wing = rounded(length * 0.155, span, length * 0.06, length * 0.13)
    parts = [
        Part(wing, white, 1.2, 1.5),
        Part(rounded(length * 0.15, span * 0.08, 0.3, length * 0.13, span * 0.46), trim),
        Part(rounded(length * 0.15, span * 0.08, 0.3, length * 0.13, -span * 0.46), trim),
        Part(rounded(length * 0.1, span * 0.3, length * 0.03, tail + length * 0.06), shade(white, 0.94), 1.0, 1.2),
    ]
    parts += _body(_fuselage(nose, tail, half), half, white, light, 1.0)
    parts.append(Part(rounded(length * 0.13, half * 1.3, half * 0.4, length * 0.14), (50, 60, 70)))
    parts.append(Part(line(tail, 0, tail + length * 0.16, 0, 0.2), trim, 1.0, 2.4))
    parts.append(Part(line(nose - 0.08, -length * 0.12, nose - 0.08, length * 0.12, 0.16), (70, 70, 72), 1.0, 1.2))
    return parts


def helicopter(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """A helicopter with two, four or five blades; its length runs from nose to tail rotor."""
    length, nose = thing.length, thing.length / 2
    paint = dice.choice(((196, 50, 42), (232, 230, 226), (52, 66, 96), (228, 188, 60), (74, 84, 66), (60, 62, 66)))
    hub = nose - length * 0.3
    cabin = length * 0.46
    parts = [Part(line(-nose, 0, hub, 0, length * 0.045), shade(paint, 0.85), 1.4, 2.2)]
    for side in (-1, 1):
        skid = line(hub - cabin * 0.35, side * length * 0.085, hub + cabin * 0.38, side * length * 0.085, 0.14)
        parts.append(Part(skid, (70, 70, 72), 0, 0.4))
    parts.append(Part(ellipse(cabin, length * 0.17, hub + length * 0.04), shade(paint, 0.88), 0.4, 2.6))
    parts.append(Part(ellipse(cabin * 0.7, length * 0.09, hub, light.y * length * 0.02), shade(paint, 1.1)))
    parts.append(Part(ellipse(cabin * 0.28, length * 0.12, nose - length * 0.09), (44, 54, 64)))
    parts.append(
        Part(line(-nose + length * 0.1, -length * 0.09, -nose + length * 0.1, length * 0.09, 0.35), paint, 1.8, 2.0)
    )
    parts.append(Part(line(-nose, -0.1, -nose + length * 0.12, 0.1, 0.3), (226, 226, 222), 2, 3))
    blades = dice.choice((2, 4, 4, 5))
    reach, start = nose - hub + length * 0.05, dice.uniform(0, math.pi)
    for k in range(blades):
        blade = move(line(0, 0, reach, 0, 0.34), hub, 0, start + 2 * math.pi * k / blades)
        parts.append(Part(blade, (58, 58, 60), 3.0, 3.1, alpha=230))
    return parts + [Part(ellipse(length * 0.06, length * 0.06, hub, 0, 12), (90, 90, 92), 2.6, 3.2)]
