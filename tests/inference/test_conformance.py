"""What every engine must do, as one class with a subclass per engine."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, reject, settings

from rune_pl.archive.scenes import Scenes
from rune_pl.errors import EvidenceError, LanguageError
from rune_pl.inference import TOLERANCE, AutoEngine, Evidence, NativeEngine, NotInFragmentError, ProbLogEngine
from rune_pl.language.library import Library
from tests.inference.cases import cases
from tests.inference.oracle import EnumerationEngine
from tests.inference.scenario import IMAGE, make_query, read_scenario, scenes_of
from tests.inference.worlds import TooLongError, WorldsEngine

PROGRAMS = sorted((Path(__file__).parent.parent / "programs").glob("*.pl"))
LIBRARY = Library.load()
WORLDS = WorldsEngine()
BEYOND = frozenset({"recursive_chain", "probabilistic_rule"})  # programs of which only ProbLog has an answer


def query_of(case):
    """The checked query of a case; None where the check refuses it, which random rules deserve now and then."""
    try:
        return make_query(case.rule, LIBRARY)
    except LanguageError:
        return None


def check(case, found, expected, *, odds=False):
    """The same answers, within the tolerance; the same log-odds too where these are accurate."""
    for one, other in zip(found, expected, strict=True):
        if other.method == "undecidable":
            assert one.method == "undecidable", case
            continue
        assert one.exact, case
        assert one.probability == pytest.approx(other.probability, abs=TOLERANCE), case
        assert one.lower - TOLERANCE <= other.probability <= one.upper + TOLERANCE, case
        if odds:
            assert one.log_odds == pytest.approx(other.log_odds, rel=1e-9, abs=1e-9), case


def random_rules(examples, depth, most=6, images=1):
    """A test of random rules with counts, negations and the like up to that depth, on so many random scenes."""

    @settings(
        max_examples=examples,
        deadline=None,
        # One method in several classes is what a conformance class is; none of them replays the failures of another.
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.differing_executors],
    )
    @given(case=cases(depth, most, images))
    def test(self, case):
        query = query_of(case)
        assume(query is not None)
        try:
            expected = list(WorldsEngine(steps=50_000).marginals(query, case.scenes, case.evidence))
        except TooLongError:
            reject()
        check(case, self.answer(query, case.scenes, case.evidence), expected, odds=self.odds)

    return test


class Conformance:
    """Subclasses give `engine`, and `beyond`, the kinds of program that it refuses."""

    engine: object
    beyond: frozenset[str] = frozenset()
    odds = False  # whether the log-odds are as accurate as the probability, on either side

    def answer(self, query, scenes, evidence=None):
        return list(self.engine.marginals(query, scenes, evidence))

    @pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
    def test_program_has_the_expected_outcome(self, path):
        scenario = read_scenario(path, LIBRARY)
        if path.stem in self.beyond:
            with pytest.raises(NotInFragmentError):
                self.answer(scenario.query, scenario.scenes, scenario.evidence)
            return
        (marginal,) = self.answer(scenario.query, scenario.scenes, scenario.evidence)
        assert marginal.probability == pytest.approx(scenario.expected, abs=TOLERANCE)
        assert marginal.lower - TOLERANCE <= scenario.expected <= marginal.upper + TOLERANCE
        assert marginal.exact

    def test_log_odds_are_those_of_the_probability(self):
        scenes = scenes_of({1: {"ship": 0.8}, 2: {"ship": 0.5}}, {})
        (marginal,) = self.answer(make_query("retrieve :- object(A, ship).", LIBRARY), scenes)
        assert marginal.log_odds == pytest.approx(math.log(0.9 / 0.1))

    def test_certain_and_impossible_queries_have_infinite_log_odds(self):
        scenes = scenes_of({1: {"ship": 1.0}}, {})
        (marginal,) = self.answer(make_query("retrieve :- object(A, ship).", LIBRARY), scenes)
        assert (marginal.probability, marginal.log_odds) == (1.0, math.inf)
        (marginal,) = self.answer(make_query("retrieve :- object(A, plane).", LIBRARY), scenes)
        assert (marginal.probability, marginal.log_odds) == (0.0, -math.inf)

    def test_images_come_back_in_order(self):
        records = [(f"image{i}", "ship", i / 10, [(0, 0), (9, 0), (9, 9), (0, 9)]) for i in range(10)]
        found = self.answer(make_query("retrieve :- object(A, ship).", LIBRARY), Scenes.from_detections(records))
        assert [m.image for m in found] == [f"image{i}" for i in range(10)]
        assert [m.probability for m in found] == pytest.approx([i / 10 for i in range(10)])

    def test_an_image_without_detections_satisfies_no_object_goal(self):
        scenes = Scenes.from_detections([("only", "ship", 0.5, [(0, 0), (9, 0), (9, 9), (0, 9)])])
        empty = Scenes(
            classes=("ship",),
            images=("empty",),
            width=np.array([100.0]),
            height=np.array([100.0]),
            gsd=np.array([1.0]),
            transform=np.full((1, 6), np.nan),
            crs=(None,),
            start=np.array([0, 0]),
            detection=scenes.detection[:0],
            label=scenes.label[:0],
            score=scenes.score[:0],
            probability=scenes.probability[:0],
            corners=scenes.corners[:0],
        )
        (marginal,) = self.answer(make_query("retrieve :- object(A, ship).", LIBRARY), empty)
        assert marginal.probability == 0.0

    def test_metres_without_a_ground_sampling_distance_are_undecidable(self):
        scenes = scenes_of({1: {"ship": 0.8}, 2: {"harbor": 0.5}}, {})
        query = make_query("retrieve :- object(A, ship), object(B, harbor), near(A, B, 50).", LIBRARY)
        (marginal,) = self.answer(query, scenes)
        assert (marginal.method, marginal.probability, marginal.lower, marginal.upper) == (
            "undecidable",
            None,
            0.0,
            1.0,
        )
        assert "ground sampling distance" in marginal.reason

    def test_without_the_objects_nothing_has_to_be_measured(self):
        scenes = scenes_of({1: {"ship": 0.8}, 2: {"plane": 0.5}}, {})
        query = make_query("retrieve :- object(A, ship), object(B, harbor), near(A, B, 50).", LIBRARY)
        (marginal,) = self.answer(query, scenes)
        assert marginal.probability == 0.0

    def test_a_count_of_measured_objects_needs_the_measure(self):
        # Without harbors the count is zero for certain, but the rule does not ask for one: it stays undecidable.
        scenes = scenes_of({1: {"ship": 0.8}, 2: {"plane": 0.5}}, {})
        rule = "retrieve :- object(A, ship), at_most(0, B, (object(B, harbor), near(A, B, 50)))."
        (marginal,) = self.answer(make_query(rule, LIBRARY), scenes)
        assert marginal.method == "undecidable"

    def test_a_region_without_the_image_size_is_undecidable(self):
        query = make_query("retrieve :- object(A, ship), in_region(A, top).", LIBRARY)
        (marginal,) = self.answer(query, scenes_of({1: {"ship": 0.8}}, {}))
        assert marginal.method == "undecidable"

    def test_evidence_of_probability_zero_is_refused(self):
        scenes = scenes_of({1: {"ship": 1.0}}, {})
        with pytest.raises(EvidenceError):
            self.answer(
                make_query("retrieve :- object(A, ship).", LIBRARY), scenes, Evidence.parse((), ["d1"], images=[IMAGE])
            )

    test_random_rules_agree_with_enumeration = random_rules(100, depth=2)


class OracleConformance(Conformance):
    """An oracle, against outcomes worked out by hand: it lists worlds of detections only, and proves depth first."""

    test_random_rules_agree_with_enumeration = None

    @pytest.mark.parametrize("path", [p for p in PROGRAMS if p.stem not in BEYOND], ids=lambda path: path.stem)
    def test_program_has_the_expected_outcome(self, path):
        super().test_program_has_the_expected_outcome(path)


class TestEnumeration(OracleConformance):
    engine = EnumerationEngine()


class TestWorlds(OracleConformance):
    engine = WORLDS


class TestProbLog(Conformance):
    engine = ProbLogEngine(workers=1)


class TestProbLogAlone(Conformance):
    """ProbLog with the rules and the geometry as they are: nothing of ours but the text."""

    engine = ProbLogEngine(workers=1, prejoin=False)


class TestNative(Conformance):
    engine = NativeEngine(workers=1)
    beyond = BEYOND
    odds = True
    test_random_rules_agree_with_enumeration = random_rules(500, depth=4, most=7, images=3)


class TestAuto(Conformance):
    engine = AutoEngine(workers=1)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(case=cases(depth=2, most=5, images=2))
def test_the_two_oracles_agree(case):
    query = query_of(case)
    assume(query is not None)
    check(
        case,
        list(EnumerationEngine().marginals(query, case.scenes, case.evidence)),
        list(WORLDS.marginals(query, case.scenes, case.evidence)),
    )


def test_closed_forms_keep_their_log_odds_at_both_ends():
    query = make_query("retrieve :- object(A, ship).", LIBRARY)
    (rare,) = NativeEngine().marginals(query, scenes_of({1: {"ship": 1e-18}, 2: {"ship": 2e-18}}, {}))
    assert rare.probability == pytest.approx(3e-18)
    assert rare.log_odds == pytest.approx(math.log(3e-18))
    (sure,) = NativeEngine().marginals(query, scenes_of({n: {"ship": 0.999} for n in range(1, 11)}, {}))
    assert sure.probability == 1.0
    assert sure.log_odds == pytest.approx(30 * math.log(10))
