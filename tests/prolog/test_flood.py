"""The rules about floods and damage: at the border and on either side of it, in every system that reads the library."""

from __future__ import annotations

import numpy as np
import pytest

from rune_pl.inference import NativeEngine, ProbLogEngine, Query
from rune_pl.language import Library, Vocabulary, check_program, parse_program
from tests.inference.oracle import EnumerationEngine
from tests.inference.scenario import scenes_of

LIBRARY = Library.load()
WORDS = Vocabulary.load("flood")

# A house of 40 x 20 in the middle of the image: its reach is 40, so to y = 200 at its lower edge.
HOUSE = (150.0, 150.0, 40.0, 20.0)
NEAR_ROAD = (150.0, 205.0, 200.0, 10.0)  # its upper edge is at 200, 40 from the house
FAR_ROAD = (150.0, 206.0, 200.0, 10.0)
ROAD_ABOVE = (150.0, 110.0, 200.0, 10.0)
NEAR_LAKE = (150.0, 225.0, 50.0, 50.0)
FAR_LAKE = (150.0, 226.0, 50.0, 50.0)

FLOODED, DRY = "flooded_building", "non_flooded_building"
WET_ROAD, ROAD = "flooded_road", "non_flooded_road"

CASES = [
    ([HOUSE], [FLOODED], "flooded(d1), \\+ dry(d1)", True),
    ([HOUSE], [WET_ROAD], "flooded(d1)", True),
    ([HOUSE], [DRY], "flooded(d1)", False),
    ([HOUSE], [DRY], "dry(d1)", True),
    ([HOUSE], [ROAD], "dry(d1)", True),
    ([HOUSE], ["undamaged_building"], "dry(d1) ; flooded(d1)", False),
    # access: the gap is the long side of the house, or more
    ([HOUSE, NEAR_ROAD], [DRY, WET_ROAD], "access_road(d2, d1)", True),
    ([HOUSE, NEAR_ROAD], ["destroyed_building", ROAD], "access_road(d2, d1)", True),
    ([HOUSE, FAR_ROAD], [DRY, ROAD], "access_road(d2, d1)", False),
    ([HOUSE, NEAR_ROAD], [DRY, "water"], "access_road(d2, d1)", False),
    ([HOUSE, NEAR_ROAD], [DRY, ROAD], "access_road(d1, d2)", False),
    # isolated: some road, and all of them flooded
    ([HOUSE, NEAR_ROAD], [DRY, WET_ROAD], "isolated_building(d1)", True),
    ([HOUSE, FAR_ROAD], [DRY, WET_ROAD], "isolated_building(d1)", False),
    ([HOUSE, NEAR_ROAD], [DRY, ROAD], "isolated_building(d1)", False),
    ([HOUSE, NEAR_ROAD, ROAD_ABOVE], [FLOODED, WET_ROAD, WET_ROAD], "isolated_building(d1)", True),
    ([HOUSE, NEAR_ROAD, ROAD_ABOVE], [FLOODED, ROAD, WET_ROAD], "isolated_building(d1)", False),
    ([HOUSE, FAR_ROAD, ROAD_ABOVE], [FLOODED, ROAD, WET_ROAD], "isolated_building(d1)", True),
    ([HOUSE], [DRY], "isolated_building(d1)", False),
    ([HOUSE, NEAR_ROAD], ["water", WET_ROAD], "isolated_building(d1)", False),
    # passable: water over 40 of the 200 of the road is a fifth
    ([NEAR_ROAD], [ROAD], "passable_road(d1)", True),
    ([NEAR_ROAD], [WET_ROAD], "passable_road(d1)", False),
    ([NEAR_ROAD, (50, 205, 78, 30)], [ROAD, "water"], "passable_road(d1)", True),
    ([NEAR_ROAD, (50, 205, 80, 30)], [ROAD, "water"], "passable_road(d1)", False),
    ([NEAR_ROAD, (50, 205, 80, 30)], [ROAD, "water"], "blocked_road(d1)", True),
    ([NEAR_ROAD, (50, 205, 78, 30)], [ROAD, "water"], "blocked_road(d1)", False),
    ([NEAR_ROAD], [WET_ROAD], "blocked_road(d1)", True),
    ([NEAR_ROAD, (50, 205, 80, 30)], [ROAD, "tree"], "blocked_road(d1)", False),
    # cut off: water or a flooded road in reach, and no passable road
    ([HOUSE, NEAR_LAKE], [DRY, "water"], "cut_off(d1)", True),
    ([HOUSE, FAR_LAKE], [DRY, "water"], "cut_off(d1)", False),
    ([HOUSE, NEAR_ROAD], [DRY, WET_ROAD], "cut_off(d1)", True),
    ([HOUSE, FAR_ROAD], [DRY, WET_ROAD], "cut_off(d1)", False),
    ([HOUSE, NEAR_LAKE, ROAD_ABOVE], [DRY, "water", ROAD], "cut_off(d1)", False),
    ([HOUSE, (60, 110, 80, 30), ROAD_ABOVE], [DRY, "water", ROAD], "cut_off(d1)", True),  # the road is under water
    ([HOUSE], [DRY], "cut_off(d1)", False),
    # at risk: flood in reach of what is dry
    ([HOUSE, NEAR_LAKE], [DRY, "water"], "at_risk(d1)", True),
    ([HOUSE, FAR_LAKE], [DRY, "water"], "at_risk(d1)", False),
    ([HOUSE, NEAR_LAKE], [FLOODED, "water"], "at_risk(d1)", False),
    ([HOUSE, NEAR_LAKE], ["undamaged_building", FLOODED], "at_risk(d1)", True),
    ([HOUSE, NEAR_ROAD], [DRY, WET_ROAD], "at_risk(d1)", True),
    ([HOUSE, NEAR_ROAD], [DRY, ROAD], "at_risk(d1)", False),
    # a boat between two houses: the other house has it in reach where its lower edge is at 65 or below
    ([(150, 110, 20, 10), HOUSE, (150, 60, 40, 20)], ["ship", FLOODED, DRY], "boat_among_houses(d1)", True),
    ([(150, 110, 20, 10), HOUSE, (150, 55, 40, 20)], ["ship", FLOODED, DRY], "boat_among_houses(d1)", True),
    ([(150, 110, 20, 10), HOUSE, (150, 54, 40, 20)], ["ship", FLOODED, DRY], "boat_among_houses(d1)", False),
    ([(150, 110, 20, 10), HOUSE, (110, 150, 40, 20)], ["ship", FLOODED, DRY], "boat_among_houses(d1)", False),
    ([(150, 110, 20, 10), HOUSE, (150, 60, 40, 20)], ["small_vehicle", FLOODED, DRY], "boat_among_houses(d1)", False),
    ([(150, 110, 20, 10), HOUSE], ["ship", FLOODED], "boat_among_houses(d1)", False),
    # stranded: half of the vehicle lies in the water, whose edge is at x = 100
    ([(100, 50, 10, 4), (50, 50, 100, 100)], ["small_vehicle", "water"], "stranded_vehicle(d1)", True),
    ([(101, 50, 10, 4), (50, 50, 100, 100)], ["small_vehicle", "water"], "stranded_vehicle(d1)", False),
    ([(100, 50, 10, 4), (50, 50, 100, 100)], ["vehicle", WET_ROAD], "stranded_vehicle(d1)", True),
    ([(100, 50, 10, 4), (50, 50, 100, 100)], ["large_vehicle", ROAD], "stranded_vehicle(d1)", False),
    ([(100, 50, 10, 4), (50, 50, 100, 100)], ["ship", "water"], "stranded_vehicle(d1)", False),
    # grades of damage
    *[
        ([HOUSE], [name], f"damage_at_least(d1, {grade})", rank >= grade)
        for rank, name in enumerate(
            ["undamaged_building", "minor_damage_building", "major_damage_building", "destroyed_building"]
        )
        for grade in range(4)
    ],
    ([HOUSE], ["destroyed_building"], "damage_at_least(d1, 4)", False),
    ([HOUSE], ["unclassified_building"], "damage_at_least(d1, 0)", False),
    ([HOUSE], ["minor_damage_building"], "damaged(d1)", True),
    ([HOUSE], ["undamaged_building"], "damaged(d1)", False),
    ([HOUSE], [FLOODED], "damaged(d1)", False),
]


