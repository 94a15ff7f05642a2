from __future__ import annotations

import functools
import json
import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rune_pl.inference import BoundObject
from rune_pl.retrieval import Hit, Results, rank


def hit(
    image="P", probability=0.5, *, odds=None, expected=None, lower=0.0, upper=1.0, best=(), method="timeout", **fields
):
    if probability is None:
        log_odds = None
    else:
        lower = upper = probability
        log_odds = math.log(probability / (1 - probability)) if odds is None and 0 < probability < 1 else odds
        if log_odds is None:
            log_odds = math.inf if probability else -math.inf
    return Hit(
        rank=0, image=image, path=None, probability=probability, lower=lower, upper=upper, log_odds=log_odds,
        method=method if probability is None else "sweep", expected_matches=expected, best=best, reason=None,
        seconds=0.0, **fields,
    )  # fmt: skip


def images(hits):
    return [h.image for h in hits]


# Multiples of 1/1024: equal or far apart.
_GRID = st.integers(0, 1024).map(lambda k: k / 1024)


@st.composite
def hits(draw):
    found = []
    for number in range(draw(st.integers(0, 12))):
        probability = draw(st.one_of(st.none(), st.sampled_from([0.0, 0.5, 1.0]), _GRID))
        saturated = probability in (0.0, 1.0)
        odds = draw(st.sampled_from([20.5, 25.0, math.inf])) if saturated else None
        found.append(
            hit(
                f"P{number}",
                probability,
                odds=None if odds is None else (odds if probability else -odds),
                expected=draw(st.one_of(st.none(), st.sampled_from([0.0, 1.0, 2.5]))),
                upper=draw(_GRID),
                method=draw(st.sampled_from(["timeout", "sweep", "undecidable"])),
            )
        )
    return found


def compare(one: Hit, other: Hit) -> int:
    """The order as the documentation says it, one sentence per line."""
    undecidable = [not h.answered and h.method == "undecidable" for h in (one, other)]
    if undecidable[0] != undecidable[1]:
        return 1 if undecidable[0] else -1
    for a, b in (
        (place(one), place(other)),
        (min(odds_of(one), 20.3), min(odds_of(other), 20.3)),
        (one.expected_matches or 0.0, other.expected_matches or 0.0),
    ):
        if a != b:
            return -1 if a > b else 1
    return 0


def place(h: Hit) -> float:
    return (h.lower + h.upper) / 2 if h.probability is None else h.probability


def odds_of(h: Hit) -> float:
    if h.log_odds is not None:
        return h.log_odds
    middle = place(h)
    return -math.inf if middle == 0 else math.log(middle / (1 - middle))


@given(hits(), st.integers(0, 5), st.sampled_from([0.0, 0.25, 0.5, 1.0]))
def test_the_order_is_that_of_a_sort_by_comparison(found, top, least):
    kept = [h for h in found if (h.probability if h.answered else h.upper) >= least]
    expected = sorted(kept, key=functools.cmp_to_key(compare))  # stable: ties stay in the order given
    ranked = rank(found, top=top, min_probability=least)
    assert images(ranked) == images(expected)[: top or None]
    assert [h.rank for h in ranked] == list(range(1, len(ranked) + 1))


def test_saturated_images_keep_an_order():
    """That of their matches: how close to 1 an engine comes is how early it could stop."""
    found = [
        hit("a", 1.0, odds=22.0, expected=40.0), hit("b", 1.0, odds=math.inf, expected=9.0),
        hit("c", 1.0, odds=30.0, expected=50.0), hit("e", 1.0 - 1e-9, expected=70.0), hit("d", 0.999, expected=99.0),
    ]  # fmt: skip
    assert images(rank(found)) == ["e", "c", "a", "b", "d"]
    found = [hit("a", 0.0, odds=-40.0), hit("b", 0.0, odds=-math.inf), hit("c", 0.0, odds=-30.0)]
    assert images(rank(found)) == ["c", "a", "b"]


