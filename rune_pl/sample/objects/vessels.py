"""Ships and boats, seen from above. They face along x."""

from __future__ import annotations

from rune_pl.sample.dice import Dice
from rune_pl.sample.objects.vehicles import GLASS
from rune_pl.sample.plan import Thing
from rune_pl.sample.shapes import Colour, Light, Part, Points, ellipse, line, mirrored, rectangle, rounded, shade

BOXES: tuple[Colour, ...] = (
    (150, 58, 46),
    (52, 84, 134),
    (196, 128, 54),
    (92, 122, 84),
    (206, 204, 198),
    (120, 72, 60),
    (64, 112, 122),
)


def _hull(length: float, width: float, bow: float, stern: float = 0.86) -> Points:
    """Deck outline; `bow` is the share of the length that narrows to the stem."""
    nose, half = length / 2, width / 2
    curve = ((0, 0), (0.1, 0.24), (0.25, 0.5), (0.45, 0.74), (0.7, 0.92), (1, 1))
    points = [(nose - length * bow * x, half * y) for x, y in curve]
    return mirrored([*points, (-nose + length * 0.1, half), (-nose, half * stern)])


def ship(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """A motor boat, yacht, sailing boat, tug, barge, container ship, tanker or bulk carrier, by its length."""
    length = thing.length
    small, middle, big = (
        ("motor", "motor", "yacht", "sail", "open"),
        ("yacht", "tug", "barge"),
        ("container", "tanker", "bulk"),
    )
    variant = thing.variant or dice.choice(small if length < 17 else middle if length < 45 else big)
    draw = {"motor": _motor, "yacht": _motor, "sail": _sail, "open": _open, "tug": _tug, "barge": _barge}
    return draw.get(variant, _cargo)(thing, dice, light, variant)


def _deck(hull: Points, x: float, y: float, shift: float = 0.0) -> Points:
    return [(px * x + shift, py * y) for px, py in hull]


def _motor(thing: Thing, dice: Dice, light: Light, variant: str) -> list[Part]:
    length, width = thing.length, thing.width
    paint = dice.choice(((240, 240, 236), (232, 234, 234), (244, 240, 230), (58, 76, 116)))
    hull = _hull(length, width, 0.5)
    teak = dice.choice(((186, 150, 108), (206, 204, 196), (222, 220, 212)))
    parts = [Part(hull, paint, high=1.4), Part(_deck(hull, 0.9, 0.78), shade((236, 236, 230), 0.95))]
    parts.append(Part(rectangle(length * 0.26, width * 0.7, -length * 0.33), teak))
    parts.append(Part(rounded(length * 0.38, width * 0.64, width * 0.2, -length * 0.02), (244, 244, 242), 1, 2.8))
    parts.append(Part(rounded(length * 0.08, width * 0.52, width * 0.1, length * 0.14), GLASS))
    if variant == "yacht":
        parts.append(Part(rounded(length * 0.2, width * 0.42, width * 0.14, -length * 0.05), (214, 216, 216), 2, 4))
        parts.append(Part(line(-length * 0.06, -width * 0.3, -length * 0.06, width * 0.3, 0.3), (170, 170, 170)))
    elif dice.chance(0.4):
        parts.append(
            Part(
                rectangle(length * 0.16, width * 0.56, -length * 0.1),
                dice.choice(((40, 66, 120), (120, 40, 40), (70, 74, 78))),
            )
        )
    return parts


def _sail(thing: Thing, dice: Dice, light: Light, variant: str) -> list[Part]:
    length, width = thing.length, thing.width
    hull = _hull(length, width, 0.62, 0.6)
    deck = dice.choice(((214, 190, 150), (226, 224, 216), (238, 238, 234)))
    parts = [
        Part(hull, dice.choice(((240, 240, 238), (44, 60, 100), (150, 36, 34))), high=1.2),
        Part(_deck(hull, 0.92, 0.8), deck),
    ]
    parts.append(Part(rounded(length * 0.3, width * 0.42, width * 0.15, length * 0.06), (246, 246, 244), 1, 1.8))
    parts.append(Part(rectangle(length * 0.18, width * 0.4, -length * 0.28), shade(deck, 0.72)))
    cover = dice.choice(((38, 62, 118), (236, 234, 228), (120, 38, 44)))
    parts.append(Part(line(-length * 0.34, 0, length * 0.12, 0, width * 0.1), cover, 1.8, 2.4))
    return parts + [Part(ellipse(0.35, 0.35, length * 0.12, 0, 8), (200, 200, 202), 1, length * 0.9)]


def _open(thing: Thing, dice: Dice, light: Light, variant: str) -> list[Part]:
    length, width = thing.length, thing.width
    hull = _hull(length, width, 0.45, 0.9)
    paint = dice.choice(((236, 236, 232), (160, 44, 40), (52, 92, 130), (70, 110, 84)))
    parts = [
        Part(hull, paint, high=0.9),
        Part(_deck(hull, 0.84, 0.72, -length * 0.02), dice.choice(((150, 128, 100), (196, 196, 190)))),
    ]
    parts += [Part(rectangle(length * 0.06, width * 0.64, length * x), (214, 208, 196)) for x in (-0.2, 0.08)]
    return parts + [Part(rectangle(length * 0.07, width * 0.3, -length * 0.46), (36, 38, 42))]


def _tug(thing: Thing, dice: Dice, light: Light, variant: str) -> list[Part]:
    length, width = thing.length, thing.width
    hull = _hull(length, width, 0.4, 0.7)
    paint = dice.choice(((40, 46, 58), (150, 44, 36), (38, 78, 70)))
    parts = [
        Part(hull, paint, high=2),
        Part(_deck(hull, 0.92, 0.82), dice.choice(((140, 72, 54), (112, 118, 110), (146, 142, 132)))),
    ]
    parts.append(Part(rounded(length * 0.3, width * 0.56, 1.0, length * 0.1), (238, 236, 230), 2, 6))
    parts.append(Part(rounded(length * 0.14, width * 0.44, 0.8, length * 0.13), (206, 210, 212), 5, 9))
    parts.append(Part(ellipse(width * 0.2, width * 0.2, -length * 0.02, 0, 16), (196, 62, 40), 5, 9))
    return parts + [Part(rectangle(length * 0.06, width * 0.3, -length * 0.2), (70, 70, 70), 2, 3)]


def _barge(thing: Thing, dice: Dice, light: Light, variant: str) -> list[Part]:
    length, width = thing.length, thing.width
    hull = _hull(length, width, 0.12, 0.92)
    parts = [Part(hull, dice.choice(((66, 60, 58), (52, 66, 84), (104, 56, 46))), high=2)]
    parts.append(Part(_deck(hull, 0.97, 0.86), (128, 122, 112)))
    hold, cargo = length * 0.66, dice.choice(((166, 142, 104), (62, 58, 56), (140, 128, 112), (120, 84, 62)))
    parts.append(Part(rectangle(hold, width * 0.68, length * 0.06), (58, 56, 54)))
    for k in range(4):
        heap = ellipse(hold * 0.26, width * 0.6, length * 0.06 + hold * (k - 1.5) / 4.2, 0, 20)
        parts.append(Part(heap, shade(cargo, dice.uniform(0.9, 1.12))))
    parts.append(Part(rounded(length * 0.1, width * 0.7, 0.6, -length * 0.39), (232, 230, 224), 2, 5))
    return parts


def _cargo(thing: Thing, dice: Dice, light: Light, variant: str) -> list[Part]:
    length, width = thing.length, thing.width
    hull = _hull(length, width, 0.2, 0.8)
    paint = dice.choice(((58, 62, 74), (120, 44, 38), (38, 70, 92), (54, 82, 66)))
    deck = dice.choice(((140, 72, 58), (124, 128, 122), (104, 116, 104))) if variant != "container" else (112, 108, 104)
    parts = [Part(hull, paint, high=6), Part(_deck(hull, 0.98, 0.9), deck)]
    fore, aft = length * 0.34, -length * 0.32
    if variant == "container":
        rows, columns = max(3, int(width * 0.84 / 2.5)), max(3, int((fore - aft) / 7.2))
        for i in range(columns):
            x = aft + (fore - aft) * (i + 0.5) / columns
            deep = dice.uniform(0.55, 1.0)
            for j in range(rows):
                if dice.chance(deep * 0.97):
                    y = width * 0.84 * ((j + 0.5) / rows - 0.5)
                    box = rectangle((fore - aft) / columns - 0.9, width * 0.84 / rows * 0.95, x, y)
                    parts.append(Part(box, shade(dice.choice(BOXES), dice.uniform(0.85, 1.1)), 6, 6 + 5 * deep))
    elif variant == "tanker":
        for y in (-0.12, -0.04, 0.04, 0.12):
            parts.append(Part(line(aft, width * y, fore, width * y, 0.6), shade(deck, 0.7 if y < 0 else 1.25)))
        for k in range(7):
            x = aft + (fore - aft) * (k + 0.5) / 7
            parts.append(Part(line(x, -width * 0.4, x, width * 0.4, 0.4), shade(deck, 0.8)))
        parts.append(Part(line(0, -width * 0.42, 0, width * 0.42, 2.2), (196, 188, 172), 6, 8))
    else:
        for k in range(5):
            x = aft + (fore - aft) * (k + 0.5) / 5
            hatch = rectangle((fore - aft) / 5 * 0.74, width * 0.6, x)
            parts.append(Part(hatch, shade((168, 120, 84) if dice.chance(0.5) else (128, 134, 130), 1.0), 6, 8))
            parts.append(Part(line(x, -width * 0.28, x, width * 0.28, 0.4), shade(deck, 0.7)))
    parts.append(Part(rounded(length * 0.09, width * 0.84, 1.0, -length * 0.39), (238, 236, 230), 6, 20))
    parts.append(Part(rectangle(length * 0.025, width * 0.98, -length * 0.37), (222, 222, 218), 14, 20))
    parts.append(
        Part(
            rounded(length * 0.04, width * 0.3, 0.8, -length * 0.425),
            dice.choice(((190, 60, 40), (40, 60, 110), (60, 60, 60))),
            6,
            24,
        )
    )
    return parts
