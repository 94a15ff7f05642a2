"""Stars, "at least k objects for which there is, or is not, another": the most common of all questions.

A star is an object, its *center*, and a condition on its *rays*, the objects around it: at least one of them, at least
two, or not as many. Counts of such things ("three ships near a harbor", "a plane without a helicopter nearby", "a
bridge with two cars") are most of what people ask beyond pairs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rune_pl.compiled import inner
from rune_pl.inference.kernels.circuit import NO_LIMIT, Circuit
from rune_pl.inference.kernels.grouping import find_root, steps_of
from rune_pl.inference.kernels.growth import Groups
from rune_pl.inference.kernels.sorting import argsort


class Stars(NamedTuple):
    """V detections, F facts, U stars below a count of at least `low`. `*_start` have one entry more at the end."""

    low: int
    x: NDArray[np.float64]  # (V,) middle of each detection
    y: NDArray[np.float64]
    none: NDArray[np.float64]  # (V,) probability that none of its facts holds
    var_start: NDArray[np.int32]  # facts of each detection: they exclude each other
    var_of: NDArray[np.int32]  # (F,)
    chance: NDArray[np.float64]  # (F,)
    alone: NDArray[np.int32]  # (F,) how often a fact counts by itself
    center: NDArray[np.int32]  # (U,) a fact, -1 where the star has `adds` instead
    asked: NDArray[np.int32]  # (U,) how many rays decide it: 1 or 2
    wanted: NDArray[np.bool_]  # (U,) whether it holds with that many, or without
    ray_start: NDArray[np.int32]
    ray: NDArray[np.int32]  # facts
    add_start: NDArray[np.int32]
    add: NDArray[np.float64]  # the probabilities that a star counts for 0, 1, ... when its rays allow it


@inner
def take_stars(c: Circuit) -> tuple[bool, Stars]:
    """Whether a circuit is a count of stars, and what stars."""
    facts, root = len(c.chance), len(c.low) - 1
    units = c.in_start[root + 1] - c.in_start[root]
    center, asked = np.full(units, -1, dtype=np.int32), np.ones(units, dtype=np.int32)
    wanted, start = np.ones(units, dtype=np.bool_), np.zeros(units + 1, dtype=np.int32)
    alone = np.zeros(facts, dtype=np.int32)
    ray = np.empty(_count_rays(c), dtype=np.int32)
    last = np.full(facts, -1, dtype=np.int32)  # the last star of which a fact is a ray
    n, rays, good = 0, 0, c.low[root] >= 1 and c.high[root] == NO_LIMIT
    for i in range(c.in_start[root], c.in_start[root + 1]):
        if not good:
            break
        node, negated = c.in_node[i], c.in_negated[i]
        if c.in_weight[i] < 0:
            good = False
            break
        if node >= 0:
            alone[node] += 1
            good = not negated
            continue
        group, pair = ~node, -1
        unit = group
        if c.high[unit] == 0 and c.low[unit] <= 0:
            # A conjunction, written as "none of the negations": one fact and one condition.
            first = c.in_start[unit]
            at, rest = first, first + 1
            if negated or c.in_start[unit + 1] - first != 2:
                good = False
                break
            if c.in_node[at] < 0 or not c.in_negated[at]:
                at, rest = rest, at
            if c.in_node[at] < 0 or not c.in_negated[at] or c.in_weight[at] < 0 or c.in_weight[rest] < 0:
                good = False
                break
            wanted[n] = c.in_negated[rest] == 1
            if c.in_node[rest] >= 0 and wanted[n]:
                # Two facts: the one about which fewer gates ask is the center.
                uses = c.leaf_start[c.in_node[at] + 1] - c.leaf_start[c.in_node[at]]
                if uses > c.leaf_start[c.in_node[rest] + 1] - c.leaf_start[c.in_node[rest]]:
                    at, rest = rest, at
            center[n] = c.in_node[at]
            group, pair = ~c.in_node[rest], c.in_node[rest]
        else:
            wanted[n] = negated == 0
        if pair >= 0:
            good = c.var_of[pair] != c.var_of[center[n]]
            ray[rays] = pair
            rays += 1
        else:
            good = c.high[group] == NO_LIMIT and 1 <= c.low[group] <= 2
            asked[n] = c.low[group]
            for k in range(c.in_start[group], c.in_start[group + 1]):
                f = c.in_node[k]
                good = good and f >= 0 and not c.in_negated[k] and c.in_weight[k] > 0
                good = good and (center[n] < 0 or c.var_of[f] != c.var_of[center[n]]) and last[f] < n
                if not good:
                    break
                ray[rays], last[f] = f, n
                rays += 1
        n += 1
        start[n] = rays
    add, add_start = np.zeros(2 * n), np.empty(n + 1, dtype=np.int32)
    for u in range(n + 1):
        add_start[u] = 2 * u
    for u in range(n):
        add[2 * u + 1] = 1.0
    return good, Stars(
        c.low[root], c.x, c.y, c.none, c.var_start, c.var_of, c.chance, alone,
        center[:n], asked[:n], wanted[:n], start[: n + 1], ray[:rays], add_start, add,
    )  # fmt: skip


@inner
def _count_rays(c: Circuit) -> int:
    """At most how many rays the stars below the root have: stars may share a gate, and each has its rays."""
    root, rays = len(c.low) - 1, 0
    for i in range(c.in_start[root], c.in_start[root + 1]):
        if c.in_node[i] >= 0:
            continue
        unit = ~c.in_node[i]
        rays += c.in_start[unit + 1] - c.in_start[unit]
        for k in range(c.in_start[unit], c.in_start[unit + 1]):
            if c.in_node[k] < 0:
                group = ~c.in_node[k]
                rays += c.in_start[group + 1] - c.in_start[group]
    return rays


@inner
def rays_left(s: Stars, u: int, step: NDArray[np.int32], t: int) -> tuple[float, float]:
    """The probabilities that none, and that just one, of the rays of a star holds that are decided after step t."""
    none, odds = 1.0, 0.0
    k = s.ray_start[u]
    while k < s.ray_start[u + 1]:
        v, p = s.var_of[s.ray[k]], 0.0
        while k < s.ray_start[u + 1] and s.var_of[s.ray[k]] == v:
            p += s.chance[s.ray[k]]
            k += 1
        if step[v] > t:
            p = min(p, 1.0 - 1e-15)
            none *= 1.0 - p
            odds += p / (1.0 - p)
    return none, min(1.0 - none, none * odds)


@inner
def star_chances(s: Stars) -> NDArray[np.float64]:
    """(U,) the probability that each star holds, or counts at all."""
    chance, step = np.empty(len(s.center)), np.zeros(len(s.x), dtype=np.int32)
    for u in range(len(chance)):
        none, one = rays_left(s, u, step, -1)
        fewer = none if s.asked[u] == 1 else none + one
        own = s.chance[s.center[u]] if s.center[u] >= 0 else 1.0 - s.add[s.add_start[u]]
        chance[u] = own * (max(0.0, 1.0 - fewer) if s.wanted[u] else min(1.0, fewer))
    return chance


@inner
def star_components(s: Stars) -> tuple[NDArray[np.int32], int]:
    """(V,) the component of each detection, and how many there are: they share no star."""
    parent = np.arange(len(s.x))
    for u in range(len(s.center)):
        root = find_root(parent, s.var_of[s.ray[s.ray_start[u]]])
        for k in range(s.ray_start[u] + 1, s.ray_start[u + 1]):
            parent[find_root(parent, s.var_of[s.ray[k]])] = root
        if s.center[u] >= 0:
            parent[find_root(parent, s.var_of[s.center[u]])] = root
    component, count = np.full(len(s.x), -1, dtype=np.int32), 0
    for v in range(len(s.x)):
        root = find_root(parent, v)
        if component[root] < 0:
            component[root] = count
            count += 1
        component[v] = component[root]
    return component, count


@inner
def star_groups(s: Stars) -> Groups:
    """Each star as a group: the detections of its rays, around that of its center if it has one."""
    member, hub = np.empty(len(s.ray), dtype=np.int32), np.empty(len(s.center), dtype=np.int32)
    for k in range(len(member)):
        member[k] = s.var_of[s.ray[k]]
    for u in range(len(hub)):
        hub[u] = s.var_of[s.center[u]] if s.center[u] >= 0 else -1
    return Groups(s.ray_start, member, hub)


class Layout(NamedTuple):
    """When each star is open, and its bit: (U,) arrays."""

    step: NDArray[np.int32]  # (V,) of each detection
    begin: NDArray[np.int32]  # the first step that concerns the star
    middle: NDArray[np.int32]  # when its center is decided, -1 where it has none
    end: NDArray[np.int32]  # the last step that concerns it
    slot: NDArray[np.int32]
    bits: int


@inner
def lay_out_stars(s: Stars, order: NDArray[np.int64]) -> Layout:
    """A bit for each star from its beginning to its end, used again afterwards."""
    units, vars_ = len(s.center), len(order)
    step = steps_of(order)
    begin, middle, end = np.empty(units, dtype=np.int32), np.full(units, -1, dtype=np.int32), np.empty(units, np.int32)
    for u in range(units):
        begin[u], end[u] = vars_, -1
        if s.center[u] >= 0:
            middle[u] = begin[u] = end[u] = step[s.var_of[s.center[u]]]
        for k in range(s.ray_start[u], s.ray_start[u + 1]):
            at = step[s.var_of[s.ray[k]]]
            begin[u], end[u] = min(begin[u], at), max(end[u], at)
    by_begin, by_end = argsort(begin.astype(np.float64)), argsort(end.astype(np.float64))
    slot = np.empty(units, dtype=np.int32)
    free, n_free, bits, gone = np.empty(units, dtype=np.int32), 0, 0, 0
    for u in by_begin:
        while gone < units and end[by_end[gone]] < begin[u]:
            free[n_free] = slot[by_end[gone]]
            n_free += 1
            gone += 1
        if n_free:
            n_free -= 1
            slot[u] = free[n_free]
        else:
            slot[u] = bits
            bits += 1
    return Layout(step, begin, middle, end, slot, bits)
