"""Controlled English, the instant translator without a model: understands docs/controlled-english.md, refuses the rest."""

from rune_pl.translate.controlled.translator import ControlledEnglish

__all__ = ["ControlledEnglish"]
