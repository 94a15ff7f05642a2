"""Derivatives: the sweep forwards with its moves kept, then backwards over them, once for all detections."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rune_pl.compiled import inner, kernel
from rune_pl.inference.kernels.circuit import Circuit, Gates, take_circuit
from rune_pl.inference.kernels.growth import LOOKS
from rune_pl.inference.kernels.order import circuit_orders, find_components, gate_chances
from rune_pl.inference.kernels.sweep import FINISHED, Trace, sweep

_LARGEST_TABLE = 1 << 20


@kernel
def differentiate(
    root: int,
    gates: Gates,
    row: NDArray[np.int64],
    probability: NDArray[np.float64],
    center: NDArray[np.float64],
    moves: int,
    stop: NDArray[np.int8],
    gradient: NDArray[np.float64],
) -> bool:
    """Write d P(root) / d p(fact) for the facts below a gate; gives whether the moves fitted.

    A fact gains what "none of its detection's facts" loses.

    Args:
        row, probability: (F,) of the facts, sorted by detection.
        center: (N, 2) of all detections.
        moves: how many may be kept, 16 bytes each.
        gradient: (F,) written for the facts of the circuit.
    """
    number = np.full(len(row) + len(gates.low), -1, dtype=np.int32)
    c = take_circuit(root, gates, row, probability, center, number)
    chance = gate_chances(c)
    component, count = find_components(c, chance)
    order = circuit_orders(c, component, count, LOOKS, stop)[0]
    trace = Trace(
        np.zeros(len(order) + 1, dtype=np.int64), np.empty(moves),
        np.empty(moves, dtype=np.int64), np.zeros(len(order) + 1, dtype=np.int64),
    )  # fmt: skip
    if sweep(c, order, chance, 0.0, _LARGEST_TABLE, 1 << 40, True, stop, trace).ended != FINISHED:
        return False
    _walk_back(c, order, trace, gradient)
    return True


@inner
def _walk_back(c: Circuit, order: NDArray[np.int64], trace: Trace, gradient: NDArray[np.float64]) -> None:
    """From the last detection to the first: how likely each state is to come out true, and what each fact adds."""
    later = np.empty(0)  # of the states after the step
    for step in range(len(order)):
        t = len(order) - 1 - step
        v = order[t]
        first, states = trace.step_start[t], trace.step_start[t + 1] - trace.step_start[t]
        if states <= 0:
            continue  # everything was decided before
        outcomes = c.var_start[v + 1] - c.var_start[v] + 1
        values = np.zeros(states)
        for s in range(states):
            at = trace.move_start[t] + s * outcomes
            without = 0.0
            for o in range(outcomes):
                move = trace.move[at + o]
                value = later[move] if move >= 0 else (1.0 if move == -1 else 0.0)
                if o == 0:
                    without = value
                    values[s] += c.none[v] * value
                else:
                    f = c.var_start[v] + o - 1
                    values[s] += c.chance[f] * value
                    gradient[c.fact[f]] += trace.mass[first + s] * (value - without)
        later = values
