"""The check of programs: what is refused with which words, what canonical programs look like, what they need."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rune_pl.cli.main import main
from rune_pl.errors import (
    ArgumentError,
    ArityError,
    ForbiddenGoalError,
    LanguageError,
    MissingGoalError,
    ProgramSizeError,
    UnboundVariableError,
    UnknownClassError,
    UnknownPredicateError,
)
from rune_pl.language import CheckedProgram, Library, Limits, Vocabulary, check_program, check_text, parse_program
from rune_pl.language.terms import Clause, Program

VOCABULARY = Vocabulary.load()


# --- a library by hand: what a check reads of one, small enough to see


@dataclass(frozen=True)
class Argument:
    mode: str
    name: str
    kind: str


@dataclass(frozen=True)
class Predicate:
    arguments: Sequence[Argument]
    clauses: Sequence[Clause] = ()
    internal: bool = False


@dataclass(frozen=True)
class HandLibrary:
    predicates: Mapping[tuple[str, int], Predicate] = field(default_factory=dict)


def declare(*signatures: str, clauses: str = "", internal: Sequence[str] = ()) -> HandLibrary:
    """A library from lines like `near +A:object +B:object`."""
    program = parse_program(clauses, library=True)
    predicates = {}
    for line in signatures:
        name, *parts = line.split()
        arguments = [Argument(p[0], p[1:].split(":")[0], p.split(":")[1]) for p in parts]
        indicator = (name, len(arguments))
        predicates[indicator] = Predicate(arguments, program.defining(*indicator), name in internal)
    return HandLibrary(predicates)


LIBRARY = declare(
    "true",
    "fail",
    "object ?A:object ?C:class",
    "detection ?A:object",
    "near +A:object +B:object",
    "near +A:object +B:object +D:distance",
    "left_of +A:object +B:object",
    "between +A:object +B:object +C:object",
    "large +A:object",
    "largest +A:object ?C:class",
    "area_above +A:object +S:area",
    "confident +A:object +P:number",
    "in_region +A:object ?R:region",
    "pixels +D:distance -P:number",
    "gap +A:object +B:object -P:number",
    "area +A:object -S:number",
    "center +A:object -X:number -Y:number",
    "gsd -S:number",
    "image_size -W:number -H:number",
    "helper +A:object",
    "at_least +N:count -X:template :G:goal".replace(":G", "+G"),
    "at_most +N:count -X:template +G:goal",
    "exactly +N:count -X:template +G:goal",
    "more -X:template +G:goal -Y:template +H:goal",
    "forall +C:goal +G:goal",
    clauses="""
        near(A, B) :- gap(A, B, G), area(A, S), G =< S.
        near(A, B, D) :- gap(A, B, G), pixels(D, P), G =< P.
        pixels(px(N), N).
        pixels(M, P) :- number(M), gsd(S), P is M / S.
        in_region(A, top) :- center(A, _, Y), image_size(_, H), Y < H / 3.
        in_region(A, center) :- center(A, _, Y), image_size(_, H), Y > H / 3.
    """,
    internal=["helper", "detection"],
)


def check(text: str, **options: object) -> CheckedProgram:
    return check_program(parse_program(text), library=LIBRARY, vocabulary=VOCABULARY, **options)  # type: ignore[arg-type]


def body(text: str) -> str:
    """The canonical body of the only rule of a program."""
    (clause,) = check(f"retrieve :- {text}.").program.clauses
    return str(clause.body)


SHIP_HARBOR = "object(A, ship), object(B, harbor)"


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        # Classes take the place of words.
        ("object(A, boats)", "object(A, ship)"),
        ("object(A, 'Oil Tank')", "object(A, storage_tank)"),
        ("object(A, vehicle)", "object(A, small_vehicle) ; object(A, large_vehicle)"),
        ("object(A, C), C = airplane", "object(A, C), C = plane"),
        ("object(A, C), C \\= vehicle", "object(A, C), C \\= small_vehicle, C \\= large_vehicle"),
        ("object(A, C), vehicle == C", "object(A, C), (small_vehicle == C ; large_vehicle == C)"),
        ("object(A, ship), largest(A, boat)", "object(A, ship), largest(A, ship)"),
        (r"\+ object(_, vehicles)", r"\+ (object(_1, small_vehicle) ; object(_1, large_vehicle))"),
        ("object(A, ship), in_region(A, centre)", "object(A, ship), in_region(A, center)"),
        ("object(A, ship), false", "object(A, ship), fail"),
        ("near(d1, d2)", "near(d1, d2)"),
        # What binds comes first, in its own order; the rest as early as it can.
        (f"near(A, B), {SHIP_HARBOR}", f"{SHIP_HARBOR}, near(A, B)"),
        (f"\\+ large(A), near(A, B), {SHIP_HARBOR}", f"{SHIP_HARBOR}, near(A, B), \\+ large(A)"),
        (
            "G < 5, gap(A, B, G), object(B, ship), object(A, ship)",
            "object(B, ship), object(A, ship), gap(A, B, G), G < 5",
        ),
        ("X > Y, X is Y + 1, Y is 2", "Y is 2, X is Y + 1, X > Y"),
        ("large(B), B = A, object(A, ship)", "object(A, ship), B = A, large(B)"),
        ("near(A, B), (object(A, ship) ; object(A, plane)), object(B, harbor)",)
        + ("(object(A, ship) ; object(A, plane)), object(B, harbor), near(A, B)",),
        ("(large(A) ; near(A, B)), object(B, harbor), object(A, ship)",)
        + ("object(B, harbor), object(A, ship), (large(A) ; near(A, B))",),
        ("at_least(2, A, (near(A, B), object(A, ship))), object(B, harbor)",)
        + ("object(B, harbor), at_least(2, A, (object(A, ship), near(A, B)))",),
        ("forall((large(A), object(A, ship)), (near(A, B), object(B, harbor)))",)
        + ("forall((object(A, ship), large(A)), (object(B, harbor), near(A, B)))",),
        ("more(A, (large(A), object(A, ship)), B, object(B, boat))",)
        + ("more(A, (object(A, ship), large(A)), B, object(B, ship))",),
        # The same name in two negations is two variables.
        (r"\+ object(A, ship), \+ object(A, plane)", r"\+ object(A, ship), \+ object(A, plane)"),
        # A result that has a value already is compared.
        (f"{SHIP_HARBOR}, area(A, S), area(B, S)", f"{SHIP_HARBOR}, area(A, S), area(B, S_2), S_2 =:= S"),
        ("object(A, ship), center(A, X, X)", "object(A, ship), center(A, X, X_2), X_2 =:= X"),
        ("object(A, ship), area(A, S), S is 2 * 3", "object(A, ship), area(A, S), S =:= 2 * 3"),
    ],
)
def test_canonical_form(text: str, canonical: str) -> None:
    assert body(text) == canonical


def test_canonical_form_is_a_fixed_point() -> None:
    text = (
        "retrieve :- near(A, B), \\+ far(A), object(A, boat), object(B, vehicle).\n"
        "far(A) :- area(A, S), S > 3, object(A, ship).\n"
    )
    once = check(text).program
    assert check(str(once)).program == once


# --- errors


@pytest.mark.parametrize(
    ("text", "error", "column", "words"),
    [
        ("retrieve :- neer(A, B).", UnknownPredicateError, 13, "did you mean near?"),
        ("retrieve :- ship(A).", UnknownPredicateError, 13, "a class is an argument: object(A, ship)"),
        ("retrieve :- qqqqq.", UnknownPredicateError, 13, "rune-pl library"),
        ("retrieve :- findall(A, object(A, ship), L).", ForbiddenGoalError, 13, "count with at_least"),
        ("retrieve :- assertz(a).", ForbiddenGoalError, 13, "may not be called"),
        ("retrieve :- shell(ls).", ForbiddenGoalError, 13, "may not be called"),
        ("retrieve :- call(near, A, B).", ForbiddenGoalError, 13, "may not be called"),
        ("retrieve :- consult(x).", ForbiddenGoalError, 13, "may not be called"),
        ("retrieve :- write(x).", ForbiddenGoalError, 13, "may not be called"),
        ("retrieve :- object(A, ship), helper(A).", ForbiddenGoalError, 30, "internal to the library"),
        ("retrieve. near(A, B) :- object(A, B).", ForbiddenGoalError, 11, "library predicate"),
        ("retrieve. helper(A) :- object(A, _).", ForbiddenGoalError, 11, "library predicate"),
        ("retrieve. object(d1, ship).", ForbiddenGoalError, 11, "library predicate"),
        ("retrieve. write(a).", ForbiddenGoalError, 11, "Prolog's own"),
        ("retrieve. false.", ForbiddenGoalError, 11, "Prolog's own"),
        ("retrieve :- near(A, B, 3, 4).", ArityError, 13, "near takes 2 or 3 arguments, got 4"),
        ("retrieve :- large.", ArityError, 13, "large takes 1 argument, got 0"),
        ("retrieve :- object(ship).", ArityError, 13, "as in object(A, ship)"),
        ("retrieve :- at_least(3, object(A, ship)).", ArityError, 13, "as in at_least(3, A, object(A, ship))"),
        ("retrieve :- at_least(3, A, large(A), object(A, ship)).", ArityError, 13, "parentheses of their own"),
        ("retrieve :- a(d1). a(A, B) :- near(A, B).", ArityError, 13, "a takes 2 arguments, got 1"),
        ("retrieve :- object(A, airplne).", UnknownClassError, 23, "did you mean airplane?"),
        ("retrieve :- object(A, C), C = airplne.", UnknownClassError, 31, "did you mean airplane?"),
        ("retrieve :- object(A, ship), largest(A, qq).", UnknownClassError, 41, "known classes"),
        ("retrieve :- object(A, 3).", ArgumentError, 23, "object needs a class here, got 3"),
        ("retrieve :- object(A, ship(b)).", ArgumentError, 23, "needs a class here"),
        ("retrieve :- object(ship, A).", ArgumentError, 20, "the class comes second"),
        ("retrieve :- near(ship, harbor).", ArgumentError, 18, "bind it first: object(X, ship)"),
        ("retrieve :- near(7, d2).", ArgumentError, 18, "a detection such as d7"),
        ("retrieve :- near(d0, d2).", ArgumentError, 18, "needs an object"),
        ("retrieve :- object(A, ship), near(A, A).", ArgumentError, 38, "with itself"),
        ("retrieve :- near(d1, d1).", ArgumentError, 22, "with itself"),
        (f"retrieve :- {SHIP_HARBOR}, near(A, B, -1).", ArgumentError, 60, "px(N)"),
        (f"retrieve :- {SHIP_HARBOR}, near(A, B, far).", ArgumentError, 60, "needs a distance"),
        (f"retrieve :- {SHIP_HARBOR}, near(A, B, px(-1)).", ArgumentError, 60, "needs a distance"),
        (f"retrieve :- {SHIP_HARBOR}, near(A, B, 2 * 3).", ArgumentError, 60, "needs a distance"),
        ("retrieve :- object(A, ship), area_above(A, big).", ArgumentError, 44, "needs an area"),
        ("retrieve :- object(A, ship), confident(A, very).", ArgumentError, 43, "needs a number"),
        ("retrieve :- object(A, ship), in_region(A, nowhere).", ArgumentError, 43, "the regions are top, center"),
        ("retrieve :- object(A, ship), area(A, 5).", ArgumentError, 38, "is a result"),
        ("retrieve :- object(A, ship), area(A) > 5.", ArgumentError, 30, "area(A, X), and compare X"),
        ("retrieve :- object(A, ship), A > 5.", ArgumentError, 30, "compare a measure of it"),
        (
            "retrieve :- object(A, C), near(A, C).",
            ArgumentError,
            35,
            "C is a class in object, but near needs an object",
        ),
        ("retrieve :- object(A, ship), A = plane.", ArgumentError, 34, "ask for its class: object(A, plane)"),
        ("retrieve :- X = 1 + 2.", ArgumentError, 17, "compute with `is`"),
        ("retrieve :- 3 + 1 is 4.", ArgumentError, 13, "left side of `is`"),
        ("retrieve :- 3 > ship.", ArgumentError, 17, "not a number"),
        ("retrieve :- 3 > foo(2).", ArgumentError, 17, "foo/1 is not an arithmetic function"),
        ("retrieve :- object(A, ship), largest(A, vehicle).", ArgumentError, 41, "one class"),
        ("retrieve :- many(vehicle). many(C) :- at_least(2, A, object(A, C)).", ArgumentError, 18, "one class"),
        ("retrieve :- at_least(2, ship, object(A, ship)).", ArgumentError, 25, "of one variable, got ship"),
        ("retrieve :- at_least(2, B, object(A, ship)).", ArgumentError, 25, "does not occur in the goal"),
        ("retrieve :- at_least(2, (A, A), object(A, ship)).", ArgumentError, 26, "counts the objects of one variable"),
        ("retrieve :- more(A, object(A, ship), 3, object(B, ship)).", ArgumentError, 38, "more counts the objects"),
        ("retrieve :- object(A, ship), at_least(2, A, object(A, plane)).", ArgumentError, 42, "a name of its own"),
        ("retrieve :- a(f(x)). a(A) :- object(A, ship).", ArgumentError, 15, "needs an object"),
        ("retrieve. a(f(X)) :- object(X, ship).", ArgumentError, 13, "head of a rule"),
        ("retrieve :- at_least(100001, A, object(A, ship)).", ProgramSizeError, 13, "100,001"),
        # range restriction
        ("retrieve :- object(A, ship), near(A, B).", UnboundVariableError, 38, "object(B, Class)"),
        ("retrieve :- object(A, ship), near(A, _).", UnboundVariableError, 38, "_ in near(A, _) is not bound"),
        (r"retrieve :- \+ near(A, B).", UnboundVariableError, 21, "A in near(A, B)"),
        (r"retrieve :- object(A, ship), \+ near(A, B).", UnboundVariableError, 41, "B in near(A, B)"),
        (r"retrieve :- \+ object(A, ship), large(A).", UnboundVariableError, 39, "A in large(A)"),
        ("retrieve :- at_least(2, A, object(A, ship)), large(A).", UnboundVariableError, 52, "A in large(A)"),
        ("retrieve :- at_least(2, A, large(A)).", UnboundVariableError, 34, "A in large(A)"),
        (r"retrieve :- at_least(2, A, \+ object(A, ship)).", UnboundVariableError, 25, "the goal that at_least counts"),
        ("retrieve :- forall(object(A, ship), near(A, B)).", UnboundVariableError, 45, "B in near(A, B)"),
        ("retrieve :- forall(large(A), object(A, ship)).", UnboundVariableError, 26, "A in large(A)"),
        ("retrieve :- X > 3.", UnboundVariableError, 13, "bind X with `is`"),
        ("retrieve :- X is Y + 1.", UnboundVariableError, 18, "Y in X is Y + 1"),
        ("retrieve :- X = Y, X > 3.", UnboundVariableError, 13, "X in X = Y"),
        ("retrieve :- G < 5, gap(A, B, G), object(A, ship).", UnboundVariableError, 27, "B in gap(A, B, G)"),
        ("retrieve :- object(A, ship), C \\= ship.", UnboundVariableError, 30, "C in"),
        ("retrieve :- a(A). a(A) :- object(B, ship), large(B).", UnboundVariableError, 21, "head a(A)"),
        ("retrieve :- a(A). a(A) :- large(A).", UnboundVariableError, 33, "A in large(A)"),
        ("retrieve :- a(3). a(X).", UnboundVariableError, 21, "give X a value"),
        ("retrieve :- close(A, B, D). close(A, B, D) :- object(A, _), object(B, _), near(A, B, D).",)
        + (UnboundVariableError, 25, "D in close(A, B, D)"),
        ("retrieve :- (object(A, ship) ; object(B, plane)), large(A).",)
        + (UnboundVariableError, 57, "only some of the alternatives"),
        (r"retrieve :- (object(A, ship) ; true), \+ large(A).",)
        + (UnboundVariableError, 48, "only some of the alternatives"),
        (
            "retrieve :- a(A). a(A) :- object(A, ship) ; true.",
            UnboundVariableError,
            21,
            "only some of the alternatives",
        ),
        # negation through recursion
        (r"retrieve :- a(A). a(A) :- object(A, ship), \+ a(A).", ForbiddenGoalError, 47, "its own negation"),
        ("retrieve :- a(A). a(A) :- object(A, ship), at_least(2, B, (object(B, plane), b(B))). b(B) :- a(B).",)
        + (ForbiddenGoalError, 78, "its own negation or count"),
    ],
)
def test_errors(text: str, error: type[LanguageError], column: int, words: str) -> None:
    with pytest.raises(LanguageError) as caught:
        check(text)
    assert type(caught.value) is error
    assert (caught.value.line, caught.value.column) == (1, column)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("a :- object(_, ship).", "r.pl", "does not define retrieve"),
        ("\nretrieve(A) :- object(A, ship).", "r.pl:2:1", "retrieve takes no arguments"),
    ],
)
def test_missing_goal(text: str, where: str, words: str) -> None:
    with pytest.raises(MissingGoalError, match=words) as caught:
        check_program(parse_program(text, "r.pl"), library=LIBRARY, vocabulary=VOCABULARY)
    assert caught.value.where == where


def test_empty_program_has_no_goal() -> None:
    with pytest.raises(MissingGoalError):
        check_program(Program(()), library=LIBRARY, vocabulary=VOCABULARY)


def test_size_of_a_program_that_was_not_parsed() -> None:
    program = parse_program("retrieve :- object(A, ship), large(A). a. b.")
    for limits in (Limits(clauses=2), Limits(goals=2)):
        with pytest.raises(ProgramSizeError):
            check_program(program, library=LIBRARY, vocabulary=VOCABULARY, limits=limits)


def test_all_errors_are_reported_in_order() -> None:
    text = (
        "retrieve :- object(A, shipp), neer(A, B).\n"
        "a(H) :- large(H).\n"
        "b :- near(ship, d1)\n"
        "c :- object(A, ship) , , large(A).\n"
        "d(A) :- object(A, ship), b.\n"
    )
    report = check_text(text, "r.pl", library=LIBRARY, vocabulary=VOCABULARY)
    assert report.checked is None
    assert [(e.line, type(e).__name__) for e in report.errors] == [
        (1, "UnknownClassError"),
        (2, "UnboundVariableError"),
        (4, "RuleSyntaxError"),
    ]


def test_a_rule_that_cannot_be_read_is_not_missed_elsewhere() -> None:
    report = check_text("retrieve :- busy(H).\nbusy(H) :- object(H harbor).\n", library=LIBRARY, vocabulary=VOCABULARY)
    assert [type(e).__name__ for e in report.errors] == ["RuleSyntaxError"]


def test_a_predicate_whose_rule_is_wrong_still_binds() -> None:
    text = "retrieve :- busy(H), large(H).\nbusy(H) :- object(H, harbr).\n"
    report = check_text(text, library=LIBRARY, vocabulary=VOCABULARY)
    assert [type(e).__name__ for e in report.errors] == ["UnknownClassError"]


# --- predicates of the program


def test_arguments_of_own_predicates_have_kinds() -> None:
    checked = check("retrieve :- many(boats). many(C) :- at_least(2, A, object(A, C)).")
    assert str(checked.program.clauses[0]) == "retrieve :- many(ship)."


def test_facts_of_classes_are_resolved_from_their_use() -> None:
    checked = check("retrieve :- wanted(C), object(_, C). wanted(boats). wanted(airplane).")
    assert [str(c.head) for c in checked.program.clauses[1:]] == ["wanted(ship)", "wanted(plane)"]


def test_numbers_may_be_given_by_the_caller() -> None:
    checked = check(
        "retrieve :- close(A, B, D), large(A), D is 20 + 5. "
        "close(A, B, D) :- near(A, B, D), object(A, _), object(B, _)."
    )
    assert str(checked.program.clauses[0].body) == "D is 20 + 5, close(A, B, D), large(A)"


@pytest.mark.parametrize(
    ("text", "recursive"),
    [
        ("retrieve :- object(_, ship).", False),
        ("retrieve :- a(_). a(A) :- object(A, ship). a(A) :- a(B), object(A, _), near(A, B).", True),
        ("retrieve :- a(_). a(A) :- b(A). b(A) :- a(A) ; object(A, ship).", True),
        ("retrieve :- object(_, ship). a(A) :- a(A) ; object(A, ship).", False),
    ],
)
def test_recursion_is_recorded(text: str, recursive: bool) -> None:
    assert check(text).recursive is recursive


# --- what an image must be known to have


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("retrieve :- object(A, ship), object(B, harbor), near(A, B).", ""),
        ("retrieve :- object(A, ship), object(B, harbor), near(A, B, 50).", "gsd"),
        ("retrieve :- object(A, ship), object(B, harbor), near(A, B, px(50)).", ""),
        ("retrieve :- object(A, ship), object(B, harbor), D = px(50), near(A, B, D).", ""),
        ("retrieve :- object(A, ship), object(B, harbor), D = 50, near(A, B, D).", "gsd"),
        (r"retrieve :- object(A, ship), \+ (object(B, harbor), near(A, B, 50)).", "gsd"),
        ("retrieve :- object(A, ship), area_above(A, 50).", "gsd"),
        ("retrieve :- object(A, ship), area_above(A, px(50)).", ""),
        ("retrieve :- object(A, ship), gsd(S), S < 1.", "gsd"),
        ("retrieve :- pixels(30, P), object(A, ship), area(A, S), S > P.", "gsd"),
        ("retrieve :- pixels(px(30), P), object(A, ship), area(A, S), S > P.", ""),
        ("retrieve :- object(A, ship), in_region(A, top).", "size"),
        ("retrieve :- object(A, ship), in_region(A, top), area_above(A, 3).", "gsd size"),
        ("retrieve :- object(A, ship), image_size(W, _), W > 3, large(A).", "size"),
        ("retrieve :- c(A, _, 50), large(A). c(A, B, D) :- object(A, _), object(B, _), near(A, B, D).", "gsd"),
        ("retrieve :- c(A, _, px(9)), large(A). c(A, B, D) :- object(A, _), object(B, _), near(A, B, D).", ""),
        ("retrieve :- b(A, 5). b(A, D) :- c(A, D). c(A, D) :- object(A, _), area_above(A, D).", "gsd"),
        ("retrieve :- object(_, ship). unused(A) :- object(A, _), area_above(A, 5).", ""),
    ],
)
def test_needs(text: str, needs: str) -> None:
    assert sorted(check(text).needs) == needs.split()


# --- warnings


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("retrieve :- object(A, C), large(A).", "1:23", "C occurs once"),
        ("retrieve :- object(_, ship).\nbusy(A) :- object(A, harbor).", "2:1", "busy/1 is defined and never used"),
        ("0.5::retrieve :- object(A, ship), large(A).", "1:1", "each value of A gives retrieve a chance of its own"),
    ],
)
def test_warnings(text: str, place: str, words: str) -> None:
    (warning,) = check(text).warnings
    assert str(warning).startswith(f"rule:{place}: ")
    assert words in str(warning)


@pytest.mark.parametrize(
    "text", ["retrieve :- object(A, ship).", "retrieve :- object(_, _C).", "0.5::a. retrieve :- a, object(_, ship)."]
)
def test_no_warnings(text: str) -> None:
    assert check(text).warnings == ()


# --- bounded time


def test_tangled_alternatives_are_refused_or_done_quickly() -> None:
    inner = "large(X0)"
    for n in range(22):
        inner = f"(X{n} = X{n + 1}, {inner} ; large(X{n}), X{n + 1} = X{n})"
    report = check_text(f"retrieve :- {inner}, object(X22, ship).", library=LIBRARY, vocabulary=VOCABULARY)
    assert report.checked is not None or report.errors


def test_a_long_chain_written_backwards_is_refused() -> None:
    chain = ", ".join(f"X{n} is X{n + 1} + 1" for n in range(1_500))
    with pytest.raises(ProgramSizeError, match="too tangled"):
        check(f"retrieve :- {chain}, X1500 is 1.")


# --- the library that ships


@pytest.fixture(scope="module")
def library() -> Library:
    return Library.load()


def test_examples_of_the_library_pass(library: Library) -> None:
    for predicate in library.predicates.values():
        for example in predicate.examples:
            checked = check_program(parse_program(example), library=library, vocabulary=VOCABULARY)
            assert checked.program.defining("retrieve", 0)


@pytest.mark.parametrize(
    "text",
    [
        "retrieve :- object(A, plane), object(B, storage_tank), near(A, B).",
        r"retrieve :- at_least(3, A, object(A, ship)), \+ object(_, bridge).",
        "retrieve :- forall(object(A, ship), (object(B, harbor), near(A, B))).",
        "retrieve :- busy(H), object(P, plane), north_of(P, H). "
        "busy(H)  :- object(H, harbor), at_least(5, S, (object(S, ship), near(S, H))).",
    ],
)
def test_programs_in_order_stay_as_they_are(library: Library, text: str) -> None:
    program = parse_program(text)
    assert check_program(program, library=library, vocabulary=VOCABULARY).program == program


GOALS = [
    "object(A, ship)",
    "object(B, harbor)",
    "near(A, B)",
    "area(A, S)",
    "S > 5",
    r"\+ large(B)",
    "T is S + 1",
    "T < 9",
]


@given(st.permutations(GOALS))
@settings(max_examples=60, deadline=None)
def test_any_order_of_goals_is_brought_into_one_that_runs(goals: list[str]) -> None:
    """Every variable is bound by a goal on its left when its turn comes."""
    binds = {"object(A, ship)": "A", "object(B, harbor)": "B", "area(A, S)": "S", "T is S + 1": "T"}
    needs = {"near(A, B)": "AB", "area(A, S)": "A", "S > 5": "S", r"\+ large(B)": "B", "T is S + 1": "S", "T < 9": "T"}
    (clause,) = check(f"retrieve :- {', '.join(goals)}.").program.clauses
    placed = [str(g) for g in clause.body.goals]  # type: ignore[union-attr]
    assert sorted(placed) == sorted(GOALS)
    bound = ""
    for goal in placed:
        assert set(needs.get(goal, "")) <= set(bound)
        bound += binds.get(goal, "")


# --- the documentation


def _blocks(language: str) -> list[str]:
    page = Path(__file__).parents[2] / "docs" / "language.md"
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("text", _blocks("prolog"))
def test_programs_of_the_documentation_pass_without_warnings(library: Library, text: str) -> None:
    report = check_text(text, library=library, vocabulary=VOCABULARY)
    assert [str(e) for e in report.errors] == []
    assert report.checked is not None
    assert report.checked.warnings == ()


def test_outputs_of_the_documentation_are_real(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    good, bad = (block.partition("\n")[2] for block in _blocks("text"))
    Path("busy.pl").write_text(_blocks("prolog")[0], encoding="utf-8")
    assert main(["check", "busy.pl"]) == 0
    assert capfd.readouterr().out == good
    # The source of the second is what it quotes, line by line.
    shown = re.findall(r"^broken\.pl:(\d+):\d+: .*\n    (.*)$", bad, re.MULTILINE)
    Path("broken.pl").write_text("".join(f"{line}\n" for line in dict(shown).values()), encoding="utf-8")
    assert main(["check", "broken.pl"]) == 2
    assert capfd.readouterr().out == bad


def test_ontology_of_the_documentation(tmp_path: Path) -> None:
    path = tmp_path / "classes.yaml"
    path.write_text(_blocks("yaml")[0], encoding="utf-8")
    vocabulary = Vocabulary.load(path)
    assert vocabulary.resolve("PVs") == ("solar_panel",)
    assert vocabulary.resolve("power works") == ("solar_panel", "wind_turbine")
