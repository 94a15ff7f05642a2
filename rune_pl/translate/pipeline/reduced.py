"""Controlled English for queries that are that but for slips of the pen and adjectives that no rule can say."""

from __future__ import annotations

from collections.abc import Sequence

from rune_pl.errors import TranslationError
from rune_pl.language.vocabulary import Vocabulary
from rune_pl.translate.pipeline.english import english, singular_forms, words_of
from rune_pl.translate.pipeline.plain import make_plain
from rune_pl.translate.pipeline.scope import tidy
from rune_pl.translate.pipeline.spelling import Speller
from rune_pl.translate.translator import Translation, Translator


class ReducedEnglish:
    """A `Translator` that hands on what is left of a query: "a red ship near a pond" without "red"; a note says so."""

    name = "controlled-english"

    def __init__(self, controlled: Translator, vocabulary: Vocabulary) -> None:
        self._controlled = controlled
        self._vocabulary = vocabulary
        self._speller = Speller(vocabulary)

    def translate(self, text: str) -> Translation:
        """The rule for `text`.

        Raises what `controlled` raises, and TranslationError where nothing is to be left out.
        """
        query, mended = self._speller.mend(tidy(text, self._vocabulary))
        plain = make_plain(query, self._vocabulary)
        if plain == text:
            raise TranslationError("nothing can be left out of the query")
        found = self._controlled.translate(plain)
        notes = [f"{written!r} was read as {read!r}" for written, read in mended]
        kept = words_of(plain)
        dropped = [word for word in dict.fromkeys(words_of(query)) if _tells(word, kept)]
        if dropped:
            words = ", ".join(repr(word) for word in dropped)
            notes.append(f"not part of the rule, as detections do not show it: {words}")
        return Translation(text, found.rule, found.translator, (*notes, *found.notes))


_ORDINALS = frozenset({"first", "second", "third", "fourth", "fifth", "sixth", "last"})


def _tells(word: str, kept: Sequence[str]) -> bool:
    """Whether a word that was left out said something."""
    if any(form in kept for form in singular_forms(word)) or word in kept:
        return False
    return word in _ORDINALS or word not in english().fillers
