"""The oracle: enumerate every world, and run the rules in each with a small Prolog of its own.

Nothing of the engines is used here but the syntax tree and the geometry functions: worlds are listed one by one,
goals are proved depth first, counts are sets of answers. Slow and simple, for scenes of up to a dozen detections.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np

from rune_pl.archive.scenes import Scenes
from rune_pl.errors import EvidenceError
from rune_pl.geometry import REGISTRY, Boxes
from rune_pl.inference import Evidence, Marginal, Query, make_boxes, make_facts
from rune_pl.inference.boxes import boxes_of_image
from rune_pl.inference.decidable import undecidable
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
    Term,
    Var,
)

Bindings = dict[str, Term]
Fact = tuple[str, str]  # the atom of a detection, and a class
Choice = tuple[Fact | None, float]
World = frozenset[Fact]


class EnumerationEngine:
    """Sums the weights of the worlds in which `retrieve` holds; evidence by Bayes' rule on the worlds."""

    name = "enumeration"

    def marginals(
        self, query: Query, scenes: Scenes, evidence: Evidence | None = None, budget: object = None
    ) -> Iterator[Marginal]:
        missing = undecidable(query, scenes, make_facts(scenes, evidence))
        boxes = make_boxes(scenes, query.sizes)  # of all images: sizes are compared across them
        for index, image in enumerate(scenes.images):
            if missing[index] is not None:
                yield Marginal.unanswered(image, "undecidable", missing[index])
                continue
            single = scenes.take([index])
            own = boxes_of_image(boxes, np.arange(scenes.start[index], scenes.start[index + 1]), index)
            observed = evidence.for_image(image) if evidence is not None else ()
            holds, total = [], []
            for world, weight in worlds_of(single):
                if not all(agrees(world, o, single) for o in observed):
                    continue
                total.append(weight)
                if Prolog(query, single, world, own).holds(Call("retrieve")):
                    holds.append(weight)
            whole = math.fsum(total)
            if whole <= 0.0:
                raise EvidenceError("evidence of probability zero")
            probability = math.fsum(holds) / whole
            yield Marginal.of(image, probability, 1.0 - probability, "enumeration")


def agrees(world: World, observation, scenes: Scenes) -> bool:
    """Whether an observation is true in a world."""
    atom = f"d{observation.detection}"
    classes = {label for name, label in world if name == atom}
    row = int(np.flatnonzero(scenes.detection == observation.detection)[0])
    if observation.holds:
        return (observation.label or scenes.classes[scenes.label[row]]) in classes
    return not classes if observation.label is None else observation.label not in classes


def choices(scenes: Scenes) -> list[list[Choice]]:
    """For each detection, the facts of which one may hold, None for none of them, with their probabilities."""
    options: list[list[Choice]] = []
    for row in range(len(scenes.detection)):
        atom = f"d{scenes.detection[row]}"
        vector = None if scenes.class_probability is None else scenes.class_probability[row]
        if vector is None or np.isnan(vector).any():
            pairs = [(scenes.classes[scenes.label[row]], float(scenes.probability[row]))]
        else:
            pairs = [(name, float(p)) for name, p in zip(scenes.classes, vector, strict=True) if p > 0]
        none = 1.0 - sum(p for _, p in pairs)
        choice: list[Choice] = [((atom, name), p) for name, p in pairs]
        options.append([(fact, p) for fact, p in (*choice, (None, max(0.0, none))) if p > 0])
    return options


def worlds_of(scenes: Scenes) -> Iterator[tuple[World, float]]:
    """Every choice of a class or nothing for every detection, with its probability."""
    for choice in itertools.product(*choices(scenes)):
        yield frozenset(fact for fact, _ in choice if fact is not None), math.prod(p for _, p in choice)


