"""English to rules: the `Translator` interface and its back ends."""

from rune_pl.translate.auto import AutoTranslator
from rune_pl.translate.controlled import ControlledEnglish
from rune_pl.translate.make import make_translator
from rune_pl.translate.translator import Translation, Translator

__all__ = ["AutoTranslator", "ControlledEnglish", "Translation", "Translator", "make_translator"]
