"""In which order to decide the detections of a circuit: the number of states depends on it, the answer does not.

Objects in images lie along quays, streets and runways, so that an order along an axis keeps few gates open at a time.
Detections that share no gate with the rest are components: they go one after the other, the hottest first, the one
where most is expected to happen. Within a component either the objects that inner gates ask about lead and those about
which they ask are decided as soon as the last of their own is, or the other way round; or a region grows from its
hottest detection. Which of them is narrowest is measured on the circuit before any state is made.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rune_pl.compiled import inner
from rune_pl.inference.kernels.circuit import NO_LIMIT, Circuit
from rune_pl.inference.kernels.sorting import argsort

ORDERS = 6  # how many kinds there are
_MOST_LOOKS = 10_000_000  # at gates, while a region grows: beyond that, in a crowd, any way to grow is as good


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
            a, b = some[g], v
            while parent[a] != a:
                parent[a] = parent[parent[a]]
                a = parent[a]
            while parent[b] != b:
                parent[b] = parent[parent[b]]
                b = parent[b]
            parent[a] = b
    heat = np.zeros(vars_)
    for g in range(gates):
        if c.local[g]:
            continue
        for i in range(c.in_start[g], c.in_start[g + 1]):
            node = c.in_node[i]
            v = c.var_of[node] if node >= 0 else some[~node]
            if v < 0:
                continue
            while parent[v] != v:
                v = parent[v]
            heat[v] += c.chance[node] if node >= 0 else chance[~node]
    rank = argsort(-heat)
    number = np.full(vars_, -1, dtype=np.int32)
    count = 0
    for v in rank:
        if parent[v] == v:
            number[v] = count
            count += 1
    component = np.empty(vars_, dtype=np.int32)
    for v in range(vars_):
        at = v
        while parent[at] != at:
            at = parent[at]
        component[v] = number[at]
    return component, count


@inner
def axes(c: Circuit, component: NDArray[np.int32], count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(V,) where each detection lies along the main axis of its component, and across it."""
    vars_ = len(c.x)
    n, mx, my = np.zeros(count), np.zeros(count), np.zeros(count)
    for v in range(vars_):
        k = component[v]
        n[k] += 1
        mx[k] += c.x[v]
        my[k] += c.y[v]
    xx, xy, yy = np.zeros(count), np.zeros(count), np.zeros(count)
    for v in range(vars_):
        k = component[v]
        dx, dy = c.x[v] - mx[k] / n[k], c.y[v] - my[k] / n[k]
        xx[k] += dx * dx
        xy[k] += dx * dy
        yy[k] += dy * dy
    along, across = np.empty(vars_), np.empty(vars_)
    for v in range(vars_):
        k = component[v]
        angle = 0.5 * np.arctan2(2.0 * xy[k], xx[k] - yy[k])
        ca, sa = np.cos(angle), np.sin(angle)
        along[v], across[v] = c.x[v] * ca + c.y[v] * sa, c.y[v] * ca - c.x[v] * sa
    return along, across


@inner
def _after(place: float) -> float:
    """A place right after another."""
    return place + 1e-9 * (1.0 + abs(place))


@inner
def _leader(c: Circuit, g: int) -> int:
    """In a conjunction of just two facts, the input about which more gates ask; -1 for other gates.

    Such a gate is `exists` with a single candidate: the candidate is what other gates of its kind ask about too.
    """
    first = c.in_start[g]
    if c.high[g] != 0 or c.in_start[g + 1] - first != 2 or c.in_node[first] < 0 or c.in_node[first + 1] < 0:
        return -1
    one, other = c.in_node[first], c.in_node[first + 1]
    uses, other_uses = c.leaf_start[one + 1] - c.leaf_start[one], c.leaf_start[other + 1] - c.leaf_start[other]
    return int(first if uses >= other_uses else first + 1)


