"""What belongs together: members by group, roots of trees, the places of an order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rune_pl.compiled import inner


@inner
def grouped(group: NDArray[np.int32], groups: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(groups + 1,) offsets and (n,) the members of each group, in their order."""
    at = np.zeros(groups + 1, dtype=np.int64)
    for g in group:
        at[g + 1] += 1
    for g in range(groups):
        at[g + 1] += at[g]
    members, fill = np.empty(len(group), dtype=np.int64), at.copy()
    for i in range(len(group)):
        members[fill[group[i]]] = i
        fill[group[i]] += 1
    return at, members


@inner
def find_root(parent: NDArray[np.int64], v: int) -> int:
    """The root of the tree that a node is in; the way there becomes shorter."""
    while parent[v] != v:
        parent[v] = parent[parent[v]]
        v = parent[v]
    return v


@inner
def steps_of(order: NDArray[np.int64]) -> NDArray[np.int32]:
    """(V,) the step at which each detection is decided, of the detections in their order."""
    step = np.empty(len(order), dtype=np.int32)
    for t in range(len(order)):
        step[order[t]] = t
    return step