class Prolog:
    """Depth-first resolution over one world."""

    def __init__(self, query: Query, scenes: Scenes, world: World, boxes: Boxes | None = None) -> None:
        self.query, self.world = query, world
        self.boxes: Boxes = make_boxes(scenes, query.sizes) if boxes is None else boxes
        self.row = {f"d{number}": row for row, number in enumerate(scenes.detection)}
        self.fresh = itertools.count()

    def holds(self, goal: Goal, bindings: Bindings | None = None) -> bool:
        return next(self.solve(goal, bindings or {}), None) is not None

    def solve(self, goal: Goal, env: Bindings) -> Iterator[Bindings]:
        if isinstance(goal, And):
            yield from self._all(goal.goals, env)
        elif isinstance(goal, Or):
            for branch in goal.goals:
                yield from self.solve(branch, env)
        elif isinstance(goal, Not):
            if not self.holds(goal.goal, env):
                yield env
        elif isinstance(goal, Forall):
            if all(self.holds(goal.goal, solution) for solution in self.solve(goal.condition, env)):
                yield env
        elif isinstance(goal, Count):
            n = self._count(goal.template, goal.goal, env)
            if {"at_least": n >= goal.number, "at_most": n <= goal.number, "exactly": n == goal.number}[goal.kind]:
                yield env
        elif isinstance(goal, More):
            if self._count(goal.template, goal.goal, env) > self._count(goal.other_template, goal.other, env):
                yield env
        elif isinstance(goal, Compare):
            yield from compared(goal, env)
        else:
            yield from self._call(goal, env)

    def _count(self, template: Term, goal: Goal, env: Bindings) -> int:
        return len({str(resolve(template, solution)) for solution in self.solve(goal, env)})

    def _all(self, goals: tuple[Goal, ...], env: Bindings) -> Iterator[Bindings]:
        if not goals:
            yield env
            return
        for solution in self.solve(goals[0], env):
            yield from self._all(goals[1:], solution)

    def _call(self, call: Call, env: Bindings) -> Iterator[Bindings]:
        name, arity = call.indicator
        if call.indicator == ("true", 0):
            yield env
        elif call.indicator == ("object", 2):
            for atom, label in sorted(self.world):
                yield from unify_all(call.args, (Const(atom), Const(label)), env)
        elif call.indicator == ("detection", 1):
            for atom in self.row:
                yield from unify_all(call.args, (Const(atom),), env)
        elif call.indicator == ("number", 1):
            term = resolve(call.args[0], env)
            if isinstance(term, Const) and term.is_number:
                yield env
        elif call.indicator in REGISTRY:
            function = REGISTRY[name, arity]
            ids = [resolve(a, env) for a in call.args[: function.inputs]]
            if any(str(i) not in self.row for i in ids):
                return
            rows = [np.array([self.row[str(i)]]) for i in ids]
            result = function.call(self.boxes, np.zeros(1, dtype=np.int64), *rows)
            values = [float(column[0]) for column in (result if isinstance(result, tuple) else (result,))]
            if not any(math.isnan(v) for v in values):
                yield from unify_all(call.args[function.inputs :], tuple(Const(v) for v in values), env)
        else:
            for clause in self.query.clauses.get(call.indicator, ()):
                yield from self._clause(clause, call, env)

    def _clause(self, clause: Clause, call: Call, env: Bindings) -> Iterator[Bindings]:
        assert clause.probability is None
        suffix = f"#{next(self.fresh)}"
        for solution in unify_all(tuple(rename(a, suffix) for a in clause.head.args), call.args, env):
            if clause.body is None:
                yield solution
            else:
                yield from self.solve(rename_goal(clause.body, suffix), solution)


def compared(goal: Compare, env: Bindings) -> Iterator[Bindings]:
    """The bindings after a comparison, none where it does not hold."""
    try:
        yield from _compared(goal, env)
    except (ArithmeticError, ValueError):
        return  # 1/0 has no value, and nothing holds of it


