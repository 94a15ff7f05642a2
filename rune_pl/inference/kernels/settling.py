"""Settling: states of stars come together where it hardly matters that they differ.

States come together that differ in stars which are unlikely to make a difference: a star is settled, or forgets
its rays, where the probability of the state times that of the star to count yet is less than what may be lost. Each
such step is paid for, so that the answer lies between what is found and that plus what was paid.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rune_pl.compiled import inner
from rune_pl.inference.kernels.sorting import argsort
from rune_pl.inference.kernels.stars import Layout, Stars, rays_left

LEVELS = 48  # of what may be lost: powers of 1/2
_ONE = np.uint64(1)

# What a star can be made to be: settled where it has no ray, or one, or forgetful of one, or of enough.
_SETTLE, _FORGET, _SETTLE_NONE, _SETTLE_ONE, _FORGET_ONE, _FORGET_TWO = 0, 1, 2, 3, 4, 5
WAYS = 6


@inner
def index_of(word: np.uint64) -> int:
    """Which bit is set, of a word with one."""
    at = 0
    for shift in (32, 16, 8, 4, 2, 1):
        if word >> np.uint64(shift):
            word >>= np.uint64(shift)
            at += shift
    return at


@inner
def harmonious(s: Stars) -> bool:
    """Whether more of one kind of detection can only help: then what settling loses is rarer still where all fails.

    By Harris's inequality: that a star counts yet makes it no likelier that nothing else does.
    """
    wants, wants_not = False, False
    for v in range(len(s.x)):
        if s.var_start[v + 1] - s.var_start[v] > 1:
            return False
    for f in range(len(s.chance)):
        wants = wants or s.alone[f] > 0
    for u in range(len(s.center)):
        wants = wants or s.wanted[u]
        wants_not = wants_not or not s.wanted[u]
        if s.center[u] >= 0 and not s.wanted[u]:
            return False
    return not (wants and wants_not)


@inner
def price_ways(
    s: Stars, layout: Layout, open_: NDArray[np.bool_], t: int, masks: NDArray[np.uint64], price: NDArray[np.float64]
) -> None:
    """What may be done to states, and what it costs at most.

    Args:
        masks: (LEVELS, WAYS, W) becomes what to do at each level: all of it together costs at most 0.5**level.
        price: (WAYS, 64 * W) becomes the cost of doing something to the star in a place.
    """
    units = len(s.center)
    cost, way, who = np.empty(3 * units), np.empty(3 * units, dtype=np.int64), np.empty(3 * units, dtype=np.int64)
    n = 0
    for u in range(units):
        if not open_[u]:
            continue
        none, one = rays_left(s, u, layout.step, t)
        pending = s.center[u] >= 0 and layout.middle[u] > t
        own = 1.0
        if s.center[u] < 0:
            own = 1.0 - s.add[s.add_start[u]]
        elif pending:
            own = s.chance[s.center[u]]
        few = s.asked[u] == 1
        who[n] = who[n + 1] = who[n + 2] = u
        if not s.wanted[u]:
            cost[n], way[n] = own * (none if few else min(1.0, none + one)), _SETTLE if few else _SETTLE_NONE
            n += 1
            if not few:
                cost[n], way[n] = own * none, _SETTLE_ONE
                n += 1
        elif pending:
            cost[n], way[n] = own * (none if few else one), _FORGET if few else _FORGET_ONE
            n += 1
            if not few:
                cost[n], way[n] = own * min(1.0, none + one), _FORGET_TWO
                n += 1
        else:
            some = max(0.0, 1.0 - none)
            cost[n], way[n] = own * (some if few else max(0.0, some - one)), _SETTLE if few else _SETTLE_NONE
            n += 1
            if not few:
                cost[n], way[n] = own * some, _SETTLE_ONE
                cost[n + 1], way[n + 1] = own * one, _FORGET_ONE
                n += 2
    by_cost = argsort(cost[:n])
    masks[:] = 0
    total, at = 0.0, 0
    for level in range(LEVELS - 1, -1, -1):
        if level < LEVELS - 1:
            masks[level] = masks[level + 1]
        while at < n and total + cost[by_cost[at]] <= 0.5**level:
            total += cost[by_cost[at]]
            slot = layout.slot[who[by_cost[at]]]
            masks[level, way[by_cost[at]], slot >> 6] |= _ONE << np.uint64(slot & 63)
            price[way[by_cost[at]], slot] = cost[by_cost[at]]
            at += 1


@inner
def _sum_over(bits: np.uint64, w: int, price: NDArray[np.float64]) -> float:
    total = 0.0
    while bits:
        bit = bits & (~bits + _ONE)
        bits ^= bit
        total += price[64 * w + index_of(bit)]
    return total


@inner
def bring_together(
    keys: NDArray[np.uint64],
    mass: NDArray[np.float64],
    count: int,
    width: int,
    planes: int,
    masks: NDArray[np.uint64],
    price: NDArray[np.float64],
    allowed: float,
) -> tuple[int, float, float]:
    """Drop states lighter than `allowed`, and do to the others what costs no more; equal ones are left to be merged.

    Gives how many are left, the mass dropped, and what was paid for the rest.
    """
    words = keys.shape[1]
    kept, dropped, paid = 0, 0.0, 0.0
    for at in range(count):
        if mass[at] <= allowed:
            dropped += mass[at]
            continue
        for w in range(words):
            keys[kept, w] = keys[at, w]
        mass[kept] = mass[at]
        key = keys[kept]
        kept += 1
        if allowed <= 0.0:
            continue
        # A level is sure to cost no more, but its stars are mostly settled already: so try more first.
        ratio = allowed / mass[at]
        sure = int(np.ceil(-np.log2(ratio)))
        for bold in (4, 0):
            level = sure - bold
            if level < 0 or level >= LEVELS:
                continue
            mask, cost = masks[level], 0.0
            for w in range(width):
                low = key[w]
                cost += _sum_over(mask[_SETTLE, w] & ~low, w, price[_SETTLE])
                cost += _sum_over(mask[_FORGET, w] & low, w, price[_FORGET])
                if planes == 2:
                    high, one = key[width + w], low & mask[_SETTLE_ONE, w]
                    cost += _sum_over(mask[_SETTLE_NONE, w] & ~low & ~high, w, price[_SETTLE_NONE])
                    cost += _sum_over(one, w, price[_SETTLE_ONE])
                    cost += _sum_over(mask[_FORGET_ONE, w] & low & ~one, w, price[_FORGET_ONE])
                    cost += _sum_over(mask[_FORGET_TWO, w] & high, w, price[_FORGET_TWO])
                if cost > ratio:
                    break
            if cost > ratio and bold > 0:
                continue
            paid += mass[at] * cost
            for w in range(width):
                low = key[w]
                new = low
                if planes == 2:
                    high, one = key[width + w], low & mask[_SETTLE_ONE, w]
                    raised = high | (~low & ~high & mask[_SETTLE_NONE, w]) | one
                    key[width + w] = raised & ~mask[_FORGET_TWO, w]
                    new = low & ~(one | mask[_FORGET_ONE, w])
                key[w] = (new | mask[_SETTLE, w]) & ~mask[_FORGET, w]
            break
    return kept, dropped, paid