def test_float_noise_is_no_order():
    # 0.1 + 0.2 is not 0.3: the one with more matches comes first all the same.
    found = [hit("noise", 0.1 + 0.2, expected=1.0), hit("more", 0.3, expected=2.0)]
    assert found[0].probability > found[1].probability
    assert images(rank(found)) == ["more", "noise"]


def test_differences_above_the_tolerance_are_an_order():
    assert images(rank([hit("a", 0.3), hit("b", 0.3 + 1e-8)])) == ["b", "a"]


def test_expected_matches_break_ties_and_the_order_given_comes_last():
    found = [hit("a", expected=1.0), hit("b"), hit("c", expected=2.0), hit("d", expected=1.0), hit("e", expected=0.0)]
    assert images(rank(found)) == ["c", "a", "d", "b", "e"]


def test_images_past_their_budget_take_the_place_of_the_middle_of_their_interval():
    found = [hit("zero", 0.0), hit("open", None), hit("low", None, upper=0.3), hit("half", 0.55), hit("tenth", 0.1)]
    found += [hit("sure", None, lower=0.99), hit("high", 0.994), hit("higher", 0.996)]
    assert images(rank(found)) == ["higher", "sure", "high", "half", "open", "low", "tenth", "zero"]


def test_images_that_the_rule_cannot_decide_come_last():
    found = [hit("metres", None, method="undecidable"), hit("zero", 0.0), hit("open", None)]
    assert images(rank(found)) == ["open", "zero", "metres"]


def test_min_probability_keeps_what_may_reach_it():
    found = [hit("a", 0.5), hit("b", 0.4), hit("open", None), hit("low", None, upper=0.3)]
    assert images(rank(found, min_probability=0.5)) == ["a", "open"]
    assert images(rank([hit("sure", 1.0), hit("almost", 0.999)], min_probability=1.0)) == ["sure"]


def test_nothing_to_rank():
    assert rank([]) == ()
    assert rank([hit("a", 0.1)], min_probability=0.2) == ()


@given(hits())
def test_every_hit_is_json(found):
    for position, one in enumerate(rank(found), start=1):
        text = json.dumps(one.to_json(), allow_nan=False)
        back = json.loads(text)
        assert (back["rank"], back["image"]) == (position, one.image)
        assert (back["probability"] is None) == (not one.answered)
        assert back["probability"] == one.probability
        assert back["log_odds"] == (one.log_odds if one.answered and math.isfinite(one.log_odds) else None)
        assert (back["lower"], back["upper"]) == one.interval


def test_the_json_of_a_hit():
    one = hit("P", 0.25, expected=1.5, best=(BoundObject("A", 7, "ship", 0.5), BoundObject("_", 9, "harbor", 0.5)))
    assert one.to_json() == {
        "rank": 0,
        "image": "P",
        "path": None,
        "probability": 0.25,
        "lower": 0.25,
        "upper": 0.25,
        "log_odds": pytest.approx(math.log(1 / 3)),
        "method": "sweep",
        "expected_matches": 1.5,
        "best": [
            {"variable": "A", "detection": "d7", "class": "ship", "probability": 0.5},
            {"variable": "_", "detection": "d9", "class": "harbor", "probability": 0.5},
        ],
        "reason": None,
        "seconds": 0.0,
        "calibration": "uncalibrated scores",
    }


def test_results_are_a_sequence_of_hits():
    ranked = rank([hit("a", 0.1), hit("b", 0.9), hit("c", 0.5)])
    results = Results(ranked, "retrieve :- true.", "an image", None, (), 3, 0)
    assert isinstance(results, Sequence)
    assert len(results) == 3
    assert images(results) == ["b", "c", "a"]
    assert (results[0].image, results[-1].image) == ("b", "a")
    assert images(results[1:]) == ["c", "a"]
    assert images(reversed(results)) == ["a", "c", "b"]
    assert ranked[1] in results
    assert results.index(ranked[2]) == 2
    with pytest.raises(IndexError):
        results[3]
