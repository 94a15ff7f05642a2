"""How often objects of two classes are near each other in an image, as expected: counted for several reaches at once.

The expected number of pairs within a reach is at least the probability that there is one, and at least the expected
number of matches of a rule that asks for such a pair, whatever else it asks. Distances are those of rectangles around
the boxes, upright ones and such as are turned like either of the two: each of them is at most that of the boxes, and of
those that are rectangles the largest is mostly theirs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rune_pl.compiled import inner, kernel

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

REACHES = (1.0, 50.0, 100.0, 200.0, 400.0)  # pixels
SIDES = 2.0  # the last column: within so many times the longer of the long sides of the two, as `near/2`
COLUMNS = len(REACHES) + 1
LEAST = 0.02  # expected pairs at any distance that are worth an entry
MOST_FACTS = 20_000  # of an image; one with more has no entries

_SLACK = 1e-6  # pixels, and as a share of reaches: what rounding may do to a distance


@dataclass(frozen=True, eq=False)
class Meetings:
    """Pairs of classes in images, sorted by the first class, then the second, then the image.

    An image without an entry for two classes is one of which nothing is known but how many it has of either.

    Attributes:
        one, two: (n,) class codes, the first at most the second.
        image: (n,) uint32, index of the image in its part.
        code: (n, COLUMNS) uint16, the expected pairs within each of the reaches, see `encode`.
    """

    one: NDArray[np.uint16]
    two: NDArray[np.uint16]
    image: NDArray[np.uint32]
    code: NDArray[np.uint16]

    @classmethod
    def joined(cls, parts: list[Meetings]) -> Meetings:
        """All of them, in order."""
        empty = cls(
            np.empty(0, np.uint16), np.empty(0, np.uint16), np.empty(0, np.uint32), np.empty((0, COLUMNS), np.uint16)
        )
        one, two, image, code = (
            np.concatenate([getattr(part, name) for part in (empty, *parts)])
            for name in ("one", "two", "image", "code")
        )
        order = np.lexsort((image, two, one))
        return cls(one[order], two[order], image[order], code[order])


def meetings(image: IntArray, label: IntArray, probability: FloatArray, corners: FloatArray, row: IntArray) -> Meetings:
    """The pairs of some images.

    Args:
        image: (F,) ascending, of each fact.
        label, probability: (F,) class code and probability of each fact.
        corners: (N, 4, 2) of all detections.
        row: (F,) the detection of each fact: two facts of one are no pair, but counted all the same, where their
            classes differ.
    """
    there = np.flatnonzero(probability > 0.0)
    image, label, chance, row = image[there], label[there], np.minimum(probability[there], 1.0), row[there]
    across = np.ascontiguousarray(corners.transpose(1, 2, 0))  # (4, 2, N): reductions are quick that way
    low, high = across.min(axis=0), across.max(axis=0)
    order = np.lexsort((low[0, row], image))  # from left to right, so that what is far to the right is not looked at
    image, label, chance, row = image[order], label[order], chance[order], row[order]
    bounds = np.flatnonzero(np.diff(image, prepend=-1, append=np.iinfo(np.int64).max))
    sides = across - np.roll(across, 1, axis=0)
    lengths = np.sqrt(np.square(sides).sum(axis=1))
    long = lengths.max(axis=0)  # at least the mean of two opposite sides
    extent = np.ascontiguousarray(np.concatenate([low, high])[:, row].T)
    turned = np.ascontiguousarray(_turned(across, sides, lengths)[:, row].T)
    near = np.array([r * (1.0 + _SLACK) + _SLACK for r in REACHES])
    classes = int(label.max()) + 1 if len(label) else 0
    pair, value = _count(
        bounds, label.astype(np.int64), chance, extent, turned, long[row] * (1.0 + _SLACK) + _SLACK, near, classes
    )
    return Meetings(
        one=pair[:, 1].astype(np.uint16),
        two=pair[:, 2].astype(np.uint16),
        image=image[bounds[pair[:, 0]]].astype(np.uint32),
        code=encode(value),
    )


def _turned(corners: FloatArray, sides: FloatArray, lengths: FloatArray) -> FloatArray:
    """(6, N) rectangles along the longest sides, around the boxes: middle, direction, half the length and width.

    Args:
        corners, sides: (4, 2, N).
        lengths: (4, N) of the sides.
    """
    longest = lengths.argmax(axis=0)
    length = np.take_along_axis(lengths, longest[None], axis=0)[0]
    direction = np.take_along_axis(sides, longest[None, None], axis=0)[0] / np.where(length > 0.0, length, 1.0)
    direction[0, length == 0.0] = 1.0
    middle = corners.mean(axis=0)
    x, y = (corners - middle).transpose(1, 0, 2)
    along = np.abs(x * direction[0] + y * direction[1]).max(axis=0)
    across = np.abs(y * direction[0] - x * direction[1]).max(axis=0)
    return np.concatenate([middle, direction, [along, across]])


_UNIT, _TOP = 1e-6, 1e9  # the smallest and the largest number that has a code of its own
_STEP = np.log(_TOP / _UNIT) / 65_534


def encode(expected: FloatArray) -> NDArray[np.uint16]:
    """Numbers as codes, rounded up by at most a twentieth of a percent; 0 is 0 exactly."""
    with np.errstate(divide="ignore"):
        steps = np.ceil(np.log(expected * (1.0 + 1e-9) / _UNIT) / _STEP) + 1.0
    return np.where(expected > 0.0, np.clip(steps, 1.0, 65_535.0), 0.0).astype(np.uint16)


def decode(code: NDArray[np.uint16]) -> NDArray[np.float32]:
    """The numbers of codes, at least what they were; infinite for what is beyond the largest."""
    table = (_UNIT * np.exp((np.arange(65_536) - 1.0) * _STEP) * (1.0 + 1e-6)).astype(np.float32)
    table[0], table[-1] = 0.0, np.inf
    found: NDArray[np.float32] = table[code]
    return found


@inner
def _apart(one: FloatArray, two: FloatArray) -> float:
    """The square of the distance of two rectangles, the second with one around it that is turned like the first."""
    dx, dy = two[0] - one[0], two[1] - one[1]
    cos, sin = abs(one[2] * two[2] + one[3] * two[3]), abs(one[2] * two[3] - one[3] * two[2])
    along = max(abs(dx * one[2] + dy * one[3]) - one[4] - (two[4] * cos + two[5] * sin), 0.0)
    across = max(abs(dy * one[2] - dx * one[3]) - one[5] - (two[4] * sin + two[5] * cos), 0.0)
    return float(along * along + across * across)


@kernel
def _count(
    bounds: IntArray,
    label: IntArray,
    chance: FloatArray,
    extent: FloatArray,
    turned: FloatArray,
    long: FloatArray,
    reaches: FloatArray,
    classes: int,
) -> tuple[IntArray, FloatArray]:
    """(n, 3) of image, class and class, and (n, COLUMNS) expected pairs."""
    columns = len(reaches) + 1
    squares = reaches * reaches
    size = 1024
    pair, value = np.empty((size, 3), np.int64), np.empty((size, columns))
    found = 0
    place = np.full(classes, -1, np.int64)
    there = np.empty(classes, np.int64)
    for m in range(len(bounds) - 1):
        begin, end = bounds[m], bounds[m + 1]
        if end - begin < 2 or end - begin > MOST_FACTS:
            continue
        kinds = 0
        for i in range(begin, end):
            if place[label[i]] < 0:
                place[label[i]] = kinds
                there[kinds] = label[i]
                kinds += 1
        total = np.zeros(kinds)
        kind = np.empty(end - begin, np.int64)
        farthest = reaches[-1]
        for i in range(begin, end):
            kind[i - begin] = place[label[i]]
            total[kind[i - begin]] += chance[i]
            farthest = max(farthest, SIDES * long[i])
        within = np.zeros((kinds, kinds, columns))
        for i in range(begin, end):
            top, right, bottom = extent[i, 1], extent[i, 2], extent[i, 3]
            row = within[kind[i - begin]]
            for j in range(i + 1, end):
                dx = max(extent[j, 0] - right, 0.0)  # none is farther to the left
                if dx > farthest:
                    break
                dy = max(extent[j, 1] - bottom, top - extent[j, 3], 0.0)
                gap = dx * dx + dy * dy
                side = SIDES * max(long[i], long[j])
                if gap > squares[-1] and gap > side * side:
                    continue
                gap = max(gap, _apart(turned[i], turned[j]), _apart(turned[j], turned[i]))
                if gap > squares[-1] and gap > side * side:
                    continue
                both, other = chance[i] * chance[j], kind[j - begin]
                if gap <= side * side:
                    row[other, columns - 1] += both
                if gap <= squares[-1]:
                    k = 0
                    while gap > squares[k]:
                        k += 1
                    row[other, k] += both
        for a in range(kinds):
            for b in range(kinds):
                if there[a] > there[b]:
                    continue
                if total[a] * total[b] * (0.5 if a == b else 1.0) < LEAST:
                    continue
                if found == size:
                    size *= 2
                    more, values = np.empty((size, 3), np.int64), np.empty((size, columns))
                    more[:found], values[:found] = pair, value
                    pair, value = more, values
                pair[found, 0], pair[found, 1], pair[found, 2] = m, there[a], there[b]
                running = 0.0
                for k in range(columns):
                    here = within[a, b, k] + (within[b, a, k] if a != b else 0.0)
                    running = here if k == columns - 1 else running + here
                    value[found, k] = running
                found += 1
        for a in range(kinds):
            place[there[a]] = -1
    return pair[:found], value[:found]
