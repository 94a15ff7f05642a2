"""Planning: a checked program as a tree of joins, counts and negations, with each variable as far in as it goes.

Rules are unfolded into conjunctions of steps. A variable that nothing outside asks for is taken out of its conjunction
together with all steps that mention it: `exists A, B: a(A), b(B), near(A, B)` becomes `exists B: b(B), (exists A: a(A),
near(A, B))`. What is inside is evaluated once for each different value of what it depends on, and parts that share no
variable come apart. So the work is that of pairs, where the rule is about chains of any length.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TypeAlias

from rune_pl.geometry import REGISTRY
from rune_pl.inference.kernels.circuit import NO_LIMIT
from rune_pl.inference.query import GOAL, Query
from rune_pl.language.signatures import is_detection
from rune_pl.language.symmetry import canonical, renamed, tells_apart
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
    Struct,
    Substitution,
    Term,
    Var,
    conjunction,
    substitute,
    substitute_term,
    term_variables,
    terms_of,
    variables,
    walk,
)

_MAX_DEPTH = 50
_MAX_STEPS = 5_000

Names: TypeAlias = frozenset[str]
NOTHING: Names = frozenset()


class NotInFragmentError(Exception):
    """The program is beyond what can be planned; the message says what stands in the way."""


@dataclass(frozen=True)
class Scan:
    """`object(variable, label)`; the label is a class, or a variable where `label_bound` is False a class."""

    variable: str
    label: str
    is_class: bool = True

    def __str__(self) -> str:
        return f"object({self.variable}, {self.label})"


@dataclass(frozen=True)
class Each:
    """All detections of the image, whatever they are."""

    variable: str

    def __str__(self) -> str:
        return f"detection({self.variable})"


@dataclass(frozen=True)
class Test:
    """A goal that no detection's presence can change."""

    goal: Goal

    def __str__(self) -> str:
        return str(self.goal)


@dataclass(frozen=True)
class Either:
    """Some block holds; `outputs` get their values from it."""

    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Exists:
    """The block holds for some values of its own variables."""

    block: Block


@dataclass(frozen=True)
class Absent:
    """The block holds for none."""

    block: Block


@dataclass(frozen=True)
class Counted:
    """The number of different values of `variable` for which the block holds lies in [low, high]."""

    low: int
    high: int
    variable: str
    block: Block


@dataclass(frozen=True)
class Compared:
    """More values of one block's variable than of the other's."""

    variable: str
    block: Block
    other_variable: str
    other: Block


Step: TypeAlias = Scan | Each | Test | Either | Exists | Absent | Counted | Compared


@dataclass(frozen=True)
class Block:
    """Steps in the order in which they run.

    Attributes:
        uses: variables from outside.
        outputs: variables that it gives to the outside.
    """

    steps: tuple[Step, ...]
    uses: Names
    outputs: Names


@dataclass(frozen=True)
class Plan:
    """How to evaluate a query.

    Attributes:
        root: a block without outside variables but the named detections.
        named: the detections that the rule names, such as d7.
        labels: the classes that it is about; None where it may be about any detection.
    """

    root: Block
    named: tuple[str, ...]
    labels: frozenset[str] | None


def make_plan(query: Query, sizes: Mapping[str, int]) -> Plan:
    """The plan of a query.

    Args:
        sizes: how many facts there are of each class, to choose what to look for first.

    Raises:
        NotInFragmentError: recursion, rules with a probability, lists.
    """
    if query.checked.recursive:
        raise NotInFragmentError("recursion")
    planner = _Planner(query, sizes)
    named = sorted(
        {
            term.value
            for clauses in (query.clauses[i] for i in query.reachable if i in query.clauses)
            for clause in clauses
            for term in (*clause.head.args, *(t for g in walk(clause.body) for t in terms_of(g)))
            if isinstance(term, Const) and isinstance(term.value, str) and is_detection(term.value)
        }
    )
    root = planner.block((GOAL,), frozenset(named), NOTHING)
    steps = list(_steps(root))
    open_ = named or any(isinstance(s, Each) or (isinstance(s, Scan) and not s.is_class) for s in steps)
    labels = None if open_ else frozenset(s.label for s in steps if isinstance(s, Scan))
    return Plan(root, tuple(named), labels)


