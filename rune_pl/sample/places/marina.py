"""Marinas: piers with fingers and boats in their berths. The shore runs along u, water lies at smaller v."""

from __future__ import annotations

import math

from rune_pl.sample.places.common import avenue, car_park, grove, street
from rune_pl.sample.places.port import harbor_water, under_way
from rune_pl.sample.plan import Plan
from rune_pl.sample.shapes import line


def marina(plan: Plan) -> None:
    """A marina: piers with fingers and boats in their berths, a car park, a club house, trees."""
    dice, reach = plan.dice, plan.reach
    shore = dice.uniform(0.02, 0.2) * plan.extent
    harbor_water(plan, shore)
    plan.base = "grass"
    plan.patch("paving", -reach, shore, reach, shore + 6)
    plan.mark(line(-reach, shore + 0.4, reach, shore + 0.4, 0.8), (196, 188, 170), 255)
    plan.reserve(-reach, -reach, reach, shore + 6)
    pitch = dice.uniform(42, 50)
    at = -reach + dice.uniform(0, pitch)
    while at < reach:
        if dice.chance(0.86):
            _pier(plan, at, shore, dice.uniform(38, 72), dice.uniform(22, 27))
        at += pitch
    if dice.chance(0.5):
        _breakwater(plan, shore - dice.uniform(84, 100))
    for _ in range(dice.integer(1, 5)):
        size = dice.uniform(7, 16)
        u, v = dice.uniform(-0.5, 0.5) * plan.extent, dice.uniform(-reach, shore - 20)
        under_way(plan, u, v, dice.uniform(-math.pi, math.pi), size, size * 0.31)
    for _ in range(dice.integer(0, 8)):
        size = dice.uniform(7, 13)
        u, v = dice.uniform(-0.5, 0.5) * plan.extent, dice.uniform(-reach, shore - 30)
        plan.add("ship", u, v, dice.uniform(-math.pi, math.pi), size, size * 0.3, margin=3, ground=False)
        plan.add("buoy", u + 11, v + 2, 0.0, 0.9, 0.9, ground=False)
    car_park(
        plan,
        -plan.extent * 0.4,
        shore + 9,
        plan.extent * dice.uniform(0.0, 0.3),
        shore + 9 + 17.6,
        full=dice.uniform(0.3, 0.85),
    )
    street(plan, "u", shore + 36, -reach, reach, traffic=0.3)
    u = plan.extent * dice.uniform(0.36, 0.44)
    plan.add("hall", u, shore + 18, 0.0, 24, 14, variant="gable")
    if dice.chance(0.5):
        plan.patch("paving", u - 12, shore + 42, u + 12, shore + 62)
        plan.add("swimming_pool", u, shore + 52, 0.0, dice.uniform(14, 22), 9, variant="rounded")
    if dice.chance(0.4):
        for k in range(2):
            plan.add("tennis_court", -plan.extent * 0.2 + 30 * k, shore + 54, math.pi / 2, 27, 13.5, margin=1)
    avenue(plan, "u", shore + 7.2, -reach, reach, gap=11)
    grove(plan, -reach, shore + 40, reach, reach, density=0.014)


def _pier(plan: Plan, at: float, shore: float, long: float, wide: float) -> None:
    """A pier out from the shore with boats between its fingers."""
    dice = plan.dice
    pitch = dice.uniform(8.6, 10.0)
    plan.add(
        "harbor",
        at,
        shore - long / 2 + 0.3,
        -math.pi / 2,
        long,
        wide,
        variant=f"fingers:{pitch:.2f}",
        ground=False,
        force=True,
    )
    full = dice.uniform(0.35, 0.95) if dice.chance(0.8) else 0.06
    for k in range(int(long / pitch)):
        for side in (-1, 1):
            for slot in (0.28, 0.74):
                if dice.chance(full):
                    berth = (wide - 2.4) / 2
                    size = berth * dice.uniform(0.72, 0.98)
                    beam = min(pitch * 0.4, size * dice.uniform(0.28, 0.34))
                    u = at + side * (1.7 + size / 2)
                    v = shore + 0.3 - (0.5 + pitch * (k + slot + 0.0))
                    if v < shore - 1:
                        heading = (0.0 if side > 0 else math.pi) + (math.pi if dice.chance(0.35) else 0.0)
                        plan.add(
                            "ship", u, v, heading + dice.uniform(-0.03, 0.03), size, beam, ground=False, force=True
                        )


def _breakwater(plan: Plan, at: float) -> None:
    dice, u = plan.dice, -plan.reach
    end = plan.extent * dice.uniform(-0.1, 0.4)
    plan.patch("gravel", -plan.reach, at - 3, end, at + 3, rough=0.8)
    while u < end:
        for side in (-1, -0.6, 0.6, 1):
            size = dice.uniform(1.4, 2.8)
            plan.backdrop("rock", u + dice.uniform(-1, 1), at + side * 3.6, dice.uniform(0, 6), size, size)
        u += 1.8
