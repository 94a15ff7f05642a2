"""One image as proofs see it: its facts, and geometry functions of single detections."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive.scenes import Scenes
from rune_pl.geometry import REGISTRY, Boxes
from rune_pl.geometry.registry import as_columns
from rune_pl.inference.facts import Facts

IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Scene:
    """Scenes of one image, their facts under the evidence, and their boxes."""

    scenes: Scenes
    facts: Facts
    boxes: Boxes
    _columns: dict[tuple[str, int, int], list[tuple[float, ...]]] = field(default_factory=dict)

    @property
    def image(self) -> str:
        return self.scenes.images[0]

    @cached_property
    def rows(self) -> dict[str, int]:
        """The row of each detection, by its atom."""
        return {f"d{number}": row for row, number in enumerate(self.scenes.detection.tolist())}

    @cached_property
    def atoms(self) -> list[str]:
        """The atom of each row."""
        return list(self.rows)

    @cached_property
    def by_class(self) -> dict[str, list[int]]:
        """Indices of the facts of each class."""
        found: dict[str, list[int]] = {}
        for index, label in enumerate(self.facts.label.tolist()):
            found.setdefault(self.scenes.classes[label], []).append(index)
        return found

    @cached_property
    def by_row(self) -> dict[int, list[int]]:
        """Indices of the facts of each detection."""
        found: dict[int, list[int]] = {}
        for index, row in enumerate(self.facts.row.tolist()):
            found.setdefault(row, []).append(index)
        return found

    def label(self, fact: int) -> str:
        """The class that a fact gives its detection."""
        return self.scenes.classes[int(self.facts.label[fact])]

    def atom(self, fact: int) -> str:
        """The detection of a fact."""
        return self.atoms[int(self.facts.row[fact])]

    def measure(self, name: str, arity: int, atoms: tuple[str, ...]) -> tuple[float, ...] | None:
        """What a geometry function says of these detections; None where it is undefined.

        The last detection goes through all of the image at once, since rules ask about them one after the other.
        """
        if any(atom not in self.rows for atom in atoms):
            return None
        rows = [self.rows[atom] for atom in atoms]
        first = rows[0] if len(rows) == 2 else -1
        if len(rows) < 3:
            key = (name, arity, first)
            if key not in self._columns:
                self._columns[key] = self._column(name, arity, len(rows), first)
            values = self._columns[key][rows[-1] if rows else 0]
        else:
            values = self._compute(name, arity, [np.array([row]) for row in rows])[0]
        return None if any(value != value for value in values) else values

    def _column(self, name: str, arity: int, inputs: int, first: int) -> list[tuple[float, ...]]:
        everything = np.arange(len(self.atoms))
        return self._compute(name, arity, [[], [everything], [np.full_like(everything, first), everything]][inputs])

    def _compute(self, name: str, arity: int, rows: list[IntArray]) -> list[tuple[float, ...]]:
        image = np.zeros(len(rows[0]) if rows else 1, dtype=np.int64)
        columns = as_columns(REGISTRY[name, arity].call(self.boxes, image, *rows))
        return list(zip(*(column.tolist() for column in columns), strict=True))
