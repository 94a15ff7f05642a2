"""Cargo ports and marinas: the shore runs along u, water lies at smaller v."""

from __future__ import annotations

import math

from rune_pl.sample.places.common import avenue, car_park, flow, grove, street
from rune_pl.sample.plan import Plan
from rune_pl.sample.shapes import line


def _water(plan: Plan, shore: float) -> None:
    reach, tint = plan.reach, plan.dice.choice(((1.0, 1.0, 1.0), (0.95, 1.06, 0.98), (0.8, 0.92, 1.06), (1.15, 1.1, 0.95)))
    plan.base = "concrete"
    plan.patch("water", -reach, -reach, reach, shore, tint=tint)  # type: ignore[arg-type]


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
    _water(plan, shore)
    plan.patch("slabs", -reach, shore, reach, shore + 30)
    plan.mark(line(-reach, shore + 0.8, reach, shore + 0.8, 1.2), (196, 184, 150), 255)
    for rail in (4, 20):
        plan.mark(line(-reach, shore + rail, reach, shore + rail, 0.35), (92, 88, 84), 220)
    plan.reserve(-reach, shore, reach, shore + 24)
    jetties = [dice.uniform(-0.3, 0.3) * plan.extent] if dice.chance(0.65) else []
    if jetties and dice.chance(0.4):
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
            plan.add("ship", place + size / 2, shore - beam / 2 - 1.0, dice.choice((0.0, math.pi)), size, beam, ground=False, margin=0.6)
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
                        plan.add("container", u + long / 2, row + 1.3 + 2.55 * k, 0.0, long, 2.44, margin=0.0, ground=False)
            u += long + 0.5
        row += height + 1
        lane += 1
        if lane % 3 == 0:
            wide = dice.uniform(22, 30)
            plan.add("hall", dice.uniform(-0.2, 0.2) * plan.extent, row + wide / 2 + 2, 0.0, dice.uniform(50, 90), wide, ground=False)
            row += wide + 4
        else:
            flow(plan, "u", row + 6, -reach, reach, width=9, traffic=0.3, lorries=0.85)
            row += 12


def tank_farm(plan: Plan, u0: float, v0: float, u1: float, v1: float, size: float) -> None:
    """Tanks in a grid inside walls, with pipes between them."""
    dice = plan.dice
    plan.patch("gravel", u0 - 4, v0 - 4, u1 + 4, v1 + 4, rough=1.0)
    pitch = size * dice.uniform(1.35, 1.6)
    columns, rows = max(1, int((u1 - u0) / pitch)), max(1, int((v1 - v0) / pitch))
    for j in range(rows):
        for i in range(columns):
            if dice.chance(0.1):
                continue
            u, v = u0 + pitch * (i + 0.5), v0 + pitch * (j + 0.5)
            wide = size if dice.chance(0.75) else size * dice.uniform(0.5, 0.8)
            plan.add("storage_tank", u, v, 0.0, wide, wide, ground=False, margin=0.4)
            if pitch - size > 5:
                plan.backdrop("wall", u, v, 0.0, pitch - 2, pitch - 2)
    for j in range(rows + 1):
        if dice.chance(0.5):
            plan.backdrop("pipes", (u0 + u1) / 2, v0 + pitch * j, 0.0, u1 - u0, 2.4)
    plan.reserve(u0, v0, u1, v1)


def marina(plan: Plan) -> None:
    """A marina: piers with fingers and boats in their berths, a car park, a club house, trees."""
    dice, reach = plan.dice, plan.reach
    shore = dice.uniform(0.02, 0.2) * plan.extent
    _water(plan, shore)
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
    car_park(plan, -plan.extent * 0.4, shore + 9, plan.extent * dice.uniform(0.0, 0.3), shore + 9 + 17.6, full=dice.uniform(0.3, 0.85))
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
    plan.add("harbor", at, shore - long / 2 + 0.3, -math.pi / 2, long, wide, variant=f"fingers:{pitch:.2f}", ground=False, force=True)
    full = dice.uniform(0.35, 0.95)
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
                        plan.add("ship", u, v, heading + dice.uniform(-0.03, 0.03), size, beam, ground=False, force=True)


def _breakwater(plan: Plan, at: float) -> None:
    dice, u = plan.dice, -plan.reach
    end = plan.extent * dice.uniform(-0.1, 0.4)
    plan.patch("gravel", -plan.reach, at - 3, end, at + 3, rough=0.8)
    while u < end:
        for side in (-1, -0.6, 0.6, 1):
            size = dice.uniform(1.4, 2.8)
            plan.backdrop("rock", u + dice.uniform(-1, 1), at + side * 3.6, dice.uniform(0, 6), size, size)
        u += 1.8
