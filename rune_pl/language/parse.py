"""Text to syntax tree: what Prolog can say and the rule language cannot is refused here, with its place.

What names mean (is there such a predicate, is this a class) is not looked at: see `rune_pl.language.check`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from rune_pl.errors import ArgumentError, ForbiddenGoalError, LanguageError, ProgramSizeError, RuleSyntaxError
from rune_pl.language.limits import LIBRARY_LIMITS, Limits
from rune_pl.language.terms import (
    And,
    Call,
    Clause,
    Compare,
    Const,
    Count,
    Forall,
    Goal,
    Location,
    More,
    Not,
    Or,
    Program,
    Struct,
    Term,
    Var,
    conjunction,
    disjunction,
    walk,
)

if TYPE_CHECKING:
    from rune_pl.language.nodes import Node, Text

COMPARISONS = frozenset(["<", ">", "=<", ">=", "=:=", "=\\=", "==", "\\==", "=", "\\=", "is"])
COUNTS = frozenset(["at_least", "at_most", "exactly"])
_ARITHMETIC = frozenset(["+", "-", "*", "/", "//", "mod", "**", "^"])
_NOT_A_CALL = _ARITHMETIC | {"rem", "div", "rdiv", "xor"}


@dataclass(frozen=True)
class Parsed:
    """The clauses that could be read and the errors of those that could not, each in order."""

    program: Program
    errors: tuple[LanguageError, ...]


def parse_program(
    text: str, source: str | None = None, *, library: bool = False, limits: Limits | None = None
) -> Program:
    """The clauses of a text. With `library` it may hold lists, variables as goals, and counts that are variables.

    Raises the first of its errors: `RuleSyntaxError`, `ForbiddenGoalError`, `ArgumentError` or `ProgramSizeError`.
    """
    parsed = parse_all(text, source, library=library, limits=limits)
    if parsed.errors:
        raise parsed.errors[0]
    return parsed.program


def parse_all(text: str, source: str | None = None, *, library: bool = False, limits: Limits | None = None) -> Parsed:
    """Like `parse_program`, but goes on after an error and gives all of them (at most `limits.errors`)."""
    from rune_pl.language.nodes import Text
    from rune_pl.language.reader import read_statements

    limits = limits or (LIBRARY_LIMITS if library else Limits())
    place = Text(text.removeprefix("\ufeff"), source)
    clauses: list[Clause] = []
    errors: list[LanguageError] = []
    goals = 0
    for statement in read_statements(text, source, limits, lists=library):
        if isinstance(statement, LanguageError):
            errors.append(statement)
        else:
            try:
                clause = _Converter(place, library, statement).clause(statement)
                goals += sum(1 for _ in walk(clause.body))
                _check_size(len(clauses) + 1, goals, clause, limits)
                clauses.append(clause)
            except ProgramSizeError as error:
                errors.append(error)
                break
            except LanguageError as error:
                errors.append(error)
        if len(errors) >= limits.errors:
            break
    return Parsed(Program(tuple(clauses)), tuple(errors))


def parse_goal(text: str, source: str | None = None, *, limits: Limits | None = None) -> Goal:
    """A single goal, such as `object(A, ship), near(A, B)`, with or without a full stop. Raises as `parse_program`."""
    from rune_pl.language.nodes import Text
    from rune_pl.language.reader import read_goal

    node = read_goal(text, source, limits or Limits())
    return _Converter(Text(text.removeprefix("\ufeff"), source), False, node).goal(node)


def _check_size(clauses: int, goals: int, clause: Clause, limits: Limits) -> None:
    for count, limit, what in ((clauses, limits.clauses, "clauses"), (goals, limits.goals, "goals")):
        if count > limit:
            assert clause.location is not None
            at = clause.location
            raise ProgramSizeError(
                f"the program has more than {limit:,} {what}", line=at.line, column=at.column, source=at.source
            )


def _names(node: Node) -> set[str]:
    found: set[str] = set()
    pending = [node]
    while pending:
        current = pending.pop()
        if current.kind == "variable":
            found.add(current.name)
        pending.extend(current.args)
    return found


class _Converter:
    """Converts one statement; anonymous variables are numbered within it."""

    def __init__(self, place: Text, library: bool, statement: Node) -> None:
        self.place = place
        self.library = library
        self.taken = _names(statement)
        self.anonymous = 0

    def at(self, node: Node) -> Location:
        """Where a node begins: an infix operator begins with its left operand."""
        offset = node.offset
        while node.args:
            node = node.args[0]
            offset = min(offset, node.offset)
        return self.place.location(offset)

    def fail(self, kind: type[LanguageError], message: str, node: Node, hint: str | None = None) -> NoReturn:
        at = self.at(node)
        raise kind(message, line=at.line, column=at.column, source=at.source, hint=hint)

    # --- clauses

    def clause(self, node: Node) -> Clause:
        if _is(node, ":-", 1) or (_is(node, "-", 2) and node.args[0].name == "?"):
            self.fail(
                ForbiddenGoalError,
                "directives are not part of the language",
                node,
                "define retrieve: `retrieve :- object(A, ship).`",
            )
        head, body = node.args if _is(node, ":-", 2) else (node, None)
        probability = None
        if _is(head, "::", 2):
            probability = self.probability(head.args[0])
            head = head.args[1]
        if _is(head, ";", None):
            self.fail(
                ForbiddenGoalError,
                "alternatives in the head of a rule",
                head,
                "write one rule for each; class vectors of detections come with the archive",
            )
        if head.kind == "name" and head.name in ("evidence", "query"):
            hint = "evidence is given with --confirm or --reject" if head.name == "evidence" else "the goal is retrieve"
            self.fail(ForbiddenGoalError, f"{head.name} is not part of a rule file", head, hint)
        if head.kind != "name" or not _callable(head.name):
            what = "a variable" if head.kind == "variable" else "a number" if head.kind == "number" else head.name
            self.fail(
                RuleSyntaxError, f"the head of a rule cannot be {what}", head, "write `name(Arguments) :- goals.`"
            )
        call = Call(head.name, tuple(self.term(a) for a in head.args), self.place.location(head.offset))
        goal = None if body is None else self.goal(body)
        return Clause(call, goal, probability, self.at(node))

    def probability(self, node: Node) -> float:
        if node.kind != "number" or not 0 <= node.number <= 1:
            shown = str(node.number) if node.kind == "number" else "this"
            self.fail(ArgumentError, f"{shown} is not a probability", node, "write a number from 0 to 1 before ::")
        return float(node.number)

    # --- goals

    def goal(self, node: Node) -> Goal:
        at = self.at(node)
        if node.kind == "variable":
            if self.library:
                return Call("call", (self.term(node),), at)
            self.fail(ForbiddenGoalError, f"the variable {node.name} cannot be called as a goal", node)
        if node.kind != "name":
            what = "a number" if node.kind == "number" else "a list"
            self.fail(RuleSyntaxError, f"{what} cannot stand as a goal", node)
        name, args = node.name, node.args
        if name == "," and args:
            return _placed_and(conjunction([self.goal(a) for a in args]), at)
        if name == ";" and args:
            return _placed_or(disjunction([self.goal(a) for a in args]), at)
        if name in ("\\+", "not") and len(args) == 1:
            return Not(self.goal(args[0]), at)
        if name in COMPARISONS and len(args) == 2:
            return Compare(name, self.term(args[0]), self.term(args[1]), at)
        special = self.special(node, at)
        if special is not None:
            return special
        if name == "!":
            self.fail(
                ForbiddenGoalError, "the cut ! is not part of the language", node, "write the condition as a goal"
            )
        if name in (":-", "::", "?"):
            self.fail(RuleSyntaxError, f"{name} cannot stand inside a goal", node)
        if name in _NOT_A_CALL or not _callable(name):
            hint = "compare it, as in `X > 1`, or bind it, as in `X is Y + 1`" if name in _NOT_A_CALL else None
            self.fail(RuleSyntaxError, f"{name} cannot stand as a goal", node, hint)
        return Call(name, tuple(self.term(a) for a in args), at)

    def special(self, node: Node, at: Location) -> Goal | None:
        """Counts, more/4 and forall/2; None for anything else, a wrong number of arguments included."""
        args = node.args
        if node.name in COUNTS and len(args) == 3:
            number = args[0]
            if number.kind == "number" and isinstance(number.number, int) and number.number >= 0:
                return Count(node.name, number.number, self.term(args[1]), self.goal(args[2]), at)
            if self.library:
                return None
            self.fail(
                ArgumentError,
                f"the count of {node.name} must be a whole number, got {self.shown(number)}",
                number,
                "as in `at_least(3, A, object(A, ship))`",
            )
        if self.library and any(a.kind == "variable" for a in args):
            return None
        if node.name == "more" and len(args) == 4:
            return More(self.term(args[0]), self.goal(args[1]), self.term(args[2]), self.goal(args[3]), at)
        if node.name == "forall" and len(args) == 2:
            return Forall(self.goal(args[0]), self.goal(args[1]), at)
        return None

    def shown(self, node: Node) -> str:
        return str(node.number) if node.kind == "number" else node.name if not node.args else f"{node.name}(...)"

    # --- terms

    def term(self, node: Node) -> Term:
        at = self.at(node)
        if node.kind == "variable":
            return Var(self.fresh() if node.name == "_" else node.name, at)
        if node.kind == "number":
            return Const(node.number, at)
        args = tuple(self.term(a) for a in node.args)
        if node.kind == "list":
            tail: Term = args[-1]
            for item in reversed(args[:-1]):
                tail = Struct(".", (item, tail), item.location)
            return tail
        if node.name in _ARITHMETIC or node.name == ",":
            if not args or (node.name == "," and len(args) == 1):
                self.fail(RuleSyntaxError, f"unexpected {node.name}", node)
            return Struct(node.name, args, at)
        if not self.library and not _callable(node.name):
            what = {"::": "a probability", ";": "an alternative"}.get(node.name, node.name)
            self.fail(RuleSyntaxError, f"{what} cannot stand in an argument", node)
        return Struct(node.name, args, at) if args else Const(node.name, at)

    def fresh(self) -> str:
        while True:
            self.anonymous += 1
            name = f"_{self.anonymous}"
            if name not in self.taken:
                return name


def _is(node: Node, name: str, arity: int | None) -> bool:
    return (
        node.kind == "name"
        and node.name == name
        and (len(node.args) == arity if arity is not None else bool(node.args))
    )


#: Symbols that are operators or punctuation of Prolog, and so no names of predicates, functions or atoms.
_SYMBOLS = COMPARISONS | _ARITHMETIC | frozenset([",", ";", ":-", "::", "\\+", "!", "?", "|", ".", "not", ":"])


def _callable(name: str) -> bool:
    """True for what may name a predicate or an atom: anything but operators, punctuation and bare symbols."""
    return name not in _SYMBOLS and any(c.isalnum() for c in name)


def _placed_and(goal: Goal, at: Location) -> Goal:
    return And(goal.goals, at) if isinstance(goal, And) else goal


def _placed_or(goal: Goal, at: Location) -> Goal:
    return Or(goal.goals, at) if isinstance(goal, Or) else goal
