"""Raw nodes: what ProbLog's parser builds through our factory, each with its offset in the text.

The factory refuses what the language does not have while it is read, and bounds how deep nodes nest.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any, NoReturn

from rune_pl.errors import ForbiddenGoalError, ProgramSizeError, RuleSyntaxError
from rune_pl.language.limits import Limits
from rune_pl.language.terms import Location

_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)
_ESCAPED = {"\\": "\\", "'": "'", "n": "\n"}

#: Beyond 2**53 a float no longer holds every whole number, beyond 64 bits SWI-Prolog's bridge breaks.
_LARGEST_INTEGER = 2**53

_NO_SUCH_OPERATOR = {
    "->": "there is no if-then-else: write (Condition, Then ; \\+ Condition, Else)",
    "*->": "there is no if-then-else: write (Condition, Then ; \\+ Condition, Else)",
    "-->": "there are no grammar rules: write :-",
    "<-": "write :-",
    "=>": "write :-",
    "|": "write ; between alternatives",
    "&": "write a comma between goals",
    "~": "write \\+ for negation",
}


@dataclass(frozen=True, slots=True)
class Node:
    """One term as read: `kind` is variable, number, name (atom, compound, operator) or list (with its tail last)."""

    kind: str
    name: str
    offset: int
    args: tuple[Node, ...] = ()
    number: int | float = 0
    depth: int = 1


class Text:
    """A text, its name, and where its lines begin."""

    def __init__(self, text: str, source: str | None) -> None:
        self.text = text
        self.source = source
        self.starts = [0, *(m.end() for m in re.finditer("\n", text))]

    def location(self, offset: int) -> Location:
        line = bisect_right(self.starts, offset)
        return Location(line, offset - self.starts[line - 1] + 1, self.source)

    def position(self, offset: int) -> dict[str, Any]:
        """Keyword arguments that place a `LanguageError`."""
        at = self.location(offset)
        return {"line": at.line, "column": at.column, "source": at.source}


class NodeFactory:
    """Builds nodes for ProbLog's parser; the method names are the parser's, `fail` apart."""

    def __init__(self, place: Text, limits: Limits, lists: bool) -> None:
        self.place = place
        self.limits = limits
        self.lists = lists

    def fail(self, message: str, offset: int, hint: str | None = None) -> NoReturn:
        raise RuleSyntaxError(message, **self.place.position(offset), hint=hint)

    def _node(self, kind: str, name: str, offset: int, args: Any) -> Node:
        if any(a is None for a in args):
            self.fail(
                f"an argument of {name} is empty", offset, "give every argument a value, or remove the parentheses"
            )
        depth = 1 + max((a.depth for a in args), default=0)
        if depth > self.limits.nesting:
            raise ProgramSizeError(
                f"terms are nested more than {self.limits.nesting} deep",
                **self.place.position(offset),
                hint="define a predicate for the inner part",
            )
        return Node(kind, name, offset, tuple(args), depth=depth)

    def build_function(self, functor: str, arguments: Any, location: int = 0, **_: Any) -> Node:
        return self._node("name", self._unquote(functor, location), location, arguments)

    def _unquote(self, name: str, offset: int) -> str:
        if not name.startswith("'"):
            return name

        def plain(match: re.Match[str]) -> str:
            if match.group(1) not in _ESCAPED:
                self.fail(f"{match.group()} in a quoted name", offset + 1 + match.start(), "write \\\\ for a backslash")
            return _ESCAPED[match.group(1)]

        return _ESCAPE.sub(plain, name[1:-1])

    def build_variable(self, name: str, location: int = 0) -> Node:
        return Node("variable", name, location)

    def build_constant(self, value: float, location: int = 0) -> Node:
        if abs(value) > _LARGEST_INTEGER and (isinstance(value, int) or value == float("inf")):
            self.fail("a number that is too large", location, f"the largest whole number is {_LARGEST_INTEGER}")
        return Node("number", "", location, number=value)

    def build_binop(self, functor: str, operand1: Any, operand2: Any, location: int = 0, **_: Any) -> Node:
        if functor in _NO_SUCH_OPERATOR:
            where = self.place.position(location)
            raise ForbiddenGoalError(f"{functor} is not part of the language", **where, hint=_NO_SUCH_OPERATOR[functor])
        if operand1 is None or operand2 is None:
            self.fail(f"an operand of {functor} is missing", location)
        return self._node("name", functor, location, (operand1, operand2))

    def build_unop(self, functor: str, operand: Any, location: int = 0, **_: Any) -> Node:
        if functor == "~":
            return self.build_binop(functor, None, None, location)
        if operand is None:
            self.fail(f"the operand of {functor} is missing", location)
        if functor == "-" and operand.kind == "number":
            return Node("number", "", location, number=-operand.number)
        if functor == "+" and operand.kind == "number":
            return Node("number", "", location, number=operand.number)
        return self._node("name", functor, location, (operand,))

    build_conjunction = build_binop
    build_disjunction = build_binop
    build_clause = build_binop
    build_not = build_unop
    build_directive = build_unop

    def build_probabilistic(self, functor: str, operand1: Any, operand2: Any, location: int = 0, **_: Any) -> Node:
        if functor != "::":
            return self.build_binop(functor, operand1, operand2, location)
        return self.build_binop("::", operand1, operand2, location)

    def build_sequence(self, functor: str, operands: list[Any], location: int) -> Node:
        """A conjunction or disjunction of any length as one flat node."""
        if any(o is None for o in operands):
            self.fail(f"nothing stands before or after this {functor!r}", location)
        if len(operands) == 1:
            only: Node = operands[0]
            return only
        return self._node("name", functor, operands[0].offset, operands)

    def build_list(self, values: Any, tail: Any = None, location: int = 0, **_: Any) -> Node:
        offset = values[0].offset if values and values[0] is not None else location
        if not self.lists:
            where = self.place.position(offset)
            raise ForbiddenGoalError("there are no lists in rules", **where, hint="count with at_least(N, X, Goal)")
        end = tail if tail is not None else self._node("name", "[]", location, ())
        return self._node("list", "", location, (*values, end))

    def build_string(self, value: str, location: int = 0) -> Node:
        self.fail("text in double quotes", location, "write a name in lower case, or in single quotes")

    def build_index(self, arguments: Any, **_: Any) -> None:
        return None

    def build_aggregate(self, functor: str, arguments: Any, location: int = 0, **_: Any) -> Node:
        where = self.place.position(location)
        raise ForbiddenGoalError(
            f"{functor}<...> is not part of the language", **where, hint="put blanks around < and >"
        )
