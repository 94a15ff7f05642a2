"""Random numbers that are the same on every machine and in every version.

Layouts must be equal everywhere, so they are drawn from `random.Random.random` alone, whose sequence Python guarantees;
numpy's generators, whose streams may change, are only used for pixels.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """A seeded source of random choices. Two dice with the same key throw the same."""

    def __init__(self, key: str) -> None:
        self.key = key
        self._random = random.Random(key).random

    def child(self, name: str) -> Dice:
        """Independent dice, the same for the same name however much was thrown here before."""
        return Dice(f"{self.key}/{name}")

    def uniform(self, low: float, high: float) -> float:
        """A number from low to high."""
        return low + (high - low) * self._random()

    def integer(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return min(high, low + int((high - low + 1) * self._random()))

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self._random() < probability

    def choice(self, items: Sequence[T]) -> T:
        """One of the items, all equally likely."""
        return items[self.integer(0, len(items) - 1)]

    def weighted(self, items: Sequence[T], weights: Sequence[float]) -> T:
        """One of the items, as likely as its weight."""
        mark = self._random() * sum(weights)
        for item, weight in zip(items, weights):
            mark -= weight
            if mark < 0:
                return item
        return items[-1]

    def normal(self, mean: float = 0.0, deviation: float = 1.0) -> float:
        """A nearly normal number (sum of twelve uniforms: no logarithm, whose last bit differs between machines)."""
        return mean + deviation * (sum(self._random() for _ in range(12)) - 6.0)

    def sample(self, items: Sequence[T], count: int) -> list[T]:
        """`count` different items in random order, all of them where there are fewer."""
        pool = list(items)
        chosen: list[T] = []
        while pool and len(chosen) < count:
            chosen.append(pool.pop(self.integer(0, len(pool) - 1)))
        return chosen
