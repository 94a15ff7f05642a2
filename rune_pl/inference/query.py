"""A query as the engines take it: a checked program, the rule library, and what the archive knows about sizes."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import cached_property

from rune_pl.archive.sizes import SizeQuantiles
from rune_pl.language.check import CheckedProgram
from rune_pl.language.library import Library
from rune_pl.language.symmetry import symmetric_relations
from rune_pl.language.terms import Call, Clause, Count, Forall, Goal, More, walk

GOAL = Call("retrieve")


@dataclass(frozen=True)
class Query:
    """A checked program whose goal is `retrieve/0`.

    `sizes` is what `large` and `small` compare with; None compares the scenes of a call with each other.
    """

    checked: CheckedProgram
    library: Library
    sizes: SizeQuantiles | None = None

    @cached_property
    def clauses(self) -> Mapping[tuple[str, int], tuple[Clause, ...]]:
        """The clauses of library and program, by predicate."""
        program = self.library.program + self.checked.program
        return {indicator: program.defining(*indicator) for indicator in program.indicators}

    @cached_property
    def reachable(self) -> frozenset[tuple[str, int]]:
        """The predicates that `retrieve` can call, defined or not."""
        return self.reachable_from({GOAL.indicator})

    def reachable_from(self, start: Set[tuple[str, int]]) -> frozenset[tuple[str, int]]:
        """These predicates and all that they can call."""
        seen: set[tuple[str, int]] = set()
        todo = list(start)
        while todo:
            indicator = todo.pop()
            if indicator in seen:
                continue
            seen.add(indicator)
            for clause in self.clauses.get(indicator, ()):
                todo.extend(called(clause.body))
        return frozenset(seen)

    @cached_property
    def deterministic(self) -> frozenset[tuple[str, int]]:
        """The defined predicates that no detection's presence and no probability can change."""
        random = {i for i, clauses in self.clauses.items() if any(c.probability is not None for c in clauses)}
        random |= {("object", 2), ("call", 2)}  # closures are called where objects are counted
        random.update(COUNTERS)
        while True:
            reaching = {
                i
                for i, clauses in self.clauses.items()
                if i not in random and any(random & set(called(c.body)) for c in clauses)
            }
            if not reaching:
                return frozenset(self.clauses) - random
            random |= reaching

    @cached_property
    def relations(self) -> Mapping[tuple[str, int], tuple[Clause, ...]]:
        """The clauses of the deterministic predicates."""
        return {i: self.clauses[i] for i in self.deterministic}

    @cached_property
    def symmetric(self) -> frozenset[tuple[str, int]]:
        """The relations that hold both ways or not at all."""
        return symmetric_relations(self.relations)


COUNTERS = frozenset({("at_least", 3), ("at_most", 3), ("exactly", 3), ("more", 4), ("forall", 2)})


def called(goal: Goal | None) -> list[tuple[str, int]]:
    """The predicates a goal calls, counting goals included, wherever they stand in it."""
    found = []
    for g in walk(goal):
        if isinstance(g, Call):
            found.append(g.indicator)
        elif isinstance(g, Count):
            found.append((g.kind, 3))
        elif isinstance(g, More):
            found.append(("more", 4))
        elif isinstance(g, Forall):
            found.append(("forall", 2))
    return found
