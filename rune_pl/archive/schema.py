"""The two tables of an archive as Parquet columns. docs/archive.md is the same for readers in other languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rune_pl.archive.records import ImageRecord
from rune_pl.archive.scenes import Scenes

SCHEMA_VERSION = 1

CORNER_COLUMNS = ("x1", "y1", "x2", "y2", "x3", "y3", "x4", "y4")

_IMAGE_FIELDS: list[pa.Field[Any]] = [
    pa.field("id", pa.string(), nullable=False),
    pa.field("path", pa.string()),
    pa.field("width", pa.int32()),
    pa.field("height", pa.int32()),
    pa.field("gsd", pa.float64()),
    pa.field("crs", pa.string()),
    pa.field("transform", pa.list_(pa.float64())),
    pa.field("time", pa.timestamp("us", tz="UTC")),
    pa.field("source", pa.string()),
    pa.field("detections", pa.int32(), nullable=False),
]
IMAGES = pa.schema(_IMAGE_FIELDS)

_NAME = pa.dictionary(pa.int32(), pa.string())

DETECTIONS = pa.schema(
    [
        pa.field("image", _NAME, nullable=False),
        pa.field("detection", pa.int32(), nullable=False),
        pa.field("class", _NAME, nullable=False),
        pa.field("score", pa.float32(), nullable=False),
        pa.field("probability", pa.float64(), nullable=False),
        *(pa.field(name, pa.float32(), nullable=False) for name in CORNER_COLUMNS),
        pa.field("class_probability", pa.list_(pa.float64())),
    ]
)

_COMMON: dict[str, Any] = {
    "compression": "zstd",
    "compression_level": 3,
    "version": "2.6",
    # A checksum per page lets a reader notice a changed byte without reading the whole file.
    "write_page_checksum": True,
    "write_statistics": ["id", "image", "detection"],
}

IMAGE_OPTIONS: dict[str, Any] = {**_COMMON, "use_dictionary": ["path", "crs", "source", "width", "height", "gsd"]}

# Splitting floats into byte streams before zstd takes a third off the corners and half off the scores.
DETECTION_OPTIONS: dict[str, Any] = {
    **_COMMON,
    "use_dictionary": ["image", "class"],
    "column_encoding": {
        "detection": "DELTA_BINARY_PACKED",
        "class_probability.list.element": "BYTE_STREAM_SPLIT",
        **dict.fromkeys(("score", "probability", *CORNER_COLUMNS), "BYTE_STREAM_SPLIT"),
    },
}


def image_options(table: pa.Table) -> Mapping[str, Any]:
    """How an images table that begins like this one is written."""
    return IMAGE_OPTIONS


def detection_options(table: pa.Table) -> Mapping[str, Any]:
    """How a detections table that begins like this one is written.

    Scores with few digits come again and again, and zstd finds them; splitting them into bytes would hide that.
    """
    repeated = [
        name for name in ("score", "probability") if 2 * pc.count_distinct(table[name]).as_py() < max(len(table), 1)
    ]
    encoding = {name: how for name, how in DETECTION_OPTIONS["column_encoding"].items() if name not in repeated}
    return {**DETECTION_OPTIONS, "column_encoding": encoding}


def images_table(records: Sequence[ImageRecord], detections: Sequence[int]) -> pa.Table:
    """The images table of these records with their numbers of detections."""
    columns: dict[str, list[Any]] = {
        field.name: [getattr(record, field.name) for record in records]
        for field in IMAGES
        if field.name != "detections"
    }
    columns["detections"] = list(detections)
    return pa.table({name: pa.array(columns[name], IMAGES.field(name).type) for name in IMAGES.names}, schema=IMAGES)


def images_of_scenes(scenes: Scenes) -> pa.Table:
    """The images table of scenes, with what scenes know of their images."""
    rows = len(scenes)
    located: NDArray[np.bool_] = np.logical_not(np.isnan(scenes.transform).any(axis=1))
    offsets = np.concatenate([[0], np.cumsum(np.where(located, 6, 0))]).astype(np.int32)
    transform = pa.ListArray.from_arrays(
        pa.array(offsets, pa.int32()),
        cast("pa.DoubleArray", pa.array(scenes.transform[located].ravel())),
        mask=pa.array(np.logical_not(located).tolist(), pa.bool_()),
    )
    columns = {
        "id": pa.array(scenes.images, pa.string()),
        "path": pa.nulls(rows, pa.string()),
        "width": pa.array(scenes.width, from_pandas=True).cast(pa.int32()),
        "height": pa.array(scenes.height, from_pandas=True).cast(pa.int32()),
        "gsd": pa.array(scenes.gsd, from_pandas=True),
        "crs": pa.array(scenes.crs, pa.string()),
        "transform": transform,
        "time": pa.nulls(rows, pa.timestamp("us", tz="UTC")),
        "source": pa.nulls(rows, pa.string()),
        "detections": pa.array(np.diff(scenes.start).astype(np.int32)),
    }
    return pa.table(columns, schema=IMAGES)


def detections_table(
    images: Sequence[str],
    counts: Sequence[int],
    classes: Sequence[str],
    label: NDArray[np.int32],
    score: NDArray[np.float32],
    probability: NDArray[np.float64],
    corners: NDArray[np.float32],
    vectors: Sequence[NDArray[np.float64] | None],
) -> pa.Table:
    """The detections table of some images.

    Args:
        images, counts: ids of the images and how many rows each has.
        classes: names that `label` indexes.
        label, score, probability: (n,) columns.
        corners: (n, 4, 2) pixels.
        vectors: for each image None or (count, C) over the first C of `classes`; a row of NaN is no vector.
    """
    rows = len(label)
    image = np.repeat(np.arange(len(images), dtype=np.int32), counts)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    flat = np.ascontiguousarray(corners.reshape(rows, 8).T)
    columns = {
        "image": pa.DictionaryArray.from_arrays(pa.array(image, pa.int32()), pa.array(images, pa.string())),
        "detection": pa.array((np.arange(rows) - first + 1).astype(np.int32)),
        "class": pa.DictionaryArray.from_arrays(pa.array(label, pa.int32()), pa.array(classes, pa.string())),
        "score": pa.array(score),
        "probability": pa.array(probability),
        **{name: pa.array(flat[i]) for i, name in enumerate(CORNER_COLUMNS)},
        "class_probability": _vector_column(counts, vectors),
    }
    return pa.table(columns, schema=DETECTIONS)


def _vector_column(counts: Sequence[int], vectors: Sequence[NDArray[np.float64] | None]) -> pa.Array[Any]:
    lengths: list[NDArray[np.int64]] = []
    masks: list[NDArray[np.bool_]] = []
    values: list[NDArray[np.float64]] = [np.empty(0)]
    for count, vector in zip(counts, vectors, strict=True):
        if vector is None:
            masks.append(np.ones(count, dtype=np.bool_))
            lengths.append(np.zeros(count, dtype=np.int64))
            continue
        absent = np.isnan(vector).all(axis=1)
        masks.append(np.asarray(absent, dtype=np.bool_))
        lengths.append(np.where(absent, 0, vector.shape[1]))
        values.append(vector[~absent].ravel())
    sizes = np.concatenate([np.zeros(1, dtype=np.int64), *lengths])
    mask_array = cast("pa.BooleanArray", pa.array(np.concatenate([np.zeros(0, dtype=np.bool_), *masks])))
    offsets = pa.array(np.cumsum(sizes), pa.int32())
    return pa.ListArray.from_arrays(offsets, cast("pa.DoubleArray", pa.array(np.concatenate(values))), mask=mask_array)
