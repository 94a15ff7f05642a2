"""Cargo ports: the shore runs along u, water lies at smaller v."""

from __future__ import annotations

import math

from rune_pl.sample.places.common import flow, street
from rune_pl.sample.plan import PLAIN, Plan
from rune_pl.sample.shapes import line


def harbor_water(plan: Plan, shore: float) -> None:
    """Water up to the shore, in one of several tones."""
    reach = plan.reach
    tint = plan.dice.choice((PLAIN, (0.95, 1.06, 0.98), (0.8, 0.92, 1.06), (1.15, 1.1, 0.95)))
    plan.base = "concrete"
    plan.patch("water", -reach, -reach, reach, shore, tint=tint)


def under_way(plan: Plan, u: float, v: float, angle: float, length: float, width: float, variant: str = "") -> bool:
    """A ship that moves: it draws a wake."""
    if not plan.add("ship", u, v, angle, length, width, ground=False, margin=4, variant=variant):
        return False
    back = 1.3 * length
    plan.backdrop("wake", u - back * math.cos(angle), v - back * math.sin(angle), angle, length * 2.2, width * 3.2)
    return True


def port(plan: Plan) -> None:
    """A cargo port: quay with cranes, container yard or tank farm, jetties with ships alongside."""
    dice, reach = plan.dice, plan.reach
    shore = dice.uniform(-0.16, 0.04) * plan.extent
    harbor_water(plan, shore)
    plan.patch("slabs", -reach, shore, reach, shore + 30)
    plan.mark(line(-reach, shore + 0.8, reach, shore + 0.8, 1.2), (196, 184, 150), 255)
    for rail in (4, 20):
        plan.mark(line(-reach, shore + rail, reach, shore + rail, 0.35), (92, 88, 84), 220)
    plan.reserve(-reach, shore, reach, shore + 24)
    jetties = [dice.uniform(-0.3, 0.3) * plan.extent] if dice.chance(0.85) else []
    if jetties and dice.chance(0.5):
        jetties.append(jetties[0] + 62 * dice.choice((-1, 1)))
    for at in jetties:
        long, wide = dice.uniform(60, 95), dice.uniform(9, 14)
        plan.add("harbor", at, shore - long / 2 + 0.5, -math.pi / 2, long, wide, variant="jetty", ground=False)
        for side in (-1, 1):
            if dice.chance(0.75):
                size = dice.uniform(34, long - 8)
                beam = size * dice.uniform(0.17, 0.24)
                u, v = at + side * (wide / 2 + beam / 2 + 1.2), shore - long + size / 2 + dice.uniform(0, long - size)
                plan.add("ship", u, v, dice.choice((-1, 1)) * math.pi / 2, size, beam, ground=False, margin=0.4)
    place = -plan.extent * 0.55
    while place < plan.extent * 0.55:
        size = dice.uniform(50, 110)
        beam = size * dice.uniform(0.15, 0.19)
        if dice.chance(0.7):
            plan.add(
                "ship",
                place + size / 2,
                shore - beam / 2 - 1.0,
                dice.choice((0.0, math.pi)),
                size,
                beam,
                ground=False,
                margin=0.6,
            )
        place += size + dice.uniform(6, 30)
    for _ in range(dice.integer(1, 4)):
        size = dice.uniform(9, 30)
        u, v = dice.uniform(-0.5, 0.5) * plan.extent, dice.uniform(-reach, shore - 45)
        under_way(plan, u, v, dice.uniform(-0.5, 0.5) + dice.choice((0, math.pi)), size, size * 0.3)
    for k in range(dice.choice((0, 2, 3, 4))):
        u = -plan.extent * 0.4 + k * dice.uniform(34, 60)
        plan.add("container_crane", u, shore + 6, -math.pi / 2, 46, 17, ground=False, margin=-4)
    road = shore + 30
    street(plan, "u", road, -reach, reach, width=8, walk=0, traffic=0.3, lorries=0.6)
    if dice.chance(0.62):
        _containers(plan, road + 7, reach)
    else:
        tank_farm(plan, -reach * 0.75, road + 9, reach * 0.75, reach, dice.uniform(14, 26))


def _containers(plan: Plan, start: float, reach: float) -> None:
    """Rows of stacks with lanes for lorries between them, and a warehouse."""
    dice = plan.dice
    plan.patch("tarmac", -reach, start - 2, reach, reach)
    row, lane = start, 0
    while row < reach:
        height = 2.55 * dice.integer(2, 4)
        gap = dice.uniform(-0.4, 0.4) * plan.extent
        u = -reach
        while u < reach:
            long = dice.choice((12.2, 12.2, 6.1))
            if abs(u - gap) > 7:
                for k in range(round(height / 2.55)):
                    if dice.chance(0.86):
                        plan.add(
                            "container", u + long / 2, row + 1.3 + 2.55 * k, 0.0, long, 2.44, margin=0.0, ground=False
                        )
            u += long + 0.5
        row += height + 1
        lane += 1
        if lane % 3 == 0:
            wide = dice.uniform(22, 30)
            plan.add(
                "hall",
                dice.uniform(-0.2, 0.2) * plan.extent,
                row + wide / 2 + 2,
                0.0,
                dice.uniform(50, 90),
                wide,
                ground=False,
            )
            row += wide + 4
        else:
            flow(plan, "u", row + 6, -reach, reach, width=9, traffic=0.3, lorries=0.85)
            row += 12


def tank_farm(plan: Plan, u0: float, v0: float, u1: float, v1: float, size: float) -> None:
    """Tanks in walled groups of a few, each group of one size, with pipes and lanes between the groups."""
    dice = plan.dice
    plan.patch("gravel", u0 - 4, v0 - 4, u1 + 4, v1 + 4, rough=1.0)
    v = v0
    while v < v1 - size:
        deep = 0.0
        u = u0 + dice.uniform(0, 8)
        while u < u1 - size * 0.8:
            wide = size * dice.choice((1.0, 1.0, 0.8, 0.62, 0.45))
            pitch = wide * dice.uniform(1.22, 1.5)
            columns, rows = dice.integer(1, 3), dice.integer(1, 2)
            long, broad = pitch * columns + 3, pitch * rows + 3
            if dice.chance(0.8):
                if dice.chance(0.35):
                    plan.patch("concrete", u, v, u + long, v + broad)
                for k in range(columns * rows):
                    if dice.chance(0.9):
                        at = (u + 1.5 + pitch * (k % columns + 0.5), v + 1.5 + pitch * (k // columns + 0.5))
                        plan.add("storage_tank", *at, 0.0, wide, wide, ground=False, margin=0.2)
                plan.backdrop("wall", u + long / 2, v + broad / 2, 0.0, long, broad)
            elif dice.chance(0.5):
                plan.add("hall", u + long / 2, v + broad / 2, 0.0, long * 0.7, broad * 0.6, ground=False)
            u += long + dice.uniform(4, 9)
            deep = max(deep, broad)
        plan.backdrop("pipes", (u0 + u1) / 2, v + deep + 2.6, 0.0, u1 - u0, dice.uniform(1.4, 3.0))
        if dice.chance(0.5):
            plan.add(
                "large_vehicle", dice.uniform(u0, u1), v + deep + 6.2, 0.0, 12, 2.5, variant="tanker", ground=False
            )
        v += deep + dice.uniform(8, 12)
    plan.reserve(u0, v0, u1, v1)
