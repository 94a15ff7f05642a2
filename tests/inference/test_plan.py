"""The shape of plans: how far in a variable goes, what comes apart, and what becomes a count."""

from __future__ import annotations

import re

import pytest

from rune_pl.inference import NotInFragmentError
from rune_pl.inference.kernels.circuit import NO_LIMIT
from rune_pl.inference.plan import Absent, Compared, Counted, Either, Exists, make_plan
from rune_pl.language.library import Library
from tests.inference.scenario import make_query

LIBRARY = Library.load()
SIZES = {"bridge": 5, "harbor": 10, "plane": 20, "ship": 50}


def block(made):
    return ", ".join(map(step, made.steps))


def step(made):
    if isinstance(made, Exists):
        return f"some({block(made.block)})"
    if isinstance(made, Absent):
        return f"none({block(made.block)})"
    if isinstance(made, Counted):
        high = "" if made.high >= NO_LIMIT else made.high
        return f"count({made.low}..{high} {made.variable}: {block(made.block)})"
    if isinstance(made, Compared):
        return f"more({made.variable}: {block(made.block)} | {made.other_variable}: {block(made.other)})"
    if isinstance(made, Either):
        return f"either({' | '.join(map(block, made.blocks))})"
    return str(made)


def shape(rule):
    """The plan as text, with the names of the rule, which planning numbers."""
    plan = make_plan(make_query(rule, LIBRARY), SIZES)
    return re.sub(r"~\d+", "", block(plan.root))


