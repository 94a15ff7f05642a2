"""Which detections are right: each is matched with at most one true object that it overlaps, the best scores first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive.scenes import Scenes
from rune_pl.geometry.boxes import polygon_area
from rune_pl.geometry.pairs import pairs_within
from rune_pl.geometry.quads import overlap_of

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

_MOST_PAIRS = 200_000_000


def match_detections(detections: Scenes, truth: Scenes, *, iou: float = 0.5) -> BoolArray:
    """(N,) bool, which detections are right.

    Images are matched by id. In each image and class the detections choose in order of their score: each takes the
    true object that it overlaps most among those that are left, if their oriented intersection over union is at least
    `iou`. What finds an object that is taken, a duplicate, is wrong, and so is all of an image that the truth lacks.

    Archives do not keep DOTA's flag `difficult`: difficult objects are objects, and whoever finds one is right.
    """
    names = {name: code for code, name in enumerate(detections.classes)}
    code = np.array([names.get(name, -1) for name in truth.classes], dtype=np.int64)
    mine, other, share = _overlaps(detections, truth, iou)
    same = detections.label[mine] == code[truth.label[other]] if len(mine) else np.zeros(0, dtype=np.bool_)
    right: BoolArray = _assign(detections.score, mine[same], other[same], share[same]) >= 0
    return right


def match_classes(detections: Scenes, truth: Scenes, *, iou: float = 0.5) -> IntArray:
    """(N,) int64, the class of the true object that each detection has found, whatever it was taken for.

    As `match_detections`, but among the objects of all classes. The codes are those of `detections.classes`; -1 is
    none, or an object of a class that the detections do not have.
    """
    names = {name: code for code, name in enumerate(detections.classes)}
    code = np.array([names.get(name, -1) for name in truth.classes] + [-1], dtype=np.int64)
    mine, other, share = _overlaps(detections, truth, iou)
    found = _assign(detections.score, mine, other, share)
    label = np.append(truth.label.astype(np.int64), len(truth.classes))
    classes: IntArray = code[label[found]]
    return classes


def _overlaps(detections: Scenes, truth: Scenes, iou: float) -> tuple[IntArray, IntArray, FloatArray]:
    """Rows of detections, rows of true objects and their intersection over union, where it is at least `iou`."""
    position = {image: index for index, image in enumerate(detections.images)}
    where = np.array([position.get(image, -1) for image in truth.images], dtype=np.int64)[truth.image_of]
    rows = np.flatnonzero(where >= 0)
    rows = rows[np.argsort(where[rows], kind="stable")]
    corners = np.concatenate([detections.corners, truth.corners[rows]]).astype(np.float64)
    image = np.concatenate([detections.image_of, where[rows]])
    i, j = pairs(corners, image, np.arange(len(detections.detection)), len(detections.detection) + np.arange(len(rows)))
    share = iou_of(corners, i, j)
    near = share >= iou
    return i[near], rows[j[near] - len(detections.detection)], share[near]


def pairs(corners: FloatArray, image: IntArray, left: IntArray, right: IntArray) -> tuple[IntArray, IntArray]:
    """Rows of boxes, one of `left` and one of `right`, whose upright rectangles meet."""
    extent = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1).reshape(-1, 4)
    i, j = pairs_within(extent, image, left, right, np.zeros(len(left)), _MOST_PAIRS)
    return left[i], right[j]


def iou_of(corners: FloatArray, i: IntArray, j: IntArray) -> FloatArray:
    """(k,) intersection over union of the boxes `i` and `j`."""
    area = polygon_area(corners)
    shared = overlap_of(corners, i, j)
    union: FloatArray = area[i] + area[j] - shared
    return shared / np.maximum(union, np.finfo(np.float64).tiny)


def _assign(score: NDArray[np.float32], mine: IntArray, other: IntArray, share: FloatArray) -> IntArray:
    """(N,) int64, the row that each detection takes, -1 for none; pairs are given."""
    taken = np.full(len(score), -1, dtype=np.int64)
    gone: set[int] = set()
    # By score, then by row; among those of one detection the largest overlap first.
    for k in np.lexsort((other, -share, mine, -score[mine].astype(np.float64))).tolist():
        detection, found = int(mine[k]), int(other[k])
        if taken[detection] < 0 and found not in gone:
            taken[detection] = found
            gone.add(found)
    return taken
