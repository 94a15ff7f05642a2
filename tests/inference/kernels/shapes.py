"""Circuits of the shapes that have sweeps of their own, small ones by chance and large ones that no table holds."""

from __future__ import annotations

from random import Random

from tests.inference.kernels.circuits import Draft, random_chances


def scattered(rng: Random, count: int) -> tuple[Draft, list[list[int]]]:
    """Detections anywhere, and their literals."""
    draft = Draft()
    made = [draft.detection(*random_chances(rng), at=(rng.uniform(0, 99), rng.uniform(0, 99))) for _ in range(count)]
    return draft, made


def random_pairs(rng: Random, most: int) -> tuple[Draft, list[int]]:
    """Some facts, some pairs, some facts with one of several others: inputs for a disjunction."""
    draft, made = scattered(rng, rng.randint(2, most))
    facts = [literal for literals in made for literal in literals]
    inputs = []
    for _ in range(rng.randint(1, 2 * most)):
        kind = rng.random()
        if kind < 0.1:
            inputs.append(rng.choice(facts))
            continue
        # Now and then both are of one detection, or even the same: such a pair is never there, or stands for the fact.
        center = rng.choice(facts)
        if kind < 0.6:
            inputs.append(draft.all(center, rng.choice(facts)))
        else:
            rays = rng.sample(facts, min(len(facts), rng.randint(2, 5)))
            inputs.append(draft.all(center, draft.any(*rays)) if len(rays) > 1 else draft.all(center, *rays))
    return draft, sorted(set(inputs))


def random_stars(rng: Random, most: int) -> tuple[Draft, list[int]]:
    """Centers with, or without, one or two rays; rays without a center; pairs; facts. Rays may be centers of others."""
    draft, made = scattered(rng, rng.randint(3, most))
    inputs = []
    for _ in range(rng.randint(2, 2 * most)):
        own = rng.randrange(len(made))
        center = rng.choice(made[own])
        others = [literal for d, literals in enumerate(made) if d != own for literal in literals]
        rays = rng.sample(others, rng.randint(1, min(len(others), 5)))
        asked = 1 if len(rays) < 3 else rng.choice([1, 2])
        kind = rng.choice(["alone", "pair", "group", "star", "star", "star"])
        if kind == "alone":
            inputs.append(center)
        elif kind == "pair" or len(rays) == 1:
            inputs.append(draft.all(center, rays[0] ^ rng.randint(0, 1)))
        else:
            group = draft.count(rays, asked) ^ rng.randint(0, 1)
            inputs.append(group if kind == "group" else draft.all(center, group))
    return draft, inputs


def grid(side: int, chance: float, reach: float = 1.0) -> tuple[Draft, list[tuple[int, list[int]]]]:
    """Detections on a square grid, each with those that follow it within reach; wide whatever the order."""
    draft = Draft()
    at = [(float(k % side), float(k // side)) for k in range(side * side)]
    # Chances that differ a little, so that nothing is alike by symmetry.
    facts = [draft.fact(chance * (0.8 + 0.4 * ((7 * k) % 11) / 10), at=place) for k, place in enumerate(at)]
    near = [
        (
            facts[k],
            [
                facts[j]
                for j in range(len(at))
                if j != k and (at[j][0] - at[k][0]) ** 2 + (at[j][1] - at[k][1]) ** 2 <= reach * reach + 1e-9
            ],
        )
        for k in range(len(at))
    ]
    return draft, near


def pairs_of(draft: Draft, near: list[tuple[int, list[int]]]) -> list[int]:
    """A gate for each pair of neighbours."""
    return [draft.all(a, b) for a, others in near for b in others if a < b]


def stars_of(draft: Draft, near: list[tuple[int, list[int]]], asked: int, wanted: bool) -> list[int]:
    """A gate for each object with, or without, so many neighbours."""
    return [draft.all(a, draft.count(others, asked) ^ (not wanted)) for a, others in near if len(others) > asked]
