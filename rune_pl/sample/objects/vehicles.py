"""Cars, vans, lorries and coaches, seen from above. They face along x."""

from __future__ import annotations

from rune_pl.sample.dice import Dice
from rune_pl.sample.plan import Thing
from rune_pl.sample.shapes import Colour, Light, Part, line, mirrored, rectangle, rounded, shade

PAINT: tuple[Colour, ...] = (
    (226, 227, 226),
    (186, 189, 192),
    (128, 131, 135),
    (44, 46, 50),
    (28, 29, 33),
    (150, 34, 32),
    (40, 62, 118),
    (96, 106, 88),
    (190, 176, 148),
)
PAINT_WEIGHTS = (26, 20, 15, 14, 10, 5, 6, 2, 2)
GLASS: Colour = (38, 46, 54)
TRAILER: tuple[Colour, ...] = (
    (228, 228, 224),
    (206, 208, 208),
    (178, 156, 96),
    (74, 100, 142),
    (150, 58, 48),
    (86, 116, 88),
)


def small_vehicle(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """A car, or a van where it is long."""
    length, width = thing.length, thing.width
    paint = dice.weighted(PAINT, PAINT_WEIGHTS)
    van = length > 5.1 or dice.chance(0.12)
    nose = length / 2
    body = mirrored(
        [
            (nose, width * 0.26),
            (nose - 0.28, width * 0.44),
            (nose - 1.1, width * 0.5),
            (-nose + 0.6, width * 0.5),
            (-nose + 0.15, width * 0.44),
            (-nose, width * 0.3),
        ]
    )
    parts = [Part(body, paint, high=1.3 if not van else 2.0)]
    if van:
        parts.append(Part(rectangle(length * 0.72, width * 0.84, -length * 0.1), shade(paint, 1.08)))
        parts.append(Part(rectangle(length * 0.09, width * 0.8, length * 0.3), GLASS))
        return parts
    front, back = length * dice.uniform(0.17, 0.22), -length * dice.uniform(0.28, 0.36)
    cabin = mirrored(
        [(front, width * 0.36), (front - 0.7, width * 0.44), (back + 0.5, width * 0.44), (back, width * 0.36)]
    )
    parts.append(Part(cabin, GLASS))
    roof = (front + back) / 2 - 0.05
    parts.append(Part(rounded((front - back) * 0.5, width * 0.72, 0.25, roof), shade(paint, 1.1)))
    side = width * 0.45 * (1 if light.y > 0 else -1)
    parts.append(Part(line(back, side, front, side, width * 0.07), shade(paint, 1.25), alpha=170))
    return parts


def large_vehicle(thing: Thing, dice: Dice, light: Light) -> list[Part]:
    """A lorry with a trailer, a lorry in one piece, a tanker lorry or a coach."""
    variant = thing.variant or dice.weighted(("semi", "rigid", "coach", "tanker"), (5, 2, 2, 1))
    length, width = thing.length, thing.width
    nose = length / 2
    if variant == "coach":
        paint = dice.choice(((232, 232, 228), (214, 196, 150), (70, 106, 150), (176, 52, 44)))
        parts = [Part(rounded(length, width, 0.5), paint, high=3.2)]
        parts.append(Part(rectangle(0.5, width * 0.86, nose - 0.35), GLASS))
        for x in (-0.28, 0.02, 0.28):
            parts.append(Part(rounded(length * 0.12, width * 0.5, 0.2, length * x), shade(paint, 0.86)))
        return parts + [Part(line(-nose + 0.4, 0, nose - 0.8, 0, width * 0.08), shade(paint, 1.1))]
    cab = min(2.6, length * 0.28)
    paint = dice.choice(PAINT[:8])
    load = dice.choice(TRAILER)
    back = nose - cab - (0.7 if variant != "rigid" else 0.25)
    middle, size = (back - nose) / 2, back + nose
    parts = [Part(rectangle(length * 0.4, width * 0.42, nose - length * 0.2), (52, 52, 54), high=1.0)]
    if variant == "tanker":
        silver = dice.choice(((206, 208, 210), (224, 222, 214)))
        parts.append(Part(rounded(size, width, width * 0.48, middle), shade(silver, 0.78), high=3.2))
        parts.append(Part(rounded(size * 0.97, width * 0.4, 0.4, middle, light.y * width * 0.12), shade(silver, 1.1)))
        parts += [Part(rounded(0.7, 0.7, 0.35, middle + size * k), (120, 122, 124)) for k in (-0.25, 0.0, 0.25)]
    else:
        parts.append(Part(rectangle(size, width, middle), load, high=3.8))
        edge = width * 0.44 * (1 if light.y > 0 else -1)
        parts.append(Part(line(middle - size / 2, edge, middle + size / 2, edge, width * 0.1), shade(load, 1.15)))
        ribs = int(size / 1.6)
        for k in range(1, ribs):
            x = middle - size / 2 + size * k / ribs
            parts.append(Part(line(x, -width * 0.46, x, width * 0.46, 0.12), shade(load, 0.88)))
    parts.append(Part(rounded(cab, width * 0.96, 0.4, nose - cab / 2), paint, high=3.0))
    parts.append(Part(rectangle(0.45, width * 0.8, nose - 0.45), GLASS))
    parts.append(Part(rectangle(cab * 0.3, width * 0.7, nose - cab * 0.72), shade(paint, 0.82)))
    return parts
