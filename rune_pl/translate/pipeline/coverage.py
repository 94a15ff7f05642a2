"""Does a rule say what the text says? What each leaves over, found without the model that made the rule."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz

from rune_pl.language.terms import Call, Const, Count, Goal, More, Not, Program, Struct, Var, terms_of, walk
from rune_pl.language.vocabulary import Vocabulary
from rune_pl.translate.pipeline.english import english, singular_forms, words_of
from rune_pl.translate.pipeline.nouns import Noun, nouns_in

_TYPO = 78.0  # per cent of letters in common of a word and its misspelling
_NUMBER: Final = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")
_UNITS: Final = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS: Final = dict(twenty=20, thirty=30, forty=40, fifty=50, sixty=60, seventy=70, eighty=80, ninety=90)  # noqa: C408
_NUMBER_WORDS: Final = {
    **{unit: n for n, unit in enumerate(_UNITS)},
    **_TENS,
    **{f"{ten}-{unit}": value + n for ten, value in _TENS.items() for n, unit in enumerate(_UNITS[1:10], 1)},
}


@dataclass(frozen=True)
class Complaint:
    """Where text and rule do not go together. A rule with a `grave` one is not given out."""

    message: str
    grave: bool = False


@dataclass(frozen=True)
class Coverage:
    """What the text has and the rule has not, and the reverse.

    `ignored` are words that no rule can say or that are not known, in the order of the text; `complaints` speak against
    the rule; `share` is the part of the text's words that is understood.
    """

    ignored: tuple[str, ...]
    complaints: tuple[Complaint, ...]
    share: float


def compare(text: str, program: Program, nouns: Sequence[Noun], vocabulary: Vocabulary) -> Coverage:
    """Hold a rule, its classes resolved from `nouns`, against the text that it was made from."""
    words = words_of(text)
    said = {form for noun in nouns for part in noun.written.split("_") for form in singular_forms(part)}
    kept = {part for noun in nouns for part in noun.written.split("_") if part not in noun.ignored}
    named = nouns_in(words, vocabulary)
    goals = [g for c in program.clauses for g in walk(c.body)]
    complaints = [
        *_invented(words, nouns),
        *_missing(named, {n.meaning for n in nouns}, vocabulary),
        *_numbers(text, words, goals),
        *_negations(words, goals),
        *_relations(goals),
        *_cues(words, goals),
    ]
    at_noun = {word for phrase in named for word in phrase.split()}
    ignored, unknown = [], 0
    for word in words:
        understood = word in english().fillers or word.isdigit() or word in _NUMBER_WORDS or word in at_noun
        if understood or any(form in kept for form in singular_forms(word)) or any(_alike(word, part) for part in kept):
            continue
        unknown += word not in english().inexpressible and not any(form in said for form in singular_forms(word))
        ignored.append(word)
    return Coverage(tuple(dict.fromkeys(ignored)), tuple(complaints), 1 - unknown / max(1, len(words)))


def _alike(word: str, part: str) -> bool:
    return len(word) > 3 and fuzz.ratio(word, part) >= _TYPO


def _invented(words: Sequence[str], nouns: Sequence[Noun]) -> Iterator[Complaint]:
    parts = {part for word in words for part in (word, *word.split("-"))}
    forms = {form for part in parts for form in singular_forms(part)} | {
        "".join(words[i : i + 2]) for i in range(len(words))
    }
    for noun in nouns:
        last = noun.written.rsplit("_", 1)[-1]
        if last not in forms and not any(_alike(last, word) for word in words):
            yield Complaint(f"the query does not speak of {noun.written.replace('_', ' ')!r}", grave=True)


def _missing(named: dict[str, tuple[str, ...]], meanings: set[str], vocabulary: Vocabulary) -> Iterator[Complaint]:
    used = {c for meaning in meanings for c in (vocabulary.groups.get(meaning) or (meaning,))}
    for phrase, classes in named.items():
        if not used.intersection(classes) and phrase not in english().inexpressible:
            yield Complaint(f"the rule leaves out {phrase!r}")


def _numbers(text: str, words: Sequence[str], goals: Sequence[Goal]) -> Iterator[Complaint]:
    said = {float(number) for number in _NUMBER.findall(text) if len(number) < 7}
    said |= {_NUMBER_WORDS[w] for w in words if w in _NUMBER_WORDS}
    vague = {number for number, cues in english().vague.items() if not cues.isdisjoint(words)}
    counts = {g.number for g in goals if isinstance(g, Count)}
    written = counts | {value for g in goals for value in _constants(g)}
    for counted in counts - {0, 1}:
        if said.isdisjoint({counted, counted + 1, counted - 1}) and counted not in vague:
            yield Complaint(f"the rule counts to {counted}, and the query has no such number")
    for number in said - {0, 1, 2}:
        if written.isdisjoint({number, number + 1, number - 1, number * 1000}):
            yield Complaint(f"the rule leaves out the number {number:g}")
    if 2 in said and written.isdisjoint({1, 2, 3, 2000}) and not _has_pair(goals):
        yield Complaint("the rule leaves out the number 2")


def _has_pair(goals: Sequence[Goal]) -> bool:
    """Whether two objects of one class are in it, or two of any: "two ships near each other", "between two"."""
    classes = [g.args[1] for g in goals if isinstance(g, Call) and g.name == "object"]
    return len(set(classes)) < len(classes) or any(isinstance(g, Call) and g.name == "between" for g in goals)


def _constants(goal: Goal) -> Iterator[float]:
    for term in terms_of(goal):
        for inner in (term, *(term.args if isinstance(term, Struct) else ())):
            if isinstance(inner, Const) and isinstance(inner.value, int | float):
                yield inner.value


def _negations(words: Sequence[str], goals: Sequence[Goal]) -> Iterator[Complaint]:
    negated = any(isinstance(g, Not) or (isinstance(g, Count) and g.kind != "at_least") for g in goals)
    if negated and english().negations.isdisjoint(words):
        yield Complaint("the rule denies something, and the query does not")
    softened = any(isinstance(g, More | Count) or (isinstance(g, Call) and g.name == "forall") for g in goals)
    if not negated and not softened and not english().plain_negations.isdisjoint(words):
        yield Complaint("the query denies something, and the rule does not")


def _cues(words: Sequence[str], goals: Sequence[Goal]) -> Iterator[Complaint]:
    """Words that only one predicate says, and a rule without it."""
    called = {g.name for g in goals if isinstance(g, Call)}
    for cue, predicates in english().cues.items():
        if cue in words and called.isdisjoint(predicates.split()):
            yield Complaint(f"the rule does not say {cue!r}")


def _relations(goals: Sequence[Goal]) -> Iterator[Complaint]:
    classed = {g.args[0] for g in goals if isinstance(g, Call) and g.name == "object"}
    for goal in goals:
        if not isinstance(goal, Call) or goal.name == "object":
            continue
        objects = [a for a in goal.args if isinstance(a, Var)]
        if len(set(objects)) < len(objects):
            yield Complaint(f"{goal} relates an object to itself", grave=True)
        if any(a not in classed for a in objects):
            yield Complaint(f"{goal} is about an object of no class", grave=True)
