"""Rules said in English: a table checked by hand, and the way back through the translator."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rune_pl.language import parse_program
from rune_pl.language.terms import (
    Call,
    Clause,
    Compare,
    Const,
    Count,
    Forall,
    Goal,
    More,
    Not,
    Or,
    Program,
    Struct,
    Var,
    conjunction,
    conjuncts,
    disjunction,
    subgoals,
    substitute,
    variables,
    walk,
)
from rune_pl.language.verbalize import verbalize
from rune_pl.language.vocabulary import Vocabulary
from rune_pl.translate import ControlledEnglish

VOCABULARY = Vocabulary.load()
TRANSLATOR = ControlledEnglish(VOCABULARY)

TABLE = [
    ("retrieve :- object(A, ship).", "an image with a ship (A)"),
    ("retrieve :- true.", "any image"),
    (
        r"retrieve :- object(A, ship), object(B, harbor), near(A, B), \+ object(_, large_vehicle).",
        "an image with a ship (A) near a harbor (B), and no large vehicle",
    ),
    (
        "retrieve :- object(A, plane), large(A), object(B, storage_tank), near(A, B, 50), in_region(A, top_left).",
        "an image with a large plane (A) within 50 m of a storage tank (B) and in the top left",
    ),
    (
        "retrieve :- object(A, ship), object(B, ship), farther_than(A, B, px(100)).",
        "an image with a ship (A) farther than 100 px from a ship (B)",
    ),
    (
        "retrieve :- object(A, plane), area_above(A, 20.5), longer_than(A, px(7)).",
        "an image with a plane (A) larger than 20.5 square m and longer than 7 px",
    ),
    (
        "retrieve :- object(A, plane), object(B, ship), near(A, B), object(C, harbor), near(B, C).",
        "an image with a plane (A) near a ship (B) near a harbor (C)",
    ),
    (
        "retrieve :- object(A, ship), object(B, harbor), near(A, B), object(C, plane), near(C, B).",
        "an image with a ship (A) near a harbor (B), and a plane (C) near B",
    ),
    ("retrieve :- at_least(3, A, object(A, ship)).", "an image with at least 3 ships"),
    ("retrieve :- exactly(1, A, object(A, ship)).", "an image with exactly 1 ship"),
    (
        "retrieve :- object(H, harbor), at_most(5, S, (object(S, ship), small(S), near(S, H))).",
        "an image with a harbor (H), and at most 5 small ships near H",
    ),
    (
        r"retrieve :- object(A, ship), \+ (object(B, bridge), near(A, B)), \+ large(A).",
        "an image with a ship (A) not near a bridge and that is not large",
    ),
    (
        "retrieve :- forall(object(A, ship), (object(B, harbor), near(A, B))).",
        "an image where every ship is near a harbor",
    ),
    (
        "retrieve :- forall((object(A, ship), in_region(A, left)), large(A)).",
        "an image where every ship in the left is large",
    ),
    ("retrieve :- more(S, object(S, ship), H, object(H, harbor)).", "an image where there are more ships than harbors"),
    (
        "retrieve :- (object(A, ship) ; object(A, plane)), object(B, bridge), left_of(A, B).",
        "an image with a ship or a plane left of a bridge (B)",
    ),
    (
        "retrieve :- object(A, ship), near(A, B), object(B, harbor) ; object(C, plane).",
        "an image with either a ship near a harbor, or a plane",
    ),
    ("retrieve :- object(A, ship). retrieve :- object(B, plane).", "an image with either a ship, or a plane"),
    ("retrieve :- object(A, ship), largest(A, ship).", "an image with the largest ship (A)"),
    (
        "retrieve :- object(A, plane), object(B, ship), object(C, ship), between(A, B, C).",
        "an image with a plane (A) between a ship (B) and a ship (C)",
    ),
    (
        "busy(H) :- object(H, harbor), at_least(5, S, (object(S, ship), near(S, H))). "
        "retrieve :- busy(H), object(P, plane), north_of(P, H).",
        "an image where H is busy, and there is a plane (P) north of H\n"
        "where busy(H) means: H is a harbor, and there are at least 5 ships near H",
    ),
    (
        "docked_at(S, H) :- touching(S, H). retrieve :- object(S, ship), object(H, harbor), docked_at(S, H).",
        "an image with a ship (S) that is docked at a harbor (H)\nwhere docked_at(S, H) means: S is touching H",
    ),
    ("big :- object(A, airport). retrieve :- big.", "an image where big holds\nwhere big means: an airport (A)"),
    ("0.3::retrieve :- object(A, ship).", "an image with a ship (A), with probability 0.3"),
    ("0.5::lucky. retrieve :- lucky.", "an image where lucky holds\nwhere lucky holds, with probability 0.5"),
    (
        "retrieve :- object(A, ship), area(A, X), X > 3.5.",
        "an image with a ship (A), and the area of A is X, and X is more than 3.5",
    ),
    (
        r"retrieve :- object(A, ship), object(B, ship), A \== B.",
        "an image with a ship (A), and a ship (B), and A is not the same as B",
    ),
    (
        r"retrieve :- object(A, ship), \+ (object(B, ship), object(C, plane)).",
        "an image with a ship (A), and it is not so that there is a ship, and there is a plane",
    ),
    (
        "retrieve :- at_least(2, p(A, B), (object(A, ship), object(B, harbor), near(A, B))).",
        "an image where at least 2 different p(A, B) such that there is a ship (A) near a harbor (B)",
    ),
    ("retrieve :- object(A, vehicle), large(A).", "an image with a vehicle (A) that is large"),
    (
        "retrieve :- forall((object(A, ship), object(B, harbor)), near(A, B)).",
        "an image where in every case where there is a ship (A), and there is a harbor (B), A is near B",
    ),
    ("retrieve :- object(A, parking_lot).", "an image with a parking lot (A)"),
]


@pytest.mark.parametrize(("rule", "text"), TABLE, ids=[text for _, text in TABLE])
def test_says_the_rule(rule: str, text: str) -> None:
    assert verbalize(parse_program(rule), VOCABULARY) == text


def test_says_classes_without_a_vocabulary() -> None:
    rule = parse_program("retrieve :- at_least(2, A, object(A, gas_factory)), object(B, old_bus).")
    assert verbalize(rule) == "an image with at least 2 gas factories, and an old bus (B)"


# --- there and back ------------------------------------------------------------------------------------------------

CLASSES = ("ship", "harbor", "plane", "storage_tank", "vehicle", "ground_track_field")
RELATIONS = (
    "near",
    "left_of",
    "above",
    "north_of",
    "inside",
    "touching",
    "overlaps",
    "surrounded_by",
    "closest",
    "parallel",
)
REGIONS = ("top_left", "top", "left", "center", "bottom_right")


class Rules:
    """Draws rules of the subset that docs/controlled-english.md says comes back."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self._count = 0

    def pick(self, options: tuple[str, ...]) -> str:
        return self._draw(st.sampled_from(options))

    def fresh(self) -> Var:
        self._count += 1
        return Var(f"V{self._count}")

    def thing(self, var: Var) -> list[Goal]:
        goals: list[Goal] = [Call("object", (var, Const(self.pick(CLASSES))))]
        if self._draw(st.integers(0, 3)) == 0:
            goals.append(Call(self.pick(("large", "small", "elongated")), (var,)))
        return goals

    def relation(self, one: Var, two: Var) -> Goal:
        kind = self._draw(st.integers(0, 9))
        if kind == 0:
            return Call("near", (one, two, Const(self._draw(st.integers(1, 900)))))
        if kind == 1:
            return Call("farther_than", (one, two, Struct("px", (Const(self._draw(st.integers(1, 900))),))))
        return Call(self.pick(RELATIONS), (one, two))

    def mod(self, var: Var) -> list[Goal]:
        kind = self._draw(st.integers(0, 7))
        if kind == 0:
            return [Call("in_region", (var, Const(self.pick(REGIONS))))]
        if kind == 1:
            return [Not(Call("in_region", (var, Const(self.pick(REGIONS)))))]
        mark = self.fresh()
        if kind == 2:
            return [Not(conjunction([*self.thing(mark), self.relation(var, mark)]))]
        if kind == 3:
            goal = conjunction([*self.thing(mark), self.relation(var, mark)])
            return [Count(self.pick(("at_least", "at_most", "exactly")), self._draw(st.integers(2, 5)), mark, goal)]
        if kind == 4:
            return [Forall(conjunction(self.thing(mark)), self.relation(var, mark))]
        return [*self.thing(mark), self.relation(var, mark)]

    def described(self, var: Var, most: int = 2) -> list[Goal]:
        goals = self.thing(var)
        for _ in range(self._draw(st.integers(0, most))):
            goals += self.mod(var)
        return goals

    def item(self) -> list[Goal]:
        kind = self._draw(st.integers(0, 6))
        var = self.fresh()
        if kind == 0:
            return [Not(conjunction(self.described(var)))]
        if kind == 1:
            number = self._draw(st.integers(2, 20))
            return [Count(self.pick(("at_least", "at_most", "exactly")), number, var, conjunction(self.described(var)))]
        if kind == 2:
            return [Forall(conjunction(self.thing(var)), conjunction(self.mod(var)))]
        if kind == 3:
            other = self.fresh()
            return [More(var, conjunction(self.thing(var)), other, conjunction(self.thing(other)))]
        return self.described(var)


