"""Airfields: a runway along u, an apron with planes in rows before a terminal or hangars."""

from __future__ import annotations

import math

from rune_pl.sample.places.common import avenue, car_park, grove, street, wooded_tint
from rune_pl.sample.places.port import tank_farm
from rune_pl.sample.plan import Plan
from rune_pl.sample.shapes import arc, line, stroke

YELLOW = (208, 176, 64)


def airfield(plan: Plan) -> None:
    """An airport with airliners, or a small field with private planes where the scene is narrow."""
    plan.base = "grass"
    plan.patch("grass", -plan.reach, -plan.reach, plan.reach, plan.reach, tint=wooded_tint(plan))
    if plan.extent > 200:
        _airport(plan)
    else:
        _club(plan)


def _strip(plan: Plan, at: float, width: float, *, runway: bool) -> None:
    reach = plan.reach
    plan.patch("tarmac", -reach, at - width / 2, reach, at + width / 2)
    plan.reserve(-reach, at - width / 2, reach, at + width / 2)
    if not runway:
        plan.mark(line(-reach, at, reach, at, 0.5), YELLOW, 230)
        return
    for k in range(int(2 * reach / 50) + 1):
        plan.mark(line(-reach + 50 * k, at, -reach + 50 * k + 30, at, 0.9), (226, 226, 222), 225)
    for side in (-1, 1):
        plan.mark(
            line(-reach, at + side * (width / 2 - 1.5), reach, at + side * (width / 2 - 1.5), 0.9), (226, 226, 222), 225
        )
    for _ in range(16):  # rubber where planes touch down
        u, v = plan.dice.uniform(-reach, reach), at + plan.dice.normal(0, width * 0.09)
        plan.mark(line(u, v, u + plan.dice.uniform(25, 80), v + plan.dice.uniform(-0.6, 0.6), 0.8), (48, 48, 50), 46)


def _airport(plan: Plan) -> None:
    dice, reach = plan.dice, plan.reach
    half = plan.extent / 2
    runway = -half * dice.uniform(0.72, 0.9)
    _strip(plan, runway, dice.uniform(34, 45), runway=True)
    taxi = runway + dice.uniform(58, 70)
    apron = taxi + 14
    _strip(plan, taxi, 18, runway=False)
    if dice.chance(0.6):
        u = dice.uniform(-0.3, 0.3) * plan.extent
        plan.patch("tarmac", u - 9, runway, u + 9, taxi)
        plan.mark(stroke([*arc(14, math.pi, math.pi / 2, u + 14, taxi - 14)], 0.5), YELLOW, 230)
        plan.reserve(u - 9, runway, u + 9, taxi)
    deep = dice.uniform(82, 100)
    plan.patch("slabs", -reach, taxi + 6, reach, apron + deep)
    plan.reserve(-reach, taxi + 6, reach, apron + deep)
    stand = dice.uniform(46, 56)
    u = -half + dice.uniform(0, stand * 0.6)
    nose = math.pi / 2
    full = dice.uniform(0.45, 0.95)
    while u < half + 20:
        plan.mark(line(u, taxi, u, apron + deep - 12, 0.4), YELLOW, 210)
        if dice.chance(full):
            span = dice.uniform(29, 36) if dice.chance(0.75) else dice.uniform(38, 44)
            length = span * dice.uniform(1.0, 1.18)
            v = apron + deep - 14 - length / 2
            if plan.add(
                "plane",
                u,
                v,
                nose + dice.uniform(-0.02, 0.02),
                length,
                span,
                ground=False,
                margin=0.5,
                variant="airliner",
            ):
                for _ in range(dice.integer(0, 4)):
                    _service(plan, u + dice.uniform(-20, 20), v + dice.uniform(-length * 0.4, length * 0.4))
        u += stand
    if dice.chance(0.5):
        u = dice.uniform(-0.4, 0.4) * plan.extent
        plan.add("plane", u, taxi, dice.choice((0.0, math.pi)), 38, 34, ground=False, variant="airliner", margin=1)
    edge = apron + deep
    long = dice.uniform(0.5, 0.8) * plan.extent
    centre = dice.uniform(-0.15, 0.15) * plan.extent
    plan.add("hall", centre, edge + 13, 0.0, long, 24, ground=False, variant="machines")
    plan.patch("asphalt", -reach, edge, reach, edge + 3)
    for _ in range(dice.integer(2, 7)):
        _service(plan, dice.uniform(-half, half), edge - dice.uniform(2, 9))
    side = centre + (long / 2 + 34) * dice.choice((-1, 1))
    look = dice.choice(("helipads", "helipads", "tanks", "hangar"))
    if look == "helipads":
        helipads(plan, side, edge + 16, dice.integer(1, 2))
    elif look == "tanks":
        tank_farm(plan, side - 24, edge + 6, side + 24, edge + 40, dice.uniform(11, 15))
    else:
        plan.add("hall", side, edge + 20, 0.0, 40, 34, variant="ribs")
    street(plan, "u", edge + 34, -reach, reach, width=8, traffic=0.35)
    car_park(plan, -half, edge + 41, half, edge + 41 + 34, full=dice.uniform(0.4, 0.8))
    grove(plan, -reach, edge + 78, reach, reach, density=0.012)


