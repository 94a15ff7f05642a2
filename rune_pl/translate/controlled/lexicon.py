"""Noun phrases of a vocabulary as the translator needs them: the class atom, and whether the words are a plural."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

from rune_pl.errors import UnknownClassError


class ClassNames(Protocol):
    """What the translator asks of a vocabulary."""

    def resolve(self, word: str) -> tuple[str, ...]:
        """The classes that a word or phrase means; raises UnknownClassError."""

    @property
    def groups(self) -> Mapping[str, tuple[str, ...]]:
        """Super-classes with their members."""


@dataclass(frozen=True)
class Noun:
    """A class or super-class as an atom of the rule language."""

    name: str
    plural: bool
    classes: tuple[str, ...]


class Lexicon:
    """Looks noun phrases up in a vocabulary, remembering the answers."""

    LONGEST_NOUN: ClassVar[int] = 6

    def __init__(self, vocabulary: ClassNames) -> None:
        self._vocabulary = vocabulary
        self._known: dict[str, Noun | None] = {}

    def __contains__(self, phrase: str) -> bool:
        return self.find(phrase) is not None

    def find(self, phrase: str) -> Noun | None:
        """The class for a phrase in lower case, singular or plural; None where the vocabulary does not know it."""
        if phrase not in self._known:
            self._known[phrase] = self._look_up(phrase)
        return self._known[phrase]

    def noun(self, phrase: str) -> Noun:
        """As `find`, for a phrase that is known to be one."""
        found = self.find(phrase)
        if found is None:
            raise UnknownClassError(f"unknown class {phrase!r}")
        return found

    def explain(self, phrase: str) -> str | None:
        """The vocabulary's own hint for a phrase that it does not know."""
        try:
            self._vocabulary.resolve(phrase)
        except UnknownClassError as error:
            return error.hint
        return None

    def _classes(self, phrase: str) -> tuple[str, ...]:
        try:
            return self._vocabulary.resolve(phrase)
        except UnknownClassError:
            return ()

    def _look_up(self, phrase: str) -> Noun | None:
        classes = self._classes(phrase)
        if not classes:
            return None
        singular = next((form for form in _singulars(phrase) if self._classes(form) == classes), None)
        if len(classes) == 1:
            return Noun(classes[0], singular is not None, classes)
        group = next((name for name, members in self._vocabulary.groups.items() if members == classes), None)
        return Noun(group or (singular or phrase).replace(" ", "_"), singular is not None, classes)


def _singulars(phrase: str) -> tuple[str, ...]:
    """What `phrase` may be the plural of."""
    forms = []
    if phrase.endswith("ies"):
        forms.append(phrase[:-3] + "y")
    if phrase.endswith("ves"):
        forms.append(phrase[:-3] + "f")
    if phrase.endswith("es"):
        forms.append(phrase[:-2])
    if phrase.endswith("s"):
        forms.append(phrase[:-1])
    if phrase.endswith("men"):
        forms.append(phrase[:-3] + "man")
    return tuple(forms)
