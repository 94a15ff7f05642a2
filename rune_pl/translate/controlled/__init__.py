"""Controlled English, the instant translator without a model: it refuses what docs/controlled-english.md lacks."""

from rune_pl.translate.controlled.translator import ControlledEnglish

__all__ = ["ControlledEnglish"]
