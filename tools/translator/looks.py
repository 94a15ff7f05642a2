"""Adjectives that the language cannot say. They are left out of rules: a gray building is a building."""

from __future__ import annotations

import random

from tools.translator.words import word_lists

_KINDS = ["colours", "other_colours", "materials", "shapes", "looks"]
_ROOFED = ["roofed", "topped", "colored", "painted"]


def inexpressible() -> frozenset[str]:
    """All of them, as single words."""
    lists = word_lists("looks")
    return frozenset(word for kind in _KINDS for word in lists[kind])


def draw_look(rng: random.Random) -> str:
    """An adjective, or two."""
    lists = word_lists("looks")
    colours, odd = lists["colours"], lists["shapes"] + lists["looks"]
    kind = rng.random()
    if kind < 0.36:
        return rng.choice(colours)
    if kind < 0.43:
        return f"{rng.choice(lists['shades'])} {rng.choice(colours)}"
    if kind < 0.47:
        return f"{rng.choice(colours)} and {rng.choice(colours)}"
    if kind < 0.5:
        return f"{rng.choice(colours)}-{rng.choice(_ROOFED)}"
    if kind < 0.6:
        return rng.choice(lists["other_colours"] + lists["materials"])
    if kind < 0.74:
        return rng.choice(lists["shapes"])
    if kind < 0.9:
        return rng.choice(lists["looks"])
    return (
        f"{rng.choice(odd)} {rng.choice(colours)}"
        if kind < 0.96
        else f"{rng.choice(odd)}, {rng.choice(lists['looks'])}"
    )
