"""What controlled English means: English beside its rule, compared up to the names of variables."""

from __future__ import annotations

import re

import pytest

from rune_pl.language import Vocabulary, parse_program
from rune_pl.language.check import check_program
from rune_pl.language.library import Library
from rune_pl.language.symmetry import symmetric_relations
from rune_pl.translate import ControlledEnglish, Translation
from rune_pl.translate.controlled.meaning import BOTH_WAYS

VOCABULARY = Vocabulary.load()
LIBRARY = Library.load()
TRANSLATOR = ControlledEnglish(VOCABULARY)

EXISTENCE = [
    ("a ship", "object(A, ship)"),
    ("ships", "object(A, ship)"),
    ("show me images with a plane", "object(A, plane)"),
    ("Find all images with a plane, please.", "object(A, plane)"),
    ("are there any ships?", "object(A, ship)"),
    ("is there a bridge?", "object(A, bridge)"),
    ("which images have ships and planes?", "object(A, ship), object(B, plane)"),
    ("ships, planes and harbors", "object(A, ship), object(B, plane), object(C, harbor)"),
    ("storage tanks", "object(A, storage_tank)"),
    ("a soccer ball field beside tennis courts", "object(A, soccer_ball_field), object(B, tennis_court), near(A, B)"),
    ("vehicles near a boat", "object(A, vehicle), object(B, ship), near(A, B)"),
]
COUNTS = [
    ("three ships", "at_least(3, A, object(A, ship))"),
    ("at least 5 ships", "at_least(5, A, object(A, ship))"),
    ("5 or more ships", "at_least(5, A, object(A, ship))"),
    ("exactly 2 planes", "exactly(2, A, object(A, plane))"),
    ("only one helicopter", "exactly(1, A, object(A, helicopter))"),
    ("a single helicopter", "exactly(1, A, object(A, helicopter))"),
    ("at most twenty-five planes", "at_most(25, A, object(A, plane))"),
    ("no more than three planes in the center", "at_most(3, A, (object(A, plane), in_region(A, center)))"),
    ("more than 20 ships", "at_least(21, A, object(A, ship))"),
    ("fewer than 5 ships", "at_most(4, A, object(A, ship))"),
    ("several ships", "at_least(3, A, object(A, ship))"),
    ("many ships", "at_least(5, A, object(A, ship))"),
    ("a dozen ships", "at_least(12, A, object(A, ship))"),
    ("one ship", "object(A, ship)"),
    ("zero ships", r"\+ object(A, ship)"),
    ("three ships near a harbor", "at_least(3, A, (object(A, ship), object(B, harbor), near(A, B)))"),
    ("a harbor with five ships", "object(A, harbor), at_least(5, B, (object(B, ship), near(B, A)))"),
    ("a ship near three planes", "object(A, ship), at_least(3, B, (object(B, plane), near(A, B)))"),
    ("more ships than harbors", "more(A, object(A, ship), B, object(B, harbor))"),
    (
        "fewer planes near a harbor than ships",
        "more(A, object(A, ship), B, (object(B, plane), object(C, harbor), near(B, C)))",
    ),
]
ATTRIBUTES = [
    ("a large ship", "object(A, ship), large(A)"),
    ("a tiny plane", "object(A, plane), small(A)"),
    ("a long bridge", "object(A, bridge), elongated(A)"),
    ("a large vehicle", "object(A, large_vehicle)"),
    ("a large large vehicle", "object(A, large_vehicle), large(A)"),
    ("a ship that is not large", r"object(A, ship), \+ large(A)"),
    ("the largest ship", "object(A, ship), largest(A, ship)"),
    ("a plane longer than 50 m", "object(A, plane), longer_than(A, 50)"),
    ("a plane larger than 500 square metres", "object(A, plane), area_above(A, 500)"),
    ("a plane larger than 20.5 square px", "object(A, plane), area_above(A, px(20.5))"),
]
RELATIONS = [
    ("planes next to a storage tank", "object(A, plane), object(B, storage_tank), near(A, B)"),
    ("a ship at a harbor", "object(A, ship), object(B, harbor), near(A, B)"),
    ("a ship within 50 m of a harbor", "object(A, ship), object(B, harbor), near(A, B, 50)"),
    ("a ship within 100 pixels of a harbor", "object(A, ship), object(B, harbor), near(A, B, px(100))"),
    ("a ship less than 1.5 km from a harbor", "object(A, ship), object(B, harbor), near(A, B, 1500)"),
    ("a ship farther than 200 m from a harbor", "object(A, ship), object(B, harbor), farther_than(A, B, 200)"),
    (
        "a ship more than 200 m away from any bridge",
        "object(A, ship), forall(object(B, bridge), farther_than(A, B, 200))",
    ),
    ("a ship to the left of a harbor", "object(A, ship), object(B, harbor), left_of(A, B)"),
    ("a ship right of a harbor", "object(A, ship), object(B, harbor), right_of(A, B)"),
    ("a ship above a harbor", "object(A, ship), object(B, harbor), above(A, B)"),
    ("a ship below a harbor", "object(A, ship), object(B, harbor), below(A, B)"),
    ("a ship north of a harbor", "object(A, ship), object(B, harbor), north_of(A, B)"),
    ("a ship southwest of a harbor", "object(A, ship), object(B, harbor), south_of(A, B), west_of(A, B)"),
    ("a ship on the upper left of a harbor", "object(A, ship), object(B, harbor), above(A, B), left_of(A, B)"),
    ("a ship in a harbor", "object(A, ship), object(B, harbor), inside(A, B)"),
    ("a helicopter on a helipad", "object(A, helicopter), object(B, helipad), inside(A, B)"),
    ("a bridge crossing a harbor", "object(A, bridge), object(B, harbor), overlaps(A, B)"),
    ("a ship that touches another ship", "object(A, ship), object(B, ship), touching(A, B)"),
    ("a tennis court adjacent to a pool", "object(A, tennis_court), object(B, swimming_pool), adjacent(A, B)"),
    (
        "a plane between two trucks",
        "object(A, plane), object(B, large_vehicle), object(C, large_vehicle), between(A, B, C)",
    ),
    ("a plane between a ship and a bridge", "object(A, plane), object(B, ship), object(C, bridge), between(A, B, C)"),
    ("planes aligned with ships", "object(A, plane), object(B, ship), aligned(A, B)"),
    ("a ship parallel to a harbor", "object(A, ship), object(B, harbor), parallel(A, B)"),
    ("a track surrounded by cars", "object(A, ground_track_field), object(B, small_vehicle), surrounded_by(A, B)"),
    ("a harbor containing a ship", "object(A, harbor), object(B, ship), contains(A, B)"),
    ("the ship closest to a harbor", "object(A, ship), object(B, harbor), closest(A, B)"),
    ("the nearest ship to a harbor", "object(A, ship), object(B, harbor), closest(A, B)"),
    ("planes in the same row as a helicopter", "object(A, plane), object(B, helicopter), same_row(A, B)"),
    ("planes in a row", "object(A, plane), object(B, plane), same_row(A, B)"),
    ("two ships near each other", "object(A, ship), object(B, ship), near(A, B)"),
    ("three ships near each other", "at_least(3, A, (object(A, ship), object(B, ship), near(A, B)))"),
    (
        "a harbor near two adjacent ships",
        "object(A, harbor), at_least(2, B, (object(B, ship), object(C, ship), adjacent(B, C), near(A, B)))",
    ),
    ("adjacent tennis courts", "object(A, tennis_court), object(B, tennis_court), adjacent(A, B)"),
    ("a ship near and left of a harbor", "object(A, ship), object(B, harbor), near(A, B), left_of(A, B)"),
    ("ships docked at a harbor", "object(A, ship), object(B, harbor), near(A, B)"),
]
REGIONS = [
    ("a ship in the top left", "object(A, ship), in_region(A, top_left)"),
    ("a ship in the lower right corner", "object(A, ship), in_region(A, bottom_right)"),
    ("a ship on the left side of the image", "object(A, ship), in_region(A, left)"),
    ("a ship in the center and a plane", "object(A, ship), in_region(A, center), object(B, plane)"),
    (
        "find a pool on the upper right and it is on the left of a tennis court",
        "object(A, swimming_pool), in_region(A, top_right), object(B, tennis_court), left_of(A, B)",
    ),
]
NEGATION = [
    ("no bridge", r"\+ object(A, bridge)"),
    ("images without ships", r"\+ object(A, ship)"),
    ("images that do not contain ships or planes", r"\+ object(A, ship), \+ object(B, plane)"),
    ("neither ships nor planes", r"\+ object(A, ship), \+ object(B, plane)"),
    ("a harbor without ships", r"object(A, harbor), \+ object(B, ship)"),
    ("a harbor with no ships", r"object(A, harbor), \+ (object(B, ship), near(B, A))"),
    ("a harbor that does not have a ship", r"object(A, harbor), \+ (object(B, ship), near(B, A))"),
    ("a ship not near a bridge", r"object(A, ship), \+ (object(B, bridge), near(A, B))"),
    ("a ship far from a bridge", r"object(A, ship), \+ (object(B, bridge), near(A, B))"),
    ("a ship that isn't near a bridge", r"object(A, ship), \+ (object(B, bridge), near(A, B))"),
    (
        "a ship near a harbor but no large vehicle",
        r"object(A, ship), object(B, harbor), near(A, B), \+ object(C, large_vehicle)",
    ),
    ("no ship near a bridge", r"\+ (object(A, ship), object(B, bridge), near(A, B))"),
    (
        "harbours with at least five ships, none of them near a bridge",
        (
            r"object(A, harbor), at_least(5, B, (object(B, ship), near(B, A))), "
            r"\+ (object(C, ship), near(C, A), object(D, bridge), near(C, D))"
        ),
    ),
    ("at most 3 ships, none of them small", r"at_most(3, A, object(A, ship)), \+ (object(B, ship), small(B))"),
]
UNIVERSALS = [
    ("every ship near a harbor", "forall(object(A, ship), (object(B, harbor), near(A, B)))"),
    ("all ships are near a harbor", "forall(object(A, ship), (object(B, harbor), near(A, B)))"),
    (
        "every ship near a harbor is left of a bridge",
        "forall((object(A, ship), object(B, harbor), near(A, B)), (object(C, bridge), left_of(A, C)))",
    ),
    ("each harbor has at least two ships", "forall(object(A, harbor), at_least(2, B, (object(B, ship), near(B, A))))"),
    ("at least 6 planes, all of them small", "at_least(6, A, object(A, plane)), forall(object(B, plane), small(B))"),
    ("a ship near every bridge", "object(A, ship), forall(object(B, bridge), near(A, B))"),
]
ATTACHMENT = [
    (
        "a plane near a ship near a harbor",
        "object(A, plane), object(B, ship), near(A, B), object(C, harbor), near(B, C)",
    ),
    (
        "a plane near a ship that is near a harbor",
        "object(A, plane), object(B, ship), near(A, B), object(C, harbor), near(B, C)",
    ),
    (
        "a plane near a ship and near a harbor",
        "object(A, plane), object(B, ship), near(A, B), object(C, harbor), near(A, C)",
    ),
    (
        "a plane near a ship, near a harbor",
        "object(A, plane), object(B, ship), near(A, B), object(C, harbor), near(A, C)",
    ),
    (
        "a plane near a ship and a harbor",
        "object(A, plane), object(B, ship), near(A, B), object(C, harbor), near(A, C)",
    ),
    (
        "a plane near both a ship and a harbor",
        "object(A, plane), object(B, ship), near(A, B), object(C, harbor), near(A, C)",
    ),
    ("a plane near a ship, and a harbor", "object(A, plane), object(B, ship), near(A, B), object(C, harbor)"),
    (
        "a plane near a ship and a harbor near a bridge",
        "object(A, plane), object(B, ship), near(A, B), object(C, harbor), object(D, bridge), near(C, D)",
    ),
    (
        "a ship (A) near a harbor (B), and a plane near B",
        "object(A, ship), object(B, harbor), near(A, B), object(C, plane), near(C, B)",
    ),
]
SEVERAL = [
    (
        "a ship and a plane are near a harbor",
        "object(A, harbor), object(B, ship), near(B, A), object(C, plane), near(C, A)",
    ),
    (
        "the ships, planes and cars are on the upper right of bridges",
        "object(A, bridge), object(B, ship), above(B, A), right_of(B, A), object(C, plane), above(C, A), "
        "right_of(C, A), object(D, small_vehicle), above(D, A), right_of(D, A)",
    ),
    (
        "many planes and a ship are near a harbor",
        "object(A, harbor), at_least(5, B, (object(B, plane), near(B, A))), object(C, ship), near(C, A)",
    ),
    (
        "both a ship and a plane are near a harbor",
        "object(A, harbor), object(B, ship), near(B, A), object(C, plane), near(C, A)",
    ),
    (
        "a ship and a plane are both near a harbor that is near a bridge",
        "object(A, harbor), object(B, bridge), near(A, B), object(C, ship), near(C, A), object(D, plane), near(D, A)",
    ),
    (
        "the largest ship and a plane cross a bridge",
        "object(A, bridge), object(B, ship), largest(B, ship), overlaps(B, A), object(C, plane), overlaps(C, A)",
    ),
    ("a ship and a plane are near each other", "object(A, ship), object(B, plane), near(B, A)"),
    ("ships and planes are large", "object(A, ship), large(A), object(B, plane), large(B)"),
    (
        "ships and planes are between a bridge and a harbor",
        "object(A, bridge), object(B, harbor), object(C, ship), between(C, A, B), object(D, plane), between(D, A, B)",
    ),
    (
        "ships and planes are near a bridge and a harbor",
        "object(A, bridge), object(B, harbor), object(C, ship), near(C, A), near(C, B), object(D, plane), near(D, A), "
        "near(D, B)",
    ),
    ("a ship and a plane is near a bridge", "object(A, ship), object(B, plane), object(C, bridge), near(B, C)"),
    ("a ship, and planes are near a bridge", "object(A, ship), object(B, plane), object(C, bridge), near(B, C)"),
    (
        "a ship near a harbor and planes are near a bridge",
        "object(A, ship), object(B, harbor), near(A, B), object(C, plane), object(D, bridge), near(C, D)",
    ),
]
LISTS = [
    (
        "a ship is to the right of a bridge, the plane and harbors",
        "object(A, ship), object(B, bridge), right_of(A, B), object(C, plane), right_of(A, C), object(D, harbor), "
        "right_of(A, D)",
    ),
    (
        "a harbor with ships, planes and a bridge",
        "object(A, harbor), object(B, ship), near(B, A), object(C, plane), near(C, A), object(D, bridge), near(D, A)",
    ),
    (
        "ships are near a bridge, a harbor and two planes",
        "object(A, ship), object(B, bridge), near(A, B), object(C, harbor), near(A, C), "
        "at_least(2, D, (object(D, plane), near(A, D)))",
    ),
    (
        "all ships are near a bridge and the largest plane",
        "forall(object(A, ship), (object(B, bridge), near(A, B), object(C, plane), largest(C, plane), near(A, C)))",
    ),
    (
        "ships and planes are near a bridge, a harbor and a helipad",
        "object(A, bridge), object(B, harbor), object(C, helipad), object(D, ship), near(D, A), near(D, B), "
        "near(D, C), object(E, plane), near(E, A), near(E, B), near(E, C)",
    ),
    (
        "a plane near a ship, a harbor, and a bridge",
        "object(A, plane), object(B, ship), near(A, B), object(C, harbor), object(D, bridge)",
    ),
    (
        "a plane near a ship, a helipad and a bridge near a harbor",
        "object(A, plane), object(B, ship), near(A, B), object(C, helipad), object(D, bridge), object(E, harbor), "
        "near(D, E)",
    ),
]
DISJUNCTION = [
    ("a ship or a plane", "object(A, ship) ; object(A, plane)"),
    (
        "storage tanks or planes near a bridge",
        "(object(A, storage_tank) ; object(A, plane)), object(B, bridge), near(A, B)",
    ),
    ("three ships or planes", "at_least(3, A, (object(A, ship) ; object(A, plane)))"),
    ("three ships or two planes", "at_least(3, A, object(A, ship)) ; at_least(2, B, object(B, plane))"),
    (
        "either a plane near a harbor or a helicopter near a helipad",
        "object(A, plane), object(B, harbor), near(A, B) ; object(C, helicopter), object(D, helipad), near(C, D)",
    ),
    ("a ship, a plane, or a bridge", "object(A, ship), object(B, plane) ; object(C, bridge)"),
    ("a ship and either a plane or a bridge", "object(A, ship), (object(B, plane) ; object(C, bridge))"),
    (
        "a ship near a harbor or left of a bridge",
        "object(A, ship), (object(B, harbor), near(A, B) ; object(C, bridge), left_of(A, C))",
    ),
    ("a ship near a harbor or a bridge", "object(A, ship), (object(B, harbor) ; object(B, bridge)), near(A, B)"),
]
TABLE = (
    EXISTENCE
    + COUNTS
    + ATTRIBUTES
    + RELATIONS
    + REGIONS
    + NEGATION
    + UNIVERSALS
    + ATTACHMENT
    + SEVERAL
    + LISTS
    + DISJUNCTION
)


