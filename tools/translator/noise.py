"""The last touch: capitals, full stops, articles left out and slips of the pen, never inside a noun."""

from __future__ import annotations

import random
import re

_NOUN = re.compile("\x01[^\x02]*\x02")
_ENDS = ["", "", "", "", "", ".", ".", " .", "?", " please"]


def slip(text: str, rng: random.Random) -> str:
    """One letter left out, doubled or swapped with the next, in a word that is no noun and no number word."""
    words = text.split(" ")
    marked = _inside_nouns(words)
    spots = [
        i for i, word in enumerate(words) if not marked[i] and len(word) > 4 and word.isalpha() and word not in _KEPT
    ]
    if not spots:
        return text
    spot = rng.choice(spots)
    word = words[spot]
    at = rng.randrange(1, len(word) - 2)
    kind = rng.random()
    if kind < 0.35:
        words[spot] = word[:at] + word[at + 1 :]
    elif kind < 0.7:
        words[spot] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    else:
        words[spot] = word[:at] + word[at] + word[at:]
    return " ".join(words)


_KEPT = {
    "three",
    "seven",
    "eight",
    "above",
    "below",
    "right",
    "north",
    "south",
    "small",
    "large",
    "fewer",
    "least",
    "every",
    "there",
}


def _inside_nouns(words: list[str]) -> list[bool]:
    inside, marked = False, []
    for word in words:
        marked.append(inside or "\x01" in word)
        inside = ("\x01" in word or inside) and "\x02" not in word
    return marked


def finish(text: str, rng: random.Random, *, noisy: float = 0.08) -> str:
    """The text as somebody may have typed it, without marks."""
    if rng.random() < noisy:
        text = slip(text, rng)
    if rng.random() < noisy / 2:
        text = re.sub(r"\b(a|an|the) (?=\x01)", "", text)
    if rng.random() < 0.02:
        text = _NOUN.sub(lambda match: match.group().replace(" ", "-"), text)
    text = re.sub("[\x01\x02]", "", text)
    text = re.sub(r"\s+", " ", text).replace(" ,", ",").strip()
    text = re.sub(r"\b(a|an) (\w)", lambda m: f"{m[1]} {m[2]}", text)
    if rng.random() < 0.55:
        text = re.sub(r"(^|[.?] )([a-z])", lambda match: match[1] + match[2].upper(), text)
    return text + rng.choice(_ENDS)