@st.composite
def programs(draw: st.DrawFn) -> Program:
    rules = Rules(draw)
    items = [rules.item() for _ in range(draw(st.integers(1, 2)))]
    goals = [goal for item in items for goal in item]
    outside = [v for g in goals if isinstance(g, Call) and g.name == "object" for v in variables(g)]
    if len(outside) >= 2 and draw(st.booleans()):
        goals.append(rules.relation(outside[-1], outside[0]))
    body = conjunction(goals)
    if draw(st.integers(0, 4)) == 0:
        body = disjunction([body, conjunction(rules.described(rules.fresh(), most=1))])
    return Program((Clause(Call("retrieve"), body),))


def without_order(goal: Goal) -> str:
    """The goal with the goals of every conjunction and disjunction sorted."""
    if isinstance(goal, Not):
        return f"not({without_order(goal.goal)})"
    if isinstance(goal, Count):
        return f"{goal.kind}({goal.number}, {goal.template}, {without_order(goal.goal)})"
    if isinstance(goal, Forall):
        return f"forall({without_order(goal.condition)}, {without_order(goal.goal)})"
    if isinstance(goal, More):
        return f"more({goal.template}, {without_order(goal.goal)}, {goal.other_template}, {without_order(goal.other)})"
    if isinstance(goal, Or):
        return "or(" + " | ".join(sorted(map(without_order, goal.goals))) + ")"
    goals = conjuncts(goal)
    return str(goal) if len(goals) == 1 else "(" + " & ".join(sorted(map(without_order, goals))) + ")"


