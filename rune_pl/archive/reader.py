"""Reading an archive."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process

from rune_pl.archive.check import CheckReport, check_archive
from rune_pl.archive.groups import GroupReader
from rune_pl.archive.images import ImageColumns, read_images
from rune_pl.archive.index import ArchiveIndex
from rune_pl.archive.manifest import Manifest, Part, read_manifest
from rune_pl.archive.parts import DetectionColumns, PartTable
from rune_pl.archive.records import ImageRecord
from rune_pl.archive.remote import archive_folder
from rune_pl.archive.scenes import Scenes
from rune_pl.archive.sizes import SizeQuantiles, SizeSamples, joined
from rune_pl.errors import ArchiveChangedError, UnknownImageError

IntArray = NDArray[np.int64]

_OPEN_ATTEMPTS = 5
_KEPT_ROWS = 1 << 23  # of detections that stay decoded, half a gigabyte


class Archive:
    """An archive as it was when it was opened; `Archive.open` makes one.

    Reading never blocks a writer, nor a writer a reader: what a writer appends is seen by those who open afterwards.
    After a replacement an open archive may go on for a while, and then fails with ArchiveChangedError.

    All reading methods raise ArchiveCorruptError, naming the file, where the archive is damaged.
    """

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest

    @classmethod
    def open(cls, path: str | Path) -> Archive:
        """The archive at `path`, a folder or a URL; reads the manifest and looks at the sizes of the other files.

        Raises:
            ArchiveNotFoundError: there is no archive.
            ArchiveVersionError: its schema is newer than this version reads.
            ArchiveCorruptError: the manifest is damaged, or a file is missing or truncated.
        """
        folder = archive_folder(path)
        for attempt in range(_OPEN_ATTEMPTS):
            archive = cls(folder, read_manifest(folder))
            try:
                for table in archive._tables:
                    if table is None:
                        continue
                    table.check_size()
                break
            except ArchiveChangedError:  # replaced between reading the manifest and looking for its files
                if attempt == _OPEN_ATTEMPTS - 1:
                    raise
        return archive

    def __len__(self) -> int:
        return self.manifest.images

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names; labels of scenes index them."""
        return self.manifest.classes

    @property
    def image_ids(self) -> tuple[str, ...]:
        """In archive order."""
        return self._images.ids

    def image(self, image_id: str) -> ImageRecord:
        """What is known about an image. Raises UnknownImageError."""
        return self._images.record(self._find(image_id))

    def part_of(self, image_id: str) -> Part:
        """The part that an image and its detections are in. Raises UnknownImageError."""
        return self.manifest.parts[int(self._images.part[self._find(image_id)])]

    def image_path(self, image_id: str) -> str | None:
        """The image file, None where unknown. Raises UnknownImageError."""
        path: str | None = self._images.table["path"][self._find(image_id)].as_py()
        return path

    def scenes(self, images: Sequence[str] | None = None, classes: Collection[str] | None = None) -> Scenes:
        """Images with their detections.

        Args:
            images: ids, in the order wanted; all in archive order by default.
            classes: leave out detections that are of none of these classes, nor of one with any probability in their
                class vector. A class that the archive does not have matches nothing. Images and the numbers of the
                detections that stay are not affected.

        Raises:
            UnknownImageError: an id that is not in the archive, with the nearest one that is.
        """
        index = np.arange(len(self)) if images is None else self._indices(images)
        return self._select(index, classes, GroupReader(self._detection_tables, self.classes))

    def iter_scenes(
        self, images: Sequence[str] | None = None, classes: Collection[str] | None = None, *, chunk_images: int = 256
    ) -> Iterator[Scenes]:
        """The same as `scenes`, in consecutive pieces of `chunk_images` images (the last may have fewer).

        Memory is bounded by a piece and the row groups of the files that it touches, each of which is decoded once when
        the images come in archive order.

        Raises:
            ValueError: `chunk_images` is below 1.
            UnknownImageError: as `scenes`.
        """
        if chunk_images < 1:
            raise ValueError(f"chunk_images is {chunk_images}, expected at least 1")
        index = np.arange(len(self)) if images is None else self._indices(images)
        return self._pieces(index, classes, chunk_images)

    def positions(self, images: Sequence[str]) -> IntArray:
        """Where these images are in archive order. Raises UnknownImageError."""
        return self._indices(images)

    def scenes_at(self, index: IntArray) -> Scenes:
        """The images at these positions in archive order, see `scenes`; what was read last stays in memory."""
        return self._select(index, None, self._recent)

    @cached_property
    def _recent(self) -> GroupReader:
        return GroupReader(self._detection_tables, self.classes, kept=_KEPT_ROWS)

    @cached_property
    def index(self) -> ArchiveIndex:
        """What is in which image, without reading it; a part without an index is unknown (see `compact`)."""
        parts = self.manifest.parts
        images = [part.images.rows for part in parts]
        return ArchiveIndex(self._index_tables, images, self.classes, self._pair_tables)

    @property
    def images(self) -> ImageColumns:
        """What is known about the images, as columns."""
        return self._images

    def class_size_quantiles(self, gsd: float | None = None) -> SizeQuantiles:
        """How large the boxes of each class are in this archive, in square metres and in square pixels.

        `gsd` is metres per pixel for images that do not know theirs. Where a part's index does not say it, all
        detections are read.
        """
        told = self.index.sizes
        if told is not None:
            return joined(told, self.classes, gsd)
        if gsd is None:
            return self._size_quantiles
        samples = SizeSamples(self.classes)
        for scenes in self.iter_scenes():
            samples.add_boxes(
                scenes.corners, scenes.label, np.where(np.isnan(scenes.gsd), gsd, scenes.gsd)[scenes.image_of]
            )
        return samples.quantiles()

    def check(self) -> CheckReport:
        """Verify every file and row; damage is reported, not raised."""
        return check_archive(self.path)

    @cached_property
    def _image_tables(self) -> tuple[PartTable, ...]:
        names = self.manifest.file_names
        return tuple(PartTable(self.path, part.images, names) for part in self.manifest.parts)

    @cached_property
    def _detection_tables(self) -> tuple[PartTable, ...]:
        names = self.manifest.file_names
        return tuple(PartTable(self.path, part.detections, names) for part in self.manifest.parts)

    @cached_property
    def _index_tables(self) -> tuple[PartTable | None, ...]:
        names = self.manifest.file_names
        return tuple(
            None if part.index is None else PartTable(self.path, part.index, names) for part in self.manifest.parts
        )

    @cached_property
    def _pair_tables(self) -> tuple[PartTable | None, ...]:
        names = self.manifest.file_names
        return tuple(
            None if part.pairs is None else PartTable(self.path, part.pairs, names) for part in self.manifest.parts
        )

    @property
    def _tables(self) -> tuple[PartTable | None, ...]:
        return (*self._image_tables, *self._detection_tables, *self._index_tables, *self._pair_tables)

    @cached_property
    def _images(self) -> ImageColumns:
        return read_images(self._image_tables, [part.detections.rows for part in self.manifest.parts])

    @cached_property
    def _size_quantiles(self) -> SizeQuantiles:
        samples = SizeSamples(self.classes)
        for scenes in self.iter_scenes():
            samples.add(scenes)
        return samples.quantiles()

    def _find(self, image_id: str) -> int:
        index = self._images.find(image_id)
        if index is None:
            nearest = process.extractOne(image_id, self.image_ids, score_cutoff=60)
            raise UnknownImageError(
                f"there is no image {image_id!r}",
                path=self.path,
                hint=f"did you mean {nearest[0]!r}?" if nearest else "rune-pl archive export PATH lists the images",
            )
        return index

    def _indices(self, images: Sequence[str]) -> IntArray:
        return np.array([self._find(image_id) for image_id in images], dtype=np.int64)

    def _pieces(self, index: IntArray, classes: Collection[str] | None, size: int) -> Iterator[Scenes]:
        groups = GroupReader(self._detection_tables, self.classes)
        for start in range(0, len(index), size):
            yield self._select(index[start : start + size], classes, groups)

    def _select(self, index: IntArray, classes: Collection[str] | None, groups: GroupReader) -> Scenes:
        images = self._images
        count = images.count[index]
        columns = groups.read(images.part[index], images.first[index], count)
        if classes is not None:
            columns, count = _only_classes(
                columns, count, [i for i, name in enumerate(self.classes) if name in classes]
            )
        return Scenes(
            classes=self.classes,
            images=images.ids_at(index),
            width=images.width[index],
            height=images.height[index],
            gsd=images.gsd[index],
            transform=images.transform[index],
            crs=images.crs_at(index),
            start=np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
            detection=columns.detection,
            label=columns.label,
            score=columns.score,
            probability=columns.probability,
            corners=columns.corners,
            class_probability=columns.vectors,
        )


def _only_classes(columns: DetectionColumns, count: IntArray, codes: list[int]) -> tuple[DetectionColumns, IntArray]:
    """The rows that can be of one of the classes, and how many of them each image has."""
    keep = np.isin(columns.label, codes)
    if columns.vectors is not None:
        keep |= (columns.vectors[:, codes] > 0).any(axis=1)
    image = np.repeat(np.arange(len(count)), count)
    vectors = columns.vectors
    kept = DetectionColumns(
        detection=columns.detection[keep],
        label=columns.label[keep],
        score=columns.score[keep],
        probability=columns.probability[keep],
        corners=columns.corners[keep],
        vectors=None if vectors is None else vectors[keep],
    )
    return kept, np.bincount(image[keep], minlength=len(count)).astype(np.int64)
