"""What can be said of a circuit before any state is made: how likely its gates are, and what belongs together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rune_pl.compiled import inner
from rune_pl.inference.kernels.circuit import NO_LIMIT, Circuit
from rune_pl.inference.kernels.grouping import find_root, steps_of
from rune_pl.inference.kernels.growth import Groups, component_orders
from rune_pl.inference.kernels.sorting import argsort, grown

_MOST_MEMBERS = 4_000_000  # of groups: in a crowd of thousands any order is as good


@inner
def gate_chances(c: Circuit) -> NDArray[np.float64]:
    """(G,) how likely each gate is to hold if its inputs were independent; a guide for orders only."""
    chance = np.zeros(len(c.low))
    for g in range(len(c.low)):
        none, mean = 1.0, 0.0
        for i in range(c.in_start[g], c.in_start[g + 1]):
            node = c.in_node[i]
            p = c.chance[node] if node >= 0 else chance[~node]
            if c.in_negated[i]:
                p = 1.0 - p
            none *= 1.0 - p
            mean += p * c.in_weight[i]
        if c.low[g] == 1 and c.high[g] == NO_LIMIT:
            chance[g] = 1.0 - none
        elif c.high[g] == 0:
            chance[g] = none
        elif c.high[g] == NO_LIMIT:
            chance[g] = min(1.0, max(0.0, mean / max(1, c.low[g])) ** max(1, c.low[g]))
        else:
            chance[g] = 0.5
    return chance


@inner
def find_components(c: Circuit, chance: NDArray[np.float64]) -> tuple[NDArray[np.int32], int]:
    """(V,) the component of each detection, 0 the hottest, and how many there are."""
    vars_, gates = len(c.x), len(c.low)
    parent = np.arange(vars_)
    some = np.full(gates, -1, dtype=np.int32)  # a detection below each local gate
    for g in range(gates):
        if not c.local[g]:
            continue
        for i in range(c.in_start[g], c.in_start[g + 1]):
            node = c.in_node[i]
            v = c.var_of[node] if node >= 0 else some[~node]
            if v < 0:
                continue
            if some[g] < 0:
                some[g] = v
                continue
            parent[find_root(parent, some[g])] = find_root(parent, v)
    heat = np.zeros(vars_)
    for g in range(gates):
        if c.local[g]:
            continue
        for i in range(c.in_start[g], c.in_start[g + 1]):
            node = c.in_node[i]
            v = c.var_of[node] if node >= 0 else some[~node]
            if v < 0:
                continue
            heat[find_root(parent, v)] += c.chance[node] if node >= 0 else chance[~node]
    rank = argsort(-heat)
    number = np.full(vars_, -1, dtype=np.int32)
    count = 0
    for v in rank:
        if parent[v] == v:
            number[v] = count
            count += 1
    component = np.empty(vars_, dtype=np.int32)
    for v in range(vars_):
        component[v] = number[find_root(parent, v)]
    return component, count


@inner
def spans(c: Circuit, order: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """(G,) the first and the last step at which a detection below each gate is decided."""
    gates = len(c.low)
    step = steps_of(order)
    first, last = np.full(gates, len(order), dtype=np.int32), np.full(gates, -1, dtype=np.int32)
    for v in range(len(order)):
        for f in range(c.var_start[v], c.var_start[v + 1]):
            for e in range(c.leaf_start[f], c.leaf_start[f + 1]):
                g = c.leaf_gate[e]
                first[g], last[g] = min(first[g], step[v]), max(last[g], step[v])
    for g in range(gates):
        for i in range(c.in_start[g], c.in_start[g + 1]):
            if c.in_node[i] < 0:
                child = ~c.in_node[i]
                first[g], last[g] = min(first[g], first[child]), max(last[g], last[child])
    return first, last


@inner
def circuit_groups(c: Circuit) -> Groups:
    """The detections that local gates are about. The one that a gate names beside others gates is their hub."""
    gates = len(c.low)
    hub = np.full(gates, -1, dtype=np.int32)
    for g in range(gates):
        facts, inner_gates, fact = 0, 0, 0
        for i in range(c.in_start[g], c.in_start[g + 1]):
            if c.in_node[i] >= 0:
                facts += 1
                fact = c.in_node[i]
            else:
                inner_gates += 1
        if c.local[g] and facts == 1 and inner_gates > 0:
            hub[g] = c.var_of[fact]
    # All detections below each local gate, each once.
    start, below = np.zeros(gates + 1, dtype=np.int64), np.empty(64, dtype=np.int64)
    seen, n = np.full(len(c.x), -1, dtype=np.int32), 0
    for g in range(gates):
        for i in range(c.in_start[g], c.in_start[g + 1]):
            if not c.local[g] or n > _MOST_MEMBERS:
                break
            node = c.in_node[i]
            first, last = (0, 1) if node >= 0 else (start[~node], start[~node + 1])
            while n + last - first > len(below):
                below = grown(below)
            for k in range(first, last):
                v = c.var_of[node] if node >= 0 else below[k]
                if seen[v] != g:
                    seen[v] = g
                    below[n] = v
                    n += 1
        start[g + 1] = n
    # What only gates with a hub ask about is no group of its own.
    group_start, member = np.zeros(gates + 1, dtype=np.int32), np.empty(n, dtype=np.int32)
    group_hub, groups, at = np.empty(gates, dtype=np.int32), 0, 0
    for g in range(gates):
        covered = hub[g] < 0 and c.up_start[g + 1] > c.up_start[g]
        for u in range(c.up_start[g], c.up_start[g + 1]):
            covered = covered and hub[c.up_gate[u]] >= 0
        if covered or start[g + 1] - start[g] < 2:
            continue
        for k in range(start[g], start[g + 1]):
            if below[k] != hub[g]:
                member[at] = below[k]
                at += 1
        group_hub[groups] = hub[g]
        groups += 1
        group_start[groups] = at
    return Groups(group_start[: groups + 1], member[:at], group_hub[:groups])


@inner
def circuit_orders(
    c: Circuit, component: NDArray[np.int32], count: int, most_looks: int, stop: NDArray[np.int8]
) -> NDArray[np.int64]:
    """(ORDERS, V) orders of all detections, component by component, the narrowest first."""
    at, vars_, orders, _ = component_orders(circuit_groups(c), component, count, c.x, c.y, c.none, most_looks, stop)
    for j in range(len(orders)):
        for k in range(count):
            for t in range(at[k], at[k + 1]):
                orders[j, t] = vars_[at[k] + orders[j, t]]
    return orders