def _service(plan: Plan, u: float, v: float) -> None:
    """A tug, a van, a fuel lorry or an airside bus."""
    dice = plan.dice
    angle = dice.choice((0.0, math.pi / 2, math.pi)) + dice.uniform(-0.2, 0.2)
    if dice.chance(0.35):
        plan.add(
            "large_vehicle",
            u,
            v,
            angle,
            dice.uniform(9, 13),
            2.6,
            variant=dice.choice(("tanker", "coach", "rigid")),
            ground=False,
        )
    else:
        plan.add("small_vehicle", u, v, angle, dice.uniform(3.8, 5.4), 1.9, ground=False)


def helipads(plan: Plan, u: float, v: float, count: int) -> None:
    """Helipads in a row, some with a helicopter on them."""
    dice, size = plan.dice, plan.dice.uniform(17, 22)
    plan.patch("tarmac", u - 4 - size * count / 2, v - size / 2 - 4, u + 4 + size * count / 2, v + size / 2 + 4)
    for k in range(count):
        at = u + (size + 3) * (k - (count - 1) / 2)
        plan.add("helipad", at, v, dice.choice((0.0, math.pi / 2)), size, size, ground=False)
        if dice.chance(0.65):
            length = dice.uniform(11, 14.5)
            plan.add("helicopter", at, v, dice.uniform(-math.pi, math.pi), length, length * 0.8, force=True)


def _club(plan: Plan) -> None:
    """A small field: hangars, light planes on grass and tarmac, a helipad."""
    dice, reach = plan.dice, plan.reach
    half = plan.extent / 2
    runway = -half * dice.uniform(0.6, 0.75)
    _strip(plan, runway, dice.uniform(18, 23), runway=True)
    v = runway + 30
    plan.patch("slabs", -reach, v, reach, v + 52)
    plan.patch("tarmac", -8, runway, 8, v)
    plan.reserve(-reach, v, reach, v + 52)
    for row in range(3):
        u = -half + dice.uniform(0, 8)
        large = row == 1 and dice.chance(0.6)
        while u < half:
            if dice.chance(0.62):
                length = dice.uniform(13, 19) if large else dice.uniform(7.2, 10)
                span = length * (dice.uniform(0.86, 1.0) if large else dice.uniform(1.15, 1.35))
                heading = dice.choice((-1, 1)) * math.pi / 2 if dice.chance(0.85) else dice.uniform(-math.pi, math.pi)
                variant = "jet" if large else "propeller"
                plan.add(
                    "plane",
                    u,
                    v + 10 + 16 * row,
                    heading + dice.uniform(-0.12, 0.12),
                    length,
                    span,
                    ground=False,
                    variant=variant,
                )
            u += 20 if large else dice.uniform(13, 17)
    helipads(plan, half * dice.uniform(-0.6, 0.6), v + 66, dice.integer(1, 2))
    for k in range(3):
        u = -half * 0.7 + half * 0.7 * k
        plan.add(
            "hall",
            u,
            v + 70 + dice.uniform(-2, 2),
            0.0,
            dice.uniform(24, 34),
            22,
            variant=dice.choice(("gable", "ribs")),
        )
    for _ in range(6):
        _service(plan, dice.uniform(-half, half), v + dice.uniform(40, 51))
    if dice.chance(0.7):
        for k in range(3):
            plan.add("storage_tank", half * 0.5 + 8 * k, v + 90, 0.0, 6.4, 6.4, variant="dome")
    street(plan, "u", v + 100, -reach, reach, traffic=0.3)
    avenue(plan, "u", v + 107, -reach, reach)
    grove(plan, -reach, v + 110, reach, reach, density=0.016)
