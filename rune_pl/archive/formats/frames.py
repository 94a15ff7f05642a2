"""Pixel frames for detections that come in map coordinates: north up, one pixel is a given number of metres."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pyproj
from numpy.typing import NDArray
from pyproj.exceptions import ProjError

FloatArray = NDArray[np.float64]

MAX_FRAME = 1_000_000  # pixels; float32 then still tells sixteenths of a pixel
MAX_EXTENT = 1_000_000.0  # metres; beyond, no plane frame keeps lengths
METRES_PER_DEGREE = 111_320.0  # along a meridian or the equator
MAX_SCALE_ERROR = 0.01  # of a projection, before lengths are taken in a local one

WGS84 = "OGC:CRS84"


@dataclass(frozen=True)
class Frame:
    """A north-up pixel frame: easting = a x + c, northing = e y + f with transform (a, 0, c, 0, e, f)."""

    crs: str
    transform: tuple[float, float, float, float, float, float]

    def pixels(self, points: FloatArray) -> FloatArray:
        """(n, 2) pixel coordinates of (n, 2) eastings and northings."""
        a, _, c, _, e, f = self.transform
        return (points - [c, f]) / [a, e]


class Projector:
    """Makes frames; keeps the coordinate reference systems and transformations that it has met."""

    def __init__(self) -> None:
        self._systems: dict[str, pyproj.CRS] = {}
        self._transformers: dict[tuple[str, str], pyproj.Transformer] = {}

    def system(self, name: str) -> pyproj.CRS:
        """The coordinate reference system of that name ("EPSG:32632", an OGC URN).

        Raises:
            ValueError: it is not known, or is neither projected nor geographic.
        """
        if name not in self._systems:
            try:
                system = pyproj.CRS.from_user_input(name)
            except ProjError:
                raise ValueError("the coordinate reference system is not known to PROJ") from None
            if not (system.is_projected or system.is_geographic):
                raise ValueError("the coordinate reference system is neither projected nor geographic")
            self._systems[name] = system
        return self._systems[name]

    def frame(self, name: str, points: FloatArray, gsd: float) -> tuple[Frame, FloatArray]:
        """The frame around points of one image, and the points in its pixels.

        The frame lies in the points' own system where that is projected and true to scale within 1 % at their centre;
        else in the UTM zone of their centre (WGS 84), and near the poles in the azimuthal equidistant projection there.

        Args:
            name: a system that `system` knows.
            points: (n, 2), n > 0, x (easting, longitude) first.
            gsd: metres per pixel.

        Raises:
            ValueError: the points lie outside the system, or too far apart for one frame.
        """
        system = self.system(name)
        center = (points.min(axis=0) + points.max(axis=0)) / 2
        longitude, latitude = self._transform(name, WGS84, center[None])[0]
        if not self._true_to_scale(system, longitude, latitude):
            target = local_projection(longitude, latitude)
            points = self._local(name, target, points)
        else:
            target = name
        system = self.system(target)
        unit = system.axis_info[0].unit_conversion_factor or 1.0
        low, high = points.min(axis=0), points.max(axis=0)
        extent = float((high - low).max())
        if extent * unit > MAX_EXTENT or extent * unit / gsd > MAX_FRAME:
            raise ValueError(_too_far(extent * unit))
        pixel = gsd / unit
        left, top = math.floor(low[0] / pixel) * pixel, math.ceil(high[1] / pixel) * pixel
        frame = Frame(system.to_string(), (pixel, 0.0, left, 0.0, -pixel, top))
        return frame, frame.pixels(points)

    def _local(self, name: str, target: str, points: FloatArray) -> FloatArray:
        """The points in a local projection, which wraps around and says nothing when they lie far from its centre."""
        degrees = self._transform(name, WGS84, points)
        low, high = degrees.min(axis=0), degrees.max(axis=0)
        nearest_to_equator = 0.0 if low[1] <= 0 <= high[1] else float(np.abs([low[1], high[1]]).min())
        wide = (high[0] - low[0]) * math.cos(math.radians(nearest_to_equator))
        extent = METRES_PER_DEGREE * max(wide, high[1] - low[1])
        if not extent <= MAX_EXTENT:
            raise ValueError(_too_far(extent))
        return self._transform(name, target, points)

    def _transform(self, source: str, target: str, points: FloatArray) -> FloatArray:
        key = (source, target)
        if key not in self._transformers:
            systems = self.system(source), self.system(target)
            self._transformers[key] = pyproj.Transformer.from_crs(*systems, always_xy=True)
        moved = np.column_stack(self._transformers[key].transform(points[:, 0], points[:, 1]))
        if not np.isfinite(moved).all():
            raise ValueError("the coordinates lie outside their coordinate reference system")
        return moved

    def _true_to_scale(self, system: pyproj.CRS, longitude: float, latitude: float) -> bool:
        if not system.is_projected:
            return False
        try:
            factors = pyproj.Proj(system).get_factors(longitude, latitude)
        except ProjError:
            return False
        scales = (factors.meridional_scale, factors.parallel_scale)
        return all(abs(scale - 1) <= MAX_SCALE_ERROR for scale in scales)


def _too_far(extent: float) -> str:
    return f"the features lie {extent / 1000:,.0f} km apart, too far for one pixel frame"


def local_projection(longitude: float, latitude: float) -> str:
    """A projection in metres that is true to scale around a place: UTM, azimuthal equidistant near the poles."""
    if not -80 <= latitude <= 84:
        return f"+proj=aeqd +lat_0={latitude:.4f} +lon_0={longitude:.4f} +datum=WGS84 +units=m +type=crs"
    zone = min(max(int((longitude + 180) // 6) + 1, 1), 60)
    return f"EPSG:{(32600 if latitude >= 0 else 32700) + zone}"
