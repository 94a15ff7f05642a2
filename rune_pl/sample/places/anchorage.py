"""Open water with ships at anchor and under way, some scenes with a stretch of coast."""

from __future__ import annotations

import math

from rune_pl.sample.places.common import grove
from rune_pl.sample.places.port import under_way
from rune_pl.sample.plan import PLAIN, Plan


def anchorage(plan: Plan) -> None:
    """A few ships, most of them swung into the wind the same way."""
    dice, reach = plan.dice, plan.reach
    half = plan.extent / 2
    plan.base = "water"
    plan.patch("water", -reach, -reach, reach, reach, tint=dice.choice((PLAIN, (0.9, 1.05, 1.0), (0.8, 0.92, 1.08))))
    coast = reach
    if dice.chance(0.6):
        coast = half * dice.uniform(0.45, 0.8)
        bends = [(-reach + 2 * reach * k / 16, coast + dice.normal(0, 4)) for k in range(17)]
        shallow = [(u, v - dice.uniform(7, 12)) for u, v in bends]
        ground = [(reach, reach * 1.5), (-reach, reach * 1.5)]
        plan.surface("water", shallow + ground, tint=(1.5, 1.35, 1.15), rough=3)
        plan.surface("sand", bends + ground, rough=1.5)
        plan.surface("scrub", [(u, v + dice.uniform(5, 14)) for u, v in bends] + ground, rough=2)
        grove(plan, -reach, coast + 16, reach, reach, density=0.012)
        for _ in range(dice.integer(0, 26)):
            u = dice.uniform(-half, half)
            plan.add("rock", u, coast - dice.uniform(0, 6), 0.0, dice.uniform(1.2, 4), 2)
        coast -= 22
    wind = dice.uniform(-math.pi, math.pi)
    sizes = dice.choice(((7, 14), (18, 44), (48, 105)))
    for _ in range(dice.integer(2, 9)):
        size = dice.uniform(*sizes) if dice.chance(0.7) else dice.uniform(7, 40)
        beam = size * (dice.uniform(0.28, 0.33) if size < 17 else dice.uniform(0.17, 0.23))
        u, v = dice.uniform(-half, half), dice.uniform(-half, coast - size / 2)
        plan.add("ship", u, v, wind + dice.normal(0, 0.12), size, beam, margin=4)
    for _ in range(dice.integer(0, 4)):
        size = dice.uniform(7, 22)
        u, v = dice.uniform(-half, half), dice.uniform(-half, coast - 10)
        under_way(plan, u, v, dice.uniform(-math.pi, math.pi), size, size * 0.3)
    for _ in range(dice.integer(0, 5)):
        plan.add("buoy", dice.uniform(-half, half), dice.uniform(-half, coast), 0.0, 1.3, 1.3)
