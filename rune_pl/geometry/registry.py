"""What a geometry function is: a name, a mode string and a function over columns, declared once for every engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from rune_pl.geometry.boxes import Boxes, FloatArray, IntArray

Columns: TypeAlias = "FloatArray | tuple[FloatArray, ...]"
Implementation: TypeAlias = Callable[..., Columns]

# Rows computed at a time: what a function holds on the way, about 100 bytes a row, stays small and in the cache.
CHUNK = 1 << 13


@dataclass(frozen=True)
class GeometryFunction:
    """A geometry function `name(inputs, outputs)` of the rule language.

    Attributes:
        name: the predicate's name; its arity is the number of modes.
        modes: one of `+id` (a detection, given) and `-float` (a number, computed) per argument, inputs first.
        doc: what it computes, with units.
        function: the implementation, called as `function(boxes, image, *rows)`.
    """

    name: str
    modes: str
    doc: str
    function: Implementation

    @property
    def arity(self) -> int:
        return self.modes.count(",") + 1

    @property
    def inputs(self) -> int:
        """The number of detections that it takes; 0 for a function of the image."""
        return self.modes.count("+id")

    @property
    def outputs(self) -> int:
        """The number of values that it computes."""
        return self.modes.count("-float")

    def call(self, boxes: Boxes, image: IntArray, *ids: IntArray) -> Columns:
        """The function over k rows.

        Args:
            boxes: the boxes that rows refer to.
            image: (k,) index of each row's image.
            *ids: `inputs` arrays (k,) of rows of `boxes`, all in the image of their row.

        Returns:
            One (k,) float64 array, or a tuple of `outputs` of them. NaN means undefined: the predicate fails there.
        """
        if len(ids) != self.inputs:
            raise ValueError(f"{self.name}/{self.arity} takes {self.inputs} detections, not {len(ids)}")
        rows = len(image)
        if rows <= CHUNK:
            return self.function(boxes, image, *ids)
        pieces = [
            as_columns(self.function(boxes, image[at : at + CHUNK], *(i[at : at + CHUNK] for i in ids)))
            for at in range(0, rows, CHUNK)
        ]
        columns = tuple(np.concatenate(column) for column in zip(*pieces, strict=True))
        return columns[0] if self.outputs == 1 else columns


def as_columns(result: Columns) -> tuple[FloatArray, ...]:
    """The outputs of a geometry function as a tuple, also where there is only one."""
    return result if isinstance(result, tuple) else (result,)


def geometry_function(modes: str) -> Callable[[Implementation], GeometryFunction]:
    """Declare a geometry function: its name is the function's, its documentation the docstring."""

    def declare(function: Implementation) -> GeometryFunction:
        doc = " ".join((function.__doc__ or "").split())
        return GeometryFunction(function.__name__, modes, doc, function)

    return declare


def registry(functions: Iterable[GeometryFunction]) -> Mapping[tuple[str, int], GeometryFunction]:
    """The functions by name and arity, read-only."""
    return MappingProxyType({(function.name, function.arity): function for function in functions})
