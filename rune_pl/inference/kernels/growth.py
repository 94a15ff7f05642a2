"""Orders: regions that grow so that what they have to remember about their edge stays little.

The number of states depends on the order in which detections are decided; the answer does not. Once some detections
are decided, all that matters about them is what those at the edge are, the ones that share a gate with an undecided
one. Their entropies sum up to about the logarithm of the number of states. Scenes are not strips: around a basin or
along a bent quay a region that grows greedily has a far shorter edge than one that is swept along an axis, which often
means a thousand times fewer states.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rune_pl.compiled import inner
from rune_pl.inference.kernels.grouping import grouped, steps_of
from rune_pl.inference.kernels.sorting import argsort, grown

ORDERS = 2  # kept of each component
_ANGLES = 6  # directions in which a component is swept
_STARTS, _FEW_STARTS = 12, 4  # detections from which regions grow
# How much of the edge counts as gone for each of its neighbors that is decided, and how much new neighbors count.
_GREEDS = ((1.0, 0.1), (1.0, 0.0), (0.3, 0.3), (2.0, 0.0))
_FEW = 9  # detections: any order is good enough
_NARROW = 9.0  # bits: an axis is good enough
_MOST_BITS = 200.0
LOOKS, QUICK_LOOKS = 40_000_000, 500_000  # at neighbors: a tenth of a second, and a millisecond
_HASTY = 1_000_000  # looks: with fewer only a few regions grow
_MOST_PAIRS, _FEW_PAIRS = 30_000_000, 1_000_000  # of neighbors: in a crowd of thousands any order is as good


class Groups(NamedTuple):
    """Detections that are about the same gate: what is known of some matters until the others are known."""

    start: NDArray[np.int32]  # (N + 1,)
    member: NDArray[np.int32]
    hub: NDArray[np.int32]  # (N,) a detection on which it depends whether the members matter at all, or -1


@inner
def surprise(p: float) -> float:
    """The entropy of a chance in bits."""
    if p <= 0.0 or p >= 1.0:
        return 0.0
    return float(-(p * np.log2(p) + (1.0 - p) * np.log2(1.0 - p)))


@inner
def component_orders(
    groups: Groups,
    component: NDArray[np.int32],
    count: int,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    none: NDArray[np.float64],
    most_looks: int,
    stop: NDArray[np.int8],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Good orders for each component.

    Args:
        component: (V,) of each detection, of `count`; no group is in two.
        x, y, none: (V,) the middle of each, and the probability that it is none of its facts.
        most_looks: at neighbors, while regions grow where no axis is narrow: a million take about 3 ms.
        stop: no more are tried once it is set.

    Returns:
        (count + 1,) where each begins in (V,) the detections by component; (ORDERS, V) in the same places the orders of
        each, as positions among its own, the narrowest first; and (count,) how wide that is, in bits.
    """
    var_at, vars_ = grouped(component, count)
    orders, bits = np.zeros((ORDERS, len(x)), dtype=np.int64), np.zeros(count)
    of_group, number = np.empty(len(groups.hub), dtype=np.int32), np.empty(len(x), dtype=np.int32)
    for g in range(len(of_group)):
        of_group[g] = component[groups.member[groups.start[g]]]
    group_at, by_component = grouped(of_group, count)
    for k in range(count):
        first, last = var_at[k], var_at[k + 1]
        if last - first <= _FEW:
            key = np.empty(last - first)
            for i in range(last - first):
                key[i] = x[vars_[first + i]] + y[vars_[first + i]]
            by_key = argsort(key)
            for j in range(ORDERS):
                for i in range(last - first):
                    orders[j, first + i] = by_key[i]
            continue
        here = last - first
        own_x, own_y, entropy = np.empty(here), np.empty(here), np.empty(here)
        for i in range(here):
            v = vars_[first + i]
            number[v] = i
            own_x[i], own_y[i], entropy[i] = x[v], y[v], surprise(none[v])
        members = 0
        for i in range(group_at[k], group_at[k + 1]):
            g = by_component[i]
            members += groups.start[g + 1] - groups.start[g]
        own = Groups(
            np.zeros(group_at[k + 1] - group_at[k] + 1, dtype=np.int32),
            np.empty(members, dtype=np.int32),
            np.empty(group_at[k + 1] - group_at[k], dtype=np.int32),
        )
        at = 0
        for i in range(len(own.hub)):
            g = by_component[group_at[k] + i]
            for m in range(groups.start[g], groups.start[g + 1]):
                own.member[at] = number[groups.member[m]]
                at += 1
            own.start[i + 1] = at
            own.hub[i] = number[groups.hub[g]] if groups.hub[g] >= 0 else -1
        looks, hasty = most_looks * here // len(x), most_looks < _HASTY
        bits[k] = _best_orders(own, own_x, own_y, entropy, looks, hasty, stop, orders[:, first:last])
    return var_at, vars_, orders, bits


