"""The sweep: decide one detection after the other and keep, for every residual circuit, the probability of being there.

A state is what the decided detections leave to be seen: for each open gate, how many of its inputs hold so far, up to
the point where that decides it. Gates that can no longer matter count as decided, so that equal rests are equal states
and merge. Mass that decides the root leaves the table, to the true or to the false side; since all masses sum to 1, the
two sides bound the answer at every moment.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rune_pl.compiled import inner
from rune_pl.inference.kernels.circuit import NO_LIMIT, Circuit
from rune_pl.inference.kernels.fields import TAINT, Fields, all_decided, lay_out, retire, set_done
from rune_pl.inference.kernels.sorting import argsort, grown, sort_numbers
from rune_pl.inference.kernels.table import insert, light_below, limit_within, log_add, make_room, merge, prune, total

FREE = 2_000  # states that a sweep may visit before it gives anything up: small answers stay precise at both ends
_FEW = 8  # inputs of a gate that are looked at one by one

# How a sweep ended.
FINISHED, NARROW, CROWDED, WIDE, STOPPED = 0, 1, 2, 3, 4


class Swept(NamedTuple):
    """What a sweep found: log of the masses on either side (-inf for 0), and what is left, as a plain number."""

    log_true: float
    log_false: float
    left: float  # undecided or dropped
    states: int  # visited, all steps together
    largest: int  # the largest table
    ended: int


class Trace(NamedTuple):
    """The moves of a sweep, for walking it backwards; empty arrays where none is kept."""

    step_start: NDArray[np.int64]  # (V + 1,) first state of each step
    mass: NDArray[np.float64]  # (S,)
    move: NDArray[np.int64]  # (M,) per state and outcome: the state it becomes, -1 true, -2 false
    move_start: NDArray[np.int64]  # (V + 1,) first move of each step


@inner
def no_trace() -> Trace:
    """A trace that keeps nothing."""
    i, m = np.empty(0, dtype=np.int64), np.empty(0)
    return Trace(i, m, i, i)


@inner
def _may_be_given_up(c: Circuit) -> NDArray[np.bool_]:
    """(G,) gates about objects which, called false, can only make the root less likely and add nothing elsewhere."""
    gates = len(c.low)
    root = gates - 1
    sign = np.zeros(gates, dtype=np.int8)  # whether the root rises or falls with the gate, 0 for both
    sign[root] = 1
    seen = np.zeros(gates, dtype=np.bool_)
    may = c.local.copy()
    may[root] = False
    for step in range(gates):
        g = gates - 1 - step
        rises, falls = c.high[g] == NO_LIMIT, c.high[g] < NO_LIMIT and c.low[g] <= 0
        for i in range(c.in_start[g], c.in_start[g + 1]):
            falls = falls and c.in_weight[i] > 0
        for i in range(c.in_start[g], c.in_start[g + 1]):
            if c.in_node[i] >= 0:
                continue
            h = ~c.in_node[i]
            new = 0
            if rises or falls:
                new = sign[g] * c.in_weight[i] * (1 if rises else -1) * (-1 if c.in_negated[i] else 1)
            sign[h] = new if not seen[h] or sign[h] == new else 0
            seen[h] = True
            may[h] = may[h] and not c.in_negated[i] and not c.local[g]
    for g in range(gates):
        may[g] = may[g] and sign[g] == 1
    return may


@inner
def _give_up(
    c: Circuit,
    chance: NDArray[np.float64],
    t: int,
    keys: NDArray[np.uint64],
    mass: NDArray[np.float64],
    count: int,
    fields: Fields,
    limit: int,
    stack: NDArray[np.int32],
    stop: NDArray[np.int8],
) -> int:
    """Call open gates false in light states, the least likely first, until few enough are left or `stop` is set."""
    may = _may_be_given_up(c)
    open_, guess = np.empty(len(may), dtype=np.int64), np.empty(len(may))
    n = 0
    for g in range(len(may)):
        if may[g] and fields.first[g] <= t and fields.last[g] > t:
            open_[n], guess[n] = g, chance[g]
            n += 1
    by_guess = argsort(guess[:n])
    words = keys.shape[1]
    at = 0
    bound = light_below(mass, count, limit // 2)
    while count > limit and at < n:
        until = min(n, at + max(1, (n - at) // 8))
        for s in range(count):
            if stop[0]:
                return count
            if mass[s] > bound:
                continue
            key = keys[s]
            key[0] |= TAINT
            for q in range(at, until):
                set_done(open_[by_guess[q]], key, fields)
                retire(c, open_[by_guess[q]], t, key, fields, stack)
        at = until
        count = merge(keys, mass, count, words)
    return count


@inner
def sweep(
    c: Circuit,
    order: NDArray[np.int64],
    chance: NDArray[np.float64],
    tolerance: float,
    limit: int,
    memory: int,
    relax: bool,
    stop: NDArray[np.int8],
    trace: Trace,
) -> Swept:
    """The probability that the root gate holds.

    Args:
        order: (V,) the detections in the order in which to decide them.
        chance: (G,) a guess of how likely gates are, for what to give up first when `relax` is set.
        tolerance: the mass that may stay undecided; less stays where that costs nothing.
        limit: the largest table; beyond it the sweep ends or, relaxed, gives up gates that could only make the root
            true, so that what is left is counted as undecided.
        memory: bytes that the tables may take, which can make the limit smaller.
        stop: an array of one; the sweep ends soon after it becomes 1.
        trace: where to write the moves, or `no_trace()`; nothing is dropped while there is one.
    """
    vars_, gates = len(order), len(c.low)
    root = gates - 1
    tracing = len(trace.step_start) > 0
    fields = lay_out(c, order)
    if fields.words < 0:
        return Swept(-np.inf, -np.inf, 1.0, 0, 0, WIDE)
    words = fields.words
    limit = limit_within(limit, memory, words)
    first, last, word, shift, mask, done = (
        fields.first, fields.last, fields.word, fields.shift, fields.mask, fields.done,
    )  # fmt: skip
    least = fields.least
    # What inputs may still add to a gate, and take from it.
    may_add, may_take = np.zeros(gates, dtype=np.int32), np.zeros(gates, dtype=np.int32)
    for g in range(gates):
        for i in range(c.in_start[g], c.in_start[g + 1]):
            if c.in_weight[i] > 0:
                may_add[g] += 1
            else:
                may_take[g] += 1
    by_first = argsort(first.astype(np.float64))
    opened = 0

    capacity = 64
    keys, mass = np.zeros((capacity, words), dtype=np.uint64), np.empty(capacity)
    next_keys, next_mass = np.zeros((capacity, words), dtype=np.uint64), np.empty(capacity)
    table = np.full(2 * capacity, -1, dtype=np.int32)
    count = 1
    mass[0] = 1.0
    key = np.zeros(words, dtype=np.uint64)
    base = np.zeros(words, dtype=np.uint64)
    log_scale, true_mass, false_mass, dropped = 0.0, 0.0, 0.0, 0.0
    log_true, log_false = -np.inf, -np.inf
    visited, largest, doubtful = 0, 1, 0.0
    ended = FINISHED

    touched = np.empty(gates, dtype=np.int64)
    place = np.full(gates, -1, dtype=np.int32)
    add = np.zeros(gates, dtype=np.int32)
    plus, minus = np.empty(gates, dtype=np.int32), np.empty(gates, dtype=np.int32)
    early = np.empty(gates, dtype=np.int32)
    open_start, open_input = np.zeros(gates + 1, dtype=np.int64), np.empty(64, dtype=np.int64)
    stack = np.empty(gates + 1, dtype=np.int32)
    if tracing:
        trace.step_start[0] = 0
        trace.move_start[0] = 0

    for t in range(vars_):
        v = order[t]
        # The gates that this detection touches, and all above them, children first.
        n_touched = 0
        for f in range(c.var_start[v], c.var_start[v + 1]):
            for e in range(c.leaf_start[f], c.leaf_start[f + 1]):
                g = c.leaf_gate[e]
                if place[g] < 0:
                    place[g] = 0
                    touched[n_touched] = g
                    n_touched += 1
        at = 0
        while at < n_touched:
            g = touched[at]
            at += 1
            for u in range(c.up_start[g], c.up_start[g + 1]):
                if place[c.up_gate[u]] < 0:
                    place[c.up_gate[u]] = 0
                    touched[n_touched] = c.up_gate[u]
                    n_touched += 1
        sort_numbers(touched, n_touched)
        for j in range(n_touched):
            place[touched[j]] = j
        outcomes = c.var_start[v + 1] - c.var_start[v] + 1
        # What each outcome adds to each touched gate; outcome 0 is "none of its facts".
        delta = np.zeros((outcomes, n_touched), dtype=np.int32)
        for f in range(c.var_start[v], c.var_start[v + 1]):
            for e in range(c.leaf_start[f], c.leaf_start[f + 1]):
                j, w = place[c.leaf_gate[e]], c.leaf_weight[e]
                for o in range(outcomes):
                    holds = o == f - c.var_start[v] + 1
                    if holds != (c.leaf_negated[e] == 1):
                        delta[o, j] += w
                if w > 0:
                    may_add[touched[j]] -= 1
                else:
                    may_take[touched[j]] -= 1
        n_closing = 0
        for j in range(n_touched):
            g = touched[j]
            if last[g] == t:
                n_closing += 1
                for u in range(c.up_start[g], c.up_start[g + 1]):
                    if c.up_weight[u] > 0:
                        may_add[c.up_gate[u]] -= 1
                    else:
                        may_take[c.up_gate[u]] -= 1
        keep = np.full(words, ~np.uint64(0), dtype=np.uint64)
        n_open = 0
        for j in range(n_touched):
            g = touched[j]
            plus[j], minus[j] = may_add[g], may_take[g]
            # Gates below a gate that may be decided before their time: then they have nothing more to add.
            open_start[j] = n_open
            if c.in_start[g + 1] - c.in_start[g] <= _FEW:
                for i in range(c.in_start[g], c.in_start[g + 1]):
                    if c.in_node[i] < 0 and last[~c.in_node[i]] > t:
                        if n_open == len(open_input):
                            open_input = grown(open_input)
                        open_input[n_open] = i
                        n_open += 1
            open_start[j + 1] = n_open
            if last[g] == t:
                keep[word[g]] &= ~(mask[g] << np.uint64(shift[g]))
        opening = opened
        while opened < gates and first[by_first[opened]] <= t:
            opened += 1
        if opened - opening > 1:
            sort_numbers(by_first[opening:], opened - opening)

        # Room for every move.
        most = count * outcomes
        next_keys, next_mass, table, size = make_room(most, 2 * limit + 64, next_keys, next_mass, table)
        next_count = 0
        if tracing:
            first_state, first_move = trace.step_start[t], trace.move_start[t]
            if first_state + count > len(trace.mass) or first_move + most > len(trace.move):
                ended = CROWDED
                break
            for s in range(count):
                trace.mass[first_state + s] = mass[s]
            trace.step_start[t + 1] = first_state + count
            trace.move_start[t + 1] = first_move + most

        full = False
        true_before, false_before, doubtful_before = true_mass, false_mass, doubtful
        for s in range(count):
            for w in range(words):
                base[w] = keys[s, w]
            for q in range(opened - 1, opening - 1, -1):  # parents before children
                g = by_first[q]
                code = -least[g]
                if c.up_start[g + 1] > c.up_start[g] and all_decided(c, g, t, base, fields):
                    code = done[g]
                if code:
                    base[word[g]] |= np.uint64(code) << np.uint64(shift[g])
            for o in range(outcomes):
                p = c.none[v] if o == 0 else c.chance[c.var_start[v] + o - 1]
                if p <= 0.0 and not tracing:  # a derivative asks what would be
                    continue
                for w in range(words):
                    key[w] = base[w]
                for j in range(n_touched):
                    add[j] = delta[o, j]
                n_early, outcome = 0, -1
                for j in range(n_touched):
                    g = touched[j]
                    if first[g] > t:
                        continue
                    code = np.int32((key[word[g]] >> np.uint64(shift[g])) & mask[g])
                    if code == done[g] and g != root:
                        continue
                    now = code + least[g] + add[j]
                    top, bottom = now + plus[j], now - minus[j]
                    for k in range(open_start[j], open_start[j + 1]):
                        i = open_input[k]
                        h = ~c.in_node[i]
                        if first[h] <= t and np.int32((key[word[h]] >> np.uint64(shift[h])) & mask[h]) == done[h]:
                            if c.in_weight[i] > 0:
                                top -= 1
                            else:
                                bottom += 1
                    if bottom >= c.low[g] and top <= c.high[g]:
                        value = 1
                    elif top < c.low[g] or bottom > c.high[g]:
                        value = 0
                    else:
                        if add[j]:
                            key[word[g]] &= ~(mask[g] << np.uint64(shift[g]))
                            key[word[g]] |= np.uint64(now - least[g]) << np.uint64(shift[g])
                        continue
                    if g == root:
                        outcome = value
                        break
                    key[word[g]] |= mask[g] << np.uint64(shift[g])
                    key[word[g]] &= ~((mask[g] ^ np.uint64(done[g])) << np.uint64(shift[g]))
                    for u in range(c.up_start[g], c.up_start[g + 1]):
                        if value != c.up_negated[u]:
                            add[place[c.up_gate[u]]] += c.up_weight[u]
                    if last[g] > t:
                        early[n_early] = g
                        n_early += 1
                moved = mass[s] * p
                if outcome >= 0:
                    if outcome == 1:
                        true_mass += moved
                    elif key[0] & TAINT:
                        doubtful += moved
                    else:
                        false_mass += moved
                    if tracing:
                        trace.move[first_move + s * outcomes + o] = -1 if outcome == 1 else -2
                    continue
                # What only decided gates ask about is of no more interest.
                for e in range(n_early):
                    retire(c, early[e], t, key, fields, stack)
                for w in range(words):
                    key[w] &= keep[w]
                found = insert(table, size, next_keys, next_mass, next_count, key, words, moved)
                if found < 0:
                    full = True
                    break
                if found == next_count:
                    next_count += 1
                if tracing:
                    trace.move[first_move + s * outcomes + o] = found
            if full:
                break
            if (s & 4095) == 4095 and stop[0]:
                full = True
                break
        for j in range(n_touched):
            place[touched[j]] = -1
        visited += count
        if full:
            ended = STOPPED if stop[0] else CROWDED
            true_mass, false_mass, doubtful = true_before, false_before, doubtful_before
            break
        keys, next_keys = next_keys, keys
        mass, next_mass = next_mass, mass
        count = next_count
        largest = max(largest, count)

        left = total(mass, count)
        if count == 0:
            break
        if not tracing:
            if visited > FREE:
                scale = np.exp(log_scale)
                if (left + dropped + doubtful) * scale <= tolerance:
                    ended = NARROW
                    break
                if count > 200:
                    count, lost = prune(keys, mass, count, (0.5 * tolerance / scale - dropped) / (vars_ - t))
                    dropped += lost
            if count > limit:
                count = _give_up(c, chance, t, keys, mass, count, fields, limit, stack, stop)
        if left < 1e-200 and not tracing:
            # Far from anything a double can hold: go on with larger numbers and remember by how much.
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
        if stop[0]:
            ended = STOPPED
            break
    left = dropped + doubtful
    if ended != FINISHED:
        left += total(mass, count)
    left *= np.exp(log_scale)
    log_true, log_false = log_add(log_true, true_mass, log_scale), log_add(log_false, false_mass, log_scale)
    return Swept(log_true, log_false, left, visited, largest, ended)
