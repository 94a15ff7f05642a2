"""Text to raw nodes through ProbLog's own parser, one statement at a time, each node with its offset in the text.

ProbLog's parser asks a factory to build what it reads. Ours builds plain nodes, refuses what the language does not have, and
bounds depth; the parser's recursion over long conjunctions is replaced by a loop, so that no text reaches Python's limit.
"""

from __future__ import annotations

import copy
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NoReturn

from problog.errors import ParseError  # type: ignore[import-untyped,unused-ignore]
from problog.parser import (  # type: ignore[import-untyped,unused-ignore]
    SPECIAL_END,
    PrologParser,
    SubExpression,
    Token,
    UnmatchedCharacter,
)

from rune_pl.errors import ForbiddenGoalError, LanguageError, ProgramSizeError, RuleSyntaxError
from rune_pl.language.limits import Limits
from rune_pl.language.terms import Location

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
_STATEMENT_END = re.compile(r"\.(?=[\s%]|\Z)")
_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)
_ESCAPED = {"\\": "\\", "'": "'", "n": "\n"}
_PLAIN_NAME = re.compile(r"\w+\Z")

#: No whole number in a rule needs more: beyond 2**53 a float no longer holds it, beyond 64 bits SWI-Prolog's bridge breaks.
_LARGEST_INTEGER = 2**53
#: Operators in one chain like `1 + 1 + ...`: the parser recurses once for each, before a node's depth can be checked.
_LONGEST_CHAIN = 200

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
    """One term as read. `kind` is variable, number, name (atoms, compound terms, operators) or list (`args[-1]` is the tail)."""

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

    def offset(self, error: ParseError) -> int:
        """The offset of a ProbLog parse error, which counts columns from 0 in the first line and from 1 in the others."""
        _, line, column = error.location
        start = self.starts[min(line, len(self.starts)) - 1]
        return int(min(start + column - (line > 1), len(self.text)))


def read_statements(
    text: str, source: str | None, limits: Limits, *, lists: bool = False
) -> Iterator[Node | LanguageError]:
    """The statements of a text in order; a statement that cannot be read comes as its error, and reading goes on after it.

    A last statement without its full stop is an error, see `read_goal` for the text of a single goal.
    """
    yield from _statements(text, source, limits, lists=lists, full_stop=True)


def read_goal(text: str, source: str | None, limits: Limits) -> Node:
    """The only statement of a text, with or without a full stop. Raises its error."""
    found = list(_statements(text, source, limits, lists=False, full_stop=False))
    for node in found:
        if isinstance(node, LanguageError):
            raise node
    if len(found) != 1:
        raise RuleSyntaxError(f"expected one goal, found {len(found)}", line=1, column=1, source=source)
    assert isinstance(found[0], Node)
    return found[0]


def _statements(
    text: str, source: str | None, limits: Limits, *, lists: bool, full_stop: bool
) -> Iterator[Node | LanguageError]:
    try:
        _check_text(text, source, limits)
    except LanguageError as error:
        yield error
        return
    place = Text(text.removeprefix("\ufeff"), source)
    parser = _Parser(_Factory(place, limits, lists))
    tokens: list[Token] = []
    position = 0
    while position < len(place.text):
        token: Token | None = None
        try:
            token, position = parser.next_token(place.text, position)
            if token is None:
                continue
            if not token.is_special(SPECIAL_END):
                tokens.append(token)
                continue
            yield _parse(parser, tokens, token.location, place)
        except LanguageError as error:
            yield error
        except ParseError as error:
            offset = place.offset(error)
            yield _explain(error, place)
            if token is None or not token.is_special(SPECIAL_END):
                end = _STATEMENT_END.search(place.text, max(offset, position))
                position = end.end() if end and not _unclosed(error, place) else len(place.text)
        tokens = []
    if tokens and full_stop:
        end_offset = len(place.text.rstrip())
        missing = RuleSyntaxError(
            "the last rule does not end", **place.position(end_offset), hint="end every rule with a full stop"
        )
        # Where the rule is broken in another way too, that is the better message.
        yield _last_error(parser, tokens, end_offset, place) or missing
    elif tokens:
        yield _last_error(parser, list(tokens), len(place.text), place) or _parse(
            parser, tokens, len(place.text), place
        )


def _last_error(parser: _Parser, tokens: list[Token], end: int, place: Text) -> LanguageError | None:
    try:
        _parse(parser, [copy.copy(t) for t in tokens], end, place)
    except LanguageError as error:
        return error
    except ParseError as error:
        return _explain(error, place)
    return None


