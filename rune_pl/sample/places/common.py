"""What several places have: streets with traffic, car parks, avenues, houses with gardens."""

from __future__ import annotations

import math

from rune_pl.sample.plan import Plan, Tint
from rune_pl.sample.shapes import ellipse, line, rectangle

WHITE = (226, 224, 216)


def street(
    plan: Plan,
    axis: str,
    at: float,
    start: float,
    end: float,
    *,
    width: float = 7.0,
    walk: float = 1.8,
    traffic: float = 0.25,
    lorries: float = 0.15,
    material: str = "asphalt",
) -> None:
    """A street along axis "u" or "v" of the local frame, at `at` on the other axis, from start to end.

    `walk` is the width of the pavements, `traffic` the chance of a vehicle on each 12 m of lane, `lorries` the share of
    large ones. Crossing streets must be laid before any traffic is wanted on top: call `street` with traffic 0 first.
    """
    half = width / 2

    def cover(kind: str, reach: float) -> None:
        corners = (start, at - reach, end, at + reach) if axis == "u" else (at - reach, start, at + reach, end)
        plan.patch(kind, *corners)

    if walk > 0:
        cover("paving", half + walk)
    cover(material, half)
    total = half + walk
    if axis == "u":
        plan.reserve(start, at - total, end, at + total)
    else:
        plan.reserve(at - total, start, at + total, end)
    if traffic > 0:
        flow(plan, axis, at, start, end, width=width, traffic=traffic, lorries=lorries)


def centre_line(plan: Plan, axis: str, at: float, start: float, end: float) -> None:
    """The dashes in the middle of a street."""
    if axis == "u":
        plan.dashes(start, at, end, at)
    else:
        plan.dashes(at, start, at, end)


def flow(
    plan: Plan,
    axis: str,
    at: float,
    start: float,
    end: float,
    *,
    width: float = 7.0,
    traffic: float = 0.25,
    lorries: float = 0.15,
    force: bool = False,
) -> None:
    """Vehicles in the two lanes of a street, keeping to the right."""
    dice = plan.dice
    lane = width / 4
    for side in (-1, 1):
        place = start + dice.uniform(0, 12)
        while place < end:
            if dice.chance(traffic):
                large = dice.chance(lorries)
                length = dice.uniform(7.5, 15) if large else dice.uniform(4.0, 5.3)
                across, shift = (2.5 if large else dice.uniform(1.75, 1.95)), dice.uniform(-0.25, 0.25)
                name = "large_vehicle" if large else "small_vehicle"
                variant = "" if not large or length > 11 else "rigid"
                # Heading +u with y down, the right-hand lane is at +v; heading +v it is at -u.
                angle = 0.0 if side > 0 else math.pi
                u, v = place, at + side * lane + shift
                if axis == "v":
                    angle, u, v = angle + math.pi / 2, at - side * lane + shift, place
                plan.add(name, u, v, angle, length, across, variant=variant, margin=0.8, ground=False, force=force)
            place += dice.uniform(9, 18)


def crosswalk(plan: Plan, axis: str, at: float, where: float, width: float = 7.0) -> None:
    """White bars across a street that runs along an axis at `at`."""
    count = int(width / 1.1)
    for k in range(count):
        offset = at - width / 2 + (k + 0.5) * width / count
        bar = rectangle(3.0, 0.5, where, offset) if axis == "u" else rectangle(0.5, 3.0, offset, where)
        plan.mark(bar, WHITE, 210)


def parked(plan: Plan, axis: str, at: float, start: float, end: float, share: float) -> None:
    """Cars parked one behind another along a kerb."""
    place = start
    while place < end:
        if plan.dice.chance(share):
            length, angle = plan.dice.uniform(4.0, 5.2), plan.dice.choice((0.0, 0.0, math.pi))
            drift = plan.dice.uniform(-0.12, 0.12)
            u, v, turn = (place, at + drift, 0.0) if axis == "u" else (at + drift, place, math.pi / 2)
            plan.add(
                "small_vehicle", u, v, angle + turn, length, plan.dice.uniform(1.7, 1.95), margin=0.2, ground=False
            )
        place += 5.9


