"""Explaining answers: proof trees, what the answer hangs on, and documents that someone else can verify."""

from __future__ import annotations

from rune_pl.explain.document import Proof, Question
from rune_pl.explain.explain import explain, prove
from rune_pl.explain.verify import Verification, verify

__all__ = ["Proof", "Question", "Verification", "explain", "prove", "verify"]
