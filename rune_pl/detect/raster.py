"""GeoTIFF and other georeferenced images through rasterio, window by window. The only module that imports it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import rasterio
from numpy.typing import NDArray
from pyproj.exceptions import ProjError
from rasterio.enums import ColorInterp
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.windows import Window

from rune_pl.detect.detector import Pixels
from rune_pl.detect.pictures import Place, Transform
from rune_pl.detect.stretch import PADDING, Stretch
from rune_pl.errors import PictureError

_CACHE_MB = 128  # of decoded blocks
_SAMPLE_SIDE = 1024  # pixels of the reduced image that the stretch is measured on


@contextmanager
def open_raster(path: Path) -> Iterator[Raster]:
    """Open a raster file.

    Raises:
        PictureError: it cannot be opened, or has no band that can be shown.
    """
    with rasterio.Env(GDAL_CACHEMAX=_CACHE_MB), warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        try:
            dataset = rasterio.open(path)
        except RasterioError as error:
            raise PictureError(f"cannot be read: {_line(error)}", path=path) from None
        with dataset:
            yield Raster(dataset, path)


class Raster:
    """A raster file that is open; see `Picture`."""

    note: str | None = None

    def __init__(self, dataset: Any, path: Path) -> None:
        self._dataset, self._path = dataset, path
        self.width, self.height = int(dataset.width), int(dataset.height)
        self._bands = _shown_bands(dataset)
        if any(np.dtype(dataset.dtypes[band - 1]).kind == "c" for band in self._bands):
            raise PictureError("its values are complex numbers", path=path, hint="write amplitudes")
        self.place = _place(dataset)
        eight_bit = all(dataset.dtypes[band - 1] == "uint8" for band in self._bands)
        self._stretch = None if eight_bit else self._measured()

    def window(self, x: int, y: int, width: int, height: int) -> tuple[Pixels, NDArray[np.bool_]]:
        """See `Picture.window`."""
        window = Window(x, y, width, height)
        values = self._read(window=window)
        valid = self._valid(window=window)
        if self._stretch is not None:
            pixels = self._stretch.apply(values)
        else:
            pixels = np.repeat(values, 3, axis=2) if values.shape[2] == 1 else values
        pixels = np.ascontiguousarray(pixels)
        pixels[~valid] = PADDING
        return pixels, valid

    def _measured(self) -> Stretch:
        scale = max(1.0, max(self.width, self.height) / _SAMPLE_SIDE)
        shape = max(1, round(self.height / scale)), max(1, round(self.width / scale))
        return Stretch.of(self._read(out_shape=(len(self._bands), *shape)), self._valid(out_shape=shape))

    def _read(self, **arguments: Any) -> NDArray[Any]:
        """(height, width, bands)."""
        try:
            return np.asarray(self._dataset.read(self._bands, **arguments)).transpose(1, 2, 0)
        except RasterioError as error:
            raise PictureError(f"damaged: {_line(error)}", path=self._path) from None

    def _valid(self, **arguments: Any) -> NDArray[np.bool_]:
        try:
            return np.asarray(self._dataset.dataset_mask(**arguments)) > 0
        except RasterioError as error:
            raise PictureError(f"damaged: {_line(error)}", path=self._path) from None


def _shown_bands(dataset: Any) -> list[int]:
    """The bands that are red, green and blue where the file says so; else the first three, or the first alone."""
    meaning = {band: index for index, band in reversed(list(enumerate(dataset.colorinterp, start=1)))}
    colours = [meaning.get(band) for band in (ColorInterp.red, ColorInterp.green, ColorInterp.blue)]
    if all(colours):
        return [int(index) for index in colours if index]
    plain = [index for index, band in enumerate(dataset.colorinterp, start=1) if band != ColorInterp.alpha]
    return plain[:3] if len(plain) >= 3 else plain[:1] or [1]


def _place(dataset: Any) -> Place:
    """Georeference of a dataset; all unknown where it has none, or only control points."""
    affine = dataset.transform
    if dataset.crs is None or affine.is_identity:
        return Place()
    transform: Transform = (affine.a, affine.b, affine.c, affine.d, affine.e, affine.f)
    authority = dataset.crs.to_authority()
    crs = ":".join(authority) if authority else dataset.crs.to_wkt()
    return Place(crs, transform, ground_sampling_distance(crs, transform, dataset.width, dataset.height))


def ground_sampling_distance(crs: str, transform: Transform, width: int, height: int) -> float | None:
    """Metres per pixel in the middle of an image, the geometric mean of both directions; None where it has none.

    Measured on the ellipsoid, so that degrees and stretched projections are understood.
    """
    a, b, c, d, e, f = transform
    x, y = width / 2, height / 2
    step = 0.5
    try:
        system = pyproj.CRS.from_user_input(crs)
        to_degrees = pyproj.Transformer.from_crs(system, system.geodetic_crs or "OGC:CRS84", always_xy=True)
        geod = system.get_geod()
        sides = []
        for dx, dy in ((step, 0.0), (0.0, step)):
            ends = [(x - dx, y - dy), (x + dx, y + dy)]
            (lon1, lat1), (lon2, lat2) = (
                to_degrees.transform(a * px + b * py + c, d * px + e * py + f) for px, py in ends
            )
            sides.append(geod.inv(lon1, lat1, lon2, lat2)[2] if geod is not None else math.nan)
    except ProjError:
        return None
    found = math.sqrt(sides[0] * sides[1])
    return found if math.isfinite(found) and found > 0 else None


def _line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
