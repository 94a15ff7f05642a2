"""Sizes of images from their headers, for formats that do not tell them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from rune_pl.archive.formats.base import ImportOptions, Origin, Problems, check_folder, check_image_id
from rune_pl.archive.records import ImageRecord
from rune_pl.errors import FormatError

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".jp2", ".gif"})

_ORIENTATION = 0x0112  # EXIF tag
_TURNED = {5, 6, 7, 8}  # orientations by a quarter turn


@contextmanager
def _headers_of_any_size() -> Iterator[None]:
    """Lift Pillow's limit on the number of pixels: satellite scenes exceed it, and no pixel is decoded here."""
    limit = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def image_size(path: Path) -> tuple[int, int]:
    """Width and height in pixels, as the image is shown (JPEG orientation tags are obeyed), from the header alone.

    Raises:
        FormatError: the file is no image, or is damaged.
    """
    try:
        with _headers_of_any_size(), Image.open(path) as image:
            width, height = image.size
            turned = image.format in ("JPEG", "MPO") and image.getexif().get(_ORIENTATION) in _TURNED
    except UnidentifiedImageError as error:
        raise Origin(path).error("the file is not an image that Pillow can read") from error
    except Exception as error:  # Pillow's plugins let nearly anything out on a damaged file
        raise Origin(path).error(f"the image header cannot be read: {str(error) or type(error).__name__}") from error
    return (height, width) if turned else (width, height)


class ImageSizes:
    """What `--images` and `--size` say about images, by id."""

    def __init__(self, options: ImportOptions, problems: Problems, folder: Path | None = None) -> None:
        """Lists the image folder: `options.images`, else `folder`, else none.

        Two images whose names differ in the suffix only are reported, and the first by name counts.

        Raises:
            UsageError: the folder does not exist.
        """
        self._size = options.size
        self._gsd = options.gsd
        self._problems = problems
        self._paths: dict[str, Path] = {}
        folder = options.images or folder
        if folder is None:
            return
        check_folder(folder, holds="images")
        for name in sorted(os.listdir(folder)):
            path = folder / name
            if path.suffix.lower() not in IMAGE_SUFFIXES or name.startswith("."):
                continue
            try:
                first = self._paths.setdefault(check_image_id(path.stem), path)
            except ValueError as error:
                problems.report(Origin(path).error(str(error)))
                continue
            if first is not path:
                problems.report(Origin(path).error(f"the image {path.stem} is here twice, see {first.name}"))

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all images in the folder."""
        return frozenset(self._paths)

    def complete(self, image: ImageRecord) -> ImageRecord:
        """The record with path, size and ground sampling distance filled in where it does not know them.

        An image whose header cannot be read is reported; its size stays what `--size` says.
        """
        path = self._paths.get(image.id) or self._paths.get(image.id.rpartition("/")[2])
        size = None if image.width is None or image.height is None else (image.width, image.height)
        if size is None and path is not None:
            try:
                size = image_size(path)
            except FormatError as error:
                self._problems.report(error)
        width, height = size or self._size or (None, None)
        if (
            image.path is None and path is not None and path.as_posix().isprintable()
        ):  # else the name is no Unicode text
            image = replace(image, path=path.as_posix())
        return replace(
            image,
            width=width,
            height=height,
            gsd=self._gsd if image.gsd is None else image.gsd,
        )
