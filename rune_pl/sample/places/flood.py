"""Residential blocks after a flood: water over streets and around houses, boats between them, cars left behind."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise

from rune_pl.sample.places.common import flow, lot, parked, street
from rune_pl.sample.plan import Plan
from rune_pl.sample.shapes import Points

_SMALLEST_TREE = 4.2  # metres across; of lower ones nobody could say what they are
ROAD_FLOODED = 0.4  # share of a stretch of road under water from which it is called flooded


@dataclass(frozen=True)
class _Pool:
    """Standing water: an ellipse with a wavering shore, along the axes of the local frame."""

    u: float
    v: float
    length: float
    width: float
    shore: tuple[float, ...]

    def outline(self) -> Points:
        turns = [2 * math.pi * k / len(self.shore) for k in range(len(self.shore))]
        return [
            (self.u + self.length / 2 * r * math.cos(t), self.v + self.width / 2 * r * math.sin(t))
            for t, r in zip(turns, self.shore, strict=True)
        ]

    def holds(self, u: float, v: float) -> bool:
        """Whether the point is in the water."""
        x, y = (u - self.u) / (self.length / 2), (v - self.v) / (self.width / 2)
        place = math.atan2(y, x) % (2 * math.pi) / (2 * math.pi) * len(self.shore)
        before, share = int(place) % len(self.shore), place - int(place)
        reach = self.shore[before] * (1 - share) + self.shore[(before + 1) % len(self.shore)] * share
        return math.hypot(x, y) < reach


def flood(plan: Plan) -> None:
    """A grid of streets with houses, of which one to three stretches of water cover a part."""
    dice, reach = plan.dice, plan.reach
    plan.base = "lawn"
    block, depth, road = dice.uniform(44, 62), dice.uniform(23, 28), dice.uniform(6.5, 8.0)
    pitch = 2 * depth + road + 3.6
    first, cross = dice.uniform(0.3, 0.7), dice.uniform(-block / 3, block / 3)
    rows = [pitch * (k + first) for k in range(-2, 3)]
    columns = [cross + (block + road + 3.6) * k for k in range(-3, 4)]
    for at in rows:
        street(plan, "u", at, -reach, reach, width=road, traffic=0)
    for at in columns:
        street(plan, "v", at, -reach, reach, width=road, traffic=0)
    for at in rows:
        plan.patch("asphalt", -reach, at - road / 2, reach, at + road / 2)
    edge = road / 2 + 1.8
    for top, bottom in pairwise(rows):
        for left, right in pairwise(columns):
            _plots(plan, left + edge, top + edge, right - edge, bottom - edge)
    pools = [_pool(plan, rows) for _ in range(dice.integer(1, 3))]
    for pool in pools:
        plan.surface("river", pool.outline(), rough=1.2)
    for at in rows:
        flow(plan, "u", at, -reach, reach, width=road, traffic=0.1, lorries=0.12)
        parked(plan, "u", at + road / 2 - 1.05, -reach, reach, 0.12)
    for at in columns:
        flow(plan, "v", at, -reach, reach, width=road, traffic=0.07, lorries=0.1)
    for pool in pools:
        _boats(plan, pool)
    _settle(plan, pools)
    _roads(plan, rows, columns, road, pools)
    for pool in pools:
        plan.backdrop("water", pool.u, pool.v, 0.0, pool.length, pool.width, variant=",".join(map(str, pool.shore)))


def _plots(plan: Plan, u0: float, v0: float, u1: float, v1: float) -> None:
    middle = (v0 + v1) / 2
    for low, high, side in ((v0, middle, -1), (middle, v1, 1)):
        count = max(2, round((u1 - u0) / plan.dice.uniform(15, 20)))
        width = (u1 - u0) / count
        for k in range(count):
            lot(plan, u0 + width * k, low, u0 + width * (k + 1), high, street_side=side, pools=0.3)


def _pool(plan: Plan, rows: list[float]) -> _Pool:
    """Water about a street, where the ground is lowest, longer along it than across."""
    dice, half = plan.dice, plan.extent / 2
    near = [at for at in rows if abs(at) < half] or rows
    length, width = dice.uniform(0.3, 0.85) * plan.extent, dice.uniform(0.16, 0.42) * plan.extent
    u, v = dice.uniform(-half, half) * 0.8, dice.choice(near) + dice.uniform(-8, 8)
    shore = tuple(round(dice.uniform(0.86, 1.0), 3) for _ in range(16))
    return _Pool(round(u, 3), round(v, 3), round(length, 3), round(width, 3), shore)


def _boats(plan: Plan, pool: _Pool) -> None:
    dice = plan.dice
    for _ in range(dice.integer(0, 5)):
        u = pool.u + dice.uniform(-0.42, 0.42) * pool.length
        v = pool.v + dice.uniform(-0.42, 0.42) * pool.width
        length = dice.uniform(4.5, 7.5)
        if pool.holds(u, v):
            heading = dice.uniform(-math.pi, math.pi)
            plan.add("ship", u, v, heading, length, length * 0.36, variant="open", margin=0.5, ground=False)


def _settle(plan: Plan, pools: list[_Pool]) -> None:
    """Gives houses the name of their state, and leaves out small trees."""
    back = math.cos(plan.turn), math.sin(plan.turn)
    kept = []
    for thing in plan.things:
        if thing.name == "house":
            x, y = thing.x - plan.extent / 2, thing.y - plan.extent / 2
            u, v = x * back[0] + y * back[1], y * back[0] - x * back[1]
            wet = any(pool.holds(u, v) for pool in pools)
            thing = replace(thing, name="flooded_building" if wet else "non_flooded_building")
        if thing.name != "tree" or thing.length >= _SMALLEST_TREE:
            kept.append(thing)
    plan.things = kept


def _roads(plan: Plan, rows: list[float], columns: list[float], width: float, pools: list[_Pool]) -> None:
    """The streets from crossing to crossing, each stretch with its state."""
    for at in rows:
        for start, end in pairwise(columns):
            _stretch(plan, (start + end) / 2, at, 0.0, end - start - width, width, pools)
    for at in columns:
        for start, end in pairwise(rows):
            _stretch(plan, at, (start + end) / 2, math.pi / 2, end - start - width, width, pools)


def _stretch(plan: Plan, u: float, v: float, angle: float, length: float, width: float, pools: list[_Pool]) -> None:
    steps = [(k + 0.5) / 20 - 0.5 for k in range(20)]
    points = [(u + length * s * math.cos(angle), v + length * s * math.sin(angle)) for s in steps]
    # Only what is in the image counts: nobody sees the rest.
    seen = [
        (p, q)
        for (p, q), (x, y) in zip(points, plan.place(points), strict=True)
        if 0 <= x <= plan.extent and 0 <= y <= plan.extent
    ]
    if seen:
        wet = sum(any(pool.holds(p, q) for pool in pools) for p, q in seen) / len(seen)
        name = "flooded_road" if wet >= ROAD_FLOODED else "non_flooded_road"
        plan.backdrop(name, u, v, angle, length, width)
