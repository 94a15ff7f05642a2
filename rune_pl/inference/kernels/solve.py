"""One image after the other: the probability of its circuit, by sweeps in one order after another until it is known."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rune_pl.compiled import inner, kernel
from rune_pl.inference.kernels.circuit import Circuit, Gates, take_circuit
from rune_pl.inference.kernels.graph import Graph, graph_narrowness, sweep_graph, take_graph
from rune_pl.inference.kernels.order import ORDERS, find_components, gate_chances, make_keys, narrowness, sort_by
from rune_pl.inference.kernels.sorting import argsort
from rune_pl.inference.kernels.stars import star_chances, sweep_stars, take_stars, thin
from rune_pl.inference.kernels.sweep import Swept, no_trace, sweep

# Tables tried one after the other: a good order ends in a small one, a bad one is not worth a large one. In each size
# the narrowest orders are tried, and the narrowest once more with permission to give gates up.
_LIMITS = (512, 4_096, 32_768, 262_144, 2_097_152)
_PER_LEVEL = 3
ATTEMPTS = _PER_LEVEL * len(_LIMITS)
_FEW_DETECTIONS = 8  # any order will do


class Columns(NamedTuple):
    """What is known of M roots: the probability lies between exp(log_true) and that plus `left`."""

    log_true: NDArray[np.float64]  # (M,)
    log_false: NDArray[np.float64]
    left: NDArray[np.float64]  # undecided mass
    states: NDArray[np.int64]  # visited, in all attempts
    largest: NDArray[np.int64]  # the largest table
    detections: NDArray[np.int64]  # in the circuit
    closed: NDArray[np.bool_]  # products and counts alone: no gate about several objects


@inner
def rank_orders(
    c: Circuit, is_graph: bool, graph: Graph, component: NDArray[np.int32], count: int, chance: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """(ORDERS, V) keys of all kinds of orders, and (K, ORDERS) the kinds for each component, the narrowest first."""
    keys = np.empty((ORDERS, len(c.x)))
    cost = np.empty((count, ORDERS))
    for kind in range(ORDERS):
        key = make_keys(c, component, count, chance, kind)
        order = sort_by(component, key)
        if is_graph:
            costs = graph_narrowness(c, graph, order, component, count)
        else:
            costs = narrowness(c, order, component, count)
        for k in range(count):
            cost[k, kind] = costs[k]
        for v in range(len(c.x)):
            keys[kind, v] = key[v]
    ranked = np.empty((count, ORDERS), dtype=np.int64)
    for k in range(count):
        by_cost = argsort(cost[k])
        for kind in range(ORDERS):
            ranked[k, kind] = by_cost[kind]
    return keys, ranked


@inner
def solve_circuit(
    c: Circuit, tolerance: float, begin: int, end: int, memory: int, stop: NDArray[np.int8]
) -> tuple[Swept, bool]:
    """The probability that the root of a circuit holds, and whether that took no more than products and counts."""
    chance = gate_chances(c)
    component, count = find_components(c, chance)
    closed = count == len(c.x)
    trace = no_trace()
    is_graph, graph = take_graph(c)
    is_stars, stars = take_stars(c)
    star_chance = star_chances(c, stars)
    easy = closed or len(c.x) <= _FEW_DETECTIONS
    best = Swept(-np.inf, -np.inf, 1.0, 0, 0, 0)
    states = 0
    keys, ranked = np.empty((0, 0)), np.empty((0, 0), dtype=np.int64)
    if not easy:
        keys, ranked = rank_orders(c, is_graph, graph, component, count, chance)
    for attempt in range(begin, end):
        limit, relax = _LIMITS[attempt // _PER_LEVEL], True
        if easy:
            key = make_keys(c, component, count, chance, 0)
            if attempt == begin:
                limit, relax = _LIMITS[2], False
        else:
            rank = attempt % _PER_LEVEL
            key = np.empty(len(c.x))
            for v in range(len(c.x)):
                key[v] = keys[ranked[component[v], rank], v]
        order = sort_by(component, key)
        if is_graph:
            found = sweep_graph(c, graph, order, tolerance, limit, memory, relax, stop)
        elif is_stars:
            if attempt % _PER_LEVEL == _PER_LEVEL - 1:
                fewer = thin(c, stars, star_chance, 30.0 * (1 + attempt // _PER_LEVEL))
                found = sweep_stars(c, fewer, order, star_chances(c, fewer), tolerance, limit, memory, relax, stop)
                found = Swept(
                    found.log_true,
                    -np.inf,
                    found.left + np.exp(found.log_false),
                    found.states,
                    found.largest,
                    found.ended,
                )
            else:
                found = sweep_stars(c, stars, order, star_chance, tolerance, limit, memory, relax, stop)
        else:
            found = sweep(c, order, chance, tolerance, limit, memory, relax, stop, trace)
        states += found.states
        if found.left < best.left:
            best = found
        if best.left <= tolerance or stop[0]:
            break
    return Swept(best.log_true, best.log_false, best.left, states, best.largest, best.ended), closed


@kernel
def solve_roots(
    roots: NDArray[np.int64],
    gates: Gates,
    row: NDArray[np.int64],
    probability: NDArray[np.float64],
    center: NDArray[np.float64],
    attempts: tuple[int, int],
    tolerance: float,
    memory: int,
    stop: NDArray[np.int8],
    columns: Columns,
    chosen: NDArray[np.int64],
) -> None:
    """Fill in the columns of the chosen roots.

    Args:
        roots: (M,) gates.
        row, probability: (F,) of the facts, sorted by detection.
        center: (N, 2) of all detections.
        attempts: the first to make, and the one not to make any more; `ATTEMPTS` at most.
        tolerance: the mass that may stay undecided.
        memory: bytes for the tables of one sweep.
        stop: an array of one; soon after it becomes 1 the sweeps end with what they have.
    """
    number = np.full(len(row) + len(gates.low), -1, dtype=np.int32)
    for m in chosen:
        c = take_circuit(roots[m], gates, row, probability, center, number)
        found, closed = solve_circuit(c, tolerance, attempts[0], attempts[1], memory, stop)
        if found.left < columns.left[m]:
            columns.log_true[m], columns.log_false[m] = found.log_true, found.log_false
            columns.left[m], columns.largest[m] = found.left, found.largest
        columns.states[m] += found.states
        columns.detections[m], columns.closed[m] = len(c.x), closed
        if stop[0]:
            break
