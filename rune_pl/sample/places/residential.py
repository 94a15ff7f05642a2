"""Residential blocks: a grid of streets, houses with gardens and pools, parked cars, here and there a court."""

from __future__ import annotations

import math

from rune_pl.sample.places.common import avenue, car_park, centre_line, crosswalk, flow, lot, parked, street
from rune_pl.sample.plan import Plan
from rune_pl.sample.shapes import rectangle


def residential(plan: Plan) -> None:
    """Two to four rows of plots back to back between streets."""
    dice = plan.dice
    plan.base = "lawn"
    reach = plan.reach
    block, depth = dice.uniform(66, 92), dice.uniform(24, 30)
    road = dice.uniform(6.5, 8.5)
    pitch = 2 * depth + road + 3.6
    pools = dice.choice((0.1, 0.3, 0.5, 0.65))
    first = dice.uniform(0.3, 0.7)
    rows = [pitch * (k + first) for k in range(-2, 3)]
    cross = dice.uniform(-block / 3, block / 3)
    columns = [cross + (block + road + 3.6) * k for k in range(-2, 3)]
    for at in rows:
        street(plan, "u", at, -reach, reach, width=road, traffic=0)
    for at in columns:
        street(plan, "v", at, -reach, reach, width=road, traffic=0)
    for at in rows:  # the carriageways once more, so that no pavement runs across a crossing
        plan.patch("asphalt", -reach, at - road / 2, reach, at + road / 2)
        for at_column in columns:
            crosswalk(plan, "u", at, at_column - road / 2 - 3.6, road)
            if dice.chance(0.5):
                crosswalk(plan, "u", at, at_column + road / 2 + 3.6, road)
    special = dice.integer(0, 5)
    for j, top in enumerate(rows[:-1]):
        for i, left in enumerate(columns[:-1]):
            u0, u1 = left + road / 2 + 1.8, columns[i + 1] - road / 2 - 1.8
            v0, v1 = top + road / 2 + 1.8, rows[j + 1] - road / 2 - 1.8
            if (i + 2 * j) % 6 == special:
                _green(plan, u0, v0, u1, v1)
            elif dice.chance(0.16):
                _flats(plan, u0, v0, u1, v1)
            else:
                _plots(plan, u0, v0, u1, v1, pools)
    for at in rows:
        if dice.chance(0.6):
            centre_line(plan, "u", at, -reach, reach)
        flow(plan, "u", at, -reach, reach, width=road, traffic=0.14, lorries=0.1)
        if road > 7.2:
            parked(plan, "u", at + road / 2 - 1.05, -reach, reach, 0.3)
        if dice.chance(0.5):
            avenue(plan, "u", at - road / 2 - 2.4, -reach, reach, gap=14)
    for at in columns:
        flow(plan, "v", at, -reach, reach, width=road, traffic=0.12, lorries=0.1)
        parked(plan, "v", at - road / 2 + 1.05, -reach, reach, 0.22)


def _plots(plan: Plan, u0: float, v0: float, u1: float, v1: float, pools: float) -> None:
    dice, middle = plan.dice, (v0 + v1) / 2
    for low, high, side in ((v0, middle, -1), (middle, v1, 1)):
        count = max(2, round((u1 - u0) / dice.uniform(15, 20)))
        width = (u1 - u0) / count
        for k in range(count):
            lot(plan, u0 + width * k, low, u0 + width * (k + 1), high, street_side=side, pools=pools)


def _flats(plan: Plan, u0: float, v0: float, u1: float, v1: float) -> None:
    dice = plan.dice
    plan.patch("grass", u0, v0, u1, v1)
    for k in range(2):
        v = v0 + (v1 - v0) * (0.2 + 0.6 * k)
        plan.add(
            "block",
            (u0 + u1) / 2 + dice.uniform(-8, 8),
            v,
            0.0,
            dice.uniform(34, 50),
            dice.uniform(12, 15),
            ground=False,
        )
    car_park(plan, u0 + 8, (v0 + v1) / 2 - 8.6, u1 - 8, (v0 + v1) / 2 + 8.6, full=dice.uniform(0.35, 0.8))
    for _ in range(40):
        size = dice.uniform(3, 7)
        plan.add("tree", dice.uniform(u0, u1), dice.uniform(v0, v1), 0.0, size, size, margin=0.0)


def _green(plan: Plan, u0: float, v0: float, u1: float, v1: float) -> None:
    """A small park with courts, a playground, a pond or a public pool."""
    dice = plan.dice
    u, v = (u0 + u1) / 2, (v0 + v1) / 2
    plan.patch("grass", u0, v0, u1, v1)
    look = dice.choice(("tennis", "basketball", "pool", "mixed", "diamond"))
    if look != "diamond":
        plan.patch("paving", u0, v - 1.1, u1, v + 1.1)
        plan.reserve(u0, v - 1.1, u1, v + 1.1)
    if look in ("tennis", "mixed"):
        tone = str(dice.integer(0, 4))
        for k in range(2):
            plan.add("tennis_court", u - 14, v0 + 9 + 15 * k, 0.0, 27, 13.5, variant=tone, ground=False)
        plan.surface("tarmac", rectangle(31, 31, u - 14, v0 + 16.4))
    if look in ("basketball", "mixed"):
        plan.add("basketball_court", u + 18, v1 - 14, dice.choice((0.0, math.pi / 2)), 28, 15, margin=0.5, ground=False)
    if look == "diamond":
        size = min(v1 - v0, u1 - u0) * 0.62
        plan.add("baseball_diamond", u, v0 + size * 0.72, math.pi / 2, size, size * 1.28, ground=False)
    elif look == "pool":
        plan.patch("paving", u - 20, v0 + 4, u + 20, v0 + 26)
        plan.add("swimming_pool", u - 4, v0 + 15, 0.0, 25, 12.5, ground=False, variant="rectangle")
        plan.add("swimming_pool", u + 15, v0 + 15, 0.0, 8, 6, ground=False, variant="kidney")
        plan.add("block", u - 30, v0 + 14, math.pi / 2, 20, 9, ground=False)
    elif dice.chance(0.4):
        plan.add("pond", u + 16, v0 + 14, 0.0, 14, 14, ground=False)
    for _ in range(70):
        size = dice.uniform(3, 8)
        plan.add("tree", dice.uniform(u0 + 2, u1 - 2), dice.uniform(v0 + 2, v1 - 2), 0.0, size, size, margin=0.1)
