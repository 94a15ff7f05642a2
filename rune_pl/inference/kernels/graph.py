"""The sweep for pairs: "some two related objects are there", the most common of all questions.

Such a circuit is a graph over facts, each edge a way to make it true. Whatever the order, the state is the set of
undecided facts that would now complete an edge: one bit each, and no more is needed, so that states merge as much as
they can.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rune_pl.compiled import inner
from rune_pl.inference.kernels.circuit import NO_LIMIT, Circuit
from rune_pl.inference.kernels.order import sum_up, surprise
from rune_pl.inference.kernels.sorting import argsort
from rune_pl.inference.kernels.sweep import CROWDED, FINISHED, NARROW, STOPPED, WIDE, Swept
from rune_pl.inference.kernels.table import insert, light_below, limit_within, log_add, merge, prune, slots_for


class Graph(NamedTuple):
    """F facts: `alone` says which suffice by themselves; edges join facts of different detections."""

    start: NDArray[np.int32]  # (F + 1,)
    other: NDArray[np.int32]  # (E,)
    alone: NDArray[np.bool_]  # (F,)


@inner
def take_graph(c: Circuit) -> tuple[bool, Graph]:
    """Whether a circuit is a disjunction of facts and pairs of facts, and the graph of them."""
    facts, root = len(c.chance), len(c.low) - 1
    alone = np.zeros(facts, dtype=np.bool_)
    degree = np.zeros(facts + 1, dtype=np.int32)
    other = np.empty(0, dtype=np.int32)
    for fill in range(2):
        if fill:
            for f in range(facts):
                degree[f + 1] += degree[f]
            other = np.empty(degree[facts], dtype=np.int32)
        at = degree.copy()
        graph = Graph(degree, other, alone)
        if c.low[root] != 1 or c.high[root] != NO_LIMIT:
            return False, graph
        for i in range(c.in_start[root], c.in_start[root + 1]):
            if c.in_negated[i] or c.in_weight[i] < 0:
                return False, graph
            if c.in_node[i] >= 0:
                alone[c.in_node[i]] = True
                continue
            unit = ~c.in_node[i]
            if c.low[unit] > 0 or c.high[unit] != 0:
                return False, graph
            center, second, group = -1, -1, -1
            for k in range(c.in_start[unit], c.in_start[unit + 1]):
                node = c.in_node[k]
                if c.in_weight[k] < 0 or not c.in_negated[k] or (node < 0 and group >= 0) or second >= 0:
                    return False, graph
                if node < 0:
                    group = ~node
                elif center < 0:
                    center = node
                else:
                    second = node
            if center < 0 or (second >= 0) == (group >= 0):
                return False, graph
            first, last = (c.in_start[group], c.in_start[group + 1]) if group >= 0 else (0, 1)
            if group >= 0 and (c.low[group] != 1 or c.high[group] != NO_LIMIT):
                return False, graph
            for k in range(first, last):
                node = c.in_node[k] if group >= 0 else second
                if group >= 0 and (node < 0 or c.in_negated[k] or c.in_weight[k] < 0):
                    return False, graph
                if c.var_of[node] == c.var_of[center]:
                    if node == center:
                        alone[node] = True
                    continue  # two classes of one detection: never both
                for a, b in ((center, node), (node, center)):
                    if fill:
                        other[at[a]] = b
                        at[a] += 1
                    else:
                        degree[a + 1] += 1
    return True, Graph(degree, other, alone)


@inner
def graph_narrowness(
    c: Circuit, graph: Graph, order: NDArray[np.int64], component: NDArray[np.int32], count: int
) -> NDArray[np.float64]:
    """(K,) about how many states an order needs in each component; see `narrowness`."""
    first, step = _first_touch(c, graph, order), _steps(order)
    gates_open, known = np.zeros(len(order) + 1), np.zeros(len(order) + 1)
    for f in range(len(first)):
        own = step[c.var_of[f]]
        if first[f] < own:
            gates_open[first[f]] += 1
            gates_open[own] -= 1
    for v in range(len(order)):
        until = step[v]
        for f in range(c.var_start[v], c.var_start[v + 1]):
            for e in range(graph.start[f], graph.start[f + 1]):
                until = max(until, step[c.var_of[graph.other[e]]])
        known[step[v]] += surprise(c.none[v])
        known[until] -= surprise(c.none[v])
    return sum_up(gates_open, known, order, component, count)


@inner
def _steps(order: NDArray[np.int64]) -> NDArray[np.int32]:
    step = np.empty(len(order), dtype=np.int32)
    for t in range(len(order)):
        step[order[t]] = t
    return step


@inner
def _first_touch(c: Circuit, graph: Graph, order: NDArray[np.int64]) -> NDArray[np.int32]:
    """(F,) the first step at which a fact that shares an edge with this one is decided."""
    step = _steps(order)
    first = np.full(len(c.chance), len(order), dtype=np.int32)
    for f in range(len(first)):
        for e in range(graph.start[f], graph.start[f + 1]):
            first[f] = min(first[f], step[c.var_of[graph.other[e]]])
    return first


@inner
def sweep_graph(
    c: Circuit,
    graph: Graph,
    order: NDArray[np.int64],
    tolerance: float,
    limit: int,
    memory: int,
    relax: bool,
    stop: NDArray[np.int8],
) -> Swept:
    """The probability that some edge has both its facts; the arguments are those of `sweep`."""
    vars_, facts = len(order), len(c.chance)
    step, first = _steps(order), _first_touch(c, graph, order)
    slot = np.full(facts, -1, dtype=np.int32)
    bits = 0
    # Bits are used again: a stack of free ones, as wide as it gets.
    free, n_free = np.empty(facts, dtype=np.int32), 0
    opening = argsort(first.astype(np.float64))
    at = 0
    for t in range(vars_):
        while at < facts and first[opening[at]] <= t:
            f = opening[at]
            at += 1
            if first[f] < step[c.var_of[f]]:
                if n_free:
                    n_free -= 1
                    slot[f] = free[n_free]
                else:
                    slot[f] = bits
                    bits += 1
        v = order[t]
        for f in range(c.var_start[v], c.var_start[v + 1]):
            if slot[f] >= 0:
                free[n_free] = slot[f]
                n_free += 1
    # One bit more marks states that forgot something: what is false of them is not certain.
    taint_word, taint = bits >> 6, np.uint64(1) << np.uint64(bits & 63)
    bits += 1
    if bits > 64 * 64:
        return Swept(-np.inf, -np.inf, 1.0, 0, 0, WIDE)
    words = max(1, (bits + 63) // 64)
    limit = limit_within(limit, memory, words)
    capacity = 64
    keys, mass = np.zeros((capacity, words), dtype=np.uint64), np.empty(capacity)
    next_keys, next_mass = np.zeros((capacity, words), dtype=np.uint64), np.empty(capacity)
    table = np.empty(2 * capacity, dtype=np.int32)
    key, keep = np.zeros(words, dtype=np.uint64), np.zeros(words, dtype=np.uint64)
    touch = np.zeros(words, dtype=np.uint64)
    mass[0] = 1.0
    count, visited, largest = 1, 0, 1
    log_scale, true_mass, false_mass, dropped = 0.0, 0.0, 0.0, 0.0
    log_true, ended = -np.inf, FINISHED
    for t in range(vars_):
        v = order[t]
        for w in range(words):
            keep[w] = ~np.uint64(0)
        for f in range(c.var_start[v], c.var_start[v + 1]):
            if slot[f] >= 0:
                keep[slot[f] >> 6] &= ~(np.uint64(1) << np.uint64(slot[f] & 63))
        outcomes = c.var_start[v + 1] - c.var_start[v] + 1
        most = count * outcomes
        if most > len(next_mass):
            room = min(2 * most, 2 * limit + 64)
            next_keys, next_mass = np.zeros((room, words), dtype=np.uint64), np.empty(room)
        size = slots_for(most, len(next_mass))
        if size > len(table):
            table = np.empty(size, dtype=np.int32)
        table[:size] = -1
        next_count, full, true_before = 0, False, true_mass
        for o in range(outcomes):
            f = c.var_start[v] + o - 1
            p = c.none[v] if o == 0 else c.chance[f]
            if p <= 0.0:
                continue
            bit, word = np.uint64(0), 0
            for w in range(words):
                touch[w] = 0
            if o > 0:
                if slot[f] >= 0:
                    bit, word = np.uint64(1) << np.uint64(slot[f] & 63), slot[f] >> 6
                for e in range(graph.start[f], graph.start[f + 1]):
                    g = graph.other[e]
                    if step[c.var_of[g]] > t:
                        touch[slot[g] >> 6] |= np.uint64(1) << np.uint64(slot[g] & 63)
            for s in range(count):
                moved = mass[s] * p
                if o > 0 and (graph.alone[f] or keys[s, word] & bit):
                    true_mass += moved
                    continue
                for w in range(words):
                    key[w] = (keys[s, w] & keep[w]) | touch[w]
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
            true_mass = true_before
            break
        keys, next_keys = next_keys, keys
        mass, next_mass = next_mass, mass
        count = next_count
        largest = max(largest, count)
        left = 0.0
        for s in range(count):
            left += mass[s]
        if count == 0:
            break
        if visited > 2000:
            scale = np.exp(log_scale)
            if (left + dropped) * scale <= tolerance:
                ended = NARROW
                break
            if count > 200:
                count, lost = prune(keys, mass, count, (0.5 * tolerance / scale - dropped) / (vars_ - t))
                dropped += lost
            if count > limit:
                count = _forget(
                    c, graph, keys, mass, count, words, limit, slot, first, step, t, taint_word, taint, stop
                )
        if left < 1e-200:
            log_true = log_add(log_true, true_mass, log_scale)
            true_mass = 0.0
            for s in range(count):
                mass[s] /= left
            dropped /= left
            log_scale += np.log(left)
        if count > limit:
            ended = CROWDED
            break
    left = dropped
    for s in range(count):
        if ended == FINISHED and not keys[s, taint_word] & taint:
            false_mass += mass[s]
        else:
            left += mass[s]
    left *= np.exp(log_scale)
    log_true = log_add(log_true, true_mass, log_scale)
    log_false = log_add(-np.inf, false_mass, log_scale)
    return Swept(log_true, log_false, left, visited, largest, ended)


@inner
def _forget(
    c: Circuit,
    graph: Graph,
    keys: NDArray[np.uint64],
    mass: NDArray[np.float64],
    count: int,
    words: int,
    limit: int,
    slot: NDArray[np.int32],
    first: NDArray[np.int32],
    step: NDArray[np.int32],
    t: int,
    taint_word: int,
    taint: np.uint64,
    stop: NDArray[np.int8],
) -> int:
    """Clear bits, those of the least likely facts first, until few enough states are left, or `stop`.

    An edge that is forgotten cannot be completed, so that more mass stays undecided than should.
    """
    open_, guess, n = np.empty(len(slot), dtype=np.int64), np.empty(len(slot)), 0
    for f in range(len(slot)):
        if slot[f] >= 0 and first[f] <= t and step[c.var_of[f]] > t:
            open_[n], guess[n] = f, c.chance[f]
            n += 1
    by_guess = argsort(guess[:n])
    at = 0
    bound = light_below(mass, count, limit // 2)
    while count > limit and at < n:
        until = min(n, at + max(1, (n - at) // 8))
        for q in range(at, until):
            if stop[0]:
                return count
            f = open_[by_guess[q]]
            clear = ~(np.uint64(1) << np.uint64(slot[f] & 63))
            for s in range(count):
                if mass[s] <= bound:
                    keys[s, slot[f] >> 6] &= clear
                    keys[s, taint_word] |= taint
        at = until
        count = merge(keys, mass, count, words)
    return count
