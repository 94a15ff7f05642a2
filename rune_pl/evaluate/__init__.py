"""Evaluation: does a question find the right images, and is its probability one?

Metrics, baselines, robustness to complex queries and uncertain images, and the report (docs/evaluation.md).
"""

from __future__ import annotations

from rune_pl.evaluate.evaluation import Evaluation, evaluate
from rune_pl.evaluate.queries import QuerySet, RetrievalQuery, read_queries

__all__ = ["Evaluation", "QuerySet", "RetrievalQuery", "evaluate", "read_queries"]
