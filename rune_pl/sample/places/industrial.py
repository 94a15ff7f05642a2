"""Works: tank farms, warehouses with lorries at their docks, car parks, pipes."""

from __future__ import annotations

import math

from rune_pl.sample.places.airfield import helipads
from rune_pl.sample.places.common import avenue, car_park, centre_line, flow, grove, street
from rune_pl.sample.places.port import tank_farm
from rune_pl.sample.plan import Plan


def industrial(plan: Plan) -> None:
    """Four quarters around a crossing, each with a use of its own."""
    dice, reach = plan.dice, plan.reach
    plan.base = dice.choice(("grass", "scrub", "gravel"))
    u, v = dice.uniform(-0.2, 0.2) * plan.extent, dice.uniform(-0.2, 0.2) * plan.extent
    street(plan, "u", v, -reach, reach, width=9, traffic=0)
    street(plan, "v", u, -reach, reach, width=9, traffic=0)
    plan.patch("asphalt", -reach, v - 4.5, reach, v + 4.5)
    centre_line(plan, "u", v, -reach, reach)
    centre_line(plan, "v", u, -reach, reach)
    quarters = [
        (u + 9, v + 9, reach, reach),
        (-reach, v + 9, u - 9, reach),
        (-reach, -reach, u - 9, v - 9),
        (u + 9, -reach, reach, v - 9),
    ]
    uses = dice.sample(("tanks", "tanks", "warehouse", "warehouse", "lorries", "offices", "offices", "works"), 4)
    if "tanks" not in uses:
        uses[0] = "tanks"
    for (u0, v0, u1, v1), use in zip(quarters, uses):
        _quarter(plan, u0, v0, u1, v1, use, -1 if v0 > v else 1)
    flow(plan, "u", v, -reach, reach, width=9, traffic=0.35, lorries=0.45)
    flow(plan, "v", u, -reach, reach, width=9, traffic=0.3, lorries=0.4)
    avenue(plan, "u", v - 8, -reach, reach, gap=12, share=0.5)


def _quarter(plan: Plan, u0: float, v0: float, u1: float, v1: float, use: str, near: int) -> None:
    """Fill a rectangle; `near` says whether the crossing street is at v0 (-1) or v1 (+1)."""
    dice = plan.dice
    street_v, inward = (v0, 1.0) if near < 0 else (v1, -1.0)
    if use == "tanks":
        tank_farm(plan, u0 + 3, v0 + 3, u1 - 3, v1 - 3, dice.choice((8.0, 12.0, 16.0, 20.0, 26.0)))
    elif use == "warehouse":
        plan.patch("concrete", u0, v0, u1, v1)
        deep = dice.uniform(30, 44)
        v = street_v + inward * (26 + deep / 2)
        u = u0
        while u < u1:
            wide = dice.uniform(46, 70)
            plan.add("hall", u + wide / 2, v, 0.0, wide, deep, ground=False)
            at = u + 4
            while at < u + wide - 4:
                if dice.chance(0.55):
                    length = dice.uniform(11, 16.4)
                    dock = v - inward * (deep / 2 + length / 2 + 0.6)
                    plan.add(
                        "large_vehicle", at, dock, -inward * math.pi / 2, length, 2.55, ground=False, variant="semi"
                    )
                at += 4.2
            u += wide + dice.uniform(8, 16)
        flow(plan, "u", street_v + inward * 6, u0, u1, width=7, traffic=0.15, lorries=0.5)
        back = v + inward * (deep / 2 + 3)
        low, high = sorted((back, back + inward * 18))
        car_park(plan, u0 + 4, low, u1 - 4, high, full=dice.uniform(0.3, 0.8))
    elif use == "lorries":
        low, high = sorted((street_v + inward * 4, street_v + inward * 58))
        car_park(plan, u0 + 3, low, u1 - 3, high, full=dice.uniform(0.35, 0.75), lorries=True)
        for _ in range(24):
            box_u, box_v = dice.uniform(u0, u1), street_v + inward * dice.uniform(64, 100)
            angle, long = dice.choice((0.0, 0.0, math.pi / 2)), dice.choice((6.1, 12.2))
            plan.add("container", box_u, box_v, angle, long, 2.44, ground=False)
    elif use == "offices":
        plan.patch("lawn", u0, v0, u1, v1)
        low, high = sorted((street_v + inward * 4, street_v + inward * 38.5))
        car_park(plan, u0 + 4, low, u1 - 4, high, full=dice.uniform(0.4, 0.85))
        for k in range(3):
            plan.add("block", u0 + 30 + 52 * k, street_v + inward * 52, 0.0, dice.uniform(30, 44), 16, ground=False)
        if dice.chance(0.7):
            helipads(plan, (u0 + u1) / 2, street_v + inward * 78, 1)
        else:
            plan.add("basketball_court", (u0 + u1) / 2, street_v + inward * 76, 0.0, 28, 15, ground=False)
        grove(plan, u0, v0, u1, v1, density=0.008)
    else:
        plan.patch("soil", u0, v0, u1, v1, rough=1.5)
        for _ in range(5):
            plan.add(
                "hall",
                dice.uniform(u0, u1),
                dice.uniform(v0, v1),
                dice.choice((0.0, math.pi / 2)),
                dice.uniform(18, 40),
                dice.uniform(12, 22),
            )
        for k in range(6):
            plan.add("silo", u0 + 14 + 7.5 * k, street_v + inward * 12, 0.0, 6.2, 6.2)
        plan.scatter("container", (u0, v0, u1, v1), 24, 6.1, 12.2, aspect=0.28)
        plan.scatter("large_vehicle", (u0, v0, u1, v1), 10, 8, 14, aspect=0.24)
        plan.scatter("small_vehicle", (u0, v0, u1, v1), 12, 4, 5, aspect=0.42)
        for k in range(2):
            plan.backdrop("pipes", (u0 + u1) / 2, street_v + inward * (30 + 30 * k), 0.0, u1 - u0, 2.0)
