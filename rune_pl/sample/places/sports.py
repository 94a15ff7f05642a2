"""Sports grounds: pitches, tracks, diamonds and banks of courts with a club house and a car park."""

from __future__ import annotations

import math

from rune_pl.sample.places.common import avenue, car_park, grove, street, wooded_tint
from rune_pl.sample.plan import Plan
from rune_pl.sample.shapes import ellipse, rectangle


def sports(plan: Plan) -> None:
    """One big ground and one or two smaller ones, as many as fit."""
    dice, reach = plan.dice, plan.reach
    half = plan.extent / 2
    plan.base = "lawn"
    plan.patch("lawn", -reach, -reach, reach, reach, tint=wooded_tint(plan))
    road = half * dice.uniform(0.72, 0.9)
    street(plan, "u", road, -reach, reach, traffic=0.3)
    low = road - 6
    main = (
        dice.weighted(("track", "diamonds", "pitches", "courts"), (4, 2, 2, 1))
        if plan.extent > 200
        else dice.choice(("courts", "diamonds", "pitch"))
    )
    if main == "track":
        width = dice.uniform(84, 94)
        length = width * dice.uniform(1.85, 1.98)
        u, v = dice.uniform(-0.06, 0.06) * plan.extent, -half + width / 2 + dice.uniform(8, 24)
        plan.add("ground_track_field", u, v, 0.0, length, width, ground=False, margin=3)
        plan.add("soccer_ball_field", u, v, 0.0, width * 1.14, width * 0.68, force=True)
        if dice.chance(0.7):
            plan.add("hall", u, v + width / 2 + 9, 0.0, 60, 11, variant="ribs", ground=False)
        top = v + width / 2 + 17
    elif main == "diamonds":
        size = dice.uniform(48, 60)
        top = -half + 2 * size + 24
        for i, j in ((-1, 0), (1, 0), (-1, 1), (1, 1)):
            if dice.chance(0.85):
                u, v = i * size * 0.98, -half + size * (0.62 + 1.06 * j) + 6
                _diamond(
                    plan,
                    u,
                    v,
                    math.pi / 4 * (1 if j == 0 else -1) + (0 if i < 0 else math.pi / 2 * (1 if j == 0 else -1)),
                    size * 0.62,
                )
    elif main in ("pitches", "pitch"):
        length = dice.uniform(82, 105) if main == "pitches" else dice.uniform(50, 64)
        width = length * dice.uniform(0.62, 0.68)
        for k in range(2):
            plan.add(
                "soccer_ball_field",
                (k - 0.5) * (width + 10),
                -half + length / 2 + 8,
                math.pi / 2,
                length,
                width,
                margin=2,
            )
        top = -half + length + 16
    else:
        top = -half + 6
    _courts(plan, -half * 0.92, top + 3, half * 0.92, low - 20)
    car_park(
        plan,
        -half * dice.uniform(0.3, 0.8),
        low - 17.6,
        half * dice.uniform(0.1, 0.7),
        low,
        full=dice.uniform(0.35, 0.85),
    )
    plan.add("hall", half * 0.8, low - 10, 0.0, 26, 14, variant="gable")
    avenue(plan, "u", low + 1.4, -reach, reach)
    for _ in range(60):
        size = dice.uniform(4, 9)
        plan.add("tree", dice.uniform(-reach, reach), dice.uniform(-reach, reach), 0.0, size, size, margin=1.0)
    grove(plan, -reach, road + 7, reach, reach, density=0.02)


def _diamond(plan: Plan, u: float, v: float, angle: float, size: float) -> None:
    """A baseball field: the diamond itself, with the outfield as ground around it."""
    if plan.add("baseball_diamond", u, v, angle, size, size * 1.28, ground=False, margin=1):
        plan.reserve(u - 0.8 * size, v - 0.8 * size, u + 0.8 * size, v + 0.8 * size)
        ahead = (u + 0.42 * size * math.cos(angle), v + 0.42 * size * math.sin(angle))
        plan.surface("lawn", ellipse(size * 1.7, size * 1.7, *ahead), tint=(0.92, 1.06, 0.9), rough=0.5)
        plan.add(
            "hall",
            u - size * 0.72 * math.cos(angle),
            v - size * 0.72 * math.sin(angle),
            angle + math.pi / 2,
            9,
            4,
            ground=False,
        )


def _courts(plan: Plan, u0: float, v0: float, u1: float, v1: float) -> None:
    """Banks of tennis and basketball courts, and perhaps a pool, from left to right."""
    dice, u = plan.dice, u0 + plan.dice.uniform(0, 10)
    rows = min(2, max(1, int((v1 - v0) / 36)))
    while u < u1 - 20:
        look = str(dice.integer(0, 4))
        use = dice.weighted(("tennis", "basketball", "pool", "lawn"), (5, 3, 1.5, 1))
        if use == "tennis":
            count = dice.integer(2, 4)
            width = 17.5 * count + 2
            for row in range(rows):
                v = v0 + 18 + 36 * row
                if u + width > u1 + 12 or v + 15 > v1 + 14:
                    continue
                plan.surface(dice.choice(("tarmac", "soil", "asphalt")), rectangle(width, 33, u + width / 2, v))
                for k in range(count):
                    plan.add(
                        "tennis_court", u + 1 + 17.5 * (k + 0.5), v, math.pi / 2, 27, 14, ground=False, variant=look
                    )
            u += width + dice.uniform(4, 10)
        elif use == "basketball":
            for row in range(dice.integer(1, rows * 2)):
                v = v0 + 10 + 19 * row
                if v + 9 < v1 + 10:
                    plan.add("basketball_court", u + 16, v, 0.0, 28, 15, ground=False, variant=look)
            u += 36
        elif use == "pool":
            v = v0 + 18
            if plan.add("swimming_pool", u + 20, v, 0.0, 27, 13.5, variant="rectangle", margin=3, ground=False):
                plan.surface("paving", rectangle(38, 30, u + 20, v))
                plan.add("swimming_pool", u + 34, v + 9, 0.0, 7, 5, variant="oval", ground=False)
            u += 46
        else:
            u += 18
    plan.reserve(u0, v0, u1, v1)
