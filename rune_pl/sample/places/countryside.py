"""Fields, farms and roads that meet at a roundabout or a crossing."""

from __future__ import annotations

import math

from rune_pl.sample.places.common import avenue, centre_line, flow, grove, street, wooded_tint
from rune_pl.sample.plan import Plan
from rune_pl.sample.shapes import ellipse


def countryside(plan: Plan) -> None:
    """Fields in the four corners of a crossing, mostly with a roundabout, a farm, hedges and trees."""
    dice, reach = plan.dice, plan.reach
    plan.base = "meadow"
    u, v = dice.uniform(-0.16, 0.16) * plan.extent, dice.uniform(-0.16, 0.16) * plan.extent
    ring = dice.uniform(28, 46) if dice.chance(0.85) else 0.0
    if ring:
        plan.add("roundabout", u, v, 0.0, ring, ring, ground=False, margin=0)
    plan.reserve(u - ring / 2 - 6, v - ring / 2 - 6, u + ring / 2 + 6, v + ring / 2 + 6)
    bounds = [
        (u + 8, v + 8, reach, reach),
        (-reach, v + 8, u - 8, reach),
        (-reach, -reach, u - 8, v - 8),
        (u + 8, -reach, reach, v - 8),
    ]
    for u0, v0, u1, v1 in bounds:
        _fields(plan, u0, v0, u1, v1)
    arms = dice.sample(("right", "left", "down", "up"), dice.choice((3, 4, 4)))
    width = dice.uniform(6.5, 9)
    plan.surface("grass", ellipse(ring + 30, ring + 30, u, v), rough=1.5)
    stretch = {
        "right": ("u", v, u, reach),
        "left": ("u", v, -reach, u),
        "down": ("v", u, v, reach),
        "up": ("v", u, -reach, v),
    }
    for arm in arms:
        axis, at, start, end = stretch[arm]
        street(plan, axis, at, start, end, width=width, walk=0.9, traffic=0)
        centre_line(plan, axis, at, start, end)
    if ring:
        plan.surface("asphalt", ellipse(ring + 5, ring + 5, u, v))
        lane = ring * 0.37
        for _ in range(dice.integer(1, 4)):
            turn = dice.uniform(0, 2 * math.pi)
            plan.add(
                "small_vehicle",
                u + lane * math.cos(turn),
                v + lane * math.sin(turn),
                turn - math.pi / 2,
                4.5,
                1.85,
                force=True,
            )
    busy = dice.choice((0.0, 0.15, 0.35))
    for arm in arms:
        axis, at, start, end = stretch[arm]
        gap = ring / 2 + 8
        low, high = (start + gap, end) if arm in ("right", "down") else (start, end - gap)
        flow(plan, axis, at, low, high, width=width, traffic=busy, lorries=0.25)
        if dice.chance(0.6):
            avenue(plan, axis, at + width / 2 + 4.5, low, high, gap=dice.uniform(8, 14))
    u0, v0, u1, v1 = dice.choice(bounds)
    _farm(plan, (u0 + u1) / 2 * 0.8, (v0 + v1) / 2 * 0.8)
    if dice.chance(0.3):
        u0, v0, u1, v1 = dice.choice(bounds)
        plan.add(
            "soccer_ball_field",
            (u0 + u1) / 2 * 0.75,
            (v0 + v1) / 2 * 0.75,
            dice.choice((0.0, math.pi / 2)),
            62,
            40,
            margin=2,
        )
    for u0, v0, u1, v1 in dice.sample(bounds, 2):
        grove(plan, (u0 + u1) / 2, (v0 + v1) / 2, u1 if u0 > -reach else u0, v1 if v0 > -reach else v0, density=0.02)


def _fields(plan: Plan, u0: float, v0: float, u1: float, v1: float) -> None:
    """Strips of different crops with hedges between them."""
    dice, u = plan.dice, u0
    while u < u1:
        wide = dice.uniform(32, 80)
        crop = dice.weighted(("crop", "furrow", "stubble", "meadow", "grass"), (4, 2, 3, 2, 1))
        tone = dice.uniform(0.82, 1.12)
        tint = (tone * dice.uniform(0.94, 1.05), tone, tone * dice.uniform(0.92, 1.0))
        end = min(u + wide, u1)
        plan.patch(
            crop, u + 0.8, v0 + 0.5, end - 0.8, v1 - 0.5, rough=0.6, tint=tint, grain=dice.choice((0.0, math.pi / 2))
        )
        if crop == "stubble":
            for _ in range(int(wide * (v1 - v0) / 500)):
                plan.add(
                    "bale",
                    dice.uniform(u + 3, end - 3),
                    dice.uniform(v0 + 3, v1 - 3),
                    dice.uniform(0, 3),
                    1.7,
                    1.5,
                    margin=2,
                )
        if dice.chance(0.5) and end < u1:
            avenue(plan, "v", end, v0 + 4, v1, gap=6, share=0.6)
        u = end


def _farm(plan: Plan, u: float, v: float) -> None:
    """A yard with barns, silos, a house, machines; a small pool behind some houses."""
    dice = plan.dice
    plan.surface("gravel", ellipse(56, 44, u, v), rough=2.0, tint=wooded_tint(plan))
    plan.add("hall", u - 10, v - 10, 0.0, dice.uniform(24, 34), 13, variant="gable")
    plan.add("hall", u + 16, v + 2, math.pi / 2, dice.uniform(18, 26), 11, variant="gable")
    plan.add("house", u - 14, v + 13, 0.0, 14, 10)
    for k in range(dice.integer(1, 4)):
        plan.add("silo", u + 4 + 6.2 * k, v - 22, 0.0, 5.4, 5.4)
    for _ in range(dice.integer(1, 3)):
        plan.add(
            "large_vehicle",
            u + dice.uniform(-8, 8),
            v + dice.uniform(0, 8),
            dice.uniform(-3, 3),
            dice.uniform(7.5, 12),
            2.5,
        )
    for _ in range(dice.integer(1, 4)):
        plan.add("small_vehicle", u + dice.uniform(-18, 12), v + dice.uniform(-2, 12), dice.uniform(-3, 3), 4.6, 1.85)
    if dice.chance(0.5):
        plan.add("swimming_pool", u - 14, v + 24, 0.0, 9, 4.5)
    elif dice.chance(0.5):
        plan.add("pond", u - 20, v + 26, 0.0, 13, 13)
    plan.scatter("tree", (u - 34, v - 30, u + 34, v + 34), 26, 3, 8)