@inner
def inner_first(c: Circuit, axis: NDArray[np.float64]) -> NDArray[np.float64]:
    """(V,) keys by which what innermost gates ask about leads, and each outer object follows the last of its own."""
    gates = len(c.low)
    key, reach = np.full(len(axis), -np.inf), np.full(gates, -np.inf)
    # What is asked about by gates without inner gates has its own place.
    for g in range(gates):
        if not c.local[g]:
            continue
        lead, flat = _leader(c, g), True
        for i in range(c.in_start[g], c.in_start[g + 1]):
            flat = flat and c.in_node[i] >= 0
        if flat:
            for i in range(c.in_start[g], c.in_start[g + 1]):
                v = c.var_of[c.in_node[i]]
                if lead < 0 or lead == i:
                    key[v] = axis[v]
    for g in range(gates):
        if not c.local[g]:
            continue
        inside, lead = -np.inf, _leader(c, g)
        for i in range(c.in_start[g], c.in_start[g + 1]):
            if c.in_node[i] < 0:
                inside = max(inside, reach[~c.in_node[i]])
            elif lead == i:
                inside = max(inside, key[c.var_of[c.in_node[i]]])
        far = inside
        for i in range(c.in_start[g], c.in_start[g + 1]):
            if c.in_node[i] >= 0:
                v = c.var_of[c.in_node[i]]
                if lead != i:
                    key[v] = max(key[v], _after(inside))
                far = max(far, key[v])
        reach[g] = far
    for v in range(len(key)):
        if key[v] == -np.inf:
            key[v] = axis[v]
    return key


@inner
def outer_first(c: Circuit, axis: NDArray[np.float64]) -> NDArray[np.float64]:
    """(V,) keys by which outer objects lead, and each inner one follows the last of those that ask about it."""
    gates = len(c.low)
    key, reach = np.full(len(axis), -np.inf), np.full(gates, -np.inf)
    for step in range(gates):
        g = gates - 1 - step
        if not c.local[g]:
            continue
        outer, lead = -np.inf, _leader(c, g)
        for u in range(c.up_start[g], c.up_start[g + 1]):
            if c.local[c.up_gate[u]]:
                outer = max(outer, reach[c.up_gate[u]])
        far = outer
        for i in range(c.in_start[g], c.in_start[g + 1]):
            if c.in_node[i] >= 0 and lead != i:
                v = c.var_of[c.in_node[i]]
                key[v] = max(key[v], axis[v] if outer == -np.inf else _after(outer))
                far = max(far, key[v])
        if lead >= 0:
            v = c.var_of[c.in_node[lead]]
            key[v] = max(key[v], _after(far))
        reach[g] = far
    for v in range(len(key)):
        if key[v] == -np.inf:
            key[v] = axis[v]
    return key


@inner
def hottest_first(c: Circuit, component: NDArray[np.int32], chance: NDArray[np.float64]) -> NDArray[np.float64]:
    """(V,) keys that grow each component from its most promising detection: next is always what opens fewest gates."""
    vars_, gates = len(c.x), len(c.low)
    heat = np.zeros(vars_)
    left = np.zeros(gates, dtype=np.int32)  # undecided detections directly in a gate
    opened = np.zeros(gates, dtype=np.bool_)
    for v in range(vars_):
        for f in range(c.var_start[v], c.var_start[v + 1]):
            for e in range(c.leaf_start[f], c.leaf_start[f + 1]):
                g = c.leaf_gate[e]
                left[g] += 1
                heat[v] += chance[g] * c.chance[f]
    key = np.full(vars_, np.inf)
    near = np.zeros(vars_, dtype=np.bool_)
    front = np.empty(vars_, dtype=np.int32)
    reached = np.zeros(gates, dtype=np.bool_)
    done, looks = 0, 0
    for start in argsort(-heat):
        if key[start] < np.inf:
            continue
        front[0], near[start] = start, True
        n = 1
        while n:
            best, best_score = 0, -np.inf
            for q in range(n if looks < _MOST_LOOKS else 1):
                v = front[q]
                score = 1e-3 * heat[v] / (1.0 + heat[v])
                for f in range(c.var_start[v], c.var_start[v + 1]):
                    for e in range(c.leaf_start[f], c.leaf_start[f + 1]):
                        g = c.leaf_gate[e]
                        looks += 1
                        if c.local[g]:
                            score += (1.0 if left[g] == 1 else 0.0) if opened[g] else (0.0 if left[g] == 1 else -1.0)
                if score > best_score:
                    best, best_score = q, score
            v = front[best]
            n -= 1
            front[best] = front[n]
            key[v] = done
            done += 1
            for f in range(c.var_start[v], c.var_start[v + 1]):
                for e in range(c.leaf_start[f], c.leaf_start[f + 1]):
                    g = c.leaf_gate[e]
                    if not c.local[g]:
                        continue
                    left[g] -= 1
                    if opened[g]:
                        continue
                    opened[g] = True
                    n = _reach(c, g, near, reached, front, n)
                    for u in range(c.up_start[g], c.up_start[g + 1]):
                        if c.local[c.up_gate[u]]:
                            n = _reach(c, c.up_gate[u], near, reached, front, n)
                    for i in range(c.in_start[g], c.in_start[g + 1]):
                        if c.in_node[i] < 0:
                            n = _reach(c, ~c.in_node[i], near, reached, front, n)
    return key


