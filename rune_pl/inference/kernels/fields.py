"""Where the general sweep keeps what it knows of each gate.

States are bit fields in W words of 64 bits, in an open hash table that is built anew for each detection. A field is
kept from the first detection below its gate to the last; code 0 stands for the least count that leaves the gate open,
the largest code means decided (or no longer of interest).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rune_pl.compiled import inner
from rune_pl.inference.kernels.circuit import NO_LIMIT, Circuit
from rune_pl.inference.kernels.grouping import steps_of
from rune_pl.inference.kernels.order import spans
from rune_pl.inference.kernels.sorting import argsort

_MOST_BITS = 64 * 64  # in a state
TAINT = np.uint64(1)  # in the first word: the state gave something up, and what is false of it is not certain


class Fields(NamedTuple):
    """Where the states keep each gate: (G,) arrays."""

    first: NDArray[np.int32]  # step at which the field appears
    last: NDArray[np.int32]  # step after which it is gone
    word: NDArray[np.int32]
    shift: NDArray[np.int32]
    mask: NDArray[np.uint64]  # of the field, before shifting; 0 where the gate needs none
    done: NDArray[np.int32]  # the code for "decided"
    least: NDArray[np.int32]  # the count that code 0 stands for
    words: int  # W; -1 where the states would be too wide


@inner
def _open_late(c: Circuit, order: NDArray[np.int64], first: NDArray[np.int32], last: NDArray[np.int32]) -> None:
    """Open the conjunctions and disjunctions right below the root no sooner than something can count in them.

    Nobody but the root asks about them, so that they cannot lose interest before, and their field would stay empty.
    """
    root = len(c.low) - 1
    step = steps_of(order)
    begin = first.copy()
    for g in range(root):
        if not ((c.low[g] == 1 and c.high[g] == NO_LIMIT) or (c.low[g] <= 0 and c.high[g] == 0)):
            continue
        below_root = True
        for u in range(c.up_start[g], c.up_start[g + 1]):
            below_root = below_root and c.up_gate[u] == root
        soonest, has_leaf = last[g], False
        for i in range(c.in_start[g], c.in_start[g + 1]):
            below_root = below_root and c.in_weight[i] > 0
            if c.in_node[i] >= 0:
                soonest, has_leaf = min(soonest, step[c.var_of[c.in_node[i]]]), True
                continue
            child = ~c.in_node[i]
            flat = True
            for k in range(c.in_start[child], c.in_start[child + 1]):
                flat = flat and c.in_weight[k] > 0 and c.in_node[k] >= 0
            rises = flat and c.low[child] == 1 and c.high[child] == NO_LIMIT  # true early, false at its end only
            falls = flat and c.low[child] <= 0 and c.high[child] == 0
            at_end = (rises and c.in_negated[i]) or (falls and not c.in_negated[i])
            soonest = min(soonest, last[child] if at_end else begin[child])
        if below_root and has_leaf:
            first[g] = soonest


@inner
def lay_out(c: Circuit, order: NDArray[np.int64]) -> Fields:
    """Bits for every gate, used again after its last step."""
    gates = len(c.low)
    first, last = spans(c, order)
    root = gates - 1
    _open_late(c, order, first, last)
    least, done = np.zeros(gates, dtype=np.int32), np.empty(gates, dtype=np.int32)
    mask = np.zeros(gates, dtype=np.uint64)
    width = np.empty(gates, dtype=np.int32)
    for g in range(gates):
        plus, minus = 0, 0
        for i in range(c.in_start[g], c.in_start[g + 1]):
            if c.in_weight[i] > 0:
                plus += 1
            else:
                minus += 1
        most = plus
        if minus == 0:
            most = min(plus, c.high[g] if c.high[g] < NO_LIMIT else c.low[g] - 1)
        least[g] = -minus
        done[g] = most + minus + 1
        largest = done[g] - 1 if g == root else done[g]
        width[g] = 0
        while (1 << width[g]) <= largest:
            width[g] += 1
        mask[g] = np.uint64((1 << width[g]) - 1)
    word, shift = np.zeros(gates, dtype=np.int32), np.zeros(gates, dtype=np.int32)
    free = np.full(_MOST_BITS // 64, ~np.uint64(0), dtype=np.uint64)
    free[0] &= ~TAINT
    words = 1
    by_first, by_last = argsort(first.astype(np.float64)), argsort(last.astype(np.float64))
    closed = 0
    for g in by_first:
        while closed < gates and last[by_last[closed]] < first[g]:
            old = by_last[closed]
            free[word[old]] |= mask[old] << np.uint64(shift[old])
            closed += 1
        if width[g] == 0:
            continue
        placed = False
        for w in range(len(free)):
            if free[w] == 0:
                continue
            run = free[w]
            for k in range(1, width[g]):
                run &= free[w] >> np.uint64(k)
            if run != 0:
                low = run & (~run + np.uint64(1))
                at = 0
                while (low >> np.uint64(at)) != np.uint64(1):
                    at += 1
                if at + width[g] > 64:
                    continue
                word[g], shift[g] = w, at
                free[w] &= ~(mask[g] << np.uint64(at))
                words = max(words, w + 1)
                placed = True
                break
        if not placed:
            return Fields(first, last, word, shift, mask, done, least, -1)
    return Fields(first, last, word, shift, mask, done, least, words)


@inner
def all_decided(c: Circuit, g: int, t: int, key: NDArray[np.uint64], fields: Fields) -> bool:
    """Whether nobody can still ask about a gate: all that it goes into is decided."""
    root = len(c.low) - 1
    for u in range(c.up_start[g], c.up_start[g + 1]):
        p = c.up_gate[u]
        if p == root or fields.first[p] > t:
            return False
        if fields.last[p] >= t:
            code = np.int32((key[fields.word[p]] >> np.uint64(fields.shift[p])) & fields.mask[p])
            if code != fields.done[p]:
                return False
    return True


@inner
def set_done(g: int, key: NDArray[np.uint64], fields: Fields) -> None:
    """Write the code for "decided"."""
    key[fields.word[g]] |= fields.mask[g] << np.uint64(fields.shift[g])
    key[fields.word[g]] &= ~((fields.mask[g] ^ np.uint64(fields.done[g])) << np.uint64(fields.shift[g]))


@inner
def retire(c: Circuit, g: int, t: int, key: NDArray[np.uint64], fields: Fields, stack: NDArray[np.int32]) -> None:
    """Mark as decided what only `g`, itself decided, and other decided gates ask about."""
    stack[0] = g
    n = 1
    while n:
        n -= 1
        at = stack[n]
        for i in range(c.in_start[at], c.in_start[at + 1]):
            if c.in_node[i] >= 0:
                continue
            h = ~c.in_node[i]
            if fields.first[h] > t or fields.last[h] <= t:
                continue
            code = np.int32((key[fields.word[h]] >> np.uint64(fields.shift[h])) & fields.mask[h])
            if code != fields.done[h] and all_decided(c, h, t, key, fields):
                set_done(h, key, fields)
                stack[n] = h
                n += 1
