from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest

from rune_pl.archive import Detections, ImageRecord, Provenance

SQUARE = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=np.float32)


def detections(**changes: Any) -> Detections:
    fields: dict[str, Any] = {
        "classes": ["ship", "harbor"],
        "score": [0.5, 0.25],
        "probability": [0.5, 0.25],
        "corners": [SQUARE, SQUARE],
    }
    return Detections(**{**fields, **changes})


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"id": ""}, "empty"),
        ({"id": "a\nb"}, "control characters"),
        ({"id": "a\x00"}, "control characters"),
        ({"id": "\udc80"}, "not Unicode"),
        ({"id": "a", "path": "\udc80.png"}, "path"),
        ({"id": "a", "width": 0}, "width"),
        ({"id": "a", "height": 2**31}, "height"),
        ({"id": "a", "width": 1.5}, "width"),
        ({"id": "a", "gsd": 0.0}, "gsd"),
        ({"id": "a", "gsd": float("nan")}, "gsd"),
        ({"id": "a", "transform": (1, 2, 3)}, "six"),
        ({"id": "a", "transform": (1, 2, 3, 4, 5, float("inf"))}, "six finite"),
        ({"id": "a", "time": datetime.max.replace(tzinfo=timezone(timedelta(hours=-5)))}, "out of range"),
    ],
)
def test_an_image_with_a_wrong_value_is_refused(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        ImageRecord(**fields)


def test_times_are_kept_in_utc() -> None:
    noon = datetime(2024, 5, 1, 12, 0)
    assert ImageRecord("a", time=noon).time == noon.replace(tzinfo=timezone.utc)
    east = ImageRecord("a", time=noon.replace(tzinfo=timezone(timedelta(hours=2)))).time
    assert east is not None and east.isoformat() == "2024-05-01T10:00:00+00:00"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"score": [0.5]}, r"score has shape \(1,\), expected \(2,\)"),
        ({"corners": np.zeros((2, 8))}, r"corners has shape \(2, 8\), expected \(2, 4, 2\)"),
        ({"probability": [0.5, 1.5]}, "probability has 1.5"),
        ({"probability": [0.5, np.nan]}, "probability has nan"),
        ({"score": [-0.1, 0.5]}, "score has -0.1"),
        ({"corners": [SQUARE, SQUARE + np.inf]}, "finite"),
        ({"corners": np.full((2, 4, 2), 1e300)}, "finite"),
        ({"classes": ["Ship", "harbor"]}, "lower snake case"),
        ({"classes": ["ship", ""]}, "lower snake case"),
        ({"classes": ["ship", "harbor\n"]}, "lower snake case"),
        ({"class_probability": [[1.0], [1.0]]}, "go together"),
        ({"class_names": ("ship",)}, "go together"),
        ({"class_probability": [[0.5, 0.5]], "class_names": ("ship", "harbor")}, "class_probability has shape"),
        ({"class_probability": [[0.5, 0.6], [0, 0.25]], "class_names": ("ship", "harbor")}, "sums to 1.1"),
        ({"class_probability": [[0.5, np.nan], [0, 0.25]], "class_names": ("ship", "harbor")}, "nan"),
        ({"class_probability": [[0.5, 0.5], [0, 0.25]], "class_names": ("ship", "ship")}, "duplicates"),
        (
            {"class_probability": [[0.5, 0], [0, 0.3]], "class_names": ("ship", "harbor")},
            "detection 2 has probability 0.25",
        ),
        ({"class_probability": [[0.5], [0.0]], "class_names": ("ship",)}, "detection 2 .* gives 0.0"),
    ],
)
def test_detections_with_a_wrong_value_are_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        detections(**changes)


def test_a_class_vector_of_float32_that_sums_to_a_little_more_than_one_is_scaled_to_one() -> None:
    given = [[0.5 + 4e-7, 0.5], [0.75, 0.25]]
    made = detections(class_probability=given, class_names=("ship", "harbor"))
    assert made.class_probability is not None
    assert made.class_probability[0].sum() <= 1 + 1e-15
    assert made.class_probability[1].tolist() == [0.75, 0.25]


def test_a_row_of_nan_is_no_class_vector() -> None:
    made = detections(class_probability=[[np.nan, np.nan], [0.5, 0.25]], class_names=("ship", "harbor"))
    assert made.class_probability is not None
    assert np.isnan(made.class_probability[0]).all()


def test_no_detections_need_no_shapes() -> None:
    none = Detections([], [], [], [])  # type: ignore[arg-type]
    assert len(none) == 0
    assert none.corners.shape == (0, 4, 2)


@pytest.mark.parametrize(
    "changes", [{"parameters": {"a": object()}}, {"parameters": {"a": float("nan")}}, {"command": "\udc80"}]
)
def test_provenance_that_is_not_json_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="provenance is not JSON"):
        Provenance(tool="t", version="1", **changes)
