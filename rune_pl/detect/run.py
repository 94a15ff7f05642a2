"""From image files to an archive of detections."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from rune_pl._version import __version__
from rune_pl.archive import ArchiveWriter, Detections, ImageRecord, Provenance, Scenes
from rune_pl.archive.formats.base import class_atom
from rune_pl.calibration import Calibration
from rune_pl.calibration.copying import detections_of
from rune_pl.detect.detector import Detector
from rune_pl.detect.journal import Journal
from rune_pl.detect.looking import Look, Settings, look_here
from rune_pl.detect.tiling import Found
from rune_pl.errors import PictureError, UsageError
from rune_pl.geometry import normalize_corners

FloatArray = NDArray[np.float64]
T = TypeVar("T")
Progress = Callable[[int, int], None]  # (images done, images in all)

OVERLAP_SHARE = 0.2  # of a tile, where no overlap is given
VECTOR_FLOOR = 0.01  # classes that are less probable are left out of a class vector
_DIGITS, _CORNER_DIGITS = 5, 2  # what differs beyond is the rounding of one processor or another
ALGORITHM = 1  # raised when the same weights find something else in the same image


@dataclass(frozen=True)
class DetectReport:
    """What a run did.

    Attributes:
        images, detections: how many the archive has of this run.
        resumed: how many of the images an interrupted run had done.
        problems: one for each image that was left out.
        notes: what else is to be said of single images.
    """

    images: int
    detections: int
    resumed: int
    problems: tuple[PictureError, ...]
    notes: tuple[str, ...]


def detect_archive(
    images: Sequence[tuple[str, Path]],
    output: Path,
    detector: Detector,
    settings: Settings,
    *,
    gsd: float | None = None,
    calibration: Calibration | None = None,
    resume: bool = False,
    keep_going: bool = False,
    mode: Literal["create", "append", "replace"] = "create",
    sources: Sequence[str] = (),
    weights: str = "",
    progress: Progress | None = None,
    look: Look | None = None,
) -> DetectReport:
    """Find the objects in images and write them as an archive: whole, or not at all.

    What is found in an image is kept beside the archive until all are done, so that `resume` goes on after a kill.

    Args:
        images: ids and files (`find_images`).
        gsd: metres per pixel of images that are not georeferenced.
        calibration: makes probabilities of the scores before they are written.
        keep_going: leave out images that cannot be read; otherwise the first of them ends the run.
        mode: of the `ArchiveWriter`.
        sources, weights: for the archive's record of where its data came from.
        look: who looks at the files, with the same weights and settings (`rune_pl.detect.cluster`); default: here.

    Raises:
        PictureError: an image cannot be read (without `keep_going`), or none of them can.
        UsageError: `resume` with other settings than before.
        ArchiveError: the archive cannot be written, or is there already.
    """
    names = class_names(detector)
    provenance = provenance_of(detector, settings, sources, weights, calibration)
    writer = ArchiveWriter(output, provenance=provenance, classes=names, mode=mode)
    journal = Journal(output, _identity(detector, settings))
    with writer:
        journal.open(resume=resume)
        todo = [number for number, (image, file) in enumerate(images) if journal.load(image, file) is None]
        resumed = len(images) - len(todo)
        notes: dict[int, str] = {}
        problems: dict[int, PictureError] = {}
        if progress is not None and resumed:
            progress(resumed, len(images))
        files = [images[number][1] for number in todo]
        answers = look_here(files, detector, settings) if look is None else look(files)
        with closing(answers):
            for count, (position, seen) in enumerate(answers, start=1):
                image, file = images[todo[position]]
                if seen.found is None:
                    hint = seen.hint or (None if keep_going else "leave such images out with --keep-going")
                    problems[todo[position]] = PictureError(seen.note or "cannot be read", path=file, hint=hint)
                    if not keep_going:
                        raise problems[todo[position]]
                else:
                    journal.store(image, file, seen.found, (seen.width, seen.height), seen.place)
                    if seen.note:
                        notes[todo[position]] = f"{file}: {seen.note}"
                if progress is not None:
                    progress(resumed + count, len(images))
        done = [image for number, image in enumerate(images) if number not in problems]
        if not done:
            raise PictureError("none of the images can be read", path=images[0][1] if images else output)
        total = 0
        for record, raw in _kept(journal, done, output, names, gsd):
            detections = raw if calibration is None else calibrated(raw, names, calibration)
            writer.add(record, detections)
            total += len(detections)
    journal.remove()
    return DetectReport(len(done), total, resumed, _in_order(problems), _in_order(notes))


def _in_order(found: Mapping[int, T]) -> tuple[T, ...]:
    return tuple(found[number] for number in sorted(found))


def class_names(detector: Detector) -> tuple[str, ...]:
    """The detector's classes as atoms of the rule language.

    Raises:
        UsageError: two of them become the same atom, or one none.
    """
    try:
        names = tuple(class_atom(name) for name in detector.classes)
    except ValueError as error:
        raise UsageError(f"the weights have a class that no rule can name: {error}") from None
    if len(set(names)) != len(names):
        double = next(name for name in names if names.count(name) > 1)
        raise UsageError(f"the weights have two classes called {double}")
    return names


def to_detections(found: Found, names: tuple[str, ...]) -> Detections:
    """As an archive keeps them: a class vector where more than one class is possible.

    Class scores of detectors are independent of each other; where they add up to more than 1 they are scaled to 1, and
    where to less, what is left over is the probability that nothing is there.
    """
    corners, whole = normalize_corners(np.round(found.corners, _CORNER_DIGITS))
    found, corners = found.take(np.flatnonzero(whole)), corners[whole]
    raw = np.round(found.probability, _DIGITS)
    label = raw.argmax(axis=1) if len(raw) else np.empty(0, np.int64)
    rows = np.arange(len(raw))
    score = raw[rows, label]
    vectors = np.where(raw >= VECTOR_FLOOR, raw, 0.0)
    vectors[rows, label] = score
    vectors /= np.maximum(vectors.sum(axis=1, keepdims=True), 1.0)
    probability = vectors[rows, label]
    vectors[(vectors > 0).sum(axis=1) < 2] = np.nan
    several = bool(len(vectors)) and not bool(np.isnan(vectors).all())
    return Detections(
        classes=[names[code] for code in label.tolist()],
        score=score.astype(np.float32),
        probability=probability,
        corners=corners.astype(np.float32),
        class_probability=vectors if several else None,
        class_names=names if several else None,
    )


def calibrated(found: Detections, names: tuple[str, ...], calibration: Calibration) -> Detections:
    """The detections of one image with probabilities in the place of scores."""
    code = {name: number for number, name in enumerate(names)}
    unknown = np.full(1, np.nan)
    scenes = Scenes(
        classes=names,
        images=("image",),
        width=unknown,
        height=unknown,
        gsd=unknown,
        transform=np.full((1, 6), np.nan),
        crs=(None,),
        start=np.array([0, len(found)], dtype=np.int64),
        detection=np.arange(1, len(found) + 1, dtype=np.int32),
        label=np.array([code[name] for name in found.classes], dtype=np.int16),
        score=found.score,
        probability=found.probability,
        corners=found.corners,
        class_probability=found.class_probability,
    )
    return detections_of(calibration.apply(scenes), 0)


def _kept(
    journal: Journal, done: Sequence[tuple[str, Path]], output: Path, names: tuple[str, ...], gsd: float | None
) -> Iterator[tuple[ImageRecord, Detections]]:
    for image, file in done:
        kept = journal.load(image, file)
        if kept is None:
            raise PictureError("the file was changed while it was looked at", path=file, hint="go on with --resume")
        found, (width, height), place = kept
        record = ImageRecord(
            id=image,
            path=Path(os.path.relpath(file, output)).as_posix(),
            width=width,
            height=height,
            gsd=place.gsd if place.gsd is not None else gsd,
            crs=place.crs,
            transform=place.transform,
        )
        yield record, to_detections(found, names)


def _identity(detector: Detector, settings: Settings) -> dict[str, str | int | float]:
    """All that decides what is found in an image."""
    return {
        "weights": detector.sha256,
        "runtime": detector.runtime,
        "size": detector.size,
        "algorithm": ALGORITHM,
        "tile": settings.tile,
        "overlap": settings.overlap,
        "conf": settings.confidence,
        "iou": settings.iou,
    }


def provenance_of(
    detector: Detector, settings: Settings, sources: Sequence[str], weights: str, calibration: Calibration | None
) -> Provenance:
    """The command is the one that an uninterrupted run would have been, so that the archive is the same."""
    options = ["--weights", weights, "--conf", f"{settings.confidence:g}", "--iou", f"{settings.iou:g}"]
    options += ["--tile", str(settings.tile), "--overlap", str(settings.overlap)]
    options += [] if calibration is None else ["--calibration", calibration.name]
    parameters = {key: value for key, value in _identity(detector, settings).items() if key != "weights"}
    stated = False if calibration is None else {"name": calibration.name, "sha256": calibration.digest}
    return Provenance(
        tool="detect",
        version=__version__,
        command=shlex.join(["rune-pl", "detect", *sources, *options]),
        parameters={**parameters, "calibrated": stated},
        weights_sha256=detector.sha256,
        sources=list(sources),
    )
