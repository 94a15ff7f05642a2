"""Derivations of a program's goals over one image.

Goals run from left to right, as the language check has put them. Derivations are told apart by the detections that they
rest on: an object goal may be met by the facts that are allowed, while negations, counts and universals look at all
facts of the image and become one formula each.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, field

import numpy as np

from rune_pl.errors import ProofError
from rune_pl.explain.arithmetic import evaluate
from rune_pl.explain.formulas import Formulas, negated
from rune_pl.explain.nodes import Collective, Member, Miss, Node, Option, Step, ground_text, names_in
from rune_pl.explain.scene import Scene
from rune_pl.explain.unification import compare, is_ground, is_number, same, unify
from rune_pl.geometry import REGISTRY
from rune_pl.inference.columns import Column, ColumnSolver, NotColumnarError, Table
from rune_pl.inference.lineage import TRUE
from rune_pl.inference.query import Query
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
    Substitution,
    Term,
    Var,
    conjunction,
    conjuncts,
    substitute,
    substitute_term,
)

_DEEPEST = 200
_MOST_STEPS = 5_000_000
_MISSES = 3
_MANY, _NEARBY = 16, 8  # candidates that are worth a pass over columns, and those that stay although they fail
_ORDERED = frozenset({"<", ">", "=<", ">=", "=:=", "=\\="})

Derived = tuple[Substitution, tuple[Node, ...]]
Called = tuple[str, tuple[Term, ...]]
Above = tuple[Called, ...]  # the calls that a goal is derived for, outermost first


@dataclass
class Interpreter:
    """Derives goals of `query` over `scene`; events are formulas of `formulas`.

    Raises ProofError, from any method, where a goal takes too many steps.
    """

    query: Query
    scene: Scene
    formulas: Formulas
    _relations: dict[Called, tuple[Node | None, Miss | None]] = field(default_factory=dict)
    _collectives: dict[tuple[int, tuple[tuple[str, Term], ...]], Collective] = field(default_factory=dict)
    _failed: list[Miss] | None = None
    _steps: int = 0

    def derive(self, goal: Goal, env: Substitution, allowed: Set[int] | None = None) -> Iterator[Derived]:
        """All derivations of a goal: bindings, which extend `env`, and a node for each of its conjuncts.

        `allowed` are the facts that object goals may use, None for all.
        """
        return self._all(conjuncts(goal), env, allowed, ())

    def nearest_miss(self, goal: Goal) -> Miss | None:
        """Of the relations that do not hold on the way to a goal, the one that comes closest."""
        self._failed = []
        for _ in self.derive(goal, {}):
            pass
        found = min(self._failed, key=lambda m: m.distance, default=None)
        self._failed = None
        return found

    def event(self, nodes: tuple[Node, ...]) -> int:
        """The formula of several nodes together."""
        return self.formulas.all_of((node.formula for node in nodes), local=True)

    def _all(
        self, goals: tuple[Goal, ...], env: Substitution, allowed: Set[int] | None, above: Above
    ) -> Iterator[Derived]:
        if not goals:
            yield env, ()
            return
        first = goals[0]
        if isinstance(first, Call) and first.indicator == ("object", 2):
            found = self._objects(first, goals[1:], env, allowed)
        else:
            found = self._one(first, env, allowed, above)
        for bound, nodes in found:
            for further, more in self._all(goals[1:], bound, allowed, above):
                yield further, nodes + more

    def _one(self, goal: Goal, env: Substitution, allowed: Set[int] | None, above: Above) -> Iterator[Derived]:
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise ProofError(f"{ground_text(goal, env)} takes too many steps to be derived one by one")
        if len(above) > _DEEPEST:
            raise ProofError("rules nested too deeply")
        if isinstance(goal, And):
            yield from self._all(goal.goals, env, allowed, above)
        elif isinstance(goal, Or):
            for branch, part in enumerate(goal.goals, start=1):
                for bound, nodes in self._all(conjuncts(part), env, allowed, above):
                    formula = self.event(nodes)
                    yield bound, (Step("either", goal, bound, formula, nodes, branch=branch),)
        elif isinstance(goal, Call):
            yield from self._call(goal, env, allowed, above)
        elif isinstance(goal, Compare):
            yield from self._compare(goal, env)
        else:
            yield env, (self._collective(goal, env, above),)

    # Calls
    def _call(self, call: Call, env: Substitution, allowed: Set[int] | None, above: Above) -> Iterator[Derived]:
        indicator = call.indicator
        if indicator in REGISTRY:
            yield from self._measure(call, env)
        elif indicator in self.query.clauses:
            if indicator in self.query.deterministic and all(is_ground(substitute_term(a, env)) for a in call.args):
                node = self._relation(call, env, above)
                if node is not None:
                    yield env, (node,)
                return
            for clause in self.query.clauses[indicator]:
                yield from self._clause(clause, call, env, allowed, above)
        elif indicator == ("detection", 1):
            for atom in self.scene.atoms:
                bound = unify(call.args[0], Const(atom), env)
                if bound is not None:
                    yield bound, (Step("built_in", call, bound, TRUE),)
        elif indicator == ("true", 0) or (indicator == ("number", 1) and is_number(substitute_term(call.args[0], env))):
            yield env, (Step("built_in", call, env, TRUE),)

    def _objects(
        self, call: Call, after: tuple[Goal, ...], env: Substitution, allowed: Set[int] | None
    ) -> Iterator[Derived]:
        """The facts that meet an object goal; those that fail a relation of the goals `after` it may be left out."""
        subject, label = (substitute_term(arg, env) for arg in call.args)
        if isinstance(subject, Const):
            row = self.scene.rows.get(str(subject.value))
            found = self.scene.by_row.get(-1 if row is None else row, [])
        elif isinstance(label, Const):
            found = self.scene.by_class.get(str(label.value), [])
        else:
            found = list(range(len(self.scene.facts)))
        if allowed is not None:
            found = [fact for fact in found if fact in allowed]
        if len(found) > _MANY and isinstance(subject, Var):
            found = self._worth_trying(found, subject.name, after, env)
        for fact in found:
            bound = unify(call.args[0], Const(self.scene.atom(fact)), env)
            bound = None if bound is None else unify(call.args[1], Const(self.scene.label(fact)), bound)
            if bound is not None:
                yield bound, (Step("detection", call, bound, self.formulas.fact(fact), fact=fact),)

    def _worth_trying(self, facts: list[int], name: str, after: tuple[Goal, ...], env: Substitution) -> list[int]:
        """The facts that pass the relations to what is bound already, run over all of them at once.

        Where misses are recorded the nearest of the others stay, so that they fail in their turn.
        """
        tests = [goal for goal in after if self._tests(goal, name, env)]
        if not tests:
            return facts
        rows = self.scene.facts.row[facts]
        columns: dict[str, Column] = {name: rows}
        fixed: Substitution = {}
        others = []
        for other in {v for goal in tests for v in names_in(goal)} - {name}:
            term = env[other]
            row = self.scene.rows.get(str(term.value)) if isinstance(term, Const) else None
            if row is None:
                fixed[other] = term
            else:
                columns[other] = np.full_like(rows, row)
                others.append(row)
        solver = ColumnSolver(self.query.relations, self.scene.boxes, self.scene.scenes.classes)
        try:
            kept, _ = solver.solve(substitute(conjunction(tests), fixed), Table(columns, np.zeros_like(rows)))
        except NotColumnarError:
            return facts
        passed = set(kept.tolist())
        if self._failed is not None and others:
            middle = self.scene.boxes.center
            away = np.hypot(*(middle[rows] - middle[others[0]]).T)
            passed.update(np.argsort(away, kind="stable")[:_NEARBY].tolist())
        return [fact for k, fact in enumerate(facts) if k in passed]

    def _tests(self, goal: Goal, name: str, env: Substitution) -> bool:
        """Whether a goal is a relation of a variable to what is bound already."""
        if not isinstance(goal, Call) or goal.indicator not in self.query.relations:
            return False
        about = names_in(goal)
        return name in about and all(other == name or other in env for other in about)

    def _measure(self, call: Call, env: Substitution) -> Iterator[Derived]:
        function = REGISTRY[call.indicator]
        given = [substitute_term(arg, env) for arg in call.args[: function.inputs]]
        if not all(isinstance(term, Const) for term in given):
            return
        atoms = tuple(str(term.value) for term in given if isinstance(term, Const))
        values = self.scene.measure(function.name, function.arity, atoms)
        if values is None:
            return
        bound: Substitution | None = env
        for argument, value in zip(call.args[function.inputs :], values, strict=True):
            bound = None if bound is None else unify(argument, Const(value), bound)
        if bound is not None:
            yield bound, (Step("geometry", call, bound, TRUE, values=values),)

    def _relation(self, call: Call, env: Substitution, above: Above) -> Node | None:
        """The first derivation of a relation that no detection's presence can change."""
        terms = tuple(substitute_term(arg, env) for arg in call.args)
        key = (call.name, terms)
        if key not in self._relations:
            outside, self._failed = self._failed, []
            found: Node | None = None
            for clause in self.query.clauses[call.indicator]:
                for _, (node,) in self._clause(clause, call, env, None, above):
                    found = node
                    break
                if found is not None:
                    break
            miss = min(self._failed, key=lambda m: m.distance, default=None)
            if miss is not None:
                miss = Miss(ground_text(call, env), miss.comparison, miss.left, miss.right)
            self._relations[key] = (found, None if found is not None else miss)
            self._failed = outside
        found, miss = self._relations[key]
        if miss is not None and self._failed is not None:
            self._failed.append(miss)
        return found

    def _clause(
        self, clause: Clause, call: Call, env: Substitution, allowed: Set[int] | None, above: Above
    ) -> Iterator[Derived]:
        local: Substitution | None = {}
        for formal, actual in zip(clause.head.args, call.args, strict=True):
            value = substitute_term(actual, env)
            if is_ground(value):
                local = None if local is None else unify(formal, value, local)
        if local is None:
            return
        goal = (call.name, tuple(substitute_term(arg, env) for arg in call.args))
        # What is derived from itself is derived without that as well. A call that leaves something open may be another
        # one further down, but not more often than there are detections.
        if above.count(goal) > (0 if all(map(is_ground, goal[1])) else len(self.scene.atoms)):
            return
        for inner, nodes in self._all(conjuncts(clause.body), local, allowed, (*above, goal)):
            bound: Substitution | None = env
            for formal, actual in zip(clause.head.args, call.args, strict=True):
                bound = None if bound is None else unify(actual, substitute_term(formal, inner), bound)
            if bound is not None and not (self.query.checked.recursive and _derives(nodes, call, bound)):
                event = self.formulas.all_of([self.event(nodes), self._applies(clause, inner)], local=True)
                yield bound, (Step("rule", call, bound, event, nodes, clause=clause, local=inner),)

    def _applies(self, clause: Clause, local: Substitution) -> int:
        """The event that a rule with a probability applies: one for each way to bind its variables."""
        if clause.probability is None:
            return TRUE
        key = (id(clause), tuple(sorted((name, str(term)) for name, term in local.items())))
        return self.formulas.choice(key, clause.probability)

    def _compare(self, goal: Compare, env: Substitution) -> Iterator[Derived]:
        if goal.op in _ORDERED or goal.op == "is":
            left = None if goal.op == "is" else evaluate(substitute_term(goal.left, env))
            right = evaluate(substitute_term(goal.right, env))
            if right is None or (left is None and goal.op != "is"):
                return
            if left is None:
                bound = unify(goal.left, Const(right), env)
                if bound is not None:
                    yield bound, (Step("comparison", goal, bound, TRUE, values=(right, right)),)
            elif compare(goal.op, left, right):
                yield env, (Step("comparison", goal, env, TRUE, values=(left, right)),)
            elif self._failed is not None:
                text = f"{substitute_term(goal.left, env)} {goal.op} {substitute_term(goal.right, env)}"
                self._failed.append(Miss("", text, left, right))
            return
        left_term, right_term = substitute_term(goal.left, env), substitute_term(goal.right, env)
        if goal.op == "=":
            bound = unify(goal.left, right_term, env)
            if bound is not None:
                sides = (str(substitute_term(goal.left, bound)), str(substitute_term(goal.right, bound)))
                yield bound, (Step("comparison", goal, bound, TRUE, values=sides),)
        elif (same(left_term, right_term)) == (goal.op == "=="):
            yield env, (Step("comparison", goal, env, TRUE, values=(str(left_term), str(right_term))),)

    # Goals about all objects
    def _collective(self, goal: Not | Count | More | Forall, env: Substitution, above: Above) -> Collective:
        relevant = {name: env[name] for name in names_in(goal) if name in env}
        key = (id(goal), tuple(sorted(relevant.items(), key=lambda item: item[0])))
        if key not in self._collectives:
            outside, self._failed = self._failed, []
            self._collectives[key] = self._gather(goal, env, above)
            self._failed = outside
        return self._collectives[key]

    def _gather(self, goal: Not | Count | More | Forall, env: Substitution, above: Above) -> Collective:
        formulas, local = self.formulas, self._about_objects(goal, env)
        if isinstance(goal, Not):
            options = self._options(goal.goal, env, above)
            formula = negated(formulas.any_of((o.formula for o in options), local=local))
            misses = sorted(dict.fromkeys(self._failed or ()), key=lambda m: m.distance)[:_MISSES]
            members = tuple(Member("", (o,), o.formula) for o in options)
            return Collective("not", goal, env, formula, members, misses=tuple(misses))
        if isinstance(goal, Count):
            counted = self._members(goal.template, goal.goal, env, above)
            low = 0 if goal.kind == "at_most" else goal.number
            high = None if goal.kind == "at_least" else goal.number
            formula = formulas.count([(m.formula, 1) for m in counted], low, high, local=local)
            return Collective("count", goal, env, formula, counted)
        if isinstance(goal, More):
            one = self._members(goal.template, goal.goal, env, above)
            other = self._members(goal.other_template, goal.other, env, above)
            inputs = [(m.formula, 1) for m in one] + [(m.formula, -1) for m in other]
            return Collective("more", goal, env, formulas.count(inputs, 1, None, local=local), one, other)
        cases = []
        for bound, nodes in self._all(conjuncts(goal.condition), env, None, above):
            option = Option(nodes, self.event(nodes))
            met = self._options(goal.goal, bound, above)
            holds = formulas.any_of((o.formula for o in met), local=True)
            broken = formulas.all_of([option.formula, negated(holds)], local=True)
            cases.append(Member("", (option,), negated(broken), met))
        formula = negated(formulas.any_of((negated(c.formula) for c in cases), local=local))
        return Collective("forall", goal, env, formula, tuple(cases))

    def _about_objects(self, goal: Goal, env: Substitution) -> bool:
        bound = (env[name] for name in names_in(goal) if name in env)
        return any(isinstance(term, Const) and term.value in self.scene.rows for term in bound)

    def _options(self, goal: Goal, env: Substitution, above: Above) -> tuple[Option, ...]:
        found = (Option(nodes, self.event(nodes)) for _, nodes in self._all(conjuncts(goal), env, None, above))
        return tuple(found)

    def _members(self, template: Term, goal: Goal, env: Substitution, above: Above) -> tuple[Member, ...]:
        found: dict[str, list[Option]] = {}
        for bound, nodes in self._all(conjuncts(goal), env, None, above):
            found.setdefault(str(substitute_term(template, bound)), []).append(Option(nodes, self.event(nodes)))
        return tuple(
            Member(value, tuple(options), self.formulas.any_of((o.formula for o in options), local=True))
            for value, options in found.items()
        )


def _derives(nodes: tuple[Node, ...], call: Call, bound: Substitution) -> bool:
    """Whether the call, as it is bound now, is among what was derived on the way to it."""
    wanted = ground_text(call, bound)
    return any(
        isinstance(node, Step)
        and (
            (isinstance(node.goal, Call) and node.goal.name == call.name and node.text == wanted)
            or _derives(node.children, call, bound)
        )
        for node in nodes
    )
