"""The detections of one image, collected record by record and turned into columns."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rune_pl.archive.formats.base import MAX_DETECTIONS, Origin, Problems
from rune_pl.archive.records import Detections
from rune_pl.geometry.corners import minimum_rectangle, normalize_corners, widen_lines


class DetectionColumns:
    """Grows by `add`, ends with `build`, which widens flat boxes and reports those without any extent."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._classes: list[str] = []
        self._scores = array("d")
        self._corners = array("d")
        self._paths: list[Path] = []
        self._lines = array("q")  # -1: no line, see _records
        self._records: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._classes)

    def add(self, origin: Origin, name: str, score: float, points: Sequence[float]) -> None:
        """Append a detection: class atom, score in [0, 1], and x1 y1 x2 y2 ... in pixels.

        Four points are the corners of the box. Any other number is an outline, and the box its minimum-area rotated
        rectangle.

        Raises:
            ValueError: the outline spans no area, or the image has `MAX_DETECTIONS` already.
        """
        if len(self) >= MAX_DETECTIONS:
            raise ValueError(f"the image has more than {MAX_DETECTIONS:,} detections")
        if len(points) != 8:
            rectangle = minimum_rectangle(np.asarray(points, dtype=np.float64))
            if rectangle is None:
                raise ValueError("the outline spans no area")
            points = rectangle.ravel().tolist()
        if origin.record is not None:
            self._records[len(self)] = origin.record
        self._paths.append(origin.path)
        self._lines.append(-1 if origin.line is None else origin.line)
        self._classes.append(name)
        self._scores.append(score)
        self._corners.extend(points)

    def _origin(self, row: int) -> Origin:
        line = self._lines[row]
        return Origin(self._paths[row], None if line < 0 else line, self._records.get(row))

    def build(self) -> Detections:
        """The columns, with each score as the probability too."""
        given = np.frombuffer(self._corners, dtype=np.float64).reshape(-1, 4, 2)
        corners, ok = normalize_corners(given)
        flat = np.flatnonzero(~ok)
        corners[flat], ok[flat] = widen_lines(given[flat])
        for row in flat.tolist():
            if ok[row]:
                self._problems.note(self._origin(row).error("the box is a line, taken as one pixel wide"))
            else:
                self._problems.report(self._origin(row).error("the box spans no area"))
        scores = np.frombuffer(self._scores, dtype=np.float64)
        return Detections(
            classes=[name for name, keep in zip(self._classes, ok.tolist(), strict=True) if keep],
            score=scores[ok].astype(np.float32),
            probability=scores[ok],
            corners=corners[ok].astype(np.float32),
        )
