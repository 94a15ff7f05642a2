"""A river along u with a bridge or two, boats, banks with trees, houses or fields."""

from __future__ import annotations

import math
from collections.abc import Callable

from rune_pl.sample.places.common import flow, grove, lot, street, wooded_tint
from rune_pl.sample.places.port import tank_farm, under_way
from rune_pl.sample.plan import Plan


def river(plan: Plan) -> None:
    """A winding river; streets come to the bridges from both sides."""
    dice, reach = plan.dice, plan.reach
    half = plan.extent / 2
    plan.base = dice.choice(("grass", "meadow", "scrub"))
    plan.patch(plan.base, -reach, -reach, reach, reach, tint=wooded_tint(plan))
    width = dice.uniform(0.2, 0.34) * plan.extent
    swing, phase, period = (
        dice.uniform(0.0, 0.07) * plan.extent,
        dice.uniform(0, 6.28),
        plan.extent * dice.uniform(1.1, 1.8),
    )

    def middle(u: float) -> float:
        return swing * math.sin(2 * math.pi * u / period + phase)

    steps = [-reach + 2 * reach * k / 40 for k in range(41)]

    def band(reach_v: float) -> list[tuple[float, float]]:
        return [(u, middle(u) - reach_v) for u in steps] + [(u, middle(u) + reach_v) for u in reversed(steps)]

    plan.surface(dice.choice(("sand", "scrub", "gravel")), band(width / 2 + dice.uniform(1.5, 5)), rough=1.6)
    water = dice.choice(("river", "river", "water"))
    plan.surface(water, band(width / 2), rough=0.7)
    for k in range(24):
        u = -reach + 2 * reach * (k + 0.5) / 24
        plan.reserve(u - reach / 24, middle(u) - width / 2 - 2, u + reach / 24, middle(u) + width / 2 + 2)
    spans = [dice.uniform(-0.26, 0.0) * plan.extent]
    if dice.chance(0.45):
        spans.append(spans[0] + dice.uniform(0.25, 0.4) * plan.extent)
    for k, at in enumerate(spans):
        _crossing(plan, at, middle(at), width + swing * 0.25, rail=k == 1 and dice.chance(0.5))
    boats = dice.integer(2, 9)
    for _ in range(boats):
        u = dice.uniform(-half, half)
        size = dice.choice((dice.uniform(7, 14), dice.uniform(7, 14), min(width * 0.7, dice.uniform(24, 60))))
        beam = size * (0.32 if size < 17 else 0.2)
        v = middle(u) + dice.uniform(-0.32, 0.32) * width
        slope = math.atan(swing * 2 * math.pi / period * math.cos(2 * math.pi * u / period + phase))
        heading = slope + dice.choice((0.0, math.pi)) + dice.uniform(-0.08, 0.08)
        if dice.chance(0.6):
            under_way(plan, u, v, heading, size, beam)
        else:
            plan.add("ship", u, v, heading, size, beam, ground=False, margin=1)
    for side in (-1, 1):
        if dice.chance(0.55):
            _landing(plan, dice.uniform(-half, half), middle, width, side)
        _bank(plan, side, width, swing, spans)
    for at in steps:
        for side in (-1, 1):
            if dice.chance(0.6):
                size = dice.uniform(3.5, 8)
                v = middle(at) + side * (width / 2 + dice.uniform(3, 9))
                plan.add("tree", at + dice.uniform(-3, 3), v, 0.0, size, size, margin=-1)


def _crossing(plan: Plan, at: float, middle: float, width: float, rail: bool) -> None:
    """A bridge across the river with the road or railway that it carries."""
    dice, reach = plan.dice, plan.reach
    road = 6.0 if rail else dice.uniform(8, 13)
    street(
        plan,
        "v",
        at,
        -reach,
        reach,
        width=road,
        walk=0 if rail else 1.6,
        traffic=0,
        material="gravel" if rail else "asphalt",
    )
    if not rail:
        plan.dashes(at, -reach, at, reach)
    else:
        for x in (-0.75, 0.75):
            plan.dashes(at + x, -reach, at + x, reach, dash=400, width=0.2)
    span = width + dice.uniform(8, 14)
    plan.add(
        "bridge", at, middle, math.pi / 2, span, road + 2.6, variant="rail" if rail else "", ground=False, force=True
    )
    if not rail:
        flow(plan, "v", at, -reach, reach, width=road - 1, traffic=0.4, lorries=0.25, force=True)


def _landing(plan: Plan, u: float, middle: Callable[[float], float], width: float, side: int) -> None:
    """A short pier with boats."""
    dice = plan.dice
    long = min(26.0, width * 0.34)
    v = middle(u) + side * (width / 2 - long / 2 + 2)
    if plan.add("harbor", u, v, -side * math.pi / 2, long, 16, variant="fingers:8.8", ground=False):
        for k in range(int(long / 8.8)):
            for across in (-1, 1):
                if dice.chance(0.7):
                    size = dice.uniform(5.2, 6.6)
                    at = v + side * (long / 2 - 4.9 - 8.8 * k)
                    plan.add(
                        "ship", u + across * 4.9, at, dice.choice((0.0, math.pi)), size, 2.0, ground=False, force=True
                    )


def _bank(plan: Plan, side: int, width: float, swing: float, spans: list[float]) -> None:
    """What lies behind one bank: houses, a tank farm, fields or woods."""
    dice, reach = plan.dice, plan.reach
    start = width / 2 + swing + 12
    use = dice.choice(("houses", "houses", "fields", "woods", "tanks"))
    if use == "houses":
        at = side * (start + 32)
        street(plan, "u", at, -reach, reach, traffic=0.2)
        for low, high, facing in ((start, start + 27, 1), (start + 37, start + 64, -1)):
            u = -reach
            while u < reach:
                if all(abs(u + 10 - span) > 20 for span in spans):
                    v0, v1 = sorted((side * low, side * high))
                    lot(plan, u, v0, u + 20, v1, street_side=facing * side, pools=0.25)
                u += 20
    elif use == "tanks":
        u = max(spans) + 14 if max(spans) < plan.extent * 0.1 else min(spans) - 90
        v0, v1 = sorted((side * (start + 4), side * (start + 60)))
        tank_farm(plan, u, v0, u + 76, v1, dice.uniform(10, 17))
        grove(plan, -reach, v0, reach, v1, density=0.006)
    elif use == "fields":
        u = -reach
        while u < reach:
            long = dice.uniform(40, 90)
            v0, v1 = sorted((side * start, side * reach * 1.4))
            if all(not u - 8 < span < u + long + 8 for span in spans):
                plan.patch(
                    dice.choice(("crop", "furrow", "stubble", "meadow")),
                    u + 1,
                    v0,
                    u + long - 1,
                    v1,
                    grain=dice.choice((0.0, math.pi / 2)),
                    rough=0.6,
                )
            u += long
    else:
        low, high = sorted((side * start, side * reach * 1.2))
        grove(plan, -reach, low, reach, high, density=0.022)
