"""English to rules: the `Translator` interface and the back end for controlled English."""

from rune_pl.translate.controlled.translator import ControlledEnglish
from rune_pl.translate.translator import Translation, Translator

__all__ = ["ControlledEnglish", "Translation", "Translator"]
