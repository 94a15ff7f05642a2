"""Image files as windows of RGB pixels: what Pillow reads, and GeoTIFF through rasterio."""

from __future__ import annotations

import os
import stat
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from rune_pl.archive.formats.base import check_image_id
from rune_pl.detect.detector import Pixels
from rune_pl.detect.stretch import PADDING, Stretch
from rune_pl.errors import PictureError

MAX_PIXELS = 420_000_000  # of an image that is read whole: 20,000 x 20,000 in 1.2 GB
TIFF_SUFFIXES = frozenset({".tif", ".tiff", ".vrt", ".jp2"})
_GEO_KEYS = 34735  # TIFF tag GeoKeyDirectory
IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".gif", ".tif", ".tiff", ".jp2", ".vrt", ".ppm", ".pgm"}
)

Transform = tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class Place:
    """Where an image is on Earth; None is "unknown".

    Attributes:
        crs: authority string ("EPSG:32632").
        transform: affine (a, b, c, d, e, f) from pixel (x, y) to it.
        gsd: metres per pixel.
    """

    crs: str | None = None
    transform: Transform | None = None
    gsd: float | None = None


class Picture(Protocol):
    """An image file that is open.

    Attributes:
        width, height: pixels.
        place: where it is.
        note: what could not be read of it, None where all was.
    """

    width: int
    height: int
    place: Place
    note: str | None

    def window(self, x: int, y: int, width: int, height: int) -> tuple[Pixels, NDArray[np.bool_]]:
        """(height, width, 3) uint8 RGB of a window, and an (height, width) mask that is False where there is no data.

        Raises:
            PictureError: the file turns out to be damaged there.
        """
        ...


@contextmanager
def open_picture(path: Path) -> Iterator[Picture]:
    """Open an image file, whatever its name says it is.

    GeoTIFF, JPEG 2000 and the like are read window by window through rasterio, where it is installed; all else is
    read whole through Pillow, turned upright as its EXIF orientation says.

    Raises:
        PictureError: the file is missing, no image, damaged, or too large to be read whole.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise PictureError(f"cannot be read: {error.strerror or error}", path=path) from None
    if not stat.S_ISREG(status.st_mode):
        raise PictureError("not a file", path=path)
    if status.st_size == 0:
        raise PictureError("the file is empty", path=path)
    if path.suffix.lower() in TIFF_SUFFIXES and find_spec("rasterio") is not None:
        from rune_pl.detect.raster import open_raster

        with open_raster(path) as raster:
            yield raster
        return
    yield _Whole.read(path)


class _Whole:
    """An image in memory."""

    def __init__(self, pixels: Pixels, valid: NDArray[np.bool_] | None, note: str | None) -> None:
        self.height, self.width = pixels.shape[:2]
        self.place = Place()
        self.note = note
        self._pixels, self._valid = pixels, valid

    @classmethod
    def read(cls, path: Path) -> _Whole:
        """Raises PictureError where the file is no image, damaged, or too large."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", Image.DecompressionBombWarning)
                with Image.open(path) as image:
                    if image.width * image.height > MAX_PIXELS:
                        raise PictureError(
                            f"{image.width:,} x {image.height:,} pixels are too many to be read at once",
                            path=path,
                            hint="make it a GeoTIFF, which is read tile by tile (pip install 'rune-pl[geo]')",
                        )
                    image.load()
                    return cls._of(image, path)
        except (UnidentifiedImageError, ImportError):
            # ultralytics, where it is loaded, has Pillow import more readers for what it does not know.
            raise PictureError("no image, or of a format that Pillow does not know", path=path) from None
        except Image.DecompressionBombError:
            raise PictureError("it says that it has too many pixels to be read", path=path) from None
        except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, MemoryError) as error:
            # Pillow's readers raise all of these on damaged files.
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise PictureError(f"damaged: {reason[:200]}", path=path) from None

    @classmethod
    def _of(cls, image: Image.Image, path: Path) -> _Whole:
        note = None
        if path.suffix.lower() in TIFF_SUFFIXES and getattr(image, "tag_v2", {}).get(_GEO_KEYS):
            note = "its place on Earth is not read: pip install 'rune-pl[geo]'"
        upright = ImageOps.exif_transpose(image)
        if upright.mode in ("I", "F") or upright.mode.startswith("I;16"):
            values = np.asarray(upright, dtype=np.float64)[..., None]
            return cls(Stretch.of(values, np.isfinite(values[..., 0])).apply(values), None, note)
        valid = None
        if "A" in upright.getbands() or "transparency" in upright.info:
            clear = upright.convert("RGBA")
            valid = np.asarray(clear.getchannel("A")) > 0
            pixels = np.array(clear.convert("RGB"))
            pixels[~valid] = PADDING
        else:
            pixels = np.asarray(upright.convert("RGB"))
        return cls(pixels, valid, note)

    def window(self, x: int, y: int, width: int, height: int) -> tuple[Pixels, NDArray[np.bool_]]:
        """See `Picture.window`."""
        rows, columns = slice(y, y + height), slice(x, x + width)
        pixels = self._pixels[rows, columns]
        valid = np.ones(pixels.shape[:2], dtype=np.bool_) if self._valid is None else self._valid[rows, columns]
        return pixels, valid


def find_images(paths: list[Path]) -> list[tuple[str, Path]]:
    """Image ids and files, in order of the ids: files as given, and all images in folders and what is below them.

    An id is the path below the folder that was given, without its suffix; where two files would have the same id, both
    keep their suffix. A folder that was seen already, by way of a link, is not walked again.

    Raises:
        PictureError: a path does not exist, or there is no image in a folder.
    """
    found: dict[Path, str] = {}
    for path in paths:
        if path.is_dir():
            inside = {file: file.relative_to(path).as_posix() for file in _walk(path)}
            if not inside:
                raise PictureError("no images in this folder", path=path, hint=f"files ending in {_suffixes()}")
            found |= inside
        elif path.exists():
            found[path] = path.name
        else:
            raise PictureError("no such file or folder", path=path)
    stems = Counter(_stem(name) for name in found.values())
    named = sorted((_stem(name) if stems[_stem(name)] == 1 else name, file) for file, name in found.items())
    for name, file in named:
        try:
            check_image_id(name)
        except ValueError as error:
            raise PictureError(str(error), path=file, hint="rename it") from None
    for (first, _), (second, file) in pairwise(named):
        if first == second:
            raise PictureError(f"two images would be called {first!r}", path=file, hint="rename one of them")
    return named


def _walk(folder: Path) -> Iterator[Path]:
    seen: set[tuple[int, int]] = set()
    for root, folders, files in os.walk(folder, followlinks=True):
        status = os.stat(root)
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if Path(name).suffix.lower() in IMAGE_SUFFIXES and not name.startswith("."):
                yield Path(root) / name


def _stem(name: str) -> str:
    return name[: -len(Path(name).suffix)] if Path(name).suffix else name


def _suffixes() -> str:
    return ", ".join(sorted(IMAGE_SUFFIXES))
