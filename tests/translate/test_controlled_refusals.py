"""What controlled English refuses: where it stops, and what it says to write instead."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from rune_pl.errors import TranslationError, UnknownClassError
from rune_pl.translate import ControlledEnglish

TRANSLATOR = ControlledEnglish()

REFUSED = [
    # (text, column, part of the message)
    ("", 1, "empty"),
    (" \t ", 1, "empty"),
    ("a ship @ a harbor", 8, "'@' has no meaning"),
    ("a red ship", 3, "unknown word 'red'"),
    ("a ship nera a harbor", 8, "unknown word 'nera' (did you mean near?"),
    ("ship near", 10, "ends too early"),
    ("ship ship", 6, "'ship' does not fit here"),
    ("a ship,, a plane", 8, "','"),
    ("a ship of a harbor", 8, "'of' does not fit here"),
    ("show me", 8, "ends too early"),
    ("images", 1, "write 'images with ...'"),
    ("a large and small ship", 9, "'and' does not fit"),
    # counts
    ("at least 0 ships", 10, "every image or for none"),
    ("fewer than zero ships", 12, "every image or for none"),
    ("2.5 ships", 1, "not a whole number"),
    ("12345678 ships", 1, "too long"),
    # readings that no rule decides
    ("no ships and planes", 14, "'no' may or may not reach this far"),
    ("images without ships, planes", 23, "'no' may or may not reach this far"),
    ("no ship near a harbor and a plane", 27, "one more landmark or one more thing"),
    ("a ship not near a harbor and a plane", 30, "one more landmark or one more thing"),
    ("a ship near a harbor or a plane near a bridge", 33, "both classes of the 'or' or only the last"),
    ("a ship near three harbors or a plane", 30, "two landmarks or two descriptions"),
    ("a ship near a harbor, which is near a bridge", 23, "either of two nouns"),
    ("both a ship and a plane near a harbor", 25, "both things or only the last"),
    ("ships and planes are not near a bridge", 18, "each of several things or about all together"),
    ("ships and planes are near three bridges", 27, "one group for all of the things or one for each"),
    ("ships, planes are near a bridge", 15, "all of the things before it or only the last"),
    ("ships or planes and bridges are near a harbor", 29, "all of the things before it or only the last"),
    ("ships near planes and a bridge are near a harbor", 32, "more than the thing before it"),
    ("ships near a bridge and planes are near a harbor", 32, "more than the thing before it"),
    ("there are ships and harbors with planes near a bridge", 41, "more than the thing before it"),
    ("ships and planes are near a bridge and are large", 40, "not clear what this is about"),
    ("ships and planes are near a bridge, none of them large", 37, "any of several things"),
    ("a ship, a plane and a car are near each other", 27, "more than two things"),
    ("ships are both near a bridge", 7, "'both' needs two things"),
    ("two adjacent ships near a bridge", 20, "both of a pair or about one of them"),
    ("either a ship or a plane, without bridges", 27, "the last alternative or of all"),
    ("a ship not near both a harbor and a bridge", 8, "neither or not both"),
    ("a ship far from both a harbor and a bridge", 8, "neither or not both"),
    ("a ship near a harbor and near a bridge or near a plane", 43, "more than one thing to join"),
    ("a ship near a harbor or near a bridge and near a plane", 43, "'and' after 'or'"),
    ("a ship near and left of or above a harbor", 8, "'and' and 'or' between relations"),
    ("find all ships near a harbor", 6, "may ask for them"),
    ("find all ships", 6, "nothing is said of every ship"),
    ("either a ship or either a plane or a bridge", 18, "'either' inside an 'or'"),
    ("two harbors and a ship near the harbor", 29, "'the harbor' may or may not be the one mentioned before"),
    (
        "a harbor near a harbor, and a ship near the harbor",
        41,
        "'the harbor' may or may not be the one mentioned before",
    ),
    ("no harbor. A ship near the harbor", 24, "'the harbor' may or may not be the one mentioned before"),
    ("either a ship or a harbor; a plane near the harbor", 41, "counted, denied or an alternative"),
    ("a ship or a harbor; a plane near the ship", 11, "the same one may be either"),
    ("near a harbor there is a ship, a plane", 32, "what the sentence begins with may be about this too"),
    ("there is a ship near a harbor, a plane and a bridge", 32, "a list of landmarks or of things"),
    ("a ship near a harbor with planes in it", 22, "'it' may be either of two"),
    ("there is a ship. There is no plane around", 27, "the whole image or what is beside it"),
    ("a ship, a plane, and a bridge and ships on its left", 35, "more than the thing before it"),
    ("planes not far away from a ship away from both a harbor and a bridge", 33, "neither or not both"),
    ("at most three ships or more", 21, "does not fit here"),
    ("a ship with confidence at least 2", 33, "more than 0 and at most 1"),
    ("ships over two bridges", 7, "overlapping"),
    ("ten ships near a harbor and ten planes", 29, "one more landmark or one more thing"),
    # words that need something before or after them
    ("it is near a harbor", 1, "'it' does not fit"),
    ("none of them near a bridge", 1, "'them' refers to nothing"),
    ("a ship, none of them near a bridge", 9, "'them' refers to no plural"),
    ("all ships are large, none of them near a bridge", 22, "need not be there"),
    ("ships or none of them large", 10, "'or' before 'of them'"),
    ("another ship", 1, "'another' outside a relation"),
    ("a plane near another ship", 14, "'another' has nothing to be different from"),
    ("a ship near a harbor and another harbor", 26, "needs another one"),
    ("a ship near the nearest harbor", 13, "'nearest' needs"),
    ("a ship to a harbor", 8, "'to' has no meaning"),
    ("a plane between a ship", 9, "'between' needs two things"),
    ("a plane between three ships and a bridge", 17, "one thing on each side"),
    ("the largest vehicle", 1, "compares within one class"),
    ("a vehicle is the largest", 1, "compares within one class"),
    ("more ships than planes and it is large", 28, "not clear what this is about"),
    ("without three ships", 9, "'without' takes a plain class"),
    ("neither three ships nor planes", 9, "'neither' takes two plain classes"),
    # names
    ("a ship near (B)", 13, "does not fit here"),
    ("no ship (A) near a bridge, and a plane near A", 45, "no object is called A here"),
    ("a ship (A) and a plane (A)", 16, "given twice"),
    ("a ship (A), and A", 17, "nothing is said of A"),
    ("a ship (A), and A is near each other", 17, "'each other' after a name"),
    # words with no one meaning
    ("ships on top of a bridge", 7, "write 'above'"),
    ("the first ship", 5, "objects have no order"),
    ("ships over a bridge", 7, "overlapping"),
    ("a ship within 50 feet of a bridge", 18, "metres"),
]


@pytest.mark.parametrize(("text", "column", "message"), REFUSED, ids=[text or "empty" for text, _, _ in REFUSED])
def test_is_refused_at_its_column(text: str, column: int, message: str) -> None:
    with pytest.raises(TranslationError) as caught:
        TRANSLATOR.translate(text)
    assert message in str(caught.value)
    assert caught.value.column == column
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("a shpi near a harbor", 3, "unknown class 'shpi' (did you mean ship?)"),
        ("three zebras", 7, "unknown class 'zebras'"),
        ("a ship near a power plant", 15, "unknown class 'power plant'"),
    ],
)
def test_an_unknown_noun_is_an_unknown_class(text: str, column: int, message: str) -> None:
    with pytest.raises(UnknownClassError) as caught:
        TRANSLATOR.translate(text)
    assert message in str(caught.value)
    assert (caught.value.line, caught.value.column) == (1, column)


def test_a_slip_of_the_pen_is_suggested() -> None:
    with pytest.raises(TranslationError) as caught:
        TRANSLATOR.translate("a ship betwen two planes")
    assert caught.value.suggestions[0] == "between"


def test_long_queries_are_refused_before_they_are_read() -> None:
    with pytest.raises(TranslationError, match="501 characters, more than 500"):
        TRANSLATOR.translate("a" * 501)
    with pytest.raises(TranslationError, match="more than 60 words") as caught:
        TRANSLATOR.translate("a ship and " * 20 + "a plane")
    assert caught.value.column == 221


def test_the_longest_query_is_read() -> None:
    rule = TRANSLATOR.translate("near ".join(["a ship "] * 20)).rule  # 59 words: a chain of 20 ships
    assert rule.count("object(") == 20
    assert rule.count("near(") == 19


class Fleet:
    """An ontology whose names look like nothing in English."""

    groups: Mapping[str, tuple[str, ...]] = {}

    def resolve(self, word: str) -> tuple[str, ...]:
        names = {"boeing 737": "Boeing737", "a220": "A220", "left": "left"}
        if word not in names:
            raise UnknownClassError(f"unknown class {word!r}")
        return (names[word],)


def test_class_names_with_digits_and_capitals() -> None:
    translator = ControlledEnglish(Fleet())
    assert translator.translate("3 Boeing 737 near an A220").rule == (
        "retrieve :- at_least(3, A, (object(A, 'Boeing737'), object(B, 'A220'), near(A, B)))."
    )


def test_a_class_wins_over_a_phrase_only_where_it_is_as_long() -> None:
    translator = ControlledEnglish(Fleet())
    assert translator.translate("a left left of a left").rule == (
        "retrieve :- object(A, left), object(B, left), left_of(A, B)."
    )
