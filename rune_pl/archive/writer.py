"""Writing an archive so that a reader, or the next writer after a crash, finds the old state or the new one."""

from __future__ import annotations

import errno
import os
import uuid
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Literal, TypeAlias

import pyarrow as pa

from rune_pl.archive.files import HashedFile, sync_folder
from rune_pl.archive.lock import LOCK_NAME, writer_lock
from rune_pl.archive.manifest import MANIFEST_NAME, PART_FILE, TEMPORARY_FILE, Manifest, Part, read_manifest
from rune_pl.archive.part_writer import PartWriter
from rune_pl.archive.reader import Archive
from rune_pl.archive.records import Detections, ImageRecord, Provenance, check_class_name
from rune_pl.archive.scenes import Scenes
from rune_pl.archive.schema import images_of_scenes
from rune_pl.errors import (
    ArchiveCorruptError,
    ArchiveError,
    ArchiveExistsError,
    ArchiveNotFoundError,
    ArchiveWriteError,
    DuplicateImageError,
)

Mode: TypeAlias = Literal["create", "append", "replace"]

MAX_CLASSES = 2**15 - 1  # labels are int16


class ArchiveWriter:
    """Adds images to an archive, all of them or none.

        with ArchiveWriter("scenes/", provenance=provenance) as writer:
            for image, detections in source:
                writer.add(image, detections)

    Leaving the block commits; an exception in it leaves the archive as it was. Memory stays bounded.

    Args:
        path: the archive folder.
        provenance: kept with the parts that this writer adds.
        classes: class names to put first, in this order; others follow in the order in which they appear.
        mode: "create" refuses a folder that has something in it, "append" adds to an archive, "replace" puts a new
            archive in the place of one, or makes one.

    Raises:
        ValueError: an unknown mode, or a class name that is no atom.
        ArchiveExistsError, ArchiveNotFoundError: on entering, when `mode` does not fit what is there.
        ArchiveLockedError: on entering, when someone else is writing.
        ArchiveCorruptError, ArchiveVersionError: on entering, when the archive to add to cannot be used.
        ArchiveWriteError: the disk is full, or the folder may not be written.
    """

    def __init__(
        self, path: str | Path, *, provenance: Provenance, classes: Sequence[str] = (), mode: Mode = "create"
    ) -> None:
        if mode not in ("create", "append", "replace"):
            raise ValueError(f"mode is {mode!r}, expected 'create', 'append' or 'replace'")
        self.path = Path(path)
        self.provenance = provenance
        self.mode = mode
        self._codes = {check_class_name(name): 0 for name in classes}
        self._kept: tuple[Part, ...] = ()
        self._ids: set[str] = set()
        self._part: PartWriter | None = None
        self._finished: list[tuple[PartWriter, Part]] = []
        self._exit: ExitStack | None = None
        self._made_folder = False
        self._failure: ArchiveWriteError | None = None

    def __enter__(self) -> ArchiveWriter:
        self._check_target()
        try:
            if not self.path.exists():
                self.path.mkdir(parents=True, exist_ok=True)
                self._made_folder = True
        except OSError as error:
            raise _write_error(self.path, error) from None
        with ExitStack() as stack:
            stack.enter_context(writer_lock(self.path))
            self._check_target()  # again: what was there may have changed before we got the lock
            self._load()
            self._exit = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._exit is not None
        with self._exit:
            self._exit = None
            if kind is not None:
                self._abort()
                return
            try:
                if self._failure is not None:
                    raise self._failure
                self._commit()
            except BaseException:
                self._abort()
                raise

    def add(self, image: ImageRecord, detections: Detections) -> None:
        """Add one image with its detections.

        Raises:
            DuplicateImageError: an image of this id is in the archive already; nothing was added.
            ArchiveWriteError: it cannot be written; leaving the block will fail with the same error.
            ValueError: the writer is not open.
        """
        if self._exit is None:
            raise ValueError("the writer is not open: use it in a with block")
        if self._failure is not None:
            raise self._failure
        if image.id in self._ids:
            raise DuplicateImageError(
                f"image {image.id!r} is in the archive already", path=self.path, hint="image ids must be unique"
            )
        self._learn(detections)
        try:
            if self._part is None:
                self._part = PartWriter(self.path)
            self._part.add(image, detections, self._codes)
            if self._part.full:
                self._finish_part()
        except (OSError, pa.ArrowException) as error:
            self._failure = _write_error(self.path, error)
            raise self._failure from None
        self._ids.add(image.id)

    def begin_part(self, provenance: Provenance) -> None:
        """What is added from here on goes into a part of its own, of this provenance.

        Raises:
            ArchiveWriteError: what was added before cannot be written.
        """
        try:
            self._finish_part()
        except (OSError, pa.ArrowException) as error:
            self._failure = _write_error(self.path, error)
            raise self._failure from None
        self.provenance = provenance

    def add_scenes(self, scenes: Scenes, *, images: pa.Table | None = None) -> None:
        """Add many images at once, with what scenes say of them; much faster than one by one.

        Args:
            scenes: images and detections; detections are numbered anew from 1.
            images: more about the images: the same rows as a table of the archive's `IMAGES` schema.

        Raises:
            DuplicateImageError, ArchiveWriteError, ValueError: as `add`; also ValueError where the classes of the
                archive do not begin with those of the scenes, in the same order.
        """
        if self._exit is None:
            raise ValueError("the writer is not open: use it in a with block")
        self._learn_names(scenes.classes)
        if tuple(self._codes)[: len(scenes.classes)] != scenes.classes:
            raise ValueError("the classes of the scenes are not the first classes of the archive")
        ids = set(scenes.images)
        if len(ids) < len(scenes.images) or not ids.isdisjoint(self._ids):
            twice = next(name for name in scenes.images if name in self._ids or scenes.images.count(name) > 1)
            raise DuplicateImageError(
                f"image {twice!r} is in the archive already", path=self.path, hint="image ids must be unique"
            )
        try:
            if self._part is None:
                self._part = PartWriter(self.path)
            self._part.add_scenes(images_of_scenes(scenes) if images is None else images, scenes)
            if self._part.full:
                self._finish_part()
        except (OSError, pa.ArrowException) as error:
            self._failure = _write_error(self.path, error)
            raise self._failure from None
        self._ids |= ids

    def _learn(self, detections: Detections) -> None:
        """Number the classes that were not seen before."""
        self._learn_names((*dict.fromkeys(detections.classes), *(detections.class_names or ())))

    def _learn_names(self, names: Iterable[str]) -> None:
        for name in names:
            if name not in self._codes:
                if len(self._codes) == MAX_CLASSES:
                    raise ArchiveWriteError(f"more than {MAX_CLASSES} classes", path=self.path)
                self._codes[name] = len(self._codes)

    def _check_target(self) -> None:
        """Refuse a path that `mode` does not fit, before anything is made there."""
        if self.mode == "append":
            read_manifest(self.path)
            return
        try:
            if not self.path.exists():
                return
            names = {entry.name for entry in self.path.iterdir()}
        except NotADirectoryError:
            raise ArchiveExistsError("a file is in the way", path=self.path, hint="an archive is a folder") from None
        except OSError as error:
            raise _write_error(self.path, error) from None
        if MANIFEST_NAME in names:
            if self.mode == "create":
                raise ArchiveExistsError(
                    "there is an archive already",
                    path=self.path,
                    hint="append to it, replace it, or choose another path",
                )
            try:
                read_manifest(self.path)
            except ArchiveCorruptError:
                if not any(PART_FILE.match(name) for name in names):
                    raise  # without one of our parts beside it, the file may be somebody else's manifest
            return
        if others := sorted(name for name in names if not _is_ours(name)):
            raise ArchiveExistsError(
                f"the folder has other files in it, such as {others[0]!r}", path=self.path, hint="choose a new folder"
            )

    def _load(self) -> None:
        """Remove what killed writers left, and take over the classes and image ids that an append adds to."""
        self._remove_unlisted()
        if self.mode == "append":
            archive = Archive.open(self.path)
            self._ids = set(archive.image_ids)
            self._kept = archive.manifest.parts
            self._codes = dict.fromkeys((*archive.classes, *self._codes), 0)
        self._codes = {name: code for code, name in enumerate(self._codes)}

    def _finish_part(self) -> None:
        if self._part is not None:
            self._finished.append((self._part, self._part.finish(self._codes, self.provenance)))
            self._part = None

    def _commit(self) -> None:
        """Bring the new state to the disk: parts first, the manifest last."""
        try:
            self._finish_part()
            added = tuple(part for _, part in self._finished)
            manifest = Manifest(classes=tuple(self._codes), parts=self._kept + added)
            for writer, part in self._finished:
                writer.place(part)
            temporary = self.path / f"manifest-{uuid.uuid4().hex}.tmp"
            with HashedFile(temporary) as file:
                file.write(manifest.dump())
                file.sync()
            sync_folder(self.path)
            if self._made_folder:
                sync_folder(self.path.parent)
            os.replace(temporary, self.path / MANIFEST_NAME)
        except (OSError, pa.ArrowException) as error:
            raise _write_error(self.path, error) from None
        self._made_folder = False
        try:
            sync_folder(self.path)
        except OSError as error:
            raise ArchiveWriteError(
                f"written, but perhaps not yet on the disk: {error.strerror or error}", path=self.path
            ) from None
        self._remove_unlisted()

    def _abort(self) -> None:
        """Remove everything that this writer made."""
        for part in (self._part, *(part for part, *_ in self._finished)):
            if part is not None:
                part.abandon()
        self._part, self._finished = None, []
        self._remove_unlisted()
        if self._made_folder:
            with suppress(OSError):  # somebody else may have put a file there
                if {entry.name for entry in self.path.iterdir()} <= {LOCK_NAME}:
                    (self.path / LOCK_NAME).unlink(missing_ok=True)
                    self.path.rmdir()

    def _remove_unlisted(self) -> None:
        """Remove temporary files, and parts that the manifest on the disk does not list; other people's files stay.

        What cannot be removed does no harm, and the next writer tries again. While the manifest is damaged parts stay.
        """
        try:
            listed: frozenset[str] | None = read_manifest(self.path).file_names
        except ArchiveNotFoundError:
            listed = frozenset()
        except ArchiveError:
            listed = None
        with suppress(OSError):
            for entry in list(self.path.iterdir()):
                unlisted = listed is not None and PART_FILE.match(entry.name) and entry.name not in listed
                if unlisted or TEMPORARY_FILE.match(entry.name):
                    with suppress(OSError):
                        os.unlink(entry)


def _is_ours(name: str) -> bool:
    return name == LOCK_NAME or bool(PART_FILE.match(name) or TEMPORARY_FILE.match(name))


def _write_error(path: Path, error: Exception) -> ArchiveWriteError:
    number = getattr(error, "errno", None)
    if number in (errno.ENOSPC, errno.EDQUOT):
        hint = "free some space and try again; the archive is as it was"
    elif number in (errno.EACCES, errno.EPERM, errno.EROFS):
        hint = "check the permissions of the folder; the archive is as it was"
    else:
        hint = "the archive is as it was"
    reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
    return ArchiveWriteError(f"cannot be written: {reason}", path=path, hint=hint)
