"""Reading rules: what comes out, where it stands, and what is refused with which words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rune_pl.errors import ArgumentError, ForbiddenGoalError, LanguageError, ProgramSizeError, RuleSyntaxError
from rune_pl.language import Limits, parse_all, parse_goal, parse_program
from rune_pl.language.terms import (
    And,
    Call,
    Clause,
    Compare,
    Const,
    Count,
    Forall,
    More,
    Not,
    Or,
    Program,
    Struct,
    Term,
    Var,
    conjunction,
    disjunction,
)

A, B, X = Var("A"), Var("B"), Var("X")
SHIP = Call("object", (A, Const("ship")))
HARBOR = Call("object", (B, Const("harbor")))
NEAR = Call("near", (A, B))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("object(A, ship)", SHIP),
        ("object(A, ship).", SHIP),
        ("object(A, ship), object(B, harbor), near(A, B)", And((SHIP, HARBOR, NEAR))),
        ("(object(A, ship), object(B, harbor)), near(A, B)", And((SHIP, HARBOR, NEAR))),
        ("object(A, ship) ; object(B, harbor), near(A, B)", Or((SHIP, And((HARBOR, NEAR))))),
        ("(object(A, ship) ; object(B, harbor)), near(A, B)", And((Or((SHIP, HARBOR)), NEAR))),
        (r"\+ near(A, B)", Not(NEAR)),
        (r"\+near(A,B)", Not(NEAR)),
        (r"\+(object(A, ship), near(A, B))", Not(And((SHIP, NEAR)))),
        ("not near(A, B)", Not(NEAR)),
        ("not(near(A, B))", Not(NEAR)),
        (r"\+ \+ near(A, B)", Not(Not(NEAR))),
        ("at_least(3, A, object(A, ship))", Count("at_least", 3, A, SHIP)),
        ("exactly(0, A, (object(A, ship), near(A, B)))", Count("exactly", 0, A, And((SHIP, NEAR)))),
        ("at_most(2, (A, B), near(A, B))", Count("at_most", 2, Struct(",", (A, B)), NEAR)),
        ("more(A, object(A, ship), B, object(B, harbor))", More(A, SHIP, B, HARBOR)),
        ("forall(object(A, ship), near(A, B))", Forall(SHIP, NEAR)),
        ("near(A, B, px(100))", Call("near", (A, B, Struct("px", (Const(100),))))),
        ("near(A, B, 12.5)", Call("near", (A, B, Const(12.5)))),
        ("X is 1 + 2 * 3", Compare("is", X, Struct("+", (Const(1), Struct("*", (Const(2), Const(3))))))),
        ("X is 5 - 2 - 1", Compare("is", X, Struct("-", (Struct("-", (Const(5), Const(2))), Const(1))))),
        ("X is (-1) ** 2", Compare("is", X, Struct("**", (Const(-1), Const(2))))),
        ("X =< 3", Compare("=<", X, Const(3))),
        (r"A \== B", Compare(r"\==", A, B)),
        ("A == B", Compare("==", A, B)),
        (r"'odd name'('it\'s', 'a\\b', 'A')", Call("odd name", (Const("it's"), Const("a\\b"), Const("A")))),
        ("near(A, B) /* a note */, % another\n object(A, ship)", And((NEAR, SHIP))),
        # A wrong number of arguments is the check's business.
        ("at_least(3, object(A, ship))", Call("at_least", (Const(3), Struct("object", (A, Const("ship")))))),
    ],
)
def test_goals(text: str, expected: object) -> None:
    assert parse_goal(text) == expected


def test_program_of_rules_facts_and_probabilities() -> None:
    program = parse_program("0.25::lucky.\nknown(ship).\n0.9::busy(A) :- object(A, ship).\nretrieve :- busy(_).\n")
    assert program == Program(
        (
            Clause(Call("lucky"), None, 0.25),
            Clause(Call("known", (Const("ship"),))),
            Clause(Call("busy", (A,)), SHIP, 0.9),
            Clause(Call("retrieve"), Call("busy", (Var("_1"),))),
        )
    )


def test_anonymous_variables_are_different_and_avoid_names_in_use() -> None:
    goal = parse_goal("near(_, _), near(_1, _Other), near(_, A)")
    names = [str(v) for call in goal.goals for v in call.args]  # type: ignore[union-attr]
    assert names == ["_2", "_3", "_1", "_Other", "_4", "A"]


def test_anonymous_variables_are_numbered_by_clause() -> None:
    program = parse_program("a :- b(_). c :- d(_).")
    assert [str(c) for c in program.clauses] == ["a :- b(_1).", "c :- d(_1)."]


def test_every_goal_and_term_knows_its_place() -> None:
    text = (
        "% a comment\nretrieve :-\n    object(A, ship),\r\n"
        "    at_least(2, B, (object(B, harbor), \\+ near(A, B))),\n    X > 3.\n"
    )
    (clause,) = parse_program(text, "rules.pl").clauses
    assert clause.location is not None
    assert (clause.location.line, clause.location.column, clause.location.source) == (2, 1, "rules.pl")
    ship, count, compare = clause.body.goals  # type: ignore[union-attr]
    assert (ship.location.line, ship.location.column) == (3, 5)
    assert (ship.args[1].location.line, ship.args[1].location.column) == (3, 15)
    assert (count.location.line, count.location.column) == (4, 5)
    negation = count.goal.goals[1]
    assert (negation.location.line, negation.location.column) == (4, 40)
    assert (negation.goal.args[1].location.line, negation.goal.args[1].location.column) == (4, 51)
    assert (compare.location.line, compare.location.column) == (5, 5)


def test_byte_order_mark_does_not_shift_columns() -> None:
    (clause,) = parse_program("\ufeffretrieve :- object(A, ship).").clauses
    assert clause.location is not None
    assert clause.location.column == 1


def test_empty_text_is_an_empty_program() -> None:
    assert parse_program("  % nothing here\n") == Program(())


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("retrieve :- object(A, ship)", (1, 28), "end every rule with a full stop"),
        ("a.\nretrieve :- object(A, ship)\n", (2, 28), "end every rule with a full stop"),
        ("retrieve :- object(A, ship", (1, 19), "'(' is never closed"),
        ("retrieve :- object(A, ship.", (1, 19), "'(' is never closed"),
        ("retrieve :- object(A, ship)).", (1, 28), "')' closes nothing"),
        ("retrieve :- object(A, ship].", (1, 27), "']' closes a bracket of another kind"),
        ("a :- near(d1,d4).near(d2,d4).", (1, 17), "full stop with no blank"),
        ("a :- .", (1, 3), "no body"),
        ("a :- b,.", (1, 7), "nothing stands before or after this ','"),
        ("a :- b,, c.", (1, 8), "nothing stands before or after this ','"),
        ("a :- b(, c).", (1, 8), "nothing stands before or after this ','"),
        ("a :- b().", (1, 6), "argument of b is empty"),
        ("a :- b c.", (1, 8), "unexpected 'c'"),
        ("a :- b\nretrieve :- c.", (2, 1), "unexpected 'retrieve'"),
        ("a :- b :- c.", (1, 8), "a second :-"),
        ("a :- (b :- c).", (1, 7), ":- cannot stand inside a goal"),
        ("a :- b(c ; d, e).", (1, 6), "own parentheses"),
        ("a :- b((c ; d)).", (1, 9), "an alternative cannot stand in an argument"),
        ("a :- b(X < 3).", (1, 8), "< cannot stand in an argument"),
        ("a :- b(+).", (1, 8), "unexpected +"),
        ("a :- X < Y < Z.", (1, 12), "parentheses"),
        ("a :- 3.", (1, 6), "a number cannot stand as a goal"),
        ("a :- X + 1.", (1, 6), "+ cannot stand as a goal"),
        ("X :- a.", (1, 1), "head of a rule cannot be a variable"),
        ("3.", (1, 1), "head of a rule cannot be a number"),
        ("a = b.", (1, 1), "head of a rule cannot be ="),
        (". a.", (1, 1), "full stop without a rule"),
        ('a :- b("text").', (1, 8), "double quotes"),
        ("a :- b(“text”).", (1, 8), "U+201C"),
        ("a :- b(1) ≥ 2.", (1, 11), "write >="),
        ("a :- b\u00a0, c.", (1, 7), "non-breaking space"),
        ("a :- 'b.", (1, 6), "quote is never closed"),
        (r"a :- 'b\x41'.", (1, 8), "in a quoted name"),
        ("a. /* b", (1, 4), "comment is never closed"),
        ("a :- b(\x00).", (1, 8), "U+0000"),
        ("a :- b('\udc80').", (1, 9), "U+DC80"),
        ("a :- b(9007199254740993).", (1, 8), "too large"),
        ("a :- b(1e999).", (1, 8), "too large"),
        (f"a :- b({'9' * 5000}).", (1, 8), "too long"),
        ("a :- {b}.", (1, 6), "braces"),
    ],
)
def test_syntax_errors_say_where_and_what(text: str, place: tuple[int, int], words: str) -> None:
    with pytest.raises(RuleSyntaxError) as caught:
        parse_program(text)
    assert (caught.value.line, caught.value.column) == place
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (":- initialization(main).", "directives"),
        ("?- retrieve.", "directives"),
        ("query(retrieve).", "the goal is retrieve"),
        ("evidence(object(d1, ship), true).", "--confirm"),
        ("evidence(x) :- y.", "--confirm"),
        ("0.3::a ; 0.7::b.", "head of a rule"),
        ("a :- b -> c ; d.", "if-then-else"),
        ("a :- b *-> c ; d.", "if-then-else"),
        ("a --> b.", "write :-"),
        ("a <- b.", "write :-"),
        ("a :- b | c.", "write ;"),
        ("a :- b & c.", "write a comma"),
        ("a :- ~b.", r"write \+"),
        ("a :- b, !.", "the cut"),
        ("a :- X.", "variable X cannot be called"),
        ("a :- b([c]).", "no lists"),
        ("a :- b([]).", "no lists"),
        ("a(avg<X>) :- b(X).", "avg<...>"),
    ],
)
def test_what_the_language_does_not_have_is_forbidden(text: str, words: str) -> None:
    with pytest.raises(ForbiddenGoalError) as caught:
        parse_program(text, "r.pl")
    assert words in str(caught.value)
    assert str(caught.value).startswith("r.pl:1:")


@pytest.mark.parametrize(
    "text",
    [
        "1.5::a.",
        "-0.1::a.",
        "X::a :- b(X).",
        "p::a.",
        "a :- at_least(X, A, b(A)).",
        "a :- at_most(2.5, A, b(A)).",
        "a :- exactly(-1, A, b(A)).",
    ],
)
def test_numbers_that_cannot_be(text: str) -> None:
    with pytest.raises(ArgumentError):
        parse_program(text)


@pytest.mark.parametrize(
    "text",
    [
        "a :- " + "c(d, " * 60 + "d" + ")" * 60 + ".",
        "a :- " + "f(" * 5_000 + "x" + ")" * 5_000 + ".",
        "a :- " + "\\+ " * 5_000 + "b.",
        "a :- X is 1" + " + 1" * 5_000 + ".",
        "a :- " + "b ; c, " * 3_000 + "d.",
        "a :- " + ", ".join(["b"] * 20_000) + ".",
        "a. " * 300,
        "a." + " " * 70_000,
    ],
)
def test_size_is_bounded(text: str) -> None:
    with pytest.raises(ProgramSizeError):
        parse_program(text)


def test_limits_can_be_given() -> None:
    parse_program("a. b. c.", limits=Limits(clauses=3))
    with pytest.raises(ProgramSizeError, match="more than 2 clauses"):
        parse_program("a. b. c.", limits=Limits(clauses=2))


def test_a_thousand_goals_in_one_rule_are_read() -> None:
    (clause,) = parse_program("a :- " + ", ".join(["b(X)"] * 1_500) + ".").clauses
    assert isinstance(clause.body, And)
    assert len(clause.body.goals) == 1_500


def test_parse_all_goes_on_after_an_error() -> None:
    parsed = parse_all("a :- b.\nc :- d e.\nf :- ).\ng :- X.\nh :- i.\nj :- k")
    assert [str(c) for c in parsed.program.clauses] == ["a :- b.", "h :- i."]
    assert [(e.line, type(e)) for e in parsed.errors] == [
        (2, RuleSyntaxError),
        (3, RuleSyntaxError),
        (4, ForbiddenGoalError),
        (6, RuleSyntaxError),
    ]


def test_parse_all_goes_on_after_what_is_no_token() -> None:
    parsed = parse_all(f"a :- b({'9' * 50}). c :- d. e :- “f”. g :- h.")
    assert [str(c) for c in parsed.program.clauses] == ["c :- d.", "g :- h."]
    assert [type(e) for e in parsed.errors] == [RuleSyntaxError, RuleSyntaxError]


def test_parse_all_stops_at_the_limit_of_errors() -> None:
    assert len(parse_all("a b. " * 5_000, limits=Limits(errors=7)).errors) == 7


@pytest.mark.parametrize("text", ["", "a. b.", "a :- b.", ":- a", "a b", f"a({'9' * 50})", "a b. " * 9_000])
def test_parse_goal_wants_one_goal(text: str) -> None:
    with pytest.raises(LanguageError):
        parse_goal(text)


def test_the_library_may_use_lists_and_call() -> None:
    text = "length_of([], 0).\nlength_of([_|T], N) :- length_of(T, M), N is M + 1.\nboth(G, H) :- call(G), H.\n"
    assert str(parse_program(text, library=True)) == (
        "length_of('[]', 0).\nlength_of('.'(_1, T), N) :- length_of(T, M), N is M + 1.\nboth(G, H) :- call(G), call(H)."
    )


# --- round trip: the text of any tree reads back as the tree

names = st.sampled_from(
    ["a", "near", "object", "x_Y1", "mod", "is", "odd name", "it's", "B", "é", "new\nline", "back\\slash x"]
)
atoms = st.sampled_from(["ship", "storage_tank", "odd name", "it's", "Ship", "7up", "é", "a\\b"])
variable = st.sampled_from(["A", "B", "Ship", "_1", "_2", "_Any"]).map(Var)
number = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False, width=64)
leaf: st.SearchStrategy[Term] = variable | atoms.map(Const) | number.map(Const)


def _compound(inner: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    operator = st.sampled_from(["+", "-", "*", "/", "//", "mod", "**", "^"])
    plain = st.sampled_from(["px", "abs", "f", "rem", "odd name"])
    return (
        st.builds(lambda f, a, b: Struct(f, (a, b)), operator, inner, inner)
        | st.builds(lambda f, a: Struct(f, tuple(a)), plain, st.lists(inner, min_size=1, max_size=3))
        | st.builds(lambda a: Struct(",", tuple(a)), st.lists(inner, min_size=2, max_size=3))
        | st.builds(lambda a: Struct("-", (a,)), inner)
    )


term = st.recursive(leaf, _compound, max_leaves=5)
call_name = names.filter(lambda n: n not in ("mod", "is"))
call = st.builds(lambda n, a: Call(n, tuple(a)), call_name, st.lists(term, max_size=3))
comparison = st.sampled_from(["<", ">", "=<", ">=", "=:=", "=\\=", "==", "\\==", "=", "\\=", "is"])
compare = st.builds(Compare, comparison, term, term)


def _goals(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    many = st.lists(inner, min_size=2, max_size=3)
    kind = st.sampled_from(["at_least", "at_most", "exactly"])
    return (
        many.map(conjunction)  # type: ignore[arg-type]
        | many.map(disjunction)  # type: ignore[arg-type]
        | st.builds(Not, inner)
        | st.builds(Count, kind, st.integers(0, 1000), term, inner)
        | st.builds(Forall, inner, inner)
        | st.builds(More, term, inner, term, inner)
    )


goal = st.recursive(call | compare, _goals, max_leaves=6)
clause = st.builds(Clause, call, st.none() | goal, st.none() | st.floats(0, 1))
programs = st.lists(clause, max_size=4).map(lambda c: Program(tuple(c)))


@given(programs)
@settings(max_examples=150, deadline=None)
def test_round_trip(program: Program) -> None:
    assert parse_program(str(program)) == program
