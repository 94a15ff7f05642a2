"""Slips of the pen, mended before a model reads the query: a small model turns an unknown word into any other."""

from __future__ import annotations

import re

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from rune_pl.language.vocabulary import Vocabulary
from rune_pl.translate.controlled.words import PHRASES
from rune_pl.translate.pipeline.english import common_words, english, singular_forms

_CLOSE_ENOUGH = 84.0  # per cent of letters in common
_SHORTEST = 4  # letters: among shorter words everything is near everything
_SHORTEST_SMALL = 5  # for words without a content of their own: "witin", "sevreal"
_SUPERLATIVES = ("largest", "biggest", "smallest", "tiniest", "longest", "nearest", "closest")
_WORD = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)?")


class Speller:
    """Knows the words of a vocabulary and of English's closed lists."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        nouns = [*vocabulary.spellings.values(), *vocabulary.labels.values(), *vocabulary.plurals.values()]
        parts = {part for noun in nouns for part in re.split(r"[_\s-]+", noun.lower()) if part}
        plurals = {f"{part}s" for part in parts if not part.endswith("s")}
        words = english()
        self._targets = [w for w in sorted(parts | plurals) if len(w) >= _SHORTEST]
        phrases = {word for phrase in PHRASES for word in phrase.split()}
        self._small = [w for w in sorted(words.fillers | phrases) if len(w) >= _SHORTEST_SMALL]
        self._known = parts | plurals | words.fillers | words.inexpressible | words.superlatives | words.states
        self._known |= common_words()
        self._vocabulary = vocabulary

    def mend(self, text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
        """The text with misspelt nouns corrected, and the pairs (as written, as read)."""
        changes: dict[str, str] = {}

        def corrected(match: re.Match[str]) -> str:
            word = match.group()
            better = self._better(word.lower())
            if better is not None:
                changes[word] = better
            return better or word

        return _WORD.sub(corrected, text), tuple(changes.items())

    def _better(self, word: str) -> str | None:
        if len(word) < _SHORTEST or self._is_known(word):
            return None
        superlative = mended_superlative(word)
        if superlative is not None:
            return superlative
        small = [w for w in self._small if w[0] == word[0] and OSA.distance(word, w, score_cutoff=1) <= 1]
        if small and (len(small) == 1 or len(set(map(_stem, small))) == 1):
            return small[0]
        best = process.extractOne(word, self._targets, scorer=_likeness, score_cutoff=_CLOSE_ENOUGH)
        # People rarely get the first letter wrong, and another first letter is mostly another word.
        return best[0] if best is not None and best[0][0] == word[0] and not _inflected(word, best[0]) else None

    def _is_known(self, word: str) -> bool:
        return any(form in self._known or self._vocabulary.knows(form) for form in singular_forms(word))


def mended_superlative(word: str) -> str | None:
    """The superlative of a rule that a word is a slip of the pen for: `smalllest`. None for all other words."""
    if word in common_words() or word in english().superlatives:
        return None
    best = process.extractOne(word, _SUPERLATIVES, scorer=_likeness, score_cutoff=_CLOSE_ENOUGH)
    return best[0] if best is not None and best[0][0] == word[0] else None


def _likeness(one: str, other: str, **_: object) -> float:
    """Per cent of letters in common; two neighbours exchanged (`raod`) are less than one wrong letter."""
    if len(one) == len(other) and sorted(one) == sorted(other) and OSA.distance(one, other) == 1:
        return 95.0
    return float(fuzz.ratio(one, other))


def _stem(word: str) -> str:
    return word.rstrip("s")


def _inflected(word: str, noun: str) -> bool:
    """True for a verb or adjective made from the noun (`bridged`, `housing`), which is no misspelling of it."""
    return any(word.endswith(ending) and word[:3] == noun[:3] for ending in ("ed", "ing", "ly", "y", "ish", "al", "er"))
