"""The sweep for stars: word by word, not gate by gate, and with states that come together where it hardly matters.

Each star takes one bit of the state, or two where it counts to two, and since all stars around a detection change in
the same way, a detection is decided by a few operations on words. Code 0 is a star without rays so far; the largest
code is a star that is settled: it has all it asks for, or can no longer count. What it counts for, by then, is drawn
from its own distribution, without a decision of its own.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rune_pl.compiled import inner
from rune_pl.inference.kernels.grouping import grouped
from rune_pl.inference.kernels.settling import LEVELS, WAYS, bring_together, harmonious, index_of, price_ways
from rune_pl.inference.kernels.sorting import argsort
from rune_pl.inference.kernels.stars import Stars, lay_out_stars
from rune_pl.inference.kernels.sweep import CROWDED, FINISHED, FREE, NARROW, STOPPED, WIDE, Swept
from rune_pl.inference.kernels.table import insert, limit_within, log_add, make_room, merge, total

_WIDEST = 64  # words of a state, at most
_ONE = np.uint64(1)


@inner
def _multiply(fails: NDArray[np.float64], products: NDArray[np.float64]) -> None:
    """(8 * W, 256) the products of what is in the places that the bits of each byte say."""
    for b in range(len(products)):
        products[b, 0] = 1.0
        for x in range(1, 256):
            bit = 0
            while not (x >> bit) & 1:
                bit += 1
            products[b, x] = products[b, x & (x - 1)] * fails[8 * b + bit]


@inner
def sweep_stars(
    s: Stars,
    order: NDArray[np.int64],
    tolerance: float,
    limit: int,
    memory: int,
    widen: bool,
    looking: bool,
    rest: NDArray[np.float64],
    alive: NDArray[np.float64],
    counts: NDArray[np.float64],
    stop: NDArray[np.int8],
) -> tuple[Swept, float]:
    """The probability that enough stars hold, and the logarithm of the scale of `counts`.

    Args:
        order: (V,) the detections in the order in which to decide them.
        tolerance: the mass that may stay undecided; less stays where that costs nothing.
        limit: the largest table; beyond it the sweep ends or, if it may `widen`, pays more than the tolerance.
        memory: bytes that the tables may take, which can make the limit smaller.
        rest: (V,) at most how probable it is that the stars that begin after a step leave the count below `low`.
        looking: whether to fill in `alive`; `low` is 1.
        alive: (V,) becomes at most how probable it is that no star has held that ended by a step.
        counts: (low,) becomes the probability of each count below `low`, divided by the scale.
        stop: an array of one; the sweep ends soon after it becomes 1.
    """
    vars_, units, facts, low = len(order), len(s.center), len(s.chance), s.low
    layout = lay_out_stars(s, order)
    slot, begin, middle, end = layout.slot, layout.begin, layout.middle, layout.end
    planes, around = 1, s.center.copy()
    ray_star = np.empty(len(s.ray), dtype=np.int32)
    for u in range(units):
        planes = max(planes, s.asked[u])
        around[u] = s.center[u] if s.center[u] >= 0 else facts
        for k in range(s.ray_start[u], s.ray_start[u + 1]):
            ray_star[k] = u
    # The stars around each fact, as a ray and as their center.
    of_ray, ray_of = grouped(s.ray, facts)
    of_center, center_of = grouped(around, facts + 1)
    width = max(1, (layout.bits + 63) // 64)
    words = width * planes + (1 if low > 1 else 0)
    counts[:] = 0.0
    if words > _WIDEST:
        return Swept(-np.inf, -np.inf, 1.0, 0, 0, WIDE), 0.0
    limit = limit_within(limit, memory // 2, words)
    tally = words - 1  # where the count is kept
    by_end, by_begin = argsort(end.astype(np.float64)), argsort(begin.astype(np.float64))
    closed, opened = 0, 0
    open_ = np.zeros(units, dtype=np.bool_)
    star_at = np.zeros(64 * width, dtype=np.int32)
    harmony = harmonious(s)
    # Made when first needed, which small sweeps never do.
    masks, price = np.empty((0, WAYS, width), dtype=np.uint64), np.empty((WAYS, 0))
    fails, products = np.ones(64 * width), np.empty((0, 256))

    capacity = 64
    keys, mass = np.zeros((capacity, words), dtype=np.uint64), np.empty(capacity)
    next_keys, next_mass = np.zeros((capacity, words), dtype=np.uint64), np.empty(capacity)
    table = np.empty(2 * capacity, dtype=np.int32)
    key, hit = np.zeros(words, dtype=np.uint64), np.zeros(width, dtype=np.uint64)
    first, second = np.zeros(width, dtype=np.uint64), np.zeros(width, dtype=np.uint64)  # rays of stars that ask 1, 2
    wanted, ready = np.zeros(width, dtype=np.uint64), np.zeros(width, dtype=np.uint64)  # ready: no center to come
    pairs, over = np.zeros(width, dtype=np.uint64), np.zeros(width, dtype=np.uint64)
    adds, sums = np.zeros(low + 1), np.zeros(low + 1)
    mass[0] = 1.0
    count, visited, largest, crowd = 1, 0, 1, 200
    log_scale, scale, true_mass, left = 0.0, 1.0, 0.0, 1.0
    true_by = np.zeros(units)  # the mass that each star made true
    # In true size: what is undecided, and of that what was paid for states that are still there; and what was dropped.
    undecided, paid, dropped, last_allowed = 0.0, 0.0, 0.0, 0.0
    log_true, ended, t, full = -np.inf, FINISHED, -1, False
    for t in range(vars_):
        v = order[t]
        while opened < units and begin[by_begin[opened]] <= t:
            u = by_begin[opened]
            opened += 1
            open_[u], star_at[slot[u]] = True, u
            fails[slot[u]] = s.add[s.add_start[u]]
            bit, w = _ONE << np.uint64(slot[u] & 63), slot[u] >> 6
            wanted[w] = wanted[w] | bit if s.wanted[u] else wanted[w] & ~bit
            pairs[w] = pairs[w] | bit if s.asked[u] == 2 else pairs[w] & ~bit
            ready[w] = ready[w] | bit if middle[u] < 0 else ready[w] & ~bit
        over[:] = 0
        while closed < units and end[by_end[closed]] <= t:
            u = by_end[closed]
            closed += 1
            open_[u] = False
            over[slot[u] >> 6] |= _ONE << np.uint64(slot[u] & 63)
        outcomes = s.var_start[v + 1] - s.var_start[v] + 1
        most = min(count * outcomes * low, 4 * limit + 64)
        next_keys, next_mass, table, size = make_room(most, 4 * limit + 64, next_keys, next_mass, table)
        next_count, full, true_before = 0, False, true_mass
        by_bytes = low == 1 and not looking and count > 256
        if by_bytes:
            if len(products) == 0:
                products = np.empty((8 * width, 256))
            _multiply(fails, products)
        for o in range(outcomes):
            f = s.var_start[v] + o - 1
            p = s.none[v] if o == 0 else s.chance[f]
            if p <= 0.0:
                continue
            first[:] = 0
            second[:] = 0
            if o > 0:
                for k in range(of_ray[f], of_ray[f + 1]):
                    u = ray_star[ray_of[k]]
                    if s.asked[u] == 1:
                        first[slot[u] >> 6] |= _ONE << np.uint64(slot[u] & 63)
                    else:
                        second[slot[u] >> 6] |= _ONE << np.uint64(slot[u] & 63)
            for at in range(count):
                moved = mass[at] * p
                number = np.int64(keys[at, tally]) if low > 1 else 0
                if o > 0:
                    number += s.alone[f]
                for w in range(width):
                    one = keys[at, w]
                    fresh = first[w] & ~one
                    if planes == 2:
                        enough = keys[at, width + w]
                        twice = second[w] & one
                        one = (one | (second[w] & ~enough)) & ~twice
                        key[width + w] = enough | twice
                        fresh |= twice
                    key[w] = one | first[w]
                    hit[w] = fresh & wanted[w] & ready[w]
                # The stars of which this detection is the center: they are settled where it is not there.
                for g in range(s.var_start[v], s.var_start[v + 1]):
                    for k in range(of_center[g], of_center[g + 1]):
                        u = center_of[k]
                        bit, w = _ONE << np.uint64(slot[u] & 63), slot[u] >> 6
                        final = w if s.asked[u] == 1 else width + w
                        if g == f and o > 0:
                            if s.wanted[u]:
                                hit[w] |= key[final] & bit
                        else:
                            key[w] &= ~bit
                            key[final] |= bit
                factor, several = 1.0, False
                for w in range(width):
                    if over[w]:
                        settled = key[w] & ~pairs[w]
                        if planes == 2:
                            settled |= key[width + w] & pairs[w]
                            key[width + w] &= ~over[w]
                        hit[w] |= over[w] & ~wanted[w] & ~settled
                        key[w] &= ~over[w]
                    holding = hit[w]
                    if by_bytes:
                        byte = 8 * w
                        while holding:
                            factor *= products[byte, holding & np.uint64(255)]
                            holding >>= np.uint64(8)
                            byte += 1
                    while holding:
                        bit = holding & (~holding + _ONE)
                        holding ^= bit
                        u = star_at[64 * w + index_of(bit)]
                        if low == 1:
                            true_by[u] += moved * factor * (1.0 - fails[slot[u]])
                            factor *= fails[slot[u]]
                            continue
                        if not several:
                            several = True
                            adds[:] = 0.0
                            adds[0] = 1.0
                        _add_up(adds, sums, s.add, s.add_start[u], s.add_start[u + 1])
                if number >= low:
                    true_mass += moved
                    continue
                if not several:
                    true_mass += moved * (1.0 - factor)
                    moved *= factor
                for more in range(low - number if several else 1):
                    portion = moved * adds[more] if several else moved
                    if portion <= 0.0:
                        continue
                    if low > 1:
                        key[tally] = np.uint64(number + more)
                    found = insert(table, size, next_keys, next_mass, next_count, key, words, portion)
                    if found < 0:
                        full = True
                        break
                    if found == next_count:
                        next_count += 1
                if several:
                    for more in range(low - number, low + 1):
                        true_mass += moved * adds[more]
                if full:
                    break
            if full or stop[0]:
                full = True
                break
        visited += count
        if full:
            ended = STOPPED if stop[0] else CROWDED
            true_mass = true_before
            break
        for g in range(s.var_start[v], s.var_start[v + 1]):
            for k in range(of_center[g], of_center[g + 1]):
                ready[slot[center_of[k]] >> 6] |= _ONE << np.uint64(slot[center_of[k]] & 63)
        keys, next_keys = next_keys, keys
        mass, next_mass = next_mass, mass
        count = next_count
        largest = max(largest, count)
        left = total(mass, count)
        if looking:
            early = 0.0
            for u in range(units):
                if open_[u]:
                    early += true_by[u]
            alive[t] = (left + early) * scale + dropped
        if count == 0:
            break
        if visited > FREE and left * scale * rest[t] <= 0.1 * tolerance:
            ended = NARROW
            break
        if t < vars_ - 1 and ((visited > FREE and count > crowd) or count > limit):
            if len(masks) == 0:
                masks, price = np.empty((LEVELS, WAYS, width), dtype=np.uint64), np.empty((WAYS, 64 * width))
            price_ways(s, layout, open_, t, masks, price)
            unit = rest[t] if harmony else 1.0  # of what settling costs
            allowance = max(0.9 * tolerance - undecided, 0.1 * (undecided - tolerance), 0.0) / (vars_ - t)
            if visited <= FREE:
                allowance = 0.0
            allowed = allowance / (max(scale, 1e-300) * count * rest[t])
            if count > limit and widen:
                allowed = max(allowed, last_allowed, 1e-18)
            while True:
                kept, lost, cost = bring_together(
                    keys, mass, count, width, planes, masks, price, allowed if harmony else allowed * rest[t]
                )
                dropped += lost * scale
                undecided += lost * scale * rest[t] + cost * scale * unit
                paid += cost * scale * unit
                true_mass += lost * (1.0 - rest[t])
                count = merge(keys, mass, kept, words)
                if count <= limit or not widen or stop[0]:
                    break
                allowed *= 3.0
            # What fits this time is where to begin the next, or somewhat below, so that the table stays full.
            last_allowed = allowed if count > limit * 3 // 4 else 0.5 * allowed
            crowd = max(200, count + count // 5)
        elif count < crowd // 2:
            crowd = max(200, count + count // 5)
        if count > limit:
            ended = CROWDED
            break
        if left < 1e-200 and count:
            log_true = log_add(log_true, true_mass, log_scale)
            true_mass, left = 0.0, total(mass, count)
            for at in range(count):
                mass[at] /= left
            true_by /= left
            log_scale += np.log(left)
            scale = np.exp(log_scale)
    left = total(mass, count)
    for at in range(count):
        counts[np.int64(keys[at, tally]) if low > 1 else 0] += mass[at]
    log_true = log_add(log_true, true_mass, log_scale)
    if ended == FINISHED:
        # What was paid makes states that are there too heavy, by no more than they are.
        surplus = min(paid, left * scale)
        undecided += surplus - paid
        log_false = log_add(-np.inf, left, log_scale)
        if paid > 0.0:
            log_false = log_add(-np.inf, max(0.0, left * scale - surplus), 0.0)
    else:
        # What is left fails no more often than what comes after the last step that was made.
        last = t - 1 if full else t
        share = rest[last] if last >= 0 else 1.0
        undecided += left * scale * share - paid
        log_true, log_false = log_add(log_true, left * (1.0 - share), log_scale), -np.inf
        counts *= share
    return Swept(log_true, log_false, max(0.0, undecided), visited, largest, ended), log_scale


@inner
def _add_up(
    adds: NDArray[np.float64], sums: NDArray[np.float64], row: NDArray[np.float64], begin: int, end: int
) -> None:
    """The distribution of a sum, `adds` and what a row says; all from the last entry on is one."""
    most = len(adds) - 1
    sums[:] = 0.0
    for i in range(most + 1):
        if adds[i] > 0.0:
            for j in range(begin, end):
                sums[min(most, i + j - begin)] += adds[i] * row[j]
    adds[:] = sums