def _steps(block: Block) -> Iterator[Step]:
    """All steps of a block and of the blocks in it."""
    for step in block.steps:
        yield step
        for inner in inner_blocks(step):
            yield from _steps(inner)


def inner_blocks(step: Step) -> tuple[Block, ...]:
    """The blocks of a step."""
    if isinstance(step, Either):
        return step.blocks
    if isinstance(step, Exists | Absent | Counted):
        return (step.block,)
    return (step.block, step.other) if isinstance(step, Compared) else ()


@dataclass(frozen=True)
class _Item:
    step: Step
    uses: Names
    binds: Names

    @property
    def mentions(self) -> Names:
        return self.uses | self.binds


@dataclass
class _Planner:
    query: Query
    sizes: Mapping[str, int]
    fresh: Iterator[int] = field(default_factory=count)
    depth: int = 0
    made: int = 0

    def block(self, goals: Sequence[Goal], bound: Names, outputs: Names) -> Block:
        """A block for a conjunction whose other variables are local to it."""
        items = self._items(goals, bound)
        items = self._miniscope(items, bound, outputs)
        return self._arranged(items, bound, outputs)

    # --- goals to steps

    def _items(self, goals: Sequence[Goal], bound: Names) -> list[_Item]:
        items: list[_Item] = []
        for goal in goals:
            for item in self._goal(goal, bound):
                items.append(item)
                bound |= item.binds
        return items

    def _goal(self, goal: Goal, bound: Names) -> list[_Item]:
        self.made += 1
        if self.made > _MAX_STEPS:
            raise NotInFragmentError(f"a rule that unfolds into more than {_MAX_STEPS:,} steps")
        goal = _with_named(goal)
        if isinstance(goal, And):
            return self._items(goal.goals, bound)
        free = frozenset(v.name for v in variables(goal)) - bound
        if not free and self._deterministic(goal):
            return [] if goal == Call("true") else [_test(goal, bound)]
        if isinstance(goal, Or):
            return [self._either([(branch,) for branch in goal.goals], bound)]
        if isinstance(goal, Compare):
            return [_test(goal, bound)]
        if isinstance(goal, Call):
            return self._call(goal, bound)
        return [self._scope(goal, bound)]

    def _scope(self, goal: Not | Count | More | Forall, bound: Names) -> _Item:
        """Variables bound before are the outside's, all others the scope's own, whoever else uses the name."""
        own = {v.name for v in variables(goal)} - bound
        renaming: Substitution = {name: Var(self._new(name)) for name in sorted(own)}
        renamed_goal = substitute(goal, renaming)
        assert isinstance(renamed_goal, Not | Count | More | Forall)
        goal = renamed_goal
        if isinstance(goal, Not):
            inner = self.block((goal.goal,), bound, NOTHING)
            return _Item(Absent(inner), inner.uses, NOTHING)
        if isinstance(goal, Forall):
            inner = self.block((goal.condition, Not(goal.goal)), bound, NOTHING)
            return _Item(Absent(inner), inner.uses, NOTHING)
        if isinstance(goal, Count):
            name = _template(goal.template, bound)
            low, high = {
                "at_least": (goal.number, NO_LIMIT),
                "at_most": (0, goal.number),
                "exactly": (goal.number, goal.number),
            }[goal.kind]
            if (low, high) == (1, NO_LIMIT) or high == 0:
                inner = self.block((goal.goal,), bound, NOTHING)
                return _Item(Absent(inner) if high == 0 else Exists(inner), inner.uses, NOTHING)
            inner = self.block((goal.goal,), bound, frozenset({name}))
            return _Item(Counted(low, high, name, inner), inner.uses, NOTHING)
        assert isinstance(goal, More)
        one, two = _template(goal.template, bound), _template(goal.other_template, bound)
        first = self.block((goal.goal,), bound, frozenset({one}))
        second = self.block((goal.other,), bound, frozenset({two}))
        return _Item(Compared(one, first, two, second), first.uses | second.uses, NOTHING)

    def _call(self, call: Call, bound: Names) -> list[_Item]:
        if call.indicator == ("fail", 0):
            return [_Item(Either(()), NOTHING, NOTHING)]
        if call.indicator == ("object", 2):
            return [_scan(call, bound)]
        if call.indicator == ("detection", 1):
            (subject,) = call.args
            if not isinstance(subject, Var):
                raise NotInFragmentError(f"{call}")
            return [_Item(Each(subject.name), NOTHING, frozenset({subject.name}))]
        if call.indicator in REGISTRY or call.indicator not in self.query.clauses:
            return [_test(call, bound)]
        return self._unfold(call, bound)

    def _unfold(self, call: Call, bound: Names) -> list[_Item]:
        """The bodies of the clauses that a call may use."""
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise NotInFragmentError("recursion")
        bodies = []
        for clause in self.query.clauses[call.indicator]:
            if clause.probability is not None:
                raise NotInFragmentError(f"{call.name}/{len(call.args)} has rules with a probability")
            body = self._body(clause, call)
            if body is not None:
                bodies.append(body)
        if not bodies:
            # No clause fits: it fails, and whatever it would have bound is never asked for.
            items = [_Item(Either(()), NOTHING, frozenset(v.name for v in variables(call)) - bound)]
        elif len(bodies) == 1:
            items = self._items(bodies[0], bound)
        else:
            items = [self._either(bodies, bound)]
        self.depth -= 1
        return items

    def _body(self, clause: Clause, call: Call) -> tuple[Goal, ...] | None:
        """The body with the call's arguments in it; None where they do not fit the head."""
        names = {v.name for v in variables(clause.head)} | {v.name for v in variables(clause.body)}
        values: Substitution = {}
        equal: list[Goal] = []
        for formal, actual in zip(clause.head.args, call.args, strict=True):
            if not _fit(formal, actual, values, equal):
                return None
        local: Substitution = {name: Var(self._new(name)) for name in sorted(names - values.keys())}
        by = values | local
        body = () if clause.body is None else (substitute(clause.body, by),)
        # Equations last: `h(A, A)` called with two free variables binds one and leaves the other to its equation.
        return (*body, *(substitute(goal, by) for goal in equal))

    def _either(self, bodies: Sequence[Sequence[Goal]], bound: Names) -> _Item:
        branches = [self._items(body, bound) for body in bodies]
        outputs = frozenset.intersection(*(_bound_by(items) for items in branches)) if branches else NOTHING
        # A variable that only some branches bind is local to each of them.
        blocks = tuple(self._arranged(self._miniscope(items, bound, outputs), bound, outputs) for items in branches)
        uses = frozenset[str]().union(*(block.uses for block in blocks))
        return _Item(Either(blocks), uses, outputs)

    def _deterministic(self, goal: Goal) -> bool:
        known = self.query.deterministic
        for g in walk(goal):
            if isinstance(g, Count | More | Forall):
                return False
            if isinstance(g, Call):
                built_in = g.indicator not in self.query.clauses and g.indicator != ("object", 2)
                if g.indicator not in known and not built_in:
                    return False
        return True

    def _new(self, name: str) -> str:
        return f"{name.partition('~')[0]}~{next(self.fresh)}"

    # --- variables as far in as they go

    def _interchangeable(self, items: list[_Item], outputs: Names) -> list[_Item]:
        """Two objects of which the same is asked, and that they differ, as a count of at least two; three as three."""
        for item in items:
            pair = tells_apart(item.step.goal) if isinstance(item.step, Test) else None
            if pair is None or pair & outputs or not pair <= _bound_by(items):
                continue
            group = sorted(pair)
            apart = {frozenset(pair)}
            said = [item]  # some of them twice, perhaps
            for other in items:
                more = tells_apart(other.step.goal) if isinstance(other.step, Test) else None
                if more is not None and not more & outputs and more <= _bound_by(items):
                    apart.add(more)
                    said.append(other)
                    group = sorted({*group, *more})
            # All of them differ from each other, and nothing but that ties one to another.
            asked = [self._asked(name, group, items, group[0]) for name in group]
            wanted = len(group) * (len(group) - 1) // 2
            if len(apart) != wanted or asked[0] is None or any(a != asked[0] for a in asked):
                continue
            inside = [i for i in items if group[0] in i.mentions and not any(i is s for s in said)]
            uses = frozenset[str]().union(*(i.uses for i in inside)) - _bound_by(inside)
            name = group[0]
            made = Counted(len(group), NO_LIMIT, name, self._inner(inside, uses, frozenset({name})))
            rest = [i for i in items if not i.mentions & set(group)]
            return [*rest, _Item(made, uses, NOTHING)]
        return items

    def _asked(self, name: str, group: Sequence[str], items: Sequence[_Item], as_: str) -> frozenset[str] | None:
        """What is asked of a variable, said of another; None where that is more than objects and plain tests."""
        said = set()
        for item in items:
            if name not in item.mentions:
                continue
            step = item.step
            if isinstance(step, Scan) and step.variable == name and step.is_class:
                said.add(f"object {step.label}")
            elif isinstance(step, Test) and not item.binds:
                pair = tells_apart(step.goal)
                if pair is not None and pair <= set(group):
                    continue
                if item.mentions & (set(group) - {name}):
                    return None
                said.add(str(canonical(renamed(step.goal, name, as_), self.query.symmetric)))
            else:
                return None
        return frozenset(said)

    def _inner(self, items: list[_Item], uses: Names, outputs: Names) -> Block:
        return self._arranged(self._miniscope(items, uses, outputs), uses, outputs)

    def _miniscope(self, items: list[_Item], bound: Names, outputs: Names) -> list[_Item]:
        items = self._interchangeable(items, outputs)
        while True:
            best: tuple[tuple[bool, int, int, str], list[_Item], Names] | None = None
            for name in sorted(_bound_by(items) - outputs):
                inside = [i for i in items if name in i.mentions]
                outside = [i for i in items if name not in i.mentions]
                wanted = outputs.union(*(i.mentions for i in outside))
                binds = _bound_by(inside)
                if binds & wanted:
                    continue
                uses = frozenset[str]().union(*(i.uses for i in inside)) - binds
                cost = (not all(isinstance(i.step, Test) for i in inside), len(uses - bound), -self._size(inside), name)
                if best is None or cost < best[0]:
                    best = cost, inside, uses
            if best is None:
                return items
            _, inside, uses = best
            if all(isinstance(i.step, Test) for i in inside):
                goals = [i.step.goal for i in inside if isinstance(i.step, Test)]
                made: Step = Test(conjunction(goals))
            else:
                made = Exists(self._arranged(inside, bound | uses, NOTHING))
            at = items.index(inside[-1])
            items = [*items[: at + 1], _Item(made, uses, NOTHING), *items[at + 1 :]]
            items = [i for i in items if not any(i is old for old in inside)]
            if len(items) == 1 and isinstance(items[0].step, Exists) and not (_bound_by(items) - outputs):
                return items

    def _size(self, items: Sequence[_Item]) -> int:
        found = [self._scan_size(i.step) for i in items]
        return max(found, default=0)

    def _scan_size(self, step: Step) -> int:
        if isinstance(step, Scan):
            return self.sizes.get(step.label, 0) if step.is_class else sum(self.sizes.values())
        return sum(self.sizes.values()) if isinstance(step, Each) else 0

    def _arranged(self, items: Sequence[_Item], bound: Names, outputs: Names) -> Block:
        """The block of these steps, in an order in which each can run: tests first, wide joins last."""
        left, steps, ready = list(items), [], bound
        while left:
            able = [i for i in left if i.uses <= ready]
            if not able:
                raise NotInFragmentError(f"no order in which to run {left[0].step}")
            item = min(able, key=lambda i: self._priority(i, ready))
            left.remove(item)
            steps.append(item.step)
            ready |= item.binds
        uses = frozenset[str]().union(*(i.uses for i in items)) - _bound_by(items)
        return Block(tuple(steps), uses, outputs)

    def _priority(self, item: _Item, ready: Names) -> tuple[int, int]:
        step = item.step
        if isinstance(step, Test):
            return (2 if item.binds else 0, 0)
        if isinstance(step, Scan) and step.variable in ready:
            return (1, 0)
        if isinstance(step, Scan | Each):
            return (4, self._scan_size(step))
        if isinstance(step, Either) and item.binds:
            return (5, 0)
        return (3, 0)


