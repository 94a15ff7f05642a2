"""Which arguments a call needs bound, and which it binds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rune_pl.language.signatures import Indicator, LibraryLike
from rune_pl.language.terms import Call, Compare, Var, term_variables


@dataclass(frozen=True)
class Modes:
    """Which arguments must be bound before a call. `inputs` are those of the program's own predicates."""

    library: LibraryLike
    inputs: Mapping[Indicator, frozenset[int]]

    def own(self, call: Call) -> bool:
        return call.indicator in self.inputs

    def needs(self, goal: Call | Compare) -> tuple[Var, ...]:
        """The variables that must be bound before a goal, in order."""
        if isinstance(goal, Compare):
            if goal.op == "is":
                return tuple(term_variables(goal.right))
            return () if goal.op == "=" else (*term_variables(goal.left), *term_variables(goal.right))
        return tuple(v for i, a in enumerate(goal.args) if self._mode(goal, i) == "+" for v in term_variables(a))

    def outputs(self, call: Call) -> list[int]:
        """The arguments that a call computes, which must be free when it is made."""
        return [i for i in range(len(call.args)) if self._mode(call, i) == "-"]

    def is_generator(self, call: Call) -> bool:
        """True where a call of the library may be made with free arguments, and then goes through all there is."""
        return any(self._mode(call, i) == "?" for i in range(len(call.args)))

    def _mode(self, call: Call, index: int) -> str:
        if self.own(call):
            return "+" if index in self.inputs[call.indicator] else "?"
        predicate = self.library.predicates.get(call.indicator)
        return predicate.arguments[index].mode if predicate else "+"
