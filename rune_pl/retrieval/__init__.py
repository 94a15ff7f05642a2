"""Retrieval: from a question to a ranking of images."""

from __future__ import annotations

from rune_pl.retrieval.hits import Hit, Results, rank
from rune_pl.retrieval.image_archive import ImageArchive, Prepared, open_archive
from rune_pl.retrieval.planned import PlanReport

__all__ = ["Hit", "ImageArchive", "PlanReport", "Prepared", "Results", "open_archive", "rank"]
