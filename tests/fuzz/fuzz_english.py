"""Mangled English for the translator: every query is translated to a rule that parses, or refused in one line."""

from __future__ import annotations

import random

from rune_pl.errors import TranslationError, UnknownClassError
from rune_pl.language import parse_program
from rune_pl.translate import ControlledEnglish

SEEDS = (
    "a ship near a harbor but no large vehicle",
    "harbours with at least five ships, none of them near a bridge",
    "find all images where every ship (A) near a harbor (B) is left of a bridge",
    "either a plane within 50 m of a storage tank, or two helicopters in the top left corner",
    "more ships than harbors and it is not touching another ship, please",
    "a plane between two trucks and near the largest ship that has no tennis courts",
    "which images have neither ships nor planes? the nearest ship to B",
    "a ship not overlapping both a bridge and an airport or farther than 2.5 km from any pool",
)
WORDS = sorted({word for seed in SEEDS for word in seed.split()}) + [
    "",
    "(A)",
    "A",
    ",",
    ";",
    "-",
    "'s",
    "0",
    "999999",
    "1e9",
    "²",
    "\N{ARABIC-INDIC DIGIT THREE}",
    "\N{LATIN SMALL LETTER DOTLESS I}",
    "\x00",
    "\n",
    "retrieve :- halt.",
    "$END",
    "NOUN",
    "__class__",
    "{0}",
    "%s",
]


def mangled(rng: random.Random) -> str:
    """A query with a few words or letters dropped, doubled, swapped or replaced."""
    words = " and ".join(rng.sample(SEEDS, rng.choice((1, 1, 2)))).split(" ")
    for _ in range(rng.choice((0, 1, 1, 2, 3, 6))):
        place = rng.randrange(len(words))
        action = rng.randrange(6)
        if action == 0:
            words.insert(place, rng.choice(WORDS))
        elif action == 1 and len(words) > 1:
            del words[place]
        elif action == 2:
            words[place] = rng.choice(WORDS)
        elif action == 3:
            other = rng.randrange(len(words))
            words[place], words[other] = words[other], words[place]
        elif action == 4:
            letter = rng.randint(0, len(words[place]))
            words[place] = (
                words[place][:letter]
                + chr(rng.choice((rng.randrange(128), rng.randrange(0x3000))))
                + words[place][letter:]
            )
        else:
            words = words[:place] + words[: rng.randint(0, 12)] + words[place:]
    return " ".join(words)


def fuzz_english(cases: int, seed: int) -> int:
    """Translates `cases` mangled queries and returns how many were understood.

    Raises whatever is not a refusal; AssertionError for a refusal of several lines or a rule that is not canonical.
    """
    rng = random.Random(seed)
    translator = ControlledEnglish()
    understood = 0
    for _ in range(cases):
        text = mangled(rng)
        try:
            rule = translator.translate(text).rule
        except (TranslationError, UnknownClassError) as error:
            refusal = str(error)
        else:
            assert str(parse_program(rule)) == rule, text
            understood += 1
            continue
        assert "\n" not in refusal, text
    return understood
