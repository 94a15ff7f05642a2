"""The native engine over many images: in pieces, in threads, without room, and without time."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from rune_pl.archive.scenes import Scenes
from rune_pl.inference import AutoEngine, Budget, NativeEngine, NotInFragmentError, native, rows
from rune_pl.inference.answers import no_columns
from rune_pl.inference.clock import Clock
from rune_pl.language.library import Library
from tests.inference.cases import make_case, make_scenes
from tests.inference.scenario import make_query
from tests.inference.worlds import WorldsEngine

LIBRARY = Library.load()
RULES = (
    "retrieve :- object(A, ship), object(B, harbor), near(A, B).",
    "retrieve :- object(A, ship), \\+ (object(B, harbor), near(A, B)).",
    "retrieve :- at_least(2, A, (object(A, ship), \\+ (object(B, plane), near(A, B, px(30))))).",
    "retrieve :- object(A, C), object(B, C), A \\== B, left_of(A, B).",
    "retrieve :- object(A, ship), near(A, d2).",
    "retrieve :- at_most(1, A, object(A, ship)), object(B, plane).",
)


def many(seed=0, images=40):
    """Scenes of all kinds, each a few times."""
    return make_scenes(Random(seed), most=7, images=images)


def columns(found):
    return {name: getattr(found, name) for name in ("probability", "lower", "upper", "log_odds", "code")}


def same(one, other):
    assert one.images == other.images
    for name, column in columns(one).items():
        np.testing.assert_array_equal(column, columns(other)[name], err_msg=name)


@pytest.mark.parametrize("rule", RULES)
def test_images_in_pieces_have_the_same_answers(rule, monkeypatch):
    scenes, query = many(), make_query(rule, LIBRARY)
    whole = NativeEngine(workers=1).answers(query, scenes)
    for facts in (1, 7, 50):
        monkeypatch.setattr(native, "_CHUNK_FACTS", facts)
        same(NativeEngine(workers=1).answers(query, scenes), whole)


@pytest.mark.parametrize("rule", RULES)
def test_threads_have_the_same_answers(rule, monkeypatch):
    scenes, query = many(), make_query(rule, LIBRARY)
    monkeypatch.setattr("rune_pl.inference.answers._BATCH", 3)
    same(NativeEngine(workers=3).answers(query, scenes), NativeEngine(workers=1).answers(query, scenes))


def test_an_image_has_the_answer_that_it_has_alone():
    for seed in range(10):
        case = make_case(Random(seed), 3, 6, 4)
        scenes, query = case.scenes, make_query(case.rule, LIBRARY)
        if ("size_rank", 2) in query.reachable:
            continue  # sizes are compared across images
        engine = NativeEngine(workers=1)
        together = list(engine.marginals(query, scenes, case.evidence))
        for m, one in enumerate(together):
            observed = type(case.evidence)(case.evidence.for_image(scenes.images[m]))
            (alone,) = engine.marginals(query, scenes.take([m]), observed)
            assert (alone.method, alone.probability) == (one.method, pytest.approx(one.probability, abs=1e-12))


@pytest.mark.parametrize("rule", RULES)
def test_where_a_join_is_too_large_the_images_are_taken_apart(rule, monkeypatch):
    scenes, query = many(), make_query(rule, LIBRARY)
    engine = NativeEngine(workers=1)
    whole = list(engine.marginals(query, scenes))
    monkeypatch.setattr(rows, "MAX_ROWS", 12)
    found = list(engine.marginals(query, scenes))
    unanswered = [m for m in found if m.method == "memory"]
    assert len(unanswered) < len(found)
    for one, other in zip(found, whole, strict=True):
        if one.method == "memory":
            assert (one.probability, one.lower, one.upper) == (None, 0.0, 1.0)
            assert one.reason.endswith("does not fit in memory")
        else:
            assert one.probability == pytest.approx(other.probability, abs=1e-12)


def test_an_image_alone_that_is_too_large_says_so(monkeypatch):
    scenes, query = make_scenes(Random(3), most=7, least=5), make_query(RULES[3], LIBRARY)
    monkeypatch.setattr(rows, "MAX_ROWS", 3)
    (one,) = NativeEngine(workers=1).marginals(query, scenes)
    assert (one.method, one.probability) == ("memory", None)
    assert "a join of" in one.reason


@pytest.mark.parametrize("seed", [seed for seed in range(40) if seed != 10])  # whose rule is refused
def test_large_joins_in_parts_have_the_same_answers(seed, monkeypatch):
    case = make_case(Random(seed), 3, 6, 4)
    query = make_query(case.rule, LIBRARY)
    whole = NativeEngine(workers=1).answers(query, case.scenes, case.evidence)
    monkeypatch.setattr(rows, "_PART_ROWS", 30)  # no row alone has more
    parts = NativeEngine(workers=1).answers(query, case.scenes, case.evidence)
    for name in ("probability", "lower", "upper"):
        np.testing.assert_allclose(getattr(parts, name), getattr(whole, name), atol=1e-9, err_msg=str(case))


class Impatient(Clock):
    """A clock by which the time of some images is up now and then."""

    def __init__(self, allowed, images):
        super().__init__(allowed, images)
        self.rng = np.random.default_rng(images)

    def in_time(self, images, sign):
        self.spent[self.rng.random(len(self.spent)) < 0.2] = np.inf
        return super().in_time(images, sign)


THREE = "object(A, ship), object(B, harbor), object(C, harbor), between(A, B, C)"
LATE_RULES = (
    *RULES,
    f"retrieve :- {THREE}.",
    f"retrieve :- object(_, plane), \\+ ({THREE}).",
    f"retrieve :- at_least(2, A, ({THREE})).",
    f"retrieve :- at_most(1, A, ({THREE})).",
    f"retrieve :- exactly(1, A, ({THREE})).",
    f"retrieve :- more(A, ({THREE}), D, (object(D, plane), near(D, E), object(E, ship))).",
    "retrieve :- forall((object(A, ship), object(D, plane)), \\+ (object(B, harbor), \\+ between(A, B, D))).",
)


@pytest.mark.parametrize("rule", LATE_RULES)
def test_what_is_said_when_time_is_up_is_true(rule, monkeypatch):
    query, late = make_query(rule, LIBRARY), 0
    for seed in range(6):
        scenes = make_scenes(Random(seed), most=7, images=20)
        truth = list(WorldsEngine().marginals(query, scenes))
        with monkeypatch.context() as patch:
            patch.setattr(rows, "_PART_ROWS", 2)
            patch.setattr(native, "Clock", Impatient)
            found = list(NativeEngine(workers=1).marginals(query, scenes))
        for one, other in zip(found, truth, strict=True):
            if other.probability is not None and one.method != "memory":
                assert one.lower - 1e-9 <= other.probability <= one.upper + 1e-9, (one, other)
            if one.method == "timeout":
                late += 1
                assert one.probability is None
                assert "not all candidates were looked at" in one.reason
    assert late or rule in (RULES[4], RULES[5])  # those have no large joins


def test_a_lower_bound_is_left_of_what_was_found_in_time():
    clock = Clock(0.0, 2)
    columns = no_columns(2)
    columns.log_true[:], columns.log_false[:], columns.left[:] = np.log(0.25), np.log(0.75), 0.0
    assert clock.in_time(np.array([1, 1]), 1).tolist() == [False, False]
    clock.widen(columns, np.arange(2))
    assert columns.left.tolist() == [0.0, 0.75]
    clock.in_time(np.array([1]), -1)
    clock.widen(columns, np.arange(2))
    assert columns.left.tolist() == [0.0, 1.0]


def test_the_same_scenes_may_be_asked_again_and_others_in_between():
    engine, first, second = NativeEngine(workers=1), many(1, 5), many(2, 8)
    for rule in (*RULES, *RULES):
        query = make_query(rule, LIBRARY)
        for scenes in (first, second):
            found = [m.probability for m in engine.marginals(query, scenes)]
            assert found == pytest.approx([m.probability for m in WorldsEngine().marginals(query, scenes)], abs=1e-9)


def test_no_images_have_no_answers():
    scenes = many(1, 3).take([])
    for rule in RULES:
        assert list(NativeEngine(workers=1).marginals(make_query(rule, LIBRARY), scenes)) == []


@pytest.mark.parametrize("rule", RULES)
def test_images_without_detections(rule):
    scenes, query = make_scenes(Random(5), most=0, images=3), make_query(rule, LIBRARY)
    found = [m.probability for m in NativeEngine(workers=1).marginals(query, scenes)]
    assert found == [m.probability for m in WorldsEngine().marginals(query, scenes)]


def test_without_time_an_image_has_an_interval_and_the_rest_have_answers():
    crowd = [(10.0 * (k % 40), 10.0 * (k // 40)) for k in range(1600)]
    records = [("crowd", "ship", 0.02 + 0.001 * (k % 7), square(x, y)) for k, (x, y) in enumerate(crowd)]
    records += [("small", "ship", 0.5, square(0, 0)), ("small", "ship", 0.5, square(10, 0))]
    scenes = Scenes.from_detections(records)
    query = make_query("retrieve :- object(A, ship), object(B, ship), A \\== B, near(A, B, px(9)).", LIBRARY)
    crowd_answer, small = NativeEngine(workers=2).marginals(query, scenes, None, Budget(seconds=0.2))
    assert small.probability == pytest.approx(0.25)
    assert crowd_answer.probability is None
    assert 0.0 <= crowd_answer.lower < crowd_answer.upper <= 1.0
    assert crowd_answer.reason.startswith("not exact within 0.2 s")


def square(x, y):
    return [(x, y), (x + 6, y), (x + 6, y + 6), (x, y + 6)]


@pytest.mark.parametrize(
    "rule",
    [
        "retrieve :- object(A, ship), long_side(A, L), D is 2 * L, object(B, plane), near(A, B, px(D)).",
        "retrieve :- object(A, ship), short_side(A, L), longer_than(A, px(L)).",
        "retrieve :- object(A, ship), short_side(A, L), h(A, px(L)).\nh(A, D) :- object(A, _), \\+ longer_than(A, D).",
        "retrieve :- object(A, ship), h(A, 20).\nh(A, L) :- object(A, _), object(B, harbor), near(A, B, px(L)).",
        "retrieve :- h(A, plane), area(A, S), S > 3.\nh(A, ship) :- object(A, ship).",
        "retrieve :- h(A, B), area(B, S), S > 3.\nh(A, A) :- object(A, ship).",
        "retrieve :- object(d99999999999999999999999, ship).",
        "retrieve :- object(A, ship), \\+ left_of(A, d9), \\+ left_of(A, d8), \\+ d8 == d9.",
        "retrieve :- at_least(0, A, object(A, ship)).",
        "retrieve :- at_most(100000, A, object(A, ship)), at_least(0, B, object(B, plane)).",
    ],
)
def test_what_once_went_wrong(rule):
    query = make_query(rule, LIBRARY)
    for seed in range(10):
        scenes = make_scenes(Random(seed), 6, 3)
        found = [m.probability for m in NativeEngine(workers=1).marginals(query, scenes)]
        expected = [m.probability for m in WorldsEngine().marginals(query, scenes)]
        for one, other in zip(found, expected, strict=True):
            assert one == (other if other is None else pytest.approx(other, abs=1e-9))


def test_programs_beyond_the_fragment_are_refused_before_the_first_answer():
    query = make_query("retrieve :- moving(A).\n0.5::moving(A) :- object(A, ship).", LIBRARY)
    scenes = many(1, 3)
    with pytest.raises(NotInFragmentError, match="probability"):
        next(NativeEngine(workers=1).marginals(query, scenes))
    assert len(list(AutoEngine(workers=1).marginals(query, scenes))) == 3
