"""Methods and evaluation on scenes that can be counted by hand."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from scenes import LIBRARY, VOCABULARY, query, scenes

from rune_pl.errors import FormatError, UsageError
from rune_pl.evaluate import QuerySet, RetrievalQuery, evaluate, read_queries
from rune_pl.evaluate.catalogue import methods_named
from rune_pl.evaluate.complexity import Complexity, complexity
from rune_pl.evaluate.data import aligned
from rune_pl.evaluate.methods import Exact, Question, Threshold, codes
from rune_pl.evaluate.presence import Presence
from rune_pl.evaluate.robustness import robustness
from rune_pl.evaluate.summary import summary
from rune_pl.evaluate.uncertainty import entropy, image_uncertainty, quantile_of
from rune_pl.inference import Marginal
from rune_pl.language import check_program, parse_program

NEAR = "retrieve :- object(A, ship), object(B, harbor), near(A, B)."
FOUND = scenes(
    ("one", "ship", 0.9, 100, 100), ("one", "harbor", 0.8, 110, 100),
    ("two", "ship", 0.6, 100, 100), ("two", "harbor", 0.7, 900, 900),
    ("three", "ship", 0.4, 100, 100), ("three", "ship", 0.2, 300, 100),
)  # fmt: skip
TRUTH = scenes(
    ("three", "plane", 1.0, 500, 500), ("one", "ship", 1.0, 100, 100), ("one", "harbor", 1.0, 110, 100),
    ("two", "ship", 1.0, 100, 100), ("four", "ship", 1.0, 100, 100),
)  # fmt: skip


def ask(*rules, methods=(), **options):
    queries = QuerySet("q", tuple(RetrievalQuery(f"q{n}", ("a ship",), rule) for n, rule in enumerate(rules)))
    return evaluate(FOUND, TRUTH, queries, methods_named(methods), bootstrap=50, **options)


def test_images_are_those_of_the_truth():
    found = aligned(FOUND, TRUTH)
    assert found.images == ("three", "one", "two", "four")
    assert np.diff(found.start).tolist() == [2, 2, 2, 0]
    assert found.probability.tolist() == [0.4, 0.2, 0.9, 0.8, 0.6, 0.7]
    nothing = FOUND.take([])
    assert np.diff(aligned(nothing, TRUTH).start).tolist() == [0, 0, 0, 0]


def test_what_detections_do_not_know_comes_from_the_truth():
    blind = replace(FOUND, gsd=np.full(3, np.nan), width=np.array([1.0, np.nan, np.nan]))
    found = aligned(blind, TRUTH)
    assert found.gsd.tolist() == [1.0] * 4
    assert found.width.tolist() == [1000.0, 1.0, 1000.0, 1000.0]


def test_exact_and_thresholds_by_hand():
    question = Question(query("retrieve :- object(A, ship)."), FOUND)
    exact = Exact().score(question)
    assert exact.probability == pytest.approx([0.9, 0.6, 1 - 0.6 * 0.8])
    assert np.argsort(-exact.order).tolist() == [0, 1, 2]
    assert Threshold(0.5).score(question).probability.tolist() == [1.0, 1.0, 0.0]
    assert Threshold(0.3).score(question).probability.tolist() == [1.0, 1.0, 1.0]
    matches = Threshold(0.1, by_matches=True).score(question).order
    assert matches[2] > matches[0] == matches[1]
    near = Question(query(NEAR), FOUND)
    assert Exact().score(near).probability == pytest.approx([0.72, 0.0, 0.0])
    assert Threshold(0.8).score(near).probability.tolist() == [1.0, 0.0, 0.0]


def test_thresholds_on_scores_look_at_no_probability():
    calibrated = replace(FOUND, probability=FOUND.probability**2)
    question = Question(query("retrieve :- object(A, ship)."), calibrated)
    assert Threshold(0.5).score(question).probability.tolist() == [1.0, 0.0, 0.0]
    assert Threshold(0.5, of="score").score(question).probability.tolist() == [1.0, 1.0, 0.0]
    assert Threshold(0.5, of="score", by_matches=True).name == "score threshold 0.5 by matches"
    names = [method.name for method in methods_named(("threshold",), scores=True)]
    assert len(set(names)) == len(names) == 2 * len(methods_named(("threshold",)))


def test_certain_answers_are_ranked_by_matches():
    crowd = scenes(
        ("a", "ship", 1.0, 0, 0), ("b", "ship", 1.0, 0, 0), ("b", "ship", 0.5, 99, 0), ("c", "plane", 1, 0, 0)
    )
    order = Exact().score(Question(query("retrieve :- object(A, ship)."), crowd)).order
    assert order[1] > order[0] > order[2]
    assert codes([3, 1, 1, 2]).tolist() == [-2, 0, 0, -1]


def test_crowds_are_not_searched_for_matches(monkeypatch):
    monkeypatch.setattr("rune_pl.inference.bindings._CHUNK_ROWS", 3)
    certain = [
        (name, "ship", 1.0, 50 * k, 0) for name, many in (("few", 2), ("crowd", 4), ("one", 1)) for k in range(many)
    ]
    order = Exact().score(Question(query("retrieve :- object(A, ship)."), scenes(*certain))).order
    assert np.argsort(-order).tolist() == [1, 0, 2]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (NEAR, [0.9 * 0.8, 0.6 * 0.7, 0.0]),
        ("retrieve :- at_least(2, A, object(A, ship)).", [0.9, 0.6, 0.52]),
        ("retrieve :- object(A, ship), \\+ object(B, harbor).", [0.9 * 0.2, 0.6 * 0.3, 0.52]),
        ("retrieve :- object(A, ship), \\+ (object(B, harbor), near(A, B)).", [0.9, 0.6, 0.52]),
        ("retrieve :- (object(A, ship) ; object(A, harbor)).", [0.98, 0.88, 0.52]),
        ("retrieve :- \\+ (object(A, ship) ; object(A, harbor)).", [0.02, 0.12, 0.48]),
        ("retrieve :- at_most(1, A, object(A, ship)).", [1.0, 1.0, 1.0]),
        ("retrieve :- more(A, object(A, ship), B, object(B, harbor)).", [0.9, 0.6, 0.52]),
        ("retrieve :- forall(object(A, ship), (object(B, harbor), near(A, B))).", [1.0, 1.0, 1.0]),
    ],
)
def test_presence_by_hand(rule, expected):
    assert Presence().score(Question(query(rule), FOUND)).probability == pytest.approx(expected)


def test_an_evaluation():
    found = ask("retrieve :- object(A, ship).", NEAR)
    assert found.images == ("three", "one", "two", "four")
    assert [a.truth.tolist() for a in found.asked] == [[False, True, True, True], [False, True, False, False]]
    assert [a.positives for a in found.asked] == [3, 1]
    exact = found.methods["exact"]
    # Ship: one, two, three, four, and three has none; near: one comes first.
    assert exact.values["AP"] == pytest.approx([(1 + 1 + 3 / 4) / 3, 1.0])
    assert exact.values["F1@0.5"] == pytest.approx([2 * 2 / (3 + 3), 1.0])
    assert exact.values["Brier"][1] == pytest.approx(0.28**2 / 4)
    assert exact.values["AP above chance"][1] == 1.0
    assert exact.macro("AP").value == pytest.approx(np.mean(exact.values["AP"]))
    assert found.difference("AP", "exact", "exact").value == 0.0
    assert found.rrqc("exact", "AP").levels == (1, 3)
    content = summary(found, {"queries": "q"})
    assert json.loads(json.dumps(content, allow_nan=False))["methods"]["exact"]["queries"]["q1"]["AP"] == 1.0
    assert len(found.methods) == 16


def test_certain_truth_as_detections_gives_perfect_answers():
    queries = QuerySet("q", (RetrievalQuery("a", (), NEAR), RetrievalQuery("b", (), "retrieve :- object(A, plane).")))
    found = evaluate(TRUTH, TRUTH, queries, methods_named(()), bootstrap=0)
    for name, measured in found.methods.items():
        if name != "class presence":
            assert measured.values["AP"] == pytest.approx([1.0, 1.0]), name
            assert measured.values["Brier"] == pytest.approx([0.0, 0.0]), name


def test_metres_are_judged_where_they_are_known():
    blind = replace(TRUTH, gsd=np.array([1.0, np.nan, 1.0, 1.0]))
    rule = "retrieve :- object(A, ship), object(B, harbor), near(A, B, 50)."
    blind_found = replace(FOUND, gsd=np.full(3, np.nan))
    found = evaluate(
        blind_found, blind, QuerySet("q", (RetrievalQuery("a", (), rule),)), methods_named(()), bootstrap=5
    )
    assert found.asked[0].judged.tolist() == [True, False, True, True]


def test_translated_queries_rank_by_what_was_understood():
    from rune_pl.translate import ControlledEnglish

    texts = ("a ship near a harbor", "a blorp of bliss")
    queries = QuerySet("q", tuple(RetrievalQuery(f"q{n}", (text,), NEAR) for n, text in enumerate(texts)))
    found = evaluate(
        FOUND, TRUTH, queries, methods_named(("exact",)), translator=ControlledEnglish(VOCABULARY), bootstrap=5
    )
    understood, refused = found.asked
    assert understood.failure is None
    assert refused.ranked_by is None and "blorp" in refused.failure
    # All images tied: the expectation of 1 / rank among four.
    assert found.methods["exact"].values["AP"] == pytest.approx([1.0, np.mean([1, 1 / 2, 1 / 3, 1 / 4])])


def test_without_a_rule_english_is_the_rule():
    found = evaluate(
        FOUND,
        TRUTH,
        QuerySet("q", (RetrievalQuery("a", ("a ship near a harbor",)),)),
        methods_named(("exact",)),
        bootstrap=0,
    )
    assert found.asked[0].positives == 1
    with pytest.raises(UsageError, match="English was refused"):
        evaluate(FOUND, TRUTH, QuerySet("q", (RetrievalQuery("a", ("blorp",)),)), methods_named(()), bootstrap=0)


@pytest.mark.parametrize(
    ("rule", "expected", "level"),
    [
        ("object(A, ship)", (1, 0, 0, 0), 1),
        ("object(A, vehicle)", (1, 0, 0, 0), 1),
        ("\\+ object(A, ship)", (1, 0, 0, 1), 2),
        ("at_least(3, A, object(A, ship))", (1, 0, 1, 0), 2),
        ("object(A, ship), large(A)", (1, 1, 0, 0), 2),
        ("object(A, ship), object(B, harbor), near(A, B)", (2, 1, 0, 0), 3),
        ("exactly(2, A, object(A, ship))", (1, 0, 1, 1), 3),
        ("object(A, ship), \\+ (object(B, harbor), near(A, B))", (2, 1, 0, 1), 4),
        ("forall(object(A, ship), (object(B, harbor), near(A, B)))", (2, 1, 0, 2), 5),
        ("object(A, ship), forall(object(B, bridge), \\+ near(A, B))", (2, 1, 0, 1), 4),
        ("more(A, object(A, ship), B, object(B, harbor)), object(C, plane), \\+ (object(D, bridge), near(C, D))",
         (4, 1, 1, 1), 6),
        ("\\+ \\+ object(A, ship)", (1, 0, 0, 0), 1),
        ("at_least(1, A, object(A, ship))", (1, 0, 0, 0), 1),
    ],
)  # fmt: skip
def test_complexity(rule, expected, level):
    checked = check_program(parse_program(f"retrieve :- {rule}."), library=LIBRARY, vocabulary=VOCABULARY)
    assert complexity(checked.program) == Complexity(*expected)
    assert complexity(checked.program).level == level


def test_complexity_unfolds_the_predicates_of_a_rule():
    text = "busy(H) :- object(H, harbor), at_least(5, S, (object(S, ship), near(S, H))). retrieve :- busy(H)."
    checked = check_program(parse_program(text), library=LIBRARY, vocabulary=VOCABULARY)
    assert complexity(checked.program) == Complexity(2, 1, 1, 0)


def test_uncertainty():
    assert entropy(np.array([0.0, 0.5, 1.0])).tolist() == [0.0, 1.0, 0.0]
    found = image_uncertainty(Question(query("retrieve :- object(A, harbor)."), FOUND))
    assert found[:2] == pytest.approx(entropy(np.array([0.8, 0.7])))
    assert np.isnan(found[2])
    assert quantile_of(np.array([0.1, np.nan, 0.2, 0.3, 0.4])).tolist() == [0, -1, 1, 2, 3]
    assert quantile_of(np.array([0.1, 0.1, 0.3, 0.4])).tolist() == [0, 0, 2, 3]


def test_robustness_by_hand():
    found = robustness([1, 2, 4], np.array([0.8, 0.6, 0.4]), np.array([[0.8, 0.0], [0.6, 0.1], [0.4, 0.2]]))
    assert [e.value for e in found.retained] == pytest.approx([1.0, 0.75, 0.5])
    assert found.mean.value == pytest.approx(0.625)
    assert found.slope.value == pytest.approx(np.polyfit([1, 2, 4], [1.0, 0.75, 0.5], 1)[0])
    # A resample in which nothing is found at the simplest level says nothing.
    assert found.mean.lower == pytest.approx(0.625)
    undefined = robustness([1, 2, 3], np.array([0.5, np.nan, 0.25]), np.zeros((3, 0)))
    assert undefined.mean.value == pytest.approx(0.5)
    assert undefined.slope.value == pytest.approx(-0.25)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("queries: []", "no list"),
        ("queries: [1]", "no mapping"),
        ("queries: [{id: a}]", "neither"),
        ("queries: [{text: a, colour: red}]", "unknown key 'colour'"),
        ("queries: [{rule: 3}]", "`rule` is no text"),
        ("queries: [{text: [3]}]", "list of texts"),
        ("queries: [{id: a, text: x}, {id: a, text: y}]", "two queries"),
        ("queries: [", "not YAML"),
    ],
)
def test_wrong_query_files(tmp_path, text, message):
    path = tmp_path / "q.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FormatError, match=message):
        read_queries(path)
    with pytest.raises(FormatError, match="cannot be read"):
        read_queries(tmp_path / "none.yaml")


def test_query_files(tmp_path):
    path = tmp_path / "set.yaml"
    path.write_text("queries: [{id: a, text: [a ship, ships], tags: [sea]}, {rule: 'retrieve :- object(A, ship).'}]")
    found = read_queries(path)
    assert found.name == "set"
    assert [q.id for q in found.queries] == ["a", "q2"]
    assert found.queries[0].texts == ("a ship", "ships")
    assert found.queries[1].text is None


def test_there_is_no_such_method():
    with pytest.raises(UsageError, match="no group"):
        methods_named(("magic",))


def test_an_image_past_its_budget_counts_with_the_middle_of_its_interval():
    class Slow:
        name = "slow"

        def marginals(self, query, scenes, evidence=None, budget=None):
            yield Marginal.of("one", 0.7, 0.3, "closed form")
            yield Marginal("two", None, 0.8, 1.0, None, "sweep")
            yield Marginal.unanswered("three", "memory", "too large")

    found = Exact(engine=Slow()).score(Question(query("retrieve :- object(A, ship)."), FOUND))
    assert found.probability == pytest.approx([0.7, 0.9, 0.5])
    assert np.argsort(-found.order).tolist() == [1, 0, 2]
