"""Controlled English where it understands all of a query, a language model for the rest."""

from __future__ import annotations

from rune_pl.errors import LanguageError, TranslationError
from rune_pl.translate.translator import Translation, Translator


class AutoTranslator:
    """A `Translator` of two: the instant one is asked first, the other one for what it refuses.

    `name` is that of the one that translated last in `Translation.translator`.
    """

    name = "auto"

    def __init__(self, controlled: Translator, model: Translator) -> None:
        self._controlled = controlled
        self._model = model

    def translate(self, text: str) -> Translation:
        """The rule for `text`. Raises what the model's translator raises where neither understands it."""
        try:
            return self._controlled.translate(text)
        except (TranslationError, LanguageError):
            return self._model.translate(text)