def car_park(
    plan: Plan, u0: float, v0: float, u1: float, v1: float, *, full: float = 0.6, lorries: bool = False
) -> None:
    """A car park over a rectangle, its bays across v; a park for lorries has longer bays."""
    dice = plan.dice
    plan.patch("asphalt", u0, v0, u1, v1, rough=0)
    bay, deep, lane = (4.0, 17.0, 14.0) if lorries else (2.6, 5.2, 6.2)
    v = v0 + 0.6
    facing = 1
    while v + deep <= v1 - 0.2:
        count = int((u1 - u0 - 1.5) / bay)
        for k in range(count + 1):
            u = u0 + 0.75 + bay * k
            plan.mark(line(u, v, u, v + deep, 0.12), WHITE, 190)
            if k < count and dice.chance(full):
                heading = math.pi / 2 * (1 if dice.chance(0.5) else -1)
                if lorries:
                    length = dice.uniform(9, 16.3)
                    plan.add(
                        "large_vehicle", u + bay / 2, v + deep / 2, heading, length, 2.55, margin=0.1, ground=False
                    )
                else:
                    length, across = dice.uniform(4.0, 5.0), dice.uniform(1.72, 1.92)
                    drift = v + deep / 2 + dice.uniform(-0.2, 0.2)
                    turn = heading + dice.uniform(-0.03, 0.03)
                    plan.add("small_vehicle", u + bay / 2, drift, turn, length, across, margin=0.02, ground=False)
        v += deep + (lane if facing > 0 else 0.15)
        facing = -facing
    for _ in range(int((u1 - u0) * (v1 - v0) / 160)):
        plan.backdrop("stain", dice.uniform(u0 + 1, u1 - 1), dice.uniform(v0 + 1, v1 - 1), 0, dice.uniform(0.8, 2.4), 1)
    plan.reserve(u0, v0, u1, v1)


def avenue(
    plan: Plan, axis: str, at: float, start: float, end: float, *, gap: float = 9.0, share: float = 0.75
) -> None:
    """A row of trees."""
    place = start
    while place < end:
        if plan.dice.chance(share):
            size, drift = plan.dice.uniform(3.5, 6.5), plan.dice.uniform(-0.5, 0.5)
            u, v = (place, at + drift) if axis == "u" else (at + drift, place)
            plan.add("tree", u, v, 0.0, size, size, margin=-0.8, ground=False)
        place += gap * plan.dice.uniform(0.8, 1.25)


def grove(plan: Plan, u0: float, v0: float, u1: float, v1: float, *, density: float = 0.02) -> None:
    """Trees close together over a rectangle; `density` is trees tried per square metre."""
    variant = "conifer" if plan.dice.chance(0.3) else ""
    patches: list[tuple[float, float, float]] = []
    for _ in range(int(abs((u1 - u0) * (v1 - v0)) * density)):
        if not patches or plan.dice.chance(0.12):
            patches.append((plan.dice.uniform(u0, u1), plan.dice.uniform(v0, v1), plan.dice.uniform(4, 16)))
        size = plan.dice.uniform(2.6, 5.0) if variant else plan.dice.uniform(3.0, 8.5)
        u, v = plan.dice.uniform(u0, u1), plan.dice.uniform(v0, v1)
        if plan.dice.chance(0.6):
            pu, pv, spread = plan.dice.choice(patches)
            u, v = min(u1, max(u0, plan.dice.normal(pu, spread))), min(v1, max(v0, plan.dice.normal(pv, spread)))
        plan.add("tree", u, v, 0.0, size, size, margin=-size * 0.17, variant=variant)


