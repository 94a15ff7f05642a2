"""A count of stars, component by component: each is swept on its own, and only as hard as it takes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rune_pl.compiled import inner, once
from rune_pl.inference.kernels.fewer_stars import only_pairs, oriented, select, simplify, thin
from rune_pl.inference.kernels.grouping import grouped
from rune_pl.inference.kernels.growth import ORDERS, component_orders
from rune_pl.inference.kernels.sorting import argsort
from rune_pl.inference.kernels.star_sweep import sweep_stars
from rune_pl.inference.kernels.stars import Stars, star_chances, star_components, star_groups
from rune_pl.inference.kernels.sweep import FINISHED, FREE, Swept
from rune_pl.inference.kernels.table import log_add

# Twice with the likeliest stars, where nothing of them holds with a chance of exp(-30) or exp(-90); then with all.
_ENOUGH = (30.0, 90.0, np.inf)
_CROWDED = 4_096  # rays, of all stars together, that are tried last even where it has to be quick
_FEW = 8_192  # the largest table for that
_FIRST = 512  # the first table
_ROUNDS = 5  # of larger ones
_BACK = 4  # a look back may have a table so many times smaller


@once
def solve_stars(
    raw: Stars,
    tolerance: float,
    most: int,
    patient: bool,
    memory: int,
    looks: int,
    stop: NDArray[np.int8],
) -> Swept:
    """The probability that at least `low` stars hold.

    Args:
        tolerance: the mass that may stay undecided; less stays where that costs nothing.
        most: the largest table.
        patient: try larger tables where a small one does not do, and leave an interval where none does.
        memory: bytes for the tables of one sweep.
        looks: at neighbors, for good orders.
        stop: an array of one; the sweeps end soon after it becomes 1.
    """
    hopes, chance = -1.0, np.empty(0)  # looked into where all at once did not do
    best, states = Swept(-np.inf, -np.inf, 1.0, 0, 0, FINISHED), 0
    crowded = len(raw.ray) > _CROWDED
    for turn in range(len(_ENOUGH)):
        # Where so many stars are likely to hold, a few of them show that enough do. What is quick tries all first, so
        # that it is precise at both ends, unless there are too many for that.
        enough = _ENOUGH[turn if patient or crowded else len(_ENOUGH) - 1 - turn]
        few = enough < np.inf
        if few and hopes < 0.0:
            hopes, chance = 0.0, star_chances(raw)
            for p in chance:
                hopes -= np.log1p(-min(p, 1.0 - 1e-12))
        if stop[0] or (few and hopes < enough):
            continue
        fewer = thin(raw, chance, enough) if few else raw
        if few and len(fewer.ray) == len(raw.ray):
            continue
        s, lost = simplify(fewer, 0.05 * tolerance if patient else 0.0)
        found = _solve_parts(s, tolerance, min(most, _FEW) if few else most, patient or few, memory, looks, stop)
        states += found.states
        left, log_false = min(1.0, found.left + lost), found.log_false
        if few:
            # The others can only make it more probable.
            left, log_false = max(0.0, -np.expm1(found.log_true)), -np.inf
        elif lost > 0.0:
            log_false = log_add(-np.inf, max(0.0, np.exp(log_false) - lost), 0.0)
        log_true = found.log_true
        if best.left < 1.0:
            # All intervals hold the answer.
            upper = min(np.exp(log_true) + left, np.exp(best.log_true) + best.left)
            log_true, log_false = max(log_true, best.log_true), max(log_false, best.log_false)
            left = max(0.0, upper - np.exp(log_true))
        best = Swept(log_true, log_false, left, states, found.largest, found.ended)
        if best.left <= tolerance:
            break
    return best


@once
def _solve_parts(
    s: Stars,
    tolerance: float,
    most: int,
    patient: bool,
    memory: int,
    looks: int,
    stop: NDArray[np.int8],
) -> Swept:
    """The same of what cannot be made simpler: each component on its own."""
    low = s.low
    component, parts = star_components(s)
    var_at, vars_, orders, bits = component_orders(star_groups(s), component, parts, s.x, s.y, s.none, looks, stop)
    of_star = np.empty(len(s.center), dtype=np.int32)
    for u in range(len(of_star)):
        of_star[u] = component[s.var_of[s.ray[s.ray_start[u]]]]
    star_at, stars = grouped(of_star, parts)
    # Of each component, in logarithms: the distribution of its count below `low`, and from there on.
    below, from_low = np.full((parts, low), -np.inf), np.full(parts, -np.inf)
    open_, error = np.zeros(parts), np.ones(parts)
    summed, chosen = np.zeros(len(s.center), dtype=np.bool_), np.zeros(parts, dtype=np.int64)
    swept = 0
    for k in range(parts):
        below[k, 0] = 0.0
        if star_at[k] == star_at[k + 1]:
            from_low[k] = _count_alone(s, vars_[var_at[k]], below[k])
            error[k], open_[k] = 0.0, _log_open(below[k], from_low[k], 0.0)
        else:
            swept += 1
    by_width = argsort(bits)
    states, largest, ended = 0, 0, FINISHED
    counts = np.zeros(low)
    limits = np.full(parts, min(_FIRST, most), dtype=np.int64)
    for again in range(_ROUNDS if patient else 1):
        for k in by_width:
            # What is unknown of this one matters as far as the others leave it open.
            if error[k] == 0.0 or stop[0]:
                continue
            others = _log_others(open_, k)
            allowed = 0.9 * tolerance / (swept * max(np.exp(others), 1e-6))
            if error[k] <= allowed or (states > FREE and np.exp(others + open_[k]) <= 0.5 * tolerance):
                continue
            if again:
                if limits[k] >= most:
                    continue
                # A table eight times larger leaves about exp(-8) of the error.
                steps = np.log(2.0 * error[k] / allowed) / 8.0
                limits[k] = min(most, int(limits[k] * 8.0 ** min(2.0, max(0.34, steps))))
            part = select(s, vars_[var_at[k] : var_at[k + 1]], stars[star_at[k] : star_at[k + 1]], summed)
            rest, alive = np.ones(len(part.x)), np.ones(len(part.x))
            pairs = only_pairs(part)
            # The first time shows which order is best.
            for attempt in range(1 if again else ORDERS):
                order = orders[attempt if again == 0 else chosen[k], var_at[k] : var_at[k + 1]].copy()
                if pairs:
                    part = oriented(part, order)
                found, log_scale = Swept(-np.inf, -np.inf, 1.0, 0, 0, FINISHED), 0.0
                for looking in (True, False):
                    # First from the other end: at most how probable it is that no star holds which begins after a step.
                    # That may give up much, and tells how much each state still matters.
                    if looking and not (low == 1 and again and from_low[k] > -0.5):
                        continue
                    states += found.states
                    found, log_scale = sweep_stars(
                        part,
                        order[::-1].copy() if looking else order,
                        1e-3 if looking else min(0.5, allowed),
                        limits[k] // _BACK if looking else limits[k],
                        memory, patient, looking, rest, alive, counts, stop,
                    )  # fmt: skip
                    least = 1.0
                    for t in range(len(order) - 1 if looking else 0):
                        least = min(least, alive[t])
                        rest[len(order) - 2 - t] = min(1.0, max(1e-300, least * (1.0 + 1e-9)))
                states += found.states
                largest, ended = max(largest, found.largest), found.ended
                if found.left < error[k]:
                    chosen[k] = attempt if again == 0 else chosen[k]
                    error[k], from_low[k] = found.left, found.log_true
                    for j in range(low):
                        below[k, j] = np.log(counts[j]) + log_scale if counts[j] > 0.0 else -np.inf
                    if low == 1:
                        below[k, 0] = found.log_false
                    open_[k] = _log_open(below[k], from_low[k], error[k])
                if error[k] <= allowed or stop[0]:
                    break
        if _undecided(error, open_) <= tolerance or stop[0]:
            break
    log_true, log_false = _sum_up(below, from_low, open_)
    left = _undecided(error, open_)
    if left > 0.0 and low > 1:
        # What was settled too early may count after all.
        log_false = log_add(-np.inf, max(0.0, np.exp(log_false) - left), 0.0)
    return Swept(log_true, log_false, left, states, largest, ended)


@inner
def _count_alone(s: Stars, v: int, below: NDArray[np.float64]) -> float:
    """Fill in the count of a detection without stars; gives the part from `low` on, in logarithms too."""
    below[:] = -np.inf
    below[0] = log_add(-np.inf, s.none[v], 0.0)
    from_low = -np.inf
    for f in range(s.var_start[v], s.var_start[v + 1]):
        if s.alone[f] >= s.low:
            from_low = log_add(from_low, s.chance[f], 0.0)
        else:
            below[s.alone[f]] = log_add(below[s.alone[f]], s.chance[f], 0.0)
    return from_low


@inner
def _log_less(log: float) -> float:
    """log(1 - exp(log))."""
    if log >= 0.0:
        return -np.inf
    return float(np.log(-np.expm1(log)) if log > -0.6931471805599453 else np.log1p(-np.exp(log)))


@inner
def _log_open(below: NDArray[np.float64], from_low: float, error: float) -> float:
    """The logarithm of how probable it is at most that a component leaves the count below `low`."""
    if from_low < -0.7:
        return _log_less(from_low)
    total = log_add(-np.inf, error, 0.0)
    for log in below:
        if log > -np.inf:
            total = log_add(total, 1.0, log)
    return min(0.0, total)


@inner
def _undecided(error: NDArray[np.float64], open_: NDArray[np.float64]) -> float:
    """The mass that the errors of all components leave undecided: each matters where the others leave it open."""
    total, all_open = 0.0, 0.0
    for k in range(len(error)):
        all_open += open_[k]
        if error[k] > 0.0:
            total += error[k] * np.exp(_log_others(open_, k))
    return float(min(total, np.exp(all_open)))


@inner
def _log_others(open_: NDArray[np.float64], k: int) -> float:
    """The logarithm of how probable it is at most that all components but one leave the count below `low`."""
    others = 0.0
    for j in range(len(open_)):
        if j != k:
            others += open_[j]
    return others


@inner
def _sum_up(
    below: NDArray[np.float64], from_low: NDArray[np.float64], open_: NDArray[np.float64]
) -> tuple[float, float]:
    """The logarithms of the probabilities that the counts of all components sum up to `low` or more, and to less."""
    parts, low = below.shape
    if low == 1:
        log_open, log_false = 0.0, 0.0
        for k in range(parts):
            log_open += open_[k]
            log_false += below[k, 0]
        return _log_less(log_open), log_false
    total, longest = np.full(low, -np.inf), 1
    total[0] = 0.0
    log_true = -np.inf
    new = np.empty(low)
    for k in range(parts):
        length = low
        while length > 1 and below[k, length - 1] == -np.inf:
            length -= 1
        new[:] = -np.inf
        log_below = -np.inf
        for i in range(longest):
            if total[i] == -np.inf:
                continue
            log_below = log_add(log_below, 1.0, total[i])
            for j in range(length):
                if below[k, j] == -np.inf:
                    continue
                if i + j < low:
                    new[i + j] = log_add(new[i + j], 1.0, total[i] + below[k, j])
                else:
                    log_true = log_add(log_true, 1.0, total[i] + below[k, j])
        if from_low[k] > -np.inf and log_below > -np.inf:
            log_true = log_add(log_true, 1.0, from_low[k] + log_below)
        longest = min(low, longest + length - 1)
        total[:] = new
    log_false = -np.inf
    for i in range(low):
        if total[i] > -np.inf:
            log_false = log_add(log_false, 1.0, total[i])
    return log_true, log_false
