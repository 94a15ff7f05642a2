"""What is particular to the ProbLog engine: what it sends, and what it does when an image fails."""

from __future__ import annotations

import pytest

from rune_pl.errors import ArgumentError
from rune_pl.inference import Budget, ProbLogEngine, make_boxes, make_facts, tables
from rune_pl.inference.problog_text import problog_text
from rune_pl.inference.tables import plan_prejoin, tabulate
from rune_pl.language.library import Library
from tests.inference.scenario import make_query, scenes_of

LIBRARY = Library.load()
PAIR = "retrieve :- object(A, ship), object(B, harbor), near(A, B)."
BOXES = {1: (0, 0, 20, 10), 2: (40, 0, 60, 10), 3: (900, 0, 920, 10), 4: (20, 0, 40, 10)}


def prejoined(rule, vectors):
    query = make_query(rule, LIBRARY)
    scenes = scenes_of(vectors, BOXES)
    plan = plan_prejoin(query)
    facts = plan.relevant(make_facts(scenes), scenes.classes)
    names = {row: f"d{row + 1}" for row in range(len(scenes.detection))}
    return plan, facts, tabulate(plan, query, facts, scenes.classes, make_boxes(scenes), names)


def test_only_pairs_of_the_asked_classes_are_joined():
    vectors = {1: {"ship": 0.5}, 2: {"harbor": 0.5}, 3: {"harbor": 0.5}, 4: {"plane": 0.5}}
    plan, facts, found = prejoined(PAIR, vectors)
    assert plan.mentioned == {"ship", "harbor"}
    assert facts.row.tolist() == [0, 1, 2]
    assert found == {("near", 2): {("d1", "d2")}}


def test_an_open_class_makes_every_fact_relevant():
    vectors = {1: {"ship": 0.5}, 2: {"plane": 0.5}}
    plan, facts, found = prejoined("retrieve :- object(A, C), object(B, ship), near(A, B).", vectors)
    assert plan.mentioned is None
    assert len(facts) == 2
    assert found == {("near", 2): {("d2", "d1")}}


def test_a_tabulated_relation_is_not_sent_as_rules():
    query = make_query(PAIR, LIBRARY)
    assert "r_gap" not in problog_text(query, {("near", 2)})
    assert "r_gap" in problog_text(query, frozenset())


def test_counts_are_lifted_to_closures_of_what_they_share():
    text = problog_text(
        make_query("retrieve :- object(H, harbor), at_least(2, S, (object(S, ship), near(S, H))).", LIBRARY),
        frozenset(),
    )
    assert "r_retrieve :- r_object(H, harbor), r_count_at_least(1.0, 2.0, r_counted_1(H))." in text
    assert "r_counted_1(H, S) :- r_object(S, ship), r_near(S, H)." in text


def test_a_join_that_is_too_large_is_left_to_problog(monkeypatch):
    monkeypatch.setattr(tables, "_MAX_ROWS", 0)
    scenes = scenes_of({1: {"ship": 0.5}, 2: {"harbor": 0.5}}, BOXES)
    (marginal,) = ProbLogEngine(workers=1).marginals(make_query(PAIR, LIBRARY), scenes)
    assert marginal.probability == pytest.approx(0.25)


def test_arithmetic_on_what_is_no_number_is_the_rules_fault():
    scenes = scenes_of({1: {"ship": 0.5}}, {})
    query = make_query("retrieve :- object(A, ship), D = px(3), X is D + 1, X > 2.", LIBRARY)
    with pytest.raises(ArgumentError, match="arithmetic fails on image 'scene'"):
        list(ProbLogEngine(workers=1).marginals(query, scenes))


def test_an_image_past_its_time_is_no_number_and_the_next_one_is_answered():
    # A hundred ships each near a hundred harbors: far more than the solver does in the time.
    crowd = {n: {"ship" if n % 2 else "harbor": 0.1 + 0.8 * n / 200} for n in range(1, 201)}
    crowded = scenes_of(crowd, dict.fromkeys(crowd, (0.0, 0.0, 20.0, 10.0)))
    engine = ProbLogEngine(workers=1)
    (late,) = engine.marginals(make_query(PAIR, LIBRARY), crowded, None, Budget(seconds=0.5))
    assert (late.probability, late.lower, late.upper, late.method) == (None, 0.0, 1.0, "timeout")
    easy = scenes_of({1: {"ship": 0.5}, 2: {"harbor": 0.5}}, BOXES)
    (answered,) = engine.marginals(make_query(PAIR, LIBRARY), easy, None, Budget(seconds=30))
    assert answered.probability == pytest.approx(0.25)


def test_children_are_kept_for_the_next_question_and_end_on_close():
    engine = ProbLogEngine(workers=1)
    scenes = scenes_of({1: {"ship": 0.5}}, {})
    query = make_query("retrieve :- object(A, ship).", LIBRARY)
    list(engine.marginals(query, scenes))
    (child,) = engine._idle
    process = child._process
    list(engine.marginals(query, scenes))
    assert engine._idle[0]._process is process
    engine.close()
    assert process.poll() is not None
