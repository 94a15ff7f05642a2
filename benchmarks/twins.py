"""Do two rules give the same probabilities? Generated scenes that tell them apart where anything does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rune_pl.archive.scenes import Scenes
from rune_pl.inference import Budget, Query, make_engine
from rune_pl.language.check import check_program
from rune_pl.language.library import Library
from rune_pl.language.terms import Call, Const, Count, Program, walk
from rune_pl.language.vocabulary import Vocabulary

SCENES = 50
_SIZE = 600.0
_TOLERANCE = 1e-9


class Twins:
    """Compares rules by their marginals on scenes made for them: their classes, close together, of all sizes."""

    def __init__(self, library: Library, vocabulary: Vocabulary, seed: int = 0) -> None:
        self._library = library
        self._vocabulary = vocabulary
        self._seed = seed
        self._engine = make_engine("auto")

    def same(self, one: Program, other: Program) -> bool:
        """True where both have the same probability on all scenes, and not 0 on all of them or 1 on all of them."""
        classes = sorted({c for p in (one, other) for c in self._classes(p)})
        scenes = _scenes(classes, _most_counted((one, other)), np.random.default_rng(self._seed))
        first, second = (self._marginals(p, scenes) for p in (one, other))
        if first is None or second is None or np.ptp(first) == 0.0:
            return False
        return bool(np.abs(first - second).max() <= _TOLERANCE)

    def _classes(self, program: Program) -> set[str]:
        words = {
            a.value
            for clause in program.clauses
            for goal in walk(clause.body)
            if isinstance(goal, Call) and goal.name in ("object", "largest", "smallest")
            for a in goal.args[1:]
            if isinstance(a, Const) and isinstance(a.value, str)
        }
        return {c for word in words for c in self._vocabulary.resolve(word)}

    def _marginals(self, program: Program, scenes: Scenes) -> np.ndarray | None:
        checked = check_program(program, library=self._library, vocabulary=self._vocabulary)
        query = Query(checked, self._library)
        found = [m.probability for m in self._engine.marginals(query, scenes, budget=Budget(seconds=20.0))]
        return None if any(p is None for p in found) else np.array(found, dtype=float)


def _most_counted(programs: Sequence[Program]) -> int:
    counts = [g.number for p in programs for c in p.clauses for g in walk(c.body) if isinstance(g, Count)]
    return max(counts, default=1)


def _scenes(classes: Sequence[str], counted: int, rng: np.random.Generator) -> Scenes:
    """Fifty images: a few objects of each class, enough for the largest count, in clusters, so that relations hold."""
    sizes = rng.integers(0, 4 + min(counted, 60), (SCENES, len(classes))) + rng.integers(0, 2, (SCENES, len(classes)))
    label = np.concatenate([np.repeat(np.arange(len(classes)), row) for row in sizes]).astype(np.int16)
    per_image = sizes.sum(axis=1)
    start = np.concatenate([[0], np.cumsum(per_image)]).astype(np.int64)
    rows = int(start[-1])
    image = np.repeat(np.arange(SCENES), per_image)
    centers = rng.uniform(0.0, _SIZE, (SCENES, 3, 2))[image, rng.integers(0, 3, rows)]
    middle = np.clip(centers + rng.normal(0.0, 60.0, (rows, 2)), 0.0, _SIZE)
    long = np.exp(rng.uniform(np.log(8.0), np.log(160.0), rows))
    short = long * rng.uniform(0.15, 1.0, rows)
    angle = rng.choice([0.0, 0.3, np.pi / 2, 1.2], rows)
    along = np.stack([np.cos(angle), np.sin(angle)], axis=1) * long[:, None] / 2
    across = np.stack([-np.sin(angle), np.cos(angle)], axis=1) * short[:, None] / 2
    corners = np.stack([-along - across, along - across, along + across, across - along], axis=1) + middle[:, None, :]
    probability = rng.uniform(0.05, 0.95, rows)
    nothing = np.full(SCENES, np.nan)
    return Scenes(
        classes=tuple(classes),
        images=tuple(f"T{i:02d}" for i in range(SCENES)),
        width=np.full(SCENES, _SIZE),
        height=np.full(SCENES, _SIZE),
        gsd=np.full(SCENES, 0.5),
        transform=np.repeat(nothing[:, None], 6, axis=1),
        crs=(None,) * SCENES,
        start=start,
        detection=(np.arange(rows) - start[image] + 1).astype(np.int32),
        label=label,
        score=probability.astype(np.float32),
        probability=probability,
        corners=corners.astype(np.float32),
    )
