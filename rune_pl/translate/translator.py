"""The interface of every translator from English to rules, and what a translation is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Translation:
    """A query in English as a rule.

    `text` is the query as given, `rule` canonical Prolog whose goal is `retrieve/0`, `translator` the name of the back
    end, and `notes` one sentence for each choice that the back end made where the English has a second reading, and for
    each word that the rule cannot say. `trace` keeps the steps of a translation by a language model, ready for JSON; it
    is empty where there is nothing to keep.
    """

    text: str
    rule: str
    translator: str
    notes: tuple[str, ...] = ()
    trace: dict[str, Any] = field(default_factory=dict, compare=False)


class Translator(Protocol):
    """A back end: a name and one method."""

    @property
    def name(self) -> str:
        """The name that `Translation.translator` shows."""

    def translate(self, text: str) -> Translation:
        """The rule for `text`. Raises TranslationError or LanguageError for what it does not understand."""
