"""The rule library: every predicate that a rule may call, with its documentation and its clauses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeAlias

from rune_pl.errors import ForbiddenGoalError, LanguageError, UnknownPredicateError, UsageError
from rune_pl.language.doc_comments import Argument, DocComment, read_doc_comments
from rune_pl.language.parse import parse_program
from rune_pl.language.signatures import Signatures
from rune_pl.language.terms import Call, Clause, Const, Count, Forall, Goal, More, Program, Var, walk
from rune_pl.resources import prolog_files

Indicator: TypeAlias = tuple[str, int]

#: What a goal says about the objects present, and not only about boxes.
COUNTING: Final = frozenset({("at_least", 3), ("at_most", 3), ("exactly", 3), ("more", 4), ("forall", 2)})
#: Built-ins of Prolog that library clauses may use beside what is documented.
_BUILT_INS: Final = frozenset({("true", 0), ("fail", 0), ("false", 0), ("number", 1)})


@dataclass(frozen=True)
class Predicate:
    """A predicate of the library.

    Attributes:
        arguments: mode, name and kind of each; kinds are inferred from use where there is no doc comment.
        determinism: `det`, `semidet` or `nondet`: how often it succeeds when its `+` arguments are given.
        summary: the first sentence of `doc`; both are empty where there is no doc comment.
        examples: rules that use it.
        file, line: where its doc comment is, or its first clause.
        clauses: its definition, empty for what the engine provides.
        internal: a helper of other predicates, not to be called in rules.
    """

    name: str
    arguments: tuple[Argument, ...]
    determinism: str
    summary: str
    doc: str
    examples: tuple[str, ...]
    file: Path
    line: int
    clauses: tuple[Clause, ...]
    internal: bool = False

    @property
    def arity(self) -> int:
        return len(self.arguments)

    @property
    def indicator(self) -> Indicator:
        return (self.name, self.arity)

    @property
    def signature(self) -> str:
        """How it is called: `near(A, B, D)`, or `X < Y` for an operator."""
        names = [a.name for a in self.arguments]
        if not names:
            return self.name
        if not self.name[0].isalpha() or self.name == "is":
            return f"{names[0]} {self.name} {names[1]}"
        return f"{self.name}({', '.join(names)})"


@dataclass(frozen=True)
class Library:
    """All predicates by (name, arity), in the order of their files, and all clauses."""

    predicates: Mapping[Indicator, Predicate]
    program: Program

    @classmethod
    def load(cls, extra_files: Iterable[str | Path] = ()) -> Library:
        """The library that comes with the package, and the user's own files after it.

        Predicates of the user's own need no doc comment; without one, the kinds of their arguments are inferred.

        Raises:
            UsageError: a file cannot be read.
            RuleSyntaxError: a file is not Prolog, or a doc comment has no predicate.
            ForbiddenGoalError: a file has a directive, or defines what is already there.
            UnknownPredicateError: a clause calls, or a doc comment announces, what is defined nowhere.
        """
        library = cls(MappingProxyType({}), Program(()))
        for shipped in prolog_files():
            library = library._with(shipped, own=False)
        for extra in extra_files:
            library = library._with(Path(extra), own=True)
        return library

    def deterministic(self, name: str, arity: int) -> bool:
        """Whether the predicate depends on boxes only: on no object's presence and on no probabilistic clause."""
        return (name, arity) in self.predicates and (name, arity) not in self._random

    def values(self, kind: str) -> tuple[str, ...]:
        """The atoms that clauses have in arguments of this kind: for `region` top, bottom, left, ..."""
        found = (
            term.value
            for predicate in self.predicates.values()
            for clause in predicate.clauses
            for argument, term in zip(predicate.arguments, clause.head.args, strict=True)
            if argument.kind == kind and isinstance(term, Const) and isinstance(term.value, str)
        )
        return tuple(dict.fromkeys(found))

    @cached_property
    def _random(self) -> frozenset[Indicator]:
        """The predicates whose truth depends on which objects are present."""
        random = {("object", 2)} | COUNTING
        random |= {c.head.indicator for c in self.program.clauses if c.probability is not None}
        while True:
            reaching = {
                clause.head.indicator
                for clause in self.program.clauses
                if clause.head.indicator not in random
                and any(i in random or i[0] == "call" for i, _ in _calls(clause.body))
            }
            if not reaching:
                return frozenset(random)
            random |= reaching

    def _with(self, path: Path, *, own: bool) -> Library:
        """This library and the predicates of one more file."""
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise UsageError(f"{path}: not a text file in UTF-8", hint="save it as UTF-8") from error
        except OSError as error:
            raise UsageError(f"{path}: {error.strerror}") from error
        program = parse_program(text, str(path), library=True)
        comments = read_doc_comments(text, str(path))
        if own:
            self._check_names(program, comments, path)
        library = Library(self.predicates, self.program + program)
        kinds = _kinds(self, program)
        made = {i: _documented(c, program.defining(*i), path) for c in comments for i in [c.indicator]}
        for indicator in program.indicators:
            if indicator not in made:
                made[indicator] = library._undocumented(indicator, kinds[indicator], path)
        return Library(MappingProxyType({**self.predicates, **made}), library.program)

    def _undocumented(self, indicator: Indicator, kinds: Sequence[str], path: Path) -> Predicate:
        clauses = self.program.defining(*indicator)
        # What enumerates objects binds its arguments; a relation between boxes needs them bound.
        mode = "?" if indicator in self._random else "+"
        head = clauses[0].head.args
        names = [t.name if isinstance(t, Var) and not t.anonymous else f"A{n}" for n, t in enumerate(head, start=1)]
        arguments = tuple(
            Argument(mode if kind == "object" else "?", name, kind) for name, kind in zip(names, kinds, strict=True)
        )
        at = clauses[0].head.location
        line = at.line if at else 1
        return Predicate(indicator[0], arguments, "nondet", "", "", (), path, line, clauses)

    def _check_names(self, program: Program, comments: tuple[DocComment, ...], path: Path) -> None:
        """Refuse what a user's file may not define, announce or call."""
        here = frozenset(program.indicators)
        known = here | frozenset(self.predicates) | _BUILT_INS
        for clause in program.clauses:
            indicator = clause.head.indicator
            if indicator in self.predicates or indicator in _BUILT_INS:
                message, hint = f"{_shown(indicator)} is already defined", "choose another name"
                raise _refusal(ForbiddenGoalError, message, clause.head, path, hint)
            if indicator == ("retrieve", 0):
                message, hint = "retrieve is the goal of a query, not a relation", "give it with --rule-file"
                raise _refusal(ForbiddenGoalError, message, clause.head, path, hint)
            for called, goal in _calls(clause.body):
                if called not in known:
                    message, hint = f"unknown predicate {_shown(called)}", _similar(called, known)
                    raise _refusal(UnknownPredicateError, message, goal, path, hint)
        for comment in comments:
            if comment.indicator not in here:
                message = f"{_shown(comment.indicator)} has a doc comment and no clauses"
                hint = "define it below the comment"
                raise UnknownPredicateError(message, line=comment.line, column=1, source=str(path), hint=hint)