def in_order_of_appearance(rule: str) -> str:
    """The rule as the parser prints it, its variables renamed V1, V2, ... as they appear."""
    text = str(parse_program(rule))
    names: dict[str, str] = {}
    return re.sub(r"\b[A-Z_]\w*\b", lambda m: names.setdefault(m.group(), f"V{len(names) + 1}"), text)


@pytest.mark.parametrize(("text", "goals"), TABLE, ids=[text for text, _ in TABLE])
def test_means_the_rule(text: str, goals: str) -> None:
    rule = TRANSLATOR.translate(text).rule
    assert in_order_of_appearance(rule) == in_order_of_appearance(f"retrieve :- {goals}.")


def test_variables_are_named_in_order_and_the_text_is_canonical() -> None:
    translation = TRANSLATOR.translate("A Ship near a HARBOUR")
    assert translation == Translation(
        "A Ship near a HARBOUR", "retrieve :- object(A, ship), object(B, harbor), near(A, B).", "controlled-english"
    )
    for text, _ in TABLE:
        rule = TRANSLATOR.translate(text).rule
        assert str(parse_program(rule)) == rule


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("a plane near a ship and a harbor", "one more landmark"),
        ("every ship is large", "also holds where there is none"),
        ("ships parked near a harbor", "'parked' is not checked"),
        ("harbors with two ships, none of them large", "the plural mentioned last: ship"),
        ("large ships or planes", "the adjective is about this class only"),
    ],
)
def test_a_choice_of_reading_is_noted(text: str, note: str) -> None:
    notes = TRANSLATOR.translate(text).notes
    assert len([n for n in notes if note in n]) == 1


def test_case_hyphens_and_blanks_do_not_matter() -> None:
    expected = TRANSLATOR.translate("a storage tank in the top left").rule
    for text in (
        "A STORAGE TANK IN THE TOP LEFT",
        "  a   storage-tank in the\ttop-left ",
        "a storage tank in the top left!",
    ):
        assert TRANSLATOR.translate(text).rule == expected


@pytest.mark.parametrize("text", [text for text, _ in TABLE])
def test_the_rule_passes_the_checks(text: str) -> None:
    program = parse_program(TRANSLATOR.translate(text).rule)
    check_program(program, library=LIBRARY, vocabulary=VOCABULARY)


def test_a_pair_needs_a_relation_that_holds_both_ways() -> None:
    clauses = {indicator: predicate.clauses for indicator, predicate in LIBRARY.predicates.items()}
    assert {(name, 2) for name in BOTH_WAYS} <= symmetric_relations(clauses)