def _compared(goal: Compare, env: Bindings) -> Iterator[Bindings]:
    if goal.op == "is":
        yield from unify_all((goal.left,), (Const(evaluate(goal.right, env)),), env)
    elif goal.op == "=":
        yield from unify_all((goal.left,), (goal.right,), env)
    elif goal.op in ("==", "\\==", "\\="):
        same = resolve(goal.left, env) == resolve(goal.right, env)
        if same == (goal.op == "=="):
            yield env
    else:
        a, b = evaluate(goal.left, env), evaluate(goal.right, env)
        if {"<": a < b, ">": a > b, "=<": a <= b, ">=": a >= b, "=:=": a == b, "=\\=": a != b}[goal.op]:
            yield env


def resolve(term: Term, env: Bindings) -> Term:
    while isinstance(term, Var) and term.name in env:
        term = env[term.name]
    if isinstance(term, Struct):
        return Struct(term.functor, tuple(resolve(a, env) for a in term.args))
    return term


def unify_all(left: tuple[Term, ...], right: tuple[Term, ...], env: Bindings) -> Iterator[Bindings]:
    env = dict(env)
    todo = list(zip(left, right, strict=True))
    while todo:
        a, b = (resolve(t, env) for t in todo.pop())
        if a == b:
            continue
        if isinstance(a, Var):
            env[a.name] = b
        elif isinstance(b, Var):
            env[b.name] = a
        elif isinstance(a, Struct) and isinstance(b, Struct) and (a.functor, len(a.args)) == (b.functor, len(b.args)):
            todo.extend(zip(a.args, b.args, strict=True))
        else:
            return
    yield env


def rename(term: Term, suffix: str) -> Term:
    if isinstance(term, Var):
        return Var(term.name + suffix)
    if isinstance(term, Struct):
        return Struct(term.functor, tuple(rename(a, suffix) for a in term.args))
    return term


def rename_goal(goal: Goal, suffix: str) -> Goal:
    if isinstance(goal, Call):
        return Call(goal.name, tuple(rename(a, suffix) for a in goal.args))
    if isinstance(goal, Compare):
        return Compare(goal.op, rename(goal.left, suffix), rename(goal.right, suffix))
    if isinstance(goal, And | Or):
        return type(goal)(tuple(rename_goal(g, suffix) for g in goal.goals))
    if isinstance(goal, Not):
        return Not(rename_goal(goal.goal, suffix))
    if isinstance(goal, Forall):
        return Forall(rename_goal(goal.condition, suffix), rename_goal(goal.goal, suffix))
    if isinstance(goal, Count):
        return Count(goal.kind, goal.number, rename(goal.template, suffix), rename_goal(goal.goal, suffix))
    return More(
        rename(goal.template, suffix),
        rename_goal(goal.goal, suffix),
        rename(goal.other_template, suffix),
        rename_goal(goal.other, suffix),
    )


def evaluate(term: Term, env: Bindings) -> float:
    term = resolve(term, env)
    if isinstance(term, Const):
        return {"pi": math.pi, "e": math.e}[term.value] if isinstance(term.value, str) else float(term.value)
    assert isinstance(term, Struct), f"unbound in arithmetic: {term}"
    args = [evaluate(a, env) for a in term.args]
    if len(args) == 1:
        return {"-": lambda x: -x, "abs": abs, "sqrt": math.sqrt, "sin": math.sin, "cos": math.cos}[term.functor](
            args[0]
        )
    a, b = args
    table = {
        "+": lambda: a + b,
        "-": lambda: a - b,
        "*": lambda: a * b,
        "/": lambda: a / b,
        "min": lambda: min(a, b),
        "max": lambda: max(a, b),
        "atan2": lambda: math.atan2(a, b),
        "//": lambda: math.trunc(a / b),
        "mod": lambda: a % b,
        "**": lambda: math.pow(a, b),
        "^": lambda: math.pow(a, b),
    }
    return table[term.functor]()
