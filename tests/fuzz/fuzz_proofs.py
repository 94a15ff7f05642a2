"""Proofs of random rules: together they are what enumeration says, and as documents they are valid."""

from __future__ import annotations

import json
from collections import Counter
from random import Random

from rune_pl.errors import EvidenceError, LanguageError
from rune_pl.explain import Proof, Question, verify
from rune_pl.explain.document import make_document
from rune_pl.explain.explanation import explain_scene
from rune_pl.inference import TOLERANCE
from rune_pl.language import Vocabulary
from rune_pl.language.library import Library
from rune_pl.language.verbalize import verbalize
from tests.inference.cases import Case, make_case
from tests.inference.scenario import make_query
from tests.inference.worlds import TooLongError, WorldsEngine

DEPTH = 3
_SHARE = 20  # a case takes as long as so many of the engine's
_STEPS = 50_000


def run_case(case: Case, library: Library) -> str:
    """What becomes of a case; raises where proofs and enumeration differ, or the document is not valid."""
    try:
        query = make_query(case.rule, library)
        (expected,) = WorldsEngine(_STEPS).marginals(query, case.scenes, case.evidence)
    except LanguageError:
        return "invalid"
    except (TooLongError, EvidenceError):
        return "too long"
    if expected.probability is None:
        return "undecidable"
    everything = explain_scene(query, case.scenes, case.evidence, top=0)
    together = everything.proofs[-1].cumulative if everything.proofs else 0.0
    assert abs(together - expected.probability) <= TOLERANCE, f"{together}, not {expected.probability}"
    vocabulary = Vocabulary.load().with_classes(case.scenes.classes)
    program = query.checked.program
    question = Question(None, None, str(program), verbalize(program, vocabulary))
    few = explain_scene(query, case.scenes, case.evidence, top=2)
    document = make_document(few, question, 2, None)
    found = verify(Proof(json.loads(document.dump())), problog=False)
    assert found.valid, "; ".join(map(str, found.problems[:3]))
    return "open" if 0.0 < expected.probability < 1.0 else "certain"


def fuzz_proofs(cases: int, seed: int = 0) -> Counter[str]:
    """Prove so many rules, each on one image. Returns how often what came."""
    outcomes: Counter[str] = Counter()
    library = Library.load()
    for number in range(max(1, cases // _SHARE)):
        rng = Random(f"proofs {seed} {number}")
        case = make_case(rng, rng.randint(1, DEPTH), rng.randint(3, 6), 1)
        try:
            outcomes[run_case(case, library)] += 1
        except Exception as error:
            raise AssertionError(f"case {number} of seed {seed}: {error}\n{case}") from error
    return outcomes