def _refusal(kind: type[LanguageError], message: str, goal: Goal, path: Path, hint: str) -> LanguageError:
    at = goal.location
    line, column = (at.line, at.column) if at else (None, None)
    return kind(message, line=line, column=column, source=str(path), hint=hint)


def _kinds(library: Library, program: Program) -> dict[Indicator, list[str]]:
    """The kinds of the arguments of a program's predicates, as far as their use in it tells."""
    signatures = Signatures(library, program)
    kinds = {i: [kind or "unknown" for kind in signatures.kinds(i)] for i in program.indicators}
    declared = {i: [a.kind for a in p.arguments] for i, p in library.predicates.items()}
    # A number that is handed on as a length is a length, also through several predicates.
    for _ in range(1 + len(kinds)):
        for clause in program.clauses:
            calls = [goal for goal in walk(clause.body) if isinstance(goal, Call)]
            used = {
                term: kind
                for call in calls
                for term, kind in zip(call.args, (declared | kinds).get(call.indicator, ()))
                if isinstance(term, Var) and kind in ("distance", "area", "angle", "count")
            }
            own = kinds[clause.head.indicator]
            for position, term in enumerate(clause.head.args):
                if own[position] == "number" and isinstance(term, Var):
                    own[position] = used.get(term, "number")
    return kinds


def _documented(comment: DocComment, clauses: tuple[Clause, ...], path: Path) -> Predicate:
    first = comment.doc.split("\n\n")[0]
    end = first.find(". ")
    return Predicate(
        name=comment.name,
        arguments=comment.arguments,
        determinism=comment.determinism,
        summary=first if end < 0 else first[: end + 1],
        doc=comment.doc,
        examples=comment.examples,
        file=path,
        line=comment.line,
        clauses=clauses,
        internal=comment.internal,
    )


def _calls(goal: Goal | None) -> Iterator[tuple[Indicator, Goal]]:
    """The predicates that a body calls, counts and universals included, wherever they stand in it."""
    for g in walk(goal):
        if isinstance(g, Call):
            yield g.indicator, g
        elif isinstance(g, Count):
            yield (g.kind, 3), g
        elif isinstance(g, More):
            yield ("more", 4), g
        elif isinstance(g, Forall):
            yield ("forall", 2), g


def _shown(indicator: Indicator) -> str:
    return f"{indicator[0]}/{indicator[1]}"


def _similar(indicator: Indicator, defined: frozenset[Indicator]) -> str:
    from rapidfuzz import fuzz, process

    name, _ = indicator
    arities = sorted(a for n, a in defined if n == name)
    if arities:
        return f"{name} takes {' or '.join(map(str, arities))} argument{'' if arities == [1] else 's'}"
    best = process.extractOne(name, sorted({n for n, _ in defined}), scorer=fuzz.ratio, score_cutoff=65.0)
    return f"did you mean {best[0]}?" if best else "define it in this file; `rune-pl library` lists the predicates"