def name(case):
    return f"{case[2]} of {' '.join(case[1])}"


@pytest.mark.parametrize(("boxes", "classes", "goal", "expected"), [pytest.param(*c, id=name(c)) for c in CASES])
def test_meaning_in_problog_and_the_native_engine(marginal, boxes, classes, goal, expected):
    facts = " ".join(f"object(d{i}, {c})." for i, c in enumerate(classes, start=1))
    assert marginal(boxes, facts, goal) == float(expected)
    answers = NativeEngine().marginals(query(f"retrieve :- {goal}."), scenes(boxes, classes, [1.0] * len(classes)))
    assert [a.probability for a in answers] == [float(expected)]


def test_meaning_in_swi_prolog(swi_answers):
    for classes_and_boxes in {(tuple(c[1]), tuple(c[0])) for c in CASES}:
        classes, boxes = classes_and_boxes
        cases = [c for c in CASES if (tuple(c[1]), tuple(c[0])) == classes_and_boxes]
        facts = [f"assertz(object(d{i}, {c}))" for i, c in enumerate(classes, start=1)]
        answers = swi_answers(boxes, [*facts, *(goal for *_, goal, _ in cases)])
        assert answers[len(facts) :] == [expected for *_, expected in cases], classes_and_boxes


def test_every_public_predicate_has_a_case():
    public = {p.name for p in LIBRARY.predicates.values() if p.file.name == "flood.pl" and not p.internal}
    assert public == {n for n in public if any(f"{n}(" in goal for *_, goal, _ in CASES)}
    for found in public:
        assert {expected for *_, goal, expected in CASES if goal.startswith(f"{found}(")} == {True, False}, found


