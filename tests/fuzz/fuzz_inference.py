"""Random rules, scenes and circuits for the native engine: the same answers as enumeration of all worlds, to 1e-9."""

from __future__ import annotations

import math
from collections import Counter
from random import Random

from rune_pl.errors import LanguageError
from rune_pl.inference import TOLERANCE, Marginal, NativeEngine, Query
from rune_pl.language.library import Library
from tests.inference.cases import Case, make_case
from tests.inference.kernels.circuits import agree, random_draft
from tests.inference.kernels.shapes import random_pairs, random_stars
from tests.inference.scenario import make_query
from tests.inference.worlds import TooLongError, WorldsEngine

DEPTH = 4
_STEPS = 100_000  # of the oracle; a rule that takes more is counted as one that is too long
_INVALID = 0.05  # the share of rules that the check may refuse


def difference(one: Marginal, other: Marginal) -> str | None:
    """What is different in the answers of engine and oracle."""
    if other.probability is None:
        return None if one.method == other.method else f"{one.method}, not {other.method}"
    if one.probability is None:
        return f"no answer, not {other.probability}"
    if not one.exact or abs(one.probability - other.probability) > TOLERANCE:
        return f"{one.probability}, not {other.probability}"
    a, b = one.log_odds, other.log_odds
    assert a is not None
    assert b is not None
    if a != b and not abs(a - b) <= 1e-9 * max(1.0, abs(b)):
        return f"log-odds {a}, not {b}"
    return None


def run_case(case: Case, query: Query, engine: NativeEngine) -> str:
    """What becomes of a case; raises where the two do not say the same."""
    try:
        expected = list(WorldsEngine(_STEPS).marginals(query, case.scenes, case.evidence))
    except TooLongError:
        return "too long"
    found = list(engine.marginals(query, case.scenes, case.evidence))
    for one, other in zip(found, expected, strict=True):
        wrong = difference(one, other)
        assert wrong is None, f"{one.image}: {wrong}"
    if any(m.probability is None for m in expected):
        return "undecidable"
    return "open" if any(0.0 < m.lower < 1.0 for m in expected) else "certain"


def fuzz_inference(cases: int, seed: int = 0) -> Counter[str]:
    """Compare the engine with the oracle on so many rules, each on one to three images. Returns how often what came."""
    outcomes: Counter[str] = Counter()
    library, engine = Library.load(), NativeEngine(workers=1)
    for number in range(cases):
        rng = Random(f"inference {seed} {number}")
        case = make_case(rng, rng.randint(1, DEPTH), rng.randint(4, 8), rng.randint(1, 3))
        try:
            query = make_query(case.rule, library)
        except LanguageError:
            outcomes["invalid"] += 1
            continue
        try:
            outcomes[run_case(case, query, engine)] += 1
        except Exception as error:
            raise AssertionError(f"case {number} of seed {seed}: {error}\n{case}") from error
    assert outcomes["invalid"] <= max(20, _INVALID * cases), f"the check refuses {outcomes['invalid']} of {cases} rules"
    return outcomes


fuzz_inference.times = 2  # type: ignore[attr-defined]


def fuzz_circuits(cases: int, seed: int = 0) -> Counter[str]:
    """Compare the kernels with enumeration on so many circuits: any, those of pairs and those of stars."""
    outcomes: Counter[str] = Counter()
    for number in range(cases):
        rng = Random(f"circuits {seed} {number}")
        kind = rng.choice(["any", "pairs", "stars"])
        most = rng.randint(3, 9)
        if kind == "any":
            draft, roots = random_draft(rng, most)
        else:
            draft, inputs = (random_pairs if kind == "pairs" else random_stars)(rng, most)
            low = 1 if kind == "pairs" else rng.randint(1, max(1, len(inputs) - 1))
            roots = [draft.count(inputs, low, local=False)]
        try:
            for found, (yes, no) in zip(draft.solve(roots), draft.enumerate(roots), strict=True):
                agree(found, yes, no)
                outcomes["open" if math.inf > -found.log_true > 0 < -found.log_false < math.inf else "certain"] += 1
        except Exception as error:
            raise AssertionError(f"case {number} of seed {seed}: {draft}") from error
    return outcomes


fuzz_circuits.times = 2  # type: ignore[attr-defined]
