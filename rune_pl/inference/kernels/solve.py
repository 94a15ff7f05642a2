"""One image after the other: the probability of its circuit, by sweeps in one order after another until it is known."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rune_pl.compiled import kernel, once
from rune_pl.inference.kernels.circuit import Circuit, Gates, take_circuit
from rune_pl.inference.kernels.growth import LOOKS, ORDERS, QUICK_LOOKS
from rune_pl.inference.kernels.order import circuit_orders, find_components, gate_chances
from rune_pl.inference.kernels.star_solve import solve_stars
from rune_pl.inference.kernels.stars import take_stars
from rune_pl.inference.kernels.sweep import Swept, no_trace, sweep

# Tables tried one after the other: a good order ends in a small one, a bad one is not worth a large one.
_LIMITS = (512, 4_096, 32_768, 262_144, 2_097_152)
ATTEMPTS = len(_LIMITS)


class Columns(NamedTuple):
    """What is known of M roots: the probability lies between exp(log_true) and that plus `left`."""

    log_true: NDArray[np.float64]  # (M,)
    log_false: NDArray[np.float64]
    left: NDArray[np.float64]  # undecided mass
    states: NDArray[np.int64]  # visited, in all attempts
    largest: NDArray[np.int64]  # the largest table
    detections: NDArray[np.int64]  # in the circuit
    closed: NDArray[np.bool_]  # products and counts alone: no gate about several objects


@once
def solve_circuit(
    c: Circuit, tolerance: float, begin: int, end: int, memory: int, stop: NDArray[np.int8]
) -> tuple[Swept, bool]:
    """The probability that the root of a circuit holds, and whether that took no more than products and counts."""
    chance = gate_chances(c)
    component, count = find_components(c, chance)
    closed = count == len(c.x)
    is_stars, stars = take_stars(c)
    best, states = Swept(-np.inf, -np.inf, 1.0, 0, 0, 0), 0
    orders, trace = np.empty((0, 0), dtype=np.int64), no_trace()
    if is_stars:
        # Quickly, to both ends; then for as long as it takes: which tables to try is known there.
        begin, last, turns = min(begin, 1), min(end, 2), 1
    else:
        orders = circuit_orders(c, component, count, LOOKS if end > 1 else QUICK_LOOKS, stop)
        last, turns = end, ORDERS
    for attempt in range(begin * turns, last * turns):
        level, turn = attempt // turns, attempt % turns
        if is_stars:
            most, looks = _LIMITS[end - 1 if level else 0], LOOKS if level else QUICK_LOOKS
            found = solve_stars(stars, tolerance, most, level > 0, memory, looks, stop)
        else:
            found = sweep(c, orders[turn].copy(), chance, tolerance, _LIMITS[level], memory, turn > 0, stop, trace)
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
