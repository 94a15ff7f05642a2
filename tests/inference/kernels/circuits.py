"""Circuits written by hand or by chance, what the kernels say of them, and what enumeration does."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

import numpy as np

from rune_pl.inference.kernels.circuit import NO_LIMIT, Gates
from rune_pl.inference.kernels.solve import ATTEMPTS, Columns, solve_roots

EXACT = 1e-9
_GATE = 1 << 20  # literals of gates count from here until the facts are all there


class Found(NamedTuple):
    """What the kernels know of one root."""

    log_true: float
    log_false: float
    left: float
    states: int
    largest: int

    @property
    def lower(self) -> float:
        return math.exp(self.log_true)

    @property
    def upper(self) -> float:
        return 1.0 - math.exp(self.log_false)


@dataclass
class Draft:
    """Detections with their facts, and gates over them. Literals are even, one more where they are negated."""

    chances: list[list[float]] = field(default_factory=list)
    places: list[tuple[float, float]] = field(default_factory=list)
    inputs: list[list[tuple[int, int]]] = field(default_factory=list)
    bounds: list[tuple[int, int, bool]] = field(default_factory=list)

    def detection(self, *chances: float, at: tuple[float, float] = (0.0, 0.0)) -> list[int]:
        """A detection with a fact for each chance; gives their literals."""
        first = sum(map(len, self.chances))
        self.chances.append(list(chances))
        self.places.append(at)
        return [2 * (first + k) for k in range(len(chances))]

    def fact(self, chance: float, at: tuple[float, float] = (0.0, 0.0)) -> int:
        """A detection with a single fact."""
        return self.detection(chance, at=at)[0]

    def count(
        self, inputs: Iterable[int | tuple[int, int]], low: int, high: int = NO_LIMIT, *, local: bool = True
    ) -> int:
        """A gate: the number of inputs that hold, some with a weight, lies in [low, high]."""
        self.inputs.append([i if isinstance(i, tuple) else (i, 1) for i in inputs])
        self.bounds.append((low, high, local))
        return 2 * (_GATE + len(self.bounds) - 1)

    def any(self, *inputs: int, local: bool = True) -> int:
        return self.count(inputs, 1, local=local)

    def all(self, *inputs: int, local: bool = True) -> int:
        return self.count([i ^ 1 for i in inputs], 0, 0, local=local)

    # --- in the form that kernels take

    @property
    def facts(self) -> int:
        return sum(map(len, self.chances))

    def literal(self, literal: int) -> int:
        return literal if literal < 2 * _GATE else literal - 2 * _GATE + 2 * self.facts

    def gates(self) -> Gates:
        flat = [(self.literal(literal), weight) for inputs in self.inputs for literal, weight in inputs]
        return Gates(
            np.cumsum([0, *map(len, self.inputs)]).astype(np.int64),
            np.array([literal for literal, _ in flat], dtype=np.int64),
            np.array([weight for _, weight in flat], dtype=np.int8),
            np.array([low for low, _, _ in self.bounds], dtype=np.int32),
            np.array([high for _, high, _ in self.bounds], dtype=np.int32),
            np.array([local for _, _, local in self.bounds], dtype=np.bool_),
        )

    def solve(
        self,
        roots: int | Sequence[int],
        *,
        attempts: tuple[int, int] = (0, ATTEMPTS),
        tolerance: float = EXACT / 2,
        memory: int = 1 << 30,
        stop: bool = False,
    ) -> list[Found]:
        """What the kernels find for these gates."""
        wanted = np.array([roots] if isinstance(roots, int) else roots, dtype=np.int64)
        m = len(wanted)
        columns = Columns(
            np.full(m, -np.inf),
            np.full(m, -np.inf),
            np.ones(m),
            np.zeros(m, dtype=np.int64),
            np.zeros(m, dtype=np.int64),
            np.zeros(m, dtype=np.int64),
            np.zeros(m, dtype=np.bool_),
        )
        solve_roots(
            wanted // 2 - _GATE,
            self.gates(),
            np.repeat(np.arange(len(self.chances)), [len(c) for c in self.chances]),
            np.array([p for chances in self.chances for p in chances]),
            np.array(self.places, dtype=np.float64).reshape(-1, 2),
            attempts,
            tolerance,
            memory,
            np.array([stop], dtype=np.int8),
            columns,
            np.arange(m),
        )
        names = ("log_true", "log_false", "left", "states", "largest")
        return [Found(*(getattr(columns, name)[k].item() for name in names)) for k in range(m)]

    def enumerate(self, roots: int | Sequence[int]) -> list[tuple[float, float]]:
        """The probabilities that each gate holds and that it does not, from all worlds."""
        holds: list[np.ndarray] = []
        weight = np.ones(1)
        for chances in self.chances:
            options = [max(0.0, 1.0 - sum(chances)), *chances]
            worlds, n = len(weight), len(options)
            holds = [np.tile(h, n) for h in holds]
            holds += [np.repeat(np.arange(n) == k + 1, worlds) for k in range(len(chances))]
            weight = np.concatenate([weight * p for p in options])
        for inputs, (low, high, _) in zip(self.inputs, self.bounds, strict=True):
            total = np.zeros(len(weight), dtype=np.int64)
            for literal, w in inputs:
                at = self.literal(literal)
                total += w * (holds[at >> 1] != bool(at & 1))
            holds.append((low <= total) & (total <= high))
        wanted = [roots] if isinstance(roots, int) else roots
        found = [holds[self.literal(root) >> 1] for root in wanted]
        return [(math.fsum(weight[h]), math.fsum(weight[~h])) for h in found]


def disguised(draft: Draft, inputs: Sequence[int], low: int) -> int:
    """At least `low` of the inputs, with one more that never holds and looks like nothing with a sweep of its own."""
    both = draft.all(0, 2)
    odd = draft.count([both, (0, -1)], 1)  # more than one of them, where the other one is there too
    return draft.count([*inputs, odd], low, local=False)


def agree(found: Found, yes: float, no: float) -> None:
    """A finished sweep has both sides to full precision, whichever is small."""
    assert found.left <= EXACT
    for log, p in ((found.log_true, yes), (found.log_false, no)):
        if p == 0.0 or log == -math.inf:
            assert math.exp(log) + p <= EXACT
        elif found.left == 0.0:
            assert log == math.log(p) or abs(log - math.log(p)) <= 1e-9 * max(1.0, abs(log))
        else:
            assert abs(math.exp(log) - p) <= EXACT


def within(found: Found, exact: Found) -> None:
    """An interval that holds the exact answer, itself known up to what is left."""
    assert found.lower <= math.exp(exact.log_true) + exact.left + 1e-12
    assert found.upper >= math.exp(exact.log_true) - 1e-12
    assert found.lower + found.left >= math.exp(exact.log_true) - 1e-12
    assert 0.0 <= found.left <= 1.0 + 1e-12


# --- circuits by chance


def random_chances(rng: Random) -> list[float]:
    """The chances of one detection: one fact mostly, certain at times, several that exclude each other at others."""
    kind = rng.random()
    if kind < 0.6:
        return [round(rng.uniform(0.02, 0.98), 3)]
    if kind < 0.7:
        return [1.0]
    parts = [rng.randint(1, 4) for _ in range(rng.randint(2, 3))]
    whole = sum(parts) + rng.choice([0, 0, 1, 3])
    return [p / whole for p in parts]


def random_draft(rng: Random, most: int) -> tuple[Draft, list[int]]:
    """A circuit of up to `most` detections and its gates; the later ones reach most of it."""
    draft = Draft()
    nodes = [
        literal
        for _ in range(rng.randint(1, most))
        for literal in draft.detection(*random_chances(rng), at=(rng.uniform(0, 99), rng.uniform(0, 99)))
    ]
    gates: list[int] = []
    for _ in range(rng.randint(1, 12)):
        new = [n for n in gates[-3:] if rng.random() < 0.7]
        inputs = sorted({*rng.sample(nodes, min(len(nodes), rng.randint(1, 6))), *new})
        literals = [i ^ (rng.random() < 0.3) for i in inputs]
        gate = random_gate(draft, rng, literals)
        if gate is None:
            continue
        gates.append(gate)
        nodes.append(gate)
    return draft, gates


def random_gate(draft: Draft, rng: Random, literals: list[int]) -> int | None:
    """A gate of any kind over these inputs; none where their number alone decides it: the lineage has no such gates."""
    kind, k = rng.choice(["any", "all", "least", "exactly", "range", "more"]), rng.randint(0, 3)
    weights = [rng.choice([-1, 1]) if kind == "more" else 1 for _ in literals]
    low, high = {
        "any": (1, NO_LIMIT),
        "all": (0, 0),
        "least": (k + 1, NO_LIMIT),
        "exactly": (k, k),
        "range": (k, k + rng.randint(0, 2)),
        "more": (rng.randint(-1, 2), NO_LIMIT),
    }[kind]
    least, most = -weights.count(-1), weights.count(1)
    low, high = max(low, least), high if high < most else NO_LIMIT
    if low > most or high < least or (low == least and high == NO_LIMIT):
        return None
    return draft.count(zip(literals, weights, strict=True), low, high, local=rng.random() < 0.7)