@inner
def _neighbors(groups: Groups, vars_: int, most: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which detections share a group: offsets (V + 1,), and the others of each. Where they are too many there are none.

    Members of a group with a hub are neighbors of the hub only: that decides whether they matter.
    """
    at = np.zeros(vars_ + 1, dtype=np.int64)
    start, pairs = np.zeros(vars_ + 1, dtype=np.int64), 0
    for g in range(len(groups.hub)):
        size = groups.start[g + 1] - groups.start[g]
        pairs += size if groups.hub[g] >= 0 else size * size
        for m in range(groups.start[g], groups.start[g + 1]):
            at[groups.member[m] + 1] += 1
        if groups.hub[g] >= 0:
            at[groups.hub[g] + 1] += size
    if pairs > most:
        return start, np.empty(0, dtype=np.int64)
    for v in range(vars_):
        at[v + 1] += at[v]
    fill = at.copy()
    # The groups around each detection as a member; where it is the hub, ~detection of each member.
    around = np.empty(at[vars_], dtype=np.int64)
    for g in range(len(groups.hub)):
        for m in range(groups.start[g], groups.start[g + 1]):
            v = groups.member[m]
            around[fill[v]] = g
            fill[v] += 1
            if groups.hub[g] >= 0:
                around[fill[groups.hub[g]]] = ~v
                fill[groups.hub[g]] += 1
    other, n = np.empty(max(64, 4 * len(groups.member)), dtype=np.int64), 0
    seen = np.full(vars_, -1, dtype=np.int64)
    for v in range(vars_):
        seen[v] = v
        for i in range(at[v], at[v + 1]):
            g = around[i]
            single = g < 0 or groups.hub[g] >= 0
            first, last = (0, 1) if single else (groups.start[g], groups.start[g + 1])
            while n + last - first > len(other):
                other = grown(other)
            for m in range(first, last):
                w = ~g if g < 0 else (groups.hub[g] if single else groups.member[m])
                if seen[w] != v:
                    seen[w] = v
                    other[n] = w
                    n += 1
        start[v + 1] = n
    return start, other[:n]


@inner
def _grow(
    start: NDArray[np.int64],
    other: NDArray[np.int64],
    entropy: NDArray[np.float64],
    seed: int,
    fading: float,
    fresh: float,
) -> tuple[NDArray[np.int64], int]:
    """(V,) the detections, always next the one that leaves the shortest edge; and how many looks that took.

    Args:
        start, other: the neighbors of each.
        entropy: (V,) in bits.
        fading: how much of a detection at the edge goes, with `fading / n` for one of n undecided neighbors.
        fresh: how much a neighbor that is new to the region counts.
    """
    vars_ = len(entropy)
    decided, near = np.zeros(vars_, dtype=np.bool_), np.zeros(vars_, dtype=np.bool_)
    left, order = np.empty(vars_, dtype=np.int64), np.empty(vars_, dtype=np.int64)
    front = np.empty(vars_, dtype=np.int64)
    for v in range(vars_):
        left[v] = start[v + 1] - start[v]
    n, looks, unseen = 0, 0, 0
    front[0], near[seed], n = seed, True, 1
    for t in range(vars_):
        if n == 0:
            while near[unseen]:
                unseen += 1
            front[0], near[unseen], n = unseen, True, 1
        best, least = 0, np.inf
        for q in range(n):
            v = front[q]
            edge = entropy[v] if left[v] > 0 else 0.0
            looks += start[v + 1] - start[v]
            for k in range(start[v], start[v + 1]):
                w = other[k]
                if decided[w]:
                    edge -= entropy[w] if left[w] == 1 else entropy[w] * fading / left[w]
                elif not near[w]:
                    edge += fresh * entropy[w]
            if edge < least:
                best, least = q, edge
        v = front[best]
        n -= 1
        front[best] = front[n]
        order[t], decided[v] = v, True
        for k in range(start[v], start[v + 1]):
            w = other[k]
            left[w] -= 1
            if not near[w]:
                near[w] = True
                front[n] = w
                n += 1
    return order, looks


@inner
def _width(
    groups: Groups,
    order: NDArray[np.int64],
    start: NDArray[np.int64],
    other: NDArray[np.int64],
    entropy: NDArray[np.float64],
) -> float:
    """About the logarithm, to base 2, of the states that an order needs, all steps together.

    States are no more than what the edge can be, nor than what the open groups can be.
    """
    vars_ = len(order)
    step = steps_of(order)
    edge, open_ = np.zeros(vars_ + 1), np.zeros(vars_ + 1)
    for v in range(vars_):
        last = step[v] if len(other) else vars_
        for k in range(start[v], start[v + 1]):
            last = max(last, step[other[k]])
        edge[step[v]] += entropy[v]
        edge[last] -= entropy[v]
    for g in range(len(groups.hub)):
        first, last = vars_, -1
        if groups.hub[g] >= 0:
            first = last = step[groups.hub[g]]
        for m in range(groups.start[g], groups.start[g + 1]):
            t = step[groups.member[m]]
            first, last = min(first, t), max(last, t)
        open_[first] += 0.8
        open_[last] -= 0.8
    bits, gates, total = 0.0, 0.0, 0.0
    for t in range(vars_):
        bits += edge[t]
        gates += open_[t]
        total += 2.0 ** min(bits, gates, _MOST_BITS)
    return float(np.log2(total))


@inner
def _best_orders(
    groups: Groups,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    entropy: NDArray[np.float64],
    most_looks: int,
    hasty: bool,
    stop: NDArray[np.int8],
    found: NDArray[np.int64],
) -> float:
    """Write (ORDERS, V) orders, the narrowest first; gives how wide that is."""
    vars_ = len(x)
    bits = np.full(ORDERS, np.inf)
    start, other = _neighbors(groups, vars_, _FEW_PAIRS if hasty else _MOST_PAIRS)
    looks, seeds = 0, np.empty(0, dtype=np.int64)
    starts, greeds = (_FEW_STARTS, 1) if hasty else (_STARTS, len(_GREEDS))
    for i in range(_ANGLES + starts * greeds):
        if i < _ANGLES:
            angle = np.pi * i / _ANGLES
            order = argsort(x * np.cos(angle) + y * np.sin(angle))
        else:
            if bits[0] <= _NARROW or len(other) == 0 or looks > most_looks or stop[0]:
                break
            if hasty and len(other) * vars_ > 4 * most_looks:
                break
            if i == _ANGLES:
                seeds = found[0].copy()
            fading, fresh = _GREEDS[(i - _ANGLES) % greeds]
            seed = seeds[(i - _ANGLES) // greeds * (vars_ - 1) // (starts - 1)]
            order, looked = _grow(start, other, entropy, seed, fading, fresh)
            looks += looked
        width = _width(groups, order, start, other, entropy)
        at = ORDERS
        while at > 0 and width < bits[at - 1]:
            at -= 1
        if at == ORDERS or (at > 0 and width == bits[at - 1]):
            continue
        for j in range(ORDERS - 1, at, -1):
            bits[j] = bits[j - 1]
            for t in range(vars_):
                found[j, t] = found[j - 1, t]
        bits[at] = width
        for t in range(vars_):
            found[at, t] = order[t]
    for j in range(1, ORDERS):
        if bits[j] == np.inf:
            for t in range(vars_):
                found[j, t] = found[0, t]
    return float(bits[0])