def signature(var: Var, body: Goal) -> tuple[str, ...]:
    """What tells variables apart whatever their names: the calls that they stand in, with the other names left out."""
    calls = [g for g in walk(body) if not subgoals(g) or isinstance(g, Count | More)]
    seen = []
    for goal in calls:
        if var in variables(goal):
            names = {v.name: Var("Self" if v == var else "Other") for v in variables(goal)}
            seen.append(without_order(substitute(goal, dict(names))))
    return tuple(sorted(seen))


def same_rule(one: Goal, other: Goal) -> bool:
    """Whether the bodies differ only in the order of goals and the names of variables."""
    groups: dict[tuple[str, ...], tuple[list[Var], list[Var]]] = {}
    for side, body in enumerate((one, other)):
        for var in variables(body):
            groups.setdefault(signature(var, body), ([], []))[side].append(var)
    if any(len(mine) != len(theirs) for mine, theirs in groups.values()):
        return False
    target = without_order(other)
    for choice in itertools.product(*(itertools.permutations(theirs) for _, theirs in groups.values())):
        names = {
            m.name: t
            for (mine, _), theirs in zip(groups.values(), choice, strict=True)
            for m, t in zip(mine, theirs, strict=True)
        }
        if without_order(substitute(one, dict(names))) == target:
            return True
    return False


