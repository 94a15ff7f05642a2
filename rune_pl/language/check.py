"""The check between parsing and inference: what a rule may say, what its names mean, and in which order it runs.

Rules are untrusted: people and language models write them. A program that passes calls nothing but objects, the library
and itself, binds every variable before it is used, and stands in an order that every engine can run from left to right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rune_pl.errors import ForbiddenGoalError, LanguageError, MissingGoalError, ProgramSizeError, UnknownPredicateError
from rune_pl.language.arguments import ArgumentCheck, place
from rune_pl.language.arrange import Arranger
from rune_pl.language.dependencies import GOAL, Dependencies
from rune_pl.language.inputs import infer_inputs
from rune_pl.language.limits import Limits
from rune_pl.language.modes import Modes
from rune_pl.language.names import Names
from rune_pl.language.parse import parse_all
from rune_pl.language.signatures import LibraryLike, Signatures
from rune_pl.language.terms import Clause, Location, Program, Var, term_variables, terms_of, variables, walk
from rune_pl.language.vocabulary import Vocabulary


@dataclass(frozen=True)
class Remark:
    """Something that is allowed and probably not meant."""

    message: str
    location: Location | None = None

    def __str__(self) -> str:
        at = self.location
        return self.message if at is None else f"{at.source or 'rule'}:{at.line}:{at.column}: {self.message}"


@dataclass(frozen=True)
class CheckedProgram:
    """A program that may be run.

    `program` is canonical: classes in the place of synonyms, goals in an order that runs left to right. `recursive`
    says whether a predicate that `retrieve` reaches calls itself. `needs` is what must be known of an image: `gsd`
    where the program measures in metres, `size` where it looks at parts of the image.
    """

    program: Program
    warnings: tuple[Remark, ...] = ()
    recursive: bool = False
    needs: frozenset[str] = frozenset()


@dataclass(frozen=True)
class CheckReport:
    """All errors of a program in order of place; `checked` is None where there are any."""

    errors: tuple[LanguageError, ...]
    checked: CheckedProgram | None


def check_program(
    program: Program, *, library: LibraryLike, vocabulary: Vocabulary, limits: Limits | None = None
) -> CheckedProgram:
    """Check a program and bring it into canonical form. Raises the first of its errors, each a `LanguageError`:

    `MissingGoalError`, `UnknownPredicateError`, `ForbiddenGoalError`, `ArityError`, `ArgumentError`,
    `UnknownClassError`, `UnboundVariableError` or `ProgramSizeError`.
    """
    report = check_all(program, library=library, vocabulary=vocabulary, limits=limits)
    if report.checked is None:
        raise report.errors[0]
    return report.checked


def check_text(
    text: str,
    source: str | None = None,
    *,
    library: LibraryLike,
    vocabulary: Vocabulary,
    limits: Limits | None = None,
) -> CheckReport:
    """Parse and check a text, with all its errors."""
    parsed = parse_all(text, source, limits=limits)
    report = check_all(parsed.program, library=library, vocabulary=vocabulary, limits=limits)
    if not parsed.errors:
        return report
    # A rule that could not be read may be the one whose predicate is missed elsewhere.
    known = [e for e in report.errors if not isinstance(e, UnknownPredicateError | MissingGoalError)]
    return CheckReport(_in_order([*parsed.errors, *known]), None)


def check_all(
    program: Program, *, library: LibraryLike, vocabulary: Vocabulary, limits: Limits | None = None
) -> CheckReport:
    """Check a program as `check_program`, but find all errors that can be told apart."""
    limits = limits or Limits()
    errors: list[LanguageError] = []
    _check_size(program, limits, errors)
    if errors:
        return CheckReport(tuple(errors), None)
    if not program.defining(*GOAL):
        errors.append(_missing_goal(program))
    signatures = Signatures(library, program)
    names = Names(library, signatures.defined, vocabulary)
    clauses: list[Clause] = []
    for clause in program.clauses:
        found: list[LanguageError] = []
        resolved = ArgumentCheck(signatures, names, vocabulary, limits, found.append).clause(clause)
        if not found:
            clauses.append(resolved)
        errors += found
    arranged = _arrange(clauses, library, signatures, errors)
    cycle = Dependencies(program, library).negative_cycle()
    if cycle is not None:
        errors.append(
            ForbiddenGoalError(
                f"{cycle.name}/{len(cycle.args)} depends on its own negation or count",
                **place(cycle.location),
                hint="a rule may call itself only outside of negations, counts and forall",
            )
        )
    if errors:
        return CheckReport(_in_order(errors)[: limits.errors], None)
    warnings = tuple(_warnings(program, library, signatures))
    canonical = Program(tuple(arranged))
    dependencies = Dependencies(canonical, library)
    recursive = bool(dependencies.recursive() & dependencies.reachable())
    return CheckReport((), CheckedProgram(canonical, warnings, recursive, dependencies.needs()))


def _missing_goal(program: Program) -> MissingGoalError:
    first = next((c.location for c in program.clauses if c.location), None)
    source = first.source if first else None
    wrong = next((c.head for c in program.clauses if c.head.name == GOAL[0]), None)
    if wrong is not None:
        return MissingGoalError("retrieve takes no arguments", **place(wrong.location), hint="write `retrieve :- ...`")
    hint = "write a rule such as `retrieve :- object(A, ship).`"
    return MissingGoalError("the program does not define retrieve", source=source, hint=hint)


def _check_size(program: Program, limits: Limits, errors: list[LanguageError]) -> None:
    goals = sum(1 for c in program.clauses for _ in walk(c.body))
    for count, limit, what in ((len(program.clauses), limits.clauses, "clauses"), (goals, limits.goals, "goals")):
        if count > limit:
            errors.append(ProgramSizeError(f"the program has {count:,} {what}, more than {limit:,}"))


def _arrange(
    clauses: list[Clause], library: LibraryLike, signatures: Signatures, errors: list[LanguageError]
) -> list[Clause]:
    kinds = [signatures.variable_kinds(c) for c in clauses]
    modes = Modes(library, infer_inputs(clauses, library, kinds, signatures.defined))
    arranged = []
    for clause, clause_kinds in zip(clauses, kinds, strict=True):
        try:
            arranged.append(Arranger(clause, modes, clause_kinds).arrange())
        except LanguageError as error:
            errors.append(error)
    return arranged


def _in_order(errors: list[LanguageError]) -> tuple[LanguageError, ...]:
    return tuple(sorted(errors, key=lambda e: (e.line or 0, e.column or 0)))


# --- warnings


def _warnings(program: Program, library: LibraryLike, signatures: Signatures) -> Iterator[Remark]:
    reachable = Dependencies(program, library).reachable()
    for indicator in program.indicators:
        if indicator not in reachable:
            first = program.defining(*indicator)[0]
            yield Remark(f"{indicator[0]}/{indicator[1]} is defined and never used", first.location)
    for clause in program.clauses:
        yield from _single_variables(clause, signatures.variable_kinds(clause))
        yield from _independent_choices(clause)


def _single_variables(clause: Clause, kinds: Mapping[str, str]) -> Iterator[Remark]:
    """Objects are left out: `object(A, ship)` says that there is a ship, and naming it is common."""
    occurrences = [v for t in clause.head.args for v in term_variables(t)]
    occurrences += [v for g in walk(clause.body) for t in terms_of(g) for v in term_variables(t)]
    counts = Counter(v.name for v in occurrences)
    for variable in occurrences:
        if counts[variable.name] == 1 and not variable.anonymous and kinds.get(variable.name) != "object":
            yield Remark(f"{variable} occurs once: write _ if that is meant", variable.location)


def _independent_choices(clause: Clause) -> Iterator[Remark]:
    if clause.probability is None or clause.body is None:
        return
    in_head = {v.name for v in variables(clause.head)}
    local: list[Var] = [v for v in variables(clause.body) if v.name not in in_head]
    if local:
        which = "a variable" if local[0].anonymous else local[0].name
        message = f"each value of {which} gives {clause.head} a chance of its own of {clause.probability}"
        yield Remark(f"{message}: make the body a rule of its own if one chance is meant", clause.location)
