"""Text to raw nodes through ProbLog's own parser, one statement at a time.

The parser's recursion over long conjunctions is replaced by a loop, so that no text reaches Python's recursion limit.
What the parser throws on malformed statements comes out as a typed error with its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from problog.errors import ParseError
from problog.parser import SPECIAL_END, PrologParser, SubExpression, Token

from rune_pl.errors import LanguageError, ProgramSizeError, RuleSyntaxError
from rune_pl.language.limits import Limits
from rune_pl.language.nodes import Node, NodeFactory, Text
from rune_pl.language.syntax_errors import explain, offset_of, runs_to_the_end

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
#: What ProbLog's parser throws where it trips over malformed text instead of refusing it.
_TRIPS = (ValueError, IndexError, AttributeError, TypeError, KeyError, RecursionError, NotImplementedError)
_STATEMENT_END = re.compile(r"\.(?=[\s%]|\Z)")

#: Operators in one chain like `1 + 1 + ...`: the parser recurses once for each, before a node's depth can be checked.
_LONGEST_CHAIN = 200


def read_statements(
    text: str, source: str | None, limits: Limits, *, lists: bool = False
) -> Iterator[Node | LanguageError]:
    """The statements of a text in order; one that cannot be read comes as its error, and reading goes on after it.

    A last statement without its full stop is an error, see `read_goal` for the text of a single goal.
    """
    yield from _statements(text, source, limits, lists=lists, full_stop=True)


def read_goal(text: str, source: str | None, limits: Limits) -> Node:
    """The only statement of a text, with or without a full stop. Raises its error."""
    found: list[Node] = []
    for node in _statements(text, source, limits, lists=False, full_stop=False):
        if isinstance(node, LanguageError):
            raise node
        found.append(node)
        if len(found) > 1:
            break
    if len(found) != 1:
        count = "more" if found else "none"
        raise RuleSyntaxError(f"expected one goal, found {count}", line=1, column=1, source=source)
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
    parser = _Parser(NodeFactory(place, limits, lists))
    tokens: list[Token] = []
    position = 0
    while position < len(place.text):
        try:
            token, position = parser.next_token(place.text, position)
        except (LanguageError, ParseError, *_TRIPS) as error:
            yield _typed(error, place, position)
            position = _next_statement(error, place, position)
            tokens = []
            continue
        if token is None:
            continue
        if not token.is_special(SPECIAL_END):
            tokens.append(token)
            continue
        yield _parse(parser, tokens, token.location, place)
        tokens = []
    if tokens:
        end = len(place.text.rstrip())
        last = _parse(parser, tokens, end, place)
        # Where the rule is broken in another way too, that is the better message.
        if full_stop and isinstance(last, Node):
            hint = "end every rule with a full stop"
            last = RuleSyntaxError("the last rule does not end", **place.position(end), hint=hint)
        yield last


def _parse(parser: _Parser, tokens: list[Token], end: int, place: Text) -> Node | LanguageError:
    """The node of one statement, or its error."""
    if not tokens:
        return RuleSyntaxError("a full stop without a rule before it", **place.position(end), hint="remove it")
    start = tokens[0].location
    try:
        node = parser.collapse(place.text, tokens)
    except (LanguageError, ParseError, *_TRIPS) as error:
        return _typed(error, place, start)
    if node is None:
        return RuleSyntaxError("an empty rule", **place.position(start))
    assert isinstance(node, Node)
    return node


def _typed(error: Exception, place: Text, start: int) -> LanguageError:
    if isinstance(error, LanguageError):
        return error
    if isinstance(error, ParseError):
        return explain(error, place)
    return RuleSyntaxError("this is not a rule", **place.position(start))


def _next_statement(error: Exception, place: Text, position: int) -> int:
    """Where to go on after text that is no token: behind the next full stop."""
    if isinstance(error, ParseError):
        if runs_to_the_end(error, place):
            return len(place.text)
        position = max(position, offset_of(error, place))
    end = _STATEMENT_END.search(place.text, position)
    return end.end() if end else len(place.text)


def _check_text(text: str, source: str | None, limits: Limits) -> None:
    if len(text) > limits.text:
        raise ProgramSizeError(
            f"the program has {len(text):,} characters, more than {limits.text:,}", line=1, column=1, source=source
        )
    found = _CONTROL.search(text)
    if found:
        at = Text(text, source).position(found.start())
        raise RuleSyntaxError(f"a control character, U+{ord(found.group()):04X}", **at, hint="remove it")


class _Parser(PrologParser):  # type: ignore[misc]
    """ProbLog's parser with loops instead of recursion for `,` and `;`, and without its warnings about ==."""

    def _token_equal(self, s: str, pos: int) -> tuple[Token, int]:
        return self._quiet(pos, "==") if _is_equality(s, pos, "==") else super()._token_equal(s, pos)

    def _token_backslash(self, s: str, pos: int) -> tuple[Token, int]:
        return self._quiet(pos, "\\==") if _is_equality(s, pos, "\\==") else super()._token_backslash(s, pos)

    def _quiet(self, pos: int, name: str) -> tuple[Token, int]:
        return Token(name, pos, binop=(700, "xfx", self.factory.build_binop)), pos + len(name)

    def _token_number(self, s: str, pos: int) -> tuple[Token, int]:
        token, end = super()._token_number(s, pos)
        if end - pos > 40:
            self.factory.fail("a number that is too long", pos)
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
