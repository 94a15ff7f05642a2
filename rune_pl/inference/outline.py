"""A plan in words: one line for each step, in the terms of the rule language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from rune_pl.inference.kernels.circuit import NO_LIMIT
from rune_pl.inference.plan import (
    Absent,
    Block,
    Compared,
    Counted,
    Each,
    Either,
    Exists,
    Names,
    Plan,
    Scan,
    Step,
    Test,
    inner_blocks,
)
from rune_pl.language.terms import Goal, Substitution, Var, substitute, variables

LOOK_UP, PAIRS = "look-up", "all pairs"


@dataclass(frozen=True)
class Line:
    """One line of an outline.

    Attributes:
        text: the step in words; a heading where `step` is None.
        step: what it is about.
        conditions: of a scan, the tests on its object alone that follow in the same block.
        join: of a scan, `LOOK_UP` where its object is known already, `PAIRS` where it is joined to other objects (of
            which only grounding knows whether their distance narrows it), None where it is the first.
        inner: the lines of the blocks in it.
    """

    text: str
    step: Step | None = None
    conditions: tuple[Goal, ...] = ()
    join: str | None = None
    inner: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Outline:
    """The lines of a plan, and how it shows its variables: they have names of their own there."""

    lines: tuple[Line, ...]
    names: dict[str, str]


def make_outline(plan: Plan, shared: Callable[[Names, Names], bool]) -> Outline:
    """The outline of a plan.

    Args:
        shared: whether some detection may be of a class of either set; parts of which that is not true are independent.
    """
    steps = list(_steps(plan.root))
    names = _shown_names(steps)
    objects = frozenset(plan.named).union(s.variable for s in steps if isinstance(s, Scan | Each))
    return Outline(_Outliner(names, objects, shared).block(plan.root), names)


@dataclass(frozen=True)
class _Outliner:
    names: dict[str, str]
    objects: Names
    shared: Callable[[Names, Names], bool]

    def block(self, block: Block) -> tuple[Line, ...]:
        """The lines of a block; where it falls into parts that share no variable, one heading for each."""
        known, lines = block.uses, []
        for position, step in enumerate(block.steps):
            lines.append(self._line(step, known, block.steps[position + 1 :]))
            known |= _mentioned(step)
        parts = _parts(block)
        if len(parts) == 1:
            return tuple(lines)
        free = self._independent([[block.steps[at] for at in part] for part in parts])
        kind = "independent part" if free else "part"
        return tuple(
            Line(f"{kind} {number} of {len(parts)}", inner=tuple(lines[at] for at in part))
            for number, part in enumerate(parts, start=1)
        )

    def _independent(self, parts: Sequence[Sequence[Step]]) -> bool:
        """Whether no two parts are about the same detections."""
        labels: list[Names] = []
        for part in parts:
            steps = [s for step in part for s in (step, *(i for b in inner_blocks(step) for i in _steps(b)))]
            if any(isinstance(s, Each) or (isinstance(s, Scan) and not s.is_class) for s in steps):
                return False
            labels.append(frozenset(s.label for s in steps if isinstance(s, Scan)))
        return not any(self.shared(a, b) for a, b in combinations(labels, 2))

    def _line(self, step: Step, known: Names, rest: Sequence[Step]) -> Line:
        if isinstance(step, Test):
            return Line(str(self._renamed(step.goal)), step)
        if isinstance(step, Scan | Each):
            return self._scan(step, known, rest)
        if isinstance(step, Exists):
            return Line("exists", step, inner=self.block(step.block))
        if isinstance(step, Absent):
            return Line("none", step, inner=self.block(_without_exists(step.block)))
        if isinstance(step, Counted):
            return Line(f"{_number(step)} {self.names[step.variable]}", step, inner=self.block(step.block))
        if isinstance(step, Compared):
            one, other = self.names[step.variable], self.names[step.other_variable]
            each = (
                Line(f"each {one}", inner=self.block(step.block)),
                Line(f"each {other}", inner=self.block(step.other)),
            )
            return Line(f"more {one} than {other}", step, inner=each)
        cases = [self.block(block) for block in step.blocks]
        if all(len(case) == 1 for case in cases):
            return Line("either" if cases else "fail", step, inner=tuple(line for (line,) in cases))
        return Line("either", step, inner=tuple(Line(f"case {n}", inner=case) for n, case in enumerate(cases, start=1)))

    def _scan(self, step: Scan | Each, known: Names, rest: Sequence[Step]) -> Line:
        shown = self.names.get(step.variable, step.variable)
        if isinstance(step, Each):
            text = f"detection({shown})"
        else:
            text = f"object({shown}, {step.label if step.is_class else self.names[step.label]})"
        if step.variable in known:
            return Line(text, step, join=LOOK_UP)
        alone = tuple(
            other.goal for other in rest if isinstance(other, Test) and self._is_about(other.goal, step.variable, known)
        )
        return Line(text, step, alone, PAIRS if known & self.objects else None)

    def _is_about(self, goal: Goal, variable: str, known: Names) -> bool:
        """Whether a test is about this object alone, and about no number that comes from elsewhere."""
        names = {v.name for v in variables(goal)}
        return names & self.objects == {variable} and not names & known

    def _renamed(self, goal: Goal) -> Goal:
        by: Substitution = {name: Var(shown) for name, shown in self.names.items()}
        return substitute(goal, by)


def _steps(block: Block) -> Iterator[Step]:
    for step in block.steps:
        yield step
        for inner in inner_blocks(step):
            yield from _steps(inner)


def _mentioned(step: Step) -> Names:
    """The variables of a step that are of use outside of it."""
    if isinstance(step, Test):
        return frozenset(v.name for v in variables(step.goal))
    if isinstance(step, Scan):
        return frozenset({step.variable}) if step.is_class else frozenset({step.variable, step.label})
    if isinstance(step, Each):
        return frozenset({step.variable})
    blocks = inner_blocks(step)
    return frozenset[str]().union(*(b.uses for b in blocks), *(b.outputs for b in blocks if isinstance(step, Either)))


def _parts(block: Block) -> list[list[int]]:
    """The positions of the steps, grouped so that groups share no variable that the block itself binds."""
    parts: list[tuple[set[str], list[int]]] = []
    for at, step in enumerate(block.steps):
        names, positions = set(_mentioned(step) - block.uses), [at]
        for part in [p for p in parts if p[0] & names]:
            parts.remove(part)
            names |= part[0]
            positions = part[1] + positions
        parts.append((names, positions))
    return sorted(sorted(positions) for _, positions in parts)


def _without_exists(block: Block) -> Block:
    """None exist: the block below, where an `exists` is all there is."""
    only = block.steps[0] if len(block.steps) == 1 else None
    return only.block if isinstance(only, Exists) else block


def _number(step: Counted) -> str:
    if step.low == step.high:
        return f"exactly {step.low}"
    if step.high >= NO_LIMIT:
        return f"at least {step.low}"
    return f"at most {step.high}" if step.low <= 0 else f"from {step.low} to {step.high}"


def _shown_names(steps: Sequence[Step]) -> dict[str, str]:
    """Planning numbers its variables: here each has the name that the rule gives it, where no other has it already."""
    found: list[str] = []
    for step in steps:
        found += sorted(_mentioned(step))
        found += [step.variable] if isinstance(step, Counted) else []
        found += [step.variable, step.other_variable] if isinstance(step, Compared) else []
    shown: dict[str, str] = {}
    for name in found:
        if name not in shown:
            base = name.partition("~")[0]
            number, candidate = 1, base
            while candidate in shown.values():
                number += 1
                candidate = f"{base}{number}"
            shown[name] = "_" if base.startswith("_") else candidate
    return shown
