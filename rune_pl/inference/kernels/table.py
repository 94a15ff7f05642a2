"""The table of a sweep: states of W words and their masses, in an open hash table that is built anew for each step."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rune_pl.compiled import inner


@inner
def slots_for(count: int, limit: int) -> int:
    """How many slots hold that many states, but no more than the limit, at half load."""
    size = 64
    while size < 2 * min(count, limit):
        size *= 2
    return size


@inner
def limit_within(limit: int, memory: int, words: int) -> int:
    """How many states may be kept: two tables of up to twice as many, and the slots that lead to them."""
    return min(limit, max(64, memory // (32 * (words + 1) + 32)))


@inner
def make_room(
    most: int, ceiling: int, keys: NDArray[np.uint64], mass: NDArray[np.float64], table: NDArray[np.int32]
) -> tuple[NDArray[np.uint64], NDArray[np.float64], NDArray[np.int32], int]:
    """Keys and masses for that many states, where need be new ones of up to `ceiling`; the table, empty; its slots."""
    if most > len(mass):
        room = min(2 * most, ceiling)
        keys, mass = np.zeros((room, keys.shape[1]), dtype=np.uint64), np.empty(room)
    size = slots_for(most, len(mass))
    if size > len(table):
        table = np.empty(size, dtype=np.int32)
    table[:size] = -1
    return keys, mass, table, size


@inner
def total(mass: NDArray[np.float64], count: int) -> float:
    """The mass of all states."""
    whole = 0.0
    for s in range(count):
        whole += mass[s]
    return whole


@inner
def insert(
    table: NDArray[np.int32],
    size: int,
    keys: NDArray[np.uint64],
    mass: NDArray[np.float64],
    count: int,
    key: NDArray[np.uint64],
    words: int,
    moved: float,
) -> int:
    """The number of the state `key` after adding mass to it: `count` where it is new, -1 where there is no room."""
    hashed = np.uint64(1469598103934665603)
    for w in range(words):
        hashed = (hashed ^ key[w]) * np.uint64(1099511628211)
        hashed ^= hashed >> np.uint64(29)
    hashed ^= hashed >> np.uint64(32)
    mask = np.uint64(size - 1)
    slot = hashed & mask
    while True:
        found = table[slot]
        if found < 0:
            if count >= len(mass):
                return -1
            table[slot] = count
            for w in range(words):
                keys[count, w] = key[w]
            mass[count] = moved
            return count
        same = True
        for w in range(words):
            if keys[found, w] != key[w]:
                same = False
                break
        if same:
            mass[found] += moved
            return int(found)
        slot = (slot + np.uint64(1)) & mask


@inner
def merge(keys: NDArray[np.uint64], mass: NDArray[np.float64], count: int, words: int) -> int:
    """Add up equal states, in place; gives how many are left."""
    size = slots_for(count, count)
    table = np.full(size, -1, dtype=np.int32)
    kept = 0
    for s in range(count):
        # State s moves to a place at or before its own, so that nothing is overwritten that is still to come.
        if insert(table, size, keys, mass, kept, keys[s], words, mass[s]) == kept:
            kept += 1
    return kept


@inner
def prune(keys: NDArray[np.uint64], mass: NDArray[np.float64], count: int, allowance: float) -> tuple[int, float]:
    """Drop the lightest states, together no more than the allowance; gives how many are left and what was dropped."""
    threshold = allowance / count
    kept, lost = 0, 0.0
    words = keys.shape[1]
    for s in range(count):
        if mass[s] <= threshold:
            lost += mass[s]
            continue
        if kept < s:
            mass[kept] = mass[s]
            for w in range(words):
                keys[kept, w] = keys[s, w]
        kept += 1
    return kept, lost


@inner
def light_below(mass: NDArray[np.float64], count: int, heavy: int) -> float:
    """A mass such that no more than about `heavy` states are heavier."""
    if count <= heavy:
        return 0.0
    # By halving the range of the exponent: twenty passes tell masses apart to a few parts in a million of its range.
    low, high = np.inf, 0.0
    for s in range(count):
        low, high = min(low, mass[s]), max(high, mass[s])
    a, b = np.log(max(low, 1e-300)), np.log(high)
    for _ in range(20):
        middle = 0.5 * (a + b)
        bound, above = np.exp(middle), 0
        for s in range(count):
            above += mass[s] > bound
        if above > heavy:
            a = middle
        else:
            b = middle
    return float(np.exp(b))


@inner
def log_add(log: float, mass: float, log_scale: float) -> float:
    """log(exp(log) + mass * exp(log_scale))."""
    if mass <= 0.0:
        return log
    new = np.log(mass) + log_scale
    if log == -np.inf:
        return float(new)
    high, low = max(log, new), min(log, new)
    return float(high + np.log1p(np.exp(low - high)))