@inner
def _reach(
    c: Circuit, g: int, near: NDArray[np.bool_], reached: NDArray[np.bool_], front: NDArray[np.int32], n: int
) -> int:
    """Put the detections of a gate on the front, the first time it is met; gives how many are there then."""
    if reached[g]:
        return n
    reached[g] = True
    for i in range(c.in_start[g], c.in_start[g + 1]):
        if c.in_node[i] >= 0:
            v = c.var_of[c.in_node[i]]
            if not near[v]:
                near[v] = True
                front[n] = v
                n += 1
    return n


@inner
def make_keys(
    c: Circuit, component: NDArray[np.int32], count: int, chance: NDArray[np.float64], kind: int
) -> NDArray[np.float64]:
    """(V,) the keys of one of the `ORDERS` kinds: detections are decided in ascending order of key, per component."""
    if kind == 4:
        return hottest_first(c, component, chance)
    along, across = axes(c, component, count)
    if kind == 0:
        return inner_first(c, along)
    if kind == 1:
        return outer_first(c, along)
    if kind == 2:
        return inner_first(c, across)
    if kind == 3:
        return outer_first(c, across)
    return along


@inner
def sort_by(component: NDArray[np.int32], key: NDArray[np.float64]) -> NDArray[np.int64]:
    """The detections by component, then by key, then by number."""
    by_key = argsort(key)
    group = np.empty(len(key))
    for t in range(len(key)):
        group[t] = component[by_key[t]]
    by_group = argsort(group)
    for t in range(len(key)):
        by_group[t] = by_key[by_group[t]]
    return by_group


@inner
def spans(c: Circuit, order: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """(G,) the first and the last step at which a detection below each gate is decided."""
    gates = len(c.low)
    step = np.empty(len(order), dtype=np.int32)
    for t in range(len(order)):
        step[order[t]] = t
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
def narrowness(c: Circuit, order: NDArray[np.int64], component: NDArray[np.int32], count: int) -> NDArray[np.float64]:
    """(K,) about how many states an order needs in each component, all steps together.

    What is known at a step is a function of the open gates, and also of the decided detections that go into them: there
    are no more states than either allows. A detection that is almost certain says little, and counts for as little.
    """
    first, last = spans(c, order)
    steps = len(order)
    gates_open, known = np.zeros(steps + 1), np.zeros(steps + 1)
    for g in range(len(c.low)):
        if c.local[g] and first[g] < steps:
            gates_open[first[g]] += 1
            gates_open[last[g]] -= 1
    for t in range(steps):
        v = order[t]
        until = t
        for f in range(c.var_start[v], c.var_start[v + 1]):
            for e in range(c.leaf_start[f], c.leaf_start[f + 1]):
                g = c.leaf_gate[e]
                if not c.local[g]:
                    continue
                until = max(until, last[g])
                for u in range(c.up_start[g], c.up_start[g + 1]):
                    if c.local[c.up_gate[u]]:
                        until = max(until, last[c.up_gate[u]])
        known[t] += surprise(c.none[v])
        known[until] -= surprise(c.none[v])
    return sum_up(gates_open, known, order, component, count)


@inner
def surprise(p: float) -> float:
    """The entropy of a chance in bits."""
    if p <= 0.0 or p >= 1.0:
        return 0.0
    return float(-(p * np.log2(p) + (1.0 - p) * np.log2(1.0 - p)))


@inner
def sum_up(
    gates_open: NDArray[np.float64],
    known: NDArray[np.float64],
    order: NDArray[np.int64],
    component: NDArray[np.int32],
    count: int,
) -> NDArray[np.float64]:
    """(K,) the states of each component, from what opens and closes at each step."""
    cost = np.zeros(count)
    bits, knowledge = 0.0, 0.0
    for t in range(len(order)):
        bits += gates_open[t]
        knowledge += known[t]
        cost[component[order[t]]] += 2.0 ** min(100.0, 0.8 * bits, knowledge)
    return cost
