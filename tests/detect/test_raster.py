"""GeoTIFF files written by rasterio, read back; places on Earth are checked against pyproj and by hand."""

from __future__ import annotations

import math
import subprocess
import sys
import textwrap

import numpy as np
import pyproj
import pytest

from rune_pl.detect import Settings, detect_archive, open_picture
from rune_pl.errors import PictureError

from .conftest import BrightSpots, dark

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
rasterio = pytest.importorskip("rasterio", reason="needs rune-pl[geo]")
from rasterio.transform import Affine  # noqa: E402


def write(path, values, *, transform=None, crs=None, **options):
    """values: (bands, height, width)."""
    bands, height, width = values.shape
    with rasterio.open(
        path, "w", driver="GTiff", count=bands, height=height, width=width, dtype=values.dtype, crs=crs,
        transform=transform or Affine.identity(), **options,
    ) as target:  # fmt: skip
        target.write(values)
    return path


def test_a_detection_is_where_it_is_on_earth(tmp_path):
    """A spot around a known UTM coordinate comes out there within half a pixel, in a turned image read in tiles."""
    angle = math.radians(20)
    transform = Affine(
        0.5 * math.cos(angle), 0.5 * math.sin(angle), 500_000, 0.5 * math.sin(angle), -0.5 * math.cos(angle), 5_600_000
    )
    pixels = dark(700, 500, (600, 440, 616, 452))
    known = (transform.a * 608 + transform.b * 446 + transform.c, transform.d * 608 + transform.e * 446 + transform.f)
    path = write(tmp_path / "scene.tif", pixels.transpose(2, 0, 1), transform=transform, crs="EPSG:32632")
    report = detect_archive([("scene", path)], tmp_path / "out", BrightSpots(128), Settings(tile=128, overlap=32))
    assert report.images == report.detections == 1

    from rune_pl.archive import Archive

    scenes = Archive.open(tmp_path / "out").scenes()
    assert scenes.crs == ("EPSG:32632",)
    # the scale of UTM at its central meridian is 0.9996: half a metre on the map is a little more on the ground
    assert scenes.gsd[0] == pytest.approx(0.5 / 0.9996, rel=1e-4)
    a, b, c, d, e, f = scenes.transform[0]
    x, y = scenes.corners[0].mean(axis=0)
    found = (a * x + b * y + c, d * x + e * y + f)
    assert math.dist(found, known) <= 0.25


def test_degrees_become_metres(tmp_path):
    step = 1e-5
    path = write(
        tmp_path / "a.tif",
        np.zeros((3, 100, 100), np.uint8),
        crs="EPSG:4326",
        transform=Affine(step, 0, 10, 0, -step, 60),
    )
    geod = pyproj.Geod(ellps="WGS84")
    east = geod.inv(10, 60 - 50 * step, 10 + step, 60 - 50 * step)[2]
    north = geod.inv(10, 60 - 50 * step, 10, 60 - 51 * step)[2]
    with open_picture(path) as picture:
        assert picture.place.crs == "EPSG:4326"
        assert picture.place.gsd == pytest.approx(math.sqrt(east * north), rel=1e-5)


def test_without_georeference_the_place_is_unknown(tmp_path):
    with open_picture(write(tmp_path / "a.tif", np.zeros((3, 10, 10), np.uint8))) as picture:
        assert (picture.place.crs, picture.place.transform, picture.place.gsd) == (None, None, None)


def test_nodata_is_masked_and_not_stretched(tmp_path):
    values = np.full((1, 20, 20), 65535, np.uint16)
    values[0, 5:15, 5:15] = np.linspace(200, 400, 100).reshape(10, 10)
    with open_picture(write(tmp_path / "a.tif", values, nodata=65535)) as picture:
        window, valid = picture.window(0, 0, 20, 20)
    assert valid.sum() == 100 and valid[5:15, 5:15].all()
    assert (window[~valid] == 114).all()
    assert window[5, 5, 0] == 0 and window[14, 14, 0] == 255


def test_the_bands_called_red_green_and_blue_are_shown(tmp_path):
    values = np.stack([np.full((4, 4), level, np.uint8) for level in (10, 20, 30, 40)])
    path = write(tmp_path / "bgrn.tif", values)
    with rasterio.open(path, "r+") as target:
        interpretation = rasterio.enums.ColorInterp
        target.colorinterp = [interpretation.blue, interpretation.green, interpretation.red, interpretation.undefined]
    with open_picture(path) as picture:
        assert picture.window(0, 0, 1, 1)[0].tolist() == [[[30, 20, 10]]]


def test_eleven_bands_show_the_first_three_and_alpha_masks(tmp_path):
    values = np.stack([np.full((4, 4), 10 * band, np.uint8) for band in range(1, 12)])
    with open_picture(write(tmp_path / "many.tif", values, photometric="MINISBLACK")) as picture:
        assert picture.window(0, 0, 1, 1)[0].tolist() == [[[10, 20, 30]]]
    rgba = np.full((4, 4, 4), 50, np.uint8)
    rgba[3] = 255
    rgba[3, 0, 0] = 0
    with open_picture(write(tmp_path / "rgba.tif", rgba, photometric="RGB", alpha="YES")) as picture:
        window, valid = picture.window(0, 0, 4, 4)
    assert not valid[0, 0] and valid.sum() == 15 and window[0, 0].tolist() == [114, 114, 114]


def test_a_cut_off_file_is_damaged(tmp_path):
    values = np.random.default_rng(2).integers(0, 255, (3, 600, 600), dtype=np.uint8)
    path = write(tmp_path / "a.tif", values, tiled=True, blockxsize=128, blockysize=128, compress="deflate")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(PictureError), open_picture(path) as picture:
        picture.window(400, 400, 200, 200)


def test_complex_numbers_are_refused(tmp_path):
    path = write(tmp_path / "a.tif", np.zeros((1, 4, 4), np.complex64))
    with pytest.raises(PictureError, match="complex"), open_picture(path):
        pass


@pytest.mark.slow
def test_twenty_thousand_pixels_a_side_fit_in_two_gigabytes(tmp_path):
    """A sparse file of 1.2 GB is looked at in a process that may not have more than 2 GB of address space for data."""
    path = tmp_path / "large.tif"
    with rasterio.open(
        path, "w", driver="GTiff", count=3, height=20_000, width=20_000, dtype="uint8", tiled=True, sparse_ok=True,
        compress="deflate", crs="EPSG:32632", transform=Affine(0.3, 0, 5e5, 0, -0.3, 5e6),
    ) as target:  # fmt: skip
        spot = np.full((3, 40, 60), 255, np.uint8)
        target.write(spot, window=rasterio.windows.Window(15_000, 12_000, 60, 40))
    program = textwrap.dedent(
        """
        import resource, sys
        from pathlib import Path
        from rune_pl.detect import Settings, detect_picture, open_picture
        from tests.detect.conftest import BrightSpots
        with open_picture(Path(sys.argv[1])) as picture:
            found = detect_picture(picture, BrightSpots(1024), Settings(tile=1024, overlap=200))
        print(found.corners.min(axis=1).round().tolist(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True, cwd=".", timeout=280
    )
    corners, kilobytes = done.stdout.rsplit(" ", 1)
    assert corners == "[[15000.0, 12000.0]]"
    assert int(kilobytes) < 2_000_000
