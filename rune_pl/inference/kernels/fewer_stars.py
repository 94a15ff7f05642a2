"""Fewer stars, and fewer detections to decide: what a count of stars comes down to.

A center that is in no other star needs no decision of its own: once its rays are decided it counts, or not, with its
own probability. What is more, stars with the same rays then count together. Only detections that others depend on are
left to decide, which is what makes crowded scenes tractable: of 700 ships around 200 berths, the berths.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rune_pl.compiled import inner
from rune_pl.inference.kernels.grouping import grouped, steps_of
from rune_pl.inference.kernels.sorting import argsort, sort_numbers
from rune_pl.inference.kernels.stars import Stars, star_chances


@inner
def thin(s: Stars, chance: NDArray[np.float64], enough: float) -> Stars:
    """Fewer stars, or stars with fewer rays, which can only hold less often: as many of the likeliest as it takes.

    Of stars that want rays the likeliest rays stay, of those that want none the likeliest stars.

    Args:
        chance: (U,) of the stars.
        enough: stop where the chance that nothing of what stays holds is about exp(-enough).
    """
    units, facts = len(s.center), len(s.chance)
    is_ray, keep_ray = np.zeros(facts, dtype=np.bool_), np.zeros(facts, dtype=np.bool_)
    for u in range(units):
        for k in range(s.ray_start[u], s.ray_start[u + 1]):
            is_ray[s.ray[k]] = s.wanted[u] or is_ray[s.ray[k]]
    total = 0.0
    for f in argsort(-s.chance):
        if is_ray[f]:
            keep_ray[f] = total < enough
            total -= np.log1p(-min(s.chance[f], 1.0 - 1e-12))
    keep, total = s.wanted.copy(), 0.0
    for u in argsort(-chance):
        if not s.wanted[u]:
            keep[u] = total < enough
            total -= np.log1p(-min(chance[u], 1.0 - 1e-12))
    ray, ray_start = np.empty(len(s.ray), dtype=np.int32), np.zeros(units + 1, dtype=np.int32)
    stars, kept, at = np.empty(units, dtype=np.int64), 0, 0
    for u in range(units):
        first = at
        for k in range(s.ray_start[u], s.ray_start[u + 1]):
            if keep[u] and (keep_ray[s.ray[k]] or not s.wanted[u]):
                ray[at] = s.ray[k]
                at += 1
        if at - first < s.asked[u] and s.wanted[u]:
            at = first
        ray_start[u + 1] = at
        if at > first:
            stars[kept] = u
            kept += 1
    fewer = _with_rays(s, ray_start, ray[:at])
    return select(fewer, np.arange(len(s.x)), stars[:kept], np.zeros(units, dtype=np.bool_))


@inner
def simplify(s: Stars, allowance: float) -> tuple[Stars, float]:
    """The same with fewer stars and detections, and the probability, at most the allowance, that this matters.

    Stars that hardly ever hold are left out, centers that are in no other star are summed up, and detections about
    which no star asks any more are gone.
    """
    units = len(s.center)
    keep, lost = np.ones(units, dtype=np.bool_), 0.0
    if allowance > 0.0:
        chance = star_chances(s)
        for u in argsort(chance):
            if lost + chance[u] > allowance:
                break
            lost += chance[u]
            keep[u] = False
    uses = s.alone.copy()
    for u in range(units):
        if keep[u]:
            if s.center[u] >= 0:
                uses[s.center[u]] += 1
            for k in range(s.ray_start[u], s.ray_start[u + 1]):
                uses[s.ray[k]] += 2
    summed = np.zeros(units, dtype=np.bool_)
    ray = s.ray.copy()
    rank, which, kept = np.empty(units), np.empty(units, dtype=np.int64), 0
    for u in range(units):
        if not keep[u]:
            continue
        summed[u] = s.center[u] < 0
        if s.center[u] >= 0 and uses[s.center[u]] == 1:
            v = s.var_of[s.center[u]]
            summed[u] = s.var_start[v + 1] - s.var_start[v] == 1
            uses[s.center[u]] -= summed[u]
        # Stars with the same rays come together, by a hash of them.
        sort_numbers(ray[s.ray_start[u] : s.ray_start[u + 1]], s.ray_start[u + 1] - s.ray_start[u])
        mixed = np.uint64(2 * s.asked[u] + s.wanted[u])
        for k in range(s.ray_start[u], s.ray_start[u + 1]):
            mixed = (mixed ^ np.uint64(ray[k] + 1)) * np.uint64(1099511628211)
            mixed ^= mixed >> np.uint64(29)
        rank[kept], which[kept] = float(mixed >> np.uint64(12)), u
        kept += 1
    vars_ = np.empty(len(s.x), dtype=np.int64)
    n = 0
    for v in range(len(s.x)):
        used = False
        for f in range(s.var_start[v], s.var_start[v + 1]):
            used = used or uses[f] > 0
        if used:
            vars_[n] = v
            n += 1
    by_rank = argsort(rank[:kept])
    for i in range(kept):
        by_rank[i] = which[by_rank[i]]
    return select(_with_rays(s, s.ray_start, ray), vars_[:n], by_rank, summed), lost


@inner
def _with_rays(s: Stars, ray_start: NDArray[np.int32], ray: NDArray[np.int32]) -> Stars:
    """The same stars, with other rays."""
    return Stars(
        s.low, s.x, s.y, s.none, s.var_start, s.var_of, s.chance, s.alone, s.center, s.asked, s.wanted,
        ray_start, ray, s.add_start, s.add,
    )  # fmt: skip


@inner
def select(s: Stars, vars_: NDArray[np.int64], stars: NDArray[np.int64], summed: NDArray[np.bool_]) -> Stars:
    """Some stars over some detections, in the order given; of those summed, neighbors with the same rays merge."""
    facts = 0
    for v in vars_:
        facts += s.var_start[v + 1] - s.var_start[v]
    rays, adds = 0, 0
    for u in stars:
        rays += s.ray_start[u + 1] - s.ray_start[u]
        adds += s.add_start[u + 1] - s.add_start[u]
    number = np.empty(len(s.chance), dtype=np.int32)
    x, y, none = np.empty(len(vars_)), np.empty(len(vars_)), np.empty(len(vars_))
    var_start, var_of = np.zeros(len(vars_) + 1, dtype=np.int32), np.empty(facts, dtype=np.int32)
    chance, alone = np.empty(facts), np.empty(facts, dtype=np.int32)
    at = 0
    for i in range(len(vars_)):
        v = vars_[i]
        x[i], y[i], none[i] = s.x[v], s.y[v], s.none[v]
        for f in range(s.var_start[v], s.var_start[v + 1]):
            number[f] = at
            var_of[at], chance[at], alone[at] = i, s.chance[f], s.alone[f]
            at += 1
        var_start[i + 1] = at
    kept = len(stars)
    center, asked = np.empty(kept, dtype=np.int32), np.empty(kept, dtype=np.int32)
    wanted, ray_start = np.empty(kept, dtype=np.bool_), np.zeros(kept + 1, dtype=np.int32)
    ray = np.empty(rays, dtype=np.int32)
    add_start, add = np.zeros(kept + 1, dtype=np.int32), np.zeros(adds)
    one = np.empty(2)
    n, last = 0, -1
    for u in stars:
        if not (last >= 0 and summed[u] and _same_rays(s, u, last)):
            n += 1
            center[n - 1] = -1 if summed[u] or s.center[u] < 0 else number[s.center[u]]
            asked[n - 1], wanted[n - 1] = s.asked[u], s.wanted[u]
            ray_start[n], add_start[n] = ray_start[n - 1], add_start[n - 1] + 1
            for k in range(s.ray_start[u], s.ray_start[u + 1]):
                ray[ray_start[n]] = number[s.ray[k]]
                ray_start[n] += 1
            add[add_start[n - 1]] = 1.0
        last = u if summed[u] else -1
        row = s.add[s.add_start[u] : s.add_start[u + 1]]
        if summed[u] and s.center[u] >= 0:
            one[1] = s.chance[s.center[u]]
            one[0] = 1.0 - one[1]
            row = one
        # The sum of what was there and one more, from the top down.
        add_start[n] += len(row) - 1
        for j in range(add_start[n] - 1, add_start[n - 1] - 1, -1):
            total = 0.0
            for i in range(min(len(row), j - add_start[n - 1] + 1)):
                total += add[j - i] * row[i]
            add[j] = total
    return Stars(
        s.low, x, y, none, var_start, var_of, chance, alone, center[:n], asked[:n], wanted[:n],
        ray_start[: n + 1], ray[: ray_start[n]], add_start[: n + 1], add[: add_start[n]],
    )  # fmt: skip


@inner
def _same_rays(s: Stars, one: int, other: int) -> bool:
    first, second = s.ray_start[one], s.ray_start[other]
    count = s.ray_start[one + 1] - first
    if s.asked[one] != s.asked[other] or s.wanted[one] != s.wanted[other]:
        return False
    if s.ray_start[other + 1] - second != count:
        return False
    for k in range(count):
        if s.ray[first + k] != s.ray[second + k]:
            count = -1
            break
    return bool(count >= 0)


@inner
def only_pairs(s: Stars) -> bool:
    """Whether the question is if some two related objects are there, and nothing says which of them is the center."""
    centers = 0
    for u in range(len(s.center)):
        centers += s.center[u] >= 0
        if s.asked[u] != 1 or not s.wanted[u]:
            return False
    return s.low == 1 and centers > 0


@inner
def oriented(s: Stars, order: NDArray[np.int64]) -> Stars:
    """The same pairs, around the object of each that is decided last: then a state is which objects would do now."""
    facts, units, step = len(s.chance), len(s.center), steps_of(order)
    later, earlier = np.empty(len(s.ray), dtype=np.int32), np.empty(len(s.ray), dtype=np.int32)
    free, edges = 0, 0
    for u in range(units):
        if s.center[u] < 0:
            free += 1
            continue
        for k in range(s.ray_start[u], s.ray_start[u + 1]):
            a, b = s.center[u], s.ray[k]
            if step[s.var_of[a]] < step[s.var_of[b]]:
                a, b = b, a
            later[edges], earlier[edges] = a, b
            edges += 1
    degree, by_later = grouped(later[:edges], facts)
    ray = np.empty(edges, dtype=np.int32)
    for i in range(edges):
        ray[i] = earlier[by_later[i]]
    most = free + facts
    center, ray_start = np.full(most, -1, dtype=np.int32), np.zeros(most + 1, dtype=np.int32)
    rays, add_start = np.empty(len(s.ray), dtype=np.int32), np.zeros(most + 1, dtype=np.int32)
    add, n = np.empty(len(s.add) + 2 * facts), 0
    for u in range(units):
        if s.center[u] >= 0:
            continue
        ray_start[n + 1], add_start[n + 1] = ray_start[n], add_start[n]
        for k in range(s.ray_start[u], s.ray_start[u + 1]):
            rays[ray_start[n + 1]] = s.ray[k]
            ray_start[n + 1] += 1
        for k in range(s.add_start[u], s.add_start[u + 1]):
            add[add_start[n + 1]] = s.add[k]
            add_start[n + 1] += 1
        n += 1
    for f in range(facts):
        sort_numbers(ray[degree[f] : degree[f + 1]], degree[f + 1] - degree[f])
        ray_start[n + 1] = ray_start[n]
        for k in range(degree[f], degree[f + 1]):
            if k == degree[f] or ray[k] != ray[k - 1]:
                rays[ray_start[n + 1]] = ray[k]
                ray_start[n + 1] += 1
        if ray_start[n + 1] == ray_start[n]:
            continue
        center[n], add_start[n + 1] = f, add_start[n] + 2
        add[add_start[n]], add[add_start[n] + 1] = 0.0, 1.0
        n += 1
    return Stars(
        s.low, s.x, s.y, s.none, s.var_start, s.var_of, s.chance, s.alone, center[:n], np.ones(n, dtype=np.int32),
        np.ones(n, dtype=np.bool_), ray_start[: n + 1], rays[: ray_start[n]], add_start[: n + 1], add[: add_start[n]],
    )  # fmt: skip
