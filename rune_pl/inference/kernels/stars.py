"""The sweep for stars, "at least k objects for which there is, or is not, another": word by word, not gate by gate.

A star is an object, its *center*, and a condition on its *rays*, the objects around it: at least one of them, at least
two, or not as many. Counts of such things ("three ships near a harbor", "a plane without a helicopter nearby", "a
bridge with two cars") are most of what people ask beyond pairs. Each star takes one bit of the state, or two where it
counts to two, and since all stars around a detection change in the same way, a detection is decided by a few operations
on words.

Before the center is decided, the code of a star is the number of rays so far, up to the number asked for. Afterwards it
is 0 where nothing can follow, and otherwise one more than that number: the star waits for its last ray.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rune_pl.compiled import inner
from rune_pl.inference.kernels.circuit import NO_LIMIT, Circuit
from rune_pl.inference.kernels.sorting import argsort
from rune_pl.inference.kernels.sweep import CROWDED, FINISHED, NARROW, STOPPED, WIDE, Swept
from rune_pl.inference.kernels.table import insert, light_below, limit_within, log_add, merge, prune, slots_for

_WIDEST = 64  # words of a state, at most


class Stars(NamedTuple):
    """U stars below a count of at least `low`."""

    low: int
    center: NDArray[np.int32]  # (U,) a fact, -1 where the center is certain
    asked: NDArray[np.int32]  # (U,) how many rays decide it: 1 or 2
    wanted: NDArray[np.bool_]  # (U,) whether it holds with that many, or without
    start: NDArray[np.int32]  # (U + 1,)
    ray: NDArray[np.int32]  # facts
    alone: NDArray[np.int32]  # (F,) how often a fact counts by itself


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
def take_stars(c: Circuit) -> tuple[bool, Stars]:
    """Whether a circuit is a count of stars, and what stars."""
    facts, root = len(c.chance), len(c.low) - 1
    units = c.in_start[root + 1] - c.in_start[root]
    center, asked = np.full(units, -1, dtype=np.int32), np.ones(units, dtype=np.int32)
    wanted, start = np.ones(units, dtype=np.bool_), np.zeros(units + 1, dtype=np.int32)
    alone = np.zeros(facts, dtype=np.int32)
    ray = np.empty(_count_rays(c), dtype=np.int32)
    stars = Stars(c.low[root], center, asked, wanted, start, ray, alone)
    if c.low[root] < 1 or c.high[root] != NO_LIMIT:
        return False, stars
    n, rays = 0, 0
    for i in range(c.in_start[root], c.in_start[root + 1]):
        if c.in_weight[i] < 0:
            return False, stars
        node, negated = c.in_node[i], c.in_negated[i]
        if node >= 0:
            if negated:
                return False, stars
            alone[node] += 1
            continue
        group, pair = ~node, -1
        unit = group
        if c.high[unit] == 0 and c.low[unit] <= 0:
            # A conjunction, written as "none of the negations": one fact and one condition.
            if negated or c.in_start[unit + 1] - c.in_start[unit] != 2:
                return False, stars
            first = c.in_start[unit]
            at, rest = first, first + 1
            if c.in_node[at] < 0 or not c.in_negated[at]:
                at, rest = rest, at
            if c.in_node[at] < 0 or not c.in_negated[at] or c.in_weight[at] < 0 or c.in_weight[rest] < 0:
                return False, stars
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
            if c.var_of[pair] == c.var_of[center[n]]:
                return False, stars
            ray[rays] = pair
            rays += 1
        else:
            if c.high[group] != NO_LIMIT or c.low[group] < 1 or c.low[group] > 2:
                return False, stars
            asked[n] = c.low[group]
            for k in range(c.in_start[group], c.in_start[group + 1]):
                f = c.in_node[k]
                if f < 0 or c.in_negated[k] or c.in_weight[k] < 0:
                    return False, stars
                if center[n] >= 0 and c.var_of[f] == c.var_of[center[n]]:
                    return False, stars
                ray[rays] = f
                rays += 1
        n += 1
        start[n] = rays
    return True, Stars(c.low[root], center[:n], asked[:n], wanted[:n], start[: n + 1], ray[:rays], alone)


@inner
def star_chances(c: Circuit, stars: Stars) -> NDArray[np.float64]:
    """(U,) how likely each star is to hold, about; a guide for what to give up first."""
    chance = np.empty(len(stars.center))
    for u in range(len(chance)):
        none = 1.0
        for k in range(stars.start[u], stars.start[u + 1]):
            none *= 1.0 - c.chance[stars.ray[k]]
        chance[u] = 1.0 - none if stars.wanted[u] else none
        if stars.center[u] >= 0:
            chance[u] *= c.chance[stars.center[u]]
    return chance


@inner
def thin(c: Circuit, stars: Stars, chance: NDArray[np.float64], enough: float) -> Stars:
    """Fewer stars, or stars with fewer rays, which can only hold less often: as many of the likeliest as it takes.

    Of stars that want rays the likeliest rays stay, of those that want none the likeliest stars.

    Args:
        enough: stop where the chance that nothing of what stays holds is about exp(-enough).
    """
    keep_ray = np.zeros(len(c.chance), dtype=np.bool_)
    is_ray = np.zeros(len(c.chance), dtype=np.bool_)
    for u in range(len(stars.center)):
        for k in range(stars.start[u], stars.start[u + 1]):
            is_ray[stars.ray[k]] = stars.wanted[u] or is_ray[stars.ray[k]]
    total = 0.0
    for f in argsort(-c.chance):
        if is_ray[f]:
            keep_ray[f] = total < enough
            total -= np.log1p(-c.chance[f])
    keep_star = stars.wanted.copy()
    total = 0.0
    for u in argsort(-chance):
        if not stars.wanted[u]:
            keep_star[u] = total < enough
            total -= np.log1p(-min(chance[u], 1.0 - 1e-12))
    units = len(stars.center)
    center, asked = np.empty(units, dtype=np.int32), np.empty(units, dtype=np.int32)
    wanted, start = np.empty(units, dtype=np.bool_), np.zeros(units + 1, dtype=np.int32)
    ray = np.empty(len(stars.ray), dtype=np.int32)
    n, rays = 0, 0
    for u in range(units):
        if not keep_star[u]:
            continue
        for k in range(stars.start[u], stars.start[u + 1]):
            if keep_ray[stars.ray[k]] or not stars.wanted[u]:
                ray[rays] = stars.ray[k]
                rays += 1
        if rays == start[n]:
            continue
        center[n], asked[n], wanted[n] = stars.center[u], stars.asked[u], stars.wanted[u]
        n += 1
        start[n] = rays
    return Stars(stars.low, center[:n], asked[:n], wanted[:n], start[: n + 1], ray[:rays], stars.alone)


@inner
def _ones(word: np.uint64) -> int:
    """The number of bits set."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return int((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@inner
