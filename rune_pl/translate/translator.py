"""The interface of every translator from English to rules, and what a translation is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Translation:
    """A query in English as a rule.

    `text` is the query as given, `rule` canonical Prolog whose goal is `retrieve/0`, `translator` the name of the back
    end, and `notes` one sentence for each choice that the back end made where the English has a second reading.
    """

    text: str
    rule: str
    translator: str
    notes: tuple[str, ...] = ()


class Translator(Protocol):
    """A back end: a name and one method."""

    @property
    def name(self) -> str:
        """The name that `Translation.translator` shows."""

    def translate(self, text: str) -> Translation:
        """The rule for `text`. Raises TranslationError or UnknownClassError for what it does not understand."""
