"""Which arguments of a program's own predicates a caller must give."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from rune_pl.errors import ArgumentError, ProgramSizeError, UnboundVariableError
from rune_pl.language.arrange import Arranger
from rune_pl.language.modes import Modes
from rune_pl.language.signatures import Indicator, LibraryLike
from rune_pl.language.terms import Call, Clause, Var, variables, walk


def infer_inputs(
    clauses: Sequence[Clause],
    library: LibraryLike,
    kinds: Sequence[Mapping[str, str]],
    defined: Collection[Indicator],
) -> Mapping[Indicator, frozenset[int]]:
    """The arguments of a program's own predicates that a caller must give: numbers and classes that no body binds.

    Objects are always bound by the body, so that a predicate says by itself which objects it is about.
    """
    inputs: dict[Indicator, frozenset[int]] = {indicator: frozenset() for indicator in defined}
    callers: dict[Indicator, list[int]] = {}
    for number, clause in enumerate(clauses):
        for goal in walk(clause.body):
            if isinstance(goal, Call) and goal.indicator in inputs:
                callers.setdefault(goal.indicator, []).append(number)
    pending = list(range(len(clauses)))
    while pending:
        number = pending.pop()
        found = _missing_inputs(clauses[number], Modes(library, inputs), kinds[number])
        head = clauses[number].head.indicator
        if not found <= inputs[head]:
            inputs[head] |= found
            pending += [number, *callers.get(head, ())]
            pending += [n for n, c in enumerate(clauses) if c.head.indicator == head]
    return inputs


def _missing_inputs(clause: Clause, modes: Modes, kinds: Mapping[str, str]) -> frozenset[int]:
    """The arguments of the head, objects apart, that the body uses and does not bind; none where it fails otherwise."""
    arranger = Arranger(clause, modes, kinds)
    try:
        arranger.arrange()
    except UnboundVariableError:
        missing = arranger.missing
        if kinds.get(missing or "") not in (None, "object") and missing in _names_of_body(clause):
            return frozenset(i for i, a in enumerate(clause.head.args) if isinstance(a, Var) and a.name == missing)
    except (ArgumentError, ProgramSizeError):
        pass
    return frozenset()


def _names_of_body(clause: Clause) -> frozenset[str]:
    return frozenset(v.name for v in variables(clause.body))
