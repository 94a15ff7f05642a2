"""The syntax tree of the rule language: what the parser makes, and what checks, verbalising and the engines read.

Terms are variables, constants and compound terms. Goals are typed: a count or a negation is a node of its own, so that
nobody who walks a rule has to know how Prolog spells it. `str()` of any node is Prolog text that parses back to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias


@dataclass(frozen=True)
class Location:
    """Where a node begins in its source; line and column count from 1."""

    line: int
    column: int
    source: str | None = None


_PLAIN_ATOM = re.compile(r"[a-z][A-Za-z0-9_]*\Z")


def quote_atom(name: str) -> str:
    """`name` as Prolog writes it: in single quotes unless it is a plain atom."""
    if _PLAIN_ATOM.match(name):
        return name
    return "'" + name.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"


# Locations never count in comparisons: two rules are equal when they say the same.
def _location() -> Location | None:
    return field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Var:
    """A logic variable. The parser gives every anonymous `_` a name of its own: `_1`, `_2`, ..."""

    name: str
    location: Location | None = _location()

    @property
    def anonymous(self) -> bool:
        return self.name.startswith("_")

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Const:
    """An atom (str) or a number (int, float)."""

    value: str | int | float
    location: Location | None = _location()

    @property
    def is_number(self) -> bool:
        return not isinstance(self.value, str)

    def __str__(self) -> str:
        return quote_atom(self.value) if isinstance(self.value, str) else repr(self.value)


_OPERATOR_PRIORITY = {"+": 500, "-": 500, "*": 400, "/": 400, "//": 400, "mod": 400, "**": 200, "^": 200}


@dataclass(frozen=True)
class Struct:
    """A compound term `functor(args)`, arithmetic included: `X + 1` is Struct("+", (X, 1))."""

    functor: str
    args: tuple[Term, ...]
    location: Location | None = _location()

    def __str__(self) -> str:
        if self.functor in _OPERATOR_PRIORITY and len(self.args) == 2:
            left, right = (f"({a})" if _is_operation(a) or _is_negative(a) else str(a) for a in self.args)
            return f"{left} {self.functor} {right}"
        if self.functor == "," and len(self.args) > 1:
            return f"({', '.join(map(str, self.args))})"
        if self.functor == "-" and len(self.args) == 1:
            return f"-({self.args[0]})"
        return f"{quote_atom(self.functor)}({', '.join(map(str, self.args))})"


def _is_operation(term: Term) -> bool:
    return isinstance(term, Struct) and term.functor in _OPERATOR_PRIORITY and len(term.args) == 2


def _is_negative(term: Term) -> bool:
    # `-1 ** 2` would be read as -(1 ** 2).
    return isinstance(term, Const) and not isinstance(term.value, str) and str(term.value).startswith("-")


Term: TypeAlias = Var | Const | Struct


@dataclass(frozen=True)
class Call:
    """A predicate call: `object(A, ship)`, `near(A, B)`, `busy(H)`; `true` is a call without arguments."""

    name: str
    args: tuple[Term, ...] = ()
    location: Location | None = _location()

    @property
    def indicator(self) -> tuple[str, int]:
        return (self.name, len(self.args))

    def __str__(self) -> str:
        if not self.args:
            return quote_atom(self.name)
        return f"{quote_atom(self.name)}({', '.join(map(str, self.args))})"


@dataclass(frozen=True)
class Compare:
    """Comparison, unification or arithmetic: op is one of < > =< >= =:= =\\= == \\== = \\= is."""

    op: str
    left: Term
    right: Term
    location: Location | None = _location()

    def __str__(self) -> str:
        return f"{self.left} {self.op} {self.right}"


@dataclass(frozen=True)
class And:
    """A conjunction of two or more goals, flat: no child is itself an And."""

    goals: tuple[Goal, ...]
    location: Location | None = _location()

    def __str__(self) -> str:
        return ", ".join(_operand(g) for g in self.goals)


@dataclass(frozen=True)
class Or:
    """A disjunction of two or more goals, flat."""

    goals: tuple[Goal, ...]
    location: Location | None = _location()

    def __str__(self) -> str:
        return " ; ".join(_operand(g) for g in self.goals)


@dataclass(frozen=True)
class Not:
    """Negation as failure."""

    goal: Goal
    location: Location | None = _location()

    def __str__(self) -> str:
        # ProbLog's parser stumbles over `\\+ -(A) < B`; parentheses are clearer to people too.
        return f"\\+ ({self.goal})" if isinstance(self.goal, Compare) else f"\\+ {_operand(self.goal)}"


@dataclass(frozen=True)
class Count:
    """at_least/3, at_most/3, exactly/3: how many different values of `template` satisfy `goal`."""

    kind: str  # "at_least" | "at_most" | "exactly"
    number: int
    template: Term
    goal: Goal
    location: Location | None = _location()

    def __str__(self) -> str:
        return f"{self.kind}({self.number}, {self.template}, {_operand(self.goal)})"


@dataclass(frozen=True)
class More:
    """more/4: more values of `template` satisfy `goal` than values of `other_template` satisfy `other`."""

    template: Term
    goal: Goal
    other_template: Term
    other: Goal
    location: Location | None = _location()

    def __str__(self) -> str:
        return f"more({self.template}, {_operand(self.goal)}, {self.other_template}, {_operand(self.other)})"


@dataclass(frozen=True)
class Forall:
    """forall/2: every solution of `condition` satisfies `goal`."""

    condition: Goal
    goal: Goal
    location: Location | None = _location()

    def __str__(self) -> str:
        return f"forall({_operand(self.condition)}, {_operand(self.goal)})"


Goal: TypeAlias = Call | Compare | And | Or | Not | Count | More | Forall


def _operand(goal: Goal) -> str:
    return f"({goal})" if isinstance(goal, And | Or) else str(goal)


@dataclass(frozen=True)
class Clause:
    """`probability :: head :- body.`; a fact has body None, a certain clause has probability None."""

    head: Call
    body: Goal | None = None
    probability: float | None = None
    location: Location | None = _location()

    def __str__(self) -> str:
        weight = "" if self.probability is None else f"{self.probability!r}::"
        body = "" if self.body is None else f" :- {self.body}"
        return f"{weight}{self.head}{body}."


@dataclass(frozen=True)
class Program:
    """Clauses in source order."""

    clauses: tuple[Clause, ...]

    def defining(self, name: str, arity: int) -> tuple[Clause, ...]:
        """The clauses whose head is name/arity."""
        return tuple(c for c in self.clauses if c.head.indicator == (name, arity))

    @property
    def indicators(self) -> tuple[tuple[str, int], ...]:
        """The predicates defined here, in order of their first clause."""
        return tuple(dict.fromkeys(c.head.indicator for c in self.clauses))

    def __add__(self, other: Program) -> Program:
        return Program(self.clauses + other.clauses)

    def __str__(self) -> str:
        return "\n".join(map(str, self.clauses))


def conjunction(goals: Sequence[Goal]) -> Goal:
    """The goals as one goal: flattened, a single goal stays itself, none is `true`."""
    flat = [h for g in goals for h in (g.goals if isinstance(g, And) else (g,))]
    return flat[0] if len(flat) == 1 else And(tuple(flat)) if flat else Call("true")


def disjunction(goals: Sequence[Goal]) -> Goal:
    """The goals as one disjunction: flattened, a single goal stays itself, none is `fail`."""
    flat = [h for g in goals for h in (g.goals if isinstance(g, Or) else (g,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat)) if flat else Call("fail")


def conjuncts(goal: Goal | None) -> tuple[Goal, ...]:
    """The goals of a conjunction; a goal that is none is its own only conjunct."""
    if goal is None:
        return ()
    return goal.goals if isinstance(goal, And) else (goal,)


def subgoals(goal: Goal) -> tuple[Goal, ...]:
    """The direct children of a goal."""
    if isinstance(goal, And | Or):
        return goal.goals
    if isinstance(goal, Not | Count):
        return (goal.goal,)
    if isinstance(goal, Forall):
        return (goal.condition, goal.goal)
    if isinstance(goal, More):
        return (goal.goal, goal.other)
    return ()


def walk(goal: Goal | None) -> Iterator[Goal]:
    """The goal and every goal in it, outermost first, left to right."""
    if goal is None:
        return
    yield goal
    for child in subgoals(goal):
        yield from walk(child)


def terms_of(goal: Goal) -> tuple[Term, ...]:
    """The terms that stand directly in a goal, not those of its subgoals."""
    if isinstance(goal, Call):
        return goal.args
    if isinstance(goal, Compare):
        return (goal.left, goal.right)
    if isinstance(goal, Count):
        return (goal.template,)
    if isinstance(goal, More):
        return (goal.template, goal.other_template)
    return ()


def term_variables(term: Term) -> Iterator[Var]:
    """The variables of a term, left to right, with repetitions."""
    if isinstance(term, Var):
        yield term
    elif isinstance(term, Struct):
        for arg in term.args:
            yield from term_variables(arg)


def variables(goal: Goal | None) -> tuple[Var, ...]:
    """The different variables of a goal and everything in it, in order of first appearance."""
    found = (v for g in walk(goal) for t in terms_of(g) for v in term_variables(t))
    return tuple(dict.fromkeys(found))


Substitution: TypeAlias = dict[str, Term]


def substitute_term(term: Term, by: Substitution) -> Term:
    """The term with its variables replaced by name."""
    if isinstance(term, Var):
        return by.get(term.name, term)
    if isinstance(term, Struct):
        return replace(term, args=tuple(substitute_term(a, by) for a in term.args))
    return term


def substitute(goal: Goal, by: Substitution) -> Goal:
    """The goal with its variables replaced by name, in subgoals too."""
    if isinstance(goal, Call):
        return replace(goal, args=tuple(substitute_term(a, by) for a in goal.args))
    if isinstance(goal, Compare):
        return replace(goal, left=substitute_term(goal.left, by), right=substitute_term(goal.right, by))
    if isinstance(goal, And | Or):
        return replace(goal, goals=tuple(substitute(g, by) for g in goal.goals))
    if isinstance(goal, Not):
        return replace(goal, goal=substitute(goal.goal, by))
    if isinstance(goal, Count):
        return replace(goal, template=substitute_term(goal.template, by), goal=substitute(goal.goal, by))
    if isinstance(goal, Forall):
        return replace(goal, condition=substitute(goal.condition, by), goal=substitute(goal.goal, by))
    return replace(
        goal,
        template=substitute_term(goal.template, by),
        goal=substitute(goal.goal, by),
        other_template=substitute_term(goal.other_template, by),
        other=substitute(goal.other, by),
    )