def _test(goal: Goal, bound: Names) -> _Item:
    names = frozenset(v.name for v in variables(goal))
    return _Item(Test(goal), names & bound, names - bound)


def _scan(call: Call, bound: Names) -> _Item:
    subject, label = call.args
    if not isinstance(subject, Var):
        raise NotInFragmentError(f"{call}")
    if isinstance(label, Const) and isinstance(label.value, str):
        scan, names = Scan(subject.name, label.value), frozenset({subject.name})
    elif isinstance(label, Var):
        scan, names = Scan(subject.name, label.name, is_class=False), frozenset({subject.name, label.name})
    else:
        raise NotInFragmentError(f"{call}")
    return _Item(scan, names & bound, names - bound)


def _bound_by(items: Sequence[_Item]) -> Names:
    return frozenset[str]().union(*(i.binds for i in items))


def _template(template: Term, bound: Names) -> str:
    if not isinstance(template, Var) or template.name in bound:
        raise NotInFragmentError(f"a count of {template}")
    return template.name


def _with_named(goal: Goal) -> Goal:
    """Detections that the rule names become variables of that name, which no variable of a rule can have."""
    if isinstance(goal, Call):
        return replace(goal, args=tuple(map(_named_term, goal.args)))
    if isinstance(goal, Compare):
        return replace(goal, left=_named_term(goal.left), right=_named_term(goal.right))
    if isinstance(goal, And | Or):
        return replace(goal, goals=tuple(map(_with_named, goal.goals)))
    if isinstance(goal, Not):
        return replace(goal, goal=_with_named(goal.goal))
    return goal  # counts and universals come apart before their goals are looked at