CASES = {
    "a pair: the larger class is looked for around the smaller one": (
        "object(A, ship), object(B, harbor), near(A, B)",
        "some(object(B, harbor), some(object(A, ship), near(A, B)))",
    ),
    "a chain of three: each end around the middle": (
        "object(A, ship), object(B, harbor), object(C, plane), near(A, B), near(B, C)",
        "some(object(B, harbor), some(object(A, ship), near(A, B)), some(object(C, plane), near(B, C)))",
    ),
    "a chain of five: never more than a pair at once": (
        "object(A, ship), object(B, harbor), object(C, plane), object(D, bridge), object(E, ship), "
        "near(A, B), near(B, C), near(C, D), near(D, E)",
        "some(object(D, bridge), some(object(C, plane), near(C, D), some(object(B, harbor), near(B, C), "
        "some(object(A, ship), near(A, B)))), some(object(E, ship), near(D, E)))",
    ),
    "a triangle stays one": (
        "object(A, ship), object(B, harbor), object(C, plane), near(A, B), near(B, C), near(A, C)",
        "some(object(B, harbor), some(object(C, plane), near(B, C), some(object(A, ship), near(A, B), near(A, C))))",
    ),
    "a relation of three": (
        "object(A, ship), object(B, harbor), object(C, plane), between(A, B, C)",
        "some(object(B, harbor), some(object(C, plane), some(object(A, ship), between(A, B, C))))",
    ),
    "independent parts come apart": (
        "object(A, ship), large(A), object(B, harbor), object(C, plane), near(B, C)",
        "some(object(A, ship), large(A)), some(object(B, harbor), some(object(C, plane), near(B, C)))",
    ),
    "two that differ are a count": (
        "object(A, ship), object(B, ship), A \\== B",
        "count(2.. A: object(A, ship))",
    ),
    "and so are three": (
        "object(A, ship), object(B, ship), object(C, ship), A \\== B, distinct(B, C), A \\= C, "
        "large(A), large(B), large(C)",
        "count(3.. A: object(A, ship), large(A))",
    ),
    "said twice, and twice again": (
        "object(A, ship), object(B, ship), A \\== B, distinct(B, A), B \\= A",
        "count(2.. A: object(A, ship))",
    ),
    "around another object, whichever way a symmetric relation is said": (
        "object(H, harbor), object(A, ship), object(B, ship), A \\== B, near(A, H), near(H, B)",
        "some(object(H, harbor), count(2.. A: object(A, ship), near(A, H)))",
    ),
    "of whom not the same is asked: no count": (
        "object(A, ship), object(B, ship), A \\== B, large(A)",
        "some(object(B, ship), some(object(A, ship), A \\== B, large(A)))",
    ),
    "three of which two may be the same: no count": (
        "object(A, ship), object(B, ship), object(C, ship), A \\== B, B \\== C",
        "some(object(C, ship), some(object(B, ship), B \\== C, some(object(A, ship), A \\== B)))",
    ),
    "a relation that is not symmetric: no count": (
        "object(A, ship), object(B, ship), A \\== B, left_of(A, B)",
        "some(object(B, ship), some(object(A, ship), A \\== B, left_of(A, B)))",
    ),
    "an object of two classes is one variable": (
        "object(A, C), object(B, C), A \\== B",
        "some(object(A, C), some(object(B, C), A \\== B))",
    ),
    "a universal is about what its goal does not hold of": (
        "object(A, ship), forall((object(B, harbor), near(A, B)), large(B))",
        "some(object(A, ship), none(some(object(B, harbor), near(A, B), \\+ large(B))))",
    ),
    "a universal of objects": (
        "forall(object(A, ship), (object(B, harbor), near(A, B)))",
        "none(some(object(A, ship), none(some(object(B, harbor), near(A, B)))))",
    ),
    "a negation has its own variables, whoever else uses the name": (
        "object(A, ship), \\+ (object(B, harbor), near(A, B)), \\+ (object(B, plane), near(A, B))",
        "some(object(A, ship), none(some(object(B, harbor), near(A, B))), none(some(object(B, plane), near(A, B))))",
    ),
    "a count, and what it shares": (
        "object(B, bridge), at_least(2, A, (object(A, ship), object(C, harbor), near(A, C), near(A, B)))",
        "some(object(B, bridge), count(2.. A: object(A, ship), near(A, B), some(object(C, harbor), near(A, C))))",
    ),
    "exactly and at most": (
        "exactly(2, A, object(A, ship)), at_most(3, B, object(B, plane))",
        "count(2..2 A: object(A, ship)), count(0..3 B: object(B, plane))",
    ),
    "at least one is existence, at most none its absence": (
        "at_most(0, A, object(A, ship)), at_least(1, B, object(B, plane))",
        "none(some(object(A, ship))), some(some(object(B, plane)))",
    ),
    "more of these than of those": (
        "more(A, object(A, ship), B, (object(B, harbor), object(C, plane), near(B, C)))",
        "more(A: object(A, ship) | B: object(B, harbor), some(object(C, plane), near(B, C)))",
    ),
    "either, and what follows": (
        "(object(A, ship) ; object(A, plane)), large(A)",
        "some(either(object(A, ship) | object(A, plane)), large(A))",
    ),
    "a detection with a name": (
        "object(A, ship), object(d3, harbor), near(A, d3)",
        "object(d3, harbor), some(object(A, ship), near(A, d3))",
    ),
    "nothing to ask": ("true", "retrieve"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_shape_of(name):
    body, expected = CASES[name]
    assert shape(f"retrieve :- {body}.") == expected


HELPERS = {
    "a helper is unfolded where it is called": (
        "retrieve :- busy(H), object(P, plane), left_of(H, P).\n"
        "busy(H) :- object(H, harbor), at_least(2, S, (object(S, ship), near(S, H))).",
        "some(object(H, harbor), count(2.. S: object(S, ship), near(S, H)), some(object(P, plane), left_of(H, P)))",
    ),
    "two clauses are two ways": (
        "retrieve :- object(A, ship).\nretrieve :- object(A, plane).",
        "either(some(object(A, ship)) | some(object(A, plane)))",
    ),
    "clauses that do not fit are none": (
        "retrieve :- h(A, plane).\nh(A, ship) :- object(A, ship).\nh(A, plane) :- object(A, plane).",
        "some(object(A, plane))",
    ),
    "where none fits it fails, whatever else it would bind": (
        "retrieve :- h(A, plane), large(A).\nh(A, ship) :- object(A, ship).",
        "some(either(), large(A))",
    ),
    "one argument twice": (
        "retrieve :- h(A, B), object(B, plane).\nh(A, A) :- object(A, ship).",
        "some(object(A, ship), some(A = B, object(B, plane)))",
    ),
    "a number that is given": (
        "retrieve :- h(A, B, px(20)).\nh(A, B, D) :- object(A, ship), object(B, harbor), near(A, B, D).",
        "some(object(B, harbor), some(object(A, ship), near(A, B, px(20))))",
    ),
}


@pytest.mark.parametrize("name", HELPERS)
def test_the_shape_of_helpers(name):
    rule, expected = HELPERS[name]
    assert shape(rule) == expected


def test_the_smaller_class_leads_whichever_it_is():
    query = make_query("retrieve :- object(A, ship), object(B, harbor), near(A, B).", LIBRARY)
    few = make_plan(query, {"ship": 3, "harbor": 10})
    assert re.sub(r"~\d+", "", block(few.root)) == "some(object(A, ship), some(object(B, harbor), near(A, B)))"


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (
            "retrieve :- r(d1, _).\nr(A, B) :- object(A, C), object(B, C), near(A, B).\nr(A, B) :- r(A, C), r(C, B).",
            "recursion",
        ),
        ("retrieve :- moving(A).\n0.5::moving(A) :- object(A, ship).", "rules with a probability"),
    ],
)
def test_what_is_beyond_it_is_refused(rule, message):
    with pytest.raises(NotInFragmentError, match=message):
        make_plan(make_query(rule, LIBRARY), SIZES)


def test_a_rule_that_unfolds_without_end_is_refused():
    # 4 ** 10 ways, each of them a step.
    rule = "retrieve :- h0(A).\n" + "\n".join(
        f"h{n}(A) :- h{n + 1}(A), \\+ h{n + 1}(A), h{n + 1}(B), h{n + 1}(C)." for n in range(10)
    )
    with pytest.raises(NotInFragmentError, match="unfolds into more than 5,000 steps"):
        make_plan(make_query(f"{rule}\nh10(A) :- object(A, ship).", LIBRARY), SIZES)