STREET = [HOUSE, (210, 150, 40, 20), NEAR_ROAD, ROAD_ABOVE, NEAR_LAKE, (180, 155, 16, 8), (150, 205, 10, 4)]
CLASSES = [
    {DRY: 0.6, FLOODED: 0.3},
    {FLOODED: 0.8},
    {WET_ROAD: 0.7, ROAD: 0.2},
    {ROAD: 0.5},
    {"water": 0.4},
    {"ship": 0.9},
    {"small_vehicle": 0.6, "vehicle": 0.3},
]
RULES = [
    "retrieve :- isolated_building(_).",
    "retrieve :- at_least(2, B, isolated_building(B)).",
    "retrieve :- cut_off(B), object(S, boat), near(S, B).",
    "retrieve :- at_risk(_).",
    "retrieve :- boat_among_houses(_).",
    "retrieve :- stranded_vehicle(V), \\+ passable_road(_), in_region(V, bottom).",
    "retrieve :- forall(object(B, building), flooded(B)).",
    "retrieve :- object(R, road), blocked_road(R), at_least(2, B, (object(B, house), access_road(R, B))).",
    "retrieve :- more(A, object(A, flooded_building), B, dry(B)).",
    "retrieve :- damaged(_) ; exactly(1, A, flooded(A)).",
]


@pytest.mark.parametrize("rule", RULES)
def test_engines_agree_with_the_enumeration_of_worlds(rule):
    found = scenes(STREET, CLASSES, None)
    (expected,) = EnumerationEngine().marginals(query(rule), found)
    assert 0 < expected.probability < 1 or "damaged" in rule
    for engine in (NativeEngine(), ProbLogEngine(workers=1)):
        (answer,) = engine.marginals(query(rule), found)
        assert answer.probability == pytest.approx(expected.probability, abs=1e-9), engine


def test_isolation_by_hand():
    # Of the roads one is flooded (0.7) and the other, if it is there (0.5), dry; the house is there with 0.9.
    only_house = scenes([HOUSE, NEAR_ROAD, ROAD_ABOVE], CLASSES[:1] + CLASSES[2:4], None)
    (answer,) = NativeEngine().marginals(query("retrieve :- isolated_building(_)."), only_house)
    assert answer.probability == pytest.approx(0.9 * 0.7 * 0.5, abs=1e-12)


def query(rule):
    return Query(check_program(parse_program(rule), library=LIBRARY, vocabulary=WORDS), LIBRARY)


def scenes(boxes, classes, probabilities):
    vectors = classes if probabilities is None else [{c: p} for c, p in zip(classes, probabilities, strict=True)]
    corners = {i: (x - w / 2, y - h / 2, x + w / 2, y + h / 2) for i, (x, y, w, h) in enumerate(boxes, start=1)}
    return scenes_of(dict(enumerate(vectors, start=1)), corners, size=(300, 300), gsd=np.nan)
