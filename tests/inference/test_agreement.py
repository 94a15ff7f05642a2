"""Rules on which engines are easily of two minds: one scene, every engine, the answer of enumeration and by hand."""

from __future__ import annotations

import pytest

from rune_pl.archive.scenes import Scenes
from rune_pl.inference import AutoEngine, NativeEngine, NotInFragmentError, ProbLogEngine
from rune_pl.inference.normal_form import unfold
from rune_pl.language.library import Library
from tests.inference.oracle import EnumerationEngine
from tests.inference.scenario import make_query, scenes_of

LIBRARY = Library.load()
ENGINES = (ProbLogEngine(workers=1), ProbLogEngine(workers=1, prejoin=False), AutoEngine(workers=1))
SCENES = scenes_of(
    {1: {"ship": 0.6}, 2: {"plane": 0.5}, 3: {"harbor": 0.7}, 4: {"ship": 0.4}, 5: {"harbor": 0.3}},
    {
        1: (0, 0, 20, 10),
        2: (25, 0, 45, 10),
        3: (0, 12, 40, 30),
        4: (300, 300, 330, 310),
        5: (300, 312, 340, 330),
    },
    size=(400, 400),
    gsd=0.5,
)
SHIP = 1 - 0.4 * 0.6  # there is one


def check(rule, expected, library=LIBRARY):
    query = make_query(rule, library)
    for engine in (EnumerationEngine(), *ENGINES):
        (marginal,) = engine.marginals(query, SCENES)
        assert marginal.probability == pytest.approx(expected, abs=1e-9), engine


@pytest.mark.parametrize(
    ("goals", "expected"),
    [
        # d1 and d2 are near d3, d4 is near d5; what is near a harbor has to be a ship, so d2 may not be a plane.
        ("object(H, harbor), forall((object(A, _), near(A, H)), object(A, ship))", 1 - (1 - 0.7 * 0.5) * (1 - 0.3)),
        ("object(H, harbor), forall(((object(A, ship) ; object(A, plane)), near(A, H)), object(A, ship))", 0.545),
    ],
)
def test_a_universal_is_about_what_its_goal_does_not_hold_of(goals, expected):
    check(f"retrieve :- {goals}.", expected)


@pytest.mark.parametrize(
    ("goals", "expected"),
    [
        ("object(A, ship), near(A, d2)", 0.6),
        ("object(d2, plane), near(d1, d2)", 0.5),
        ("X = d2, near(X, A), object(A, ship)", 0.6),
        ("object(A, ship), \\+ near(A, d9)", SHIP),
        ("at_least(1, X, (X = d3, near(X, d1)))", 1.0),
    ],
)
def test_a_named_detection_has_a_box_whatever_its_class(goals, expected):
    check(f"retrieve :- {goals}.", expected)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("retrieve :- object(A, ship), crowded(A).", SHIP),
        ("retrieve :- object(A, ship), isolated(A).", 0.0),
        ("retrieve :- object(A, ship), \\+ by_water(A).", 0.6 * 0.3 + 0.4 * 0.7 - 0.6 * 0.3 * 0.4 * 0.7),
        ("retrieve :- object(A, ship), beside(A).", SHIP),
    ],
)
def test_relations_of_the_users_own_see_all_detections(rule, expected, tmp_path):
    own = tmp_path / "own.pl"
    own.write_text(
        "crowded(A) :- detection(A), detection(B), near(A, B).\n"
        "isolated(A) :- \\+ near(A, _).\n"
        "by_water(A) :- object(B, harbor), near(A, B).\n"
        "beside(A) :- object(A, _), near(A, B), \\+ object(B, ship).\n"
    )
    check(rule, expected, Library.load([own]))


BERTHED = "at_least(2, A, (object(A, ship), object(B, harbor), near(A, B)))"
BOTH = 0.6 * 0.7 * 0.4 * 0.3  # the ships are at different harbors


@pytest.mark.parametrize(
    ("goals", "expected"),
    [
        (f"{BERTHED}, \\+ object(B, bridge)", BOTH),
        (f"{BERTHED}, \\+ (object(B, plane), large(B))", BOTH),
        (f"{BERTHED}, at_least(1, C, (object(C, plane), object(B, harbor), near(C, B)))", BOTH * 0.5),
        (f"({BERTHED} ; object(B, plane), \\+ large(B), \\+ small(B))", BOTH + (1 - BOTH) * 0.5),
        ("object(B, harbor), at_least(1, A, (object(A, ship), near(A, B)))", 1 - (1 - 0.6 * 0.7) * (1 - 0.4 * 0.3)),
    ],
)
def test_a_name_that_two_scopes_share_is_two_variables(goals, expected):
    check(f"retrieve :- {goals}.", expected)


@pytest.mark.parametrize(
    ("goals", "expected"),
    [
        ("area(A, S), S == 200", 0.6),
        ("area(A, S), 200 = S", 0.6),
        ("area(A, S), \\+ S = 200", 0.4),
        ("X is 6 / 2, X == 3", SHIP),
        ("X is 1, Y is 1.0, X \\== Y", 0.0),
        ("X is 7 // 2, X == 3", SHIP),
        ("X is -7 // 2, X =:= -3", SHIP),
        ("X is -7 mod 3, X =:= 2", SHIP),
        ("X is 7 mod -3, X =:= -2", SHIP),
        ("X is 2 ^ -1, X =:= 0.5", SHIP),
        ("min(1, 2.0) + max(1, 2) + abs(-3) =:= 6", SHIP),
        ("cos(pi) < -0.9, sin(0) =:= 0, atan2(1, 1) > 0.7, e > 2.7", SHIP),
    ],
)
def test_numbers_are_floats(goals, expected):
    check(f"retrieve :- object(A, ship), {goals}.", expected)


@pytest.mark.parametrize("value", ["1 / 0", "1 // 0", "1 mod 0", "sqrt(-1)", "(-8) ** 0.5", "10 ** 400"])
def test_what_is_no_number_satisfies_nothing(value):
    check(f"retrieve :- object(A, ship), {value} =\\= 1.", 0.0)
    check(f"retrieve :- object(A, ship), X is {value}, X = X.", 0.0)
    check(f"retrieve :- object(A, ship), \\+ {value} > 1.", SHIP)


def test_a_helper_may_be_called_with_a_number_for_its_result():
    check("retrieve :- hundreds(A, 2).\nhundreds(A, N) :- object(A, ship), area(A, S), N is S / 100.", 0.6)


def test_sizes_are_compared_over_all_images_when_they_are_solved_in_parts(monkeypatch):
    boxes = [[(0, 0), (10 * k, 0), (10 * k, 9), (0, 9)] for k in range(1, 7)]
    scenes = Scenes.from_detections([(f"image{k}", "ship", 0.5, box) for k, box in enumerate(boxes)])
    query = make_query("retrieve :- object(A, ship), large(A).", LIBRARY)
    monkeypatch.setattr("rune_pl.inference.native._CHUNK_FACTS", 1)
    assert [m.probability for m in NativeEngine().marginals(query, scenes)] == [0.0, 0.0, 0.0, 0.0, 0.5, 0.5]


def test_recursion_is_seen_before_it_is_unfolded():
    rule = "r(A, B) :- object(A, C), object(B, C), near(A, B).\nr(A, B) :- r(A, C), r(C, B).\nretrieve :- r(d1, _)."
    with pytest.raises(NotInFragmentError, match="recursion"):
        unfold(make_query(rule, LIBRARY), tuple(f"class{n}" for n in range(20)))
