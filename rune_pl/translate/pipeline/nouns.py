"""The nouns of a rule as a model wrote them, and the classes of the vocabulary that they mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz, process

from rune_pl.errors import UnknownClassError
from rune_pl.language.rewriting import rewrite
from rune_pl.language.terms import Call, Compare, Const, Count, Goal, More, Program
from rune_pl.language.vocabulary import Vocabulary
from rune_pl.translate.pipeline.english import english, singular_forms, words_of

LONGEST_NOUN = 5
_CLOSE_ENOUGH = 86.0  # per cent of letters in common, above which a noun is taken for a slip of the pen


@dataclass(frozen=True)
class Noun:
    """What became of one noun: the class that it means, and the words that were left out to find it."""

    written: str
    meaning: str
    ignored: tuple[str, ...] = ()
    guessed: bool = False

    @property
    def note(self) -> str | None:
        """What the user should know, None where the noun is plainly in the vocabulary."""
        if self.guessed:
            return f"{_spaced(self.written)!r} was taken for {_spaced(self.meaning)!r}"
        return None


def nouns_in(words: Sequence[str], vocabulary: Vocabulary) -> dict[str, tuple[str, ...]]:
    """The longest phrases of a text that the vocabulary knows, and the classes that they mean."""
    found: dict[str, tuple[str, ...]] = {}
    start = 0
    while start < len(words):
        for length in range(min(LONGEST_NOUN, len(words) - start), 0, -1):
            phrase = " ".join(words[start : start + length])
            if vocabulary.knows(phrase) and not (length == 1 and phrase in english().fillers):
                found[phrase] = vocabulary.resolve(phrase)
                start += length
                break
        else:
            start += 1
    return found


def resolve_nouns(program: Program, vocabulary: Vocabulary, text: str = "") -> tuple[Program, tuple[Noun, ...]]:
    """The program with classes in the place of nouns, and what was done to each noun.

    A noun that is only a part of one of the `text` (body for "bodies of water") is that one. Raises UnknownClassError
    for a noun that is no class, with the nearest ones as its hint.
    """
    nouns: dict[str, Noun] = {}

    def meaning(written: str) -> str:
        if written not in nouns:
            try:
                nouns[written] = resolve_noun(written, vocabulary)
            except UnknownClassError:
                whole = _whole(written, text, vocabulary)
                if whole is None:
                    raise
                nouns[written] = Noun(written, whole, guessed=True)
        return nouns[written].meaning

    clauses = tuple(
        replace(c, body=None if c.body is None else rewrite(c.body, _with_classes(meaning))) for c in program.clauses
    )
    return Program(clauses), tuple(nouns.values())


def resolve_noun(written: str, vocabulary: Vocabulary) -> Noun:
    """One noun: as it is, without the words before it that no class needs, or the word that it nearly is."""
    words = written.split("_")
    for start in range(len(words)):
        phrase, dropped = "_".join(words[start:]), tuple(words[:start])
        if vocabulary.knows(phrase):
            state = next((w for w in dropped if w in english().states), None)
            if state is not None:
                raise UnknownClassError(
                    f"unknown class {_spaced(written)!r}",
                    hint=f"no class says {state!r}; ask for {_spaced(phrase)!r}, or add it to an ontology file",
                )
            return Noun(written, _name(phrase, vocabulary), dropped)
    for end in range(len(words) - 1, 0, -1):
        # "A small street lines up with a square": the verb is no part of the noun.
        if not english().fillers.issuperset(words[end:]):
            break
        if vocabulary.knows("_".join(words[:end])):
            return Noun(written, _name("_".join(words[:end]), vocabulary))
    best = process.extractOne(
        "".join(words), vocabulary.spellings.keys(), scorer=fuzz.ratio, score_cutoff=_CLOSE_ENOUGH
    )
    if best is not None and len(best[0]) > 3:
        return Noun(written, _name(best[0], vocabulary), guessed=True)
    raise UnknownClassError(f"unknown class {_spaced(written)!r}", hint=vocabulary.suggestion(written))


def _whole(written: str, text: str, vocabulary: Vocabulary) -> str | None:
    """The class of the one phrase of a text that has all words of a noun and more."""
    parts = set(written.split("_"))
    found = {
        classes: phrase
        for phrase, classes in nouns_in(words_of(text.replace("-", " ")), vocabulary).items()
        if " " in phrase and parts <= {form for word in phrase.split() for form in singular_forms(word)}
    }
    return _name(next(iter(found.values())), vocabulary) if len(found) == 1 else None


def _name(word: str, vocabulary: Vocabulary) -> str:
    """The class or group that a known word means, by the name that rules use."""
    classes = vocabulary.resolve(word)
    if len(classes) == 1:
        return classes[0]
    group = next((name for name, members in vocabulary.groups.items() if members == classes), None)
    return group or word.replace(" ", "_")


def _with_classes(meaning: Callable[[str], str]) -> Callable[[Call | Compare | Count | More], Goal]:
    def leaf(goal: Call | Compare | Count | More) -> Goal:
        if isinstance(goal, Call) and goal.name in ("object", "largest", "smallest") and len(goal.args) == 2:
            name = goal.args[1]
            if isinstance(name, Const) and isinstance(name.value, str):
                return replace(goal, args=(goal.args[0], Const(meaning(name.value), name.location)))
        return goal

    return leaf


def _spaced(name: str) -> str:
    return name.replace("_", " ")
