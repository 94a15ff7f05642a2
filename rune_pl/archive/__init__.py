"""Archives: images and their detections as Parquet columns, with provenance and hashes. See docs/archive.md."""

from rune_pl.archive.check import CheckReport, Problem, check_archive
from rune_pl.archive.manifest import Manifest, Part, PartFile
from rune_pl.archive.reader import Archive
from rune_pl.archive.records import Detections, ImageRecord, Provenance
from rune_pl.archive.scenes import Scenes
from rune_pl.archive.sizes import SizeQuantiles
from rune_pl.archive.writer import ArchiveWriter

__all__ = [
    "Archive",
    "ArchiveWriter",
    "CheckReport",
    "Detections",
    "ImageRecord",
    "Manifest",
    "Part",
    "PartFile",
    "Problem",
    "Provenance",
    "Scenes",
    "SizeQuantiles",
    "check_archive",
]