def _parse(parser: _Parser, tokens: list[Token], end: int, place: Text) -> Node:
    if not tokens:
        raise RuleSyntaxError("a full stop without a rule before it", **place.position(end), hint="remove it")
    try:
        node = parser.collapse(place.text, tokens)
    except (LanguageError, ParseError):
        raise
    except (ValueError, IndexError, AttributeError, TypeError, RecursionError, NotImplementedError, KeyError) as error:
        # ProbLog's parser trips over some malformed statements instead of refusing them.
        raise RuleSyntaxError("this is not a rule", **place.position(tokens[0].location)) from error
    if node is None:
        raise RuleSyntaxError("an empty rule", **place.position(tokens[0].location))
    assert isinstance(node, Node)
    return node


def _check_text(text: str, source: str | None, limits: Limits) -> None:
    if len(text) > limits.text:
        raise ProgramSizeError(
            f"the program has {len(text):,} characters, more than {limits.text:,}", line=1, column=1, source=source
        )
    found = _CONTROL.search(text)
    if found:
        at = Text(text, source).position(found.start())
        raise RuleSyntaxError(f"a control character, U+{ord(found.group()):04X}", **at, hint="remove it")


# --- what the parser builds -----------------------------------------------------------------------------------------


class _Factory:
    """Builds nodes for ProbLog's parser; the method names are the parser's."""

    def __init__(self, place: Text, limits: Limits, lists: bool) -> None:
        self.place = place
        self.limits = limits
        self.lists = lists

    def _fail(self, message: str, offset: int, hint: str | None = None) -> NoReturn:
        raise RuleSyntaxError(message, **self.place.position(offset), hint=hint)

    def _node(self, kind: str, name: str, offset: int, args: Any) -> Node:
        if any(a is None for a in args):
            self._fail(
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
                self._fail(
                    f"{match.group()} in a quoted name", offset + 1 + match.start(), "write \\\\ for a backslash"
                )
            return _ESCAPED[match.group(1)]

        return _ESCAPE.sub(plain, name[1:-1])

    def build_variable(self, name: str, location: int = 0) -> Node:
        return Node("variable", name, location)

    def build_constant(self, value: float, location: int = 0) -> Node:
        if abs(value) > _LARGEST_INTEGER and (isinstance(value, int) or value == float("inf")):
            self._fail("a number that is too large", location, f"the largest whole number is {_LARGEST_INTEGER}")
        return Node("number", "", location, number=value)

    def build_binop(self, functor: str, operand1: Any, operand2: Any, location: int = 0, **_: Any) -> Node:
        if functor in _NO_SUCH_OPERATOR:
            where = self.place.position(location)
            raise ForbiddenGoalError(f"{functor} is not part of the language", **where, hint=_NO_SUCH_OPERATOR[functor])
        if operand1 is None or operand2 is None:
            self._fail(f"an operand of {functor} is missing", location)
        return self._node("name", functor, location, (operand1, operand2))

    def build_unop(self, functor: str, operand: Any, location: int = 0, **_: Any) -> Node:
        if functor == "~":
            return self.build_binop(functor, None, None, location)
        if operand is None:
            self._fail(f"the operand of {functor} is missing", location)
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
            self._fail(f"nothing stands before or after this {functor!r}", location)
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
        self._fail("text in double quotes", location, "write a name in lower case, or in single quotes")

    def build_index(self, arguments: Any, **_: Any) -> None:
        return None

    def build_aggregate(self, functor: str, arguments: Any, location: int = 0, **_: Any) -> Node:
        where = self.place.position(location)
        raise ForbiddenGoalError(
            f"{functor}<...> is not part of the language", **where, hint="put blanks around < and >"
        )


class _Parser(PrologParser):  # type: ignore[misc,unused-ignore]
    """ProbLog's parser with loops instead of recursion for `,` and `;`, and without its warnings about ==."""

    def _token_equal(self, s: str, pos: int) -> tuple[Token, int]:
        return self._quiet(s, pos, "==") if _is_equality(s, pos, "==") else super()._token_equal(s, pos)

    def _token_backslash(self, s: str, pos: int) -> tuple[Token, int]:
        return self._quiet(s, pos, "\\==") if _is_equality(s, pos, "\\==") else super()._token_backslash(s, pos)

    def _quiet(self, s: str, pos: int, name: str) -> tuple[Token, int]:
        return Token(name, pos, binop=(700, "xfx", self.factory.build_binop)), pos + len(name)

    def _token_number(self, s: str, pos: int) -> tuple[Token, int]:
        token, end = super()._token_number(s, pos)
        if end - pos > 40:
            self.factory._fail("a number that is too long", pos)
        return token, end

    def _build_clause(self, functor: str, operand1: Any, operand2: Any, location: int, **extra: Any) -> Node:
        node: Node = self.factory.build_binop(functor, operand1, operand2, location)
        return node

    def _build_operator_free(self, string: str, tokens: list[Any]) -> Any:
        if len(tokens) == 1 and isinstance(tokens[0], SubExpression) and isinstance(tokens[0].tokens, list):
            return self.factory.build_sequence(",", tokens[0].tokens, tokens[0].location)
        return super()._build_operator_free(string, tokens)

    def fold(self, string: str, operators: list[Any], lo: int, hi: int, *rest: Any) -> Any:
        found = [(op[0], i) for i in range(lo, hi) if (op := operators[i].binop or operators[i].unop)]
        if not found:
            return self._build_operator_free(string, operators[lo:hi])
        top = max(priority for priority, _ in found)
        at = [i for priority, i in found if priority == top]
        name = operators[at[0]].string
        if name in (",", ";") and all(operators[i].string == name for i in at):
            edges = [lo - 1, *at, hi]
            operands = [self.fold(string, operators, a + 1, b) for a, b in pairwise(edges)]
            return self.factory.build_sequence(name, operands, operators[at[0]].location)
        if len(at) > _LONGEST_CHAIN:
            where = self.factory.place.position(operators[at[0]].location)
            raise ProgramSizeError(f"more than {_LONGEST_CHAIN} times {name!r} in one term", **where)
        return super().fold(string, operators, lo, hi, *rest)


def _is_equality(s: str, pos: int, name: str) -> bool:
    return s.startswith(name, pos)


# --- what went wrong, in words --------------------------------------------------------------------------------------

_ODD_CHARACTERS = {
    "\u00a0": "a non-breaking space: replace it by a blank",
    "“": "text needs no quotes: write a name in lower case",
    "”": "text needs no quotes: write a name in lower case",
    "‘": "write ' for a quote",
    "’": "write ' for a quote",
    "{": "braces are not part of the language: use parentheses",
    "}": "braces are not part of the language: use parentheses",
    "≤": "write =<",
    "≥": "write >=",
    "≠": "write \\=",
    "¬": "write \\+",
    "∧": "write a comma",
    "∨": "write ;",
    "—": "write -",
    "–": "write -",
}


def _unclosed(error: ParseError, place: Text) -> bool:
    """True for a quote or comment that runs to the end of the text, so that no statement follows it."""
    return isinstance(error, UnmatchedCharacter) and place.text[place.offset(error) : place.offset(error) + 1] in "'\"/"


def _explain(error: ParseError, place: Text) -> RuleSyntaxError:
    offset = place.offset(error)
    message, hint = _reason(error, place.text, offset)
    return RuleSyntaxError(message, **place.position(offset), hint=hint)


def _reason(error: ParseError, text: str, offset: int) -> tuple[str, str | None]:
    """Message and hint for a ProbLog parse error, from its kind and the text that it points to."""
    rest = text[offset:]
    character = rest[:1]
    if isinstance(error, UnmatchedCharacter):
        if character in "([":
            return f"this {character!r} is never closed", f"add the missing {')' if character == '(' else ']'!r}"
        if character in ")]":
            return f"this {character!r} closes nothing", "remove it, or add the opening one"
        return f"this {'comment' if character == '/' else 'quote'} is never closed", None
    kind = str(error.base_message)
    if kind.startswith("Unexpected character"):
        if character == ".":
            return "a full stop with no blank after it", "a full stop ends a rule: join goals with commas"
        if character in ")]":
            return f"{character!r} closes a bracket of another kind", None
        shown = character if character.isprintable() else ""
        name = f"unexpected character {shown!r} (U+{ord(character):04X})" if character else "unexpected end"
        return name, _ODD_CHARACTERS.get(character)
    if rest.startswith(":-"):
        after = rest[2:].lstrip()
        if not after or after.startswith("."):
            return "this rule has no body", "write goals after :-, or remove it"
        return "a second :- in one rule", "end the rule before it with a full stop"
    found = re.match(r"\w+|\W", rest)
    token = found.group() if found else "the end"
    if token in (",", ";"):
        return f"nothing stands before or after this {token!r}", "remove it, or add the missing part"
    if kind == "Expected binary operator":
        return f"unexpected {token!r}", "a comma, an operator or a full stop is missing before it"
    if kind == "Ambiguous token role" and _PLAIN_NAME.match(token) and rest[len(token) :].startswith("("):
        return (
            f"the arguments of {token} are not separated by commas",
            "put an alternative (a ; b) in its own parentheses",
        )
    if kind == "Operator priority clash":
        return f"{token!r} cannot follow another operator here", "use parentheses"
    return f"unexpected {token!r}", None