def sweep_stars(
    c: Circuit,
    stars: Stars,
    order: NDArray[np.int64],
    chance: NDArray[np.float64],
    tolerance: float,
    limit: int,
    memory: int,
    relax: bool,
    stop: NDArray[np.int8],
) -> Swept:
    """The probability that enough stars hold; the arguments are those of `sweep`, but `chance` is of the stars."""
    vars_, units = len(order), len(stars.center)
    step = np.empty(vars_, dtype=np.int32)
    for t in range(vars_):
        step[order[t]] = t
    # When each star begins, when its center is decided (-1: from the start) and when its last ray is.
    begin, middle, end = (
        np.empty(units, dtype=np.int32),
        np.empty(units, dtype=np.int32),
        np.empty(units, dtype=np.int32),
    )
    of_ray = np.zeros(len(c.chance) + 1, dtype=np.int32)
    of_center = np.zeros(len(c.chance) + 1, dtype=np.int32)
    planes = 1
    for u in range(units):
        middle[u] = step[c.var_of[stars.center[u]]] if stars.center[u] >= 0 else -1
        begin[u], end[u] = middle[u] if middle[u] >= 0 else vars_, -1
        for k in range(stars.start[u], stars.start[u + 1]):
            at = step[c.var_of[stars.ray[k]]]
            begin[u], end[u] = min(begin[u], at), max(end[u], at)
            of_ray[stars.ray[k] + 1] += 1
        if stars.center[u] >= 0:
            of_center[stars.center[u] + 1] += 1
        planes = max(planes, stars.asked[u])
    for f in range(len(c.chance)):
        of_ray[f + 1] += of_ray[f]
        of_center[f + 1] += of_center[f]
    ray_of, center_of = (
        np.empty(of_ray[len(c.chance)], dtype=np.int32),
        np.empty(of_center[len(c.chance)], dtype=np.int32),
    )
    ray_at, center_at = of_ray.copy(), of_center.copy()
    for u in range(units):
        for k in range(stars.start[u], stars.start[u + 1]):
            ray_of[ray_at[stars.ray[k]]] = u
            ray_at[stars.ray[k]] += 1
        if stars.center[u] >= 0:
            center_of[center_at[stars.center[u]]] = u
            center_at[stars.center[u]] += 1
    slot, bits = _slots(begin, middle, end, vars_)
    # One bit more marks states that gave something up: what is false of them is not certain.
    taint_word, taint = bits >> 6, np.uint64(1) << np.uint64(bits & 63)
    bits += 1
    width = max(1, (bits + 63) // 64)
    words = width * planes + (1 if stars.low > 1 else 0)
    if words > _WIDEST:
        return Swept(-np.inf, -np.inf, 1.0, 0, 0, WIDE)
    limit = limit_within(limit, memory, words)
    tally = words - 1  # where the count is kept
    by_end, by_begin = argsort(end.astype(np.float64)), argsort(begin.astype(np.float64))
    closed, opened = 0, 0
    open_stars = units
    for f in range(len(c.chance)):
        open_stars += stars.alone[f]

    capacity = 64
    keys, mass = np.zeros((capacity, words), dtype=np.uint64), np.empty(capacity)
    next_keys, next_mass = np.zeros((capacity, words), dtype=np.uint64), np.empty(capacity)
    table = np.empty(2 * capacity, dtype=np.int32)
    key = np.zeros(words, dtype=np.uint64)
    first1, then1 = np.zeros(width, dtype=np.uint64), np.zeros(width, dtype=np.uint64)
    first2, then2 = np.zeros(width, dtype=np.uint64), np.zeros(width, dtype=np.uint64)
    wanted, begun = np.zeros(width, dtype=np.uint64), np.zeros(width, dtype=np.uint64)
    over, over_not = np.zeros(width, dtype=np.uint64), np.zeros(width, dtype=np.uint64)
    mass[0] = 1.0
    count, visited, largest = 1, 0, 1
    log_scale, true_mass, false_mass, dropped = 0.0, 0.0, 0.0, 0.0
    log_true, log_false, ended, doubtful = -np.inf, -np.inf, FINISHED, 0.0
    for t in range(vars_):
        v = order[t]
        for w in range(width):
            begun[w] = over[w] = over_not[w] = 0
        while opened < units and begin[by_begin[opened]] <= t:
            u = by_begin[opened]
            opened += 1
            bit = np.uint64(1) << np.uint64(slot[u] & 63)
            if stars.wanted[u]:
                wanted[slot[u] >> 6] |= bit
            else:
                wanted[slot[u] >> 6] &= ~bit
            if middle[u] < 0:
                begun[slot[u] >> 6] |= bit
        while closed < units and end[by_end[closed]] <= t:
            u = by_end[closed]
            closed += 1
            if middle[u] < t:
                bit = np.uint64(1) << np.uint64(slot[u] & 63)
                if stars.wanted[u]:
                    over[slot[u] >> 6] |= bit
                else:
                    over_not[slot[u] >> 6] |= bit
                open_stars -= 1
        for f in range(c.var_start[v], c.var_start[v + 1]):
            open_stars -= stars.alone[f]
            for k in range(of_center[f], of_center[f + 1]):
                if end[center_of[k]] <= t:
                    open_stars -= 1
        outcomes = c.var_start[v + 1] - c.var_start[v] + 1
        most = count * outcomes
        if most > len(next_mass):
            room = min(2 * most, 2 * limit + 64)
            next_keys, next_mass = np.zeros((room, words), dtype=np.uint64), np.empty(room)
        size = slots_for(most, len(next_mass))
        if size > len(table):
            table = np.empty(size, dtype=np.int32)
        table[:size] = -1
        next_count, full, true_before, false_before, doubtful_before = 0, False, true_mass, false_mass, doubtful
        for o in range(outcomes):
            f = c.var_start[v] + o - 1
            p = c.none[v] if o == 0 else c.chance[f]
            if p <= 0.0:
                continue
            for w in range(width):
                first1[w] = then1[w] = first2[w] = then2[w] = 0
            if o > 0:
                for k in range(of_ray[f], of_ray[f + 1]):
                    u = ray_of[k]
                    bit, w = np.uint64(1) << np.uint64(slot[u] & 63), slot[u] >> 6
                    if middle[u] < t:
                        if stars.asked[u] == 1:
                            then1[w] |= bit
                        else:
                            then2[w] |= bit
                    elif stars.asked[u] == 1:
                        first1[w] |= bit
                    else:
                        first2[w] |= bit
            for s in range(count):
                total = np.int64(keys[s, tally]) if stars.low > 1 else 0
                if o > 0:
                    total += stars.alone[f]
                for w in range(width):
                    low = keys[s, w] | begun[w]
                    hit = low & then1[w]
                    low = (low & ~hit) | first1[w]
                    if hit:
                        total += _ones(hit & wanted[w])
                    high = np.uint64(0)
                    if planes == 2:
                        high = keys[s, width + w]
                        two, one = high & then2[w], low & then2[w]
                        if two:
                            total += _ones(two & wanted[w])
                        before = low & first2[w]
                        fresh = ~low & ~high & first2[w]
                        high = (high & ~two) | one | before
                        low = (low & ~one & ~before) | fresh
                    key[w] = low
                    if planes == 2:
                        key[width + w] = high
                # The stars of which this detection is the center.
                for g in range(c.var_start[v], c.var_start[v + 1]):
                    for k in range(of_center[g], of_center[g + 1]):
                        u = center_of[k]
                        bit, w = np.uint64(1) << np.uint64(slot[u] & 63), slot[u] >> 6
                        low, high = key[w] & bit, np.uint64(0)
                        key[w] &= ~bit
                        if planes == 2:
                            high = key[width + w] & bit
                            key[width + w] &= ~bit
                        if g != f or o == 0:
                            continue
                        enough = high != 0 if stars.asked[u] == 2 else low != 0
                        if enough:
                            total += 1 if stars.wanted[u] else 0
                        elif end[u] <= t:
                            total += 0 if stars.wanted[u] else 1
                        elif low != 0:
                            key[width + w] |= bit
                        else:
                            key[w] |= bit
                for w in range(width):
                    if over_not[w]:
                        high = key[width + w] if planes == 2 else np.uint64(0)
                        total += _ones((key[w] | high) & over_not[w])
                    key[w] &= ~(over[w] | over_not[w])
                    if planes == 2:
                        key[width + w] &= ~(over[w] | over_not[w])
                moved = mass[s] * p
                if total >= stars.low:
                    true_mass += moved
                    continue
                if total + open_stars < stars.low:
                    if keys[s, taint_word] & taint:
                        doubtful += moved
                    else:
                        false_mass += moved
                    continue
                if stars.low > 1:
                    key[tally] = np.uint64(total)
                found = insert(table, size, next_keys, next_mass, next_count, key, words, moved)
                if found < 0:
                    full = True
                    break
                if found == next_count:
                    next_count += 1
            if full or stop[0]:
                full = True
                break
        visited += count
        if full:
            ended = STOPPED if stop[0] else CROWDED
            true_mass, false_mass, doubtful = true_before, false_before, doubtful_before
            break
        keys, next_keys = next_keys, keys
        mass, next_mass = next_mass, mass
        count = next_count
        largest = max(largest, count)
        if count == 0:
            break
        left = 0.0
        for s in range(count):
            left += mass[s]
        if visited > 2000:
            scale = np.exp(log_scale)
            if (left + dropped + doubtful) * scale <= tolerance:
                ended = NARROW
                break
            if count > 200:
                count, lost = prune(keys, mass, count, (0.5 * tolerance / scale - dropped) / (vars_ - t))
                dropped += lost
            if count > limit:
                count = _give_up(
                    stars,
                    chance,
                    keys,
                    mass,
                    count,
                    words,
                    width,
                    planes,
                    limit,
                    slot,
                    begin,
                    middle,
                    end,
                    t,
                    taint_word,
                    taint,
                    stop,
                )
        if left < 1e-200:
            log_true, log_false = log_add(log_true, true_mass, log_scale), log_add(log_false, false_mass, log_scale)
            true_mass, false_mass = 0.0, 0.0
            for s in range(count):
                mass[s] /= left
            dropped /= left
            doubtful /= left
            log_scale += np.log(left)
        if count > limit:
            ended = CROWDED
            break
    left = dropped + doubtful
    for s in range(count):
        if ended == FINISHED and not keys[s, taint_word] & taint:
            false_mass += mass[s]
        else:
            left += mass[s]
    left *= np.exp(log_scale)
    log_true, log_false = log_add(log_true, true_mass, log_scale), log_add(log_false, false_mass, log_scale)
    return Swept(log_true, log_false, left, visited, largest, ended)


@inner
def _slots(
    begin: NDArray[np.int32], middle: NDArray[np.int32], end: NDArray[np.int32], steps: int
) -> tuple[NDArray[np.int32], int]:
    """(U,) a bit for each star from its beginning to its end, used again afterwards, and how many bits there are."""
    units = len(begin)
    last = np.empty(units)
    for u in range(units):
        last[u] = max(middle[u], end[u])
    by_begin, by_last = argsort(begin.astype(np.float64)), argsort(last)
    slot = np.empty(units, dtype=np.int32)
    free, n_free, bits, gone = np.empty(units, dtype=np.int32), 0, 0, 0
    for u in by_begin:
        while gone < units and last[by_last[gone]] < begin[u]:
            free[n_free] = slot[by_last[gone]]
            n_free += 1
            gone += 1
        if n_free:
            n_free -= 1
            slot[u] = free[n_free]
        else:
            slot[u] = bits
            bits += 1
    return slot, bits


@inner
def _give_up(
    stars: Stars,
    chance: NDArray[np.float64],
    keys: NDArray[np.uint64],
    mass: NDArray[np.float64],
    count: int,
    words: int,
    width: int,
    planes: int,
    limit: int,
    slot: NDArray[np.int32],
    begin: NDArray[np.int32],
    middle: NDArray[np.int32],
    end: NDArray[np.int32],
    t: int,
    taint_word: int,
    taint: np.uint64,
    stop: NDArray[np.int8],
) -> int:
    """Give up open stars, the least likely first, until few enough states are left, or `stop`.

    A star that wants rays forgets those it has, or no longer waits; one that wants none counts as having them. Either
    can only make the count smaller, so that more mass stays undecided than should.
    """
    open_, guess, n = np.empty(len(slot), dtype=np.int64), np.empty(len(slot)), 0
    for u in range(len(slot)):
        if begin[u] <= t and max(middle[u], end[u]) > t:
            open_[n], guess[n] = u, chance[u]
            n += 1
    by_guess = argsort(guess[:n])
    at = 0
    bound = light_below(mass, count, limit // 2)
    while count > limit and at < n:
        until = min(n, at + max(1, (n - at) // 8))
        for q in range(at, until):
            if stop[0]:
                return count
            u = open_[by_guess[q]]
            bit, w = np.uint64(1) << np.uint64(slot[u] & 63), slot[u] >> 6
            spoil = not stars.wanted[u] and middle[u] > t
            for s in range(count):
                if mass[s] > bound:
                    continue
                keys[s, w] &= ~bit
                if planes == 2:
                    keys[s, width + w] &= ~bit
                if spoil:
                    keys[s, w if stars.asked[u] == 1 else width + w] |= bit
                keys[s, taint_word] |= taint
        at = until
        count = merge(keys, mass, count, words)
    return count
