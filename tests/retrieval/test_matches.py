"""Expected and best matches against brute force: every world, and every binding that holds in it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rune_pl.archive.scenes import Scenes
from rune_pl.inference import Evidence, Summary, bindings, make_facts, matches, summarize
from rune_pl.language.library import Library
from rune_pl.language.parse import parse_goal
from rune_pl.language.terms import Var
from tests.inference.cases import IMAGE, scenes
from tests.inference.oracle import Prolog, agrees, resolve, worlds_of
from tests.inference.scenario import make_query, scenes_of
from tests.retrieval.archives import box, corners

LIBRARY = Library.load()


def brute_force(query, positive, names, made, evidence):
    """Expected number of bindings of `names` for which `positive` holds, and the probability of each.

    A binding is of detections as objects of a class: one that is a ship or a plane is two.
    """
    goal = parse_goal(positive)
    total, weights = 0.0, {}
    for world, weight in worlds_of(made):
        if not all(agrees(world, o, made) for o in evidence.observations):
            continue
        total += weight
        label = dict(world)
        solutions = Prolog(query, made, world).solve(goal, {})
        found = {tuple(str(resolve(Var(n), s)) for n in names) for s in solutions}
        for binding in (tuple((atom, label[atom]) for atom in atoms) for atoms in found):
            weights.setdefault(binding, []).append(weight)
    probability = {binding: math.fsum(parts) / total for binding, parts in weights.items()}
    return math.fsum(probability.values()), probability


def check(rule, positive, names, made, evidence=None):
    """The one image's summary, after comparing it with brute force."""
    evidence = evidence or Evidence()
    query = make_query(rule, LIBRARY)
    (summary,) = summarize(query, made, make_facts(made, evidence))
    expected, probability = brute_force(query, positive, names, made, evidence)
    assert summary.expected == pytest.approx(expected, abs=1e-12)
    if not probability:
        assert summary.best == ()
        return summary
    shown = {b.variable: (f"d{b.detection}", b.label) for b in summary.best}
    assert probability[tuple(shown[n] for n in names)] == pytest.approx(max(probability.values()), abs=1e-12)
    for bound in summary.best:
        # Each object's own probability, given the evidence: in how many worlds it is of that class.
        fact = f"object(d{bound.detection}, {bound.label})"
        assert bound.probability == pytest.approx(brute_force(query, fact, (), made, evidence)[0], abs=1e-12)
    return summary


# A rule, its positive part, and the variables of that.
RULES = {
    "one": ("retrieve :- object(A, ship).", "object(A, ship)", "A"),
    "pair": (
        "retrieve :- object(A, ship), object(B, harbor), near(A, B).",
        "object(A, ship), object(B, harbor), near(A, B)",
        "AB",
    ),
    "unrelated pair": ("retrieve :- object(A, ship), object(B, plane).", "object(A, ship), object(B, plane)", "AB"),
    "same class": (
        "retrieve :- object(A, ship), object(B, ship), left_of(A, B).",
        "object(A, ship), object(B, ship), left_of(A, B)",
        "AB",
    ),
    # One detection may stand for both variables: its fact counts once.
    "itself": ("retrieve :- object(A, ship), object(B, ship).", "object(A, ship), object(B, ship)", "AB"),
    "chain": (
        "retrieve :- object(A, ship), object(B, ship), object(C, plane), near(A, B), near(B, C).",
        "object(A, ship), object(B, ship), object(C, plane), near(A, B), near(B, C)",
        "ABC",
    ),
    "attribute and negated relation": (
        "retrieve :- object(A, ship), object(B, harbor), elongated(A), \\+ overlaps(A, B).",
        "object(A, ship), object(B, harbor), elongated(A), \\+ overlaps(A, B)",
        "AB",
    ),
    "either relation": (
        "retrieve :- object(A, ship), object(B, harbor), (near(A, B, px(20)) ; left_of(A, B)).",
        "object(A, ship), object(B, harbor), (near(A, B, px(20)) ; left_of(A, B))",
        "AB",
    ),
    "measure": (
        "retrieve :- object(A, ship), object(B, harbor), gap(A, B, G), G < 30.",
        "object(A, ship), object(B, harbor), gap(A, B, G), G < 30",
        "AB",
    ),
    "either class": (
        "retrieve :- (object(A, ship) ; object(A, plane)), object(B, harbor).",
        "(object(A, ship) ; object(A, plane)), object(B, harbor)",
        "AB",
    ),
    "helper": (
        "moored(S, H) :- object(S, ship), object(H, harbor), near(S, H).\nretrieve :- moored(A, B), object(C, plane).",
        "object(A, ship), object(B, harbor), near(A, B), object(C, plane)",
        "ABC",
    ),
    "negation left out": (
        "retrieve :- object(A, ship), \\+ (object(B, harbor), near(A, B)).",
        "object(A, ship)",
        "A",
    ),
    "count left out": (
        "retrieve :- object(A, harbor), at_least(2, S, (object(S, ship), near(S, A))).",
        "object(A, harbor)",
        "A",
    ),
    "universal left out": (
        "retrieve :- object(A, plane), forall(object(B, ship), left_of(A, B)).",
        "object(A, plane)",
        "A",
    ),
    "count alone": ("retrieve :- at_least(2, A, object(A, ship)).", "object(A, ship)", "A"),
    "count of a pair": (
        "retrieve :- at_least(2, A, (object(A, ship), object(B, harbor), near(A, B))).",
        "object(A, ship), object(B, harbor), near(A, B)",
        "AB",
    ),
    "count in a negated condition": (
        "retrieve :- \\+ (object(H, harbor), at_least(1, S, (object(S, ship), near(S, H), gap(S, H, G), G < 9))).",
        "object(S, ship)",
        "S",
    ),
    "count with a measure": (
        "retrieve :- at_least(2, A, (object(A, ship), area(A, S), S > 200)).",
        "object(A, ship), area(A, S), S > 200",
        "A",
    ),
    "closest": (
        "retrieve :- object(A, ship), object(B, harbor), closest(A, B).",
        "object(A, ship), object(B, harbor), distinct(A, B)",
        "AB",
    ),
    "comparison alone": ("retrieve :- more(A, object(A, ship), B, object(B, harbor)).", "object(A, ship)", "A"),
}


