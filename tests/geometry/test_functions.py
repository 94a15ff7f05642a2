"""The geometry functions, on boxes whose measures can be worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pyproj
import pytest

from rune_pl.geometry import REGISTRY, Boxes, as_columns
from rune_pl.geometry.registry import CHUNK, geometry_function

UNKNOWN = (math.nan,) * 6


def make(*quads, size=(math.nan, math.nan), gsd=math.nan, transform=UNKNOWN, geographic=False, rank=0.5, chance=0.5):
    """Boxes of one image."""
    n = len(quads)
    return Boxes(
        corners=np.array(quads, dtype=np.float64).reshape(n, 4, 2),
        image=np.zeros(n, dtype=np.int64),
        width=np.array([size[0]], dtype=np.float64),
        height=np.array([size[1]], dtype=np.float64),
        gsd=np.array([gsd]),
        transform=np.array([transform], dtype=np.float64),
        geographic=np.array([geographic]),
        probability=np.full(n, chance),
        size_rank=np.full(n, rank),
    )


def upright(left, top, right, bottom):
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def value(boxes, name, *ids):
    """The values of a function for one row; NaN where it is undefined."""
    (function,) = (f for (n, _), f in REGISTRY.items() if n == name)
    result = function.call(boxes, np.zeros(1, dtype=np.int64), *(np.array([i]) for i in ids))
    found = [float(column[0]) for column in as_columns(result)]
    return found[0] if len(found) == 1 else found


A, B = upright(0, 0, 10, 4), upright(8, 2, 12, 10)  # A is 10 wide and 4 high; they share 2 x 2


def test_measures_of_one_box():
    boxes = make(A, B, size=(200, 100), gsd=0.5, rank=0.8, chance=0.9)
    assert value(boxes, "center", 0) == [5.0, 2.0]
    assert value(boxes, "extent", 1) == [8.0, 2.0, 12.0, 10.0]
    assert value(boxes, "area", 0) == 40.0
    assert value(boxes, "long_side", 0) == 10.0
    assert value(boxes, "short_side", 0) == 4.0
    assert value(boxes, "size_rank", 0) == 0.8
    assert value(boxes, "probability", 0) == 0.9
    assert value(boxes, "image_size") == [200.0, 100.0]
    assert value(boxes, "gsd") == 0.5


def test_what_is_unknown_is_undefined():
    boxes = make(A)
    assert all(math.isnan(v) for v in value(boxes, "image_size"))
    assert math.isnan(value(boxes, "gsd"))


def test_shared_area():
    boxes = make(A, B)
    assert value(boxes, "overlap_area", 0, 1) == pytest.approx(4.0)
    assert value(boxes, "cover", 0, 1) == pytest.approx(4 / 40)
    assert value(boxes, "cover", 1, 0) == pytest.approx(4 / 32)
    assert value(boxes, "iou", 0, 1) == pytest.approx(4 / 68)
    assert value(boxes, "iou", 0, 0) == 1.0
    assert value(boxes, "gap", 0, 1) == 0.0


def turned(degrees, length=10.0, width=2.0, x=50.0, y=50.0):
    """A box whose long axis points `degrees` clockwise from image up."""
    turn = math.radians(degrees)
    along = np.array([math.sin(turn), -math.cos(turn)]) * length / 2
    across = np.array([math.cos(turn), math.sin(turn)]) * width / 2
    middle = np.array([x, y])
    return [middle - along - across, middle + along - across, middle + along + across, middle - along + across]


@pytest.mark.parametrize("degrees", [0, 15, 90, 135, 179.5])
@pytest.mark.parametrize("first", range(4))
def test_angle_whichever_corner_is_first(degrees, first):
    boxes = make(np.roll(turned(degrees), first, axis=0))
    assert (value(boxes, "angle", 0) + 1e-9) % 180 == pytest.approx(degrees, abs=1e-8)
    assert 0 <= value(boxes, "angle", 0) < 180
    assert (value(boxes, "azimuth", 0) + 1e-9) % 180 == pytest.approx(degrees, abs=1e-8)


def test_a_square_has_no_long_axis():
    boxes = make(upright(0, 0, 5, 5), A)
    assert math.isnan(value(boxes, "angle", 0))
    assert math.isnan(value(boxes, "azimuth", 0))
    assert all(math.isnan(v) for v in value(boxes, "offset", 0, 1))
    assert not math.isnan(value(boxes, "angle", 1))


def test_offset_is_along_and_across_the_first():
    boxes = make(turned(90), turned(30, x=53, y=54))  # 3 to the right and 4 down of a box that lies on its side
    along, across = value(boxes, "offset", 0, 1)
    assert abs(along) == pytest.approx(3)
    assert abs(across) == pytest.approx(4)


@pytest.mark.parametrize(
    ("dx", "dy", "expected"), [(0, -5, 0), (5, -5, 45), (5, 0, 90), (0, 5, 180), (-5, 0, 270), (-5, -5, 315)]
)
def test_bearing_without_a_transform_is_from_image_up(dx, dy, expected):
    boxes = make(upright(10, 10, 14, 12), upright(10 + dx, 10 + dy, 14 + dx, 12 + dy))
    assert value(boxes, "bearing", 0, 1) == pytest.approx(expected)


def test_bearing_of_concentric_boxes_is_undefined():
    assert math.isnan(value(make(upright(0, 0, 8, 8), upright(2, 2, 6, 6)), "bearing", 0, 1))


def test_position_without_a_transform():
    assert value(make(A), "position", 0) == [5.0, -2.0]


def test_projected_position():
    boxes = make(A, B, transform=(0.5, 0.0, 500000.0, 0.0, -0.5, 5600000.0))
    assert value(boxes, "position", 0) == [500002.5, 5599999.0]
    assert value(boxes, "bearing", 0, 1) == pytest.approx(math.degrees(math.atan2(5, -4)))  # 5 right, 4 down


def test_a_turned_transform_turns_bearings_and_headings():
    # Image right is north, image down is east.
    boxes = make(A, upright(20, 0, 30, 4), transform=(0.0, 1.0, 0.0, 1.0, 0.0, 0.0))
    assert value(boxes, "bearing", 0, 1) == pytest.approx(0.0)
    assert value(boxes, "angle", 0) == pytest.approx(90.0)
    assert value(boxes, "azimuth", 0) == pytest.approx(0.0)


@pytest.mark.parametrize("latitude", [-60.0, 0.0, 48.0])
def test_geographic_positions_are_metres(latitude):
    step = 1e-5  # degrees per pixel, about a metre
    transform = (step, 0.0, 11.0, 0.0, -step, latitude)
    boxes = make(
        upright(0, 0, 4, 2), upright(300, 200, 304, 202), size=(400, 300), transform=transform, geographic=True
    )
    (x, y), (u, v) = value(boxes, "position", 0), value(boxes, "position", 1)
    geod = pyproj.Geod(ellps="WGS84")
    forward, _, distance = geod.inv(11 + 2 * step, latitude - step, 11 + 302 * step, latitude - 201 * step)
    assert math.hypot(u - x, v - y) == pytest.approx(distance, rel=1e-4)
    assert value(boxes, "bearing", 0, 1) == pytest.approx(forward % 360, abs=0.01)


def test_the_middle_of_a_geographic_image_is_the_origin():
    boxes = make(upright(19, 9, 21, 11), size=(40, 20), transform=(1e-5, 0, 11, 0, -1e-5, 48), geographic=True)
    assert value(boxes, "position", 0) == pytest.approx([0.0, 0.0], abs=1e-6)


def test_rows_of_many_images_each_use_their_own():
    boxes = make(A, A)
    boxes = Boxes(
        corners=boxes.corners,
        image=np.array([0, 1]),
        width=np.array([100.0, np.nan]),
        height=np.array([50.0, np.nan]),
        gsd=np.array([0.5, 2.0]),
        transform=np.array([UNKNOWN, (1.0, 0.0, 1000.0, 0.0, -1.0, 2000.0)]),
        geographic=np.array([False, False]),
        probability=boxes.probability,
        size_rank=boxes.size_rank,
    )
    image, rows = np.array([1, 0]), np.array([1, 0])
    assert REGISTRY["gsd", 1].call(boxes, image).tolist() == [2.0, 0.5]
    easting, northing = REGISTRY["position", 3].call(boxes, image, rows)
    assert easting.tolist() == [1005.0, 5.0]
    assert northing.tolist() == [1998.0, -2.0]


@pytest.mark.parametrize("indicator", list(REGISTRY), ids=str)
def test_every_function_keeps_its_declaration(indicator):
    function = REGISTRY[indicator]
    modes = function.modes.split(",")
    assert indicator == (function.name, len(modes))
    assert modes == ["+id"] * function.inputs + ["-float"] * function.outputs
    assert function.outputs >= 1
    assert function.doc.endswith(".")
    boxes = make(A, B, turned(20))
    for rows in (0, 1, 3, CHUNK + 1):
        ids = [np.arange(rows) % 3 for _ in range(function.inputs)]
        columns = as_columns(function.call(boxes, np.zeros(rows, dtype=np.int64), *ids))
        assert len(columns) == function.outputs
        assert all(c.shape == (rows,) and c.dtype == np.float64 for c in columns)


def test_chunks_join_in_order():
    rng = np.random.default_rng(0)
    boxes = make(*[turned(d, x=x, y=y) for d, x, y in rng.uniform(0, 100, (50, 3))])
    a, b = rng.integers(0, 50, (2, 2 * CHUNK + 17))
    image = np.zeros(len(a), dtype=np.int64)
    whole = REGISTRY["gap", 3].call(boxes, image, a, b)
    pick = rng.integers(0, len(a), 200)
    assert np.array_equal(whole[pick], REGISTRY["gap", 3].call(boxes, image[pick], a[pick], b[pick]))


def test_wrong_number_of_detections():
    with pytest.raises(ValueError, match="gap/3 takes 2 detections, not 1"):
        REGISTRY["gap", 3].call(make(A), np.zeros(1, dtype=np.int64), np.array([0]))


def test_the_registry_is_read_only():
    with pytest.raises(TypeError):
        REGISTRY["gap", 3] = REGISTRY["iou", 3]


def test_a_declaration_takes_name_and_documentation_from_the_function():
    @geometry_function("+id,-float,-float")
    def corner(boxes, image, a):
        """X and Y of
        the first corner."""
        return boxes.corners[a, 0, 0], boxes.corners[a, 0, 1]

    assert (corner.name, corner.arity, corner.doc) == ("corner", 3, "X and Y of the first corner.")
    assert as_columns(corner.call(make(B), np.zeros(1, dtype=np.int64), np.array([0])))[1].tolist() == [2.0]
