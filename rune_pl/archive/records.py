"""What goes into an archive: one image with its detections, and where they came from."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"

CLASS_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
PROBABILITY_TOLERANCE = 1e-6  # class vectors often come from float32 arithmetic
_MAX_SIDE = 2**31 - 1


@dataclass(frozen=True)
class ImageRecord:
    """One image; None is "unknown".

    Attributes:
        id: the name of the image in rules and results, unique in its archive: not empty, no control characters.
        path: the image file, as its writer knew it.
        width, height: pixels, at least 1.
        gsd: ground sampling distance, metres per pixel, above 0.
        crs: coordinate reference system as an authority string ("EPSG:32632").
        transform: affine (a, b, c, d, e, f) from pixel (x, y) to the coordinate reference system:
            easting = a x + b y + c, northing = d x + e y + f.
        time: when the image was taken; kept in UTC, and a time without zone is taken as UTC.
        source: where the image comes from (a sensor, a collection).

    Raises:
        ValueError: a value is out of its range.
    """

    id: str
    path: str | None = None
    width: int | None = None
    height: int | None = None
    gsd: float | None = None
    crs: str | None = None
    transform: tuple[float, ...] | None = None
    time: datetime | None = None
    source: str | None = None

    def __post_init__(self) -> None:
        if not self.id or any(unicodedata.category(character) == "Cc" for character in self.id):
            raise ValueError(f"image id {self.id!r} is empty or has control characters")
        for name in ("id", "path", "crs", "source"):
            _check_text(name, getattr(self, name))
        for name in ("width", "height"):
            side = getattr(self, name)
            if side is not None and not (side == int(side) and 1 <= side <= _MAX_SIDE):
                raise ValueError(
                    f"{name} of image {self.id!r} is {side}, expected a whole number from 1 to {_MAX_SIDE}"
                )
        if self.gsd is not None and not (math.isfinite(self.gsd) and self.gsd > 0):
            raise ValueError(f"gsd of image {self.id!r} is {self.gsd}, expected metres per pixel above 0")
        if self.transform is not None:
            if len(self.transform) != 6 or not all(math.isfinite(value) for value in self.transform):
                raise ValueError(f"transform of image {self.id!r} is {self.transform}, expected six finite numbers")
            object.__setattr__(self, "transform", tuple(float(value) for value in self.transform))
        if self.time is not None:
            object.__setattr__(self, "time", _in_utc(self.time))


def _check_text(name: str, text: str | None) -> None:
    try:
        (text or "").encode()
    except UnicodeEncodeError:
        raise ValueError(f"{name} {text!r} is not Unicode text") from None


def _in_utc(time: datetime) -> datetime:
    if time.tzinfo is None:
        return time.replace(tzinfo=timezone.utc)
    try:
        return time.astimezone(timezone.utc)
    except OverflowError:
        raise ValueError(f"time {time!r} is out of range in UTC") from None


@dataclass(frozen=True, eq=False)
class Detections:
    """The n detections of one image, numbered from 1 in this order.

    Attributes:
        classes: n class names, plain atoms (`storage_tank`).
        score: (n,) float32 in [0, 1], raw detector score.
        probability: (n,) float64 in [0, 1], probability that the detection is an object of its class.
        corners: (n, 4, 2) float32, pixels, finite.
        class_probability: None, or (n, C) float64 over `class_names`: rows are in [0, 1], sum to at most 1 and give
            the detection's own class its `probability`; a row of NaN means that this detection has no class vector.
        class_names: the C columns of `class_probability`.

    Arrays of another float type are converted.

    Raises:
        ValueError: shapes do not fit together, or a value is out of its range.
    """

    classes: Sequence[str]
    score: NDArray[np.float32]
    probability: NDArray[np.float64]
    corners: NDArray[np.float32]
    class_probability: NDArray[np.float64] | None = None
    class_names: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        rows = len(self.classes)
        for name, dtype, shape in (
            ("score", np.float32, (rows,)),
            ("probability", np.float64, (rows,)),
            ("corners", np.float32, (rows, 4, 2)),
        ):
            object.__setattr__(self, name, _array(name, getattr(self, name), dtype, shape))
        object.__setattr__(self, "classes", tuple(self.classes))
        for class_name in dict.fromkeys(self.classes):
            check_class_name(class_name)
        _check_unit_interval("score", self.score)
        _check_unit_interval("probability", self.probability)
        if not np.isfinite(self.corners).all():
            raise ValueError("corners must be finite")
        if (self.class_probability is None) != (self.class_names is None):
            raise ValueError("class_probability and class_names go together")
        if self.class_probability is not None:
            self._check_vectors()

    def __len__(self) -> int:
        return len(self.classes)

    def _check_vectors(self) -> None:
        names = tuple(self.class_names or ())
        for class_name in names:
            check_class_name(class_name)
        if len(set(names)) != len(names):
            raise ValueError(f"class_names has duplicates: {names}")
        vectors = _array("class_probability", self.class_probability, np.float64, (len(self), len(names)))
        absent = np.isnan(vectors).all(axis=1) if names else np.ones(len(self), dtype=np.bool_)
        given = vectors[~absent]
        _check_unit_interval("class_probability", given)
        sums = given.sum(axis=1)
        if (sums > 1 + PROBABILITY_TOLERANCE).any():
            raise ValueError(f"a row of class_probability sums to {sums.max()}, expected at most 1")
        vectors = vectors.copy()
        vectors[~absent] = given / np.maximum(sums, 1.0)[:, None]
        code = {name: i for i, name in enumerate(names)}
        rows = np.flatnonzero(~absent)
        own = np.array([code.get(self.classes[row], -1) for row in rows.tolist()], dtype=np.int64)
        stated = np.where(own >= 0, vectors[rows, own] if names else 0.0, 0.0)
        wrong = np.abs(stated - self.probability[rows]) > PROBABILITY_TOLERANCE
        if wrong.any():
            row = int(rows[np.argmax(wrong)])
            raise ValueError(
                f"detection {row + 1} has probability {self.probability[row]} as {self.classes[row]}, "
                f"but its class vector gives {float(stated[np.argmax(wrong)])}"
            )
        object.__setattr__(self, "class_probability", vectors)
        object.__setattr__(self, "class_names", names)


def _array(name: str, values: Any, dtype: type[np.floating[Any]], shape: tuple[int, ...]) -> NDArray[Any]:
    with np.errstate(over="ignore"):  # a corner beyond float32 becomes infinite, and is refused as such
        array = np.asarray(values, dtype=dtype)
    if array.shape != shape and not (array.size == 0 and 0 in shape):
        raise ValueError(f"{name} has shape {array.shape}, expected {shape}")
    return array.reshape(shape)


def _check_unit_interval(name: str, values: NDArray[Any]) -> None:
    outside = ~((values >= 0) & (values <= 1))  # true for NaN too
    if outside.any():
        raise ValueError(f"{name} has {values[outside][0]}, expected a number in [0, 1]")


def check_class_name(name: str) -> str:
    """The name itself, if it is a plain atom: lower-case ASCII letters, digits and `_`, a letter first.

    Raises:
        ValueError: it is not.
    """
    if not CLASS_NAME.match(name):
        raise ValueError(f"class name {name!r} is not lower snake case (a letter, then letters, digits and _)")
    return name


@dataclass(frozen=True)
class Provenance:
    """Where the detections of a part come from.

    Attributes:
        tool, version: what wrote them ("import dota", "0.1.0").
        command: the command line, empty where there was none.
        parameters: settings that shaped the result, as JSON values.
        weights_sha256: SHA-256 of the detector's weights, None where there are none.
        sources: files or folders that were read.

    Raises:
        ValueError: `parameters` is not JSON, or a text is not Unicode.
    """

    tool: str
    version: str
    command: str = ""
    parameters: Mapping[str, JSON] = field(default_factory=lambda: MappingProxyType({}))
    weights_sha256: str | None = None
    sources: Sequence[str] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "sources", tuple(self.sources))
        try:
            json.dumps(self.as_json(), allow_nan=False, ensure_ascii=False).encode()
        except (TypeError, ValueError) as error:
            raise ValueError(f"provenance is not JSON: {error}") from None

    def as_json(self) -> dict[str, Any]:
        """The fields as the manifest keeps them."""
        return {
            "tool": self.tool,
            "version": self.version,
            "command": self.command,
            "parameters": dict(self.parameters),
            "weights_sha256": self.weights_sha256,
            "sources": list(self.sources),
        }
