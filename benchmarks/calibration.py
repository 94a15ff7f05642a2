"""What calibration does to answers: exact marginals with raw, calibrated and reliable facts, and thresholds.

    python benchmarks/calibration.py DETECTIONS TRUTH

Both are archives. Calibrations are cross-fitted. Printed are, over the queries, mean average precision, mean F1 at 0.5
and mean Brier score.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
from sklearn.metrics import average_precision_score, f1_score

from rune_pl.archive import Archive
from rune_pl.archive.scenes import Scenes
from rune_pl.calibration import cross_fit
from rune_pl.inference import Query, make_engine
from rune_pl.language.check import check_program
from rune_pl.language.library import Library
from rune_pl.language.parse import parse_program
from rune_pl.language.vocabulary import Vocabulary

RULES = (
    "object(A, plane)",
    "object(A, harbor)",
    "object(A, bridge)",
    "object(A, storage_tank)",
    "object(A, ground_track_field)",
    "at_least(3, A, object(A, ship))",
    "at_least(5, A, object(A, plane))",
    "at_least(10, A, object(A, large_vehicle))",
    "at_least(2, A, object(A, tennis_court))",
    "at_least(20, A, object(A, small_vehicle))",
    "object(A, ship), \\+ object(_, harbor)",
    "object(A, small_vehicle), \\+ object(_, large_vehicle)",
    "\\+ object(_, ship), \\+ object(_, plane)",
    "object(A, bridge), \\+ object(_, ship)",
    "object(A, ship), object(B, harbor), near(A, B)",
    "object(A, large_vehicle), object(B, small_vehicle), near(A, B)",
    "object(A, tennis_court), object(B, basketball_court)",
    "object(A, ground_track_field), object(B, soccer_ball_field), overlaps(A, B)",
    "object(A, bridge), object(B, small_vehicle), near(A, B)",
    "object(A, swimming_pool), object(B, small_vehicle), object(C, tennis_court)",
    "object(A, baseball_diamond), object(B, small_vehicle), near(A, B)",
    "object(A, roundabout), at_least(5, B, object(B, small_vehicle))",
)


def answers(scenes: Scenes, queries: list[Query]) -> np.ndarray:
    """(Q, M) probability, the middle of the interval where it is not exact."""
    engine = make_engine("native")
    return np.array([[(m.lower + m.upper) / 2 for m in engine.marginals(query, scenes)] for query in queries])


def order(scenes: Scenes, queries: list[Query]) -> np.ndarray:
    """(Q, M) what ranks: log-odds, so that saturated images keep an order."""
    engine = make_engine("native")
    return np.array(
        [
            [np.clip(m.log_odds if m.log_odds is not None else 0.0, -1e9, 1e9) for m in engine.marginals(query, scenes)]
            for query in queries
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("detections")
    parser.add_argument("truth")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    found, truth = Archive.open(given.detections).scenes(), Archive.open(given.truth).scenes()
    library, vocabulary = Library.load(), Vocabulary.load()
    queries = [
        Query(check_program(parse_program(f"retrieve :- {rule}."), library=library, vocabulary=vocabulary), library)
        for rule in RULES
    ]
    images = [image for image in truth.images if image in set(found.images)]
    truth = truth.take([truth.images.index(image) for image in images])
    found = found.take([found.images.index(image) for image in images])
    there = answers(truth, queries) > 0.5
    usable = there.any(axis=1) & ~there.all(axis=1)
    there, queries = there[usable], [query for query, use in zip(queries, usable, strict=True) if use]
    print(f"{len(images)} images, {len(queries)} queries")

    def report(name: str, p: np.ndarray, rank: np.ndarray) -> None:
        ap = np.mean([average_precision_score(y, r) for y, r in zip(there, rank, strict=True)])
        f1 = np.mean([f1_score(y, q >= 0.5, zero_division=0.0) for y, q in zip(there, p, strict=True)])
        print(f"{name:32s} AP {ap:.4f}  F1 {f1:.4f}  Brier {np.mean((p - there) ** 2):.4f}", flush=True)

    fitted = [("exact, raw scores", found)]
    for name, reliability in (("exact, calibrated", False), ("exact, calibrated + reliability", True)):
        fitted.append((name, cross_fit(found, truth, folds=given.folds, seed=given.seed, reliability=reliability)))
    fitted.append(("exact, marginals of the last", replace(fitted[-1][1], reliability=None)))
    for name, scenes in fitted:
        report(name, answers(scenes, queries), order(scenes, queries))
    for t in np.linspace(0.1, 0.9, 9):
        kept = replace(found, probability=(found.score >= t).astype(np.float64))
        hard = answers(kept, queries)
        report(f"threshold {t:.1f}", hard, hard)


if __name__ == "__main__":
    main()
