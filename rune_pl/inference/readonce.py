"""Formulas in which every detection occurs once: the probability of a gate follows from those of its inputs.

Such formulas are the most frequent, and they need no sweep. Either side, that a gate holds and that it does not, is
computed from sums and products of positive numbers alone, so that both are precise however small they are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rune_pl.compiled import kernel
from rune_pl.inference.kernels.circuit import NO_LIMIT, Gates
from rune_pl.inference.kernels.solve import Columns

_SMALLEST = 1e-280  # below this a double has no digits left: the sweep keeps them in another way
_MOST_INPUTS = 64  # of a count: more are no less work than a sweep


@kernel
def solve_read_once(
    roots: NDArray[np.int64],
    gates: Gates,
    row: NDArray[np.int64],
    probability: NDArray[np.float64],
    detections: int,
    columns: Columns,
    chosen: NDArray[np.int64],
) -> None:
    """Fill in the columns of those of the chosen roots that are read-once; the others stay as they are.

    Args:
        roots: (M,) gates.
        row, probability: (F,) of the facts.
        detections: how many rows there are.
    """
    facts = len(row)
    seen = np.full(detections, -1, dtype=np.int64)  # by which root each detection was last met
    met = np.full(len(gates.low), -1, dtype=np.int64)
    yes, no = np.empty(len(gates.low)), np.empty(len(gates.low))
    stack, found = np.empty(256, dtype=np.int64), np.empty(256, dtype=np.int64)
    mass = np.empty(_MOST_INPUTS + 2)
    for m in chosen:
        stack[0], n, count, leaves, good = roots[m], 1, 0, 0, True
        while n and good:
            n -= 1
            g = stack[n]
            if met[g] == m or count >= 256 or gates.start[g + 1] - gates.start[g] + n > 256:
                good = False
                break
            met[g], found[count] = m, g
            count += 1
            for i in range(gates.start[g], gates.start[g + 1]):
                node = gates.literal[i] >> 1
                if node >= facts:
                    stack[n] = node - facts
                    n += 1
                elif seen[row[node]] == m:
                    good = False
                    break
                else:
                    seen[row[node]] = m
                    leaves += 1
        if not good:
            continue
        smallest = 1.0
        for k in range(count - 1, -1, -1):  # a gate is met before those below it
            g = found[k]
            first, last = gates.start[g], gates.start[g + 1]
            any_of = gates.low[g] == 1 and gates.high[g] == NO_LIMIT
            simple = any_of or (gates.low[g] <= 0 and gates.high[g] == 0)
            all_plus = True
            for i in range(first, last):
                all_plus = all_plus and gates.weight[i] > 0
            if not all_plus or (not simple and last - first > _MOST_INPUTS):
                good = False
                break
            kept = last - first
            mass[0], some = 1.0, 0.0
            if not simple:
                for j in range(1, kept + 1):
                    mass[j] = 0.0
            for i in range(first, last):
                node = gates.literal[i] >> 1
                if node < facts:
                    holds, fails = probability[node], 1.0 - probability[node]
                else:
                    holds, fails = yes[node - facts], no[node - facts]
                if gates.literal[i] & 1:
                    holds, fails = fails, holds
                if simple:
                    some += mass[0] * holds
                    mass[0] *= fails
                else:
                    for j in range(i - first + 1, 0, -1):
                        mass[j] = mass[j] * fails + mass[j - 1] * holds
                    mass[0] *= fails
            if simple:
                if any_of:
                    yes[g], no[g] = some, mass[0]
                else:
                    yes[g], no[g] = mass[0], some
            else:
                yes[g], no[g] = 0.0, 0.0
                for j in range(kept + 1):
                    if gates.low[g] <= j <= gates.high[g]:
                        yes[g] += mass[j]
                    else:
                        no[g] += mass[j]
            smallest = min(smallest, yes[g], no[g])
        if not good or smallest < _SMALLEST:
            continue
        columns.log_true[m], columns.log_false[m] = np.log(yes[roots[m]]), np.log(no[roots[m]])
        columns.left[m], columns.detections[m] = 0.0, leaves