def test_same_rule_sees_names_and_order_only() -> None:
    def body(text: str) -> Goal:
        found = parse_program(f"retrieve :- {text}.").clauses[0].body
        assert found is not None
        return found

    rule = body("object(A, ship), object(B, ship), left_of(A, B), large(A)")
    assert same_rule(rule, body("object(X, ship), large(Y), object(Y, ship), left_of(Y, X)"))
    assert not same_rule(rule, body("object(X, ship), large(X), object(Y, ship), left_of(Y, X)"))
    assert not same_rule(rule, body("object(A, ship), object(B, ship), left_of(A, B)"))


@settings(max_examples=300, deadline=None)
@given(programs())
def test_what_is_said_translates_back(program: Program) -> None:
    text = verbalize(program, VOCABULARY)
    back = parse_program(TRANSLATOR.translate(text).rule)
    mine, theirs = program.clauses[0].body, back.clauses[0].body
    assert mine is not None and theirs is not None
    assert same_rule(mine, theirs), f"{program}\n{text}\n{back}"


# --- anything at all -----------------------------------------------------------------------------------------------

TERMS = st.sampled_from(
    [Var("A"), Var("B"), Var("_1"), Var("_Name"), Const("ship"), Const("odd class"), Const(3), Const(2.5)]
)
CALLS = st.one_of(
    st.builds(lambda a, c: Call("object", (a, c)), TERMS, TERMS),
    st.builds(
        lambda n, a: Call(n, tuple(a)),
        st.sampled_from(("near", "large", "in_region", "between", "odd one", "busy")),
        st.lists(TERMS, max_size=4),
    ),
    st.builds(
        lambda op, a, b: Compare(op, a, Struct("+", (a, b))), st.sampled_from(("<", "is", "=", "\\==")), TERMS, TERMS
    ),
)
GOALS: st.SearchStrategy[Goal] = st.recursive(
    CALLS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(conjunction),
        st.lists(inner, min_size=2, max_size=3).map(disjunction),
        inner.map(Not),
        st.builds(Count, st.sampled_from(("at_least", "at_most", "exactly")), st.integers(0, 3), TERMS, inner),
        st.builds(Forall, inner, inner),
        st.builds(More, TERMS, inner, TERMS, inner),
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(GOALS)
def test_every_goal_can_be_said(goal: Goal) -> None:
    text = verbalize(Program((Clause(Call("retrieve"), goal), Clause(Call("busy", (Var("A"),)), goal))), VOCABULARY)
    first, second = text.split("\n")
    assert first.startswith(("an image w", "any image"))
    assert second.startswith("where busy(A) means: ")
    for call in walk(goal):
        if isinstance(call, Call) and call.name == "busy":
            assert text.count("busy") > 1


def test_floods_are_said():
    said = verbalize(
        parse_program(
            "retrieve :- object(A, ship), boat_among_houses(A), object(B, flooded_building), isolated_building(B),"
            " near(A, B), damage_at_least(B, 2)."
        ),
        Vocabulary.load("flood"),
    )
    assert said == (
        "an image with a ship (A) that is a boat among houses and near a flooded building (B) that is an isolated"
        " building, and B is damaged to grade 2 or worse"
    )
