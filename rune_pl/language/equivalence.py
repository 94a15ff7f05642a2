"""A normal form of programs: two that say the same in different words come out as the same text.

Names of variables, the order of goals, `forall` and counts told as negations, relations said from the other end
(`right_of(A, B)` is `left_of(B, A)`), symmetric relations and the place of a disjunction do not count. Equal forms
mean equivalent programs; different ones need not mean different programs, as deeper logic is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, permutations, product

from rune_pl.language.signatures import LibraryLike
from rune_pl.language.symmetry import symmetric_relations
from rune_pl.language.terms import (
    And,
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
    Term,
    Var,
    conjunction,
    conjuncts,
    substitute,
    term_variables,
    terms_of,
)

Indicator = tuple[str, int]
Names = Mapping[str, str]  # variable -> the name that it gets

_LARGEST_DISJUNCTION = 64  # alternatives, beyond which a disjunction stays where it stands
_MOST_NAMINGS = 5_040  # of variables that look alike: seven of a kind
_TURNED = {">": "<", ">=": "=<"}
_EITHER_WAY = frozenset({"==", "\\==", "=", "\\=", "=:=", "=\\="})


class Normalizer:
    """Brings programs into normal form. Which relations of the library are symmetric, and which are others turned
    round, is read off their clauses."""

    def __init__(self, library: LibraryLike) -> None:
        clauses = {indicator: predicate.clauses for indicator, predicate in library.predicates.items()}
        self._symmetric = symmetric_relations(clauses)
        # between/3 says of its second and third object what a symmetric relation says of its first two.
        self._unordered = dict.fromkeys(self._symmetric, (0, 1)) | {("between", 3): (1, 2)}
        self._aliases = dict(_aliases(clauses))

    def normal_form(self, program: Program) -> str:
        """The same text for programs that say the same."""
        bodies = [self._plain(c.body or Call("true")) for c in program.defining("retrieve", 0) if c.probability is None]
        others = [c for c in program.clauses if c.head.indicator != ("retrieve", 0) or c.probability is not None]
        alternatives = {self._said(goals, {}) for body in bodies for goals in _distributed(body)}
        return "\n".join([" ; ".join(sorted(alternatives)), *sorted(map(str, others))])

    def equivalent(self, one: Program, other: Program) -> bool:
        """True where both have the same normal form."""
        return self.normal_form(one) == self.normal_form(other)

    # --- fewer words for the same

    def _plain(self, goal: Goal) -> Goal:
        """The goal with calls, comparisons, conjunction, disjunction, negation, at_least and more as its only kinds."""
        if isinstance(goal, Call):
            alias = self._aliases.get(goal.indicator)
            return goal if alias is None else self._plain(Call(alias[0], tuple(goal.args[i] for i in alias[1])))
        if isinstance(goal, Compare):
            return _plain_comparison(goal)
        if isinstance(goal, And | Or):
            return type(goal)(tuple(self._plain(g) for g in goal.goals))
        if isinstance(goal, Not):
            return Not(self._plain(goal.goal))
        if isinstance(goal, Forall):
            unmet = conjunction([self._plain(goal.condition), Not(self._plain(goal.goal))])
            return Not(unmet)
        if isinstance(goal, More):
            return More(goal.template, self._plain(goal.goal), goal.other_template, self._plain(goal.other))
        inner = self._plain(goal.goal)
        enough = [] if goal.kind == "at_most" else [Count("at_least", goal.number, goal.template, inner)]
        more = Count("at_least", goal.number + 1, goal.template, inner)
        return conjunction(enough if goal.kind == "at_least" else [*enough, Not(more)])

    # --- text

    def _said(self, goals: Sequence[Goal], outer: Names) -> str:
        """A conjunction as text, its own variables named so that the text is the least of all namings."""
        goals = _opened(goals, outer)
        own = [v for v in dict.fromkeys(_direct_variables(goals)) if v not in outer]
        best: str | None = None
        for names in _namings(own, [self._shape(goals, v, outer) for v in own], len(outer)):
            text = ", ".join(sorted({self._text(g, {**outer, **names}) for g in goals}))
            best = text if best is None or text < best else best
        assert best is not None
        return best

    def _shape(self, goals: Sequence[Goal], variable: str, outer: Names) -> str:
        """What is said of a variable, whatever the others are called: equal for variables that may be exchanged."""
        names = {v: "?" for v in _direct_variables(goals) if v not in outer} | dict(outer) | {variable: "!"}
        return ", ".join(sorted(self._text(g, names) for g in goals))

    def _text(self, goal: Goal, names: Names) -> str:
        if isinstance(goal, Call):
            return f"{goal.name}({', '.join(self._arguments(goal, names))})"
        if isinstance(goal, Compare):
            sides = [_term(goal.left, names), _term(goal.right, names)]
            return f" {goal.op} ".join(sorted(sides) if goal.op in _EITHER_WAY else sides)
        if isinstance(goal, Not):
            return f"not({self._scope(goal.goal, names)})"
        if isinstance(goal, Count):
            return f"at_least({goal.number}, {self._counted(goal.template, goal.goal, names)})"
        if isinstance(goal, More):
            parts = ((goal.template, goal.goal), (goal.other_template, goal.other))
            return f"more({', '.join(self._counted(t, g, names) for t, g in parts)})"
        return f"({self._scope(goal, names)})"

    def _counted(self, template: Term, goal: Goal, names: Names) -> str:
        inside = dict(names)
        for depth, variable in enumerate(term_variables(template)):
            inside[variable.name] = f"#{len(names)}{'+' * depth}"
        return f"{_term(template, inside)}: {self._scope(goal, inside)}"

    def _scope(self, goal: Goal, names: Names) -> str:
        return " ; ".join(sorted({self._said(goals, names) for goals in _distributed(goal)}))

    def _arguments(self, call: Call, names: Names) -> list[str]:
        arguments = [_term(a, names) for a in call.args]
        if call.indicator in self._unordered:
            i, j = self._unordered[call.indicator]
            arguments[i], arguments[j] = sorted((arguments[i], arguments[j]))
        return arguments


def _aliases(clauses: Mapping[Indicator, Sequence[Clause]]) -> Iterator[tuple[Indicator, tuple[str, tuple[int, ...]]]]:
    """Relations that are another one with the same arguments in another order: `contains(A, B) :- inside(B, A).`"""
    for indicator, given in clauses.items():
        if len(given) == 1 and isinstance(given[0].body, Call) and given[0].probability is None:
            head, body = given[0].head, given[0].body
            if len(set(head.args)) == len(head.args) and sorted(map(str, head.args)) == sorted(map(str, body.args)):
                yield indicator, (body.name, tuple(head.args.index(a) for a in body.args))


def _plain_comparison(goal: Compare) -> Compare:
    if goal.op in _TURNED:
        return Compare(_TURNED[goal.op], goal.right, goal.left)
    return goal


def _opened(goals: Sequence[Goal], outer: Names) -> list[Goal]:
    """The goals with what is negated twice said straight; its own variables get names that nothing else has."""
    known = {*outer, *_direct_variables(goals)}
    opened: list[Goal] = []
    for index, goal in enumerate(goals):
        if isinstance(goal, Not) and isinstance(goal.goal, Not):
            inner = goal.goal.goal
            own = {v: Var(f"{v}~{index}") for v in _direct_variables([inner]) if v not in known}
            opened += _opened(conjuncts(substitute(inner, dict(own))), outer)
        else:
            opened.append(goal)
    return opened


def _distributed(goal: Goal) -> list[tuple[Goal, ...]]:
    """The goal as alternatives, each a conjunction; "some" moves into each of them."""
    if isinstance(goal, Or):
        return [goals for g in goal.goals for goals in _distributed(g)]
    parts = [_distributed(g) if isinstance(g, Or | And) else [(g,)] for g in conjuncts(goal)]
    size = 1
    for part in parts:
        size *= len(part)
    if size > _LARGEST_DISJUNCTION:
        return [conjuncts(goal)]
    return [tuple(g for goals in choice for g in goals) for choice in product(*parts)]


def _direct_variables(goals: Sequence[Goal]) -> Iterator[str]:
    """The variables of calls and comparisons themselves; those only of a negation or count belong to it."""
    for goal in goals:
        if isinstance(goal, Call | Compare):
            yield from (v.name for t in terms_of(goal) for v in term_variables(t))
        elif isinstance(goal, And | Or):
            yield from _direct_variables(goal.goals)


def _namings(own: Sequence[str], shapes: Sequence[str], start: int) -> Iterator[dict[str, str]]:
    """Ways to name variables by number: in order of shape, those of one shape in every order."""
    kinds: dict[str, list[str]] = {}
    for shape, variable in sorted(zip(shapes, own, strict=True)):
        kinds.setdefault(shape, []).append(variable)
    orders = product(*(permutations(kind) for kind in kinds.values()))
    for order in islice(orders, _MOST_NAMINGS):
        flat = [variable for kind in order for variable in kind]
        yield {variable: f"V{start + i}" for i, variable in enumerate(flat)}


def _term(term: Term, names: Names) -> str:
    if isinstance(term, Var):
        return names.get(term.name, "_")
    if isinstance(term, Const):
        # 50 and 50.0 are the same number
        return f"{term.value:g}" if isinstance(term.value, int | float) and abs(term.value) < 1e6 else str(term)
    return f"{term.functor}({', '.join(_term(a, names) for a in term.args)})"
