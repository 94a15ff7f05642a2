"""Counting independent detections of one class, image by image; and from logarithms to probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rune_pl.compiled import kernel


@kernel
def count_class(
    image: NDArray[np.int32],
    probability: NDArray[np.float64],
    low: int,
    high: int,
    log_true: NDArray[np.float64],
    log_false: NDArray[np.float64],
) -> None:
    """How likely it is that the number of detections that hold lies in [low, high], for each image that has some.

    Args:
        image: (n,) of each detection, ascending.
        probability: (n,) float64.
        low, high: bounds of the number; `high` is -1 where there is none.
        log_true, log_false: (M,) float64, written for the images that occur. Both sides are summed, neither is taken
            from 1, and both stay precise however small they are.
    """
    n = len(image)
    kept = max(1, low, high + 1)  # numbers from here on are one: all of them are inside, or none
    mass = np.empty(kept)
    first = 0
    while first < n:
        m = image[first]
        last = first
        mass[0] = 1.0
        top = 0  # the largest number that can be so far: what is above it has not been written to
        # Small numbers become too unlikely for a double where there are many detections: they have their own scale.
        rest, scale, log_scale = 0.0, 1.0, 0.0
        while last < n and image[last] == m:
            p = probability[last]
            last += 1
            if top == kept - 1:
                rest += mass[top] * p * scale
            else:
                top += 1
                mass[top] = 0.0
            left = 0.0
            for k in range(top, 0, -1):
                mass[k] = mass[k] * (1.0 - p) + mass[k - 1] * p
                left += mass[k]
            mass[0] *= 1.0 - p
            left += mass[0]
            if left < 1e-200 and left > 0.0:
                for k in range(top + 1):
                    mass[k] /= left
                log_scale += np.log(left)
                scale = np.exp(log_scale)
        first = last
        within, without = 0.0, 0.0
        for k in range(top + 1):
            if k >= low:
                within += mass[k]
            else:
                without += mass[k]
        if high < 0:
            log_true[m] = np.log(within * scale + rest)
            log_false[m] = np.log(without) + log_scale
        else:
            log_true[m] = np.log(within) + log_scale
            log_false[m] = np.log(without * scale + rest)


@kernel
def to_probabilities(
    log_true: NDArray[np.float64],
    log_false: NDArray[np.float64],
    left: NDArray[np.float64],
    tolerance: float,
    out: NDArray[np.float64],
) -> None:
    """Write probability, lower and upper bound and log-odds of each image into the rows of `out` (4, M).

    Either side is known without subtracting it from 1: next to 1 the probability comes from the other one. With mass
    left undecided the answer is the middle of the interval, or NaN where that is wider than the tolerance.
    """
    for m in range(len(log_true)):
        yes, no, rest = log_true[m], log_false[m], left[m]
        if rest == 0.0:
            if yes == -np.inf:
                p = 0.0
            elif no == -np.inf:
                p = 1.0
            elif yes <= no:
                p = np.exp(yes)
            else:
                p = -np.expm1(no)
            out[0, m] = out[1, m] = out[2, m] = min(1.0, p)
            out[3, m] = yes - no
            continue
        one, other = np.exp(yes), np.exp(no)
        if yes <= no:
            out[1, m], out[2, m], p = one, min(1.0, one + rest), one + rest / 2
        else:
            out[1, m], out[2, m], p = max(0.0, 1.0 - other - rest), 1.0 - other, 1.0 - other - rest / 2
        if rest <= tolerance:
            out[0, m], out[3, m] = p, np.log(one + rest / 2) - np.log(other + rest / 2)
        else:
            out[0, m] = out[3, m] = np.nan