def lot(plan: Plan, u0: float, v0: float, u1: float, v1: float, *, street_side: int, pools: float) -> None:
    """A plot with a house, a drive, a garden with trees and perhaps a pool; the street is at v0 (-1) or v1 (+1)."""
    dice = plan.dice
    width, depth = u1 - u0, v1 - v0
    tint = dice.uniform(0.88, 1.1)
    plan.patch(
        "lawn", u0 + 0.2, v0 + 0.2, u1 - 0.2, v1 - 0.2, tint=(tint * dice.uniform(0.95, 1.08), tint, tint * 0.95)
    )
    front = v1 if street_side > 0 else v0
    inward = -street_side
    long, wide = min(width * 0.62, dice.uniform(10, 15)), min(depth * 0.42, dice.uniform(8, 11))
    u = (u0 + u1) / 2 + dice.uniform(-0.1, 0.1) * width
    v = front + inward * (dice.uniform(4.5, 6.5) + wide / 2)
    plan.add("house", u, v, dice.choice((0.0, math.pi)), long, wide, ground=False)
    drive = u1 - 2.4 if dice.chance(0.5) else u0 + 2.4
    reach = dice.uniform(7, 12)
    plan.patch(
        dice.choice(("concrete", "paving", "gravel")),
        drive - 1.6,
        min(front, front + inward * reach),
        drive + 1.6,
        max(front, front + inward * reach),
    )
    if dice.chance(0.55):
        spot = front + inward * dice.uniform(3.0, max(3.2, reach - 2.6))
        plan.add(
            "small_vehicle", drive, spot, math.pi / 2 * dice.choice((-1, 1)), dice.uniform(4.0, 5.1), 1.85, ground=False
        )
    back = front + inward * depth
    yard = (front + inward * (8 + wide), back - inward * 1.5)
    if dice.chance(pools):
        size = dice.uniform(6.5, 10.5)
        across = size * dice.uniform(0.45, 0.62)
        pu, pv = (u0 + u1) / 2 + dice.uniform(-0.15, 0.15) * width, (yard[0] + yard[1]) / 2 + dice.uniform(-1, 1)
        angle = dice.choice((0.0, 0.0, math.pi / 2, dice.uniform(0, 3)))
        if plan.add("swimming_pool", pu, pv, angle, size, across, margin=1.0, ground=False):
            around = (
                ellipse(size + 4, across + 4, pu, pv, 20)
                if dice.chance(0.3)
                else rectangle(size + 3.4, size * 0.7 + 3.0, pu, pv)
            )
            plan.surface(dice.choice(("paving", "concrete")), around)
    if dice.chance(0.35):
        plan.add("shed", u0 + 3, back - inward * 3, 0.0, dice.uniform(2.6, 4), dice.uniform(2.2, 3), ground=False)
    for _ in range(dice.integer(5, 11)):
        size = dice.uniform(1.4, 3.0) if dice.chance(0.5) else dice.uniform(3.0, 7.5)
        tv = dice.uniform(min(front + inward * 2, back), max(front + inward * 2, back))
        plan.add("tree", dice.uniform(u0 + 1, u1 - 1), tv, 0.0, size, size, margin=-size * 0.12, ground=False)
    if dice.chance(0.5):
        low, high = sorted((yard[0] - inward * 1.4, yard[0] + inward * 2.2))
        plan.patch(dice.choice(("paving", "gravel", "concrete")), u - 4, low, u + dice.uniform(1, 5), high)
    if dice.chance(0.3):
        low, high = sorted((back - inward * 1.2, back - inward * dice.uniform(3.5, 6)))
        plan.patch("soil", u0 + 1, low, u0 + dice.uniform(4, 8), high, rough=0.4)
    for edge in (u0, u1):
        if dice.chance(0.35):
            plan.add(
                "hedge",
                edge,
                (yard[0] + yard[1]) / 2,
                math.pi / 2,
                abs(yard[1] - yard[0]),
                0.9,
                margin=-0.4,
                ground=False,
            )


def wooded_tint(plan: Plan) -> Tint:
    """A cast of colour for the ground that differs from scene to scene: greener, drier or darker."""
    tone = plan.dice.uniform(0.88, 1.1)
    return tone * plan.dice.uniform(0.94, 1.08), tone, tone * plan.dice.uniform(0.9, 1.02)
