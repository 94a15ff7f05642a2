"""Range restriction, and the canonical order of goals: what binds a variable comes before what needs it bound.

Goals that bind (objects, calls of the program's own predicates) come first and keep their order; other goals follow as
soon as their variables are bound; negations, counts and `forall` come last, when all around them is bound. So an engine
can run a body from left to right.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from rune_pl.errors import ArgumentError, ProgramSizeError, UnboundVariableError
from rune_pl.language.arguments import place
from rune_pl.language.modes import Modes
from rune_pl.language.rewriting import located
from rune_pl.language.signatures import OBJECT
from rune_pl.language.terms import (
    And,
    Call,
    Clause,
    Compare,
    Count,
    Forall,
    Goal,
    More,
    Not,
    Or,
    Term,
    Var,
    conjunction,
    conjuncts,
    disjunction,
    term_variables,
    terms_of,
    variables,
    walk,
)

Names = frozenset[str]
_NONE: Final[Names] = frozenset()
#: Attempts to place a goal in one clause; only a text made to be tangled needs as many.
_MOST_ATTEMPTS: Final = 100_000


def _names(goal: Goal) -> Names:
    return frozenset(v.name for v in variables(goal))


class Arranger:
    """Arranges one clause. `missing` names the variable of the last `UnboundVariableError`."""

    def __init__(self, clause: Clause, modes: Modes, kinds: Mapping[str, str]) -> None:
        self._clause = clause
        self._modes = modes
        self._kinds = kinds
        self._taken = {v.name for v in (*variables(clause.head), *variables(clause.body))}
        self._attempts = 0
        self._placed: dict[tuple[int, Names, Names], tuple[Goal, Names] | UnboundVariableError] = {}
        self.missing: str | None = None

    def arrange(self) -> Clause:
        """The clause in canonical order.

        Raises:
            UnboundVariableError: some variable is bound by nothing.
            ArgumentError: a counted variable is used outside of its count.
        """
        head = self._clause.head
        inputs = self._modes.inputs.get(head.indicator, frozenset())
        given = frozenset(v.name for i, a in enumerate(head.args) if i in inputs for v in term_variables(a))
        in_head = {v.name: v for v in variables(head)}
        goals, bound = self._conjunction(conjuncts(self._clause.body), given, frozenset(in_head))
        for name, variable in in_head.items():
            if name not in bound:
                raise self._unbound(variable, f"the head {head}", in_head=True)
        body = None if self._clause.body is None else located(conjunction(goals), self._clause.body.location)
        return replace(self._clause, body=body)

    # --- conjunctions

    def _conjunction(self, goals: Sequence[Goal], bound: Names, context: Names) -> tuple[list[Goal], Names]:
        """The goals in order and what is bound after them; `context` are variables that matter outside."""
        uses = Counter(n for g in goals for n in _names(g))
        shared = context | {n for n, count in uses.items() if count > 1}
        out: list[Goal] = []
        scoped = [g for g in goals if isinstance(g, Not | Count | More | Forall)]
        pending: list[Goal] = [g for g in goals if not isinstance(g, Not | Count | More | Forall)]
        pending, bound = self._sweep(pending, bound, out, shared, binders=True)
        while pending:
            before = len(pending)
            pending, bound = self._sweep(pending, bound, out, shared, binders=False)
            if len(pending) < before:
                continue
            pending, bound, error = self._one_alternative(pending, bound, out, shared, goals)
            if len(pending) < before:
                continue
            pending, bound = self._one_generator(pending, bound, out)
            if len(pending) == before:
                raise error or self._stuck(pending, bound)
        for goal in scoped:
            out.append(self._scoped(goal, bound))
        return out, bound

    def _sweep(
        self, pending: list[Goal], bound: Names, out: list[Goal], shared: Names, *, binders: bool
    ) -> tuple[list[Goal], Names]:
        """Place the goals that are ready, in their order: those that bind, or any but alternatives and generators."""
        left: list[Goal] = []
        for goal in pending:
            self._attempt(goal)
            if isinstance(goal, Or):
                placed = self._binding_alternative(goal, bound, shared) if binders else None
                if placed is None:
                    left.append(goal)
                else:
                    out.append(placed[0])
                    bound = placed[1]
                continue
            assert isinstance(goal, Call | Compare)
            binds = isinstance(goal, Call) and (goal.indicator == OBJECT or self._modes.own(goal))
            if binders and not binds:
                left.append(goal)
                continue
            free_generator = isinstance(goal, Call) and not binds and self._generates(goal, bound)
            if free_generator or not self._ready(goal, bound):
                left.append(goal)
                continue
            bound = self._place(goal, bound, out)
        return left, bound

    def _generates(self, goal: Call, bound: Names) -> bool:
        return self._modes.is_generator(goal) and not _names(goal) <= bound and not self._modes.needs(goal)

    def _ready(self, goal: Call | Compare, bound: Names) -> bool:
        if isinstance(goal, Compare) and goal.op == "=":
            return any({v.name for v in term_variables(t)} <= bound for t in (goal.left, goal.right))
        return all(v.name in bound for v in self._modes.needs(goal))

    def _place(self, goal: Call | Compare, bound: Names, out: list[Goal]) -> Names:
        after = bound | _names(goal)
        if isinstance(goal, Compare) and goal.op == "is" and {v.name for v in term_variables(goal.left)} <= bound:
            goal = replace(goal, op="=:=")
        if isinstance(goal, Call):
            out.extend(self._with_free_results(goal, bound))
        else:
            out.append(goal)
        return after

    def _with_free_results(self, call: Call, bound: Names) -> list[Goal]:
        """A call whose results are compared, not matched, where their variables have a value already."""
        args, checks, taken = list(call.args), [], set(bound)
        for i in self._modes.outputs(call):
            result = args[i]
            if isinstance(result, Var) and result.name in taken:
                args[i] = Var(self._fresh(result.name), result.location)
                checks.append(Compare("=:=", args[i], result, result.location))
            taken |= {v.name for v in term_variables(result)}
        return [replace(call, args=tuple(args)), *checks]

    def _fresh(self, name: str) -> str:
        number = 2
        while f"{name}_{number}" in self._taken:
            number += 1
        self._taken.add(f"{name}_{number}")
        return f"{name}_{number}"

    # --- alternatives

    def _binding_alternative(self, goal: Or, bound: Names, shared: Names) -> tuple[Goal, Names] | None:
        """An alternative all of whose branches only bind, and bind the same; None for any other."""
        for g in walk(goal):
            if isinstance(g, And | Or):
                continue
            if not isinstance(g, Call) or not (g.indicator == OBJECT or self._modes.own(g)):
                return None
        try:
            placed, after = self._alternative(goal, bound, shared)
        except UnboundVariableError:
            return None
        return None if (_names(goal) & shared) - after else (placed, after)

    def _alternative(self, goal: Or, bound: Names, shared: Names) -> tuple[Goal, Names]:
        """The alternative in order, and what is bound after it. Raises `UnboundVariableError`.

        Remembered, because an alternative that is not ready is tried again, and so are those within it.
        """
        names = _names(goal)
        key = (id(goal), bound & names, shared & names)
        if key not in self._placed:
            try:
                self._placed[key] = self._arranged_alternative(goal, bound & names, shared & names)
            except UnboundVariableError as error:
                self._placed[key] = error
        found = self._placed[key]
        if isinstance(found, UnboundVariableError):
            raise found
        return found[0], bound | found[1]

    def _arranged_alternative(self, goal: Or, bound: Names, shared: Names) -> tuple[Goal, Names]:
        branches = [self._conjunction(conjuncts(g), bound, shared) for g in goal.goals]
        after = frozenset.intersection(*(b for _, b in branches))
        joined = disjunction(
            [located(conjunction(goals), g.location) for (goals, _), g in zip(branches, goal.goals, strict=True)]
        )
        return located(joined, goal.location), after

    def _one_alternative(
        self, pending: list[Goal], bound: Names, out: list[Goal], shared: Names, goals: Sequence[Goal]
    ) -> tuple[list[Goal], Names, UnboundVariableError | None]:
        """Place the first alternative that is ready; else give the reason why the first is not."""
        error: UnboundVariableError | None = None
        for i, goal in enumerate(pending):
            if not isinstance(goal, Or):
                continue
            try:
                placed, after = self._alternative(goal, bound, shared)
            except UnboundVariableError as problem:
                error = error or problem
                continue
            partial = (_names(goal) & shared) - after
            if partial:
                error = error or self._partly_bound(min(partial), goal, goals)
                continue
            out.append(placed)
            return pending[:i] + pending[i + 1 :], after, None
        return pending, bound, error

    def _partly_bound(self, name: str, goal: Or, goals: Sequence[Goal]) -> UnboundVariableError:
        elsewhere = [v for g in goals if g is not goal for v in variables(g)]
        variable = next(v for v in (*elsewhere, *variables(self._clause.head), *variables(goal)) if v.name == name)
        self.missing = name
        return UnboundVariableError(
            f"{name} is bound in only some of the alternatives, and used outside of them",
            **place(variable.location),
            hint=f"bind {name} in every alternative, or use it in one only",
        )

    def _one_generator(self, pending: list[Goal], bound: Names, out: list[Goal]) -> tuple[list[Goal], Names]:
        for i, goal in enumerate(pending):
            if isinstance(goal, Call) and self._modes.is_generator(goal) and self._ready(goal, bound):
                return pending[:i] + pending[i + 1 :], self._place(goal, bound, out)
        return pending, bound

    # --- goals with a scope of their own

    def _scoped(self, goal: Goal, bound: Names) -> Goal:
        if isinstance(goal, Not):
            return replace(goal, goal=self._inner(goal.goal, bound, _NONE)[0])
        if isinstance(goal, Forall):
            outside = _names(goal.goal)
            condition, known = self._inner(goal.condition, bound, outside)
            return replace(goal, condition=condition, goal=self._inner(goal.goal, known, _NONE)[0])
        if isinstance(goal, Count):
            return replace(goal, goal=self._counted(goal.template, goal.goal, bound, goal.kind))
        assert isinstance(goal, More)
        return replace(
            goal,
            goal=self._counted(goal.template, goal.goal, bound, "more"),
            other=self._counted(goal.other_template, goal.other, bound, "more"),
        )

    def _inner(self, goal: Goal, bound: Names, context: Names) -> tuple[Goal, Names]:
        goals, after = self._conjunction(conjuncts(goal), bound, context)
        return located(conjunction(goals), goal.location), after

    def _counted(self, template: Term, goal: Goal, bound: Names, where: str) -> Goal:
        counted = tuple(term_variables(template))
        for variable in counted:
            if variable.name in bound:
                raise ArgumentError(
                    f"{variable} is counted by {where} and bound outside of it as well",
                    **place(variable.location),
                    hint="give the counted variable a name of its own",
                )
        arranged, after = self._inner(goal, bound, frozenset(v.name for v in counted))
        for variable in counted:
            if variable.name not in after:
                raise self._unbound(variable, f"the goal that {where} counts")
        return arranged

    # --- errors

    def _attempt(self, goal: Goal) -> None:
        self._attempts += 1
        if self._attempts > _MOST_ATTEMPTS:
            raise ProgramSizeError(
                "the goals of this rule are too tangled to put in order",
                **place(goal.location),
                hint="write goals that bind a variable before those that use it",
            )

    def _stuck(self, pending: Sequence[Goal], bound: Names) -> UnboundVariableError:
        """The error for goals that cannot be placed; the cause is a variable that no other of them would bind."""
        lacking = [(g, v) for g in pending if isinstance(g, Call | Compare) for v in self._lacks(g, bound)]
        root = next(((g, v) for g, v in lacking if v.name not in self._given(pending, g)), lacking[0])
        return self._unbound(root[1], str(root[0]))

    def _lacks(self, goal: Call | Compare, bound: Names) -> list[Var]:
        needs = self._modes.needs(goal) or tuple(v for t in terms_of(goal) for v in term_variables(t))
        return [v for v in needs if v.name not in bound][:1]

    def _given(self, pending: Sequence[Goal], goal: Goal) -> set[str]:
        """What the other goals would bind if they could be placed."""
        calls = [g for g in pending if g is not goal and isinstance(g, Call | Compare)]
        return {v.name for g in calls for v in variables(g)} - {v.name for g in calls for v in self._modes.needs(g)}

    def _unbound(self, variable: Var, where: str, *, in_head: bool = False) -> UnboundVariableError:
        self.missing = variable.name
        kind = self._kinds.get(variable.name)
        shown = "_" if variable.anonymous and variable.name[1:].isdigit() else variable.name
        name = next((c for c in string.ascii_uppercase if c not in self._taken), "Other") if shown == "_" else shown
        if in_head and self._clause.body is None:
            hint = f"give {name} a value, or write a rule whose body binds it"
        elif kind == "number":
            hint = f"bind {name} with `is`, with a measure such as area(A, {name}), or write a number"
        elif kind == "class":
            hint = f"bind {name} with object(A, {name}), or name a class"
        else:
            hint = f"bind {name} with object({name}, Class), as in object({name}, ship)"
        what = "in the body" if in_head else "by any object"
        return UnboundVariableError(
            f"{shown} in {_short(where)} is not bound {what}", **place(variable.location), hint=hint
        )


def _short(text: str) -> str:
    text = re.sub(r"\b_[0-9]+\b", "_", text)
    return text if len(text) <= 60 else text[:57] + "..."
