"""Retrieval: from a question to a ranking of images."""

from __future__ import annotations

from rune_pl.retrieval.hits import Hit, Results, rank
from rune_pl.retrieval.image_archive import ImageArchive, Prepared, open_archive

__all__ = ["Hit", "ImageArchive", "Prepared", "Results", "open_archive", "rank"]
