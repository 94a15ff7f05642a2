"""The circuit of one image, taken out of the lineage of many, with its own small numbers.

A gate holds where the signed number of its inputs that hold lies in [low, high]: all of `and`, `or`, counts and
comparisons of counts are such gates, and a literal may be negated. Children come before parents, the root is last.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rune_pl.compiled import inner
from rune_pl.inference.kernels.sorting import grown, sort_numbers

NO_LIMIT = 1 << 30  # a bound that no count reaches


class Gates(NamedTuple):
    """The gates over F facts of all images: literal = 2 * node + negated, node < F a fact, else gate `node - F`."""

    start: NDArray[np.int64]  # (G + 1,) first input of each gate
    literal: NDArray[np.int64]  # (I,)
    weight: NDArray[np.int8]  # (I,) +1, or -1 where the input counts against
    low: NDArray[np.int32]  # (G,)
    high: NDArray[np.int32]  # (G,)
    local: NDArray[np.bool_]  # (G,) whether it is about some objects, not about the image as a whole


class Circuit(NamedTuple):
    """One image: V detections, F facts, G gates. `*_start` arrays are offsets, with one entry more at the end."""

    x: NDArray[np.float64]  # (V,) middle of each detection
    y: NDArray[np.float64]
    none: NDArray[np.float64]  # (V,) probability that none of its facts holds
    var_start: NDArray[np.int32]  # facts of each detection: they exclude each other
    var_of: NDArray[np.int32]  # (F,) the detection of each fact
    chance: NDArray[np.float64]  # (F,)
    fact: NDArray[np.int64]  # (F,) the fact's number outside
    leaf_start: NDArray[np.int32]  # where each fact goes in
    leaf_gate: NDArray[np.int32]
    leaf_negated: NDArray[np.int8]
    leaf_weight: NDArray[np.int8]
    in_start: NDArray[np.int32]  # inputs of each gate
    in_node: NDArray[np.int32]  # >= 0 a fact, otherwise gate ~node
    in_negated: NDArray[np.int8]
    in_weight: NDArray[np.int8]
    up_start: NDArray[np.int32]  # where each gate goes in
    up_gate: NDArray[np.int32]
    up_negated: NDArray[np.int8]
    up_weight: NDArray[np.int8]
    low: NDArray[np.int32]
    high: NDArray[np.int32]
    local: NDArray[np.bool_]


@inner
def take_circuit(
    root: int,
    gates: Gates,
    row: NDArray[np.int64],
    probability: NDArray[np.float64],
    center: NDArray[np.float64],
    number: NDArray[np.int32],
) -> Circuit:
    """The circuit below gate `root`.

    Args:
        row, probability: (F,) detection and probability of each fact; facts are sorted by detection.
        center: (N, 2) middle of each detection.
        number: (F + G,) of -1, to be used and left as it was.
    """
    facts = len(row)
    found = np.empty(64, dtype=np.int64)  # gates to look into, and those looked into
    found[0] = root
    number[facts + root] = 0
    count, looked, inputs = 1, 0, 0
    leaves = np.empty(64, dtype=np.int64)
    leaf_count = 0
    while looked < count:
        gate = found[looked]
        looked += 1
        inputs += gates.start[gate + 1] - gates.start[gate]
        for i in range(gates.start[gate], gates.start[gate + 1]):
            node = gates.literal[i] >> 1
            if number[node] >= 0:
                continue
            number[node] = 0
            if node < facts:
                if leaf_count == len(leaves):
                    leaves = grown(leaves)
                leaves[leaf_count] = node
                leaf_count += 1
            else:
                if count == len(found):
                    found = grown(found)
                found[count] = node - facts
                count += 1
    sort_numbers(found, count)
    sort_numbers(leaves, leaf_count)
    found, leaves = found[:count], leaves[:leaf_count]
    for g in range(count):
        number[facts + found[g]] = g
    for f in range(leaf_count):
        number[leaves[f]] = f

    var_start = np.empty(leaf_count + 1, dtype=np.int32)
    var_of, chance = np.empty(leaf_count, dtype=np.int32), np.empty(leaf_count)
    vars_ = 0
    for f in range(leaf_count):
        if f == 0 or row[leaves[f]] != row[leaves[f - 1]]:
            var_start[vars_] = f
            vars_ += 1
        var_of[f] = vars_ - 1
        chance[f] = probability[leaves[f]]
    var_start[vars_] = leaf_count
    var_start = var_start[: vars_ + 1]
    x, y, none = np.empty(vars_), np.empty(vars_), np.empty(vars_)
    for v in range(vars_):
        at = row[leaves[var_start[v]]]
        x[v], y[v] = center[at, 0], center[at, 1]
        some = 0.0
        for f in range(var_start[v], var_start[v + 1]):
            some += chance[f]
        none[v] = max(0.0, 1.0 - some)

    in_start = np.zeros(count + 1, dtype=np.int32)
    in_node, in_negated = np.empty(inputs, dtype=np.int32), np.empty(inputs, dtype=np.int8)
    in_weight = np.empty(inputs, dtype=np.int8)
    leaf_start, up_start = np.zeros(leaf_count + 1, dtype=np.int32), np.zeros(count + 1, dtype=np.int32)
    at = 0
    for g in range(count):
        for i in range(gates.start[found[g]], gates.start[found[g] + 1]):
            node = gates.literal[i] >> 1
            if node < facts:
                in_node[at] = number[node]
                leaf_start[number[node] + 1] += 1
            else:
                in_node[at] = ~number[node]
                up_start[number[node] + 1] += 1
            in_negated[at] = gates.literal[i] & 1
            in_weight[at] = gates.weight[i]
            at += 1
        in_start[g + 1] = at
    for f in range(leaf_count):
        leaf_start[f + 1] += leaf_start[f]
    for g in range(count):
        up_start[g + 1] += up_start[g]
    leaf_gate = np.empty(leaf_start[leaf_count], dtype=np.int32)
    leaf_negated, leaf_weight = np.empty(len(leaf_gate), dtype=np.int8), np.empty(len(leaf_gate), dtype=np.int8)
    up_gate = np.empty(up_start[count], dtype=np.int32)
    up_negated, up_weight = np.empty(len(up_gate), dtype=np.int8), np.empty(len(up_gate), dtype=np.int8)
    leaf_at, up_at = leaf_start.copy(), up_start.copy()
    for g in range(count):
        for i in range(in_start[g], in_start[g + 1]):
            node = in_node[i]
            if node >= 0:
                k = leaf_at[node]
                leaf_at[node] += 1
                leaf_gate[k], leaf_negated[k], leaf_weight[k] = g, in_negated[i], in_weight[i]
            else:
                k = up_at[~node]
                up_at[~node] += 1
                up_gate[k], up_negated[k], up_weight[k] = g, in_negated[i], in_weight[i]
    low, high = np.empty(count, dtype=np.int32), np.empty(count, dtype=np.int32)
    local = np.empty(count, dtype=np.bool_)
    for g in range(count):
        low[g], high[g], local[g] = gates.low[found[g]], gates.high[found[g]], gates.local[found[g]]
    for g in range(count):
        number[facts + found[g]] = -1
    for f in range(leaf_count):
        number[leaves[f]] = -1
    return Circuit(
        x, y, none, var_start, var_of, chance, leaves,
        leaf_start, leaf_gate, leaf_negated, leaf_weight,
        in_start, in_node, in_negated, in_weight,
        up_start, up_gate, up_negated, up_weight,
        low, high, local,
    )  # fmt: skip