def _named_term(term: Term) -> Term:
    return (
        Var(term.value)
        if isinstance(term, Const) and isinstance(term.value, str) and is_detection(term.value)
        else term
    )


def _fit(formal: Term, actual: Term, values: Substitution, equal: list[Goal]) -> bool:
    """Match a head argument with a call's; what can only be known later becomes an equation."""
    if isinstance(formal, Var):
        if formal.name not in values:
            values[formal.name] = actual
        elif values[formal.name] != actual:
            equal.append(Compare("=", values[formal.name], actual))
        return True
    if isinstance(actual, Var):
        if isinstance(formal, Struct) and any(term_variables(formal)):
            raise NotInFragmentError(f"a term that is taken apart: {formal}")
        equal.append(Compare("=", actual, _named_term(formal)))
        return True
    if isinstance(formal, Struct) or isinstance(actual, Struct):
        same = (
            isinstance(formal, Struct)
            and isinstance(actual, Struct)
            and (formal.functor, len(formal.args)) == (actual.functor, len(actual.args))
        )
        return same and all(
            _fit(f, a, values, equal)
            for f, a in zip(formal.args, actual.args, strict=True)  # type: ignore[union-attr]
        )
    if formal.is_number and actual.is_number:
        return float(formal.value) == float(actual.value)
    return formal == actual


__all__ = [
    "Absent", "Block", "Compared", "Counted", "Each", "Either", "Exists", "NotInFragmentError", "Plan", "Scan", "Step",
    "Test", "make_plan", "substitute_term",
]  # fmt: skip
