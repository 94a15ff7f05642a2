"""Counts, distances, lengths and areas in words."""

from __future__ import annotations

import random

from tools.translator.meaning import Count
from tools.translator.words import word_lists


def number_words(number: int, rng: random.Random) -> str:
    """A number in digits or words."""
    if number == 12 and rng.random() < 0.3:
        return "a dozen"
    return word_lists("phrases")["numbers"][number] if number <= 20 and rng.random() < 0.65 else str(number)


def measure_words(name: str, measure: str, rng: random.Random) -> str:
    """`within 100 pixels of`, `longer than 2 km`."""
    lists = word_lists("phrases")
    template = rng.choice(lists[f"measured.{name}"])
    if name == "confident":
        return template.format(measure)
    pixels = measure.startswith("px(")
    number = float(measure[3:-1] if pixels else measure)
    units = "pixels" if pixels else "metres"
    if name == "area_above":
        units = f"square_{units}"
    elif not pixels and number >= 500 and number % 500 == 0 and rng.random() < 0.8:
        units, number = "kilometres", number / 1000
    blank = "" if rng.random() < 0.15 else " "
    return template.format(f"{number:.6g}{blank}{rng.choice(lists[f'units_{units}'])}")


def count_words(count: Count, rng: random.Random) -> tuple[str, str, bool]:
    """What stands before the noun, what after it, and whether the noun is plural."""
    number, kind = count.number, count.kind
    words = number_words(number, rng)
    if kind == "exactly" and number == 1:
        one = ["exactly one", "only one", "just one", "a single", "exactly 1", "one single", "a lone", "a single"]
        return rng.choice(one), "", False
    if kind == "exactly":
        return f"{rng.choice(['exactly', 'exactly', 'only', 'just', 'precisely'])} {words}", "", True
    if kind == "at_most":
        return _at_most(words, number_words(number + 1, rng), rng), "", True
    if f"vague.{number}" in word_lists("phrases") and rng.random() < 0.6:
        return rng.choice(word_lists("phrases")[f"vague.{number}"]), "", True
    if rng.random() < 0.45:
        return words, "", True
    return *_at_least(words, number, rng), True


def _at_most(words: str, more: str, rng: random.Random) -> str:
    before = ["at most", "at most", "no more than", "up to", "not more than", "a maximum of", "as many as"]
    return f"{rng.choice(before)} {words}" if rng.random() < 0.65 else (
        f"{rng.choice(['fewer than', 'fewer than', 'less than', 'under'])} {more}"
    )  # fmt: skip


def _at_least(words: str, number: int, rng: random.Random) -> tuple[str, str]:
    kind = rng.random()
    if number > 2 and kind < 0.25:
        return f"{rng.choice(['more than', 'more than', 'over'])} {number_words(number - 1, rng)}", ""
    if kind < 0.7:
        return f"{rng.choice(['at least', 'at least', 'at least', 'no fewer than', 'a minimum of'])} {words}", ""
    if kind < 0.85:
        return f"{words} or more", ""
    return (f"{number}+", "") if kind < 0.95 else (words, "or more")
