"""Writes samples: images, truth as DOTA labels, simulated detections as DOTA results, and an archive of them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from rune_pl.archive import ArchiveWriter, Detections, ImageRecord, Provenance
from rune_pl.errors import UsageError
from rune_pl.resources import sample_path
from rune_pl.sample.detector import SimulatedDetections, simulate_detections
from rune_pl.sample.scene import FIELD_KINDS, KINDS, SampleScene, classes_of, generate_scene

ARCHIVE, IMAGES, TRUTH, DETECTIONS = "archive", "images", "truth", "detections"
QUALITY = 80  # of the JPEG files
TOOL, TOOL_VERSION = "simulated detector", "1"

Progress = Callable[[int, int], None]


def sample_archive_path() -> Path:
    """The archive of simulated detections that ships with the package."""
    return sample_path() / ARCHIVE


def copy_sample(directory: Path | str) -> Path:
    """Copy the bundled sample (images, truth, detections, archive) to a new directory and return its path.

    Raises:
        UsageError: the directory is there and not empty, or cannot be written.
    """
    with _Draft(directory) as draft:
        shutil.copytree(
            sample_path(), draft, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "*.py", "*.lock")
        )
    return Path(directory)


def scene_names(scenes: int, seed: int, kinds: Sequence[str] = KINDS) -> list[tuple[str, int, str]]:
    """Image id, seed and kind of each of a number of scenes; the kinds take turns."""
    chosen = [kinds[k % len(kinds)] for k in range(scenes)]
    return [(f"{kind}_{k + 1:03d}", seed * 100_000 + k, kind) for k, kind in enumerate(chosen)]


def write_sample(
    directory: Path | str,
    scenes: int = 40,
    seed: int = 0,
    *,
    size: int = 512,
    kinds: Sequence[str] = KINDS,
    archive: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Generate scenes and write them to a new directory; one is in memory at a time, and nothing stays if it fails.

    Writes images/ID.jpg, truth/ID.txt (DOTA labels with a `gsd:` line) and detections/Task1_CLASS.txt (DOTA results,
    from the simulated detector); with `archive` also archive/, which knows sizes, georeferences and class
    vectors as well. `progress` is called after each scene with the number done and the number in all.

    Raises:
        UsageError: a number out of range, an unknown kind, or a directory that is not empty or cannot be written.
    """
    if scenes < 1:
        raise UsageError(f"{scenes} scenes cannot be written", hint="give 1 or more")
    if not kinds:
        raise UsageError("no kind of scene is given", hint=f"choose from {', '.join((*KINDS, *FIELD_KINDS))}")
    with _Draft(directory) as draft:
        for name in (IMAGES, TRUTH, DETECTIONS):
            (draft / name).mkdir()
        with ExitStack() as stack:
            writer = stack.enter_context(_archive_writer(draft / ARCHIVE, scenes, seed, kinds)) if archive else None
            for done, (name, scene) in enumerate(_scenes(scenes, seed, size, kinds), start=1):
                scene.image.save(draft / IMAGES / f"{name}.jpg", quality=QUALITY, optimize=True)
                (draft / TRUTH / f"{name}.txt").write_text(truth_text(scene), encoding="utf-8", newline="\n")
                detections = simulate_detections(scene, seed)
                for class_name in sorted(set(detections.classes)):
                    results = draft / DETECTIONS / f"Task1_{dota_name(class_name)}.txt"
                    with results.open("a", encoding="utf-8", newline="\n") as file:
                        file.write(results_text(class_name, name, detections))
                if writer is not None:
                    writer.add(_image_record(name, scene), detections.to_archive())
                if progress is not None:
                    progress(done, scenes)
    return Path(directory)


def truth_text(scene: SampleScene) -> str:
    """The objects of a scene as a DOTA labelTxt file."""
    lines = ["imagesource:rune-pl sample", f"gsd:{scene.gsd:.6f}"]
    for name, corners, difficult in zip(scene.objects.classes, scene.objects.corners, scene.objects.difficult):
        numbers = " ".join(f"{value:.2f}" for point in corners for value in point)
        lines.append(f"{numbers} {dota_name(name)} {int(difficult)}")
    return "\n".join(lines) + "\n"


def results_text(class_name: str, image: str, detections: SimulatedDetections | Detections) -> str:
    """The detections of one class in one image as lines of a DOTA results file; class vectors do not fit into it."""
    lines = []
    for name, score, corners in zip(detections.classes, detections.score, detections.corners):
        if name == class_name:
            lines.append(f"{image} {score:.4f} " + " ".join(f"{value:.2f}" for point in corners for value in point))
    return "".join(line + "\n" for line in lines)


def dota_name(class_name: str) -> str:
    """A class as DOTA files write it."""
    return class_name.replace("_", "-")


def _scenes(count: int, seed: int, size: int, kinds: Sequence[str]) -> Iterator[tuple[str, SampleScene]]:
    for name, scene_seed, kind in scene_names(count, seed, kinds):
        yield name, generate_scene(scene_seed, kind, size)


def _archive_writer(path: Path, scenes: int, seed: int, kinds: Sequence[str]) -> ArchiveWriter:
    provenance = Provenance(
        tool=TOOL,
        version=TOOL_VERSION,
        command=f"rune_pl.sample.write_sample(scenes={scenes}, seed={seed}, archive=True)",
        parameters={"scenes": scenes, "seed": seed, "calibrated": False},
    )
    return ArchiveWriter(
        path, provenance=provenance, classes=list(dict.fromkeys(c for kind in kinds for c in classes_of(kind)))
    )


def _image_record(name: str, scene: SampleScene) -> ImageRecord:
    return ImageRecord(
        id=name,
        path=f"../{IMAGES}/{name}.jpg",
        width=scene.size,
        height=scene.size,
        gsd=scene.gsd,
        crs=scene.crs,
        transform=scene.transform,
        source="generated",
    )


class _Draft:
    """A new directory that appears under its name only when it is complete."""

    def __init__(self, directory: Path | str) -> None:
        self.target = Path(directory)

    def __enter__(self) -> Path:
        if self.target.exists() and (not self.target.is_dir() or any(self.target.iterdir())):
            raise UsageError(f"{self.target} is there already and not empty", hint="name a new directory")
        try:
            self.target.parent.mkdir(parents=True, exist_ok=True)
            self.draft = Path(tempfile.mkdtemp(prefix=f".{self.target.name}.", dir=self.target.parent))
            self.draft.chmod(0o755)
        except OSError as error:
            raise UsageError(
                f"{self.target} cannot be written: {error.strerror}", hint="name a place you may write to"
            ) from error
        return self.draft

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        try:
            if kind is None:
                os.replace(self.draft, self.target)
        except OSError as failure:
            raise UsageError(
                f"{self.target} cannot be written: {failure.strerror}", hint="name a new directory"
            ) from failure
        finally:
            shutil.rmtree(self.draft, ignore_errors=True)
        if isinstance(error, OSError):
            raise UsageError(f"{self.target} cannot be written: {error.strerror}", hint="is the disk full?") from error