@pytest.mark.parametrize("name", RULES)
@settings(max_examples=12, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(made=scenes(most=5))
def test_summaries_agree_with_brute_force(name, made):
    rule, positive, names = RULES[name]
    check(rule, positive, tuple(names), made)


@settings(max_examples=20, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(made=scenes(most=5), data=st.data())
def test_summaries_are_those_given_the_evidence(made, data):
    row = data.draw(st.integers(0, len(made.detection) - 1))
    vector = made.class_probability is not None and not np.isnan(made.class_probability[row]).any()
    mass = made.class_probability[row].sum() if vector else made.probability[row]
    confirm = data.draw(st.booleans()) if made.probability[row] > 0 and mass < 1 - 1e-9 else mass > 0.5
    atom = f"d{made.detection[row]}"
    evidence = Evidence.parse(*(([atom], ()) if confirm else ((), [atom])), images=[IMAGE])
    rule, positive, names = RULES["pair"]
    check(rule, positive, tuple(names), made, evidence)


def test_a_pair_by_hand():
    made = scenes_of(
        {1: {"ship": 0.8}, 2: {"ship": 0.5}, 3: {"harbor": 0.9}, 4: {"ship": 0.95}},
        {1: box(0), 2: box(60), 3: box(30), 4: box(9000)},
    )
    summary = check(*RULES["pair"], made)
    assert summary.expected == pytest.approx(0.8 * 0.9 + 0.5 * 0.9)
    assert [str(b) for b in summary.best] == ["A = d1 (ship 0.80)", "B = d3 (harbor 0.90)"]


def test_a_class_vector_counts_once_for_each_class():
    made = scenes_of({1: {"ship": 0.5, "plane": 0.3}, 2: {"harbor": 1.0}}, {})
    rule = "retrieve :- (object(A, ship) ; object(A, plane)), object(B, harbor)."
    summary = check(rule, "(object(A, ship) ; object(A, plane)), object(B, harbor)", ("A", "B"), made)
    assert summary.expected == pytest.approx(0.8)
    assert summary.best[0].label == "ship"
    # One detection is not a ship and a plane at once.
    summary = check("retrieve :- object(A, ship), object(B, plane).", "object(A, ship), object(B, plane)", "AB", made)
    assert (summary.expected, summary.best) == (0.0, ())


def test_a_group_of_classes_is_matched_by_each_of_them():
    made = scenes_of(
        {1: {"small_vehicle": 0.5}, 2: {"large_vehicle": 0.75}, 3: {"ship": 0.9}},
        {},
    )
    query = make_query("retrieve :- object(A, vehicle).", LIBRARY)
    (summary,) = summarize(query, made, make_facts(made))
    assert summary.expected == pytest.approx(1.25)
    assert [str(b) for b in summary.best] == ["A = d2 (large_vehicle 0.75)"]


def test_evidence_changes_the_best_match():
    made = scenes_of({1: {"ship": 0.8}, 2: {"ship": 0.5}}, {})
    query = make_query("retrieve :- object(A, ship).", LIBRARY)
    (summary,) = summarize(query, made, make_facts(made, Evidence.parse(["d2"], [], images=[IMAGE])))
    assert (summary.expected, [str(b) for b in summary.best]) == (pytest.approx(1.8), ["A = d2 (ship 1.00)"])
    (summary,) = summarize(query, made, make_facts(made, Evidence.parse([], ["d1"], images=[IMAGE])))
    assert (summary.expected, [str(b) for b in summary.best]) == (pytest.approx(0.5), ["A = d2 (ship 0.50)"])


def test_a_rule_of_negations_has_nothing_to_point_at():
    made = scenes_of({1: {"ship": 0.8}}, {})
    for rule in ("retrieve :- \\+ object(_, harbor).", "retrieve :- forall(object(A, ship), large(A))."):
        assert summarize(make_query(rule, LIBRARY), made, make_facts(made)) == [Summary(None, ())]


def test_variables_are_shown_as_they_are_written():
    made = scenes_of({1: {"ship": 0.8}, 2: {"harbor": 0.9}}, {1: box(0), 2: box(30)})

    def shown(rule):
        (summary,) = summarize(make_query(rule, LIBRARY), made, make_facts(made))
        return [b.variable for b in summary.best]

    assert shown("retrieve :- object(My_ship, ship), object(My_harbor, harbor), near(My_ship, My_harbor).") == [
        "My_harbor",
        "My_ship",
    ]
    assert shown("retrieve :- object(_, ship).") == ["_"]
    assert shown("retrieve :- at_least(1, S_1, object(S_1, ship)).") == ["S_1"]
    assert shown("moored(S_2) :- object(S_2, ship).\nretrieve :- moored(The_ship), object(H_3, harbor).") == [
        "H_3",
        "The_ship",
    ]


def test_an_image_that_the_rule_cannot_decide_has_no_summary():
    records = [
        (image, label, 0.5, corners(box(left)))
        for image in ("known", "unknown")
        for label, left in (("ship", 0.0), ("harbor", 30.0))
    ]
    made = Scenes.from_detections(records)
    made = replace(made, gsd=np.array([1.0, np.nan]))
    query = make_query("retrieve :- object(A, ship), object(B, harbor), near(A, B, 50).", LIBRARY)
    known, unknown = summarize(query, made, make_facts(made))
    assert known.expected == pytest.approx(0.25)
    assert unknown == Summary(None, ())


def test_one_crowded_image_does_not_cost_the_others_their_summaries(monkeypatch):
    records = [("crowded", "ship", 0.5, corners(box(40.0 * i))) for i in range(40)]
    records += [("quiet", "ship", 0.5, corners(box(40.0 * i))) for i in range(2)]
    made = Scenes.from_detections(records)
    query = make_query("retrieve :- object(A, ship), object(B, ship), near(A, B).", LIBRARY)
    monkeypatch.setattr(bindings, "_CHUNK_ROWS", 50)
    monkeypatch.setattr(matches, "_LOOKED_AT", 49)
    crowded, quiet = matches.summarize(query, made, make_facts(made))
    assert crowded.expected == math.inf
    assert {b.variable for b in crowded.best} == {"A", "B"}  # among the most probable detections
    assert quiet.expected == pytest.approx(0.5)
    assert [b.detection for b in quiet.best] in ([1, 2], [2, 1])


def test_parts_that_have_nothing_to_do_with_each_other_are_never_too_many(monkeypatch):
    records = [("crowded", "ship", 0.5, corners(box(40.0 * i))) for i in range(40)]
    records += [("crowded", "plane", 0.25 + 0.5 * (i == 7), corners(box(40.0 * i))) for i in range(40)]
    made = Scenes.from_detections(records)
    monkeypatch.setattr(bindings, "_CHUNK_ROWS", 50)
    query = make_query("retrieve :- object(A, ship), object(B, plane), longer_than(B, px(5)).", LIBRARY)
    (summary,) = summarize(query, made, make_facts(made))
    assert summary.expected == pytest.approx(20 * 10.5)
    assert {(b.variable, b.detection) for b in summary.best} >= {("B", 48)}
    query = make_query("retrieve :- object(A, ship), object(B, ship).", LIBRARY)
    (summary,) = summarize(query, made, make_facts(made))
    assert summary.expected == math.inf  # of one class: both may be the same detection


def test_a_recursive_rule_has_no_summary_and_a_rule_with_a_probability_counts_its_objects():
    rule = "0.5::odd(A) :- object(A, ship).\nretrieve :- odd(A), object(A, ship)."
    made = scenes_of({1: {"ship": 0.8}}, {})
    (summary,) = summarize(make_query(rule, LIBRARY), made, make_facts(made))
    # The rule's own probability is no detection's: matches are counted as if it held.
    assert summary.expected == pytest.approx(0.8)
    chain = "chain(A) :- object(A, ship), large(A).\nchain(A) :- chain(B), object(A, ship), near(A, B).\n"
    chain += "retrieve :- chain(A), object(A, ship)."
    assert summarize(make_query(chain, LIBRARY), made, make_facts(made)) == [Summary(None, ())]
