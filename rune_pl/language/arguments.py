"""Arguments of goals: are they of the kind that the predicate takes, and which classes do words mean?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final, NoReturn

from rune_pl.errors import ArgumentError, LanguageError, ProgramSizeError, UnknownClassError
from rune_pl.language.limits import Limits
from rune_pl.language.names import Names
from rune_pl.language.rewriting import located, rewrite
from rune_pl.language.signatures import ARITHMETIC_COMPARISONS, FUNCTIONS, OBJECT, Signatures, is_detection
from rune_pl.language.terms import (
    Call,
    Clause,
    Compare,
    Const,
    Count,
    Goal,
    Location,
    More,
    Struct,
    Term,
    Var,
    conjunction,
    disjunction,
    variables,
)
from rune_pl.language.vocabulary import Vocabulary

CONSTANTS: Final = frozenset(["pi", "e"])
_REGION_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {"centre": "center", "middle": "center", "upper": "top", "lower": "bottom"}
)
_A_KIND: Final[Mapping[str, str]] = MappingProxyType(
    {"object": "an object", "class": "a class", "number": "a number", "region": "a region"}
)

Report = Callable[[LanguageError], None]


def place(location: Location | None) -> dict[str, Any]:
    """Keyword arguments that place a `LanguageError`."""
    if location is None:
        return {}
    return {"line": location.line, "column": location.column, "source": location.source}


def _fail(message: str, location: Location | None, hint: str | None = None) -> NoReturn:
    raise ArgumentError(message, **place(location), hint=hint)


class ArgumentCheck:
    """Checks the goals of a program one by one and puts classes in the place of words. Errors go to `report`."""

    def __init__(
        self, signatures: Signatures, names: Names, vocabulary: Vocabulary, limits: Limits, report: Report
    ) -> None:
        self._signatures = signatures
        self._names = names
        self._vocabulary = vocabulary
        self._limits = limits
        self._report = report
        self._kinds: Mapping[str, str] = {}

    def clause(self, clause: Clause) -> Clause:
        """The clause with words replaced by classes; what cannot be understood is reported and left as it is."""
        self._kinds = self._signatures.variable_kinds(clause)
        self._report_mixed_kinds(clause)
        head, body = self._head(clause.head), clause.body
        return replace(clause, head=head, body=None if body is None else rewrite(body, self._goal))

    def _report_mixed_kinds(self, clause: Clause) -> None:
        first: dict[str, tuple[str, str]] = {}
        for use in self._signatures.uses(clause):
            name = use.variable.name
            kind, where = first.setdefault(name, (use.kind, use.where))
            if kind != use.kind:
                is_, needed = _A_KIND.get(kind, kind), _A_KIND.get(use.kind, use.kind)
                message = f"{name} is {is_} in {where}, but {use.where} needs {needed}"
                hint = (
                    "compare a measure of it, as in area(A, S), S > 100"
                    if (kind, use.kind) == ("object", "number")
                    else None
                )
                self._report(ArgumentError(message, **place(use.variable.location), hint=hint))
                return

    def _head(self, head: Call) -> Call:
        try:
            unknown = self._names.head_error(*head.indicator)
            if unknown is not None:
                raise type(unknown)(unknown.message, hint=unknown.hint, **place(head.location))
            args = list(head.args)
            for i, kind in enumerate(self._signatures.kinds(head.indicator)):
                if isinstance(args[i], Struct) and not _is_pixels(args[i]):
                    _fail(f"{args[i]} cannot stand in the head of a rule", args[i].location, "use a variable")
                if kind == "class" and isinstance(args[i], Const):
                    args[i] = self._one_class(args[i], head.name)
            return replace(head, args=tuple(args))
        except LanguageError as error:
            self._report(error)
            return head

    def _goal(self, goal: Call | Compare | Count | More) -> Goal:
        try:
            if isinstance(goal, Call):
                return self._call(goal)
            if isinstance(goal, Compare):
                return self._compare(goal)
            if isinstance(goal, Count):
                if goal.number > self._limits.number:
                    message = f"a count of {goal.number:,} is more than {self._limits.number:,}"
                    raise ProgramSizeError(message, **place(goal.location))
                self._template(goal.template, goal.goal, goal.kind)
            else:
                self._template(goal.template, goal.goal, "more")
                self._template(goal.other_template, goal.other, "more")
        except LanguageError as error:
            self._report(error)
        return goal

    # --- calls

    def _call(self, call: Call) -> Goal:
        unknown = self._names.error(*call.indicator)
        if unknown is not None:
            raise type(unknown)(unknown.message, hint=unknown.hint, **place(call.location))
        if call.indicator == ("false", 0):
            return replace(call, name="fail")
        if call.indicator == OBJECT:
            return self._object(call)
        declared = self._signatures.library.predicates.get(call.indicator)
        modes = [a.mode for a in declared.arguments] if declared else [None] * len(call.args)
        kinds = self._signatures.kinds(call.indicator)
        args = tuple(self._argument(call, i, kinds[i], modes[i]) for i in range(len(call.args)))
        if declared:
            self._irreflexive(call, kinds)
        return replace(call, args=args)

    def _object(self, call: Call) -> Goal:
        which = self._object_argument(call.args[0], call)
        cls = call.args[1]
        if isinstance(cls, Var):
            return replace(call, args=(which, cls))
        found = [Call("object", (which, Const(c, cls.location)), call.location) for c in self._classes(cls, "object")]
        return located(disjunction(found), call.location)

    def _irreflexive(self, call: Call, kinds: tuple[str | None, ...]) -> None:
        seen: set[Term] = set()
        for argument, kind in zip(call.args, kinds, strict=True):
            if kind == "object" and argument in seen:
                _fail(
                    f"{call.name} relates {argument} with itself, which never holds",
                    argument.location,
                    "two variables in one relation are two objects",
                )
            seen.add(argument)

    def _argument(self, call: Call, index: int, kind: str | None, mode: str | None) -> Term:
        argument = call.args[index]
        if mode == "-" and not isinstance(argument, Var):
            _fail(
                f"argument {index + 1} of {call.name} is a result and must be a variable, got {argument}",
                argument.location,
                "bind it to a variable and compare that, as in X < 5",
            )
        if kind == "object":
            return self._object_argument(argument, call)
        if isinstance(argument, Var):
            return argument
        if kind == "class":
            return self._one_class(argument, call.name)
        if kind == "region":
            return self._region(argument, call, index)
        if kind in ("distance", "area"):
            if not (_is_pixels(argument) or _is_at_least_zero(argument)):
                unit = "metres" if kind == "distance" else "square metres"
                _fail(
                    f"{call.name} needs {'a distance' if kind == 'distance' else 'an area'} here, got {argument}",
                    argument.location,
                    f"write a number of {unit}, 0 or more, or px(N) for pixels",
                )
        elif kind == "count":
            if not (_is_at_least_zero(argument) and isinstance(argument, Const) and isinstance(argument.value, int)):
                _fail(f"{call.name} needs a whole number here, got {argument}", argument.location)
        elif kind in ("angle", "number"):
            # The inferred kind of an own predicate's argument does not tell numbers and lengths apart.
            is_length = mode is None and _is_pixels(argument)
            if not is_length and not (isinstance(argument, Const) and argument.is_number):
                _fail(f"{call.name} needs a number here, got {argument}", argument.location)
        elif isinstance(argument, Struct) and not _is_pixels(argument):
            _fail(
                f"{argument} cannot stand in an argument of {call.name}", argument.location, "bind it with `is` first"
            )
        return argument

    def _object_argument(self, argument: Term, call: Call) -> Term:
        if isinstance(argument, Var) or (isinstance(argument, Const) and is_detection(argument.value)):
            return argument
        hint = "a variable, or a detection such as d7"
        if isinstance(argument, Const) and isinstance(argument.value, str) and self._vocabulary.knows(argument.value):
            hint = f"bind it first: object(X, {argument}), and write X here"
            if call.indicator == OBJECT:
                hint = f"the class comes second: object(X, {argument})"
        _fail(f"{call.name} needs an object here, got {argument}", argument.location, hint)

    def _region(self, argument: Term, call: Call, index: int) -> Term:
        declared = self._signatures.library.predicates[call.indicator]
        heads = [c.head.args[index] for c in declared.clauses]
        regions = [h.value for h in heads if isinstance(h, Const) and isinstance(h.value, str)]
        if isinstance(argument, Const) and isinstance(argument.value, str):
            word = _REGION_WORDS.get(argument.value, argument.value)
            if word in regions:
                return replace(argument, value=word)
        _fail(f"unknown region {argument}", argument.location, f"the regions are {', '.join(dict.fromkeys(regions))}")

    # --- classes

    def _classes(self, argument: Term, where: str) -> tuple[str, ...]:
        if not isinstance(argument, Const) or not isinstance(argument.value, str):
            _fail(f"{where} needs a class here, got {argument}", argument.location, "as in object(A, ship)")
        try:
            return self._vocabulary.resolve(argument.value)
        except UnknownClassError as error:
            raise UnknownClassError(error.message, hint=error.hint, **place(argument.location)) from None

    def _one_class(self, argument: Term, where: str) -> Const:
        classes = self._classes(argument, where)
        if len(classes) > 1:
            _fail(
                f"{where} needs one class, and {argument} means several",
                argument.location,
                f"name one of {', '.join(classes)}",
            )
        return Const(classes[0], argument.location)

    # --- templates and comparisons

    def _template(self, template: Term, goal: Goal, where: str) -> None:
        if not isinstance(template, Var):
            hint = f"as in {where}({'3, ' if where != 'more' else ''}A, object(A, ship)" + (
                ", ...)" if where == "more" else ")"
            )
            _fail(f"{where} counts the objects of one variable, got {template}", template.location, hint)
        if template not in variables(goal):
            _fail(
                f"{template} does not occur in the goal that {where} counts",
                template.location,
                "count a variable of the goal",
            )

    def _compare(self, goal: Compare) -> Goal:
        if goal.op in ARITHMETIC_COMPARISONS:
            if goal.op == "is" and not isinstance(goal.left, Var) and not _is_number(goal.left):
                _fail(f"the left side of `is` must be a variable, got {goal.left}", goal.left.location)
            for side in (goal.left, goal.right):
                self._arithmetic(side)
            return goal
        for side in (goal.left, goal.right):
            if isinstance(side, Struct) and not _is_pixels(side):
                _fail(
                    f"{side} is not computed by {goal.op}",
                    side.location,
                    "compute with `is`, compare numbers with =:= and <",
                )
        return self._compare_classes(goal)

    def _compare_classes(self, goal: Compare) -> Goal:
        for mine, other, swap in ((goal.left, goal.right, False), (goal.right, goal.left, True)):
            if not isinstance(mine, Var) or not isinstance(other, Const):
                continue
            kind = self._kinds.get(mine.name)
            if kind == "object" and not is_detection(other.value):
                _fail(
                    f"{mine} is an object and {other} is none",
                    other.location,
                    f"ask for its class: object({mine}, {other})",
                )
            if kind == "class":
                choices = [Const(c, other.location) for c in self._classes(other, goal.op)]
                goals = [replace(goal, left=c) if swap else replace(goal, right=c) for c in choices]
                joined = disjunction(goals) if goal.op in ("=", "==") else conjunction(goals)
                return located(joined, goal.location)
        return goal

    def _arithmetic(self, term: Term) -> None:
        if isinstance(term, Var) or _is_number(term):
            return
        if isinstance(term, Const):
            if term.value not in CONSTANTS:
                _fail(f"{term} is not a number", term.location)
            return
        arity = len(term.args)
        if (term.functor, arity) not in FUNCTIONS:
            hint = "arithmetic has + - * / // mod ** abs min max sqrt sin cos atan2"
            if (term.functor, arity + 1) in self._signatures.library.predicates:
                given = ", ".join(map(str, term.args))
                hint = f"call it before: {term.functor}({given}, X), and compare X"
            _fail(f"{term.functor}/{arity} is not an arithmetic function", term.location, hint)
        for part in term.args:
            self._arithmetic(part)


def _is_number(term: Term) -> bool:
    return isinstance(term, Const) and term.is_number


def _is_at_least_zero(term: Term) -> bool:
    return isinstance(term, Const) and not isinstance(term.value, str) and term.value >= 0


def _is_pixels(term: Term) -> bool:
    """True for px(N) with a number N of 0 or more, or a variable."""
    if not isinstance(term, Struct) or term.functor != "px" or len(term.args) != 1:
        return False
    return isinstance(term.args[0], Var) or _is_at_least_zero(term.args[0])
